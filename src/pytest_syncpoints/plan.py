"""Plan: how people should meet over a change, in one sentence, and in what order to read it."""

from __future__ import annotations

from pytest_syncpoints.mode import (
    Situation,
    fidelity_reasons,
    mode_of,
    score,
    sentence_of,
    synchronicity_reasons,
)
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.report import Loops, Plan, SuggestedReviewer
from pytest_syncpoints.size import review_minutes
from pytest_syncpoints.split import split
from pytest_syncpoints.syncpoint import tiers_by_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.meeting import Touched
    from pytest_syncpoints.report import Mode

_UNSETTLED = ("open", "stale")
NO_WEIGHTS: Mapping[str, float] = {}
_CLASSES = ("reversible", "costly", "irreversible")


def make_plan(context: ReviewContext, findings: tuple[Finding, ...], weights: Mapping[str, float] = NO_WEIGHTS) -> Plan:
    """Return who meets over a change and how, what is settled, and the reading order."""
    situation = change_situation(context, findings)
    open_loops = situation.loops
    closed = _loops(context.touched, ("met", "by-norm"))
    together, context_needed = synchronicity_reasons(situation), fidelity_reasons(situation)
    return Plan(
        mode=mode_of(situation),
        sentence=sentence_of(situation),
        synchronicity=round(score(together), 2),
        fidelity=round(score(context_needed), 2),
        loops=Loops(
            closes=tuple(loop for loop in closed if loop not in open_loops),
            open=open_loops,
            skips=_loops(context.touched, ("waived",)),
        ),
        reviewers=tuple(
            SuggestedReviewer(one.who, one.for_, one.reasons, one.load)
            for one in (context.suggested.reviewers if context.suggested else ())
        ),
        order=reading_order(context, weights),
        split=split(context, findings),
        synchronicity_reasons=together,
        fidelity_reasons=context_needed,
    )


def change_situation(context: ReviewContext, findings: tuple[Finding, ...]) -> Situation:
    """Return what decides how to meet over the whole change."""
    size = context.size
    lines = size.effective + size.tests_effective
    paths = {file.path for file in context.change.files}
    return _situation(context, context.touched, findings, paths)._replace(lines=lines, minutes=size.review_minutes)


def touched_mode(context: ReviewContext, touched: Touched, findings: tuple[Finding, ...]) -> Mode:
    """Return how to meet over what one sync point covers."""
    return mode_of(_situation(context, (touched,), findings, {file.path for file in touched.files}))


def _situation(
    context: ReviewContext, points: tuple[Touched, ...], findings: tuple[Finding, ...], paths: set[str]
) -> Situation:
    sizes = {path: size for path, size in context.size.files.items() if path in paths}
    worst = _worst(finding for finding in findings if finding.path in paths)
    undo_lines = {f.path: context.size.files[f.path].effective for f in worst if f.path in context.size.files}
    return Situation(
        loops=_loops(points, _UNSETTLED),
        undo=worst[0].reversibility if worst and worst[0].reversibility else "reversible",
        about=_about(worst),
        undo_lines=sum(undo_lines.values()),
        drift=_worst_drift(context, points),
        novelty=_novelty(context, paths),
        distance=context.suggested.distance if context.suggested else 0.0,
        rounds=max((meeting.rounds for point in points for meeting in point.meetings), default=0),
        components=len({name for path in paths for name in context.components.get(path, ())}),
        lines=sum(size.effective for size in sizes.values()),
        minutes=review_minutes(sizes, tiers_by_path(context.components, context.policy)),
    )


def _worst_drift(context: ReviewContext, points: tuple[Touched, ...]) -> float:
    """Return the worst drift among the loops that have yet to agree."""
    facts = context.drift
    if facts is None:
        return 0.0
    rows = [facts.worst(point.components, loop) for point in points for loop in _loops((point,), _UNSETTLED)]
    return max((row.drift.ratio for row in rows if row is not None and row.component not in facts.blind), default=0.0)


def _novelty(context: ReviewContext, paths: set[str]) -> float:
    """Return the share of the touched components that the author has not changed in two years."""
    facts = context.drift
    names = {name for path in paths for name in context.components.get(path, ())}
    if facts is None or not names or not context.change.authors:
        return 0.0
    author = context.people.resolve(context.change.authors[0])
    return sum(author not in facts.last_touch.get(name, {}) for name in names) / len(names)


def _worst(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings of the worst class of reversibility that are not exempted, where any is above the best."""
    classed = [f for f in findings if f.exempted is None and f.reversibility in _CLASSES[1:]]
    most = max((_CLASSES.index(f.reversibility) for f in classed if f.reversibility), default=0)
    return [f for f in classed if f.reversibility == _CLASSES[most]]


def _about(worst: list[Finding]) -> str:
    if not worst:
        return ""
    if all("migration" in (finding.path or "").lower() for finding in worst):
        return "the migration" if len({finding.path for finding in worst}) == 1 else "the migrations"
    return "what cannot be undone" if worst[0].reversibility == "irreversible" else "what is costly to undo"


def _loops(touched: tuple[Touched, ...], statuses: tuple[str, ...]) -> tuple[str, ...]:
    meetings = (meeting for point in touched for meeting in point.meetings if meeting.purpose in BLOCKING_PURPOSES)
    return tuple(dict.fromkeys(meeting.participant.team for meeting in meetings if meeting.status in statuses))


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
