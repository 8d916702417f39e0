"""Queueing: how many changes will be open, by simulated futures made of weeks of the past."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Draw = Callable[[], float]  # numbers evenly spread over [0, 1)


class Forecast(Record):
    """How much will be open: the median, and the bounds of the middle 80 % of the simulated courses."""

    days: int
    low: float
    median: float
    high: float


# Both chosen on five histories (benchmarks/forecast): how departures answer a longer queue (0: not at all, 1: each
# open change leaves as fast as ever), and how many weeks of the past one future is made of: few, because nobody knows
# which of them the coming month will be like.
_RESPONSE = 0.5
_WEEKS_OF_A_FUTURE = 6


def forecast(
    backlog: float,
    came: Sequence[float],
    left: Sequence[float],
    days: int,
    draw: Draw,
    *,
    arrivals: float = 1.0,
    service: float = 1.0,
    courses: int = 400,
) -> Forecast:
    """Return the open changes after so many days, by futures made of weeks drawn from a history of days.

    ``came`` and ``left`` count the changes of each past day; both of one week are drawn together, so that a weekend
    stays one. ``arrivals`` and ``service`` multiply them. More leave while more are open than then, and fewer while
    fewer are.
    """
    rows = list(zip(came, left, _backlogs(backlog, came, left), strict=True))
    weeks = [rows[at : at + 7] for at in range(len(rows) - 6)]
    if not weeks:
        return Forecast(days, backlog, backlog, backlog)
    ends = sorted(_course(backlog, weeks, days, draw, arrivals, service) for _ in range(courses))
    return Forecast(days, ends[courses // 10], ends[courses // 2], ends[courses * 9 // 10])


def _backlogs(backlog: float, came: Sequence[float], left: Sequence[float]) -> list[float]:
    """Return how many were open at the beginning of each past day, at least one, counted back from now."""
    found = []
    for new, gone in zip(reversed(came), reversed(left), strict=True):
        backlog = max(1.0, backlog - new + gone)
        found.append(backlog)
    return found[::-1]


def _course(
    backlog: float,
    weeks: list[list[tuple[float, float, float]]],
    days: int,
    draw: Draw,
    arrivals: float,
    service: float,
) -> float:
    world = [weeks[int(draw() * len(weeks))] for _ in range(_WEEKS_OF_A_FUTURE)]
    drawn: list[tuple[float, float, float]] = []
    while len(drawn) < days:
        drawn += world[int(draw() * len(world))]
    for new, gone, then in drawn[:days]:
        backlog = max(0.0, backlog + new * arrivals - gone * service * (backlog / then) ** _RESPONSE)
    return backlog
