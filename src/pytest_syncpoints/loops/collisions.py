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
    """An unmerged branch: its tip, where it left the target, who wrote the tip and when (seconds), what it touches."""

    name: str
    sha: str
    base: str
    author: str = ""
    email: str = ""
    at: int = 0
    touches: dict[str, Touch] = {}  # noqa: RUF012  # a record's default is never changed


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
    """Return every pair of branches that share a path or a migration chain; with ``only``, those of one branch.

    A pair of kind ``file`` cannot conflict; ``hunk`` may. ``components`` maps paths to the policy's components, for
    which changes of public names are compared.
    """
    known = {branch.name: branch for branch in branches}
    shared = _shared(known, only)
    found = [_pair(known[a], known[b], paths, components) for (a, b), paths in sorted(shared.items())]
    return tuple(pair for pair in found if pair is not None)


def _shared(known: dict[str, Branch], only: str | None) -> dict[tuple[str, str], list[str]]:
    """Return the paths (or folders, ending in a slash) on which two branches meet, by the names of both."""
    index: dict[str, list[str]] = {}
    for name in sorted(known):
        for place in _places(known[name].touches):
            index.setdefault(place, []).append(name)
    shared: dict[tuple[str, str], list[str]] = {}
    for place, names in sorted(index.items()):
        for pair in _couples(names, only):
            shared.setdefault(pair, []).append(place)
    return shared


def _couples(names: list[str], only: str | None) -> Iterator[tuple[str, str]]:
    if only is None:
        yield from ((a, b) for at, a in enumerate(names) for b in names[at + 1 :])
    elif only in names:
        yield from ((only, name) for name in names if name != only)


def _places(touches: dict[str, Touch]) -> Iterator[str]:
    """Yield where a branch can meet another: its paths, and folders in which it adds or from which it takes files."""
    yield from touches
    folders = {_folder(path) for path, touch in touches.items() if touch.status in ("A", "D")}
    yield from (f"{folder}/" for folder in folders if folder)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _pair(a: Branch, b: Branch, places: list[str], components: dict[str, tuple[str, ...]]) -> Pair | None:
    if _base_name(a.name) == _base_name(b.name):
        return None  # a branch and the pushed copy of it
    paths = [place for place in places if not place.endswith("/")]
    folders = [place[:-1] for place in places if place.endswith("/")]
    chains = [folder for folder in folders if _same_chain(folder, a, b)]
    if chains:
        return Pair(a.name, b.name, "migration", tuple(_added(folder, a, b) for folder in chains))
    close = [path for path in paths if _close(a.touches[path], b.touches[path])]
    moved = [folder for folder in folders if _moved_under(folder, a, b) or _moved_under(folder, b, a)]
    if close or moved:
        return Pair(a.name, b.name, "hunk", tuple(close or moved))
    names = _same_api(a, b, paths, components)
    if names:
        return Pair(a.name, b.name, "api", names)
    return Pair(a.name, b.name, "file", tuple(paths)) if paths else None


def _base_name(name: str) -> str:
    """Return a branch's name without its remote."""
    return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else name.partition("/")[2] or name


def _same_chain(folder: str, a: Branch, b: Branch) -> bool:
    """Say whether two branches each add a step to one chain of migrations (Django, Alembic, Rails folders)."""
    return folder.rpartition("/")[2] in _MIGRATION_FOLDERS and bool(_new_in(folder, a)) and bool(_new_in(folder, b))


def _new_in(folder: str, branch: Branch) -> list[str]:
    return sorted(path for path, touch in branch.touches.items() if touch.status == "A" and _folder(path) == folder)


def _added(folder: str, a: Branch, b: Branch) -> str:
    return min(_new_in(folder, a) + _new_in(folder, b))


def _moved_under(folder: str, a: Branch, b: Branch) -> bool:
    """Say whether one branch takes files out of a folder while the other adds to it: git may move what was added."""
    taken = any(touch.status == "D" and _folder(path) == folder for path, touch in a.touches.items())
    return taken and bool(_new_in(folder, b))


def _close(a: Touch, b: Touch) -> bool:
    """Say whether two branches change the same or touching lines of a path, or one whose lines cannot be compared."""
    if a.spans is None or b.spans is None:
        return True
    return any(s1 <= e2 + _TOUCHING and s2 <= e1 + _TOUCHING for s1, e1 in a.spans for s2, e2 in b.spans)


def _same_api(a: Branch, b: Branch, paths: list[str], components: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the shared paths of one declared component in which both change a public ``def`` or ``class`` line."""
    return tuple(path for path in paths if components.get(path) and a.touches[path].api and b.touches[path].api)


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
