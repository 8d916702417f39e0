"""Collisions: which unmerged branches touch the same file, hunk, API or migration chain, before any merge is tried."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Literal

    Kind = Literal["file", "hunk", "conflict", "api", "migration"]
    Spans = tuple[tuple[int, int], ...]

_TOUCHING = 1  # lines between two changes that git merges together still (xdiff joins what has no line between)
_MIGRATION_FOLDERS = frozenset(("migrations", "versions", "migrate"))


class Touch(Record):
    """What a branch does to one path: where, in lines of the target's tip; ``None`` where lines cannot be compared.

    ``status`` is git's letter; ``api`` the public names whose ``def`` or ``class`` line changes,
    ``lines`` how many it brings and takes.
    """

    status: str
    spans: tuple[tuple[int, int], ...] | None = None
    api: tuple[str, ...] = ()
    lines: int = 0


class Branch(Record):
    """An unmerged branch: its tip, where it left the target, who wrote the tip and when (seconds), what it touches.

    ``contains`` are the tips of other branches it is built upon, ``overtaken`` the paths on which the target itself
    has changed what the branch changes. ``machines`` had a hand in it, ``answered`` where a person is named who
    answers for that.
    """

    name: str
    sha: str
    base: str
    author: str = ""
    email: str = ""
    at: int = 0
    touches: dict[str, Touch] = {}  # noqa: RUF012  # a record's default is never changed
    contains: frozenset[str] = frozenset()
    overtaken: tuple[str, ...] = ()
    machines: tuple[str, ...] = ()
    answered: bool = False


class Pair(Record):
    """Two branches that meet: how closely, on which paths; ``conflict`` is ``None`` where no merge was tried."""

    a: str
    b: str
    kind: Kind
    paths: tuple[str, ...]
    conflict: bool | None = None


def pairs(
    branches: Iterable[Branch], components: dict[str, tuple[str, ...]], only: str | None = None
) -> tuple[Pair, ...]:
    """Return the pairs of branches that meet more closely than in a shared file.

    With ``only`` those of that branch, which is named first. ``components`` maps paths to the policy's components, for
    which changes of public names are compared. A branch does not meet what it contains, nor its own pushed copy.
    """
    known = _meeting(sorted(branches, key=lambda branch: branch.name), only)
    chosen = None if only is None else next((at for at, branch in enumerate(known) if branch.name == only), -1)
    close = _close_couples(known, components, chosen)
    alike = _alike(known)
    found = ((a, b) for a in sorted(close) for b in sorted(close[a].keys() - alike[a]))
    sides = (((a, b) if b != chosen else (b, a), close[a][b]) for a, b in found)
    return tuple(Pair(known[a].name, known[b].name, kind, paths) for (a, b), (kind, paths) in sides)


def apart(branches: Iterable[Branch], close: Iterable[Pair]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield the names of two branches that share files and no more, with these files: such a pair cannot conflict."""
    known = sorted(branches, key=lambda branch: branch.name)
    holders, alike = _holders(known), _alike(known)
    numbers = {branch.name: at for at, branch in enumerate(known)}
    for pair in close:
        alike[numbers[pair.a]].add(numbers[pair.b])
    names = [branch.name for branch in known]
    for at, branch in enumerate(known):
        shared = _shared(at, branch, holders)
        name = branch.name
        for other in sorted(shared.keys() - alike[at]):
            yield name, names[other], shared[other]


def _meeting(branches: list[Branch], only: str | None) -> list[Branch]:
    """Return the branches with a record for each name; with ``only``, those alone that could meet it, cut to that."""
    own = next((branch for branch in branches if branch.name == only), None)
    if own is None:
        return branches
    folders = {_folder(path) for path, touch in own.touches.items() if touch.status in ("A", "D")}
    return [
        branch._replace(
            touches={
                path: touch
                for path, touch in branch.touches.items()
                if path in own.touches or (touch.status in ("A", "D") and _folder(path) in folders)
            }
        )
        for branch in branches
    ]


def _holders(known: list[Branch]) -> dict[str, list[int]]:
    """Return by path the numbers of the branches that touch it, in order."""
    holders: dict[str, list[int]] = {}
    for at, branch in enumerate(known):
        for path in branch.touches:
            if path in holders:
                holders[path].append(at)
            else:
                holders[path] = [at]
    return holders


def _shared(at: int, branch: Branch, holders: dict[str, list[int]]) -> dict[int, tuple[str, ...]]:
    """Return, by the numbers of later branches, the paths that a branch shares with them."""
    shared: dict[int, tuple[str, ...]] = {}
    for path in sorted(branch.touches):
        numbers, one = holders[path], (path,)
        for other in numbers[numbers.index(at) + 1 :] if len(numbers) > 1 else ():
            if other in shared:
                shared[other] += one
            else:
                shared[other] = one
    return shared


def _alike(known: list[Branch]) -> list[set[int]]:
    """Return for each branch which do not count against it: copies of it, and what it is built upon or under."""
    tips = {branch.sha: at for at, branch in enumerate(known)}
    copies: dict[str, set[int]] = {}
    for at, branch in enumerate(known):
        copies.setdefault(_base_name(branch.name), set()).add(at)
    alike = [set(copies[_base_name(branch.name)]) for branch in known]
    for at, branch in enumerate(known):
        for tip in branch.contains & tips.keys():
            alike[at].add(tips[tip])
            alike[tips[tip]].add(at)
    return alike


