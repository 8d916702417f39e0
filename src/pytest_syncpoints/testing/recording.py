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

    A negative number is the first line of a function that was reached, whichever of its lines ran.
    """

    def __init__(self, files: int) -> None:
        """Start empty, for so many files."""
        self._files = files
        self._lines: dict[Segment, dict[int, set[int]]] = {}

    def add(self, segment: Segment, file: int, line: int) -> None:
        """Note one line."""
        self._lines.setdefault(segment, {}).setdefault(file, set()).add(line)

    def update(self, other: Recording) -> None:
        """Add what another process saw."""
        for segment, file, line in other.lines():
            self.add(segment, file, line)

    def lines(self) -> Iterator[tuple[Segment, int, int]]:
        """Yield every segment, file number and line."""
        for segment, files in self._lines.items():
            for file, lines in files.items():
                for line in lines:
                    yield segment, file, line

    def segments(self) -> Iterable[Segment]:
        """Return the segments in which any watched line ran."""
        return self._lines.keys()

    def share(self, users: dict[str, set[str]]) -> None:
        """Give the lines of each shared fixture to the tests that used it; ``users`` are node ids by fixture."""
        for segment in [segment for segment in self._lines if segment[1] == SHARED]:
            files = self._lines.pop(segment)
            for nodeid in users.get(segment[0], ()):
                for file, lines in files.items():
                    for line in lines:
                        self.add((nodeid, SETUP), file, line)

    def tests_by_line(self, file: int) -> dict[int, set[str]]:
        """Return the node ids of the tests that ran each line of a file."""
        found: dict[int, set[str]] = {}
        for (nodeid, phase), files in self._lines.items():
            if phase in (SETUP, CALL, TEARDOWN):
                for line in files.get(file, ()):
                    found.setdefault(line, set()).add(nodeid)
        return found

    def to_plain(self) -> list[Any]:
        """Return the same as lists of text and numbers, to send to another process."""
        return [
            [nodeid, phase, [[file, sorted(lines)] for file, lines in files.items()]]
            for (nodeid, phase), files in self._lines.items()
        ]

    @classmethod
    def from_plain(cls, files: int, plain: list[Any]) -> Recording:
        """Return a recording that another process sent."""
        made = cls(files)
        for nodeid, phase, seen in plain:
            for file, lines in seen:
                for line in lines:
                    made.add((nodeid, phase), file, line)
        return made
