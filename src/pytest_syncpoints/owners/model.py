"""What owners files say about a path: the values every dialect answers with."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reader = Callable[[str], bytes | None]


class Source(Record):
    """The line that decided: its file, its number (from 1) and its pattern as written."""

    file: str
    line: int
    pattern: str


class OwnedSection(Record):
    """One GitLab section's answer: ``name`` is ``None`` for the lines before the first header.

    ``approvals`` is how many of its owners must approve; ``line`` is the entry that won.
    """

    name: str | None
    owners: tuple[str, ...]
    optional: bool = False
    approvals: int = 1
    line: int = 0


class Owned(Record):
    """Who owns a path: ``matched`` without owners means that a rule took ownership away on purpose.

    ``owners`` stand in file order, each once. ``sections`` is GitLab's, ``roles`` is Prow's.
    """

    owners: tuple[str, ...] = ()
    matched: bool = False
    source: Source | None = None
    sections: tuple[OwnedSection, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = {}


class Fault(Record):
    """A line that its host would skip or misread, and why; line and column count from 1."""

    file: str
    line: int
    column: int
    message: str


class Rule(Record):
    """One line that gives (or takes) ownership, as written."""

    file: str
    line: int
    pattern: str
    owners: tuple[str, ...]


class Reason(Record):
    """One rule that matched a path, and what became of it: ``str()`` is a sentence."""

    file: str
    line: int
    pattern: str
    owners: tuple[str, ...]
    verdict: str

    def __str__(self) -> str:
        """Return ``file:line pattern owners: verdict``."""
        who = " ".join(self.owners) or "no owners"
        return f"{self.file}:{self.line}: {self.pattern} ({who}) {self.verdict}"


UNOWNED = Owned()


class Ownership:
    """Who owns what by the owners files of one tree; this one, without any file, owns nothing.

    ``dialect`` is whose rules were followed, ``files`` the owners files that were read.
    """

    def __init__(self, dialect: str = "github", files: tuple[str, ...] = ()) -> None:
        """Keep the names; a dialect's class keeps the rules."""
        self.dialect = dialect
        self._files = files

    @property
    def files(self) -> tuple[str, ...]:
        """Return the owners files that count, in the order in which they were read."""
        return self._files

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every valid rule in file order."""
        return ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return every line that the host would skip or misread, in file order."""
        return ()

    def owners_of(self, path: str) -> Owned:  # noqa: ARG002  # the signature of every dialect
        """Return who owns a path (from the tree's top, with forward slashes; it need not exist)."""
        return UNOWNED

    def explain(self, path: str) -> tuple[Reason, ...]:  # noqa: ARG002  # the signature of every dialect
        """Return every rule that matches a path, in file order, and why the winner won."""
        return ()


NO_OWNERS = Ownership()


def once(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return names in their order, each at its first place only."""
    return tuple(dict.fromkeys(names))
