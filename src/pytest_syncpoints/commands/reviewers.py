"""`syncpoints reviewers`: the fewest people who close what is open on a change, and why they."""

from __future__ import annotations

import json

from pytest_syncpoints.render.escape import visible
from pytest_syncpoints.run import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.report import Report
    from pytest_syncpoints.run import Request


def reviewers_output(request: Request, form: str) -> str:
    """Return who could close what is open, as text or JSON; raises as ``run`` does."""
    report = run(request)
    if form == "json":
        rows = [
            {"who": one.who, "for": list(one.for_), "reasons": list(one.reasons), "load": one.load}
            for one in report.plan.reviewers
        ]
        return json.dumps({"reviewers": rows}, indent=2, ensure_ascii=True) + "\n"
    return "".join(f"{visible(line)}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    open_loops = report.plan.loops.open
    if not open_loops:
        yield "nobody has to agree to this change, or everybody has"
        return
    for one in report.plan.reviewers:
        yield f"{one.who}  for {', '.join(one.for_)}"
        for reason in one.reasons:
            yield f"    {reason}"
    served = {team for one in report.plan.reviewers for team in one.for_}
    for team in open_loops:
        if team not in served:
            yield f"nobody can be named for {team}: its people are not known here, or all of them are authors"
