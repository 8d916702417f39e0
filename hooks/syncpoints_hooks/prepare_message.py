"""The hook `syncpoints-prepare-message` (stage prepare-commit-msg): says in the message's comments who is needed."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.report import Report

# What git or pre-commit says of where the message came from; only with these an editor will open on it.
_OPENS_EDITOR = ("", "template")


def main(arguments: Sequence[str] | None = None) -> int:
    """Add comments to the message file named in the arguments; never stops a commit."""
    from pytest_syncpoints.door import guarded

    words = list(sys.argv[1:] if arguments is None else arguments)
    guarded(lambda: _prepare(words))
    return 0


def _prepare(words: list[str]) -> int:
    source = words[1] if len(words) > 1 else os.environ.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")
    if not words or source not in _OPENS_EDITOR:
        return 0
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.run import Request, prepare

    prepared = prepare(Request(range=RangeRequest(staged=True)))
    lines = _advice(prepared.report(), prepared.context)
    if lines:
        _add(words[0], lines)
    return 0


def _advice(report: Report, context: ReviewContext) -> list[str]:
    """Return the lines to show: who is needed for what, and the trailer that would say so where one is accepted."""
    from pytest_syncpoints.render.escape import visible

    waiting = [f for f in report.findings if f.rule in ("SYN001", "SYN002") and f.exempted is None]
    if not waiting:
        return []
    lines = [f"Sync points: {report.verdict.summary}"]
    for finding in waiting:
        lines += [finding.message, f"  {finding.remedy}"]
    lines += _trailers(context)
    return [visible(line) for line in lines]


def _trailers(context: ReviewContext) -> list[str]:
    """Return the trailers by which those who are missing could sign in this very message."""
    wanted = [
        f"  Acked-by: Name <mail> # {touched.syncpoint.name}/{meeting.participant.team} {touched.digest}"
        for touched in context.touched
        for meeting in touched.meetings
        if meeting.status in ("open", "stale") and "trailer" in touched.syncpoint.accept
    ]
    return ["or, where they agreed already, the trailer:", *dict.fromkeys(wanted)] if wanted else []


def _add(path: str, lines: list[str]) -> None:
    from pytest_syncpoints.errors import UsageError
    from pytest_syncpoints.gather.comments import add_comments
    from pytest_syncpoints.gather.git import Discovery

    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            message = file.read()
    except OSError as error:
        raise UsageError(
            f"{path!r} cannot be read: {error.strerror}", remedy="name the file git wrote: .git/COMMIT_EDITMSG"
        ) from error
    message = add_comments(Discovery().repository(), message, lines)
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(message)


if __name__ == "__main__":
    raise SystemExit(main())
