"""Push: what of other people's unmerged branches a change about to be pushed can act on."""

from __future__ import annotations

from pytest_syncpoints.gather.collisions import read_collisions
from pytest_syncpoints.loops.collisions import Branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository

_MOST_MERGES = 50


def with_flow(repository: Repository, context: ReviewContext) -> ReviewContext:
    """Return the context with the pairs of this change's branch and others."""
    change = context.change
    if change.head is None or change.merge_base is None or change.base is None:
        return context
    name = f"refs/heads/{change.branch}" if change.branch else "refs/heads/this change"
    own = Branch(name, change.head, change.merge_base)
    found = read_collisions(repository, change.base, context.policy, own=own, merges=_MOST_MERGES)
    return context._replace(collisions=found)
