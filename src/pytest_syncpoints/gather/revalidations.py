"""Revalidations: what stale branches would cost to bring up to date, read from git."""

from __future__ import annotations

from pytest_syncpoints.gather.collisions import in_conflict
from pytest_syncpoints.gather.git import answer
from pytest_syncpoints.loops.revalidation import revalidation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Branch
    from pytest_syncpoints.loops.revalidation import Revalidation
    from pytest_syncpoints.policy import Policy

_MOST_MERGES = 500


def read_revalidations(
    repository: Repository, branches: tuple[Branch, ...], target: str, policy: Policy
) -> tuple[Revalidation, ...]:
    """Return what each of these branches (with what they touch) would cost; one walk along the target's own line."""
    if not branches:
        return ()
    bases = {branch.base for branch in branches}
    line = answer(repository, "rev-list", "--first-parent", target).decode("ascii").split()
    behind = {sha: at for at, sha in enumerate(line) if sha in bases}
    conflicting = {branch.sha for branch in in_conflict(repository, branches, target, merges=_MOST_MERGES)}
    return tuple(
        revalidation(branch, policy, behind=behind.get(branch.base), conflicts=branch.sha in conflicting)
        for branch in branches
    )
