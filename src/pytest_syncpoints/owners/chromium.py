"""Chromium's and Gerrit's OWNERS: e-mail addresses in each directory, adding up towards the top.

Sources: ``owners.py`` of Chromium's depot_tools with its documentation, and "find-owners backend" of Gerrit's
code-owners plugin.

- Addresses and ``*`` (anyone) of all directories above a path add up; ``set noparent`` stops at its directory.
- ``per-file glob,glob=...`` gives owners to some files; ``per-file glob=set noparent`` leaves these files to
  their per-file owners.
- ``file:path`` takes another file's plain owners, and what that file takes, but neither its per-file lines
  nor ``set noparent``. A relative path starts at the directory of the file it stands in; from the top,
  Chromium writes ``//path`` and Gerrit ``/path``.
- Gerrit alone: ``include path`` takes all lines; ``per-file`` lists several addresses with commas; globs reach
  into subdirectories, and know ``{a,b}``. At Chromium a glob covers the files of its own directory.
- Comments, also behind an address, and annotations such as ``#{LAST_RESORT_SUGGESTION}`` change nothing.
"""

from __future__ import annotations

from pytest_syncpoints.owners.gitlab_lines import segment
from pytest_syncpoints.owners.globs import EXACT, Glob, split_globs
from pytest_syncpoints.owners.model import UNOWNED, Fault, Owned, Ownership, Reason, Rule, Source
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.owners.model import Reader

FILE = "OWNERS"
ANYONE = "*"
NO_PARENT = "set noparent"


class _Grant(Record):
    """One line that gives owners: to all below (``globs`` empty) or to the files some globs cover."""

    file: str
    line: int
    text: str
    globs: tuple[str, ...]
    owners: tuple[str, ...]
    stops: bool


class _File(Record):
    path: str
    grants: tuple[_Grant, ...]
    stops: bool


def load(read: Reader, locations: tuple[str, ...] = (), *, dialect: str = "chromium") -> Ownership:
    """Prepare to read OWNERS files as paths are asked for."""
    return Layered(read, dialect, locations[0] if locations else "")


