"""Lines of a last-match owners file: words with backslash escapes, comments, and the lines that can still win."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.owners.glob import Shape

BLANK = " \t\r\f\v"


class Problem(Record):
    """What is wrong with a line, at which of its characters (from 1)."""

    column: int
    message: str
    remedy: str
    skipped: bool


class Line(Record):
    """One line as read: no ``shape`` where it is no rule."""

    pattern: str
    owners: tuple[str, ...]
    shape: Shape | None
    problem: Problem | None


def split_rule(line: str) -> tuple[str, list[str]]:
    """Split a line into its pattern and owners, less any comment.

    The pattern ends at the first blank without a backslash before it. A ``#`` that begins a word, or stands
    anywhere among the owners, begins a comment.
    """
    if line.isprintable() and "\\" not in line and "#" not in line:
        words = line.split()  # the one blank that is printable is the space
        return words[0], words[1:]
    end = _pattern_end(line)
    return line[:end], _words(line[end:].partition("#")[0])


def _pattern_end(line: str) -> int:
    position = 0
    while position < len(line) and line[position] not in BLANK:
        position += 2 if line[position] == "\\" else 1
    return min(position, len(line))


def _words(text: str) -> list[str]:
    """Split at ASCII blanks only: a no-break space is a character like any other."""
    for blank in BLANK:
        text = text.replace(blank, " ")
    return [word for word in text.split(" ") if word]


def column_of(line: str, word: str) -> int:
    """Return where a word stands in its line, counted from 1."""
    return max(line.find(word), 0) + 1


def last_candidates(text: str, path: str) -> Iterator[tuple[int, int]]:
    """Yield the lines that may match a path, last first, as (start, end) in ``text``, which begins with a newline.

    A rule without wildcards that matches is a part of the path, so its line begins with one: the searches for
    these, and for the characters that make a wildcard, run in C over the whole text.
    """
    needles = [*_needles(path), *("\n" + blank for blank in BLANK if blank in text)]
    hits = [(at, needle) for needle in needles if (at := text.rfind(needle)) >= 0]
    while hits:
        hit = max(hits)[0]
        start = hit + 1 if text[hit] == "\n" else text.rfind("\n", 0, hit) + 1
        end = text.find("\n", start)
        yield start, len(text) if end < 0 else end
        hits = [
            (earlier, needle)
            for at, needle in hits
            if (earlier := at if at < start - 1 else text.rfind(needle, 0, start - 1)) >= 0
        ]


def may_match(line: str, path: str) -> bool:
    """Say whether a path begins as a line's pattern does before its first wildcard, where that is anchored by a slash.

    Yes, too, where a glance cannot tell. Nearly every line with a wildcard is settled here.
    """
    head = line
    for symbol in ("*", "?", "\\"):
        head = head.partition(symbol)[0]
    anchored = "/" in (head if len(head) < len(line) else head.rstrip("/"))
    return not anchored or " " in head or "\t" in head or path.startswith(head.removeprefix("/"))


def _needles(path: str) -> set[str]:
    parts = path.split("/")
    needles = {"*", "?", "\\"}
    needles.update("\n" + part for part in parts)
    above = ""
    for part in parts:
        above += part
        needles.add("\n" + above)
        needles.add("\n/" + above)
        above += "/"
    return needles
