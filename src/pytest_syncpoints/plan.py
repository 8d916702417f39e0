"""Plan: how people should meet over a change, in one sentence, and in what order to read it."""

from __future__ import annotations

from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.report import Loops, Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.meeting import Touched
    from pytest_syncpoints.report import Mode

_UNSETTLED = ("open", "stale")


def make_plan(context: ReviewContext, findings: tuple[Finding, ...]) -> Plan:
    """Return who meets and how: synchronicity grows with open loops and irreversibility, fidelity with what to read."""
    open_loops = _loops(context.touched, _UNSETTLED)
    closed = _loops(context.touched, ("met", "by-norm"))
    synchronicity = _synchronicity(open_loops, findings)
    fidelity = min(1.0, context.size.effective / 400 + len(context.change.files) / 100)
    mode = _mode(open_loops, synchronicity, fidelity)
    return Plan(
        mode=mode,
        sentence=_sentence(mode, open_loops, context) + _on_what(mode, findings, context),
        synchronicity=round(synchronicity, 2),
        fidelity=round(fidelity, 2),
        loops=Loops(
            closes=tuple(loop for loop in closed if loop not in open_loops),
            open=open_loops,
            skips=_loops(context.touched, ("waived",)),
        ),
        reviewers=(),
        order=reading_order(context),
        split=(),
    )


def touched_mode(touched: Touched, findings: tuple[Finding, ...]) -> Mode:
    """Return the mode of one sync point: nothing to do, text, or a call where what it covers cannot be undone."""
    open_loops = _loops((touched,), _UNSETTLED)
    covered = {file.path for file in touched.files}
    within = tuple(finding for finding in findings if finding.path is None or finding.path in covered)
    return _mode(open_loops, _synchronicity(open_loops, within), 0.0)


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


def _on_what(mode: Mode, findings: tuple[Finding, ...], context: ReviewContext) -> str:
    """Return what the talk is about where only a part of the change cannot be undone: the rest can be read by text."""
    lost = {found.path for found in findings if found.rule == "REV003" and found.exempted is None and found.path}
    rest = sum(size.effective for path, size in context.size.files.items() if path not in lost and not size.test)
    if mode != "call" or not lost or not rest:
        return ""
    what = next(iter(lost)).rpartition("/")[2] if len(lost) == 1 else f"{len(lost)} files that cannot be undone"
    return f" on {what}; the other {rest:,} line{'s' * (rest != 1)} by text"


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def reading_order(context: ReviewContext) -> tuple[str, ...]:
    """Return paths in the order to read them: what people sign for, code by size, tests, what does not count."""
    scoped = {file.path for touched in context.touched for file in touched.files}

    def key(path: str) -> tuple[bool, bool, bool, int, str]:
        size = context.size.files[path]
        skipped = bool(size.reason) and not size.unreadable
        return (skipped, size.test, path not in scoped, -size.effective, path)

    return tuple(sorted((file.path for file in context.change.files), key=key))
