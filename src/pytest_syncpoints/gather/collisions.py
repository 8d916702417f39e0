"""Collisions: pairs of a clone's unmerged branches, the likely ones merged in memory."""

from __future__ import annotations

from pytest_syncpoints.gather.branches import contained, history_between, unmerged
from pytest_syncpoints.gather.merges import tried
from pytest_syncpoints.gather.touches import with_touches
from pytest_syncpoints.loops.collisions import Pair, pairs
from pytest_syncpoints.record import Record
from pytest_syncpoints.syncpoint import components_by_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Branch
    from pytest_syncpoints.policy import Policy

MOST_MERGES = 2000  # 5 to 12 ms each


class Collisions(Record):
    """The unmerged branches of a clone, and the pairs of them that meet more closely than in a shared file.

    ``behind`` are the branches that conflict with the target already, and so with whatever left it later.
    """

    branches: tuple[Branch, ...]
    pairs: tuple[Pair, ...]
    behind: tuple[Branch, ...] = ()


def read_collisions(repository: Repository, target: str, policy: Policy, *, merges: int = MOST_MERGES) -> Collisions:
    """Return which unmerged branches meet, with at most so many merges; raises CannotEvaluate where git fails."""
    known = with_touches(repository, unmerged(repository, target), target)
    found = collide(repository, known, policy, merges=merges)
    left = merges - sum(pair.kind != "api" for pair in found)
    behind = in_conflict(repository, known, target, merges=left)
    late = _late(repository, known, behind, found, merges=left - len(behind))
    return Collisions(known, tuple(sorted((*found, *late), key=lambda pair: (pair.a, pair.b))), behind)


def in_conflict(
    repository: Repository, branches: tuple[Branch, ...], target: str, *, merges: int = MOST_MERGES
) -> tuple[Branch, ...]:
    """Return the branches that conflict with the target: merged are those whose lines it has changed since."""
    suspects = [branch for branch in branches if branch.overtaken][: max(0, merges)]
    answers = tried(repository, ((branch.sha, target) for branch in suspects))
    return tuple(branch for branch in suspects if answers.get((branch.sha, target)))


def _late(
    repository: Repository,
    known: tuple[Branch, ...],
    behind: tuple[Branch, ...],
    found: tuple[Pair, ...],
    *,
    merges: int,
) -> list[Pair]:
    """Return the pairs that conflict because one side conflicts with what the target had when the other left it."""
    paired = {frozenset((pair.a, pair.b)) for pair in found}
    parents, dates = history_between(repository, {branch.base for branch in known}) if behind else ({}, {})
    earlier = {branch.base: contained(branch.base, parents, dates) for branch in behind}
    couples = [
        (own, other)
        for own in behind
        for other in known
        if other.base not in earlier[own.base]
        and other.sha not in own.contains
        and own.sha not in other.contains
        and frozenset((own.name, other.name)) not in paired
    ][: max(0, merges)]
    answers = tried(repository, ((own.sha, other.sha) for own, other in couples))
    pairs: dict[tuple[str, str], Pair] = {}
    for own, other in couples:
        if answers.get((own.sha, other.sha)):
            a, b = sorted((own.name, other.name))
            pairs[a, b] = Pair(a, b, "conflict", own.overtaken, conflict=True)
    return list(pairs.values())


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
