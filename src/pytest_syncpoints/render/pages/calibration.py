"""A calibration as a page: whether chances came true as they were said, and how the years went."""

from __future__ import annotations

from math import sqrt

from pytest_syncpoints.render.pages import page
from pytest_syncpoints.render.pages.plots import Label, Mark, Plot, Scale, Tick, apart, line, nice
from pytest_syncpoints.render.screen import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.risk.calibration import Bin, Calibration, Rate

_Z = 1.96  # of a 95 % interval


def render(found: Calibration, written_to: str) -> str:
    """Return the page; a pure function of a calibration and of where it was written."""
    return page(
        "calibration",
        found=found,
        written_to=written_to,
        reliability=reliability_plot(found.reliability) if found.reliability else None,
        drift=drift_plot(found.drift) if len(found.drift) > 1 else None,
        interval=interval,
        plural=plural,
    )


def interval(one: Bin) -> tuple[float, float]:
    """Return the 95 % interval of the share that came true (Wilson, JASA 22, 1927): how much ``n`` changes can say."""
    n, p = one.n, one.observed
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / (1 + _Z**2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def reliability_plot(bins: Sequence[Bin]) -> Plot:
    """Return said against came true, a dot with its interval for each tenth; on the diagonal they are the same."""
    ends = [interval(one) for one in bins]
    steps = nice(100 * max(*(one.expected for one in bins), *(high for _, high in ends)), 5)
    scale = Scale(0, steps[-1])
    marks = tuple(
        Mark(
            left=scale.percent(100 * one.expected),
            top=scale.from_top(100 * one.observed),
            kind="far" if not low <= one.expected <= high else "came",
            says=f"said {one.expected:.1%}, came true {one.observed:.1%} of {plural(one.n, 'change')}",
            low=scale.from_top(100 * low),
            high=scale.from_top(100 * high),
        )
        for one, (low, high) in zip(bins, ends, strict=True)
    )
    inside = sum(mark.kind == "came" for mark in marks)
    return Plot(
        says=(
            f"of {len(bins)} groups of changes, {inside} came true as said within what chance allows; said "
            f"{bins[0].expected:.0%} to {bins[-1].expected:.0%}, came {bins[0].observed:.0%} to {bins[-1].observed:.0%}"
        ),
        height=320,
        across=tuple(Tick(scale.percent(step), f"{step:g} %") for step in steps),
        up=tuple(Tick(scale.from_top(step), f"{step:g} %") for step in steps),
        shapes=(line([(0, 0), (steps[-1], steps[-1])], scale, scale, "even"),),
        marks=marks,
        labels=(
            Label(100, 0, "as said", "quiet"),
            Label(3, 4, "came true more often than said", "quiet"),
            Label(97, 96, "less often", "quiet", "end"),
        ),
    )


def drift_plot(years: Sequence[Rate]) -> Plot:
    """Return, for each year, the rate the built-in model expects and the one that came."""
    steps = nice(100 * max(max(one.expected, one.observed) for one in years))
    x, y = Scale(years[0].year, years[-1].year), Scale(0, steps[-1])
    said = [(float(one.year), 100 * one.expected) for one in years]
    came = [(float(one.year), 100 * one.observed) for one in years]
    places = apart([y.from_top(said[-1][1]), y.from_top(came[-1][1])], 9)
    every = max(1, len(years) // 6)
    return Plot(
        says=f"from {years[0].year} to {years[-1].year} the model expects {said[0][1]:.0f} to {said[-1][1]:.0f} %, "
        f"{came[0][1]:.0f} to {came[-1][1]:.0f} % came",
        height=220,
        across=tuple(Tick(x.percent(one.year), str(one.year)) for one in years[::-1][::every][::-1]),
        up=tuple(Tick(y.from_top(step), f"{step:g} %") for step in steps),
        shapes=(line(said, x, y, "even"), line(came, x, y, "came")),
        marks=tuple(
            Mark(x.percent(one.year), y.from_top(100 * one.observed), "came", f"{one.year}: {plural(one.n, 'change')}")
            for one in years
        ),
        labels=(Label(100, places[0], "expected", "quiet"), Label(100, places[1], "came", "came")),
    )
