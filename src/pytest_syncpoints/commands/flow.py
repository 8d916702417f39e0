"""The command `flow`: what waits, on whom, whether it grows, and what to do first, as text or JSON."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.commands.collisions import target_policy_people
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.branch_marks import with_marks
from pytest_syncpoints.gather.branches import unmerged
from pytest_syncpoints.gather.exports import changes_of, read_export
from pytest_syncpoints.gather.git import answer, remote_url
from pytest_syncpoints.gather.revalidations import read_revalidations
from pytest_syncpoints.gather.touches import with_touches
from pytest_syncpoints.loops.advice import advice
from pytest_syncpoints.loops.backlog import weeks
from pytest_syncpoints.loops.flow import (
    DAY,
    OpenChange,
    age_days,
    from_branches,
    is_stale,
    loads,
    person_loads,
    turn,
)
from pytest_syncpoints.loops.limits import over_limits
from pytest_syncpoints.loops.queueing import forecast
from pytest_syncpoints.record import Record
from pytest_syncpoints.render.escape import visible
from pytest_syncpoints.render.screen import plural

if TYPE_CHECKING:
    from pytest_syncpoints.gather.base import Base
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.queueing import Draw
    from pytest_syncpoints.loops.revalidation import Revalidation
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy

SEED = 9
HISTORY_DAYS = 168
AHEAD_DAYS = 28
_SHOWN = 8


class _Facts(Record):
    """What is known before anything is judged: changes open and closed, who came and left when, and by whom."""

    changes: tuple[OpenChange, ...]
    came: list[int]
    left: list[int]
    closers: set[str]
    costs: dict[str, Revalidation]


def flow(export: str | None, what_if: tuple[str, ...], forge: str | None = None) -> dict[str, Any]:
    """Return the flow as the design's JSON: open changes, load, forecast, advice; besides limits and stale costs."""
    now = time.time()
    more, reviewers = _supposed(what_if)
    repository, base, policy, people = target_policy_people()
    if export is not None:
        facts = _of_forge(read_export(export, policy, people))
    elif forge is not None:
        from pytest_syncpoints.forge.open_changes import rows_from_forge  # the network's client, only where it is asked

        rows = rows_from_forge(forge, os.environ, remote_url(repository), int(now) - HISTORY_DAYS * DAY)
        facts = _of_forge(changes_of(rows, policy, people))
    else:
        facts = _of_branches(repository, base, policy, people, now)
    came, left = _daily(facts.came, now), _daily(facts.left, now)
    factor = (len(facts.closers) + reviewers) / len(facts.closers) if facts.closers else 1.0
    changes = tuple(change for change in facts.changes if not change.closed)
    ahead = forecast(len(changes), came, left, AHEAD_DAYS, _drawn(), arrivals=more, service=factor)
    return {
        "open": [_row(change, now, is_stale(change, now, policy)) for change in changes],
        "load": [
            *(load._asdict() for load in loads(changes, policy)),
            *(load._asdict() for load in person_loads(changes, policy, people)),
        ],
        "limits": [over._asdict() for over in over_limits(changes, policy.flow)],
        "stale": [_cost(cost) for cost in facts.costs.values()],
        "forecast": {
            **ahead._asdict(),
            "backlog": len(changes),
            "arrivals_per_week": round(sum(came) * more / HISTORY_DAYS * 7, 1),
            "service_per_week": round(sum(left) * factor / HISTORY_DAYS * 7, 1),
            "supposed": list(what_if),
            "course": [
                forecast(len(changes), came, left, days, _drawn(), arrivals=more, service=factor)._asdict()
                for days in range(7, AHEAD_DAYS + 1, 7)
            ],
        },
        "history": [week._asdict() for week in weeks(facts.came, facts.left, len(changes), now, HISTORY_DAYS // 7)],
        "advice": list(advice(changes, now, policy, facts.costs)),
    }


def _drawn() -> Draw:
    """Return numbers as if by chance, the same each time: the same question gets the same answer."""
    return random.Random(SEED).random  # noqa: S311


def _of_branches(repository: Repository, base: Base, policy: Policy, people: People, now: float) -> _Facts:
    found = with_touches(repository, unmerged(repository, base.sha), base.sha, counted=True)
    branches = with_marks(repository, found, base.sha, people)
    changes = from_branches(branches, policy)
    stale = {change.ref for change in changes if is_stale(change, now, policy)}
    old = tuple(branch for branch in branches if branch.name.removeprefix("refs/heads/") in stale)
    costs = {cost.ref: cost for cost in read_revalidations(repository, old, base.sha, policy)}
    words = ("--first-parent", f"--since=@{int(now) - HISTORY_DAYS * DAY}", "--format=%at %ct %ae")
    landed = answer(repository, "log", *words, base.sha)
    steps = [line.split(" ", 2) for line in landed.decode("utf-8", "replace").splitlines()]
    came = [int(step[0]) for step in steps] + [change.opened for change in changes]
    return _Facts(changes, came, [int(step[1]) for step in steps], {step[2] for step in steps}, costs)


def _of_forge(changes: tuple[OpenChange, ...]) -> _Facts:
    closed = [change for change in changes if change.closed]
    came = [change.opened for change in changes]
    return _Facts(changes, came, [change.closed for change in closed], {change.author for change in closed}, {})


def _cost(cost: Revalidation) -> dict[str, Any]:
    shown = {"ref": visible(cost.ref), "paths": [visible(path) for path in cost.paths]}
    return {**cost._asdict(), **shown, "tests": [visible(path) for path in cost.tests]}


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
        who = visible(load.get("team") or load.get("person", ""))
        lines.append(f"{who}: {plural(load['changes'], 'change')}, {load['minutes']} review minutes{of}")
    lines += [visible(line) for line in found["advice"][:_SHOWN]]
    more = len(found["advice"]) - _SHOWN
    return "\n".join([*lines, *([f"and {more} more: --format json"] if more > 0 else [])]) + "\n"
