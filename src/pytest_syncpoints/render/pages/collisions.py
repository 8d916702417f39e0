"""Collisions as a page: a graph of the branches that will meet, and what they meet on."""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.render.pages import page
from pytest_syncpoints.render.screen import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_syncpoints.loops.collisions import Branch, Pair

MOST_BRANCHES = 40  # in the graph: those that meet the most others
MANY_ARCS = 60  # from so many on, arcs are drawn thin
MOST_PAIRS = 200  # in the table
MOST_PATHS = 5
ROW = 24  # pixels of one branch's line, in the style sheet too
KINDS = {
    "conflict": "conflict: merging them was tried",
    "migration": "both add a step to one chain of migrations",
    "api": "both change the same public names",
    "hunk": "the same or neighbouring lines",
}
_SWEEPS = 12


class Arc(Record):
    """Two rows of the graph that meet, as a path; 100 units are its width."""

    kind: str
    path: str
    says: str


class Graph(Record):
    """The branches, one a row with how many others each meets, and the arcs; ``left_out`` counts branches not shown."""

    branches: tuple[tuple[str, int], ...]
    arcs: tuple[Arc, ...]
    height: int
    left_out: int


def render(pairs: Iterable[Pair], *, apart: int, behind: Sequence[Branch] = (), late: int = 0) -> str:
    """Return the page of pairs that meet; ``apart`` is how many more change the same files, lines apart.

    ``behind`` are branches that conflict with the target already, and ``late`` how many pairs conflict for that alone.
    """
    order = tuple(KINDS)
    close = sorted(
        (pair for pair in pairs if pair.kind in KINDS), key=lambda one: (order.index(one.kind), one.a, one.b)
    )
    shown = [pair._replace(a=short(pair.a), b=short(pair.b)) for pair in close]
    return page(
        "collisions",
        counts={kind: sum(pair.kind == kind for pair in shown) for kind in KINDS},
        kinds=KINDS,
        graph=graph(shown),
        pairs=shown[:MOST_PAIRS],
        more_pairs=max(0, len(shown) - MOST_PAIRS),
        most_paths=MOST_PATHS,
        many_arcs=MANY_ARCS,
        apart=apart,
        behind=[(short(branch.name), branch.overtaken) for branch in behind[:MOST_PAIRS]],
        more_behind=max(0, len(behind) - MOST_PAIRS),
        late=late,
        plural=plural,
    )


def short(name: str) -> str:
    """Return a branch's name as people say it."""
    return name.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def graph(pairs: Sequence[Pair]) -> Graph:
    """Return the branches that meet the most others, in an order that keeps arcs short; ``pairs`` come worst first."""
    meets: dict[str, int] = {}
    for pair in pairs:
        for name in (pair.a, pair.b):
            meets[name] = meets.get(name, 0) + 1
    chosen = sorted(meets, key=lambda name: (-meets[name], name))[:MOST_BRANCHES]
    drawn = [pair for pair in pairs if pair.a in chosen and pair.b in chosen]
    rows = {name: at for at, name in enumerate(_ordered(chosen, drawn))}
    longest = max((abs(rows[pair.a] - rows[pair.b]) for pair in drawn), default=1)
    arcs = tuple(_arc(pair, rows, longest) for pair in reversed(drawn))
    return Graph(tuple((name, meets[name]) for name in rows), arcs, ROW * len(rows), len(meets) - len(chosen))


def _arc(pair: Pair, rows: dict[str, int], longest: int) -> Arc:
    upper, lower = sorted((rows[pair.a], rows[pair.b]))
    top, bottom = ROW * upper + ROW / 2, ROW * lower + ROW / 2
    reach = 14 + 80 * (lower - upper) / longest
    path = f"M4 {top:.0f}C{reach * 1.33:.0f} {top:.0f} {reach * 1.33:.0f} {bottom:.0f} 4 {bottom:.0f}"
    return Arc(pair.kind, path, f"{pair.a} and {pair.b}: {KINDS[pair.kind]}")


def _ordered(names: list[str], pairs: Sequence[Pair]) -> list[str]:
    """Return names so that those that meet stand near: each moves to the middle of its neighbours, a few times."""
    near: dict[str, list[str]] = {name: [] for name in names}
    for pair in pairs:
        near[pair.a].append(pair.b)
        near[pair.b].append(pair.a)
    order = [name for group in _groups(names, near) for name in group]
    best, least = order, _length(order, pairs)
    for _ in range(_SWEEPS):
        at = {name: place for place, name in enumerate(order)}
        middle = {
            name: sum(at[one] for one in near[name]) / len(near[name]) if near[name] else at[name] for name in order
        }
        order = sorted(order, key=lambda name: ((at[name] + 3 * middle[name]) / 4, name))
        length = _length(order, pairs)
        if length < least:
            best, least = order, length
    return best


def _groups(names: list[str], near: dict[str, list[str]]) -> list[list[str]]:
    """Return the names in groups that nothing connects, the largest first, each from its most connected on."""
    groups, seen = [], set[str]()
    for start in sorted(names, key=lambda name: (-len(near[name]), name)):
        group, waiting = [], [start]
        while waiting:
            name = waiting.pop(0)
            if name not in seen:
                seen.add(name)
                group.append(name)
                waiting += sorted(near[name])
        groups += [group] if group else []
    return sorted(groups, key=len, reverse=True)


def _length(order: list[str], pairs: Sequence[Pair]) -> int:
    at = {name: place for place, name in enumerate(order)}
    return sum(abs(at[pair.a] - at[pair.b]) for pair in pairs)
