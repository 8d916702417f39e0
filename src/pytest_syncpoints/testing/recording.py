"""Recording: which watched lines ran in which part of which test, as one process saw it; joins and travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Segment = tuple[str, str]  # a test's node id and its phase, or a shared fixture and SHARED

# Phases of a test, and the three things that are none.
SETUP, CALL, TEARDOWN = "setup", "call", "teardown"
SHARED = "shared"
IMPORT: Segment = ("", "import")
OUTSIDE: Segment = ("", "outside")


class Recording:
    """Lines by segment and file, files by their number in the list of watched files.

    A negative number is the first line of a function that was reached, whichever of its lines ran. Tests run the same
    few sets of lines again and again: each set has a number, a segment is a set of such numbers, and lines are looked
    at when asked for.
    """

    def __init__(self, files: int) -> None:
        """Start empty, for so many files."""
        self._files = files
        self._sets: list[tuple[int, frozenset[int]]] = []  # by number: the file, its lines
        self._numbers: dict[tuple[int, frozenset[int]], int] = {}
        self._ran: dict[Segment, set[int]] = {}

    def number(self, file: int, lines: frozenset[int]) -> int:
        """Return the number of a set of lines of one file, to note it with."""
        found = self._numbers.get((file, lines))
        if found is None:
            found = self._numbers[file, lines] = len(self._sets)
            self._sets.append((file, lines))
        return found

    def note(self, segment: Segment, numbers: set[int]) -> None:
        """Note that these sets of lines ran."""
        if segment in self._ran:
            self._ran[segment] |= numbers
        else:
            self._ran[segment] = numbers

    def add(self, segment: Segment, file: int, lines: frozenset[int]) -> None:
        """Note some lines of one file."""
        self.note(segment, {self.number(file, lines)})

    def update(self, other: Recording) -> None:
        """Add what another process saw."""
        here = [self.number(file, lines) for file, lines in other._sets]
        for segment, numbers in other._ran.items():
            self.note(segment, {here[number] for number in numbers})

    def lines(self) -> Iterator[tuple[Segment, int, int]]:
        """Yield every segment, file number and line."""
        for segment, numbers in self._ran.items():
            sets = [self._sets[number] for number in numbers]
            for file, line in {(file, line) for file, lines in sets for line in lines}:
                yield segment, file, line

    def segments(self) -> Iterable[Segment]:
        """Return the segments in which any watched line ran."""
        return self._ran.keys()

    def share(self, users: dict[str, set[str]]) -> None:
        """Give the lines of each shared fixture to the tests that used it; ``users`` are node ids by fixture."""
        for segment in [segment for segment in self._ran if segment[1] == SHARED]:
            numbers = self._ran.pop(segment)
            for nodeid in users.get(segment[0], ()):
                self.note((nodeid, SETUP), set(numbers))

    def tests_by_line(self, file: int) -> dict[int, frozenset[str]]:
        """Return the node ids of the tests that ran each line of a file; none for a line that ran outside tests.

        Lines that the same tests ran share one set.
        """
        sets_by_line: dict[int, list[int]] = {}
        for number, (of, lines) in enumerate(self._sets):
            for line in lines if of == file else ():
                sets_by_line.setdefault(line, []).append(number)
        tests_of = self._tests_by_set({number for numbers in sets_by_line.values() for number in numbers})
        joined: dict[tuple[int, ...], frozenset[str]] = {}
        found = {}
        for line, all_numbers in sets_by_line.items():
            numbers = tuple(number for number in all_numbers if number in tests_of)
            if numbers and numbers not in joined:
                joined[numbers] = frozenset[str]().union(*(tests_of[number] for number in numbers))
            if numbers:
                found[line] = joined[numbers]
        return found

    def _tests_by_set(self, wanted: set[int]) -> dict[int, set[str]]:
        """Return the tests by number of a set of lines; none for one that ran outside tests, nothing for the rest."""
        tests_of: dict[int, set[str]] = {}
        for (nodeid, phase), numbers in self._ran.items():
            is_test = phase in (SETUP, CALL, TEARDOWN)
            for number in numbers & wanted:
                tests = tests_of.setdefault(number, set())
                if is_test:
                    tests.add(nodeid)
        return tests_of

    def to_plain(self) -> list[Any]:
        """Return the same as lists of text and numbers, to send to another process: each set of lines once."""
        sets = [[file, sorted(lines)] for file, lines in self._sets]
        return [sets, [[nodeid, phase, sorted(numbers)] for (nodeid, phase), numbers in self._ran.items()]]

    @classmethod
    def from_plain(cls, files: int, plain: list[Any]) -> Recording:
        """Return a recording that another process sent."""
        made = cls(files)
        numbers = [made.number(file, frozenset(lines)) for file, lines in plain[0]]
        for nodeid, phase, seen in plain[1]:
            made.note((nodeid, phase), {numbers[one] for one in seen})
        return made
