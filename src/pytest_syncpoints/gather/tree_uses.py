"""Tree uses: where the Python files of a whole tree use what norms name, each blob read once and remembered.

What is remembered is forgotten when what is looked for changes. A file is parsed only where its bytes hold what a norm
is about, and in a process of its own.
"""

from __future__ import annotations

import os

from pytest_syncpoints.gather.git import answer
from pytest_syncpoints.gather.memory import recall, remember
from pytest_syncpoints.gather.modules import module_name
from pytest_syncpoints.gather.norm_readings import PYTHON, Asked, mentioning, read_sources
from pytest_syncpoints.gather.objects import REGULAR
from pytest_syncpoints.norms.model import Use, applies
from pytest_syncpoints.record import Record
from pytest_syncpoints.signoff import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.policy import Norm

    Kept = dict[str, list[tuple[Any, ...]] | None]

_FORM = "syncpoints uses 1"
_TOGETHER = 400  # files that one child reads


class TreeUses(Record):
    """The uses in each file that has any, and the files that could not be read, by path."""

    uses: dict[str, tuple[Use, ...]]
    unread: tuple[str, ...]


class _File(Record):
    """A Python file of the tree: its path, its blob and the dotted name it is imported by."""

    path: str
    oid: str
    module: str
    package: bool

    @property
    def key(self) -> str:
        """Return what the uses in it depend on, besides the norms."""
        return f"{self.oid} {self.module}{'.' * self.package}"


def tree_uses(
    repository: Repository, objects: Objects, commit: str, norms: Sequence[Norm], *, memory: str = "uses"
) -> TreeUses:
    """Return where the Python files of a commit use what norms name; raises CannotEvaluate for a missing object.

    ``memory`` names the file that remembers, one for each kind of question.
    """
    if not norms:
        return TreeUses({}, ())
    form = f"{_FORM} {sha256(repr(list(norms)).encode()).hexdigest()}"
    files = list(_files(answer(repository, "ls-tree", "-r", "-z", commit)))
    known: Kept = recall(repository.common_dir, memory, form, dict) or {}
    new = {file.key: file for file in files if file.key not in known}
    if new:
        known.update(_read(list(new.values()), norms, objects))
        remember(repository.common_dir, memory, form, {file.key: known[file.key] for file in files})
    spoken = {norm.name: norm for norm in norms}
    found, unread = {}, []
    for file in files:
        rows = known[file.key]
        if rows is None:
            unread.append(file.path)
            continue
        uses = tuple(use for use in (Use(*row) for row in rows) if applies(spoken[use.norm], file.path))
        if uses:
            found[file.path] = uses
    return TreeUses(found, tuple(unread))


def _files(listing: bytes) -> Iterator[_File]:
    rows = [os.fsdecode(row).partition("\t") for row in listing.split(b"\0") if row]
    paths = {path for _, _, path in rows}
    for header, _, path in rows:
        mode, _, oid = header.split(" ")
        if mode in REGULAR and path.endswith(PYTHON):
            yield _File(path, oid, *module_name(path, paths.__contains__))


def _read(files: list[_File], norms: Sequence[Norm], objects: Objects) -> Iterator[tuple[str, Any]]:
    """Yield what to remember of each file: its uses as plain rows, ``None`` where it could not be read."""
    waiting: list[tuple[_File, Asked]] = []
    for file in files:
        content = objects.blob(file.oid)
        named = mentioning(content, file.module, norms)
        if named:
            waiting.append((file, Asked(file.key, file.module, file.package, named, content)))
        else:
            yield file.key, []
        if len(waiting) == _TOGETHER:
            yield from _answers(waiting)
            waiting = []
    yield from _answers(waiting)


def _answers(waiting: list[tuple[_File, Asked]]) -> Iterator[tuple[str, Any]]:
    for reading in read_sources([asked for _, asked in waiting]):
        yield reading.path, None if reading.fault else [tuple(use) for use in reading.uses]
