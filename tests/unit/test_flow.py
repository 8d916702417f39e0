"""Flow: the forecast, and what to do first."""

from __future__ import annotations

import random
from typing import Any

from pytest_syncpoints.loops.advice import advice
from pytest_syncpoints.loops.flow import DAY, OpenChange
from pytest_syncpoints.loops.queueing import forecast
from pytest_syncpoints.policy import NO_POLICY

NOW = 1_000 * DAY


def a_change(**given: Any) -> OpenChange:
    facts = {"ref": "x", "author": "alice", "opened": NOW - 3 * DAY, "updated": NOW - DAY, "pushed": NOW - 2 * DAY}
    return OpenChange(**{**facts, **given})


def test_twice_the_arrivals_leave_more_open_and_one_more_reviewer_less() -> None:
    came, left = [2, 1, 3, 2, 2, 0, 0] * 8, [2, 2, 2, 1, 2, 0, 0] * 8
    plain, double, helped = (
        forecast(20, came, left, 28, random.Random(9).random, arrivals=more, service=factor).median
        for more, factor in ((1, 1), (2, 1), (1, 1.5))
    )
    assert helped < plain < double


def test_a_queue_that_stood_still_is_expected_to_stand_still() -> None:
    ahead = forecast(20, [1] * 84, [1] * 84, 28, random.Random(9).random)
    assert (ahead.low, ahead.median, ahead.high) == (20, 20, 20)


def test_more_leave_while_more_are_open() -> None:
    """Where twenty were always open and one left a day, the forty of today do not stay forty."""
    ahead = forecast(40, [1] * 83 + [21], [1] * 84, 28, random.Random(9).random)
    assert 20 < ahead.median < 35


def test_the_same_seed_gives_the_same_forecast() -> None:
    first, second = (forecast(5, [1, 0] * 14, [0, 1] * 14, 14, random.Random(1).random) for _ in range(2))
    assert first == second


def test_what_to_let_go_starts_with_machines_and_blames_no_author_who_waits() -> None:
    old = NOW - 60 * DAY
    stale = {"opened": old, "updated": old, "pushed": old}
    changes = (
        a_change(ref="person", **stale),
        a_change(ref="answered", **stale, machine=True, answered=True),
        a_change(ref="unanswered", **stale, machine=True),
        a_change(ref="fresh", machine=True),
        a_change(ref="ready", decision="approved"),
    )
    late = "untouched for 60 days; its reviewers never came to it"
    assert advice(changes, NOW, NO_POLICY) == (
        "merge ready: it is approved",
        f"close unanswered with thanks: machine-written, nobody answers for it, and {late}",
        f"close answered with thanks: machine-written, and {late}",
        f"close person with thanks: {late}",
        "let fresh wait until a person answers for it: syncpoints signoff machine",
    )
