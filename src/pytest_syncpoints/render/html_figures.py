"""Figures of the page: the waterfall of risk factors and the quadrant of how to meet, as coordinates to draw."""

from __future__ import annotations

import math

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.report import Plan, Risk

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


class Quadrant(Record):
    """Where the change lies: pixels from the left and the top of a square of 200, and the same in words."""

    left: float
    top: float
    says: str


def quadrant(plan: Plan) -> Quadrant:
    """Return the place of a plan: synchronicity to the right, fidelity upwards."""
    says = f"synchronicity {plan.synchronicity:.2f}, fidelity {plan.fidelity:.2f} (each from 0 to 1)"
    return Quadrant(round(10 + plan.synchronicity * 180, 1), round(190 - plan.fidelity * 180, 1), says)
