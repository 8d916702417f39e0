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
    few sets of lines again and again, so sets are kept whole and shared, and lines are looked at when asked for.
    """

    def __init__(self, files: int) -> None:
        """Start empty, for so many files."""
        self._files = files
        self._lines: dict[Segment, dict[int, set[frozenset[int]]]] = {}

    def add(self, segment: Segment, file: int, lines: frozenset[int]) -> None:
        """Note some lines of one file."""
        by_file = self._lines.get(segment)
        if by_file is None:
            by_file = self._lines[segment] = {}
        if file in by_file:
            by_file[file].add(lines)
        else:
            by_file[file] = {lines}

    def update(self, other: Recording) -> None:
        """Add what another process saw."""
        for segment, files in other._lines.items():
            for file, sets in files.items():
                for lines in sets:
                    self.add(segment, file, lines)

    def lines(self) -> Iterator[tuple[Segment, int, int]]:
        """Yield every segment, file number and line."""
        for segment, files in self._lines.items():
            for file, sets in files.items():
                for line in frozenset[int]().union(*sets):
                    yield segment, file, line

    def segments(self) -> Iterable[Segment]:
        """Return the segments in which any watched line ran."""
        return self._lines.keys()

    def share(self, users: dict[str, set[str]]) -> None:
        """Give the lines of each shared fixture to the tests that used it; ``users`` are node ids by fixture."""
        for segment in [segment for segment in self._lines if segment[1] == SHARED]:
            files = self._lines.pop(segment)
            for nodeid in users.get(segment[0], ()):
                for file, sets in files.items():
                    for lines in sets:
                        self.add((nodeid, SETUP), file, lines)

    def tests_by_line(self, file: int) -> dict[int, set[str]]:
        """Return the node ids of the tests that ran each line of a file; none for a line that ran outside tests."""
        by_set: dict[frozenset[int], set[str]] = {}
        for (nodeid, phase), files in self._lines.items():
            for lines in files.get(file, ()):
                tests = by_set.setdefault(lines, set())
                if phase in (SETUP, CALL, TEARDOWN):
                    tests.add(nodeid)
        found: dict[int, set[str]] = {}
        for lines, tests in by_set.items():
            for line in lines:
                found.setdefault(line, set()).update(tests)
        return found

    def to_plain(self) -> list[Any]:
        """Return the same as lists of text and numbers, to send to another process: each set of lines once."""
        numbers: dict[frozenset[int], int] = {}
        segments = [
            [
                nodeid,
                phase,
                [[file, [numbers.setdefault(lines, len(numbers)) for lines in sets]] for file, sets in files.items()],
            ]
            for (nodeid, phase), files in self._lines.items()
        ]
        return [[sorted(lines) for lines in numbers], segments]

    @classmethod
    def from_plain(cls, files: int, plain: list[Any]) -> Recording:
        """Return a recording that another process sent."""
        made = cls(files)
        sets = [frozenset(lines) for lines in plain[0]]
        for nodeid, phase, seen in plain[1]:
            for file, numbers in seen:
                for number in numbers:
                    made.add((nodeid, phase), file, sets[number])
        return made
