"""Budget: how large changes of this repository are, and which files say nothing about it."""

from __future__ import annotations

from pytest_syncpoints.pattern import PathPattern
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.first_policy.observed import Landing

FEWEST = 20  # landed changes below which percentiles say nothing
# Files that tools write; a lock file of 4,000 lines is no review.
WRITTEN_BY_TOOLS = (
    *("*.lock", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "*.min.js", "*.min.css"),
    *("*.snap", "*.po", "*_pb2.py", "*.pb.go"),
)


class Sizes(Record):
    """Lines of a change, as percentiles over ``counted`` landed changes."""

    counted: int
    half: int
    eighty: int
    most: int

    @property
    def budget(self) -> int:
        """Return the budget: four of five changes stay below it, rounded up to fifties."""
        return max(50, -(-self.eighty // 50) * 50)


def written_by_tools(tracked: Sequence[str]) -> list[tuple[str, int]]:
    """Return the patterns of files that tools write, with how many tracked files each matches."""
    names: dict[str, int] = {}
    for path in tracked:
        name = path.rpartition("/")[2]
        names[name] = names.get(name, 0) + 1
    found = []
    for text in WRITTEN_BY_TOOLS:  # none of them has a slash: the last name decides
        pattern = PathPattern(text)
        count = sum(number for name, number in names.items() if pattern.matches(name))
        if count:
            found.append((text, count))
    return found


def sizes(landings: Sequence[Landing], *, below: str = "", without: Sequence[str] = ()) -> Sizes | None:
    """Return the sizes of landed changes, of what they change below a folder; ``None`` for too few of them."""
    patterns = [PathPattern(text) for text in without]
    changed = {path for landing in landings for path, _ in landing.lines}
    left_out = {path for path in changed if any(pattern.matches(path) for pattern in patterns)}
    totals = []
    for landing in landings:
        lines = [count for path, count in landing.lines if path.startswith(below) and path not in left_out]
        if sum(lines):
            totals.append(sum(lines))
    if len(totals) < FEWEST:
        return None
    totals.sort()
    return Sizes(len(totals), *(totals[min(len(totals) - 1, len(totals) * share // 100)] for share in (50, 80, 95)))
