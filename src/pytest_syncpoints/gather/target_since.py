"""The target since: what its tip has now where branches that left it earlier change something."""

from __future__ import annotations

import os

from pytest_syncpoints.gather.git import answer, evaluation_error
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.entries import Entry
    from pytest_syncpoints.gather.git import Repository, StandIn
    from pytest_syncpoints.loops.collisions import Branch

    Listed = dict[str, list[Entry]]

_RENAMES = ("diff-tree", "--stdin", "-r", "-z", "--raw", "-M", "-l400", "--diff-filter=R", "--no-abbrev")


class TargetSince(Record):
    """The target's tip, as far as branches touch it.

    ``files`` are mode and content by path, ``folders`` the paths in folders where branches add or take files,
    ``moved`` where the target has moved a path since, by merge base and the path there.
    """

    files: dict[str, tuple[str, str]]
    folders: dict[str, set[str]]
    moved: dict[tuple[str, str], str]

    def blob(self, path: str) -> str:
        """Return the content at a path; empty where there is none."""
        return self.files.get(path, ("", ""))[1]

    def moved_under(self, entry: Entry, taken: set[str]) -> bool:
        """Say whether the target may have moved the folder an entry adds to, or adds to one that a branch moved."""
        folder = entry.path.rpartition("/")[0]
        if not folder or folder not in self.folders:
            return False
        here = self.folders[folder]
        return not here if entry.status == "A" else entry.status == "D" and bool(here - taken)


def target_since(
    repository: Repository, stand_in: StandIn, branches: tuple[Branch, ...], listed: Listed, target: str
) -> TargetSince:
    """Return what the target's tip has where branches of earlier merge bases change something."""
    earlier = [branch for branch in branches if branch.base != target]
    entries = [entry for branch in earlier for entry in listed.get(branch.sha, ())]
    if not entries:
        return TargetSince({}, {}, {})
    files, folders = _tip(repository, target, entries)
    asked = {f"{b.base}:{_folder(e.path)}" for b in earlier for e in listed.get(b.sha, ()) if e.status == "A"}
    known = _existing(stand_in, sorted(asked))
    kept = {name.partition(":")[2] for name in known}
    folders = {folder: paths for folder, paths in folders.items() if paths or folder in kept}
    gone = {b.base for b in earlier for e in listed.get(b.sha, ()) if e.status == "M" and e.path not in files}
    return TargetSince(files, folders, _moved(stand_in, target, sorted(gone)))


def _tip(
    repository: Repository, target: str, entries: list[Entry]
) -> tuple[dict[str, tuple[str, str]], dict[str, set[str]]]:
    paths = {os.fsencode(entry.path) for entry in entries}
    folders: dict[str, set[str]] = {_folder(entry.path): set() for entry in entries if entry.status in ("A", "D")}
    wanted = {os.fsencode(folder) for folder in folders}
    files = {}
    for record in answer(repository, "ls-tree", "-r", "-z", "--full-tree", target).split(b"\0")[:-1]:
        facts, _, path = record.partition(b"\t")
        if path in paths:
            mode, _, oid = facts.decode("ascii").split(" ")
            files[os.fsdecode(path)] = (mode, oid)
        folder = path.rpartition(b"/")[0]
        if folder in wanted:
            folders[os.fsdecode(folder)].add(os.fsdecode(path))
    return files, folders


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _existing(stand_in: StandIn, names: list[str]) -> set[str]:
    """Return which of these ``commit:folder`` there are."""
    asked = [name for name in names if "\n" not in name and not name.endswith(":")]
    if not asked:
        return set()
    words = ("cat-file", "--batch-check=%(objecttype)")
    text = "".join(f"{name}\n" for name in asked)
    said = stand_in.answer(*words, stdin=os.fsencode(text))
    return {name for name, kind in zip(asked, said.splitlines(), strict=False) if kind == b"tree"}


def _moved(stand_in: StandIn, target: str, bases: list[str]) -> dict[tuple[str, str], str]:
    """Return where the target has moved paths to since these commits, as git tells renames."""
    if not bases:
        return {}
    asked = "".join(f"{base} {target}\n" for base in bases).encode()
    result = stand_in.ask(*_RENAMES, stdin=asked)
    if result.status != 0:  # content is missing here (a partial clone): what moved unchanged is told without it
        result = stand_in.ask(*(word if word != "-M" else "-M100%" for word in _RENAMES), stdin=asked)
    if result.status != 0:
        raise evaluation_error(result, "diff-tree")
    moved: dict[tuple[str, str], str] = {}
    base = ""
    fields = iter(os.fsdecode(result.stdout).split("\0")[:-1])
    for field in fields:
        if field[0] != ":":
            base = field
            continue
        new, old = next(fields), next(fields)  # asked backwards, so that each answer names its merge base
        moved[base, old] = new
    return moved