def _base_name(name: str) -> str:
    """Return a branch's name without its remote."""
    return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else name.partition("/")[2] or name


def _close_couples(
    known: list[Branch], components: dict[str, tuple[str, ...]], chosen: int | None
) -> dict[int, dict[int, tuple[Kind, tuple[str, ...]]]]:
    """Return, by the numbers of both, the pairs closer than a shared file: what they share most closely comes first."""
    holders = _holders(known)
    close: dict[int, dict[int, tuple[Kind, tuple[str, ...]]]] = {}
    for kind, couples in (
        ("migration", _chained(known)),
        ("hunk", _touching(known, holders)),
        ("hunk", _moved_under(known)),
        ("api", _same_api(known, holders, components)),
    ):
        for (a, b), path in couples:
            if chosen is not None and chosen not in (a, b):
                continue
            said, paths = close.setdefault(a, {}).get(b, (kind, ()))
            if said == kind and path not in paths:
                close[a][b] = (kind, (*paths, path))  # type: ignore[assignment]  # one of the literals above
    return {a: {b: (kind, tuple(sorted(paths))) for b, (kind, paths) in row.items()} for a, row in close.items()}


def _chained(known: list[Branch]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield pairs that each add a step to one chain of migrations (Django, Alembic, Rails folders)."""
    added: dict[str, dict[int, str]] = {}
    for at, branch in enumerate(known):
        for path, touch in branch.touches.items():
            folder = _folder(path)
            if touch.status == "A" and folder.rpartition("/")[2] in _MIGRATION_FOLDERS:
                steps = added.setdefault(folder, {})
                steps[at] = min(path, steps.get(at, path))
    for steps in added.values():
        numbers = sorted(steps)
        for place, a in enumerate(numbers):
            yield from (((a, b), min(steps[a], steps[b])) for b in numbers[place + 1 :])


def _moved_under(known: list[Branch]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield pairs of which one takes files out of a folder while the other adds to it: git may move what was added."""
    sides: dict[str, tuple[set[int], set[int]]] = {}
    for at, branch in enumerate(known):
        for path, touch in branch.touches.items():
            if touch.status in ("A", "D") and _folder(path):
                sides.setdefault(_folder(path), (set(), set()))[touch.status == "D"].add(at)
    for folder, (adding, taking) in sides.items():
        for a in taking:
            yield from (((min(a, b), max(a, b)), folder) for b in adding if a != b)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _touching(known: list[Branch], holders: dict[str, list[int]]) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield pairs that change the same or touching lines of a path, or one whose lines cannot be compared."""
    for path, numbers in holders.items():
        if len(numbers) > 1:
            touches = [(at, known[at].touches[path].spans) for at in numbers]
            blind = [at for at, spans in touches if spans is None]
            for a in blind:
                yield from (((a, b) if a < b else (b, a), path) for b in numbers if a != b)
            yield from ((couple, path) for couple in _swept([(at, spans) for at, spans in touches if spans]))


def _swept(held: list[tuple[int, Spans]]) -> set[tuple[int, int]]:
    """Return which of the holders of line spans come near each other, by one sweep over the lines."""
    found: set[tuple[int, int]] = set()
    open_spans: list[tuple[int, int]] = []
    for first, last, at in sorted((first, last, at) for at, spans in held for first, last in spans):
        open_spans = [(end, other) for end, other in open_spans if end + _TOUCHING >= first]
        found.update((at, other) if at < other else (other, at) for _, other in open_spans if other != at)
        open_spans.append((last, at))
    return found


def near(spans: Spans, others: Spans) -> bool:
    """Say whether any two spans of one file overlap or touch."""
    return any(s1 <= e2 + _TOUCHING and s2 <= e1 + _TOUCHING for s1, e1 in spans for s2, e2 in others)


def _same_api(
    known: list[Branch], holders: dict[str, list[int]], components: dict[str, tuple[str, ...]]
) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield pairs that change public ``def`` or ``class`` lines in one file of a declared component."""
    for path, names in components.items():
        numbers = [at for at in holders.get(path, ()) if names and known[at].touches[path].api]
        for place, a in enumerate(numbers):
            yield from (((a, b), path) for b in numbers[place + 1 :])


def mapped(spans: Iterable[tuple[int, int]], moves: tuple[tuple[int, int, int, int], ...]) -> Spans:
    """Return line spans of one version of a file as spans of another.

    ``moves`` are the hunks between the two, as (old start, old lines, new start, new lines) in order; a span that
    meets a hunk grows over all of it.
    """
    return tuple((_forward(first, moves, 0), _forward(last, moves, 1)) for first, last in spans)


def _forward(line: int, moves: tuple[tuple[int, int, int, int], ...], side: int) -> int:
    shift = 0
    for old, count, new, size in moves:
        first, last = span(old, count)
        if line < first:
            break
        if line <= last:
            return span(new, size)[side]
        shift += size - count
    return line + shift


def span(start: int, count: int) -> tuple[int, int]:
    """Return the first and last line of one side of a hunk; an insertion lies on the two lines around it."""
    return (start, start + count - 1) if count else (start, start + 1)
