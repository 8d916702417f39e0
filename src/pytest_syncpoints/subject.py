"""Subjects: the old and new content of one changed file, what a detector may know besides, and what it may answer."""

from __future__ import annotations

from pytest_syncpoints.change import split_lines
from pytest_syncpoints.finding import Finding
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal, Protocol

    from pytest_syncpoints.change import FileChange

    Kind = Literal["schema", "dependency", "format", "infrastructure", "api", "code", "flag", "secret"]

    class Detector(Protocol):
        """One kind of change that is hard to undo. A module with these names satisfies it; so does any object.

        It may also have ``siblings`` (a function from a FileChange to a bool: read the other files of its folder at the
        base) and ``words`` (from a FileChange to texts that the tree is searched for at the head).
        """

        @property
        def name(self) -> str:
            """Return the detector's name, as the report's outcomes show it after ``reversibility.``."""

        @property
        def kind(self) -> str:
            """Return what it is about: ``schema`` and ``dependency`` are what sync points may ask for."""

        @property
        def wants(self) -> Callable[[FileChange], bool]:
            """Return the cheap question: may this file, by its path and changed lines, concern the detector?"""

        @property
        def judge(self) -> Callable[[Subject, Facts], Iterable[Finding]]:
            """Return the function that answers; it may raise Unparsed or NotRead."""


if not TYPE_CHECKING:

    class Detector:
        """Stands for the protocol at run time, so that annotations can name it without importing ``typing``."""


class Unparsed(Exception):  # noqa: N818  # it says what happened
    """A file that a detector must understand and cannot: it counts as irreversible, with this as the reason."""


class NotRead(Exception):  # noqa: N818  # it says what happened
    """A file that nobody looked at, such as for want of a library: the detector is skipped, and the report says why."""


class Subject(Record):
    """One changed file as contents: ``None`` where a side is absent; ``source`` is what a renamed file was before."""

    path: str
    file: FileChange
    before: bytes | None
    after: bytes | None
    source: bytes | None = None

    @property
    def is_new(self) -> bool:
        """Say whether the file comes into being here, and not by a rename."""
        return self.before is None and self.source is None

    def added_lines(self) -> Iterable[tuple[int, bytes]]:
        """Yield each added line with its number in the new file."""
        for hunk in self.file.hunks:
            yield from enumerate(hunk.added, hunk.new_start)

    def place_of_old(self, line: int) -> int | None:
        """Return the line of the new file at which an old line stood, ``None`` where the file is gone."""
        if self.after is None:
            return None
        shift = 0
        for hunk in self.file.hunks:
            if hunk.old_start > line:
                break
            if line < hunk.old_start + hunk.old_lines:
                return max(1, hunk.new_start)
            shift += hunk.new_lines - hunk.old_lines
        return max(1, line + shift)

    def line_of(self, text: bytes) -> int | None:
        """Return the first line of the new file that holds a text; ``None`` where none does."""
        lines = split_lines(self.after or b"")
        return next((number for number, line in enumerate(lines, 1) if text in line), None)


class Facts(Record):
    """What a detector may know besides the file it is asked about.

    ``subjects`` are all files of the change that this detector wants, ``siblings`` other files at the base, by path,
    of the folders it asked for, ``found`` the lines of the head's tree that hold a word it asked for: the word, then
    ``(path, line)``.
    """

    subjects: tuple[Subject, ...] = ()
    siblings: dict[str, bytes] = {}  # noqa: RUF012  # a record's default is never changed
    found: dict[str, tuple[tuple[str, str], ...]] = {}  # noqa: RUF012  # likewise


class Reversibility(Record):
    """What a change's files say about undoing it.

    ``kinds`` holds for each path the kinds of its detectors, ``skipped`` and ``crashed`` the detectors that could not
    look, each with its reason and the paths it left, ``undoes`` the earlier commit whose content this change exactly
    takes back (``None``: no such commit was found, or nobody had to look).
    """

    findings: tuple[Finding, ...] = ()
    kinds: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  # likewise
    skipped: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    crashed: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    undoes: str | None = None

    def of_kind(self, kind: str, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those of the paths that are of a kind."""
        return tuple(path for path in paths if kind in self.kinds.get(path, ()))

    def irreversible(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return those of the paths that cannot be undone, or that nobody could judge (not known is not safe)."""
        lost = {finding.path for finding in self.findings if finding.reversibility == IRREVERSIBLE}
        lost |= {path for _, _, left in (*self.skipped, *self.crashed) for path in left}
        return tuple(path for path in paths if path in lost)


COSTLY = "costly"
IRREVERSIBLE = "irreversible"


def costly(subject: Subject, line: int | None, message: str, *, undo: str, remedy: str, anchor: str = "") -> Finding:
    """Return a REV001: it can be undone, but not by a revert alone."""
    return _finding("REV001", COSTLY, subject, line, message, undo, remedy, anchor)


def no_reverse(
    subject: Subject, line: int | None, message: str, *, undo: str, remedy: str, anchor: str = ""
) -> Finding:
    """Return a REV002: it says how to go forward, and not how to go back."""
    return _finding("REV002", COSTLY, subject, line, message, undo, remedy, anchor)


def irreversible(
    subject: Subject, line: int | None, message: str, *, undo: str, remedy: str, anchor: str = ""
) -> Finding:
    """Return a REV003: nothing in the repository brings back what is lost."""
    return _finding("REV003", IRREVERSIBLE, subject, line, message, undo, remedy, anchor)


def unparsed(subject: Subject, reason: str) -> Finding:
    """Return the REV003 of a file that could not be understood: the highest class, never a pass."""
    return irreversible(
        subject,
        None,
        f"cannot be judged, so it counts as irreversible: {reason}",
        undo="unknown until somebody reads it",
        remedy="mend what keeps it from being parsed, or have it read by whoever owns the data",
        anchor="unparsed",
    )


def every(parts: Iterable[Iterable[Finding]]) -> Iterable[Finding]:
    """Yield the findings of all parts; one that could not be read is raised after the others were."""
    left: NotRead | None = None
    for part in parts:
        try:
            yield from part
        except NotRead as reason:
            left = reason
    if left is not None:
        raise left


def _finding(
    rule: str, of: str, subject: Subject, line: int | None, message: str, undo: str, remedy: str, anchor: str
) -> Finding:
    return Finding(
        rule,
        message,
        remedy=remedy,
        path=subject.path,
        line=line,
        reversibility=of,
        undo=undo,
        anchor=anchor or message,
    )
