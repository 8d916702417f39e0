"""Debts: meetings that were waived, skipped or never held, how old they are, and what has settled them since."""

from __future__ import annotations

from pytest_syncpoints.loops.participation import DAY, members_of, took_part
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Literal

    from pytest_syncpoints.loops.participation import Landed
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy, Syncpoint

    DebtKind = Literal["waived", "skipped", "never-met"]

# Where fewer of the changes name a reviewer or signer than this, reviews happen elsewhere, and their absence in git
# says nothing: then nobody is said to have skipped one.
_RECORDED = 0.1
_YEAR = 365 * DAY


class Waiver(Record):
    """One waiver that landed: which sync point and team, why, when and in which step; ``who`` is the waiver's key."""

    sha: str
    at: int
    syncpoint: str
    team: str
    reason: str
    who: str = ""


class Debt(Record):
    """One meeting that is owed. ``since`` is when the change landed; ``settled_by`` is the step that settled it."""

    syncpoint: str
    team: str
    sha: str
    since: int
    kind: DebtKind
    reason: str
    settled_by: str | None
    component: str = ""
    could_settle: tuple[str, ...] = ()


def debts(
    policy: Policy,
    people: People,
    landed: Mapping[str, Sequence[Landed]],
    waivers: Iterable[Waiver],
    since: Mapping[str, int],
    now: float,
) -> tuple[Debt, ...]:
    """Return what is owed, oldest first: waivers, settled or not, and unsettled changes that skipped a meeting.

    ``landed`` is by component, newest first; ``since`` says when each sync point came into the policy.
    """
    found = [*_waived(policy, people, landed, waivers)]
    waived = {(debt.sha, debt.syncpoint, debt.team) for debt in found}
    for syncpoint in policy.syncpoints:
        skipped = _skipped(syncpoint, policy, people, landed, since.get(syncpoint.name, 0), now)
        found += [debt for debt in skipped if (debt.sha, debt.syncpoint, debt.team) not in waived]
    return tuple(sorted(found, key=lambda debt: (debt.since, debt.syncpoint, debt.team, debt.sha)))


def _waived(
    policy: Policy, people: People, landed: Mapping[str, Sequence[Landed]], waivers: Iterable[Waiver]
) -> Iterator[Debt]:
    points = {syncpoint.name: syncpoint for syncpoint in policy.syncpoints}
    for waiver in waivers:
        point = points.get(waiver.syncpoint)
        names = point.components if point else ()
        members = members_of(waiver.team, policy, people)
        later = [
            change.sha
            for name in names
            for change in landed.get(name, ())
            if change.at > waiver.at and took_part(change, members)
        ]
        yield Debt(
            *(waiver.syncpoint, waiver.team, waiver.sha, waiver.at, "waived", waiver.reason),
            settled_by=later[-1] if later else None,
            component=names[0] if names else "",
            could_settle=(waiver.team,),
        )


def _skipped(
    syncpoint: Syncpoint,
    policy: Policy,
    people: People,
    landed: Mapping[str, Sequence[Landed]],
    since: int,
    now: float,
) -> Iterator[Debt]:
    """Yield, per team that must meet, the changes since it last took part; a review of any later one settles them."""
    if "touched" not in syncpoint.when:
        return
    for participant in syncpoint.participants:
        members = members_of(participant.team, policy, people)
        if not members or not BLOCKING_PURPOSES & set(participant.purposes):
            continue
        for component in syncpoint.components:
            changes = landed.get(component, ())
            if not records_reviews(changes, now):
                continue
            ever = any(took_part(change, members) for change in changes)
            for change in _unmet(changes, members, since):
                kind: DebtKind = "skipped" if ever else "never-met"
                reason = "nobody of the team took part" if ever else "the team never met this code"
                yield Debt(
                    *(syncpoint.name, participant.team, change.sha, change.at, kind, reason),
                    settled_by=None,
                    component=component,
                    could_settle=(participant.team,),
                )


def _unmet(changes: Sequence[Landed], members: frozenset[str], since: int) -> Iterator[Landed]:
    for change in changes:
        if change.at < since or took_part(change, members):
            return
        yield change


def records_reviews(changes: Sequence[Landed], now: float) -> bool:
    """Say whether this history tells who reviewed: enough of the last year's changes name somebody but the author."""
    year = [change for change in changes if change.at >= now - _YEAR]
    told = sum(any(role in ("reviewer", "signer") for role in change.people.values()) for change in year)
    return bool(year) and told >= _RECORDED * len(year)
