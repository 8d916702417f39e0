"""Flow as a page: the backlog and where it goes, who is loaded, how old what waits is, what to do first."""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.render.pages import page
from pytest_syncpoints.render.pages.plots import Label, Mark, Part, Plot, Scale, Tick, apart, band, line, nice, number
from pytest_syncpoints.render.screen import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

MOST_OPEN = 150  # changes in the table, the oldest first
MOST_ADVICE = 12
MOST_LOADS = 60
MOST_COSTS = 100
TURNS = {"reviewer": "waits for a reviewer", "author": "waits for its author", "merge": "to be merged"}
_AGES = (
    (1, "under a day"),
    (3, "1 to 3 days"),
    (7, "3 to 7 days"),
    (14, "1 to 2 weeks"),
    (28, "2 to 4 weeks"),
    (91, "1 to 3 months"),
    (365, "3 to 12 months"),
    (float("inf"), "over a year"),
)


class AgeRow(Record):
    """Open changes of one age: how many, and of them by whose turn it is."""

    says: str
    changes: int
    turns: dict[str, int]
    parts: tuple[Part, ...]


class LoadRow(Record):
    """What waits for a team or a person, as a bar; ``stop`` is where their capacity lies."""

    who: str
    changes: int
    minutes: int
    capacity: int | None
    parts: tuple[Part, ...]
    stop: float | None


def render(found: Mapping[str, Any]) -> str:
    """Return the page of what `syncpoints flow --format json` prints: a pure function of it."""
    rows = found["open"]
    turns = {turn: sum(row["turn"] == turn for row in rows) for turn in TURNS}
    return page(
        "flow",
        ahead=found["forecast"],
        turns={words: turns[turn] for turn, words in TURNS.items() if turns[turn]},
        words=TURNS,
        stale=sum(row["stale"] for row in rows),
        backlog=backlog_plot(found["history"], found["forecast"]) if found["history"] else None,
        pace=pace_plot(found["history"], found["forecast"]["days"] / 7) if found["history"] else None,
        history=found["history"],
        ages=age_rows(rows),
        loads=load_rows(found["load"])[:MOST_LOADS],
        limits=found.get("limits", ())[:MOST_LOADS],
        costs=found.get("stale", ())[:MOST_COSTS],
        advice=found["advice"][:MOST_ADVICE],
        more_advice=max(0, len(found["advice"]) - MOST_ADVICE),
        rows=sorted(rows, key=lambda row: (-row["age_days"], row["ref"]))[:MOST_OPEN],
        more_rows=max(0, len(rows) - MOST_OPEN),
        plural=plural,
    )


def backlog_plot(history: Sequence[Mapping[str, Any]], ahead: Mapping[str, Any]) -> Plot:
    """Return the open changes of past weeks, and the middle 80 % of where they may go."""
    past = [(-float(week["weeks_ago"]), float(week["open"])) for week in history]
    course = [{"days": 0, "low": past[-1][1], "median": past[-1][1], "high": past[-1][1]}, *ahead["course"]]
    lows, medians, highs = (
        [(step["days"] / 7, float(step[key])) for step in course] for key in ("low", "median", "high")
    )
    steps = nice(max(value for _, value in [*past, *highs]))
    x, y = Scale(past[0][0], medians[-1][0]), Scale(0, steps[-1])
    ends = [highs[-1][1], medians[-1][1], lows[-1][1]]
    spread = ends if ends[0] > ends[2] else ends[1:2]
    places = apart([y.from_top(end) for end in spread], 8)
    today = round(x.percent(0), 2)
    return Plot(
        says=(
            f"{past[0][1]:.0f} changes were open {-past[0][0]:.0f} weeks ago, {past[-1][1]:.0f} are now; in "
            f"{ahead['days']} days {ends[2]:.0f} to {ends[0]:.0f}, the middle of the courses {ends[1]:.0f}"
        ),
        height=260,
        across=_weeks(x, past[0][0], medians[-1][0]),
        up=tuple(Tick(y.from_top(step), number(step)) for step in steps),
        shapes=(
            band(lows, highs, x, y, "band"),
            line(past, x, y, "past"),
            line(medians, x, y, "ahead"),
        ),
        marks=(Mark(today, y.from_top(past[-1][1]), "now", f"{past[-1][1]:.0f} open now"),),
        labels=(
            Label(today, y.from_top(past[-1][1]), f"{past[-1][1]:.0f} open now", "", "end", -10),
            *_bounds(ends, places),
        ),
    )


