"""`syncpoints risk`: how likely each change of a range was to need a later fix, one line per change."""

from __future__ import annotations

import json

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.patches import first_parents, ordinary_commits
from pytest_syncpoints.gather.risks import risks_of
from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.model import telling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.risks import ChangeRisk

_YEAR = "365.days"


def risk_lines(asked: str | None, *, first_parent: bool, form: str) -> Iterator[bytes]:
    """Yield a line per change of ``A..B`` (or of all that led to ``B``; default: the last year), oldest first.

    Raises UsageError for what names no commits, CannotEvaluate where git cannot walk this history.
    """
    repository = Discovery().repository()
    base, head = _ends(repository, asked)
    write = _LINES[form]
    with open_history(repository) as history, StandIn(repository) as git:
        history.update([head])
        judged = _judged(git, base, head, first_parent=first_parent, recent=asked is None)
        for risk in risks_of(history, git, head, judged, BUILT_IN, first_parent=first_parent):
            commit = history.commit(risk.sha)
            yield write(risk, commit.subject if commit else "")


def _ends(repository: Repository, asked: str | None) -> tuple[str | None, str]:
    if asked is None:
        return None, resolve(repository, "HEAD")
    if "..." in asked:
        raise UsageError("--range takes A..B, with two dots", remedy="--range A..B")
    base, dots, head = asked.partition("..")
    if not dots:
        return None, resolve(repository, base)
    return resolve(repository, base or "HEAD"), resolve(repository, head or "HEAD")


def _judged(git: StandIn, base: str | None, head: str, *, first_parent: bool, recent: bool) -> list[str]:
    walk = first_parents if first_parent else ordinary_commits
    words = [head, *([f"^{base}"] if base else ()), *([f"--since={_YEAR}"] if recent else ())]
    return walk(git, *words)


def _json_line(risk: ChangeRisk, _subject: str) -> bytes:
    written = {
        "sha": risk.sha,
        "probability": risk.probability,
        "percentile": risk.percentile,
        "level": risk.level,
        "logit": risk.logit,
        "factors": [factor._asdict() for factor in risk.factors],
        "missing": [text.encode("utf-8", "backslashreplace").decode() for text in risk.missing],
    }
    return json.dumps(written, separators=(",", ":")).encode("ascii") + b"\n"


def _text_line(risk: ChangeRisk, subject: str) -> bytes:
    from pytest_syncpoints.render.escape import visible

    rank = "    -" if risk.percentile is None else f"{risk.percentile:5.1f}"
    why = next((factor.text for factor in telling(risk.factors) if factor.effect > 0), "")
    line = f"{risk.sha[:12]} {risk.probability:4.0%} {rank}  {risk.level:<13} {subject}{f'  ({why})' if why else ''}"
    return f"{visible(line)}\n".encode("utf-8", "backslashreplace")


_LINES: dict[str, Callable[[ChangeRisk, str], bytes]] = {"text": _text_line, "jsonl": _json_line}
