"""Subjects: old and new contents of the files that detectors want, and what else they asked for."""

from __future__ import annotations

from pytest_syncpoints.change import new_content
from pytest_syncpoints.gather.git import ask, evaluation_error
from pytest_syncpoints.subject import Facts, Subject

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.subject import Detector

    Wanting = dict[str, tuple[Detector, ...]]

MOST_SIBLINGS = 600  # files of one folder; Django looks up a field in them, newest first
MOST_FOUND = 400  # lines of one word
MOST_WORDS = 50
_LFS = b"version https://git-lfs.github.com/spec/"


def read_subjects(change: Change, wanting: Wanting, objects: Objects) -> dict[str, Subject]:
    """Return each wanted file with its contents; a binary side is read whole, so that it can be refused by name."""
    by_path = {file.path: file for file in change.files}
    found = {}
    for path in wanting:
        file = by_path[path]
        before = _old(file, objects)
        source = by_path.get(file.old_path) if file.old_path is not None else None
        found[path] = Subject(path, file, before, _new(file, before), _old(source, objects) if source else None)
    return found


def _old(file: FileChange, objects: Objects) -> bytes | None:
    return None if file.status == "A" else objects.blob(file.old_oid)


def _new(file: FileChange, before: bytes | None) -> bytes | None:
    if file.status == "D":
        return None
    return new_content(before or b"", file)


def read_facts(repository: Repository, change: Change, wanting: Wanting, objects: Objects) -> Facts:
    """Return what detectors asked for besides: files beside theirs at the base, and lines of the tree at the head."""
    return Facts(siblings=dict(_siblings(change, wanting, objects)), found=_found(repository, change, wanting))


def _siblings(change: Change, wanting: Wanting, objects: Objects) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the asked-for folders, of the same ending, as the merge base has them."""
    if change.merge_base is None:
        return
    folders = {}
    for file in change.files:
        if any(_asks(detector, "siblings", file) for detector in wanting.get(file.path, ())):
            folders[file.path.rpartition("/")[0]] = file.path.rpartition(".")[2]
    for folder, ending in folders.items():
        listed = _listed(objects, change.merge_base, folder)
        names = sorted((name for name in listed if name.endswith(f".{ending}")), reverse=True)[:MOST_SIBLINGS]
        for name in names:
            yield (f"{folder}/{name}" if folder else name), objects.blob(listed[name])


def _listed(objects: Objects, root: str, folder: str) -> dict[str, str]:
    """Return the regular files of a folder with their object ids; none where there is no such folder."""
    entries = objects.tree(root)
    for name in folder.split("/") if folder else ():
        entry = entries.get(name)
        if entry is None or entry.mode != "40000":
            return {}
        entries = objects.tree(entry.oid)
    return {name: entry.oid for name, entry in entries.items() if entry.mode.startswith("100")}


def _asks(detector: Detector, what: str, file: FileChange) -> bool:
    question = getattr(detector, what, None)
    return bool(question(file)) if question is not None else False


def _found(repository: Repository, change: Change, wanting: Wanting) -> dict[str, tuple[tuple[str, str], ...]]:
    """Search the new side's tree for the words detectors ask for: whole words, some lines of each."""
    files = {file.path: file for file in change.files}
    words = {
        word
        for path, detectors in wanting.items()
        for detector in detectors
        for word in getattr(detector, "words", lambda _: ())(files[path])
    }
    return {word: _lines_with(repository, change, word) for word in sorted(words)[:MOST_WORDS]}


def _lines_with(repository: Repository, change: Change, word: str) -> tuple[tuple[str, str], ...]:
    """Return the lines that import something and hold a word (``git grep``: 1 says that there are none)."""
    cached = ("--cached",) if change.head is None and change.kind == "staged" else ()
    tree = (change.head,) if change.head else ()
    options = ("-I", "-z", "-F", "-w", "--no-color", "--full-name", "--no-recurse-submodules")
    pattern = ("-e", word, "--and", "-e", "import")
    result = ask(repository, "grep", *options, *cached, *pattern, *tree)
    if result.status not in (0, 1):
        raise evaluation_error(result, "grep")
    found = []
    for line in result.stdout.split(b"\n"):
        path, separator, text = line.partition(b"\0")
        if separator:
            name = path.decode("utf-8", "surrogateescape").removeprefix(f"{change.head}:")
            if name.endswith(".py"):  # our git takes path names literally, so that none can be a pattern
                found.append((name, text.decode("utf-8", "replace")))
    return tuple(found[:MOST_FOUND])
