"""Plots: where lines, bands, marks and bars lie, in shares of the plot's width and height.

Texts keep their size on any screen because nothing but the shapes is scaled: a plot has no view box of its own.
"""

from __future__ import annotations

import math
from itertools import pairwise

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Point = tuple[float, float]

_GRAIN = 1000  # units of a path's own square, which the page stretches to the plot


class Tick(Record):
    """A place on an axis, in percent of it from the left or the top, and what it says."""

    at: float
    says: str


class Shape(Record):
    """A line, a band or a step: its path in a square of 1000 by 1000, and which look it has."""

    path: str
    kind: str


class Mark(Record):
    """A dot in percent from the left and the top; ``low`` and ``high`` are the ends of a bar through it."""

    left: float
    top: float
    kind: str
    says: str = ""
    low: float | None = None
    high: float | None = None


class Label(Record):
    """Words beside what they name, in percent; ``anchor`` is which end of them stands there."""

    left: float
    top: float
    says: str
    kind: str = ""
    anchor: str = "start"
    down: int = 4


class Plot(Record):
    """Everything of one plot; ``says`` is what somebody hears who does not see it."""

    says: str
    height: int
    across: tuple[Tick, ...] = ()
    up: tuple[Tick, ...] = ()
    shapes: tuple[Shape, ...] = ()
    marks: tuple[Mark, ...] = ()
    labels: tuple[Label, ...] = ()


class Part(Record):
    """One piece of a bar: from where, how wide (percent), and which look it has."""

    left: float
    width: float
    kind: str


class Scale:
    """From values to places: ``low`` to 0, ``high`` to 1."""

    def __init__(self, low: float, high: float) -> None:
        """Take both ends; where they are one, everything lies in the middle."""
        self.low, self.high = low, high

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, held within them."""
        width = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / width)) if width else 0.5

    def percent(self, value: float) -> float:
        """Return the same in percent."""
        return round(100 * self.share(value), 2)

    def from_top(self, value: float) -> float:
        """Return how far below the top a value lies, in percent."""
        return round(100 - 100 * self.share(value), 2)


def nice(high: float, most: int = 4) -> tuple[float, ...]:
    """Return round values from 0 to at least ``high``, at most ``most`` steps: of 1, 2 or 5 times a power of ten."""
    if high <= 0:
        return (0.0, 1.0)
    rough = high / most
    power: float = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return tuple(step * count for count in range(math.ceil(high / step - 1e-9) + 1))


def number(value: float) -> str:
    """Return a value as an axis says it: without decimals where it has none."""
    return f"{value:,.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.1f}"


def line(points: Iterable[Point], x: Scale, y: Scale, kind: str) -> Shape:
    """Return a line through points."""
    return Shape("M" + "L".join(_place(point, x, y) for point in points), kind)


def band(lows: Sequence[Point], highs: Sequence[Point], x: Scale, y: Scale, kind: str) -> Shape:
    """Return the area between two lines."""
    return Shape("M" + "L".join(_place(point, x, y) for point in (*lows, *reversed(highs))) + "Z", kind)


def _place(point: Point, x: Scale, y: Scale) -> str:
    return f"{_GRAIN * x.share(point[0]):.0f} {_GRAIN * (1 - y.share(point[1])):.0f}"


def apart(tops: Sequence[float], least: float) -> tuple[float, ...]:
    """Return places near the given ones, in percent, that are at least so far apart: labels must not overlap."""
    order = sorted(range(len(tops)), key=lambda index: tops[index])
    placed = list(tops)
    for before, index in pairwise(order):
        placed[index] = max(placed[index], placed[before] + least)
    over = max(placed, default=0.0) - 100
    return tuple(round(place - max(0.0, over), 2) for place in placed)
