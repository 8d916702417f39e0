"""Path patterns of the policy: like gitignore's, but without ``!`` and with literal brackets.

Source of the rules: gitignore(5), "PATTERN FORMAT". Matching is by segments and takes at most
(pattern length x name length) steps a segment: no regular expression, no backtracking over the path.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def segment_matches(pattern: str, name: str) -> bool:
    r"""Match one path segment against a pattern of literals, ``*`` and ``?``; ``\`` makes the next literal.

    Greedy with one saved star, so the cost is at most len(pattern) x len(name).
    """
    at = star = -1
    index = 0
    p, n = 0, len(name)
    length = len(pattern)
    while index < n:
        if p < length:
            symbol = pattern[p]
            if symbol == "*":
                star, at = p, index
                p += 1
                continue
            if symbol == "\\" and p + 1 < length:
                if pattern[p + 1] == name[index]:
                    p, index = p + 2, index + 1
                    continue
            elif symbol in ("?", name[index]):
                p, index = p + 1, index + 1
                continue
        if star < 0:
            return False
        at += 1
        p, index = star + 1, at
    while p < length and pattern[p] == "*":
        p += 1
    return p == length


def segments_match(pattern: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Match whole segments, where ``**`` stands for any number of them (none too)."""
    reachable = {0}
    reachable.update(_skip_stars(pattern, 0))
    for name in names:
        after: set[int] = set()
        for state in reachable:
            if state == len(pattern):
                continue
            if pattern[state] == "**":
                after.add(state)
            elif segment_matches(pattern[state], name):
                after.add(state + 1)
        reachable = set(after)
        for state in after:
            reachable.update(_skip_stars(pattern, state))
        if not reachable:
            return False
    return len(pattern) in reachable


def _skip_stars(pattern: tuple[str, ...], state: int) -> Iterable[int]:
    while state < len(pattern) and pattern[state] == "**":
        state += 1
        yield state


class PathPattern:
    """One compiled pattern. A pattern that matches a directory matches everything below it."""

    __slots__ = ("_anchored", "_directory", "_literal", "_segments", "text")

    def __init__(self, text: str) -> None:
        """Compile a pattern: a slash at the start or inside anchors it, one at the end means directories only."""
        self.text = text
        body = text.strip("/")
        self._directory = text.endswith("/")
        self._anchored = "/" in text.rstrip("/")
        self._segments = tuple(segment for segment in body.split("/") if segment)
        wild = any(symbol in body for symbol in "*?\\")
        self._literal = "/".join(self._segments) if self._anchored and not wild else None

    def matches(self, path: str) -> bool:
        """Say whether a file's path is covered."""
        if self._literal is not None:
            return path.startswith(self._literal + "/") or (path == self._literal and not self._directory)
        if not self._segments:
            return self.text == "/"
        names = tuple(path.split("/"))
        if not self._anchored:
            last = len(names) - 1 if self._directory else len(names)
            return any(segments_match(self._segments, (name,)) for name in names[:last])
        longest = len(names) - 1 if self._directory else len(names)
        return any(segments_match(self._segments, names[:length]) for length in range(1, longest + 1))


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
