"""Moves: lines that left one place of a change and arrived in another, and imports put in another order."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What git asks of a block before `diff --color-moved` calls it moved (diff.c, COLOR_MOVED_MIN_ALNUM_COUNT): a lone
# `return None` that vanished here and appeared there says nothing.
FEWEST_LETTERS = 20
FEWEST_LINES = 3  # the same for lines of which only the text is known
_DEFINES = ("def ", "async def ", "class ", "@")
_MOST_PLACES = 32  # places that hold the same statement; looking at more finds no longer block in practice


class Piece(Record):
    """One statement (or, of what is no Python, one line) on one side of a change; see ``source.differences``.

    ``language`` keeps statements of Python from being taken for lines of a text; ``scope`` holds an opening bracket
    where the statement stands in a function's body.
    """

    text: str
    lines: int
    letters: int
    indent: int = 0
    scope: str = ""
    free: bool = False
    imports: tuple[tuple[str, str], ...] = ()
    path: str = ""
    language: str = "python"


class Counted(Record):
    """What a file comes to: its effective lines, and those on either side that only moved or changed order."""

    effective: int
    moved: int


def count(old: Mapping[str, Sequence[Piece]], new: Mapping[str, Sequence[Piece]]) -> dict[str, Counted]:
    """Count each file's lines, given the pieces that differ on each side of it; moved ones and sorted imports are 0."""
    left = _Pieces(old), _Pieces(new)
    for path in new:
        _sort_imports(left[0].of(path), left[1].of(path))
    _match_blocks(*left)
    result = {}
    for path in dict.fromkeys((*old, *new)):
        pieces = [piece for side in left for piece in side.of(path)]
        rest = sum(place.lines for place in pieces)
        result[path] = Counted(rest, sum(place.piece.lines for place in pieces) - rest)
    return result


class _Place:
    """One piece with how many of its lines still count."""

    __slots__ = ("lines", "piece")

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.lines = piece.lines


class _Pieces:
    """All pieces of one side, in the order of their files."""

    def __init__(self, files: Mapping[str, Sequence[Piece]]) -> None:
        self._files = {path: [_Place(piece) for piece in pieces] for path, pieces in files.items()}
        self.all = [place for places in self._files.values() for place in places]

    def of(self, path: str) -> list[_Place]:
        return self._files.get(path, [])


def _sort_imports(old: list[_Place], new: list[_Place]) -> None:
    """Take out the names that a file imports before and after, in whichever order and grouping; ``*`` is never one."""
    before, after = ([place for place in side if place.piece.imports] for side in (old, new))
    names = {key for place in before for key in _keys(place)}, {key for place in after for key in _keys(place)}
    for side, others in ((before, names[1]), (after, names[0])):
        for place in side:
            missing = sum(1 for key in _keys(place) if key[-1] == "*" or key not in others)
            place.lines = min(place.lines, missing)


def _keys(place: _Place) -> Iterator[tuple[str, int, str, str]]:
    for what, name in place.piece.imports:
        yield place.piece.scope, place.piece.indent, what, name


def _match_blocks(old: _Pieces, new: _Pieces) -> None:
    """Take out blocks of the new side that left the old one, longest first at each place."""
    places: dict[tuple[str, str], list[int]] = {}
    for at, place in enumerate(old.all):
        if place.lines:
            places.setdefault((place.piece.language, place.piece.text), []).append(at)
    at = 0
    while at < len(new.all):
        key = (new.all[at].piece.language, new.all[at].piece.text)
        starts = places.get(key, ())[:_MOST_PLACES] if new.all[at].lines else ()
        lengths = [(_length(old.all, start, new.all, at), -start) for start in starts]
        length, start = max(lengths, default=(0, 0))
        if length and _is_block([place.piece for place in new.all[at : at + length]]):
            for place in (*old.all[-start : -start + length], *new.all[at : at + length]):
                place.lines = 0
            at += length
        else:
            at += 1


def _length(old: list[_Place], a: int, new: list[_Place], b: int) -> int:
    """Return how many pieces from two places on are the same, equally far to the right of each other."""
    shift = new[b].piece.indent - old[a].piece.indent
    paths = old[a].piece.path, new[b].piece.path
    length = 0
    while a + length < len(old) and b + length < len(new):
        left, arrived = old[a + length], new[b + length]
        if (left.piece.path, arrived.piece.path) != paths or not (left.lines and arrived.lines):
            break
        if left.piece.text != arrived.piece.text or left.piece.language != arrived.piece.language:
            break
        if arrived.piece.indent - left.piece.indent != shift or not _may_move(
            left.piece, arrived.piece, old[a].piece.indent
        ):
            break
        length += 1
    return length


def _may_move(left: Piece, arrived: Piece, outermost: int) -> bool:
    """Say whether a move changes nothing by itself: inside one function or class, or between two that stay, it may.

    A whole definition may move, and a statement of the module that stands under no condition; so may what leaves a
    definition that goes, or enters one that is new. ``outermost`` is the column at which the block starts.
    """
    if arrived.text.startswith(_DEFINES):
        return True
    if not (left.scope or arrived.scope):
        return left.indent > outermost or left.indent == arrived.indent == 0
    if left.path == arrived.path and left.scope == arrived.scope:
        return left.free and arrived.free
    return left.free or arrived.free


def _is_block(pieces: list[Piece]) -> bool:
    letters = sum(piece.letters for piece in pieces)
    return letters >= FEWEST_LETTERS and (pieces[0].language == "python" or len(pieces) >= FEWEST_LINES)
