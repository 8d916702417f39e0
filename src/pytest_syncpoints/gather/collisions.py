"""Collisions: pairs of a clone's unmerged branches, the likely ones merged in memory."""

from __future__ import annotations

from pytest_syncpoints.gather.branches import tried, unmerged, with_touches
from pytest_syncpoints.loops.collisions import Branch, pairs
from pytest_syncpoints.syncpoint import components_by_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Pair
    from pytest_syncpoints.policy import Policy

MOST_MERGES = 2000  # 5 to 12 ms each


def read_collisions(
    repository: Repository, target: str, policy: Policy, *, own: Branch | None = None, merges: int = MOST_MERGES
) -> tuple[Pair, ...]:
    """Return the pairs of unmerged branches that meet; with ``own`` (name and tip) those of that branch alone.

    At most ``merges`` candidate pairs are merged, closest first; of the others ``conflict`` stays ``None``.
    """
    branches = [branch for branch in unmerged(repository, target) if own is None or branch.sha != own.sha]
    known = with_touches(repository, (*branches, *((own,) if own else ())), target)
    paths = tuple({path for branch in known for path in branch.touches}) if policy.components else ()
    found = pairs(known, components_by_path(paths, policy), own.name if own else None)
    tips = {branch.name: branch.sha for branch in known}
    candidates = [pair for pair in found if pair.kind in ("hunk", "migration")][:merges]
    answers = tried(repository, ((tips[pair.a], tips[pair.b]) for pair in candidates))
    return tuple(_judged(pair, conflict=answers.get((tips[pair.a], tips[pair.b]))) for pair in found)


def _judged(pair: Pair, *, conflict: bool | None) -> Pair:
    """Return a pair as a merge left it; changes of one file that do not even touch cannot conflict."""
    if conflict is None:
        return pair._replace(conflict=False if pair.kind in ("file", "api") else None)
    return pair._replace(conflict=conflict, kind="conflict" if conflict else pair.kind)
