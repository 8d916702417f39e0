"""Ranges: which two trees a review compares, and where its trust begins."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.git import ask, error_line, is_object_id, resolve
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_syncpoints.change import Kind
    from pytest_syncpoints.gather.base import Base
    from pytest_syncpoints.gather.git import Repository


class RangeRequest(Record):
    """What was asked for, in the words of the command line; nothing set means: choose."""

    staged: bool = False
    worktree: bool = False
    base: str | None = None
    head: str | None = None
    from_ref: str | None = None
    to_ref: str | None = None
    commit: str | None = None


class Range(Record):
    """Two sides to compare.

    ``lefts`` are the commits the difference is taken from: none is the empty tree, several are the merge bases
    of a criss-cross history or the parents of a merge being committed. ``every_left`` says that only paths
    differing from all of them count (a merge being committed); otherwise a path counts that differs from any.
    ``right`` is a commit, or ``None`` for the index or the worktree. ``trust`` is the commit whose tree holds
    the trust roots, ``None`` where there is none yet; ``exclude`` is the commit whose history is not ours.
    """

    kind: Kind
    lefts: tuple[str, ...]
    right: str | None
    trust: str | None
    exclude: str | None
    chosen: str
    every_left: bool = False


def check_request(request: RangeRequest) -> None:
    """Raise UsageError where two ranges were asked for at once, or half of one."""
    kinds = [
        name
        for name, asked in (
            ("--staged", request.staged),
            ("--worktree", request.worktree),
            ("--base", request.base or request.head),
            ("--from-ref/--to-ref", request.from_ref or request.to_ref),
            ("--commit", request.commit),
        )
        if asked
    ]
    if len(kinds) > 1:
        raise UsageError(f"{' and '.join(kinds)} name different changes", remedy=f"keep one, for example {kinds[0]}")
    if request.head and not request.base:
        raise UsageError("--head needs --base", remedy="add --base REV, the branch the change is meant for")
    if request.from_ref and not request.to_ref:
        raise UsageError("--from-ref needs --to-ref", remedy="add --to-ref REV, the new side")


def staged_range(repository: Repository, head: str | None) -> Range:
    """Return what is staged against HEAD (``head``: its commit, ``None`` before the first one)."""
    parents = _merge_parents(repository) if head else ()
    lefts = (head, *parents) if head else ()
    chosen = "staged, while a merge is being committed" if parents else "staged"
    return Range("staged", lefts, None, head, head, chosen if head else "staged, the first commit", bool(parents))


def worktree_range(head: str | None) -> Range:
    """Return the worktree, untracked files that are not ignored included, against HEAD."""
    return Range("worktree", (head,) if head else (), None, head, head, "the worktree against HEAD")


def worktree_since(repository: Repository, base: Base, head: str | None) -> Range:
    """Return everything since the branch left its base, uncommitted work included (what a local test run covers)."""
    if head is None:
        return worktree_range(None)
    lefts = merge_bases(repository, base.sha, head)
    chosen = f"the worktree since it left {base.name} ({base.why})"
    return Range("worktree", lefts, None, base.sha, base.sha, chosen)


def base_range(repository: Repository, base: Base, head: str) -> Range:
    """Return a branch against its base: from their merge base to its head."""
    lefts = merge_bases(repository, base.sha, head)
    chosen = f"against {base.name}" + (f" ({base.why})" if base.why else "")
    if len(lefts) > 1:
        chosen += f", {len(lefts)} merge bases: a path counts that differs from any of them"
    return Range("range", lefts, head, base.sha, base.sha, chosen)


def refs_range(repository: Repository, from_ref: str | None, to_ref: str, environment: Mapping[str, str]) -> Range:
    """Return what a push or ``--from-ref A --to-ref B`` brings: merge base of A and B to B; trust: the base's tip."""
    head = resolve(repository, to_ref)
    detected = detect_base(repository, environment)
    start = None if not from_ref or set(from_ref) == {"0"} else resolve(repository, from_ref)
    if start is None and detected is None:
        return Range("range", (), head, None, None, "everything: no base could be detected")
    left = start or (detected.sha if detected else "")
    trust = detected.sha if detected else left
    shown = from_ref if start else (detected.name if detected else "")
    where = f", trusting {detected.name}" if detected and start else ""
    return Range("range", merge_bases(repository, left, head), head, trust, left, f"{shown} to {to_ref}{where}")


def commit_range(repository: Repository, revision: str) -> Range:
    """Return one commit against its first parent; a root commit against the empty tree."""
    sha = resolve(repository, revision)
    line = ask(repository, "rev-list", "--parents", "-n1", sha).stdout.decode("ascii", "replace").split()
    parent = line[1] if len(line) > 1 else None
    if parent is None and repository.shallow and sha in _shallow_commits(repository):
        raise CannotEvaluate(f"the parent of {sha[:12]} is not in this shallow clone", remedy="git fetch --unshallow")
    chosen = f"commit {sha[:12]} against " + ("its first parent" if parent else "the empty tree")
    return Range("commit", (parent,) if parent else (), sha, parent, parent, chosen)


def named_base(repository: Repository, revision: str) -> Base:
    """Return the base a person named; raises UsageError for what names no commit."""
    from pytest_syncpoints.gather.base import Base

    return Base(revision, resolve(repository, revision), "")


def merge_bases(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """Return all best common ancestors; raises CannotEvaluate where there is none, never falls back to two dots."""
    result = ask(repository, "merge-base", "--all", base, head)
    found = tuple(line for line in result.stdout.decode("ascii", "replace").split() if is_object_id(line))
    if found:
        return found
    if repository.shallow:
        raise CannotEvaluate(
            f"this clone is shallow: the merge base of {base[:12]} and {head[:12]} is not in it",
            remedy="git fetch --unshallow  (in CI: fetch the full history, e.g. fetch-depth: 0)",
        )
    if result.status not in (0, 1):
        raise CannotEvaluate(f"git merge-base failed: {error_line(result)}", remedy="git fsck --connectivity-only")
    raise CannotEvaluate(
        f"{base[:12]} and {head[:12]} have no common ancestor",
        remedy="name the right base: --base REV, or use --commit REV",
    )


def _merge_parents(repository: Repository) -> tuple[str, ...]:
    """Return the other parents of a merge being committed (git writes them one a line to MERGE_HEAD)."""
    try:
        with open(f"{repository.git_dir}/MERGE_HEAD", encoding="utf-8") as file:
            return tuple(line for line in file.read().split() if is_object_id(line))
    except (OSError, UnicodeDecodeError):
        return ()


def _shallow_commits(repository: Repository) -> frozenset[str]:
    try:
        with open(os.path.join(repository.common_dir, "shallow"), encoding="utf-8") as file:
            return frozenset(file.read().split())
    except OSError:
        return frozenset()
