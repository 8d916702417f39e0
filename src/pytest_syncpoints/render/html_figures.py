"""Figures of the page: the waterfall of risk factors and the quadrant of how to meet, as coordinates to draw."""

from __future__ import annotations

import math

from pytest_syncpoints.mode import AT_ONCE, MORE, MUCH
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.report import Mode, Plan, ReportSyncpoint, Risk

WIDTH, LABELS, ROW = 640, 300, 26  # of the waterfall: all, the column of labels, one bar
MOST_BARS = 12
TYPICAL = "typical change"  # what the built-in model calls where it counts from


class Bar(Record):
    """One step of the waterfall: from where to where (in pixels), what it is, and the share it adds or takes."""

    label: str
    left: float
    width: float
    top: int
    kind: str
    says: str


class Waterfall(Record):
    """The steps from the base rate to the chance of this change; heights in pixels."""

    bars: tuple[Bar, ...]
    height: int
    says: str


def waterfall(risk: Risk) -> Waterfall:
    """Return the steps in logits, whose sum is the chance; a rest that no factor explains is a step of its own.

    The largest factors are shown; the others are one step.
    """
    # A model whose first factor is the typical change counts from there: its effects add up to the logit by themselves.
    first = next((factor for factor in risk.factors if factor.name == TYPICAL), None)
    start, end = first.effect if first else _logit(risk.base_rate), _logit(risk.probability)
    moving = (factor for factor in risk.factors if factor is not first)
    factors = sorted(moving, key=lambda factor: (-abs(factor.effect), factor.name))
    steps = [(factor.text or factor.name, factor.effect) for factor in factors[:MOST_BARS]]
    rest = end - start - sum(effect for _, effect in steps)
    if abs(rest) >= 0.005:
        steps.append(("everything else", rest))
    marks = [start]
    for _, effect in steps:
        marks.append(marks[-1] + effect)
    low, high = min(marks), max(marks)
    scale = (WIDTH - LABELS - 70) / ((high - low) or 1.0)

    def pixel(value: float) -> float:
        return round(LABELS + (value - low) * scale, 1)

    begun = (TYPICAL, 1 / (1 + math.exp(-start))) if first else ("any change here", risk.base_rate)
    bars = [Bar(begun[0], pixel(start) - 2, 4, 0, "total", f"{begun[1]:.0%}")]
    for number, ((label, effect), before) in enumerate(zip(steps, marks, strict=False), 1):
        left, right = sorted((pixel(before), pixel(before + effect)))
        kind = "up" if effect > 0 else "down"
        bars.append(Bar(label, left, max(right - left, 2), number * ROW, kind, f"{effect:+.2f}"))
    bars.append(Bar("this change", pixel(end) - 2, 4, len(bars) * ROW, "total", f"{risk.probability:.0%}"))
    says = f"from {begun[1]:.0%} for {begun[0]} to {risk.probability:.0%} for this one"
    return Waterfall(tuple(bars), len(bars) * ROW + 6, says)


def _logit(chance: float) -> float:
    bounded = min(max(chance, 0.001), 0.999)
    return math.log(bounded / (1 - bounded))


# Each mode's field of the quadrant: synchronicity of its left side, fidelity of its top, and its word. Where nobody
# meets there is no dot.
_FIELDS: dict[Mode, tuple[float, float, str]] = {
    "async-text": (0.0, MUCH, "text"),
    "async-audit": (0.0, 1.0, "audit by text"),
    "call": (AT_ONCE, MORE, "call"),
    "pairing": (AT_ONCE, MUCH, "pairing"),
    "design-session": (AT_ONCE, 1.0, "design session"),
}
_IN_A_ROW = 4  # dots beside each other in one field
MOST_DOTS = 8


class Dot(Record):
    """One sync point in the quadrant: pixels, its number there, its name and how to meet over it."""

    left: float
    top: float
    number: int
    name: str
    mode: str


class Quadrant(Record):
    """Where the change and its sync points lie: pixels from the left and the top of a square of 200, and in words.

    ``lines`` part the fields (x1, y1, x2, y2), ``labels`` name them (x, y, word); ``more`` sync points have no dot.
    """

    left: float
    top: float
    says: str
    dots: tuple[Dot, ...]
    more: int
    lines: tuple[tuple[float, float, float, float], ...]
    labels: tuple[tuple[float, float, str], ...]


def quadrant(plan: Plan, syncpoints: Sequence[ReportSyncpoint] = ()) -> Quadrant:
    """Return the place of a plan, synchronicity to the right and fidelity upwards, and a dot for each sync point.

    The change has scores, so it stands where they say; a sync point has a mode, so it stands in the mode's field.
    """
    says = f"synchronicity {plan.synchronicity:.2f}, fidelity {plan.fidelity:.2f} (each from 0 to 1)"
    meeting = [point for point in syncpoints if point.mode in _FIELDS]
    return Quadrant(
        _x(plan.synchronicity),
        _y(plan.fidelity),
        says,
        tuple(_dots(meeting[:MOST_DOTS])),
        max(0, len(meeting) - MOST_DOTS),
        (
            (_x(AT_ONCE), _y(1), _x(AT_ONCE), _y(0)),
            (_x(0), _y(MUCH), _x(1), _y(MUCH)),
            (_x(AT_ONCE), _y(MORE), _x(1), _y(MORE)),
        ),
        tuple((_x(left) + 4, _y(top) + 12, word) for left, top, word in _FIELDS.values()),
    )


def _dots(syncpoints: Sequence[ReportSyncpoint]) -> Iterator[Dot]:
    """Yield the dots; those of one field stand beside and below each other."""
    there: dict[str, int] = {}
    for number, point in enumerate(syncpoints, 1):
        nth = there[point.mode] = there.get(point.mode, -1) + 1
        left, top, _ = _FIELDS[point.mode]
        row, column = divmod(nth, _IN_A_ROW)
        yield Dot(_x(left) + 14 + 20 * column, _y(top) + 22 + 15 * row, number, point.name, point.mode)


def _x(synchronicity: float) -> float:
    return round(10 + synchronicity * 180, 1)


def _y(fidelity: float) -> float:
    return round(190 - fidelity * 180, 1)
