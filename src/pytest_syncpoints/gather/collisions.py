"""Collisions: pairs of a clone's unmerged branches, the likely ones merged in memory."""

from __future__ import annotations

from pytest_syncpoints.gather.branches import unmerged
from pytest_syncpoints.gather.merges import tried
from pytest_syncpoints.gather.touches import with_touches
from pytest_syncpoints.loops.collisions import pairs
from pytest_syncpoints.record import Record
from pytest_syncpoints.syncpoint import components_by_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Branch, Pair
    from pytest_syncpoints.policy import Policy

MOST_MERGES = 2000  # 5 to 12 ms each


class Collisions(Record):
    """The unmerged branches of a clone, and the pairs of them that meet more closely than in a shared file."""

    branches: tuple[Branch, ...]
    pairs: tuple[Pair, ...]


def read_collisions(repository: Repository, target: str, policy: Policy, *, merges: int = MOST_MERGES) -> Collisions:
    """Return which unmerged branches meet; raises CannotEvaluate where git fails."""
    known = with_touches(repository, unmerged(repository, target), target)
    found = collide(repository, known, policy, merges=merges)
    return Collisions(known, found)


def read_branches(repository: Repository, target: str, own: Branch) -> tuple[Branch, ...]:
    """Return the unmerged branches with what they touch, ``own`` (name, tip and merge base) last."""
    found = unmerged(repository, target)
    others = (branch for branch in found if branch.sha != own.sha)
    own = own._replace(contains=next((branch.contains for branch in found if branch.sha == own.sha), frozenset()))
    return with_touches(repository, (*others, own), target, counted=True)


def collide(
    repository: Repository, known: tuple[Branch, ...], policy: Policy, *, merges: int, only: str | None = None
) -> tuple[Pair, ...]:
    """Return the pairs of branches that meet; with ``only`` those of one.

    At most ``merges`` candidate pairs are merged; of the others ``conflict`` stays ``None``.
    """
    paths = tuple({path for branch in known for path in branch.touches}) if policy.components else ()
    found = pairs(known, components_by_path(paths, policy), only)
    tips = {branch.name: branch.sha for branch in known}
    candidates = [pair for pair in found if pair.kind in ("hunk", "migration")][:merges]
    answers = tried(repository, ((tips[pair.a], tips[pair.b]) for pair in candidates))
    return tuple(_judged(pair, conflict=answers.get((tips[pair.a], tips[pair.b]))) for pair in found)


def _judged(pair: Pair, *, conflict: bool | None) -> Pair:
    """Return a pair as a merge left it; changes of one file that do not even touch cannot conflict."""
    if conflict is None:
        return pair._replace(conflict=False if pair.kind in ("file", "api") else None)
    return pair._replace(conflict=conflict, kind="conflict" if conflict else pair.kind)
