"""Reviewers: the fewest people who close every open participant of a change, and why they."""

from __future__ import annotations

from itertools import combinations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_syncpoints.loops.familiarity import Known

DAY = 86_400
_QUIET = 365 * DAY  # who took no part for so long is asked only where a team has nobody else
_HEAVY = 600.0  # minutes of reading in two weeks at which familiarity counts half
_BEST = 8  # people of each team that are compared
_MOST = 4  # people; for more teams at once they are taken one by one
_SINGLE = 1  # a truck factor at which somebody should learn the code
_SOME = 0.05


class Seat(Record):
    """One open participant: its team, how many of its people must still sign, and who they are (keys)."""

    team: str
    needed: int
    members: frozenset[str]


class Facts(Record):
    """What is known of people: familiarity by key, when each was last seen, minutes of reading in two weeks."""

    known: Mapping[str, Known]
    last_seen: Mapping[str, int]
    load: Mapping[str, float]
    names: Mapping[str, str]
    now: float


class Reviewer(Record):
    """Somebody who could close what is open: ``for_`` names teams, or is ``learning`` for who reads along."""

    who: str
    for_: tuple[str, ...]
    reasons: tuple[str, ...]
    load: float | None


class Suggested(Record):
    """Who could close what is open, and how far the reviewers are from the code, from 0 to 1."""

    reviewers: tuple[Reviewer, ...]
    distance: float


def suggest(seats: Sequence[Seat], authors: frozenset[str], facts: Facts, single: Sequence[str] = ()) -> Suggested:
    """Return the smallest set of people who fill every seat, the most familiar and least loaded of such sets.

    Nobody among the ``authors`` is ever in it. ``single`` names components that one person alone knows: for them
    somebody who could learn is proposed beside the first reviewer, never alone.
    """
    seats = [seat._replace(members=seat.members - authors) for seat in seats]
    fillable = [seat for seat in seats if seat.members]
    chosen = _smallest(fillable, facts) if fillable else ()
    found = [_reviewer(who, fillable, facts) for who in chosen]
    if found and single:
        found += _learner(found[0], frozenset(chosen) | authors, seats, facts, single)
    return Suggested(tuple(found), _distance(chosen, facts))


def worth(who: str, facts: Facts) -> float:
    """Return how much somebody is preferred: familiarity, less for a full desk, little for one gone quiet."""
    known = facts.known.get(who)
    score = 0.01 + (known.score if known is not None else 0.0)
    score /= 1 + facts.load.get(who, 0.0) / _HEAVY
    return score if _is_active(who, facts) else score / 100


def _smallest(seats: Sequence[Seat], facts: Facts) -> tuple[str, ...]:
    """Return the fewest people, then the most worth; one by one where too many would have to be compared."""
    best = {who: None for seat in seats for who in _ranked(seat.members, facts)[: max(_BEST, seat.needed)]}
    people = _ranked(best, facts)
    for size in range(1, _MOST + 1):
        fitting = [found for found in combinations(people, size) if _fills(found, seats)]
        if fitting:
            return max(fitting, key=lambda found: sum(worth(who, facts) for who in found))
    return _one_by_one(seats, facts)


def _one_by_one(seats: Sequence[Seat], facts: Facts) -> tuple[str, ...]:
    chosen: list[str] = []
    while True:
        left = [seat for seat in seats if len(seat.members & set(chosen)) < min(seat.needed, len(seat.members))]
        if not left:
            return tuple(chosen)
        people = dict.fromkeys(who for seat in left for who in sorted(seat.members) if who not in chosen)
        chosen.append(max(people, key=lambda who: (sum(who in seat.members for seat in left), worth(who, facts))))


def _fills(people: tuple[str, ...], seats: Sequence[Seat]) -> bool:
    return all(len(seat.members.intersection(people)) >= min(seat.needed, len(seat.members)) for seat in seats)


def _ranked(people: Iterable[str], facts: Facts) -> list[str]:
    return sorted(people, key=lambda who: (-worth(who, facts), who))


def _is_active(who: str, facts: Facts) -> bool:
    return facts.now - facts.last_seen.get(who, 0) <= _QUIET


def _reviewer(who: str, seats: Sequence[Seat], facts: Facts) -> Reviewer:
    teams = tuple(seat.team for seat in seats if who in seat.members)
    return Reviewer(_called(who, facts), teams, tuple(_reasons(who, facts)), facts.load.get(who))


def _called(who: str, facts: Facts) -> str:
    return facts.names.get(who, who.removeprefix("people/"))


def _reasons(who: str, facts: Facts) -> Iterator[str]:
    known = facts.known.get(who)
    if known is not None and known.lines > _SOME:
        yield "wrote or reviewed the lines that change, or their neighbours"
    if known is not None and known.files > _SOME:
        yield f"wrote or reviewed {_share(known.files)} of what happened to these files lately"
    elif known is not None and known.around > _SOME:
        yield "wrote or reviewed in the folders around"
    elif known is None or known.lines <= _SOME:
        yield "has not worked here before"
    if known is not None and known.author > _SOME:
        yield "has reviewed this author before"
    seen = facts.last_seen.get(who)
    if seen is None:
        yield "never seen in this history"
    elif not _is_active(who, facts):
        yield f"last seen {int((facts.now - seen) // DAY)} days ago"
    load = facts.load.get(who, 0.0)
    if load:
        yield f"read {load:.0f} minutes' worth of changes in two weeks"


def _share(files: float) -> str:
    parts = ((0.75, "most"), (0.4, "about half"), (0.2, "a good part"))
    return next((words for least, words in parts if files >= least), "some")


def _learner(
    beside: Reviewer, taken: frozenset[str], seats: Sequence[Seat], facts: Facts, single: Sequence[str]
) -> list[Reviewer]:
    """Return who could read along: somebody active of the same teams, else anyone active from around this code."""
    colleagues = {who for seat in seats for who in seat.members}
    near = {who for who, known in facts.known.items() if known.around > _SOME}
    for pool in (colleagues, near):
        active = [who for who in _ranked(pool - taken, facts) if _is_active(who, facts)]
        if active:
            who = active[0]
            why = f"to learn {' and '.join(single)}, which one person alone knows: reads along with {beside.who}"
            return [Reviewer(_called(who, facts), ("learning",), (why,), facts.load.get(who))]
    return []


def _distance(chosen: Sequence[str], facts: Facts) -> float:
    """Return how far the one who knows the code best is from it; 0 where nobody was chosen."""
    if not chosen:
        return 0.0
    known = (facts.known.get(who) for who in chosen)
    return round(max(0.0, 1 - max((one.files + one.around + one.lines if one else 0.0) for one in known)), 2)
