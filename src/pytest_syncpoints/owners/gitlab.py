"""GitLab's CODEOWNERS: sections that each answer for themselves, patterns as Ruby's fnmatch reads them.

Sources: docs.gitlab.com "Syntax of CODEOWNERS file" [r], "Advanced CODEOWNERS configuration" [a], "Code Owners"
[i], the enterprise edition's own code and specs under ``lib/gitlab/code_owners`` [s], Ruby's ``File.fnmatch`` [f].

- The first of ``CODEOWNERS``, ``docs/CODEOWNERS``, ``.gitlab/CODEOWNERS`` is used [i]. No limit of size is stated.
- A path is matched with a slash in front, ``*`` and ``?`` stay inside a segment, ``[ab]`` is a range [a, f]. A
  pattern without a slash in front matches at any depth even with one inside; one that ends in a slash means
  everything below; so ``docs`` or ``/config`` covers no file below, and ``/docs/**`` one level [r, s, f].
- Each section has one answer: its last entry that matches. Entries before any header are a section without a
  name. Names are equal whatever their case, and the first spelling stands; a merged section is required as soon
  as one of its entries is [r, s]. At least one approval is required, whatever the header says [r].
- ``!pattern`` takes a path out of its section for good: no other entry puts it back, wherever it stands [r].
  (The server keeps its entries by pattern, so there the same pattern written again undoes its exclusion; the
  documents promise the opposite, and they are followed.) An entry written twice keeps its first place with its
  last owners, as the server has it [s].
- No comments behind an entry: their words are no owners, but an ``@name`` among them is one [r]. Owners that are
  malformed are ignored and the entry stays, perhaps with none [a].
- A header must open the line; what stands behind it other than default owners is ignored. A count that is no
  number, or is missing, is the default; a header that never closes is an entry [a, s].
"""

from __future__ import annotations

