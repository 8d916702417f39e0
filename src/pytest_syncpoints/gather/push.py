"""Push: what of other people's unmerged branches a change about to be pushed can act on."""

from __future__ import annotations

from pytest_syncpoints.gather.branch_marks import with_marks
from pytest_syncpoints.gather.collisions import collide, read_branches
from pytest_syncpoints.loops.collisions import Branch
from pytest_syncpoints.loops.flow import from_branches, is_stale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository

_MOST_MERGES = 50


def with_flow(repository: Repository, context: ReviewContext) -> ReviewContext:
    """Return the context with the pairs of this change's branch and others, and the others' open work."""
    change = context.change
    if change.head is None or change.merge_base is None or change.base is None:
        return context
    name = f"refs/heads/{change.branch}" if change.branch else "refs/heads/this change"
    own = Branch(name, change.head, change.merge_base)
    known = read_branches(repository, change.base, own)
    found = collide(repository, known, context.policy, merges=_MOST_MERGES, only=own.name)
    rest = tuple(branch for branch in known if branch.sha != own.sha)
    if context.machine and context.policy.flow.per_machine:
        rest = with_marks(repository, rest, change.base, context.people)
    others = from_branches(rest, context.policy)
    live = tuple(other for other in others if not is_stale(other, context.evaluated_at, context.policy))
    return context._replace(collisions=found, open_work=live)
