"""Glob automaton: one wildcard pattern matched in as many steps as the text has characters, whatever the pattern.

A state is one bit, all states advance at once in one integer (the Shift-And scheme of Baeza-Yates and
Gonnet, "A new approach to text searching", CACM 35(10), 1992, with self-loops for the stars). So there is
nothing to backtrack to: a 4 KB pattern against a 4 KB path takes 4096 turns of one loop.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    Range: TypeAlias = tuple[str, str]
    Token: TypeAlias = "tuple[int, str] | tuple[int, CharacterClass]"  # noqa: S105  a token of a pattern

# What one token of a pattern stands for.
LITERAL = 0  # this character
ONE = 1  # any one character but a slash
CLASS = 2  # one character of a set, never a slash
STAR = 3  # any run of characters without a slash, none too
ANYTHING = 4  # any run of characters, none too
DIRECTORIES = 5  # any number of whole directories ("x/", "x/y/"), none too

_LAST = "\U0010ffff"


class CharacterClass:
    """A bracket expression: the ranges it lists, or everything else where it is negated."""

    __slots__ = ("negated", "ranges")

    def __init__(self, ranges: Sequence[Range], *, negated: bool) -> None:
        """Keep the ranges, both ends included."""
        self.ranges = ranges
        self.negated = negated

    def spans(self) -> Iterable[tuple[int, int]]:
        """Yield the code points it holds as half-open spans that do not overlap."""
        at = 0
        for low, high in sorted((ord(low), ord(high) + 1) for low, high in self.ranges if low <= high):
            if self.negated and at < low:
                yield at, low
            elif not self.negated and max(at, low) < high:
                yield max(at, low), high
            at = max(at, high)
        if self.negated:
            yield at, ord(_LAST) + 1


class Automaton:
    """A compiled token sequence; equal tokens give equal answers, and nothing changes after construction."""

    __slots__ = ("_accept", "_classes", "_edges", "_literals", "_loops", "_ones", "_skips", "_slash_loops", "_stars")

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Give every token one bit; tokens that may stand for nothing are skipped as soon as they are reached."""
        literals: dict[str, int] = {}
        ones = stars = anything = directories = 0
        classes: list[tuple[CharacterClass, int]] = []
        for position, (kind, value) in enumerate(tokens):
            bit = 1 << position
            if kind == LITERAL and isinstance(value, str):
                literals[value] = literals.get(value, 0) | bit
            elif kind == ONE:
                ones |= bit
            elif kind == CLASS and isinstance(value, CharacterClass):
                classes.append((value, bit))
            elif kind == STAR:
                stars |= bit
            elif kind == ANYTHING:
                anything |= bit
            else:
                directories |= bit
        self._accept = 1 << len(tokens)
        self._ones = ones
        self._stars = stars | anything
        self._skips = stars | anything | directories
        self._loops = stars | anything | directories
        self._slash_loops = anything | directories
        literals["/"] = literals.get("/", 0) | directories
        self._literals = literals
        self._edges, self._classes = _sweep(classes)

    def matches(self, text: str, *, itself: bool = True, below: bool = False) -> bool:
        """Say whether the whole text matches (``itself``), or a part of it that ends before a slash (``below``)."""
        literals, ones, stars, skips = self._literals, self._ones, self._stars, self._skips
        loops, slash_loops, accept = self._loops, self._slash_loops, self._accept
        classes = bool(self._edges)
        state = self._enter(1)
        for character in text:
            if character == "/":
                if below and state & accept:
                    return True
                moved = (state & literals["/"]) << 1
                kept = state & slash_loops
            else:
                mask = literals.get(character, 0) | ones
                if classes:
                    mask |= self._class_mask(character)
                moved = (state & mask) << 1
                kept = state & loops
            moved |= (moved & skips) << 1
            moved |= (moved & stars) << 1
            kept |= (kept & stars) << 1
            state = moved | kept
            if not state:
                return False
        return itself and bool(state & accept)

    def _enter(self, state: int) -> int:
        state |= (state & self._skips) << 1
        return state | ((state & self._stars) << 1)

    def _class_mask(self, character: str) -> int:
        from bisect import bisect_right

        return self._classes[bisect_right(self._edges, ord(character))]


def _sweep(classes: Sequence[tuple[CharacterClass, int]]) -> tuple[list[int], list[int]]:
    """Cut the code points where any class begins or ends, so that a look-up is one binary search, not one per class."""
    toggles: dict[int, int] = {}
    for characters, bit in classes:
        for low, high in characters.spans():
            toggles[low] = toggles.get(low, 0) ^ bit
            toggles[high] = toggles.get(high, 0) ^ bit
    edges = sorted(toggles)
    masks = [0]
    for edge in edges:
        masks.append(masks[-1] ^ toggles[edge])
    return edges, masks
