"""Flow: what is open, whose turn it is, and what it asks of reviewers."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record
from pytest_syncpoints.size import is_test, minutes_of_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    from pytest_syncpoints.loops.collisions import Branch
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Component, Policy

    Turn = Literal["author", "reviewer", "merge"]

DAY = 86400
# How much longer a change of a component of this tier is weighed than its lines alone say; ours, not measured.
TIER_WEIGHT: dict[str, float] = {"critical": 2.0, "shared": 1.5}


class OpenChange(Record):
    """An open change as a forge or git tells it; times in seconds since the epoch, 0 where not known.

    ``pushed`` is the author's latest commit or answer, ``reviewed`` the latest word of a reviewer. ``decision`` is
    ``approved``, ``changes-requested`` or empty; ``checks`` ``failed``, ``passed`` or empty. ``machines`` wrote of
    it; ``answered`` where a person is named who answers for that. ``asked`` are people whose review is awaited,
    ``heard`` those who have reviewed.
    """

    ref: str
    author: str
    opened: int
    updated: int = 0
    pushed: int = 0
    reviewed: int = 0
    draft: bool = False
    decision: str = ""
    checks: str = ""
    conflict: bool | None = None
    machine: bool = False
    minutes: int = 0
    components: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    risk: float = 1.0
    closed: int = 0
    machines: tuple[str, ...] = ()
    answered: bool = False
    asked: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()


def turn(change: OpenChange) -> Turn:
    """Return who can move a change on: its author only where something of theirs stands in the way.

    Who waits for a reviewer is never told that it is their turn: what is not known counts for the author.
    """
    if change.draft or change.conflict or change.checks == "failed":
        return "author"
    answered = change.pushed > change.reviewed
    if change.decision == "changes-requested":
        again = set(change.asked) & set(change.heard)  # asked to look once more: that is an answer too
        return "reviewer" if answered or again else "author"
    if change.decision == "approved":
        return "merge"
    return "author" if change.reviewed and not answered and not change.asked else "reviewer"


def from_branches(branches: Iterable[Branch], policy: Policy) -> tuple[OpenChange, ...]:
    """Return branches as open changes; git knows of no reviews, so that each waits for one."""
    matchers = [(part, PathPatterns(part.paths)) for part in policy.components]
    return tuple(_from_branch(branch, matchers, policy) for branch in branches)


def _from_branch(branch: Branch, matchers: list[tuple[Component, PathPatterns]], policy: Policy) -> OpenChange:
    change = OpenChange(
        ref=branch.name.removeprefix("refs/heads/"),
        author=branch.email or branch.author,
        opened=branch.at,
        updated=branch.at,
        pushed=branch.at,
        machine=bool(branch.machines),
        machines=branch.machines,
        answered=branch.answered,
    )
    return _placed(change, {path: touch.lines for path, touch in branch.touches.items()}, matchers, policy)


def with_paths(change: OpenChange, lines: dict[str, int], policy: Policy) -> OpenChange:
    """Return a change with what follows from its paths and their changed lines: minutes, components, teams, risk."""
    return _placed(change, lines, [(part, PathPatterns(part.paths)) for part in policy.components], policy)


def _placed(
    change: OpenChange, lines: dict[str, int], matchers: list[tuple[Component, PathPatterns]], policy: Policy
) -> OpenChange:
    code = sum(count for path, count in lines.items() if not is_test(path))
    tests = sum(count for path, count in lines.items() if is_test(path))
    parts = [part for part, matcher in matchers if any(matcher.match(path) for path in lines)]
    names = tuple(part.name for part in parts)
    return change._replace(
        minutes=minutes_of_lines(code, tests),
        components=names,
        teams=_teams(names, policy),
        risk=max((TIER_WEIGHT.get(part.tier, 1.0) for part in parts), default=1.0),
    )


def _teams(components: tuple[str, ...], policy: Policy) -> tuple[str, ...]:
    met = (point for point in policy.syncpoints if set(point.components) & set(components) or not point.components)
    return tuple(dict.fromkeys(part.team for point in met for part in point.participants))


def weight(change: OpenChange) -> float:
    """Return what a change asks of a reviewer: minutes to read it, times its risk."""
    return change.minutes * change.risk


class Load(Record):
    """What waits for a team: minutes (times risk) against its capacity a week, ``None`` where none is stated."""

    team: str
    changes: int
    minutes: int
    capacity_minutes: int | None


def loads(changes: Iterable[OpenChange], policy: Policy) -> tuple[Load, ...]:
    """Return the load of every team that open changes wait for, the fullest first."""
    waiting: dict[str, list[OpenChange]] = {}
    for change in changes:
        for team in change.teams if turn(change) == "reviewer" else ():
            waiting.setdefault(team, []).append(change)
    found = [
        Load(team, len(held), round(sum(map(weight, held))), policy.team(team).capacity_minutes)
        for team, held in waiting.items()
    ]
    return tuple(sorted(found, key=lambda load: (-load.minutes, load.team)))


class PersonLoad(Record):
    """What waits for one person who was asked to review: minutes (times risk), shared among those who were asked.

    ``capacity_minutes`` is their part of their teams' weekly capacity, ``None`` where none is stated.
    """

    person: str
    changes: int
    minutes: int
    capacity_minutes: int | None


def person_loads(changes: Iterable[OpenChange], policy: Policy, people: People) -> tuple[PersonLoad, ...]:
    """Return the load of every person who was asked for a review and has not answered since, the fullest first."""
    waiting: dict[str, list[float]] = {}
    for change in changes:
        readers = change.asked or change.heard
        for person in readers if turn(change) == "reviewer" else ():
            waiting.setdefault(person, []).append(weight(change) / len(readers))
    found = [
        PersonLoad(person, len(held), round(sum(held)), _own_capacity(person, policy, people))
        for person, held in waiting.items()
    ]
    return tuple(sorted(found, key=lambda load: (-load.minutes, load.person)))


def _own_capacity(person: str, policy: Policy, people: People) -> int | None:
    key = people.resolve(Person("", "", person) if "@" not in person else Person("", person))
    parts = [
        team.capacity_minutes / len(members)
        for team in policy.teams
        if team.capacity_minutes is not None and key in (members := people.member_keys(team))
    ]
    return round(sum(parts)) if parts else None


def age_days(change: OpenChange, now: float) -> float:
    """Return how long a change has been open, in days."""
    return max(0.0, (now - change.opened) / DAY)


def is_stale(change: OpenChange, now: float, policy: Policy) -> bool:
    """Say whether nothing has happened to a change for longer than the policy's ``stale_after``."""
    return now - (change.updated or change.opened) > policy.flow.stale_after_days * DAY
