"""Pacing: how many changes of a component fall on one meeting of a loop, this year and the one before."""

from __future__ import annotations

from pytest_syncpoints.loops.participation import DAY, took_part
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.loops.participation import Landed

WINDOW = 365 * DAY
_MOVED = 1.5  # less than half as much again, or a third less, is noise at these counts
_FEWEST = 5  # changes in each year, to speak of a rate


class Pacing(Record):
    """Changes per meeting of one loop with one component, now and a year ago; ``None``: changes and no meeting."""

    component: str
    team: str
    changes: int
    meetings: int
    changes_before: int
    meetings_before: int

    @property
    def now(self) -> float | None:
        """Return changes per meeting in the last year."""
        return self.changes / self.meetings if self.meetings else None

    @property
    def before(self) -> float | None:
        """Return changes per meeting in the year before."""
        return self.changes_before / self.meetings_before if self.meetings_before else None


def pacing(component: str, team: str, members: frozenset[str], landed: Sequence[Landed], now: float) -> Pacing | None:
    """Return the two rates where they moved apart, ``None`` where they did not or were too few to tell."""
    year = [change for change in landed if now - WINDOW <= change.at <= now]
    before = [change for change in landed if now - 2 * WINDOW <= change.at < now - WINDOW]
    if min(len(year), len(before)) < _FEWEST:
        return None
    found = Pacing(component, team, len(year), _meetings(year, members), len(before), _meetings(before, members))
    return found if _moved(found) else None


def _meetings(changes: Sequence[Landed], members: frozenset[str]) -> int:
    return sum(took_part(change, members) for change in changes)


def _moved(found: Pacing) -> bool:
    if found.now is None or found.before is None:
        return found.now is not found.before
    return not 1 / _MOVED < found.now / found.before < _MOVED


def pacing_words(found: Pacing) -> str:
    """Return the two rates as one sentence: `9 changes per ops meeting; a year ago 2`."""
    before = "none" if found.before is None else f"{found.before:.3g}"
    if found.now is None:
        return f"{found.changes} changes and no {found.team} meeting this year; a year ago {before} changes per meeting"
    if found.before is None:
        return f"{found.now:.3g} changes per {found.team} meeting; a year ago {found.team} never met it"
    return f"{found.now:.3g} changes per {found.team} meeting; a year ago {before}"
