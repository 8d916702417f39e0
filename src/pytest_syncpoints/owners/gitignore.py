"""Gitignore's patterns as shapes, for the owners files that follow it: no ``!``, and brackets are literal.

Source of the rules: gitignore(5), "PATTERN FORMAT". The policy's own patterns are matched one at a time by
``pytest_syncpoints.pattern``; these are asked about by the thousand, so they end in an index.
"""

from __future__ import annotations

from pytest_syncpoints.owners.glob import ANY_SEGMENT, DIRECTORIES_SEGMENT, Shape, split_segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.glob import Segment


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
    segments = () if anchored else (DIRECTORIES_SEGMENT, path)
    return tuple.__new__(Shape, (segments, not directory, True, path if anchored else ""))  # files have thousands


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
