"""What of other open work meets this change?"""

from __future__ import annotations

from pytest_syncpoints.check import Skip
from pytest_syncpoints.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.loops.collisions import Pair

name = "flow"
rules = ("FLO002",)
_SAYS = {
    "conflict": "changes the same lines; merging both conflicts",
    "migration": "adds to the same chain of migrations",
    "api": "changes public names of the same component",
}
_SHOWN = 5


def run(context: ReviewContext) -> Iterable[Finding] | Skip:
    """Yield the branches that collide with this one; those that only share files, or merge cleanly, are no news."""
    if context.collisions is None:
        return Skip("other branches are looked at before a push: syncpoints-push")
    return _collisions(context.collisions)


def _collisions(found: tuple[Pair, ...]) -> Iterator[Finding]:
    telling = [pair for pair in found if pair.kind in _SAYS]
    for pair in telling[:_SHOWN]:
        other = pair.b.removeprefix("refs/heads/")
        more = f" (and in {len(pair.paths) - 1} more files)" if len(pair.paths) > 1 else ""
        yield Finding(
            "FLO002",
            f"{other} {_SAYS[pair.kind]}{more}",
            remedy=f"agree who lands first, or rebase onto the other: git rebase {other}",
            path=pair.paths[0],
            anchor=other,
        )
    if len(telling) > _SHOWN:
        yield Finding(
            "FLO002",
            f"{len(telling) - _SHOWN} more branches collide with this one",
            remedy="all of them: syncpoints collisions",
            anchor="more",
        )
