"""Path patterns like gitignore's, but without ``!`` and with literal brackets: the policy's, and owners files'.

Source of the rules: gitignore(5), "PATTERN FORMAT". Matching costs what the path is long, whatever the pattern
(``automaton.py``): no regular expression, no backtracking.
"""

from __future__ import annotations

from pytest_syncpoints.glob import (
    ANY_SEGMENT,
    DIRECTORIES_SEGMENT,
    PathGlob,
    Shape,
    name_matches,
    split_segments,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.glob import Segment

_STAND_IN = "\0"  # for a slash, where a slash is a character like any other
_EVERYTHING = Shape((DIRECTORIES_SEGMENT, ANY_SEGMENT), itself=True, below=True, literal="")


def gitignore_shape(text: str, *, star_nests: bool = True) -> Shape | None:
    """Return what a gitignore-like pattern matches, or ``None`` where it can match nothing.

    A slash at the start or inside anchors the pattern to the root, one at the end means directories only, and
    a match covers everything below it. ``star_nests`` tells whether that holds for a pattern whose last
    segment is ``*`` alone with a slash before it (``docs/*``): in gitignore it does.
    """
    if not ("*" in text or "?" in text or "\\" in text):
        return _literal_shape(text)
    segments = split_segments(text)
    if segments is None:
        return None
    directory = segments[-1] == ""
    if directory:
        segments.pop()
    anchored = len(segments) > 1
    if anchored and segments[0] == "":
        segments = segments[1:]
    if "" in segments:
        return None
    below = star_nests or directory or not anchored or segments[-1] is not ANY_SEGMENT
    return path_shape(segments, anchored=anchored, itself=not directory, below=below)


def _literal_shape(text: str) -> Shape | None:
    directory = text.endswith("/")
    path = text[:-1] if directory else text
    anchored = "/" in path
    path = path.removeprefix("/")
    if not path or "//" in path or path[0] == "/" or path[-1] == "/":
        return None
    if anchored:
        return Shape((), not directory, True, path)
    return Shape((DIRECTORIES_SEGMENT, path), not directory, True, "")


def path_shape(segments: list[Segment], *, anchored: bool, itself: bool, below: bool) -> Shape:
    """Place the ``**`` of a pattern: leading where it floats, never twice in a row, and never last."""
    if not anchored:
        segments = [DIRECTORIES_SEGMENT, *segments]
    if all(segment is DIRECTORIES_SEGMENT for segment in segments):
        return Shape((DIRECTORIES_SEGMENT, ANY_SEGMENT), itself, below, "")
    while segments[-1] is DIRECTORIES_SEGMENT:
        segments = segments[:-1]
        itself = False
    names = [segment for segment in segments if isinstance(segment, str)]
    if len(names) == len(segments):
        return Shape((), itself, below, "/".join(names))
    return Shape(tuple(single_directories(segments)), itself, below, "")


def single_directories(segments: list[Segment]) -> list[Segment]:
    """Return the segments with each run of ``**`` as one."""
    return [
        segment
        for index, segment in enumerate(segments)
        if segment is not DIRECTORIES_SEGMENT or not index or segments[index - 1] is not DIRECTORIES_SEGMENT
    ]


class PathPattern:
    """One compiled pattern. A pattern that matches a directory matches everything below it; ``/`` is the whole tree."""

    __slots__ = ("_glob", "text")

    def __init__(self, text: str) -> None:
        """Compile a pattern: a slash at the start or inside anchors it, one at the end means directories only."""
        self.text = text
        shape = _EVERYTHING if text and not text.strip("/") else gitignore_shape(_single_slashes(text))
        self._glob = PathGlob(shape) if shape and text else None

    def matches(self, path: str) -> bool:
        """Say whether a file's path is covered."""
        return self._glob is not None and self._glob.matches(path)


def _single_slashes(text: str) -> str:
    while "//" in text:
        text = text.replace("//", "/")
    return text


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
    segments = split_segments(pattern.replace("/", _STAND_IN))
    if segments is None:
        return False
    segment = ANY_SEGMENT if segments[0] is DIRECTORIES_SEGMENT else segments[0]
    return segment is ANY_SEGMENT or name_matches(segment, text.replace("/", _STAND_IN))