def _bounds(ends: Sequence[float], places: Sequence[float]) -> tuple[Label, ...]:
    """Return the words at the end of the forecast; with no spread only where it ends."""
    if len(places) == 1:
        return (Label(100, places[0], f"{ends[1]:.0f} likely", "ahead"),)
    words = (f"up to {ends[0]:.0f}", f"{ends[1]:.0f} likely", f"from {ends[2]:.0f}")
    kinds = ("quiet", "ahead", "quiet")
    return tuple(Label(100, place, says, kind) for place, says, kind in zip(places, words, kinds, strict=True))


def _weeks(x: Scale, first: float, last: float) -> tuple[Tick, ...]:
    """Return a tick every four or eight weeks, and today."""
    every = 4 if first > -16 else 8
    ticks = [Tick(x.percent(week), f"{-week} wk ago") for week in range(-every, int(first) - 1, -every)]
    return (
        *reversed(ticks),
        Tick(x.percent(0), "today"),
        *((Tick(x.percent(last), f"+{last:.0f}"),) if last else ()),
    )


def pace_plot(history: Sequence[Mapping[str, Any]], ahead: float) -> Plot:
    """Return how many changes came and left each week; ``ahead`` leaves so many weeks free, as the plot above it."""
    came = [(-float(week["weeks_ago"]), float(week["came"])) for week in history]
    left = [(-float(week["weeks_ago"]), float(week["left"])) for week in history]
    steps = nice(max(value for _, value in came + left))
    x, y = Scale(came[0][0], ahead), Scale(0, steps[-1])
    places = apart([y.from_top(came[-1][1]), y.from_top(left[-1][1])], 12)
    weeks = len(history)
    means = [sum(value for _, value in one) / weeks for one in (came, left)]
    return Plot(
        says=f"in the last {weeks} weeks {means[0]:.1f} changes came and {means[1]:.1f} left a week",
        height=170,
        across=_weeks(x, came[0][0], 0),
        up=tuple(Tick(y.from_top(step), number(step)) for step in steps),
        shapes=(line(left, x, y, "left"), line(came, x, y, "came")),
        labels=(
            Label(x.percent(0), places[0], f"came {came[-1][1]:.0f}", "came"),
            Label(x.percent(0), places[1], f"left {left[-1][1]:.0f}", "left"),
        ),
    )


def age_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[AgeRow, ...]:
    """Return the open changes by age, each row a bar in three parts."""
    held: list[list[Mapping[str, Any]]] = [[] for _ in _AGES]
    for row in rows:
        held[next(at for at, (most, _) in enumerate(_AGES) if row["age_days"] < most)].append(row)
    largest = max(map(len, held), default=0) or 1
    found = []
    for (_, says), members in zip(_AGES, held, strict=True):
        turns = {turn: sum(row["turn"] == turn for row in members) for turn in TURNS}
        found.append(AgeRow(says, len(members), {k: v for k, v in turns.items() if v}, _stacked(turns, largest)))
    return tuple(found)


def _stacked(counts: Mapping[str, int], whole: int) -> tuple[Part, ...]:
    parts, left = [], 0.0
    for kind, count in counts.items():
        width = round(100 * count / whole, 2)
        parts.append(Part(round(left, 2), width, kind))
        left += width
    return tuple(parts)


def load_rows(loads: Sequence[Mapping[str, Any]]) -> tuple[LoadRow, ...]:
    """Return a bar for each team or person: the minutes that wait for them, red beyond their capacity."""
    largest = max((max(one["minutes"], one["capacity_minutes"] or 0) for one in loads), default=0) or 1
    found = []
    for one in loads:
        capacity = one["capacity_minutes"]
        within = one["minutes"] if capacity is None else min(one["minutes"], capacity)
        inside, whole = round(100 * within / largest, 2), round(100 * one["minutes"] / largest, 2)
        parts = (Part(0, inside, "fine"), Part(inside, round(whole - inside, 2), "over"))
        stop = None if capacity is None else round(100 * capacity / largest, 2)
        found.append(
            LoadRow(one.get("team") or one.get("person", ""), one["changes"], one["minutes"], capacity, parts, stop)
        )
    return tuple(found)
