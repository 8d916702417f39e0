"""Drift as text: who is furthest from what first, then what is owed, and what else drifts."""

from __future__ import annotations

from pytest_syncpoints.loops.drift_json import moment
from pytest_syncpoints.loops.pacing import pacing_words
from pytest_syncpoints.loops.participation import called
from pytest_syncpoints.render.escape import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.loops.debts import Debt
    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.generations import Generation
    from pytest_syncpoints.loops.pacing import Pacing
    from pytest_syncpoints.loops.participation import Landed, Standing

_MOST = 10  # rows of one kind; the JSON has them all
_SHORT = 7
_DAY = 86_400


def drift_text(
    facts: DriftFacts,
    paces: Sequence[Pacing],
    team: str | None = None,
    landed_since: Sequence[tuple[str, Sequence[Landed]]] = (),
    carried: Sequence[Generation] = (),
) -> str:
    """Return drift as lines for a terminal.

    ``landed_since`` is what one team has not seen, by component; ``carried`` are norms that superseded one another.
    """
    lines = [*_standings(facts), *_unseen(team, landed_since), *_debts(facts), *_paces(paces), *_others(facts)]
    lines += _carried(carried, facts.now)
    lines += [f"not known: {text}" for text in facts.missing]
    return "".join(f"{visible(line)}\n" for line in lines or ["no team meets over any component: nothing can drift"])


def _standings(facts: DriftFacts) -> Iterator[str]:
    rows = sorted(facts.standings, key=lambda row: (-row.drift.ratio, -row.drift.changes, row.component, row.team))
    width = max((len(f"{row.component}: {row.team}") for row in rows), default=0)
    for row in rows:
        yield f"{row.drift.ratio:5.1f}  {f'{row.component}: {row.team}':<{width}}  {_how(row)}"


def _how(row: Standing) -> str:
    drift = row.drift
    if not drift.changes:
        return "nothing landed since it last took part" if row.last else "nothing has landed"
    changes = _many(drift.changes, "change")
    behind = f"{changes} and {_many(drift.lines, 'line')}" if drift.lines else changes
    if row.last is None:
        return f"never took part: {behind} in {drift.days:.0f} days"
    return f"{behind} in {drift.days:.0f} days since {row.last.sha[:_SHORT]} ({called(row.who)}, {row.role})"


def _unseen(team: str | None, landed_since: Sequence[tuple[str, Sequence[Landed]]]) -> Iterator[str]:
    for component, changes in landed_since:
        yield f"landed on {component} since {team} last took part:"
        for change in changes[:_MOST]:
            yield f"       {change.sha[:_SHORT]} {moment(change.at)[:10]} {change.subject}"
        if len(changes) > _MOST:
            yield f"       and {len(changes) - _MOST:,} more"


def _debts(facts: DriftFacts) -> Iterator[str]:
    for debt in facts.debts:
        if debt.kind == "waived" and debt.settled_by is None:
            yield f" debt  {debt.syncpoint}: {debt.team} waived {_ago(debt, facts)} ({debt.reason})"
            yield f"       settled when {debt.team} reviews {debt.sha[:_SHORT]} or takes part in {debt.component}"
    skipped: dict[tuple[str, str, str], list[Debt]] = {}
    for debt in facts.debts:
        if debt.kind != "waived":
            skipped.setdefault((debt.syncpoint, debt.team, debt.kind), []).append(debt)
    for (syncpoint, team, kind), owed in skipped.items():
        words = "was skipped by" if kind == "skipped" else "has never been met in"
        yield f" debt  {syncpoint}: {team} {words} {_many(len(owed), 'change')}, the first {_ago(owed[0], facts)}"


def _ago(debt: Debt, facts: DriftFacts) -> str:
    return f"on {moment(debt.since)[:10]}, {max(0, int((facts.now - debt.since) // _DAY))} days ago"


def _paces(paces: Sequence[Pacing]) -> Iterator[str]:
    for pace in paces:
        yield f" pace  {pace.component}: {pacing_words(pace)}"


def _others(facts: DriftFacts) -> Iterator[str]:
    for row in facts.knowledge:
        if row.files and len(row.active) < min(2, len(row.authors)):  # one person is left, or none
            who = f"{called(row.active[0])} alone is still active" if row.active else "nobody is still active"
            whom = "the one who knows it" if len(row.authors) == 1 else f"{len(row.authors):,} people who know it"
            yield f" know  {row.component}: of {whom} {who}"
        elif row.files and row.truck_factor < 2:  # likewise
            first, size = row.authors[0], _many(row.files, "file")
            gone = "" if first in row.active else ", and is not seen any more"
            yield f" know  {row.component}: {called(first)} alone knows most of it ({size}){gone}"
    for follower in facts.followers:
        if follower.changes:
            yield f" late  {follower.path}: {follower.component} changed {_many(follower.changes, 'time')} without it"
    for incident in facts.incidents:
        if incident.norm is None:
            away = "" if incident.took_part else "; it resynchronised nobody"
            yield f" norm  {incident.name}: no norm came of it{away}"
    for found in facts.candidates[:_MOST]:
        yield f" why?  {found.component}: {found.sha[:_SHORT]} {found.subject}: an incident to record?"


def _carried(rows: Sequence[Generation], now: float) -> Iterator[str]:
    """Yield a line for each generation of norms that the code carries at once; of the newest, what it lives by."""
    for row in rows:
        broken = f" and {_many(row.broken, 'breach', 'breaches')}" if row.broken else ""
        left = f"{_many(row.uses, 'use')}{broken}"
        where = f" in {_many(row.files, 'file')}" if row.files else ""
        if not row.superseded_by:
            yield f" gens  {row.norm}: {left}{where}, the newest, {_since(row.since, now)}"
        elif row.uses or row.broken:
            newer = " and ".join(row.superseded_by)
            yield f" gens  {row.norm}: {left} left{where}, superseded by {newer} {_since(row.superseded, now)}"
        else:
            yield f" gens  {row.norm}: nothing is left of it; take it out of the policy"


def _since(at: int | None, now: float) -> str:
    if at is None:
        return "since nobody knows when"
    return f"since {moment(at)[:10]}, {_many(max(0, int((now - at) // _DAY)), 'day')}"


def _many(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
