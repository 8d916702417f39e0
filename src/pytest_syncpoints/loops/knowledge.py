"""Knowledge: who knows a component, how many of them are still active, and how few would have to leave.

Truck factor after Avelino, Passos, Hora and Valente, "A Novel Approach for Estimating Truck Factors" (ICPC 2016,
arXiv:1604.06766): the people with the most files leave first, until more than half of the files have no author left.
Who is an author of a file is told by the degree of authorship of Fritz, Murphy, Murphy-Hill, Ou and Hill, "Degree of
Knowledge" (TOSEM 23(2), 2014), with that paper's thresholds as Avelino uses them.
"""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CREATED, _OWN, _OTHERS, _BASE = 1.098, 0.164, 0.321, 3.293
_AUTHOR, _SHARE = 3.293, 0.75
_HALF = 0.5


class FileWork(Record):
    """Who created a file, and how many commits each person made to it; people are keys."""

    path: str
    creator: str
    commits: dict[str, int]


class Knowledge(Record):
    """Who knows a component: ``authors`` of its files, most files first, and those of them still ``active``.

    ``spread`` is the share of its files that more than one person knows.
    """

    component: str
    truck_factor: int
    authors: tuple[str, ...]
    active: tuple[str, ...]
    files: int
    spread: float


def authors_of(file: FileWork) -> tuple[str, ...]:
    """Return the people whose degree of authorship of a file is high, and near that of the best."""
    from math import log1p  # a hook that recalls drift never asks

    total = sum(file.commits.values())
    degrees = {
        who: _BASE + _CREATED * (who == file.creator) + _OWN * own - _OTHERS * log1p(total - own)
        for who, own in file.commits.items()
        if who
    }
    best = max(degrees.values(), default=0.0)
    return tuple(who for who, degree in degrees.items() if degree >= _AUTHOR and degree / best > _SHARE)


def knowledge(component: str, files: Iterable[FileWork], active: frozenset[str]) -> Knowledge:
    """Return who knows a component; ``active`` are the keys of people who took part anywhere lately."""
    authors = [authors_of(file) for file in files]
    counts: dict[str, int] = {}
    for found in authors:
        for who in found:
            counts[who] = counts.get(who, 0) + 1
    ordered = tuple(sorted(counts, key=lambda who: (-counts[who], who)))
    shared = sum(len(found) > 1 for found in authors)
    return Knowledge(
        component,
        truck_factor(authors, counts),
        ordered,
        tuple(who for who in ordered if who in active),
        len(authors),
        round(shared / len(authors), 2) if authors else 0.0,
    )


def truck_factor(authors: list[tuple[str, ...]], counts: Mapping[str, int]) -> int:
    """Return after how many departures, the most knowing first, more than half of the files have no author."""
    gone: set[str] = set()
    for who in sorted(counts, key=lambda who: (-counts[who], who)):
        if sum(1 for found in authors if gone.issuperset(found)) > _HALF * len(authors):
            break
        gone.add(who)
    return len(gone)
