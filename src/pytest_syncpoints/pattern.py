"""Path patterns of the policy: like gitignore's, but without ``!`` and with literal brackets.

Source of the rules: gitignore(5), "PATTERN FORMAT". No regular expression and no backtracking: one pass over a
path, and over each of its names, whatever the pattern is. ``?`` is one character, where git means one byte.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def segment_matches(pattern: str, name: str) -> bool:
    r"""Match one path segment against a pattern of literals, ``*`` and ``?``; ``\`` makes the next literal.

    Each literal between stars is searched once, from where the one before it ended.
    """
    if "?" in pattern or "\\" in pattern:
        return _matches_by_bits(pattern, name)
    first, *literals = pattern.split("*")
    if not literals:
        return pattern == name
    last = literals.pop()
    at, end = len(first), len(name) - len(last)
    if at > end or not name.startswith(first) or not name.endswith(last):
        return False
    for literal in literals:
        found = name.find(literal, at, end)
        if found < 0:
            return False
        at = found + len(literal)
    return True


def _matches_by_bits(pattern: str, name: str) -> bool:
    """Follow all partial matches at once: bit N of a whole number is set where N symbols have been matched.

    The shift-and method of Baeza-Yates and Gonnet ("A new approach to text searching", 1992), with bits that stay
    for stars.
    """
    masks: dict[str, int] = {}
    count = anything = stays = 0
    for kind, symbol in _symbols(pattern):
        if kind == "*":
            stays |= 1 << count
            continue
        if kind == "?":
            anything |= 1 << count
        else:
            masks[symbol] = masks.get(symbol, 0) | 1 << count
        count += 1
    matched = 1
    for character in name:
        matched = (matched & (masks.get(character, 0) | anything)) << 1 | matched & stays
        if not matched:
            return False
    return bool(matched >> count)


def _symbols(pattern: str) -> Iterator[tuple[str, str]]:
    """Yield ``*``, ``?`` or a literal (kind ``=``); a backslash at the end matches nothing, as in git."""
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            yield "=", next(characters, "")
        else:
            yield (character if character in "*?" else "="), character


def pattern_segments(text: str) -> tuple[str, ...]:
    """Return a pattern's segments; two stars or more, alone between slashes, all mean ``**``."""
    return tuple("**" if len(part) > 1 and not part.strip("*") else part for part in text.split("/") if part)


def segments_match(pattern: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Match whole segments, where ``**`` stands for any number of them (at the end: for at least one)."""
    reached = _start(pattern)
    for name in names:
        reached = _step(pattern, reached, name)
    return len(pattern) in reached


def _starts_match(pattern: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Say whether the pattern matches the whole or the beginning of a path, in one pass."""
    reached = _start(pattern)
    for name in names:
        reached = _step(pattern, reached, name)
        if len(pattern) in reached or not reached:
            return bool(reached)
    return False


def _start(pattern: tuple[str, ...]) -> set[int]:
    return {0, *_past_stars(pattern, 0)}


def _step(pattern: tuple[str, ...], reached: set[int], name: str) -> set[int]:
    """Return how many segments of the pattern may be used up after one more name."""
    after: set[int] = set()
    for used in reached:
        if used == len(pattern):
            continue
        if pattern[used] == "**":
            after.update((used, used + 1))
        elif segment_matches(pattern[used], name):
            after.add(used + 1)
    for used in tuple(after):
        after.update(_past_stars(pattern, used))
    return after


def _past_stars(pattern: tuple[str, ...], used: int) -> Iterator[int]:
    """Yield the places behind ``**`` that stands for no name; at the end of a pattern it stands for one at least."""
    while used < len(pattern) - 1 and pattern[used] == "**":
        used += 1
        yield used


class PathPattern:
    """One compiled pattern. A pattern that matches a directory matches everything below it."""

    __slots__ = ("_anchored", "_directory", "_literal", "_segments", "text")

    def __init__(self, text: str) -> None:
        """Compile a pattern: a slash at the start or inside anchors it, one at the end means directories only."""
        self.text = text
        body = text.strip("/")
        self._directory = text.endswith("/")
        self._anchored = "/" in text.rstrip("/")
        self._segments = pattern_segments(body)
        wild = any(symbol in body for symbol in "*?\\")
        self._literal = "/".join(self._segments) if self._anchored and not wild else None

    def matches(self, path: str) -> bool:
        """Say whether a file's path is covered; ``/`` alone covers every path."""
        if self._literal is not None and self._segments:
            return path.startswith(self._literal + "/") or (path == self._literal and not self._directory)
        if not self._segments:
            return self.text == "/"
        names = tuple(path.split("/"))
        if self._directory:
            names = names[:-1]
        if self._anchored:
            return _starts_match(self._segments, names)
        return any(segment_matches(self._segments[0], name) for name in names)


class PathPatterns:
    """Several patterns asked as one."""

    __slots__ = ("_patterns",)

    def __init__(self, texts: Iterable[str]) -> None:
        """Compile each text once."""
        self._patterns = tuple(PathPattern(text) for text in texts)

    def __bool__(self) -> bool:
        """Say whether there is any pattern."""
        return bool(self._patterns)

    def match(self, path: str) -> PathPattern | None:
        """Return the first pattern that covers a path."""
        return next((pattern for pattern in self._patterns if pattern.matches(path)), None)


def glob_matches(pattern: str, text: str) -> bool:
    """Match a whole text (a name, an address) against ``*`` and ``?``; brackets and slashes are literal."""
    return segment_matches(pattern, text)
