"""Contents: what the changed files themselves say about their size; small ones are read here, large ones in a child."""

from __future__ import annotations

from pytest_syncpoints.change import SYMLINK, new_content, split_lines
from pytest_syncpoints.moves import Piece
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record
from pytest_syncpoints.size import PYTHON, Contents, is_machine_made, says_generated, unreadable_because

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.policy import Policy

# CPython's parser (3.11 to 3.13) neither crashed nor hung on 31 shapes of nesting up to 100,000 deep: it stops at 200
# brackets, 100 indents and some thousand operators. Its tree takes up to 600 times the bytes of the text, so what
# is larger than this (80 MB of tree at worst) goes to a child with a limit. See docs/size.md.
SMALL = 128 << 10
MOST_BYTES = 24 << 20  # of one change; what comes after is counted line by line, which never says less
MOST_FILES = 4000
MOST_TEXT = 2 << 20  # of other languages, in one change; likewise
_LINES = "lines"  # stands for: to be counted line by line


class _Pair(Record):
    """The two sides of one Python file, and git's hunks between them, one a line."""

    path: str
    old: bytes
    new: bytes
    hunks: bytes

    @property
    def parts(self) -> tuple[bytes, bytes, bytes]:
        return self.old, self.new, self.hunks


def read_contents(
    files: Iterable[FileChange], policy: Policy, generated: frozenset[str], blob: Callable[[str], bytes]
) -> Contents:
    """Return what the changed files say of their size; ``blob`` gives a content of the base's side by its object id."""
    exclude = PathPatterns(policy.exclude)
    files = tuple(files)
    by_path = {file.path: file for file in files}
    counted = [
        file
        for file in files
        if file.hunks
        and file.path not in generated
        and file.renamed_to is None
        and not (is_machine_made(file.path) or exclude.match(file.path) or unreadable_because(file))
    ][:MOST_FILES]
    marked: set[str] = set()
    texts: list[_Pair] = []
    pairs = list(_pairs(counted, by_path, blob, marked, texts))
    old: dict[str, tuple[Piece, ...]] = {}
    new: dict[str, tuple[Piece, ...]] = {}
    faults: dict[str, str] = {}
    imports: dict[str, tuple[str, ...]] = {}
    beside: dict[str, tuple[str, ...]] = {}
    grown: set[str] = set()
    for path, found in _differences(pairs):
        if isinstance(found, str):
            if found != _LINES:
                faults[path] = f"not Python that can be parsed here ({found})"
        else:
            old[path], new[path] = (tuple(_pieces(found[side], path)) for side in ("old", "new"))
            beside[path] = tuple(found["beside"][0])
            imports[path] = tuple(_absolute(name, path) for name in found["imports"][0])
            if found["grew"] and not path.endswith(("__init__.py", "__init__.pyi")):  # a name there may hide a module
                grown.add(path)
    for pair in texts:
        lines = _code(pair)
        if lines:
            old[pair.path], new[pair.path] = lines
    return Contents(old, new, faults, frozenset(marked), imports, frozenset(grown), beside)


def _pairs(
    files: list[FileChange],
    by_path: dict[str, FileChange],
    blob: Callable[[str], bytes],
    marked: set[str],
    texts: list[_Pair],
) -> Iterator[_Pair]:
    """Yield the Python files to compare; other languages go to ``texts``, and what a program wrote to ``marked``."""
    room = MOST_BYTES
    text_room = MOST_TEXT
    for file in files:
        source = by_path.get(file.old_path) if file.old_path is not None else None
        before = _old(source or file, blob)
        if says_generated(split_lines(before[:2048]) if before else file.hunks[0].added):
            marked.add(file.path)
        elif file.path.endswith(PYTHON) and file.new_mode != "120000":
            after = new_content(b"" if source else before, file)
            room -= len(before) + len(after)
            if room < 0:
                return
            hunks = _whole(before, after) if source else b"\n".join(map(_hunk, file.hunks))
            yield _Pair(file.path, before, after, hunks)
        elif source is None and SYMLINK not in (file.old_mode, file.new_mode) and _is_known(file.path):
            after = new_content(before, file)
            text_room -= len(before) + len(after)
            if text_room >= 0 and max(len(before), len(after)) <= SMALL:
                texts.append(_Pair(file.path, before, after, b"\n".join(map(_hunk, file.hunks))))


