"""Audit: what each sync point and rule cost, what came of it, and whether to keep it.

The bar for a rule is the one Sadowski, van Gogh, Jaspan, Söderberg and Winter set for Google's analyzers ("Tricorder:
Building a Program Analysis Ecosystem", ICSE 2015): a finding nobody acts on is an effective false positive, and a rule
with more than one in ten of them annoys more than it helps.
"""

from __future__ import annotations

from pytest_syncpoints.loops.participation import DAY, members_of
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_syncpoints.loops.participation import Landed
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy, Syncpoint

_YEAR = 365 * DAY
_FEWEST = 5  # meetings, or findings, to advise anything
_ENOUGH = 10  # meetings, none of which changed anything, to make it a norm
_EARNS = 0.1  # of the meetings must change the code
_MOST_IGNORED = 0.1
_HOUR = 3600


class Meeting(Record):
    """One loop met over one change: how long it waited (hours), and whether the code changed before it agreed."""

    syncpoint: str
    hours: float
    changed: bool | None


class Outcomes(Record):
    """How often a rule fired on changes, and what came of it before they landed."""

    fired: int = 0
    fixed: int = 0
    signed: int = 0
    waived: int = 0
    ignored: int = 0


class AuditRow(Record):
    """One sync point or one rule: ``changed_the_code`` is ``None`` where nothing kept tells; ``line`` is policy."""

    syncpoint: str | None
    rule: str | None
    meetings: int
    median_wait_hours: float | None
    changed_the_code: int | None
    outcomes: Outcomes
    advice: str
    line: str


def met_in_history(
    policy: Policy, people: People, landed: Mapping[str, Sequence[Landed]], now: float
) -> Iterator[Meeting]:
    """Yield the meetings of the last year that commits record: somebody of a team that must agree reviewed or signed.

    The wait is from when the change was first written to when it landed: what meeting it may have cost at most.
    """
    for syncpoint in policy.syncpoints:
        teams = [p.team for p in syncpoint.participants if BLOCKING_PURPOSES & set(p.purposes)]
        members = frozenset().union(*(members_of(team, policy, people) for team in teams))
        for change in _changes(syncpoint, landed, now):
            if any(role in ("reviewer", "signer") for who, role in change.people.items() if who in members):
                yield Meeting(syncpoint.name, max(0.0, (change.at - change.written) / _HOUR), None)


def _changes(syncpoint: Syncpoint, landed: Mapping[str, Sequence[Landed]], now: float) -> Iterable[Landed]:
    found = {
        change.sha: change
        for name in syncpoint.components
        for change in landed.get(name, ())
        if change.at >= now - _YEAR
    }
    return found.values()


def audited(
    policy: Policy,
    meetings: Iterable[Meeting],
    touched: Mapping[str, int],
    waived: Mapping[str, int],
    rules: Mapping[str, Outcomes],
) -> tuple[AuditRow, ...]:
    """Return a row for each sync point of the policy, then for each rule that fired.

    ``touched`` counts the changes of a year that touched each sync point, ``waived`` those it was waived for.
    """
    held: dict[str, list[Meeting]] = {syncpoint.name: [] for syncpoint in policy.syncpoints}
    for meeting in meetings:
        held.setdefault(meeting.syncpoint, []).append(meeting)
    rows = [
        _syncpoint_row(name, found, touched.get(name, 0), waived.get(name, 0), policy) for name, found in held.items()
    ]
    return (*rows, *(_rule_row(rule, found) for rule, found in sorted(rules.items())))


def _syncpoint_row(name: str, held: Sequence[Meeting], touched: int, waived: int, policy: Policy) -> AuditRow:
    told = [meeting.changed for meeting in held if meeting.changed is not None]
    changed = sum(told) if told else None
    wait = median([meeting.hours for meeting in held])
    advice, line = _advice(name, len(held), len(told), changed, touched, waived, policy)
    return AuditRow(name, None, len(held), wait, changed, Outcomes(waived=waived), advice, line)


def _advice(
    name: str, met: int, told: int, changed: int | None, touched: int, waived: int, policy: Policy
) -> tuple[str, str]:
    table = f"[syncpoints.{name}]"
    teams = [p.team for point in policy.syncpoints if point.name == name for p in point.participants]
    team = teams[0] if teams else "TEAM"
    if not touched and not met:
        return "retire: nothing it covers changed in a year", f"remove {table}"
    if waived > max(met, _FEWEST):
        return "loosen: it is waived more often than met", f'{table} {{ team = "{team}", purpose = "awareness" }}'
    if met < _FEWEST:
        return "keep: too few meetings to tell", ""
    if changed is None:
        return "keep: whether meetings change the code, only kept reports tell", ""
    if not changed and told >= _ENOUGH:
        line = f'{table} {{ team = "{team}", purpose = "compliance", unless_norms = ["NAME"] }}'
        return "make it a norm: no meeting changed the code", line
    if changed < _EARNS * told:
        return "loosen: few meetings change the code", f'{table} {{ team = "{team}", purpose = "awareness" }}'
    return "keep", ""


def _rule_row(rule: str, found: Outcomes) -> AuditRow:
    advice, line = "keep", ""
    if found.fired < _FEWEST:
        advice = "keep: it fired too seldom to tell"
    elif found.ignored > _MOST_IGNORED * found.fired:
        share = found.ignored / found.fired
        advice, line = f"loosen: {share:.0%} of its findings were ignored", f'[rules] {rule} = "note"'
        if share > 1 - _MOST_IGNORED:
            advice, line = f"retire: {share:.0%} of its findings were ignored", f'[rules] {rule} = "off"'
    return AuditRow(None, rule, 0, None, None, found, advice, line)


def median(values: Sequence[float]) -> float | None:
    """Return the middle value, the mean of two middle ones, ``None`` of none."""
    if not values:
        return None
    ordered = sorted(values)
    half = len(ordered) // 2
    return round(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2, 1)
