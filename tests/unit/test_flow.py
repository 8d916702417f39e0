"""Flow: whose turn it is, the queue's simulation against its formulas, and what to do first."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest

from pytest_syncpoints.loops.flow import DAY, OpenChange, advice, turn
from pytest_syncpoints.loops.queueing import forecast, mean_sojourn, trace
from pytest_syncpoints.policy import NO_POLICY

NOW = 1_000 * DAY


def a_change(**given: Any) -> OpenChange:
    facts = {"ref": "x", "author": "alice", "opened": NOW - 3 * DAY, "updated": NOW - DAY, "pushed": NOW - 2 * DAY}
    return OpenChange(**{**facts, **given})


DECISIONS = ("", "approved", "changes-requested")
BEFORE, AFTER = NOW - 3 * DAY, NOW - DAY  # a review before the author's latest word, and one after it


def expected(decision: str, reviewed: int) -> str:
    """Say, in a table of its own, whose turn it is where nothing of the author's stands in the way."""
    table = {
        ("", 0): "reviewer",
        ("", BEFORE): "reviewer",
        ("", AFTER): "author",
        ("approved", 0): "merge",
        ("approved", BEFORE): "merge",
        ("approved", AFTER): "merge",
        ("changes-requested", 0): "reviewer",
        ("changes-requested", BEFORE): "reviewer",
        ("changes-requested", AFTER): "author",
    }
    return table[decision, reviewed]


OBSTACLES: dict[str, dict[str, Any]] = {
    "nothing in the way": {},
    "no conflict, checks passed": {"conflict": False, "checks": "passed"},
    "draft": {"draft": True},
    "checks red": {"checks": "failed"},
    "in conflict": {"conflict": True},
    "draft in conflict": {"draft": True, "conflict": True},
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("decision", DECISIONS)
@pytest.mark.parametrize("reviewed", [0, BEFORE, AFTER], ids=["unreviewed", "answered", "reviewed last"])
def test_whose_turn_it_is(obstacle: str, decision: str, reviewed: int) -> None:
    change = a_change(decision=decision, reviewed=reviewed, **OBSTACLES[obstacle])
    blocked = obstacle not in ("nothing in the way", "no conflict, checks passed")
    assert turn(change) == ("author" if blocked else expected(decision, reviewed))


@pytest.mark.parametrize(("arrivals", "servers"), [(0.5, 1), (0.7, 1), (1.4, 2), (2.1, 3), (4.0, 5)])
def test_the_simulated_sojourn_time_is_the_formulas_within_two_percent(arrivals: float, servers: int) -> None:
    visits = trace(arrivals, 1.0, servers, 400_000, random.Random(9).random)
    mean = sum(visit.left - visit.came for visit in visits) / len(visits)
    assert mean == pytest.approx(mean_sojourn(arrivals, 1.0, servers), rel=0.02)


def test_one_server_has_the_textbook_formula() -> None:
    assert mean_sojourn(0.7, 1.0, 1) == pytest.approx(1 / 0.3)
    assert mean_sojourn(2.0, 1.0, 2) == float("inf")


@pytest.mark.parametrize("seed", range(20))
def test_littles_law_holds_exactly_on_every_trace(seed: int) -> None:
    """The area under the number in the system is the sum of the times in it (Little, 1961): in exact fractions."""
    visits = trace(0.8, 0.5, 2, 200, random.Random(seed).random)
    moments = sorted([(Fraction(v.came), 1) for v in visits] + [(Fraction(v.left), -1) for v in visits])
    area, inside, before = Fraction(0), 0, moments[0][0]
    for moment, step in moments:
        area += inside * (moment - before)
        inside, before = inside + step, moment
    assert area == sum((Fraction(v.left) - Fraction(v.came) for v in visits), Fraction(0))


def test_twice_the_arrivals_leave_more_open_and_one_more_reviewer_less() -> None:
    came, left = [2, 1, 3, 2, 2, 0, 0] * 8, [2, 2, 2, 1, 2, 0, 0] * 8
    plain, double, helped = (
        forecast(20, [c * more for c in came], [n * factor for n in left], 28, random.Random(9).random).median
        for more, factor in ((1, 1), (2, 1), (1, 1.5))
    )
    assert helped < plain < double


def test_the_same_seed_gives_the_same_forecast() -> None:
    first, second = (forecast(5, [1, 0] * 14, [0, 1] * 14, 14, random.Random(1).random) for _ in range(2))
    assert first == second


def test_what_to_let_go_starts_with_machines_and_blames_no_author_who_waits() -> None:
    old = NOW - 60 * DAY
    changes = (
        a_change(ref="person", opened=old, updated=old, pushed=old),
        a_change(ref="machine", opened=old, updated=old, pushed=old, machine=True),
        a_change(ref="ready", decision="approved"),
    )
    assert advice(changes, NOW, NO_POLICY) == (
        "merge ready: it is approved",
        "close machine with thanks: machine-written, and untouched for 60 days; its reviewers never came to it",
        "close person with thanks: untouched for 60 days; its reviewers never came to it",
    )
