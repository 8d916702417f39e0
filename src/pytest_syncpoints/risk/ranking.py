"""Ranking: where a chance stands among those of the changes of the year before it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from pytest_syncpoints.risk.past import YEAR

_FEWEST = 20


class Ranking:
    """A sliding year of chances, kept sorted."""

    def __init__(self) -> None:
        """Start empty."""
        self._order: list[tuple[int, float]] = []
        self._start = 0
        self._sorted: list[float] = []

    def add(self, at: int, chance: float) -> None:
        """Take the chance of a change at a time in."""
        self._order.append((at, chance))
        insort(self._sorted, chance)

    def before(self, at: int) -> None:
        """Forget what is older than a year at this time."""
        while self._start < len(self._order) and self._order[self._start][0] < at - YEAR:
            del self._sorted[bisect_left(self._sorted, self._order[self._start][1])]
            self._start += 1

    def percentile(self, chance: float) -> float | None:
        """Return how many of 100 changes had a smaller chance; ``None`` with fewer than twenty of them."""
        if len(self._sorted) < _FEWEST:
            return None
        middle = (bisect_left(self._sorted, chance) + bisect_right(self._sorted, chance)) / 2
        return round(100 * middle / len(self._sorted), 1)

    def mean(self, otherwise: float) -> float:
        """Return the mean chance, or ``otherwise`` with fewer than twenty changes."""
        return sum(self._sorted) / len(self._sorted) if len(self._sorted) >= _FEWEST else otherwise