class Layered(Ownership):
    """The OWNERS files of one tree (or one file, taken as the top's)."""

    def __init__(self, read: Reader, dialect: str, only: str = "") -> None:
        """Take the reader; each directory is read once, when a path below it is asked for."""
        super().__init__(dialect)
        self._read = read
        self._gerrit = dialect == "gerrit"
        self._only = only
        self._parsed: dict[str, _File | None] = {}
        self._globs: dict[str, tuple[Glob, ...]] = {}
        self._faults: list[Fault] = []
        self._file_of("")

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files read so far."""
        return tuple(file.path for file in self._parsed.values() if file)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is broken in the files read so far."""
        return tuple(self._faults)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every line that gives owners in the files read so far."""
        files = [file for file in self._parsed.values() if file]
        return tuple(Rule(g.file, g.line, ",".join(g.globs) or ANYONE, g.owners) for f in files for g in f.grants)

    def owners_of(self, path: str) -> Owned:
        """Return everybody who may approve a path, nearest directory first."""
        grants = [grant for grant, _ in self._grants(path) if grant.owners]
        if not grants:
            return UNOWNED
        owners = tuple(dict.fromkeys(owner for grant in grants for owner in grant.owners))
        first = grants[0]
        return Owned(owners, matched=True, source=Source(first.file, first.line, first.text))

    def explain(self, path: str) -> tuple[Reason, ...]:
        """Return every line that gives owners or stops the search, nearest directory first."""
        return tuple(Reason(g.file, g.line, g.text, g.owners, verdict) for g, verdict in self._grants(path))

    def _grants(self, path: str) -> Iterator[tuple[_Grant, str]]:
        directory, only_per_file = path, False
        while directory:
            directory = directory.rpartition("/")[0]
            file = self._file_of(directory)
            if file is None:
                continue
            below = path[len(directory) + 1 :] if directory else path
            covering = [grant for grant in file.grants if grant.globs and self._covers(grant.globs, below)]
            only_per_file = any(grant.stops for grant in covering)
            for grant in covering:
                yield grant, "stops the search for this file" if grant.stops else "adds owners for this file"
            if only_per_file:
                return
            yield from ((grant, "adds owners for all below") for grant in file.grants if not grant.globs)
            if file.stops:
                return

    def _covers(self, globs: tuple[str, ...], below: str) -> bool:
        return any(glob.matches(below) for text in globs for glob in self._compiled(text))

    def _compiled(self, text: str) -> tuple[Glob, ...]:
        if text not in self._globs:
            if self._gerrit:
                compiled = (_gerrit_glob(each) for each in alternatives(text))
                self._globs[text] = tuple(compiled)
            else:
                self._globs[text] = (Glob(split_globs((text,), segment), EXACT),)
        return self._globs[text]

    def _file_of(self, directory: str) -> _File | None:
        if self._only:
            return None if directory else self._file(self._only)
        return self._file(f"{directory}/{FILE}" if directory else FILE)

    def _file(self, path: str) -> _File | None:
        if path not in self._parsed:
            self._parsed[path] = None  # a file that includes itself finds nothing more
            content = self._read(path)
            if content is not None:
                self._parsed[path] = self._parse(
                    path, content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
                )
        return self._parsed[path]

    def _parse(self, path: str, text: str) -> _File:
        grants: list[_Grant] = []
        stops = False
        for number, raw in enumerate(text.splitlines(), 1):
            line = " ".join(raw.partition("#")[0].split())
            if not line:
                continue
            if line == NO_PARENT:
                stops = True
            elif self._gerrit and line.startswith("include "):
                included = self._included(path, number, line[8:])
                if included is not None:
                    grants += included.grants
                    stops = stops or included.stops
            elif line.startswith("per-file "):
                grants += self._per_file(path, number, line)
            else:
                owners = self._owners(path, number, line)
                if owners is not None:
                    grants.append(_Grant(path, number, line, (), owners, stops=False))
        return _File(path, tuple(grants), stops)

    def _included(self, path: str, number: int, target: str) -> _File | None:
        wanted = self._target(path, target)
        if wanted == path or wanted is None:
            return None
        file = self._file(wanted)
        if file is None:
            self._fault(path, number, f"{target!r} cannot be included: there is no such file in this tree")
        return file

    def _per_file(self, path: str, number: int, line: str) -> Iterator[_Grant]:
        globs, equals, directive = line[9:].partition("=")
        texts = tuple(text.strip() for text in split_list(globs) if text.strip())
        if not equals or not texts:
            self._fault(path, number, "a per-file line is `per-file glob=owner`")
            return
        if not self._gerrit and any("/" in text or "\\" in text for text in texts):
            self._fault(path, number, "per-file globs cannot span directories or use escapes")
            return
        directive = directive.strip()
        if directive == NO_PARENT:
            yield _Grant(path, number, line, texts, (), stops=True)
            return
        owners = self._owners(path, number, directive)
        if owners is not None:
            yield _Grant(path, number, line, texts, owners, stops=False)

    def _owners(self, path: str, number: int, text: str) -> tuple[str, ...] | None:
        """Return the owners one directive names; ``None`` (and a fault) where it names none."""
        if text.startswith("file:"):
            target = self._target(path, text[5:].strip())
            return tuple(self._plain(target, {path})) if target else ()
        owners = tuple(owner.strip() for owner in text.split(","))
        if all(owner == ANYONE or is_address(owner) for owner in owners):
            return owners
        self._fault(path, number, f'{text!r} is no "{NO_PARENT}", file include, "*" or e-mail address')
        return None

    def _plain(self, path: str, seen: set[str]) -> Iterator[str]:
        """Yield the owners of a file that hold without restriction, and of the files it takes in turn."""
        content = self._read(path) if path not in seen else None
        seen.add(path)
        for raw in (content or b"").decode("utf-8", "surrogateescape").splitlines():
            line = " ".join(raw.partition("#")[0].split())
            include = self._gerrit and line.startswith("include ")
            if line.startswith("file:") or include:
                target = self._target(path, line[8:] if include else line[5:].strip())
                if target:
                    yield from self._plain(target, seen)
            elif line == ANYONE or is_address(line):
                yield line

    def _target(self, path: str, text: str) -> str | None:
        """Return the path in this tree that an include names; ``None`` for another project's file."""
        if self._gerrit and ":" in text:
            return None
        base = "" if text.startswith("/") else path.rpartition("/")[0]
        names: list[str] = []
        for name in f"{base}/{text}".split("/"):
            if name == "..":
                names = names[:-1]
            elif name not in ("", "."):
                names.append(name)
        return "/".join(names)

    def _fault(self, path: str, number: int, message: str) -> None:
        self._faults.append(Fault(path, number, 1, message))


def is_address(text: str) -> bool:
    """Say whether a text is one e-mail address."""
    local, at, domain = text.partition("@")
    return bool(local and at and domain) and not set(text) & set(" \t,<>") and "@" not in domain


def _gerrit_glob(text: str) -> Glob:
    return Glob(split_globs(["**", *text.removeprefix("/").split("/")], segment), EXACT)


def split_list(text: str) -> list[str]:
    """Split at the commas outside brackets and braces."""
    parts, depth, start = [], 0, 0
    for at, symbol in enumerate(text):
        depth += (symbol in "{[") - (symbol in "}]")
        if symbol == "," and depth <= 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


MOST_ALTERNATIVES = 256  # of one glob: braces multiply


def alternatives(text: str) -> list[str]:
    """Write ``{a,b}`` out: one glob for each choice."""
    done: list[str] = []
    todo = [text]
    while todo and len(done) + len(todo) <= MOST_ALTERNATIVES:
        each = todo.pop(0)
        start = each.find("{")
        end = each.find("}", start)
        if start < 0 or end < 0:
            done.append(each)
            continue
        todo += [each[:start] + choice + each[end + 1 :] for choice in each[start + 1 : end].split(",")]
    return done
