"""Calibrations: the file beside the history index that fits the risk model to this repository."""

from __future__ import annotations

import json

from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.calibration import Bin, Calibration, Rate, calibrated
from pytest_syncpoints.risk.model import TERMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_syncpoints.risk.model import Model

_SCHEMA = 1
_NAME = "syncpoints/risk.json"


def calibration_path(common_dir: str) -> str:
    """Return where a repository's own calibration lies."""
    return f"{common_dir}/{_NAME}"


def calibration_json(found: Calibration, known_at: int) -> bytes:
    """Return a calibration as JSON; ``known_at`` is when the last thing it learned from had happened."""
    written = {
        "schema": _SCHEMA,
        "model": BUILT_IN.name,
        "known_at": known_at,
        **found._asdict(),
        "reliability": [one._asdict() for one in found.reliability],
        "drift": [one._asdict() for one in found.drift],
    }
    return (json.dumps(written, indent=1) + "\n").encode()


def read_model(common_dir: str) -> tuple[Model, int]:
    """Return the model to use here, and since when it may be used (0: always).

    A calibration of another form, another built-in model or none at all leaves the built-in one.
    """
    try:
        with open(calibration_path(common_dir), encoding="utf-8") as file:
            written = json.load(file)
        if written["schema"] != _SCHEMA or written["model"] != BUILT_IN.name:
            return BUILT_IN, 0
        found = _calibration(written)
        return calibrated(BUILT_IN, found, until=_date(written["known_at"])), int(written["known_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return BUILT_IN, 0


def _calibration(written: dict[str, Any]) -> Calibration:
    terms = tuple((str(name), float(coefficient), float(mean)) for name, coefficient, mean in written["terms"])
    if any(name not in TERMS for name, _, _ in terms):
        raise ValueError("a term of another version")
    return Calibration(
        n=int(written["n"]),
        positives=int(written["positives"]),
        shift=float(written["shift"]),
        base_rate=float(written["base_rate"]),
        reliability=tuple(Bin(**one) for one in written["reliability"]),
        drift=tuple(Rate(**one) for one in written["drift"]),
        refit=str(written["refit"]),
        intercept=None if written["intercept"] is None else float(written["intercept"]),
        terms=terms,
    )


def _date(at: int) -> str:
    from pytest_syncpoints.exemption import iso_date

    return iso_date(float(at))
