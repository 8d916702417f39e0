"""The command `flow`: what waits, on whom, whether it grows, and what to do first, as text or JSON."""

from __future__ import annotations

import random
import time
from typing import Any

from pytest_syncpoints.commands.collisions import target_and_policy
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.branches import unmerged
from pytest_syncpoints.gather.exports import read_export
from pytest_syncpoints.gather.git import answer
from pytest_syncpoints.gather.touches import with_touches
from pytest_syncpoints.loops.flow import DAY, OpenChange, advice, age_days, from_branches, is_stale, loads, turn
from pytest_syncpoints.loops.queueing import forecast
from pytest_syncpoints.render.escape import visible

SEED = 9
HISTORY_DAYS = 84
AHEAD_DAYS = 28
_SHOWN = 8


def flow(export: str | None, what_if: tuple[str, ...]) -> dict[str, Any]:
    """Return the flow as the design's JSON: open changes, load, forecast, advice."""
    now = time.time()
    more, reviewers = _supposed(what_if)
    repository, base, policy = target_and_policy()
    if export is None:
        branches = with_touches(repository, unmerged(repository, base.sha), base.sha, counted=True)
        every = from_branches(branches, policy)
        landed = answer(
            repository,
            "log",
            "--first-parent",
            f"--since=@{int(now) - HISTORY_DAYS * DAY}",
            "--format=%at %ct %ae",
            base.sha,
        )
        steps = [line.split(" ", 2) for line in landed.decode("utf-8", "replace").splitlines()]
        came = [int(step[0]) for step in steps] + [change.opened for change in every]
        left, people = [int(step[1]) for step in steps], {step[2] for step in steps}
    else:
        every = read_export(export)
        came, left = [change.opened for change in every], [change.closed for change in every if change.closed]
        people = {change.author for change in every if change.closed}
    changes = tuple(change for change in every if not change.closed)
    arrivals = [count * more for count in _daily(came, now)]
    factor = (len(people) + reviewers) / len(people) if people else 1.0
    service = [count * factor for count in _daily(left, now)]
    seeded = random.Random(SEED)  # noqa: S311  # the same question gets the same answer
    ahead = forecast(len(changes), arrivals, service, AHEAD_DAYS, seeded.random)
    return {
        "open": [_row(change, now, is_stale(change, now, policy)) for change in changes],
        "load": [load._asdict() for load in loads(changes, policy)],
        "forecast": {
            **ahead._asdict(),
            "backlog": len(changes),
            "arrivals_per_week": round(sum(arrivals) / HISTORY_DAYS * 7, 1),
            "service_per_week": round(sum(service) / HISTORY_DAYS * 7, 1),
            "supposed": list(what_if),
        },
        "advice": list(advice(changes, now, policy)),
    }


def _row(change: OpenChange, now: float, stale: bool) -> dict[str, Any]:  # noqa: FBT001  # a fact of the row
    return {
        "ref": visible(change.ref),
        "author": visible(change.author),
        "age_days": round(age_days(change, now), 1),
        "turn": turn(change),
        "review_minutes": change.minutes,
        "risk": change.risk,
        "components": list(change.components),
        "stale": stale,
    }


def _daily(times: list[int], now: float) -> list[int]:
    counts = [0] * HISTORY_DAYS
    for moment in times:
        day = int((now - moment) // DAY)
        if 0 <= day < HISTORY_DAYS:
            counts[HISTORY_DAYS - 1 - day] += 1
    return counts


def _supposed(what_if: tuple[str, ...]) -> tuple[float, int]:
    """Read `arrivals=2x` and `reviewers=+1`; raises UsageError for anything else."""
    more, reviewers = 1.0, 0
    for text in what_if:
        key, _, value = text.partition("=")
        try:
            if key == "arrivals" and value.endswith("x") and float(value[:-1]) >= 0:
                more = float(value[:-1])
                continue
            if key == "reviewers" and value[:1] in ("+", "-"):
                reviewers = int(value)
                continue
        except ValueError:
            pass
        raise UsageError(f"nothing can be supposed by {text!r}", remedy="--what-if arrivals=2x, --what-if reviewers=+1")
    return more, reviewers


def as_text(found: dict[str, Any]) -> str:
    """Return the flow as text: the forecast, who is loaded, whose turn it is, what to do."""
    ahead, turns = found["forecast"], [row["turn"] for row in found["open"]]
    stale = sum(row["stale"] for row in found["open"])
    waiting = f"{turns.count('reviewer')} wait for a reviewer, {turns.count('author')} for their author"
    pace = f"{ahead['arrivals_per_week']} come and {ahead['service_per_week']} leave a week"
    bounds = f"{ahead['low']:.0f} to {ahead['high']:.0f} open (80 %), median {ahead['median']:.0f}"
    lines = [
        f"{ahead['backlog']} open: {waiting}, {turns.count('merge')} to be merged; {stale} stale",
        f"{pace}; in {ahead['days']} days {bounds}",
    ]
    for load in found["load"]:
        of = f" of {load['capacity_minutes']} a week" if load["capacity_minutes"] is not None else ""
        lines.append(f"{visible(load['team'])}: {load['changes']} changes, {load['minutes']} review minutes{of}")
    lines += [visible(line) for line in found["advice"][:_SHOWN]]
    more = len(found["advice"]) - _SHOWN
    return "\n".join([*lines, *([f"and {more} more: --format json"] if more > 0 else [])]) + "\n"
