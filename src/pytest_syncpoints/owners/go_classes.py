"""Sets of characters in Go regular expressions: Perl's and POSIX's classes (ASCII only, as in Go), and folding."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Ranges = tuple[tuple[int, int], ...]

_LAST = 0x10FFFF


class InvalidExpression(ValueError):  # noqa: N818  says what the text is
    """Go refuses this expression: ``reason`` says why, ``position`` where (from 0)."""

    def __init__(self, reason: str, position: int) -> None:
        """Keep the reason and the place."""
        super().__init__(reason)
        self.reason = reason
        self.position = position


class CharacterSet:
    """Characters by ranges of code points, both ends included, or all others."""

    __slots__ = ("negated", "ranges")

    def __init__(self, ranges: Ranges, *, negated: bool) -> None:
        """Keep the ranges."""
        self.ranges = ranges
        self.negated = negated

    def contains(self, character: str) -> bool:
        """Say whether a character is in the set."""
        point = ord(character)
        return any(low <= point <= high for low, high in self.ranges) is not self.negated


def _set(*ends: str) -> CharacterSet:
    return CharacterSet(tuple((ord(end[0]), ord(end[-1])) for end in ends), negated=False)


_DIGIT = _set("09")
_SPACE = _set("\t\n", "\f\r", "  ")
_WORD = _set("09", "AZ", "__", "az")

PERL = {
    "d": _DIGIT,
    "s": _SPACE,
    "w": _WORD,
    "D": CharacterSet(_DIGIT.ranges, negated=True),
    "S": CharacterSet(_SPACE.ranges, negated=True),
    "W": CharacterSet(_WORD.ranges, negated=True),
}
POSIX = {
    "alnum": _set("09", "AZ", "az"),
    "alpha": _set("AZ", "az"),
    "ascii": _set("\x00\x7f"),
    "blank": _set("\t\t", "  "),
    "cntrl": _set("\x00\x1f", "\x7f\x7f"),
    "digit": _DIGIT,
    "graph": _set("!~"),
    "lower": _set("az"),
    "print": _set(" ~"),
    "punct": _set("!/", ":@", "[`", "{~"),
    "space": _set("\t\r", "  "),
    "upper": _set("AZ"),
    "word": _WORD,
    "xdigit": _set("09", "AF", "af"),
}


def union(characters: CharacterSet, *, negated: bool) -> Ranges:
    """Return a set as plain ranges, turned into its opposite where ``negated`` says so."""
    if characters.negated is negated:
        return characters.ranges
    ranges: list[tuple[int, int]] = []
    at = 0
    for low, high in sorted(characters.ranges):
        if at < low:
            ranges.append((at, low - 1))
        at = max(at, high + 1)
    if at <= _LAST:
        ranges.append((at, _LAST))
    return tuple(ranges)


def folded(characters: CharacterSet) -> CharacterSet:
    """Return a set with the other case of its letters added; beyond ASCII, of single characters only."""
    ranges = list(characters.ranges)
    for low, high in characters.ranges:
        for first, last, shift in ((65, 90, 32), (97, 122, -32)):
            start, end = max(low, first), min(high, last)
            if start <= end:
                ranges.append((start + shift, end + shift))
        if low == high and low > 127:
            ranges += [(ord(other), ord(other)) for other in (chr(low).upper(), chr(low).lower()) if len(other) == 1]
    return CharacterSet(tuple(ranges), negated=characters.negated)
