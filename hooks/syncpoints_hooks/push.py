"""The hook `syncpoints-push` (stages pre-push and manual): reviews the branch against its base."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.report import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Review what is pushed against the detected base and return the exit status.

    Only ``PRE_COMMIT_TO_REF`` is used: the other side a push names is what the remote has of this very branch,
    not where the branch is meant to land.
    """
    from pytest_syncpoints.door import guarded

    del arguments
    return guarded(_review)


def _review() -> int:
    from pytest_syncpoints.door import verdict_status
    from pytest_syncpoints.errors import CLEAR
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.render import terminal
    from pytest_syncpoints.run import Request, run

    pushed = os.environ.get("PRE_COMMIT_TO_REF") or "HEAD"
    if not pushed.strip("0"):  # a branch that is deleted there brings nothing
        return CLEAR
    report = run(Request(range=RangeRequest(to_ref=pushed), flow=True))
    text = terminal.render(report, mode="hook")
    sys.stdout.write(text + _flow_notes(report, text))
    return verdict_status(report)


def _flow_notes(report: Report, said: str) -> str:
    """Return the notes about other open work, which stop nobody: a push is the last moment they are of use."""
    from pytest_syncpoints.render.escape import visible

    notes = [f for f in report.findings if f.rule.startswith("FLO") and f.level == "note" and f.exempted is None]
    lines = []
    for note in notes if "FLO" not in said else ():
        place = f"  {visible(note.path)}" if note.path else ""
        lines += [
            f"{note.rule} {note.name}{place}",
            f"       {visible(note.message)}",
            f"       {visible(note.remedy)}",
        ]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main())
