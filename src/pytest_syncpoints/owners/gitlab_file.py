"""A GitLab CODEOWNERS file read into sections of entries, line by line as the server does (rules: ``gitlab.py``)."""

from __future__ import annotations

from pytest_syncpoints.owners.gitignore import path_shape, single_directories
from pytest_syncpoints.owners.gitlab_owners import extract_owners
from pytest_syncpoints.owners.glob import ANY_SEGMENT, DIRECTORIES_SEGMENT, split_segments
from pytest_syncpoints.owners.ownership import Fault
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.glob import Shape

UNNAMED = "codeowners"  # the server's own name for what stands before the first header
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


def read_file(file: str, text: str) -> tuple[dict[str, list[Entry]], list[Fault]]:
    """Return the entries by section, in the server's order, and what it complains of."""
    reader = _Reader(file)
    for number, line in enumerate(text.split("\n"), 1):
        reader.read(number, line.strip(_BLANK))
    return {name: list(entries.values()) for name, entries in reader.sections.items()}, reader.faults


class _Reader:
    """What was read so far: sections, and the header that holds for the next entry."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._header = Header(UNNAMED, False, 1, "")
        self.sections: dict[str, dict[tuple[str, bool], Entry]] = {UNNAMED: {}}
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
            self._fault(
                number, 1, "a section header never closes: the line is read as an entry", "add ']'", skipped=False
            )
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
            self._fault(number, 1, "a section without a name", "write [Name]", skipped=False)
        if header.optional and header.approvals:
            self._fault(
                number, 1, "an optional section needs no approvals: the count has no effect", "drop it", skipped=False
            )
        if header.owners and not extract_owners(header.owners):
            self._fault(
                number,
                1,
                f"{header.owners!r} names no owner",
                "write @user, @group or an e-mail address",
                skipped=False,
            )
        left = rest.strip(_BLANK)[len(header.owners) :] if header.owners else rest.strip(_BLANK)
        if left:
            column = line.rfind(left) + 1
            message = f"{left!r} behind a section header is ignored"
            if left.startswith("[") and "]" in left:
                message = f"{left!r} is no count of approvals: one is required"
            self._fault(
                number, column, message, "a pattern that begins with '[' needs a '/' or '\\' in front", skipped=False
            )

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
        before = self.sections[self._header.name].get((normalized, exclusion))
        if before is not None:
            message = f"the pattern {pattern!r} stands again on line {number}, which takes its place"
            self._fault(before.line, 1, message, "keep one of the two")
        self.sections[self._header.name][normalized, exclusion] = entry

    def _check_entry(self, entry: Entry, line: str, owner_text: str) -> None:
        if entry.shape is None:
            message = f"the pattern {entry.pattern!r} can never match"
            self._fault(entry.line, 1, message, "close brackets, use single slashes")
        if entry.exclusion:
            return
        if not (owner_text or self._header.owners):
            message = "an entry without owners: GitLab approves it by itself"
            self._fault(entry.line, len(line) + 1, message, "name an owner, or exclude it with '!'", skipped=False)
        self._check_count(entry)
        for word in owner_text.split():
            if not extract_owners(word):
                message, remedy = f"{word!r} is no owner and is ignored", "write @user, @group or an e-mail address"
                self._fault(entry.line, line.rfind(word) + 1, message, remedy, skipped=False)

    def _check_count(self, entry: Entry) -> None:
        """Doubt a count no set of single people could reach; a group's path shows that it is one."""
        wanted, owners = entry.header.approvals, entry.owners
        if wanted > len(owners) > 0 and not any("/" in owner or owner.startswith("@@") for owner in owners):
            message = f"[{entry.header.name}] requires {wanted} approvals, and {len(owners)} may give one here"
            self._fault(entry.line, 1, message, "name more owners or a group, or lower the count", skipped=False)

    def _fault(self, line: int, column: int, message: str, remedy: str, *, skipped: bool = True) -> None:
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