def _is_known(path: str) -> bool:
    from pytest_syncpoints.languages import family_of

    return bool(family_of(path))


def _code(pair: _Pair) -> tuple[tuple[Piece, ...], tuple[Piece, ...]] | None:
    """Return the lines of code that differ, ``None`` where they cannot be told from others."""
    from pytest_syncpoints.alignment import region_of_hunk
    from pytest_syncpoints.languages import family_of
    from pytest_syncpoints.lexicon import differences, lines_of

    family = family_of(pair.path)
    before, after = lines_of(pair.old, family), lines_of(pair.new, family)
    if before is None or after is None:
        return None
    regions = [region_of_hunk(*map(int, hunk.split())) for hunk in pair.hunks.split(b"\n")]
    left, arrived = differences(before, after, regions, family)
    return tuple(_texts(left, pair.old, pair.path)), tuple(_texts(arrived, pair.new, pair.path))


def _texts(found: list[tuple[int, int]], content: bytes, path: str) -> Iterator[Piece]:
    rows = split_lines(content)
    language = path.rpartition("/")[2].rpartition(".")[2]
    for hunk, at in found:
        text = rows[at].decode("utf-8").rstrip()
        letters = sum(map(str.isalnum, text))
        yield Piece(text, 1, letters, path=f"{path}\0{hunk}", language=f"lines of {language}")


def _old(file: FileChange, blob: Callable[[str], bytes]) -> bytes:
    if file.status == "A":
        return b""
    if file.status == "D":  # its hunks hold all of it
        return b"".join(line for hunk in file.hunks for line in hunk.removed)
    return blob(file.old_oid)


def _hunk(hunk: Any) -> bytes:
    return b"%d %d %d %d" % (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines)


def _whole(before: bytes, after: bytes) -> bytes:
    """Return one hunk between two texts that git did not compare: all but the lines both start and end with."""
    old, new = split_lines(before), split_lines(after)
    low = 0
    while low < min(len(old), len(new)) and old[low] == new[low]:
        low += 1
    tail = 0
    while tail < min(len(old), len(new)) - low and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    left, arrived = len(old) - low - tail, len(new) - low - tail
    return b"%d %d %d %d" % (low + (left > 0), left, low + (arrived > 0), arrived) if left or arrived else b""


def _differences(pairs: list[_Pair]) -> Iterator[tuple[str, dict[str, Any] | str]]:
    """Yield what differs in each file, or why it cannot be told."""
    large = []
    for pair in pairs:
        found = _at_once(pair) if max(len(pair.old), len(pair.new)) <= SMALL else None
        if found is None:
            large.append(pair)
        else:
            yield pair.path, found
    if not large:
        return
    from pytest_syncpoints.gather.child import Job, run_in_child

    jobs = [Job("pytest_syncpoints.source:differences", pair.parts) for pair in large]
    for pair, answer in zip(large, run_in_child(jobs), strict=True):
        kind, _, why = answer.fault.partition(": ")
        if kind == "WasUnreadable":
            yield pair.path, _LINES
        elif answer.fault:
            yield pair.path, why if kind in ("Unreadable", "TooDeep") else answer.fault
        else:
            yield pair.path, answer.value or "its process answered nothing"


def _at_once(pair: _Pair) -> dict[str, Any] | str | None:
    """Compare in this process; ``None`` where the interpreter's own limits depend on how deep it stands already."""
    from pytest_syncpoints.source import WasUnreadable, differences
    from pytest_syncpoints.statements import TooDeep, Unreadable

    try:
        return differences(*pair.parts)
    except (TooDeep, RecursionError, MemoryError):
        return None
    except WasUnreadable:
        return _LINES
    except Unreadable as error:
        return str(error)


def _pieces(found: Iterable[list[Any]], path: str) -> Iterator[Piece]:
    for text, lines, letters, indent, scope, free, imports in found:
        names = tuple((what, name) for what, name in imports)
        yield Piece(text, lines, letters, indent, scope, free, names, path)


def _absolute(name: str, path: str) -> str:
    """Return a dotted name with its leading dots resolved against the folder of the file that says it."""
    dots = len(name) - len(name.lstrip("."))
    if not dots:
        return name
    folders = path.split("/")[:-dots]
    return ".".join((*folders, name[dots:]))
