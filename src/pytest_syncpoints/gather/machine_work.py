"""Machine work: the machine-written hunks of a change, read from git."""

from __future__ import annotations

from pytest_syncpoints.gather.differences import OPTIONS, parse_differences
from pytest_syncpoints.gather.git import StandIn
from pytest_syncpoints.gather.machine_week import with_week
from pytest_syncpoints.machines import (
    MachineWork,
    changed_lines,
    is_machine_written,
    machine_hunks,
    machines_of,
    mixed_paths,
    told_by,
)
from pytest_syncpoints.signoff import scope_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Commit, FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.trust import TrustRoots

_MOST_STEPS = 64  # commits whose own difference is read; beyond, files that people and machines share count whole


def read_machine_work(
    repository: Repository, context: ReviewContext, trust: TrustRoots
) -> tuple[MachineWork | None, dict[str, bytes]]:
    """Return what machines wrote of a change, and the old contents its digest needs; ``None`` where nothing."""
    files = tuple(_files(repository, context))
    told = tuple(dict.fromkeys(text for commit in context.change.commits for text in told_by(commit, context.people)))
    if not context.change.commits or context.change.head is None:
        told += tuple(who.email for who in context.change.authors if context.people.is_machine(who))
    if not files:
        return None, {}
    old = {
        file.old_oid: trust.blob(file.old_oid)
        for file in files
        if file.status in ("M", "T") and file.hunks and not file.is_gitlink
    }
    digest = scope_digest(files, {**context.old_blobs, **old})
    hands = tuple(
        dict.fromkeys(who for commit in context.change.commits for who in machines_of(commit, context.people))
    )
    work = MachineWork(files, changed_lines(files), tuple(dict.fromkeys(told)), digest, machines=hands)
    return with_week(repository, context, trust, work), old


def _files(repository: Repository, context: ReviewContext) -> Iterator[FileChange]:
    change = context.change
    if change.head is None:  # nobody has committed it yet: it is whole its author's
        yield from change.files if any(context.people.is_machine(who) for who in change.authors[:1]) else ()
        return
    machines, mixed = mixed_paths(change.commits, context.people)
    steps = [c for c in change.commits if is_machine_written(c, context.people) and mixed.intersection(c.paths)]
    found = _steps(repository, steps, mixed) if len(steps) <= _MOST_STEPS else None
    for file in change.files:
        if file.path not in machines:
            continue
        if file.path not in mixed or found is None or not file.hunks:
            yield file
            continue
        own = machine_hunks(file, found.get(file.path, ()))
        if own.hunks:
            yield own


def _steps(repository: Repository, commits: list[Commit], paths: frozenset[str]) -> dict[str, list[FileChange]]:
    """Return what machine-written commits themselves did to paths that people changed too, by path."""
    found: dict[str, list[FileChange]] = {}
    with StandIn(repository) as stand_in:
        for commit in commits:
            parent = commit.parents[0] if commit.parents else "--root"
            named = sorted(paths.intersection(commit.paths))
            result = stand_in.start("diff-tree", "--no-commit-id", *OPTIONS, parent, commit.sha, "--", *named).collect()
            for file in parse_differences(result):
                found.setdefault(file.path, []).append(file)
    return found
