"""Worktree: a snapshot of the files on disk as index entries in a stand-in, so that it compares like any tree.

git does the reading, but inside the stand-in, where no configuration names a clean filter: a change may ask for
any in its ``.gitattributes``, and ``diff-files`` would run it for a file whose time stamp does not settle whether
it changed. A repository that keeps large files elsewhere therefore sees the disk's bytes here, not a pointer.
"""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import answer, ask, error_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository, StandIn


def snapshot_worktree(repository: Repository, stand_in: StandIn) -> None:
    """Bring the stand-in's index (a copy of the real one) up to what is on disk, untracked unignored files too."""
    if repository.top is None:
        raise CannotEvaluate("a bare repository has no worktree", remedy="name a range: --base REV --head REV")
    modes = os.fsdecode(ask(repository, "config", "--type=bool", "core.fileMode").stdout).strip() or "true"
    inside = ("-C", repository.top, "-c", f"core.fileMode={modes}")
    changed = _inside(
        stand_in, repository.top, *inside, "diff-files", "-z", "--raw", "--no-renames", "--ignore-submodules=dirty"
    )
    fields = changed.split(b"\0")
    if any(header.endswith(b" U") for header in fields[::2]):
        raise CannotEvaluate("the index has unmerged paths", remedy="resolve them, then: git add <path>")
    untracked = answer(repository, "ls-files", "-z", "--others", "--exclude-standard").split(b"\0")
    paths = [*fields[1::2], *(name for name in untracked if name and not name.endswith(b"/"))]
    listed = b"".join(path + b"\0" for path in paths)
    _inside(stand_in, repository.top, *inside, "update-index", "--add", "--remove", "-z", "--stdin", stdin=listed)


def _inside(stand_in: StandIn, top: str, *words: str, stdin: bytes = b"") -> bytes:
    result = stand_in.start(*words, work_tree=top).collect(stdin)
    if result.status != 0:
        raise CannotEvaluate(f"the worktree cannot be read: {error_line(result)}", remedy="git status")
    return result.stdout
