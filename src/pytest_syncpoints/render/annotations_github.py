"""GitHub annotations: findings as workflow commands, which the runner shows beside the lines they are about."""

from __future__ import annotations

from pytest_syncpoints.render.escape import clipped
from pytest_syncpoints.render.screen import crashed, ranked, remedy_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding, Level
    from pytest_syncpoints.report import Report

name = "github"
suffix = ".txt"
media_type = "text/plain"

COMMANDS: dict[Level, str] = {"block": "error", "warn": "warning", "note": "notice"}
MOST = 10  # of one command in a step; the runner drops what exceeds it without a word
MESSAGE, TITLE = 1000, 120  # characters


def render(report: Report) -> str:
    """Return one workflow command a finding, worst first, at most ten of a kind, the last of which counts the rest.

    Nothing is printed where there is nothing to say. Exempted findings are left out. The text a change brings along
    can start no command of its own: line ends, ``::`` where a word begins and ``##`` anywhere are made visible first.
    """
    lines = [*_crashes(report), *_findings(report)]
    return "".join(f"{line}\n" for line in lines)


def _crashes(report: Report) -> Iterator[str]:
    for check, reason in crashed(report)[:1]:
        yield _command("error", {"title": f"check {check} crashed"}, f"this is not the whole review: {reason}")


def _findings(report: Report) -> Iterator[str]:
    shown = ranked(report.findings)
    for level, command in COMMANDS.items():
        of_kind = [finding for finding in shown if finding.level == level]
        room = MOST - (command == "error" and bool(crashed(report)))
        fitting = of_kind if len(of_kind) <= room else of_kind[: room - 1]
        for finding in fitting:
            yield _command(command, _properties(finding), _message(finding))
        if len(of_kind) > len(fitting):
            more = len(of_kind) - len(fitting)
            yield _command(command, {"title": "sync points"}, f"and {more:,} more in the report")


def _properties(finding: Finding) -> dict[str, str]:
    place = {"file": finding.path} if finding.path else {}
    if finding.path and finding.line is not None:
        place["line"] = str(finding.line)
        if finding.end_line is not None:
            place["endLine"] = str(finding.end_line)
    return place | {"title": f"{finding.rule} {finding.name}"}


def _message(finding: Finding) -> str:
    parts = (finding.message, finding.undo and f"undo: {finding.undo}", remedy_words(finding))
    return "; ".join(part for part in parts if part)


def _command(command: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{key}={_property(key, value)}" for key, value in properties.items())
    return f"::{command} {given}::{_data(clipped(message, MESSAGE))}"


def _data(text: str) -> str:
    """Escape as the runner unescapes (actions/toolkit, ``escapeData``); line ends are visible text already."""
    return text.replace("%", "%25")


def _property(key: str, text: str) -> str:
    """Escape a property, in which a colon or comma would end it; a path is never shortened, it must be found."""
    shown = clipped(text, TITLE if key == "title" else len(text) * 10 + 3)
    return _data(shown).replace(":", "%3A").replace(",", "%2C")
