"""Choice: which range is reviewed where the options name one, and which where they name none."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.git import resolve
from pytest_syncpoints.gather.ranges import (
    base_range,
    commit_range,
    named_base,
    refs_range,
    staged_range,
    worktree_range,
    worktree_since,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.ranges import Range, RangeRequest


def choose(
    asked: RangeRequest,
    repository: Repository,
    head: str | None,
    environment: Mapping[str, str],
    *,
    never_staged: bool,
    prefer_worktree: bool,
) -> Range:
    """Return the range of a request; where it names none: what is staged, else the branch against its detected base.

    ``head`` is the commit HEAD is at, ``None`` before the first one. ``prefer_worktree`` takes everything since the
    branch left its base instead, uncommitted work too. Raises UsageError for what names no commit, CannotEvaluate
    where no base can be detected.
    """
    if asked.staged:
        return staged_range(repository, head)
    if asked.worktree:
        return worktree_range(head)
    if asked.commit:
        return commit_range(repository, asked.commit)
    if asked.to_ref:
        return refs_range(repository, asked.from_ref, asked.to_ref, environment)
    if asked.base and not prefer_worktree:
        return base_range(repository, named_base(repository, asked.base), resolve(repository, asked.head or "HEAD"))
    if not (never_staged or prefer_worktree):
        staged = staged_range(repository, head)
        if head is None or Reading(repository, staged).files():
            return staged
    return _since_base(asked, repository, head, environment, prefer_worktree=prefer_worktree)


def _since_base(
    asked: RangeRequest,
    repository: Repository,
    head: str | None,
    environment: Mapping[str, str],
    *,
    prefer_worktree: bool,
) -> Range:
    if head is None:
        return worktree_range(None) if prefer_worktree else staged_range(repository, None)
    base = named_base(repository, asked.base) if asked.base else detect_base(repository, environment)
    if prefer_worktree:
        return worktree_since(repository, base, head) if base else worktree_range(head)
    if base is None:
        raise CannotEvaluate(
            "no base to compare with could be detected", remedy="name one: --base REV, or --commit REV"
        )
    return base_range(repository, base, head)
