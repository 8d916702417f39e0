"""Ownership: who owns which path and which line says so, as plain values every dialect answers with."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    Read: TypeAlias = Callable[[str], bytes | None]


class Source(Record):
    """The line that decided: ``file`` is the owners file's path, ``line`` counts from 1, ``pattern`` as written."""

    file: str
    line: int
    pattern: str


class OwnedSection(Record):
    """What one GitLab section says of a path. ``name`` is ``None`` for entries before the first header.

    ``approvals`` is how many of the owners must approve (at least 1); an ``optional`` section needs none.
    """

    name: str | None
    owners: tuple[str, ...]
    optional: bool
    approvals: int
    line: int


class Owned(Record):
    """Who owns one path: ``owners`` in file order, as written but for what the dialect folds.

    ``matched`` without owners means cleared on purpose. ``roles`` (Prow) maps ``approvers``, ``reviewers`` and
    ``required_reviewers`` to logins, and ``labels`` to labels, where there are any.
    """

    owners: tuple[str, ...] = ()
    matched: bool = False
    source: Source | None = None
    sections: tuple[OwnedSection, ...] = ()
    roles: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  shared and never changed


class Fault(Record):
    """What is wrong with a line, as its forge would judge it.

    ``line`` and ``column`` count from 1. ``skipped`` says whether the line counts for nothing (else it counts,
    but not as its author may think). ``remedy`` says what to write instead.
    """

    file: str
    line: int
    column: int
    message: str
    remedy: str = ""
    skipped: bool = True


class Rule(Record):
    """One line that gives, clears or excludes ownership, in the order and form of its file.

    ``directory`` is where its pattern starts from: the folder of an ``OWNERS`` file, else empty.
    """

    file: str
    line: int
    pattern: str
    owners: tuple[str, ...]
    section: str | None = None
    exclusion: bool = False
    directory: str = ""

    @property
    def source(self) -> Source:
        """Return the place of this rule."""
        return Source(self.file, self.line, self.pattern)


class Explained(Record):
    """A rule that matched a path, whether it ``decides``, and ``why`` in words."""

    rule: Rule
    decides: bool
    why: str


UNOWNED = Owned()


class Ownership:
    """Everything the owners files of one tree say. This one says nothing; each dialect has its own."""

    dialect = ""

    @property
    def files(self) -> tuple[str, ...]:
        """Return the paths of the owners files read so far (per-directory dialects read as they are asked)."""
        return ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong in the files read so far, in file order."""
        return ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every rule of the files read so far, in file order."""
        return ()

    def owners_of(self, path: str) -> Owned:  # noqa: ARG002  the signature of every dialect
        """Return who owns a path; it need not exist. ``/`` separates, no leading ``./``."""
        return UNOWNED

    def read_for(self, paths: Iterable[str]) -> None:
        """Read now whatever questions about these paths need (files in directories are else read as they are asked)."""

    def answers(self, paths: Sequence[str]) -> list[Owned]:
        """Return who owns each path, in their order: the way to ask about many."""
        return [self.owners_of(path) for path in paths]

    def owned(self, paths: Iterable[str]) -> Iterator[tuple[str, Owned]]:
        """Yield each path with who owns it, at the cost of ``answers``."""
        listed = tuple(paths)
        return zip(listed, self.answers(listed), strict=True)

    def explain(self, path: str) -> tuple[Explained, ...]:  # noqa: ARG002  likewise
        """Return every rule that matches a path, in the order they were weighed, and why each did or did not win."""
        return ()

    @property
    def last_wins(self) -> bool:
        """Say whether a later rule takes a path from an earlier one (of its section), rather than adding owners."""
        return False

    def first_matches(self, rules: Sequence[Rule], paths: Sequence[str]) -> dict[Rule, str]:
        """Return a path that a rule matches, whoever wins there, for each of ``rules`` that matches any."""
        ordered = sorted(paths)
        found = ((rule, self._first_match(rule, ordered)) for rule in rules)
        return {rule: path for rule, path in found if path is not None}

    def _first_match(self, rule: Rule, ordered: Sequence[str]) -> str | None:
        from bisect import bisect_left

        folder = f"{rule.directory}/" if rule.directory else ""
        for path in ordered[bisect_left(ordered, folder) :]:
            if not path.startswith(folder):
                break
            if self.matches(rule, path):
                return path
        return None

    def matches(self, rule: Rule, path: str) -> bool:  # noqa: ARG002  likewise
        """Say whether one of ``rules`` matches a path, whoever wins."""
        return False


NO_OWNERS = Ownership()


def decode(data: bytes) -> str:
    """Return a file's text without loss, less the byte order mark some editors put first."""
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def unique(owners: list[str]) -> tuple[str, ...]:
    """Return owners once each, in the order they first appear."""
    return tuple(dict.fromkeys(owners))
