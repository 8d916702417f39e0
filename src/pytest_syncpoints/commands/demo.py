"""`syncpoints demo`: the ledger story end to end, in a repository of its own."""

from __future__ import annotations

import os
import runpy
import tempfile

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.hunk_code import hunk_code
from pytest_syncpoints.gather.ranges import RangeRequest
from pytest_syncpoints.output import write_atomically
from pytest_syncpoints.render import renderer, terminal
from pytest_syncpoints.run import Request, run
from pytest_syncpoints.shipped import folder as shipped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.report import Report

# Each moment of examples/ledger: its tag, and what happened.
MOMENTS: tuple[tuple[str, str], ...] = (
    ("2-harmless", "Bob rewords the invoice. No sync point is touched, and nobody's day is interrupted."),
    ("3-needs-ops", "Bob drops a stored column. A line count calls that small, but this ledger is ops' ground."),
    ("4-signed", "They talk; alice of ops keeps a dump of the column and signs what she read."),
    ("5-edited-after", "Three days later bob edits one line of it. Her sign-off was for other content: it lapses."),
)


def demo(folder: str | None, *, color: bool) -> Iterator[str]:
    """Yield the story as text, moment by moment; the repository stays in ``folder``, or in a new temporary one.

    Raises UsageError where the folder is not empty.
    """
    place = os.path.abspath(folder) if folder else os.path.join(tempfile.mkdtemp(prefix="syncpoints-demo-"), "ledger")
    if os.path.exists(place) and (not os.path.isdir(place) or os.listdir(place)):
        raise UsageError(f"{place!a} is not an empty folder", remedy="syncpoints demo NEW-FOLDER")
    from pathlib import Path

    runpy.run_path(os.path.join(shipped("ledger_story"), "replay.py"))["replay"](Path(place))
    yield f"A small billing service in {place}; its policy says who meets over the ledger.\n"
    for number, (tag, happened) in enumerate(MOMENTS, 1):
        report = _review(place, tag)
        yield f"\n{number}. {happened}\n   $ syncpoints check --base main --head {tag} --door ci\n\n"
        yield terminal.render(report, color=color)
    page = os.path.join(place, "syncpoints.html")
    text = renderer("html").render(report, code=hunk_code(report, place))
    write_atomically(page, text.encode("utf-8", "backslashreplace"))
    yield f"\nThe last one as a page: {page}\n"
    yield f"Look around: cd {place} && syncpoints check --base main --head 3-needs-ops --explain\n"


def _review(place: str, tag: str) -> Report:
    request = Request(range=RangeRequest(base="main", head=tag), door="ci", build_history=True)
    return run(request, Discovery(place))
