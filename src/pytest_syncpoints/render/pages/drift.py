"""Drift as a page: component by team, how far each has drifted over a year, who knows what, what is owed."""

from __future__ import annotations

from pytest_syncpoints.loops.courses import WEEKS
from pytest_syncpoints.loops.drift_json import moment
from pytest_syncpoints.loops.pacing import pacing_words
from pytest_syncpoints.record import Record
from pytest_syncpoints.render.pages import page
from pytest_syncpoints.render.pages.plots import Label, Mark, Part, Plot, Scale, Tick, band, line
from pytest_syncpoints.render.screen import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_syncpoints.loops.courses import Course
    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.knowledge import Knowledge
    from pytest_syncpoints.loops.pacing import Pacing
    from pytest_syncpoints.loops.participation import Standing

MOST_COURSES = 24  # plots of one component and team, the furthest first
MOST_COMPONENTS = 60  # rows of the map
MOST_ROWS = 100  # of every list
_MOST_MARKS = 40  # meetings in one plot; more would hide the line
_TALLEST = 8.0  # tempos at the top of a plot: what is further is as far
_DID = {"reviewer": "reviewed", "author": "wrote", "co-author": "co-wrote", "signer": "signed"}


class Cell(Record):
    """Where one team stands with one component: how it looks, the ratio in words, and what that rests on."""

    kind: str
    ratio: str
    says: str
    last: str = ""


class KnownRow(Record):
    """Who knows one component, as a bar of its files; ``alone`` names who would leave it without anybody."""

    knowledge: Knowledge
    several: int
    parts: tuple[Part, ...]
    says: str


class PaceRow(Record):
    """Changes per meeting of a team with a component, this year and the one before, as two bars."""

    pacing: Pacing
    says: str
    now: tuple[Part, ...]
    before: tuple[Part, ...]


def render(facts: DriftFacts, paces: Sequence[Pacing], courses: Sequence[Course], carried: Sequence[Any] = ()) -> str:
    """Return the page; a pure function of what `syncpoints drift` found. ``carried`` are generations of norms."""
    seen = [row for row in facts.standings if row.component not in facts.blind]
    far = sorted((row for row in seen if row.drift.ratio >= 1), key=lambda row: -row.drift.ratio)
    ordered = sorted(courses, key=lambda one: (-one.ratios[-1], -max(one.ratios), one.component, one.team))
    components = _components(facts)
    top = min(_TALLEST, max(1.5, *(max(one.ratios) for one in courses))) if courses else 1.5
    return page(
        "drift",
        far=far,
        whole=len(seen),
        open_debts=[debt for debt in facts.debts if debt.settled_by is None],
        teams=list(dict.fromkeys(row.team for row in facts.standings)),
        components=components[:MOST_COMPONENTS],
        more_components=max(0, len(components) - MOST_COMPONENTS),
        cells={(row.component, row.team): _cell(row, facts) for row in facts.standings},
        courses=[(one, course_plot(one, top)) for one in ordered[:MOST_COURSES]],
        more_courses=max(0, len(ordered) - MOST_COURSES),
        paces=_pace_rows(paces),
        known=[_known_row(row) for row in facts.knowledge if row.files][:MOST_ROWS],
        debts=facts.debts[:MOST_ROWS],
        followers=[row for row in facts.followers if row.changes][:MOST_ROWS],
        incidents=facts.incidents[:MOST_ROWS],
        candidates=facts.candidates[:MOST_ROWS],
        carried=carried,
        missing=facts.missing,
        date=lambda at: moment(at)[:10],
        plural=plural,
    )


def _components(facts: DriftFacts) -> list[str]:
    """Return the components in the policy's order, or, where they are too many to show, the furthest first."""
    ratios: dict[str, float] = {}
    for row in facts.standings:
        ratios[row.component] = max(ratios.get(row.component, 0.0), row.drift.ratio)
    return list(ratios) if len(ratios) <= MOST_COMPONENTS else sorted(ratios, key=lambda name: -ratios[name])


def _cell(row: Standing, facts: DriftFacts) -> Cell:
    if row.component in facts.blind:
        return Cell("h1", "?", "history names no reviewers here")
    drift = row.drift
    kind = "h3" if drift.ratio >= 3 else "h2" if drift.ratio >= 1 else "h1" if drift.ratio >= 0.5 else "h0"
    landed = f"{plural(drift.changes, 'change')} in {drift.days:.0f} days" if drift.changes else "nothing landed since"
    if row.last is None:
        return Cell(kind, f"{drift.ratio:.1f}", f"never took part; {landed}" if drift.changes else "nothing has landed")
    return Cell(kind, f"{drift.ratio:.1f}", landed, f"{_DID[row.role or 'author']} {moment(row.last.at)[:10]}")


def course_plot(found: Course, top: float) -> Plot:
    """Return the drift of a year as a line, a dot for each meeting, and filled where it is past the tempo."""
    x, y = Scale(-float(WEEKS), 0), Scale(0, top)
    points = [(float(at - len(found.ratios) + 1), ratio) for at, ratio in enumerate(found.ratios)]
    over = [(week, max(1.0, ratio)) for week, ratio in points]
    now = found.ratios[-1]
    met = found.met if len(found.met) <= _MOST_MARKS else ()
    return Plot(
        says=(
            f"{found.team} and {found.component} over a year: {plural(len(found.met), 'meeting')}, at most "
            f"{max(found.ratios):.1f} tempos apart, {now:.1f} now"
        ),
        height=90,
        across=(Tick(0, "a year ago"), Tick(50, "half a year"), Tick(100, "now")),
        up=(Tick(y.from_top(0), "0"), Tick(y.from_top(1), "1")),
        shapes=(
            band([(week, 1.0) for week, _ in points], over, x, y, "over"),
            line([(-float(WEEKS), 1.0), (0.0, 1.0)], x, y, "limit"),
            line(points, x, y, "drift"),
        ),
        marks=tuple(Mark(x.percent(-week), 100, "met") for week in met),
        labels=(Label(100, y.from_top(now), f"{now:.1f}", "limit" if now >= 1 else ""),),
    )


def _pace_rows(paces: Sequence[Pacing]) -> list[PaceRow]:
    rates = [rate for pace in paces for rate in (pace.now, pace.before) if rate is not None]
    largest = max(rates, default=1.0)

    def parts(rate: float | None, kind: str) -> tuple[Part, ...]:
        return (Part(0, round(100 * rate / largest, 2), kind),) if rate is not None else ()

    return [
        PaceRow(pace, pacing_words(pace), parts(pace.now, "fine"), parts(pace.before, "before"))
        for pace in paces[:MOST_ROWS]
    ]


def _known_row(row: Knowledge) -> KnownRow:
    several = round(row.spread * row.files)
    share = round(100 * row.spread, 2)
    who = ", ".join(row.active[:3]) + (f" and {len(row.active) - 3} more" if len(row.active) > 3 else "")
    says = f"{who} active" if row.active else "nobody is still active"
    return KnownRow(row, several, (Part(0, share, "several"), Part(share, round(100 - share, 2), "one")), says)
