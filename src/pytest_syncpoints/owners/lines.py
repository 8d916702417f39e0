"""Lines of a last-match owners file: words with backslash escapes, comments, and the lines that can still win."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
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


class Candidates:
    """The lines that can match a path, found without reading what each of them says.

    One pass keeps the last line that begins with each word, and the lines that take a second look: those with a
    character that makes a wildcard, an escape or an unusual blank. A rule without these matches a path only where
    its pattern is one of the path's names or the beginning of the path, and these are few.
    """

    __slots__ = ("_others", "_words", "lines")

    def __init__(self, text: str) -> None:
        """Look at each line once; the searches over the whole text spare most files the unusual."""
        lines = text.split("\n")
        unusual = [symbol for symbol in "*?\\\t\r\f\v" if symbol in text]
        if "\n " in text or any(blank in text for blank in BLANK[1:]):
            lines = [line.strip(BLANK) for line in lines]
        self.lines = lines
        self._words = {line.partition(" ")[0]: number for number, line in enumerate(lines)}
        self._others: set[int] = set()
        for symbol in unusual:
            self._others.update(number for number, line in enumerate(lines) if symbol in line)

    def of(self, path: str) -> tuple[int, list[int]]:
        """Return the last line that begins with a name or a beginning of the path (-1: none), and what may override it.

        The overriding lines come last first. Where the first turns out to be no rule, an earlier equal one may count.
        """
        words, lines = self._words, self.lines
        literal = max((words[word] for word in _literal_patterns(path) if word in words), default=-1)
        later = [number for number in self._others if number > literal and may_match(lines[number], path)]
        return literal, sorted(later, reverse=True)


def may_match(line: str, path: str) -> bool:
    """Say whether a path begins as a line's pattern does before its first wildcard, where that is anchored by a slash.

    Yes, too, where a glance cannot tell. Nearly every line with a wildcard is settled here.
    """
    head = line
    for symbol in ("*", "?", "\\"):
        head = head.partition(symbol)[0]
    literal, blank, _ = head.partition(" ")
    whole = blank or len(head) == len(line)
    anchored = "/" in (literal.rstrip("/") if whole else literal)
    return not anchored or not literal.isprintable() or path.startswith(literal.removeprefix("/"))


def _literal_patterns(path: str) -> set[str]:
    """Return each pattern without wildcards that covers a path: a name on its way, or its beginning."""
    *directories, name = path.split("/")
    patterns = {*directories, *(directory + "/" for directory in directories)}
    above = ""
    for directory in directories:
        above += directory
        patterns.update((above, "/" + above))
        above += "/"
        patterns.update((above, "/" + above))
    return patterns | {name, path, "/" + path}
