"""Publish: a report shown on the change itself, which never changes its verdict."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.forge.http import Refused
from pytest_syncpoints.publish.sticky import decide
from pytest_syncpoints.record import Record
from pytest_syncpoints.render import markdown
from pytest_syncpoints.render.escape import clipped
from pytest_syncpoints.report_difference import contradictions
from pytest_syncpoints.verify import refuse_simulated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_syncpoints.forge.request import ChangeRequest, Forge
    from pytest_syncpoints.report import Report

SUMMARY_LIMIT = 1 << 20  # bytes of a step's summary; the runner drops one that is larger whole
STATUS_LIMIT = 140  # characters
NOT_VERIFIED = "**Not verified:** this clone has not the commits to hold the report against, so it counts for nothing."


class Checked(Record):
    """A report fit to be published; ``verified`` where git itself said the same."""

    report: Report
    verified: bool

    @property
    def label(self) -> str:
        """Return what must stand over a report nobody could verify."""
        return "" if self.verified else NOT_VERIFIED


def refuse_unfit(report: Report, request: ChangeRequest) -> None:
    """Raise UsageError for a report that supposes facts, contradicts itself, or is of another commit."""
    refuse_simulated(report)
    found = contradictions(report)
    if found:
        raise UsageError(f"the report contradicts itself: {found[0]}", remedy="write it again; do not edit it")
    if report.change.head != request.head:
        raise UsageError(
            f"the report is of {_short(report.change.head)}, this run is about {_short(request.head)}",
            remedy="review the change's own head, not the host's merge of it (docs/ci.md)",
        )


def publish(checked: Checked, forge: Forge, *, dry_run: bool = False) -> list[str]:
    """Publish on the request and return what was done, a line each; with ``dry_run`` only what would be.

    Nothing is written where the request has moved on from the commit this run is about: the run of the present
    commit will publish. A status the token may not set is said, and misses: what requires it stays closed.
    """
    request = forge.request
    current = forge.current_head()
    if current != request.head:
        return [
            f"nothing published: the change stands at {_short(current)} now, this run is about {_short(request.head)}"
        ]
    action = decide(checked.report, request, forge.comments(), limit=forge.limit, label=checked.label)
    state, description = status(checked)
    if dry_run:
        done = [f"comment: would {action.kind} ({action.because})", f"status: would be {state}: {description}"]
        return [*done, *action.body.splitlines()]
    if action.kind == "create":
        forge.comment(action.body)
    elif action.kind == "edit":
        forge.edit(action.comment_id, action.body)
    done = [f"comment: {action.kind} ({action.because})"]
    try:
        forge.set_status(state, description)
    except Refused as refused:
        if refused.status not in (403, 404, 422):
            raise
        return [*done, f"status: not set; {refused.message}"]
    return [*done, f"status: {state}"]


def status(checked: Checked) -> tuple[str, str]:
    """Return state and description of the commit status; what nobody verified is never a success."""
    verdict = checked.report.verdict
    state = "failure" if verdict.blocked else "success" if checked.verified else "pending"
    words = verdict.summary if checked.verified else f"not verified: {verdict.summary}"
    return state, clipped(words, STATUS_LIMIT)


def write_job_summary(checked: Checked, environment: Mapping[str, str]) -> None:
    """Append the report to the job's summary where the runner keeps one; raises CannotEvaluate where it cannot."""
    path = environment.get("GITHUB_STEP_SUMMARY", "")
    if not path:
        return
    try:
        there = os.path.getsize(path) if os.path.exists(path) else 0
        text = job_summary(checked, room=SUMMARY_LIMIT - there)
        with open(path, "ab") as file:
            file.write(text)
    except OSError as error:
        raise CannotEvaluate(
            f"the job summary cannot be written: {error.strerror}", remedy="unset GITHUB_STEP_SUMMARY"
        ) from None


def job_summary(checked: Checked, *, room: int) -> bytes:
    """Return the report as Markdown of at most ``room`` bytes, nothing where not even one line fits."""
    label = f"{checked.label}\n\n" if checked.label else ""
    for limit in (room // 2, room // 4):  # characters; most take one byte, some up to four
        text = f"{label}{markdown.render(checked.report, limit=max(limit - 1000, 1))}\n".encode(
            "utf-8", "backslashreplace"
        )
        if len(text) <= room:
            return text
    return b""


def _short(sha: str | None) -> str:
    return clipped(sha[:12], 12) if sha else "no commit"
