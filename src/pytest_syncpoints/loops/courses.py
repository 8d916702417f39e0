"""Courses: how far a loop was from a component at the end of each past week, and when it met it."""

from __future__ import annotations

from pytest_syncpoints.loops.participation import DAY, took_part
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.loops.participation import Landed

WEEKS = 52


class Course(Record):
    """The ratio of days to tempo of one loop with one component, at the end of each week, the oldest first.

    ``met`` says how many weeks ago, in parts of them, it took part.
    """

    component: str
    team: str
    ratios: tuple[float, ...]
    met: tuple[float, ...]


def course(
    component: str, team: str, members: frozenset[str], tempo_days: float, landed: Sequence[Landed], now: float
) -> Course:
    """Return the course of the last year as ``standing`` would have told it then; ``landed`` is newest first."""
    ratios: list[float] = []
    met: list[float] = []
    since: int | None = None
    moved = False
    waiting = [change for change in reversed(landed) if change.at <= now]
    at = 0
    for ago in range(WEEKS, -1, -1):
        end = now - ago * 7 * DAY
        while at < len(waiting) and waiting[at].at <= end:
            change = waiting[at]
            at += 1
            if took_part(change, members):
                since, moved = change.at, False
                met.append(round((now - change.at) / (7 * DAY), 2))
            else:
                since, moved = change.at if since is None else since, True
        ratios.append(round((end - since) / DAY / tempo_days, 2) if moved and since is not None else 0.0)
    return Course(component, team, tuple(ratios), tuple(week for week in met if week <= WEEKS))
