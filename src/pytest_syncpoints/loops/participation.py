"""Participation: what landed on a component and who took part in it, and how far a loop has drifted from it."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_syncpoints.credits import Role
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy, Team

DAY = 86_400
# A tester saw a program run and a waiver is a meeting that did not happen: neither has met the code.
MEETS: tuple[Role, ...] = ("reviewer", "author", "co-author", "signer")
DRIFTED = 1.0  # tempos since a loop last took part, from which it has drifted
RETURNS_AT = 3.0  # a loop that only relied on norms for so many tempos has to meet once


class Drift(Record):
    """How far a loop is from a component: what landed since it last took part; ``ratio`` of days to its tempo."""

    changes: int
    lines: int
    days: float
    ratio: float


class Landed(Record):
    """One change that landed on a component: a step of the target's first-parent line, a merge with all it brought.

    ``at`` is when it was committed (seconds since the epoch), ``lines`` what it added and deleted in the component.
    ``written`` is when its first commit there was written. ``people`` maps the key of everybody who took part there to
    what they did first in the order of ``MEETS``.
    """

    sha: str
    at: int
    lines: int
    people: dict[str, Role]
    subject: str = ""
    fix: bool = False
    revert: bool = False
    written: int = 0


class Standing(Record):
    """Where a loop stands with a component: its drift, and the change it last took part in, by whom and as what.

    ``since`` is when that was, or when the component began.
    """

    component: str
    team: str
    drift: Drift
    since: float
    last: Landed | None
    who: str
    role: Role | None


def standing(component: str, team: Team, members: frozenset[str], landed: Sequence[Landed], now: float) -> Standing:
    """Return how far a loop has drifted: changes, lines and days since it last took part, against its tempo.

    ``landed`` is newest first. A loop that never took part drifts since the component's first change. The ratio is 0
    where nothing landed since: untouched code drifts from nobody.
    """
    since: list[Landed] = []
    last, who = None, ""
    for change in landed:
        who = _member(change, members)
        if who:
            last = change
            break
        since.append(change)
    start = last.at if last is not None else (since[-1].at if since else now)
    blank = Drift(len(since), sum(change.lines for change in since), 0.0, 0.0)
    role = last.people[who] if last is not None else None
    return aged(Standing(component, team.name, blank, start, last, who, role), team, now)


def aged(row: Standing, team: Team, now: float) -> Standing:
    """Return a standing as it is at a later time, when nothing more has landed."""
    days = max(0.0, (now - row.since) / DAY)
    ratio = days / team.tempo_days if row.drift.changes else 0.0
    return row._replace(drift=row.drift._replace(days=round(days, 1), ratio=round(ratio, 2)))


def _member(change: Landed, members: frozenset[str]) -> str:
    """Return who of a team took part in a change, the strongest role first; empty where nobody did."""
    found = [(MEETS.index(role), who) for who, role in change.people.items() if who in members and role in MEETS]
    return min(found)[1] if found else ""


def took_part(change: Landed, members: Iterable[str]) -> bool:
    """Say whether anybody of a team took part in a change."""
    return any(change.people.get(who) in MEETS for who in members)


def with_reviewers(
    landed: Mapping[str, tuple[Landed, ...]], reviewers: Mapping[str, Iterable[str]]
) -> dict[str, tuple[Landed, ...]]:
    """Return what landed with more reviewers (keys, by the change's id); who took part already stays what they were."""

    def grown(change: Landed) -> Landed:
        found = dict.fromkeys(reviewers.get(change.sha, ()), MEETS[0])
        part = {who: role for who, role in change.people.items() if role in MEETS or who not in found}
        return change._replace(people={**found, **part}) if found else change

    return {name: tuple(map(grown, changes)) for name, changes in landed.items()}


def loops_by_component(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the loops that meet over each component at any sync point, in the policy's order."""
    found: dict[str, dict[str, None]] = {component.name: {} for component in policy.components}
    for syncpoint in policy.syncpoints:
        for name in syncpoint.components:
            found.setdefault(name, {}).update((participant.team, None) for participant in syncpoint.participants)
    return {name: tuple(teams) for name, teams in found.items()}


def members_of(team: str, policy: Policy, people: People) -> frozenset[str]:
    """Return the keys a loop takes part under: of its people, and its own, by which a signed note names it."""
    keys = people.member_keys(policy.team(team))
    return keys | {team_key(team)} if keys else keys


def team_key(team: str) -> str:
    """Return the key of a team that a signed note speaks for."""
    return f"team/{team}"


def called(key: str) -> str:
    """Return how a person's key is shown: the ``[people]`` name, an e-mail or a handle."""
    return key.removeprefix("people/")


def standings(
    policy: Policy, people: People, landed: dict[str, tuple[Landed, ...]], now: float
) -> tuple[Standing, ...]:
    """Return where each loop stands with each component it meets over; loops nobody can list are left out."""
    members = {team: members_of(team, policy, people) for team in _teams(policy)}
    return tuple(
        standing(component, policy.team(team), members[team], landed.get(component, ()), now)
        for component, teams in loops_by_component(policy).items()
        for team in teams
        if members[team]
    )


def unlisted(policy: Policy, people: People) -> tuple[str, ...]:
    """Return the loops whose people nobody here can tell."""
    return tuple(team for team in _teams(policy) if not members_of(team, policy, people))


def _teams(policy: Policy) -> tuple[str, ...]:
    return tuple(dict.fromkeys(team for teams in loops_by_component(policy).values() for team in teams))
