"""Sticky: what one comment on a request should say now, given the report and what stands there; pure."""

from __future__ import annotations

import re

from pytest_syncpoints.record import Record
from pytest_syncpoints.render import markdown
from pytest_syncpoints.render.screen import is_clear
from pytest_syncpoints.signoff import sha256
from pytest_syncpoints.summary import counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from pytest_syncpoints.forge.request import ChangeRequest, Comment
    from pytest_syncpoints.report import Report

START = "<!-- syncpoints:v1"
MOST_REMEMBERED = 300  # findings; beyond it "since the last push" is left out rather than guessed
_MARKER = re.compile(
    rf"{START} head=(?P<head>[0-9a-f]+) run=(?P<run>[0-9]+|-)"
    r" now=(?P<now>[0-9a-f.]+|-|\?) before=(?P<before>[0-9a-f.]+|-|\?) -->"
)
_RESERVED = 7_000  # characters for the marker, the line about the last push and the label


class Marker(Record):
    """What the comment's hidden first line remembers: of which head and run it tells, and the findings then.

    ``now`` are the findings of that head, ``before`` those of the head before it; ``None`` where they are not known.
    """

    head: str
    run: int | None
    now: frozenset[str] | None
    before: frozenset[str] | None


class Action(Record):
    """What to do: ``body`` is the whole comment, ``comment_id`` the one to edit; ``because`` says it in words."""

    kind: Literal["create", "edit", "none"]
    because: str
    body: str = ""
    comment_id: str = ""


def decide(
    report: Report, request: ChangeRequest, comments: Sequence[Comment], *, limit: int, label: str = ""
) -> Action:
    """Return what to do about the comment: write one, edit the one there is, or nothing.

    Ours is the oldest comment that we wrote ourselves and whose first line is the marker: anybody can type a marker.
    A clear report writes no comment, and shortens the one there is. Text that is there already is not written
    again. A later run's word about the same head is never replaced by an earlier one's; heads themselves have no
    order here, so the caller publishes for the request's current head only. ``label`` stands in for a verification.
    """
    ours = next((comment for comment in comments if comment.own and _first_line(comment.body).startswith(START)), None)
    if ours is None:
        if is_clear(report):
            return Action("none", "clear, and there is no comment to shorten")
        marker = Marker(request.head, request.run, _remembered(report), None)
        return Action("create", "the first comment", _body(report, marker, limit, label))
    known = parse_marker(_first_line(ours.body))
    if known is not None and known.head == request.head and (known.run or 0) > (request.run or 0):
        return Action("none", "a later run has published already")
    marker = Marker(request.head, request.run, _remembered(report), _before(known, request))
    body = _body(report, marker, limit, label)
    if _text(body) == _text(ours.body):
        return Action("none", "the comment says so already")
    return Action("edit", "the text changed", body, ours.id)


def _before(known: Marker | None, request: ChangeRequest) -> frozenset[str] | None:
    if known is None:
        return None
    return known.before if known.head == request.head else known.now


def parse_marker(line: str) -> Marker | None:
    """Return what a marker's line remembers, ``None`` for one that was damaged."""
    found = _MARKER.fullmatch(line)
    if found is None:
        return None
    run = None if found["run"] == "-" else int(found["run"][:18])
    return Marker(found["head"], run, _set(found["now"]), _set(found["before"]))


def _set(text: str) -> frozenset[str] | None:
    if text == "?":
        return None
    return frozenset() if text == "-" else frozenset(text.split("."))


def _written(marker: Marker) -> str:
    run = "-" if marker.run is None else str(marker.run)
    return f"{START} head={marker.head} run={run} now={_listed(marker.now)} before={_listed(marker.before)} -->"


def _listed(names: frozenset[str] | None) -> str:
    if names is None:
        return "?"
    return ".".join(sorted(names)) or "-"


def _remembered(report: Report) -> frozenset[str] | None:
    """Return short names of the findings a person should know of; ``None`` for too many to remember."""
    found = {_short(finding.fingerprint) for finding in report.findings if counts(finding)}
    return frozenset(found) if len(found) <= MOST_REMEMBERED else None


def _short(fingerprint: str) -> str:
    return sha256(fingerprint.encode("utf-8", "backslashreplace")).hexdigest()[:10]


def _body(report: Report, marker: Marker, limit: int, label: str) -> str:
    if is_clear(report):
        report = report._replace(syncpoints=(), news=())  # what is left is the verdict and the facts
    heading, _, rest = markdown.render(report, limit=limit - _RESERVED).partition("\n")
    added = [line for line in (label, _since(marker)) if line]
    said = "".join(f"\n{line}\n" for line in added)
    return f"{_written(marker)}\n{heading}\n{said}{rest}"


def _since(marker: Marker) -> str:
    """Return how findings came and went since the last push, empty where none did or nobody knows."""
    if marker.before is None or marker.now is None:
        return ""
    resolved, new = len(marker.before - marker.now), len(marker.now - marker.before)
    return f"Since the last push: {resolved} resolved, {new} new." if resolved or new else ""


def _first_line(body: str) -> str:
    return body.partition("\n")[0].rstrip("\r")


def _text(body: str) -> str:
    """Return what people see of a comment, however the host keeps line ends."""
    return body.replace("\r\n", "\n").partition("\n")[2].strip()
