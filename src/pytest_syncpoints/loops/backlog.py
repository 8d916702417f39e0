"""Backlog: how many changes were open at the end of each past week, from when changes came and left."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_WEEK = 7 * 86_400


class Week(Record):
    """One week: how many weeks ago it ended, how many changes came and left in it, how many were open at its end."""

    weeks_ago: int
    came: int
    left: int
    open: int


def weeks(came: Iterable[int], left: Iterable[int], backlog: int, now: float, count: int) -> tuple[Week, ...]:
    """Return the last ``count`` weeks, the oldest first; times in seconds since the epoch, ``backlog`` is open now.

    What was open at the end of a week is what is open now, less what has come since, and what has left since.
    """
    arrivals, services = _by_week(came, now, count), _by_week(left, now, count)
    found: list[Week] = []
    held = backlog
    for ago in range(count):
        found.append(Week(ago, arrivals[ago], services[ago], max(0, held)))
        held += services[ago] - arrivals[ago]
    return tuple(reversed(found))


def _by_week(times: Iterable[int], now: float, count: int) -> list[int]:
    found = [0] * count
    for time in times:
        ago = int((now - time) // _WEEK)
        if 0 <= ago < count:
            found[ago] += 1
    return found
