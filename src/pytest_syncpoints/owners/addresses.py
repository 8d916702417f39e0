"""AddressTree: OWNERS files of e-mail addresses, as Chromium and Gerrit have them; each reads lines its own way."""

from __future__ import annotations

from pytest_syncpoints.owners.ownership import UNOWNED, Explained, Fault, Owned, Rule, decode, unique
from pytest_syncpoints.owners.tree import WHOLE_DIRECTORY, Tree, adds_up, below, directories_up
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_syncpoints.owners.glob import PathGlob
    from pytest_syncpoints.owners.ownership import Read

    ReadFile = Callable[[str, str], tuple[list["Line"], list[Fault]]]

ANYONE = "*"
# Files that name each other in a circle are read once; a chain of imports longer than this is not followed.
_LONGEST_CHAIN = 50


class Line(Record):
    """One line that counts.

    It gives ``owners``, imports what another file gives (``imported``: its path, ``everything``: its restricted
    lines, too), or keeps the owners of its directory and all above it out (``no_parent``). With ``globs`` it does so
    for the files these match, else for all below its directory.
    """

    number: int
    pattern: str
    owners: tuple[str, ...]
    imported: str
    everything: bool
    no_parent: bool
    globs: tuple[PathGlob, ...] | None


class Grant(Record):
    """Owners one line gives to a path; ``restricted`` where it was for certain files only."""

    rule: Rule
    owners: tuple[str, ...]
    restricted: bool


class Answer(Record):
    """What one directory says of a path. ``ends``: nothing above counts; ``restricted_only``: nor its plain lines."""

    grants: tuple[Grant, ...]
    ends: bool
    restricted_only: bool


class Scope(Record):
    """How a file is read: ``everything`` or plain owners only, for certain files only (``restricted``), how deep."""

    everything: bool
    restricted: bool
    depth: int


class AddressTree(Tree):
    """The OWNERS files of one tree."""

    def __init__(self, dialect: str, read: Read, read_file: ReadFile, root_file: str | None) -> None:
        """``read_file`` turns a path and its text into lines; nothing is read before the first question."""
        super().__init__(read, root_file)
        self.dialect = dialect
        self._read_file = read_file
        self._lines: dict[str, list[Line] | None] = {}

    def owners_of(self, path: str) -> Owned:
        """Return who owns a path, from its own directory upwards; ``*`` is anybody."""
        owners: list[str] = []
        source = None
        for answer in self._answers(path):
            for grant in answer.grants:
                if grant.restricted or not answer.restricted_only:
                    owners += grant.owners
                    source = source or grant.rule.source
        return Owned(unique(owners), True, source) if owners else UNOWNED

    def explain(self, path: str) -> tuple[Explained, ...]:
        """Return every line that gives owners to a path, from its own directory upwards."""
        explained: list[Explained] = []
        ended = ""
        for directory, answer in zip(directories_up(path), self._answers(path, to_the_root=True), strict=False):
            for grant in answer.grants:
                if ended:
                    explained.append(Explained(grant.rule, False, f"'set noparent' in {ended} keeps it out"))
                elif answer.restricted_only and not grant.restricted:
                    explained.append(Explained(grant.rule, False, "'set noparent' for this file keeps it out"))
                else:
                    explained.append(adds_up(grant.rule))
            ended = ended or (self._path_in(directory) if answer.ends else "")
        return tuple(explained)

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether a line is for a path, whatever keeps its owners out; one of an imported file, wherever it is."""
        if any(each.rule == rule for each in self.explain(path)):
            return True
        inside = below(rule.directory, path)
        lines = self._lines.get(rule.file) or []
        return inside is not None and any(line.number == rule.line and _covers(line, inside) for line in lines)

    def _answers(self, path: str, *, to_the_root: bool = False) -> Iterator[Answer]:
        for directory in directories_up(path):
            answer = self._answer(directory, path)
            yield answer
            if answer.ends and not to_the_root:
                return

    def _answer(self, directory: str, path: str) -> Answer:
        file = self._path_in(directory)
        inside = below(directory, path) or ""
        grants: list[Grant] = []
        ends = restricted_only = False
        for line, source, restricted in self._lines_for(file, inside):
            if line.no_parent:
                ends = True
                restricted_only = restricted_only or restricted
            else:
                grants.append(Grant(_rule(source, line), line.owners, restricted))
        return Answer(tuple(grants), ends, restricted_only)

    def _lines_for(self, file: str, inside: str) -> list[tuple[Line, str, bool]]:
        """Return the lines of a file and of all it imports that are for a path, with where each stands."""
        found: list[tuple[Line, str, bool]] = []
        self._gather(file, inside, Scope(True, False, 0), found, set())
        return found

    def _gather(
        self, file: str, inside: str, scope: Scope, found: list[tuple[Line, str, bool]], seen: set[tuple[str, bool]]
    ) -> None:
        seen.add((file, scope.restricted))
        for line in self._file(file):
            if not scope.everything and (line.globs is not None or line.no_parent):
                continue
            if not _covers(line, inside):
                continue
            restricted = scope.restricted or line.globs is not None
            if not line.imported:
                found.append((line, file, restricted))
            elif (line.imported, restricted) not in seen and scope.depth < _LONGEST_CHAIN:
                further = Scope(scope.everything and line.everything, restricted, scope.depth + 1)
                self._gather(line.imported, inside, further, found, seen)

    def _file(self, file: str) -> list[Line]:
        if file not in self._lines:
            data = self._read(file)
            self._lines[file] = None
            if data is not None:
                lines, faults = self._read_file(file, decode(data))
                self._lines[file] = lines
                self._faults[file] = [*faults, *self._missing_imports(file, lines)]
                self._rules[file] = tuple(_rule(file, line) for line in lines)
        return self._lines[file] or []

    def _missing_imports(self, file: str, lines: list[Line]) -> Iterator[Fault]:
        for line in lines:
            if line.imported and self._read(line.imported) is None:
                message = f"there is no file {line.imported} to import"
                yield Fault(file, line.number, 1, message, "name a file that is there, or drop the line")


def _covers(line: Line, inside: str) -> bool:
    return line.globs is None or any(glob.matches(inside) for glob in line.globs)


def _rule(file: str, line: Line) -> Rule:
    owners = line.owners or ((f"file:{line.imported}",) if line.imported else ())
    return Rule(file, line.number, line.pattern, owners, None, line.no_parent, file.rpartition("/")[0])


def plain(number: int, owners: tuple[str, ...], imported: str = "") -> Line:
    """Return a line for all below its directory."""
    return Line(number, WHOLE_DIRECTORY, owners, imported, False, False, None)


def normal_path(directory: str, path: str) -> str | None:
    """Resolve a path against a directory, ``None`` where it leaves the tree; one slash in front is the root."""
    names = [] if path.startswith("/") else [name for name in directory.split("/") if name]
    for name in path.split("/"):
        if name == "..":
            if not names:
                return None
            names.pop()
        elif name not in ("", "."):
            names.append(name)
    return "/".join(names)
