"""Exclusions: which lines a project has told coverage.py to leave out, so that both count the same lines."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pytest_syncpoints.testing.executable import EXCLUDED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Where coverage.py looks, in this order; the first file with settings of its own is the only one
# (coverage/config.py, config_files_to_try; its documentation, "Configuration reference").
_FILES = (".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml")


def excluded_in(folder: str) -> re.Pattern[str]:
    """Return what marks lines to leave out in a project: ``exclude_lines`` and ``exclude_also`` of its configuration.

    Settings that coverage.py could not read either (it would end with an error) are taken for none.
    """
    for name in _FILES:
        try:
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            report = _report(name, content) if b"coverage" in content or name == ".coveragerc" else None
            if report is not None:
                return _pattern(report)
        except (OSError, ValueError, AttributeError, RecursionError, re.error):
            continue
    return EXCLUDED


def _pattern(report: dict[str, Any]) -> re.Pattern[str]:
    instead = [*_words(report.get("exclude_lines"))]
    also = [*_words(report.get("exclude_also"))]
    if not instead and not also:
        return EXCLUDED
    parts = [*(instead or [EXCLUDED.pattern]), *also]
    return re.compile("|".join(_alone(part) for part in parts), re.MULTILINE)


def _alone(pattern: str) -> str:
    """Return a pattern as one of several: flags at its start (``(?s)``) hold for it alone."""
    flags = re.match(r"\(\?([aiLmsux]+)\)", pattern)
    return f"(?{flags[1]}:{pattern[flags.end() :]})" if flags else f"(?:{pattern})"


def _words(value: object) -> Iterator[str]:
    """Yield the patterns of a setting: a list in TOML, one a line elsewhere."""
    listed = value if isinstance(value, list) else value.splitlines() if isinstance(value, str) else ()
    yield from (word.strip() for word in listed if isinstance(word, str) and word.strip())


def _report(name: str, content: bytes) -> dict[str, Any] | None:
    """Return the section on reports, ``None`` where a file has no settings of coverage.py at all."""
    text = content.decode("utf-8")
    if name.endswith(".toml"):
        import tomli

        document: Any = tomli.loads(text)
        settings = document.get("tool", {}).get("coverage")
        return None if settings is None else settings.get("report", {})
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(name) from error
    sections = [one for one in parser.sections() if one.startswith("coverage:") or name == ".coveragerc"]
    if not sections:
        return None
    found: dict[str, Any] = {}
    for section in ("report", "coverage:report"):
        if section in sections:
            found.update(parser[section])
    return found
