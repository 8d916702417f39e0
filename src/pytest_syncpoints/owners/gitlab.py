"""GitLab's CODEOWNERS: each section answers for itself.

Sources: docs.gitlab.com, "Code Owners", "Code Owners syntax and error handling", "Advanced CODEOWNERS
configuration"; where they are silent, the specifications beside GitLab's ``ee/lib/gitlab/code_owners``.

- The first file of the top, ``docs/`` and ``.gitlab/`` counts, alone.
- In each section the last entry that matches wins; an exclusion (``!pattern``) that matches takes the path
  out of its section wherever it stands, and nothing brings it back.
- Lines before the first header are an unnamed section. Sections of one name (in any case) are one, under
  the first spelling, and required as soon as one entry stands under a required header.
- Default owners and the number of approvals belong to the header that an entry stands under.
- There are no inline comments: words behind a pattern that are no owners are ignored, but an ``@name`` owns.
"""

from __future__ import annotations

from pytest_syncpoints.owners.gitlab_lines import BLANKS, Header, entry, glob, header, references
from pytest_syncpoints.owners.globs import RuleIndex
from pytest_syncpoints.owners.model import UNOWNED, Fault, Owned, OwnedSection, Ownership, Reason, Rule, Source, once
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.owners.globs import Glob
    from pytest_syncpoints.owners.model import Reader

LOCATIONS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
UNNAMED = "codeowners"  # how GitLab calls the section before the first header; a header of that name joins it


class _Entry(Record):
    line: int
    pattern: str
    glob: Glob
    owners: tuple[str, ...]
    header: Header


class _Section:
    """Entries and exclusions of one name, indexed once somebody asks."""

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.entries: list[_Entry] = []
        self.exclusions: list[_Entry] = []
        self._index: tuple[RuleIndex, RuleIndex] | None = None

    @property
    def optional(self) -> bool:
        return all(entry.header.optional for entry in (*self.entries, *self.exclusions))

    def winner(self, path: str) -> _Entry | None:
        if self._index is None:
            entries = (entry.glob for entry in self.entries)
            self._index = RuleIndex(entries), RuleIndex(entry.glob for entry in self.exclusions)
        entries_index, exclusions_index = self._index
        best = entries_index.best(path)
        if best < 0 or (self.exclusions and exclusions_index.best(path) >= 0):
            return None
        return self.entries[best]


def load(read: Reader, locations: tuple[str, ...] = LOCATIONS) -> Ownership:
    """Read the file that GitLab would use; it owns nothing where there is none."""
    for file in locations:
        content = read(file)
        if content is not None:
            return Sections(file, content.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    return Ownership("gitlab")


class Sections(Ownership):
    """One GitLab file."""

    def __init__(self, file: str, text: str) -> None:
        """Parse the file; patterns are indexed by section once a path is asked for."""
        super().__init__("gitlab", (file,))
        self._file = file
        self._sections: list[_Section] = [_Section(None)]
        self._by_name = {UNNAMED: self._sections[0]}
        self._faults: list[Fault] = []
        self._answers: dict[tuple[int | None, ...], Owned] = {}
        self._parse(text)

    def _parse(self, text: str) -> None:
        under, section = Header("", False, 1, (), ""), self._sections[0]
        for number, raw in enumerate(text.split("\n"), 1):
            line = raw.strip(BLANKS + "\0")
            if not line or line.startswith("#"):
                continue
            found = header(line)
            if found is not None:
                under, section = found, self._section(found.name)
                self._complain(number, found.complaint)
            elif line.startswith(("[", "^[")):
                self._complain(number, "the section header is not closed, so the line is skipped")
            else:
                self._add(number, line, under, section)

    def _section(self, name: str) -> _Section:
        key = name if len(self._sections) == 1 else name.casefold()
        if key != UNNAMED:
            key = name.casefold()
            key = f"{key} " if key == UNNAMED else key
        if key not in self._by_name:
            self._by_name[key] = _Section(name)
            self._sections.append(self._by_name[key])
        return self._by_name[key]

    def _add(self, number: int, line: str, under: Header, section: _Section) -> None:
        read = entry(line)
        if read.excludes:
            section.exclusions.append(_Entry(number, read.pattern, glob(read.pattern[1:]), (), under))
            return
        owners = once(list(references(read.owner_text))) if read.owner_text else under.owners
        unknown = [word for word in read.owner_text.split() if not any(references(word))]
        if unknown:
            self._complain(number, f"{unknown[0]!r} is no @user, @group, @@role or e-mail address, and is ignored")
        elif not owners:
            self._complain(number, "the entry has no owner, and its section no default owners")
        section.entries.append(_Entry(number, read.pattern, glob(read.pattern), owners, under))

    def _complain(self, number: int, message: str) -> None:
        if message:
            self._faults.append(Fault(self._file, number, 1, message))

    def owners_of(self, path: str) -> Owned:
        """Return each section's answer, and all their owners together."""
        winners = [(section, section.winner(path)) for section in self._sections]
        key = tuple(winner.line if winner else None for _, winner in winners)
        known = self._answers.get(key)
        if known is None:
            if len(self._answers) > 10_000:
                self._answers.clear()
            known = self._answers[key] = self._answer([(s, winner) for s, winner in winners if winner])
        return known

    def _answer(self, winners: list[tuple[_Section, _Entry]]) -> Owned:
        if not winners:
            return UNOWNED
        sections = tuple(
            OwnedSection(section.name, won.owners, section.optional, won.header.approvals, won.line)
            for section, won in winners
        )
        owners = once([owner for section in sections for owner in section.owners])
        first = winners[0][1]
        return Owned(owners, matched=True, source=Source(self._file, first.line, first.pattern), sections=sections)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every entry and exclusion in file order."""
        entries = (entry for section in self._sections for entry in (*section.entries, *section.exclusions))
        return tuple(sorted(Rule(self._file, entry.line, entry.pattern, entry.owners) for entry in entries))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return every line that GitLab reports or skips."""
        return tuple(self._faults)

    def explain(self, path: str) -> tuple[Reason, ...]:
        """Return every entry and exclusion that covers a path, in file order, and which decides its section."""
        return tuple(sorted(reason for section in self._sections for reason in self._reasons(section, path)))

    def _reasons(self, section: _Section, path: str) -> Iterator[Reason]:
        where = "before any section" if section.name is None else f"in section {section.name!r}"
        excluding = [entry for entry in section.exclusions if entry.glob.matches(path)]
        for found in excluding:
            yield Reason(self._file, found.line, found.pattern, (), f"takes the path out, {where}")
        matching = [entry for entry in section.entries if entry.glob.matches(path)]
        for found in matching:
            verdict = f"is overridden by line {matching[-1].line} {where}"
            if excluding:
                verdict = f"is void: line {excluding[0].line} excludes the path {where}"
            elif found is matching[-1]:
                verdict = f"wins {where}: it is the last entry that matches"
            yield Reason(self._file, found.line, found.pattern, found.owners, verdict)