from pytest_syncpoints.owners.gitlab_file import UNNAMED, read_file
from pytest_syncpoints.owners.glob import PathGlob
from pytest_syncpoints.owners.index import Index, first_paths
from pytest_syncpoints.owners.names import NO_RULE
from pytest_syncpoints.owners.ownership import (
    UNOWNED,
    Explained,
    Fault,
    Owned,
    OwnedSection,
    Ownership,
    Rule,
    decode,
    unique,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.owners.gitlab_file import Entry
    from pytest_syncpoints.owners.glob import Shape

LOCATIONS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
FEW_QUESTIONS = 4


class Section:
    """The entries of one section in the server's order, and the answer they give for a path."""

    __slots__ = ("_excluded", "_index", "entries", "name", "optional")

    def __init__(self, name: str, entries: Sequence[Entry]) -> None:
        """Keep the entries; they are indexed when many paths are asked about."""
        self.name = None if name == UNNAMED else name
        self.entries = entries
        self.optional = all(entry.header.optional for entry in entries)
        self._index: Index | None = None
        self._excluded: Index | None = None

    def search(self, path: str) -> int:
        """Return which entry answers for a path, trying each; ``NO_RULE`` where none does or one excludes it."""
        found = NO_RULE
        for number in range(len(self.entries) - 1, -1, -1):
            entry = self.entries[number]
            if (found == NO_RULE or entry.exclusion) and covers(entry, path):
                if entry.exclusion:
                    return NO_RULE
                found = number
        return found

    def last(self, path: str) -> int:
        """Return the same by index."""
        if self._index is None or self._excluded is None:
            self._index = Index(self._shapes(exclusion=False))
            self._excluded = Index(self._shapes(exclusion=True))
        found = self._index.last(path)
        return NO_RULE if found == NO_RULE or self._excluded.last(path) != NO_RULE else found

    def _shapes(self, *, exclusion: bool) -> list[tuple[int, Shape]]:
        return [
            (number, entry.shape)
            for number, entry in enumerate(self.entries)
            if entry.exclusion is exclusion and entry.shape is not None
        ]


class Sections(Ownership):
    """One owners file in sections."""

    dialect = "gitlab"

    def __init__(self, file: str, sections: Sequence[Section], faults: Sequence[Fault]) -> None:
        """Keep what was read."""
        self._file = file
        self._sections = sections
        self._faults = tuple(faults)
        self._searches = FEW_QUESTIONS
        self._answers: dict[tuple[int, ...], Owned] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """Return the one file."""
        return (self._file,)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return the lines the server complains of."""
        return self._faults

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the entries that count, in file order."""
        found = [self._rule(section, entry) for section in self._sections for entry in section.entries]
        return tuple(sorted(found, key=lambda rule: rule.line))

    def owners_of(self, path: str) -> Owned:
        """Return what every section says of a path; ``owners`` is all of theirs together."""
        if self._searches:
            self._searches -= 1
            winners = tuple(section.search(path) for section in self._sections)
        else:
            winners = tuple(section.last(path) for section in self._sections)
        owned = self._answers.get(winners)
        if owned is None:
            owned = self._answers[winners] = self._owned(winners)
        return owned

    def _owned(self, winners: tuple[int, ...]) -> Owned:
        pairs = zip(self._sections, winners, strict=True)
        hits = [(section, section.entries[number]) for section, number in pairs if number != NO_RULE]
        if not hits:
            return UNOWNED
        sections = tuple(
            OwnedSection(section.name, entry.owners, section.optional, entry.header.approvals, entry.line)
            for section, entry in hits
        )
        owners = unique([owner for section in sections for owner in section.owners])
        return Owned(owners, True, self._rule(*hits[0]).source, sections)

    def explain(self, path: str) -> tuple[Explained, ...]:
        """Return every entry that matches, section by section."""
        explained: list[Explained] = []
        for section in self._sections:
            winner = section.search(path)
            hits = [entry for entry in section.entries if covers(entry, path)]
            excluding = next((entry for entry in hits if entry.exclusion), None)
            for entry in hits:
                decides = entry is excluding or (winner != NO_RULE and entry is section.entries[winner])
                why = _why(entry, hits, excluding)
                explained.append(Explained(self._rule(section, entry), decides, why))
        return tuple(explained)

    @property
    def last_wins(self) -> bool:
        """Say yes: within its section."""
        return True

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether an entry matches a path."""
        entries = (entry for section in self._sections for entry in section.entries)
        return any(entry.line == rule.line and covers(entry, path) for entry in entries)

    def first_matches(self, rules: Sequence[Rule], paths: Sequence[str]) -> dict[Rule, str]:
        """Return a path that an entry matches for each of ``rules`` that matches any."""
        wanted = {rule.line for rule in rules}
        entries = (entry for section in self._sections for entry in section.entries)
        shapes = {entry.line: entry.shape for entry in entries if entry.line in wanted and entry.shape is not None}
        found = first_paths(shapes, paths)
        return {rule: found[rule.line] for rule in rules if rule.line in found}

    def _rule(self, section: Section, entry: Entry) -> Rule:
        pattern = f"!{entry.pattern}" if entry.exclusion else entry.pattern
        return Rule(self._file, entry.line, pattern, entry.owners, section.name, entry.exclusion, "")


def _why(entry: Entry, hits: Sequence[Entry], excluding: Entry | None) -> str:
    if entry is excluding:
        return "an exclusion wins in its section wherever it stands"
    if excluding is not None:
        return f"line {excluding.line} excludes the path from this section"
    if entry is hits[-1]:
        return "the last entry of its section that matches"
    return f"line {hits[-1].line} of this section matches too and comes later"


def covers(entry: Entry, path: str) -> bool:
    """Say whether an entry's pattern matches a path."""
    return entry.shape is not None and PathGlob(entry.shape).matches(path)


def load(file: str, data: bytes) -> Ownership:
    """Return what one CODEOWNERS file says; a binary file says nothing."""
    sections, faults = read_file(file, "" if b"\0" in data else decode(data))
    return Sections(file, [Section(name, entries) for name, entries in sections.items()], faults)
