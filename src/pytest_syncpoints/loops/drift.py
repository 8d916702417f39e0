"""Drift: everything history says of how far loops are from the code they meet over, as one value."""

from __future__ import annotations

from pytest_syncpoints.loops.participation import DAY, DRIFTED, members_of, took_part
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Literal

    from pytest_syncpoints.loops.debts import Debt
    from pytest_syncpoints.loops.knowledge import Knowledge
    from pytest_syncpoints.loops.participation import Landed, Standing
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy

    NewsKind = Literal["incident", "norm", "revert", "owner change", "fix"]

RESYNCHRONISED_WITHIN = 30 * DAY
_LOOK_BACK = 365 * DAY
_HOTFIX = ("hotfix", "hot fix", "emergency")
_NEAR = 7 * DAY  # a revert so close to a recorded incident is taken for a part of it


class Follower(Record):
    """A path that should move when a component moves, and how often the component moved without it."""

    component: str
    path: str
    changes: int
    last: int | None


class Resync(Record):
    """A recorded incident: whether a norm came of it, and which loops took part in its components in the days after."""

    name: str
    components: tuple[str, ...]
    at: int
    norm: str | None
    took_part: tuple[str, ...]
    stayed_away: tuple[str, ...]


class Candidate(Record):
    """A revert or hotfix in history that no recorded incident is near: maybe one to record."""

    component: str
    sha: str
    at: int
    subject: str


class Told(Record):
    """Something learned about a component, and the commit it happened in, where it did in one."""

    kind: NewsKind
    at: int
    sha: str | None
    component: str
    text: str


class DriftFacts(Record):
    """What history says of drift up to one commit. ``last_touch`` maps component and person to their last change.

    ``missing`` says in words what could not be told, ``blind`` names components whose history records no reviews.
    ``imported`` names, for each running experiment that is imported from outside it, one file that imports it. Ages are
    reckoned at ``now`` (seconds since the epoch).
    """

    now: float
    standings: tuple[Standing, ...] = ()
    debts: tuple[Debt, ...] = ()
    knowledge: tuple[Knowledge, ...] = ()
    followers: tuple[Follower, ...] = ()
    incidents: tuple[Resync, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    told: tuple[Told, ...] = ()
    last_touch: dict[str, dict[str, int]] = {}  # noqa: RUF012  # a record's default is never changed
    missing: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    imported: dict[str, str] = {}  # noqa: RUF012  # likewise

    def standing(self, component: str, team: str) -> Standing | None:
        """Return where a loop stands with a component, ``None`` where nobody can tell."""
        return next((row for row in self.standings if (row.component, row.team) == (component, team)), None)

    def worst(self, components: Iterable[str], team: str) -> Standing | None:
        """Return the standing of a loop that is furthest from any of these components."""
        found = [row for name in components if (row := self.standing(name, team)) is not None]
        return max(found, key=lambda row: (row.drift.ratio, row.drift.changes), default=None)

    def drifted(self, components: Iterable[str], team: str) -> Standing | None:
        """Return the furthest standing of a loop that is past its tempo; ``None``: there is none, or none known."""
        row = self.worst((name for name in components if name not in self.blind), team)
        return row if row is not None and row.drift.ratio >= DRIFTED else None


def seconds_of(date: str) -> int:
    """Return the start of an ISO date in seconds since the epoch (UTC)."""
    from datetime import UTC, datetime

    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp())


def followers(
    policy: Policy, landed: Mapping[str, Sequence[Landed]], moved: Mapping[str, Sequence[Landed]]
) -> tuple[Follower, ...]:
    """Return how often each component moved since its followers last did; ``moved`` is what landed on each follower."""
    found = []
    for component in policy.components:
        for path in component.follows:
            last = moved[path][0].at if moved.get(path) else None
            steps = {change.sha for change in moved.get(path, ())}
            since = [
                change
                for change in landed.get(component.name, ())
                if (last is None or change.at > last) and change.sha not in steps
            ]
            found.append(Follower(component.name, path, len(since), last))
    return tuple(found)


def resyncs(policy: Policy, people: People, landed: Mapping[str, Sequence[Landed]]) -> tuple[Resync, ...]:
    """Return which loops came back to the code within 30 days of each recorded incident."""
    from pytest_syncpoints.loops.participation import loops_by_component

    loops = loops_by_component(policy)
    found = []
    for incident in policy.incidents:
        at = seconds_of(incident.date)
        teams = dict.fromkeys(team for name in incident.components for team in loops.get(name, ()))
        after = [
            change
            for name in incident.components
            for change in landed.get(name, ())
            if at <= change.at <= at + RESYNCHRONISED_WITHIN
        ]
        came = tuple(
            team for team in teams if any(took_part(change, members_of(team, policy, people)) for change in after)
        )
        away = tuple(team for team in teams if team not in came)
        found.append(Resync(incident.name, incident.components, at, incident.norm, came, away))
    return tuple(found)


def candidates(policy: Policy, landed: Mapping[str, Sequence[Landed]], now: float) -> tuple[Candidate, ...]:
    """Return reverts and hotfixes of the last year that no recorded incident of the component is near."""
    found = []
    for name, changes in landed.items():
        recorded = [seconds_of(incident.date) for incident in policy.incidents if name in incident.components]
        for change in changes:
            if change.at < now - _LOOK_BACK or any(abs(change.at - at) <= _NEAR for at in recorded):
                continue
            if change.revert or any(word in change.subject.lower() for word in _HOTFIX):
                found.append(Candidate(name, change.sha, change.at, change.subject))
    return tuple(found)


def told(
    policy: Policy,
    landed: Mapping[str, Sequence[Landed]],
    norms: Mapping[str, int],
    now: float,
    more: Iterable[Told] = (),
) -> tuple[Told, ...]:
    """Return what was learned of each component in the last year, newest first; ``norms`` says when each came.

    ``more`` was found elsewhere.
    """
    found = [*_recorded(policy, norms), *more]
    for name, changes in landed.items():
        for change in changes:
            if change.at >= now - _LOOK_BACK and (change.revert or change.fix):
                kind: NewsKind = "revert" if change.revert else "fix"
                found.append(Told(kind, change.at, change.sha, name, change.subject))
    return tuple(sorted(found, key=lambda row: (-row.at, row.kind, row.component, row.sha or "")))


def _recorded(policy: Policy, norms: Mapping[str, int]) -> Iterator[Told]:
    for incident in policy.incidents:
        for component in incident.components:
            yield Told("incident", seconds_of(incident.date), None, component, f"{incident.name} on {incident.date}")
    for norm in policy.norms:
        if norm.name in norms:
            why = f" ({norm.why})" if norm.why else ""
            for part in policy.components:
                yield Told("norm", norms[norm.name], None, part.name, f"{norm.name}{why}")


def last_touches(landed: Mapping[str, Sequence[Landed]], now: float) -> dict[str, dict[str, int]]:
    """Return when each person last wrote in each component, of those who did in the last two years."""
    found: dict[str, dict[str, int]] = {}
    for name, changes in landed.items():
        people: dict[str, int] = {}
        for change in changes:
            if change.at < now - 2 * _LOOK_BACK:
                break
            for who, role in change.people.items():
                if role in ("author", "co-author"):
                    people.setdefault(who, change.at)
        found[name] = people
    return found
