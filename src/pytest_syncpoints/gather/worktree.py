"""Worktree: a snapshot of files on disk as index entries in a stand-in, so that it compares like any tree.

Contents are taken as they are on disk: no clean filter runs (a change could name one in ``.gitattributes``),
so a repository that converts line ends or keeps large files elsewhere sees the disk's bytes here.
"""

from __future__ import annotations

import os
import stat

from pytest_syncpoints.change import GITLINK, SYMLINK
from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import answer, ask, error_line, is_object_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.git import Repository, StandIn


_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")


def snapshot_worktree(repository: Repository, stand_in: StandIn) -> None:
    """Bring the stand-in's index (a copy of the real one) up to what is on disk, untracked unignored files too."""
    if repository.top is None:
        raise CannotEvaluate("a bare repository has no worktree", remedy="name a range: --base REV --head REV")
    top = repository.top
    modes = dict(_modified(repository))
    paths = [*modes, *_untracked(repository)]
    files, lines = [], []
    for number, path in enumerate(paths):
        found = _on_disk(top, path, modes.get(path))
        if found is None:
            lines.append(b"0 " + b"0" * 40 + b"\t" + os.fsencode(path))
            continue
        mode, content = found
        if mode == GITLINK:
            lines.append(f"{mode} {_submodule_head(repository, path)}\t".encode() + os.fsencode(path))
            continue
        name = f"{stand_in.path}/{number}"
        with open(name, "wb") as file:
            file.write(content)
        files.append((name, mode, path))
    lines.extend(_hashed(stand_in, files))
    result = stand_in.start("update-index", "-z", "--index-info").collect(b"".join(line + b"\0" for line in lines))
    if result.status != 0:
        raise CannotEvaluate(f"the worktree could not be listed: {error_line(result)}", remedy="git status")


def _modified(repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield tracked paths that may differ from the index, with their mode on disk (zeros: deleted)."""
    raw = answer(repository, "diff-files", "-z", "--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=dirty")
    fields = raw.split(b"\0")
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        if header.endswith(b" U"):
            raise CannotEvaluate("the index has unmerged paths", remedy="resolve them, then: git add <path>")
        yield os.fsdecode(path), header.split(b" ")[1].decode("ascii")


def _untracked(repository: Repository) -> list[str]:
    listed = answer(repository, "ls-files", "-z", "--others", "--exclude-standard")
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [name for name in names if not name.endswith("/")]  # another repository inside this one


def _on_disk(top: str, path: str, mode: str | None) -> tuple[str, bytes] | None:
    """Return mode and content of a file, a link's target as its content; ``None`` where there is nothing."""
    full = f"{top}/{path}"
    try:
        status = os.lstat(full)
        if stat.S_ISLNK(status.st_mode):
            return SYMLINK, os.fsencode(os.readlink(full))
        if stat.S_ISDIR(status.st_mode):
            return (GITLINK, b"") if mode == GITLINK else None
        if not stat.S_ISREG(status.st_mode):
            return None
        with open(full, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CannotEvaluate(f"{path!r} cannot be read: {error.strerror}", remedy="mend its permissions") from error
    tracked = mode if mode in ("100644", "100755") else None
    return tracked or ("100755" if status.st_mode & 0o100 else "100644"), content


def _submodule_head(repository: Repository, path: str) -> str:
    kept = {key: value for key, value in repository.environment.items() if key not in _REPOSITORY}
    inside = repository._replace(environment=kept, top=f"{repository.top}/{path}")
    sha = ask(inside, "rev-parse", "--verify", "--quiet", "HEAD").stdout.decode("ascii", "replace").strip()
    if not is_object_id(sha):
        raise CannotEvaluate(f"the submodule at {path!r} has no commit", remedy="git submodule update --init")
    return sha


def _hashed(stand_in: StandIn, files: list[tuple[str, str, str]]) -> Iterator[bytes]:
    """Store the copies as blobs of the stand-in, one process for all; copies have names of ours, free of newlines."""
    if not files:
        return
    names = "".join(f"{name}\n" for name, _, _ in files).encode()
    result = stand_in.start("hash-object", "-w", "--no-filters", "--stdin-paths").collect(names)
    ids = result.stdout.decode("ascii").split()
    if result.status != 0 or len(ids) != len(files):
        raise CannotEvaluate(f"the worktree could not be read: {error_line(result)}", remedy="git status")
    for oid, (_, mode, path) in zip(ids, files, strict=True):
        yield f"{mode} {oid}\t".encode("ascii") + os.fsencode(path)
