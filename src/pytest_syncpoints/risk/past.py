"""Past: what was known before a change, from the changes before it, each taken in once and in order."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

DAY = 86_400
WINDOW = 90 * DAY
YEAR = 365 * DAY
# A young or quiet repository says little of itself: as if so many changes more were seen, a quarter of them fixes.
_PRIOR_CHANGES = 20
_PRIOR_FIXES = 5


class Known(Record):
    """What the past says: fixes in 90 days summed over the paths, the paths fixed, and a year's share of fixes."""

    fixes: int
    fixed_paths: int
    fix_share: float


class Past:
    """Two sliding windows over the changes so far: fixes per path in 90 days, and fixes among all in a year."""

    def __init__(self) -> None:
        """Start without any past."""
        self._now = 0
        self._fixes: dict[str, list[int]] = {}
        self._year: list[tuple[int, bool]] = []
        self._year_start = 0
        self._year_fixes = 0

    def before(self, at: int, paths: Iterable[str]) -> Known:
        """Return what is known at a time (seconds since the epoch; never earlier than a change taken in)."""
        self._now = at = max(self._now, at)
        since = at - WINDOW
        counts = [sum(1 for fixed in self._fixes.get(path, ()) if fixed >= since) for path in paths]
        self._forget(at - YEAR)
        changes = len(self._year) - self._year_start
        share = (self._year_fixes + _PRIOR_FIXES) / (changes + _PRIOR_CHANGES)
        return Known(sum(counts), sum(1 for count in counts if count), share)

    def add(self, at: int, paths: Iterable[str], *, fix: bool) -> None:
        """Take a change to these production paths in."""
        self._now = at = max(self._now, at)
        touched = False
        for path in paths:
            touched = True
            if fix:
                self._fixes.setdefault(path, []).append(at)
        if touched:
            self._year.append((at, fix))
            self._year_fixes += fix

    def _forget(self, since: int) -> None:
        while self._year_start < len(self._year) and self._year[self._year_start][0] < since:
            self._year_fixes -= self._year[self._year_start][1]
            self._year_start += 1
