"""Changes: a range of a repository read into one Change value."""

from __future__ import annotations

import os

from pytest_syncpoints.change import Change, Person
from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.base import current_branch
from pytest_syncpoints.gather.differences import (
    LIST_OPTIONS,
    OPTIONS,
    pair_renames,
    parse_differences,
    parse_renames,
    unpaired,
)
from pytest_syncpoints.gather.git import StandIn, answer, ask, empty_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_syncpoints.change import Commit, FileChange
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.ranges import Range

# Above this many unpaired additions and deletions the search for renames is left out: it is for display only.
_RENAME_LIMIT = 400


class Reading:
    """A difference being read: git is at work from the first line on, the values are asked for later."""

    def __init__(self, repository: Repository, chosen: Range) -> None:
        """Start git; nothing is read yet."""
        self._repository = repository
        self._range = chosen
        self._stand_in = self._open()
        self._command = self._compare(OPTIONS)
        self._processes = [self._stand_in.start(*self._command, *sides, "--") for sides in self._sides()]

    def _open(self) -> StandIn:
        repository, chosen = self._repository, self._range
        if chosen.right is not None:
            return StandIn(repository)
        if repository.top is None and "GIT_INDEX_FILE" not in repository.environment:
            raise CannotEvaluate("a bare repository has no index", remedy="name a range: --base REV --head REV")
        index = index_file(repository)
        if chosen.kind == "staged":
            return StandIn(repository, index=index)
        return _worktree_stand_in(repository, index)

    def _sides(self) -> tuple[tuple[str, ...], ...]:
        right = (self._range.right,) if self._range.right else ()
        lefts = self._range.lefts or (empty_tree(self._repository),)
        return tuple((left, *right) for left in lefts)

    def _compare(self, options: tuple[str, ...]) -> tuple[str, ...]:
        return ("diff-tree", *options) if self._range.right else ("diff-index", "--cached", *options)

    def files(self) -> tuple[FileChange, ...]:
        """Return the changed files, renames paired; removes the stand-in."""
        try:
            lists = [parse_differences(process.collect()) for process in self._processes]
            files = _combine(lists, every=self._range.every_left)
            files = pair_renames(files, {})
            return pair_renames(files, self._renames()) if unpaired(files) and len(files) < _RENAME_LIMIT else files
        finally:
            self._stand_in.remove()

    def __enter__(self) -> Reading:
        """Return the reading itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop git where nobody asked for the answer, and remove the stand-in."""
        for process in self._processes:
            process.kill()
        self._stand_in.remove()

    def _renames(self) -> dict[str, str]:
        """Ask git which additions resemble a deletion; only people read the answer."""
        options = tuple(option for option in LIST_OPTIONS if option != "--no-renames")
        command = self._compare((*options, "-M", "--no-rename-empty", "--diff-filter=R", "-l", str(_RENAME_LIMIT)))
        result = self._stand_in.start(*command, *self._sides()[0], "--").collect()
        return parse_renames(result.stdout) if result.status == 0 else {}


def index_file(repository: Repository) -> str:
    """Return the index git is working with: under ``git commit -a`` or ``git commit FILE`` not the usual one."""
    named = repository.environment.get("GIT_INDEX_FILE")
    return os.path.abspath(named) if named else f"{repository.git_dir}/index"


def _worktree_stand_in(repository: Repository, index: str) -> StandIn:
    from pytest_syncpoints.gather.worktree import snapshot_worktree

    stand_in = StandIn(repository, writable=True)
    try:
        if os.path.exists(index):
            with open(index, "rb") as source, open(f"{stand_in.path}/index", "wb") as copy:
                status = os.fstat(source.fileno())
                copy.write(source.read())
            # By an index's own time git knows which entries were written too lately to be told by time and size alone.
            os.utime(f"{stand_in.path}/index", ns=(status.st_atime_ns, status.st_mtime_ns))
        snapshot_worktree(repository, stand_in)
    except BaseException:
        stand_in.remove()
        raise
    return stand_in


def _combine(lists: list[tuple[FileChange, ...]], *, every: bool) -> tuple[FileChange, ...]:
    """Join lists against several left sides: paths that differ from every one of them, or from any."""
    if len(lists) == 1:
        return lists[0]
    by_path: dict[str, list[FileChange]] = {}
    for files in lists:
        for file in files:
            by_path.setdefault(file.path, []).append(file)
    needed = len(lists) if every else 1
    return tuple(found[0] for _, found in sorted(by_path.items()) if len(found) >= needed)


def staged_author(repository: Repository, environment: Mapping[str, str] = os.environ) -> Person | None:
    """Return who is about to commit: git tells its hooks in the environment, and is asked elsewhere."""
    name, email = environment.get("GIT_AUTHOR_NAME"), environment.get("GIT_AUTHOR_EMAIL")
    if name and email:
        return Person(name, email)
    result = ask(repository, "var", "GIT_AUTHOR_IDENT")
    ident = os.fsdecode(result.stdout).strip()
    if result.status != 0 or "<" not in ident:
        return None  # no identity configured: git itself will refuse the commit
    name, _, rest = ident.rpartition(" <")
    return Person(name, rest.partition(">")[0])


def read_change(
    repository: Repository, chosen: Range, reading: Reading, commits: tuple[Commit, ...] = (), tree: str | None = None
) -> Change:
    """Return the change of a range; ``commits`` are those the range brings, newest first, ``tree`` that of its head."""
    files = reading.files()
    own = staged_author(repository) if chosen.right is None else None
    return Change(
        kind=chosen.kind,
        base=chosen.trust,
        merge_base=chosen.lefts[0] if chosen.lefts else None,
        head=chosen.right,
        tree=tree,
        branch=current_branch(repository),
        title=commits[-1].subject if commits else "",
        chosen=chosen.chosen,
        authors=tuple(dict.fromkeys(((own,) if own else ()) + tuple(commit.author for commit in reversed(commits)))),
        commits=commits,
        files=files,
    )


def tracked_paths(repository: Repository, change: Change) -> tuple[str, ...]:
    """Return every path of the tree on the change's new side (of its head, or of the index)."""
    if change.head is not None:
        listed = answer(repository, "ls-tree", "-r", "-z", "--full-tree", "--name-only", change.head)
    else:
        listed = answer(repository, "ls-files", "-z", "--full-name")
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)
