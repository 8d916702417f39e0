"""Plan: how people should meet over a change, in one sentence, and in what order to read it."""

from __future__ import annotations

from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.report import Loops, Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.meeting import Touched
    from pytest_syncpoints.report import Mode

_UNSETTLED = ("open", "stale")
NO_WEIGHTS: Mapping[str, float] = {}


def make_plan(context: ReviewContext, findings: tuple[Finding, ...], weights: Mapping[str, float] = NO_WEIGHTS) -> Plan:
    """Return who meets and how: synchronicity grows with open loops and irreversibility, fidelity with what to read."""
    open_loops = _loops(context.touched, _UNSETTLED)
    closed = _loops(context.touched, ("met", "by-norm"))
    synchronicity = _synchronicity(open_loops, findings)
    fidelity = min(1.0, context.size.effective / 400 + len(context.change.files) / 100)
    mode = _mode(open_loops, synchronicity, fidelity)
    return Plan(
        mode=mode,
        sentence=_sentence(mode, open_loops, context),
        synchronicity=round(synchronicity, 2),
        fidelity=round(fidelity, 2),
        loops=Loops(
            closes=tuple(loop for loop in closed if loop not in open_loops),
            open=open_loops,
            skips=_loops(context.touched, ("waived",)),
        ),
        reviewers=(),
        order=reading_order(context, weights),
        split=(),
    )


def touched_mode(touched: Touched, findings: tuple[Finding, ...]) -> Mode:
    """Return the mode of one sync point: nothing to do, text, or a call where what it covers cannot be undone."""
    open_loops = _loops((touched,), _UNSETTLED)
    return _mode(open_loops, _synchronicity(open_loops, findings), 0.0)


def _loops(touched: tuple[Touched, ...], statuses: tuple[str, ...]) -> tuple[str, ...]:
    meetings = (meeting for point in touched for meeting in point.meetings if meeting.purpose in BLOCKING_PURPOSES)
    return tuple(dict.fromkeys(meeting.participant.team for meeting in meetings if meeting.status in statuses))


def _synchronicity(open_loops: tuple[str, ...], findings: tuple[Finding, ...]) -> float:
    if not open_loops:
        return 0.0
    irreversible = any(finding.rule == "REV003" and finding.exempted is None for finding in findings)
    return min(1.0, 0.2 * len(open_loops) + (0.5 if irreversible else 0.0))


def _mode(open_loops: tuple[str, ...], synchronicity: float, fidelity: float) -> Mode:
    if not open_loops:
        return "automated"
    if synchronicity >= 0.6:
        return "design-session" if fidelity >= 0.8 else "call"
    return "async-text"


def _sentence(mode: Mode, open_loops: tuple[str, ...], context: ReviewContext) -> str:
    if mode == "automated":
        return "nobody has to meet over this change"
    who = _listed(open_loops)
    minutes = context.size.review_minutes
    if mode == "async-text":
        return f"by text with {who}, about {minutes} min to read"
    return f"20-minute call with {who}" if mode == "call" else f"design session with {who}"


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def reading_order(context: ReviewContext, weights: Mapping[str, float] = NO_WEIGHTS) -> tuple[str, ...]:
    """Return the paths in the order to read them: what people sign for, then code, tests, what does not count.

    Code goes by expected defects per line where the past tells (``weights``), by size where it does not.
    """
    scoped = {file.path for touched in context.touched for file in touched.files}

    def key(path: str) -> tuple[bool, bool, bool, float, int, str]:
        size = context.size.files[path]
        skipped = bool(size.reason) and not size.unreadable
        return (skipped, size.test, path not in scoped, -weights.get(path, 0.0), -size.effective, path)

    return tuple(sorted((file.path for file in context.change.files), key=key))
