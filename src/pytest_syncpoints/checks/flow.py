"""What of other open work meets this change?"""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.check import Skip
from pytest_syncpoints.finding import Finding
from pytest_syncpoints.loops.flow import TIER_WEIGHT, weight

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.loops.collisions import Pair
    from pytest_syncpoints.loops.flow import OpenChange

name = "flow"
rules = ("FLO001", "FLO002", "FLO003")
_SAYS = {
    "conflict": "changes the same lines; merging both conflicts",
    "migration": "adds to the same chain of migrations",
    "api": "changes public names of the same component",
}
_SHOWN = 5


def run(context: ReviewContext) -> Iterable[Finding] | Skip:
    """Return what is over a limit, and the branches that collide; those that merge cleanly are no news."""
    if context.collisions is None:
        return Skip("other branches are looked at before a push: syncpoints-push")
    return (*_too_many(context), *_collisions(context.collisions), *_over_budget(context))


def _own(context: ReviewContext) -> list[OpenChange]:
    """Return the other open changes of whoever wrote this one, oldest first."""
    mine = [
        other
        for other in context.open_work
        if any(context.people.same(Person("", other.author), who) for who in context.change.authors)
    ]
    return sorted(mine, key=lambda change: (change.opened, change.ref))


def _too_many(context: ReviewContext) -> Iterator[Finding]:
    limits, own = context.policy.flow, _own(context)
    if limits.per_author is not None and len(own) + 1 > limits.per_author:
        yield Finding(
            "FLO001",
            f"with this one you have {len(own) + 1} open changes (limit {limits.per_author})",
            remedy=f"finish {own[0].ref} first" if own else "",
            anchor="author",
        )
    yield from _too_many_of_machines(context)
    yield from _too_many_for_teams(context)
    touched = dict.fromkeys(name for names in context.components.values() for name in names)
    for component in touched if limits.per_component is not None else ():
        count = 1 + sum(component in other.components for other in context.open_work)
        if limits.per_component is not None and count > limits.per_component:
            message = f"with this one {count} changes of {component} are open (limit {limits.per_component})"
            yield Finding("FLO001", message, remedy="see which could land first: syncpoints flow", component=component)


def _too_many_of_machines(context: ReviewContext) -> Iterator[Finding]:
    limit, machines = context.policy.flow.per_machine, context.machine.machines if context.machine else ()
    for machine, count in _counts(machines, limit, [other.machines for other in context.open_work]):
        message = f"with this one {count} changes written by {machine} are open (limit {limit})"
        yield Finding("FLO001", message, remedy="let it wait until people have read the others", anchor=machine)


def _too_many_for_teams(context: ReviewContext) -> Iterator[Finding]:
    limit = context.policy.flow.per_team
    teams = dict.fromkeys(meeting.team.name for touched in context.touched for meeting in touched.meetings)
    for team, count in _counts(teams, limit, [other.teams for other in context.open_work]):
        message = f"with this one {count} changes that {team} meets over are open (limit {limit})"
        yield Finding("FLO001", message, remedy="see which could land first: syncpoints flow", anchor=team)


def _counts(names: Iterable[str], limit: int | None, others: list[tuple[str, ...]]) -> Iterator[tuple[str, int]]:
    """Yield which names more changes hold than the limit allows, this one counted, and how many do."""
    for name in names if limit is not None else ():
        count = 1 + sum(name in held for held in others)
        if limit is not None and count > limit:
            yield name, count


def _over_budget(context: ReviewContext) -> Iterator[Finding]:
    """Yield teams whose week has less review time left than this author's open work and this change need."""
    teams = dict.fromkeys(meeting.team for touched in context.touched for meeting in touched.meetings)
    own = _own(context)
    for team in teams:
        if team.capacity_minutes is None:
            continue
        mine = [other for other in own if team.name in other.teams]
        others = [other for other in context.open_work if team.name in other.teams and other not in mine]
        left = max(0, team.capacity_minutes - round(sum(map(weight, others))))
        open_minutes = round(sum(map(weight, mine)))
        if open_minutes + _own_weight(context) <= left:
            continue
        message, remedy = _budget(left, open_minutes, _own_weight(context), mine)
        yield Finding("FLO003", f"{team.name} has {message}", remedy=remedy, anchor=team.name)


def _budget(left: int, needed: int, this: int, mine: list[OpenChange]) -> tuple[str, str]:
    """Return what is left of a team's week and what it is needed for, and what to do about it."""
    start = f"{left} minutes left this week"
    if not mine:
        return f"{start}; this change needs {this}", "split it, or agree with them when they can read it"
    work = f"already needs {needed}" if needed > left else f"needs {needed} of them, and this change {this}"
    return f"{start}; your open work {work}. Finish {mine[0].ref} first.", "what waits for whom: syncpoints flow"


def _own_weight(context: ReviewContext) -> int:
    names = {name for found in context.components.values() for name in found}
    tiers = [part.tier for part in context.policy.components if part.name in names]
    return round(context.size.review_minutes * max((TIER_WEIGHT.get(tier, 1.0) for tier in tiers), default=1.0))


def _collisions(found: tuple[Pair, ...]) -> Iterator[Finding]:
    telling = [pair for pair in found if pair.kind in _SAYS]
    for pair in telling[:_SHOWN]:
        other = pair.b.removeprefix("refs/heads/")
        others = len(pair.paths) - 1
        more = f" (and in {others} more file{'s' * (others > 1)})" if others else ""
        yield Finding(
            "FLO002",
            f"{other} {_SAYS[pair.kind]}{more}",
            remedy=f"agree who lands first, or rebase onto the other: git rebase {other}",
            path=pair.paths[0],
            anchor=other,
        )
    rest = len(telling) - _SHOWN
    if rest > 0:
        yield Finding(
            "FLO002",
            f"{rest} more branch{' collides' if rest == 1 else 'es collide'} with this one",
            remedy="all of them: syncpoints collisions",
            anchor="more",
        )
