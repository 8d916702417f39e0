"""Who and what lost touch with the code this change touches?"""

from __future__ import annotations

from pytest_syncpoints.check import Skip
from pytest_syncpoints.exemption import iso_date
from pytest_syncpoints.finding import Finding
from pytest_syncpoints.loops.participation import DAY, called
from pytest_syncpoints.pattern import PathPatterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.loops.debts import Debt
    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.meeting import Touched

name = "drift"
rules = ("DRF001", "DRF002", "DRF003", "DRF004", "DRF005")

_FOLLOWS = 5  # changes without its follower, this one among them: fewer may not have concerned it
_QUIET = 30  # days in which an incident should have brought the loops together
_ALONE = 1


def run(context: ReviewContext) -> Iterable[Finding] | Skip:
    """Return what drifts around the touched components; skipped where no history was read."""
    facts = context.drift
    if not any(context.components.values()):
        return ()
    if facts is None:
        return Skip("no fresh history at hand; what reads it: syncpoints check")
    return (
        *_drifted(context, facts),
        *_debts(context, facts),
        *_followers(context, facts),
        *_incidents(context, facts),
        *_owners(context, facts),
    )


def _drifted(context: ReviewContext, facts: DriftFacts) -> Iterator[Finding]:
    """Yield loops that would meet here, have not yet, and last did longer ago than their tempo."""
    for touched in context.touched:
        for team in dict.fromkeys(m.participant.team for m in touched.meetings if m.status != "met"):
            row = facts.drifted(touched.components, team)
            if row is None:
                continue
            tempo = context.policy.team(team).tempo_days
            how = "last met this code" if row.last is not None else "never met this code:"
            ago = f"{row.drift.days:.0f} days and {_many(row.drift.changes, 'change')}"
            when = f"{ago} ago" if row.last is not None else f"{ago} so far"
            yield _finding(
                "DRF001",
                f"{row.component}: {team} {how} {when}; its tempo is {tempo:.0f} days (drift {row.drift.ratio:.1f})",
                f"have {team} look at this one, even if nothing requires it",
                touched=touched,
                component=row.component,
                team=team,
            )


def _debts(context: ReviewContext, facts: DriftFacts) -> Iterator[Finding]:
    """Yield what is owed at the touched sync points, one finding a team and kind, of the oldest."""
    touched = {point.syncpoint.name: point for point in context.touched}
    owed: dict[tuple[str, str, str], list[Debt]] = {}
    for debt in facts.debts:
        if debt.settled_by is None and debt.syncpoint in touched:
            owed.setdefault((debt.syncpoint, debt.team, debt.kind), []).append(debt)
    for (syncpoint, team, kind), found in owed.items():
        oldest = found[0]
        words = {"waived": f"waived ({oldest.reason})", "skipped": "skipped", "never-met": "never held"}[kind]
        date, days = iso_date(oldest.since), int((facts.now - oldest.since) // DAY)
        more = f", and {_many(len(found) - 1, 'time')} since" if len(found) > 1 else ""
        yield _finding(
            "DRF002",
            f"{syncpoint}: the meeting with {team} was {words} on {date}, {days} days ago{more}",
            f"{team} settles it by taking part in this one, or by reviewing {oldest.sha[:7]} after the fact",
            touched=touched[syncpoint],
            component=oldest.component,
            team=team,
        )


def _followers(context: ReviewContext, facts: DriftFacts) -> Iterator[Finding]:
    here = _components(context)
    for row in facts.followers:
        moves = row.changes + 1
        if row.component not in here or moves < _FOLLOWS:
            continue
        matcher = PathPatterns((row.path,))
        if any(matcher.match(file.path) for file in context.change.files):
            continue
        yield Finding(
            "DRF003",
            f"{row.component} changed {moves} times since {row.path} last moved",
            remedy="check that what it says still holds",
            path=here[row.component],
            component=row.component,
            anchor=f"{row.component} {row.path}",
        )


def _incidents(context: ReviewContext, facts: DriftFacts) -> Iterator[Finding]:
    here = _components(context)
    for row in facts.incidents:
        days = int((facts.now - row.at) // DAY)
        touched = [component for component in row.components if component in here]
        if row.norm is not None or row.took_part or not touched or days < _QUIET:
            continue
        away = f", and {' and '.join(row.stayed_away)} did not touch {touched[0]} after it" if row.stayed_away else ""
        yield Finding(
            "DRF004",
            f"{row.name} resynchronised nobody: {days} days old, no norm names it{away}",
            remedy="write the norm, or meet once",
            path=here[touched[0]],
            component=touched[0],
            who=row.stayed_away,
            anchor=row.name,
        )


def _owners(context: ReviewContext, facts: DriftFacts) -> Iterator[Finding]:
    here = _components(context)
    for row in facts.knowledge:
        if row.component not in here or len(row.active) > _ALONE or len(row.active) == len(row.authors):
            continue  # nobody who knew it has gone
        who = f"{called(row.active[0])} alone" if row.active else "nobody"
        pair = f"pair with {called(row.active[0])} on this one" if row.active else "have a second person learn it now"
        yield Finding(
            "DRF005",
            f"{row.component}: {who} of the {len(row.authors)} who know its files was active in the last year",
            remedy=pair,
            path=here[row.component],
            component=row.component,
            anchor=row.component,
        )


def _components(context: ReviewContext) -> dict[str, str]:
    """Return the touched components, each with the first path it is touched at."""
    found: dict[str, str] = {}
    for file in context.change.files:
        for component in context.components.get(file.path, ()):
            found.setdefault(component, file.path)
    return found


def _finding(rule: str, message: str, remedy: str, *, touched: Touched, component: str, team: str) -> Finding:
    return Finding(
        rule,
        message,
        remedy=remedy,
        path=touched.files[0].path if touched.files else None,
        component=component,
        syncpoint=touched.syncpoint.name,
        who=(team,),
        anchor=f"{touched.syncpoint.name}/{team}",
    )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
