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

from pytest_syncpoints.glob import ANY_SEGMENT, DIRECTORIES_SEGMENT, PathGlob, split_segments
from pytest_syncpoints.owners.gitlab_owners import extract_owners
from pytest_syncpoints.owners.index import Index
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
from pytest_syncpoints.pattern import path_shape, single_directories
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.glob import Shape

LOCATIONS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
FEW_QUESTIONS = 4
_UNNAMED = "codeowners"  # the server's own name for what stands before the first header
_BLANK = " \t\n\v\f\r"
_DEFAULT_OWNERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@.-/+" + _BLANK)


class Header(Record):
    """A section header: its name as spelt first, and what holds for the entries under it."""

    name: str
    optional: bool
    approvals: int
    owners: str


class Entry(Record):
    """One entry: where it stands, its pattern as written (less ``!``), and what its header said."""

    line: int
    pattern: str
    shape: Shape | None
    owners: tuple[str, ...]
    exclusion: bool
    header: Header


class Section:
    """The entries of one section in the server's order, and the answer they give for a path."""

    __slots__ = ("_excluded", "_index", "entries", "name", "optional")

    def __init__(self, name: str, entries: Sequence[Entry]) -> None:
        """Keep the entries; they are indexed when many paths are asked about."""
        self.name = None if name == _UNNAMED else name
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

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether an entry matches a path."""
        entries = (entry for section in self._sections for entry in section.entries)
        return any(entry.line == rule.line and covers(entry, path) for entry in entries)

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
    reader = _Reader(file)
    if b"\0" not in data:
        for number, line in enumerate(decode(data).split("\n"), 1):
            reader.read(number, line.strip(_BLANK))
    return Sections(file, [Section(name, list(entries.values())) for name, entries in reader.sections.items()], reader.faults)


class _Reader:
    """Reads a file line by line, as the server does."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._header = Header(_UNNAMED, False, 1, "")
        self.sections: dict[str, dict[tuple[str, bool], Entry]] = {_UNNAMED: {}}
        self.faults: list[Fault] = []

    def read(self, number: int, line: str) -> None:
        if not line or line.startswith("#"):
            return
        if line.startswith(("[", "^[")):
            header = self._read_header(number, line)
            if header is not None:
                self._header = header
                self.sections.setdefault(header.name, {})
                return
            self._fault(number, 1, "a section header never closes: the line is read as an entry", "add ']'", False)
        self._read_entry(number, line)

    def _read_header(self, number: int, line: str) -> Header | None:
        optional = line.startswith("^")
        name, closed, rest = line[2 if optional else 1 :].partition("]")
        if not closed:
            return None
        approvals, rest = _approvals(rest)
        length = next((at for at, symbol in enumerate(rest) if symbol not in _DEFAULT_OWNERS), len(rest))
        owners = rest[:length].strip(_BLANK) if rest[:1] in tuple(_BLANK) else ""
        self._check_header(number, line, Header(name, optional, approvals or 0, owners), rest)
        return Header(self._spelling(name), optional, max(approvals or 1, 1), owners)

    def _spelling(self, name: str) -> str:
        """Return the spelling under which this section began; before a second section there is only the unnamed one."""
        if len(self.sections) == 1:
            return name
        return next((known for known in self.sections if known.casefold() == name.casefold()), name)

    def _check_header(self, number: int, line: str, header: Header, rest: str) -> None:
        if not header.name:
            self._fault(number, 1, "a section without a name", "write [Name]", False)
        if header.optional and header.approvals:
            self._fault(number, 1, "an optional section needs no approvals: the count has no effect", "drop it", False)
        if header.owners and not extract_owners(header.owners):
            self._fault(number, 1, f"{header.owners!r} names no owner", "write @user, @group or an e-mail address", False)
        left = rest.strip(_BLANK)[len(header.owners) :] if header.owners else rest.strip(_BLANK)
        if left:
            column = line.rfind(left) + 1
            message = f"{left!r} behind a section header is ignored"
            self._fault(number, column, message, "a pattern that begins with '[' needs a '/' or '\\' in front", False)

    def _read_entry(self, number: int, line: str) -> None:
        end = _pattern_end(line)
        pattern, owner_text = line[:end], line[end:].lstrip(_BLANK)
        exclusion = pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        normalized = normalize(pattern)
        shape = fnmatch_shape(normalized)
        owners = () if exclusion else extract_owners(owner_text or self._header.owners)
        entry = Entry(number, pattern, shape, owners, exclusion, self._header)
        self._check_entry(entry, line, owner_text)
        self.sections[self._header.name][normalized, exclusion] = entry

    def _check_entry(self, entry: Entry, line: str, owner_text: str) -> None:
        if entry.shape is None:
            self._fault(entry.line, 1, f"the pattern {entry.pattern!r} can never match", "close brackets, use single slashes")
        if entry.exclusion:
            return
        if not (owner_text or self._header.owners):
            message, remedy = "an entry without owners: GitLab approves it by itself", "name an owner, or exclude it with '!'"
            self._fault(entry.line, len(line) + 1, message, remedy, False)
        for word in owner_text.split():
            if not extract_owners(word):
                message, remedy = f"{word!r} is no owner and is ignored", "write @user, @group or an e-mail address"
                self._fault(entry.line, line.rfind(word) + 1, message, remedy, False)

    def _fault(self, line: int, column: int, message: str, remedy: str, skipped: bool = True) -> None:  # noqa: FBT001, FBT002
        self.faults.append(Fault(self._file, line, column, message, remedy, skipped))


def _approvals(rest: str) -> tuple[int | None, str]:
    """Return the count of ``[2]`` and what follows; ``None`` where there is none, or it is no number."""
    count, closed, behind = rest[1:].partition("]")
    if rest.startswith("[") and closed and count.isascii() and (not count or count.isdigit()):
        return int(count[:9] or 0), behind
    return None, rest


def _pattern_end(line: str) -> int:
    """Return where the pattern ends: at the first blank without a backslash before it."""
    for position, symbol in enumerate(line):
        if symbol in _BLANK and line[position - 1] != "\\":
            return position
    return len(line)


def normalize(pattern: str) -> str:
    """Return a pattern as the server hands it to fnmatch."""
    if pattern == "*":
        return "/**/*"
    if pattern.startswith("\\#"):
        pattern = pattern[1:]
    for blank in _BLANK:
        pattern = pattern.replace("\\" + blank, " ")
    if not pattern.startswith("/"):
        pattern = f"/**/{pattern}"
    return f"{pattern}**/*" if pattern.endswith("/") else pattern


def fnmatch_shape(normalized: str) -> Shape | None:
    """Return what Ruby's fnmatch matches, ``None`` for nothing. ``a/**/*`` is all that lies below ``a``."""
    text = normalized[1:]
    if (len(text) - len(text.rstrip("\\"))) % 2:
        text = text[:-1]  # Ruby drops a backslash that escapes nothing
    segments = split_segments(text, brackets=True)
    if segments is None or "" in segments:
        return None
    if segments[-1] is DIRECTORIES_SEGMENT:
        segments[-1] = ANY_SEGMENT
    segments = single_directories(segments)
    below = len(segments) > 2 and segments[-1] is ANY_SEGMENT and segments[-2] is DIRECTORIES_SEGMENT
    return path_shape(segments[:-2] if below else segments, anchored=True, itself=not below, below=below)
