"""Advice: what to do about open changes, most useful first, and what to let go."""

from __future__ import annotations

from pytest_syncpoints.loops.flow import DAY, age_days, is_stale, turn, weight
from pytest_syncpoints.loops.limits import over_limits
from pytest_syncpoints.loops.revalidation import said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_syncpoints.loops.flow import OpenChange
    from pytest_syncpoints.loops.revalidation import Revalidation
    from pytest_syncpoints.policy import Policy


def advice(
    changes: tuple[OpenChange, ...], now: float, policy: Policy, costs: Mapping[str, Revalidation] | None = None
) -> tuple[str, ...]:
    """Return what to do, most useful first: merge, review, split, rebase, finish, then what to let go.

    What is let go starts with machine-written work that nobody answers for. ``costs`` says, by reference, what stale
    changes would cost to bring up to date.
    """
    ordered = sorted(changes, key=lambda change: (change.opened, change.ref))
    live = [change for change in ordered if not is_stale(change, now, policy)]
    stale = [change for change in ordered if is_stale(change, now, policy)]
    return (*_to_do(live, now), *_to_finish(live, policy), *_to_shed(live, stale, now, costs or {}))


def _to_do(live: list[OpenChange], now: float) -> Iterator[str]:
    for change in live:
        if turn(change) == "merge":
            yield f"merge {change.ref}: it is approved"
    waiting = [change for change in live if turn(change) == "reviewer" and not _unanswered(change)]
    for change in sorted(waiting, key=lambda found: -age_days(found, now) / max(1.0, weight(found)))[:3]:
        yield f"review {change.ref}: {change.minutes} minutes, waiting for {age_days(change, now):.0f} days"
    for change in waiting:
        if change.minutes > 60:
            yield f"split {change.ref}, or pair on it: {change.minutes} minutes in one piece"
    for change in live:
        if change.conflict and not change.draft:
            yield f"rebase {change.ref}: it conflicts with its target"


def _to_finish(live: list[OpenChange], policy: Policy) -> Iterator[str]:
    for over in over_limits(live, policy.flow):
        count = f"{over.open} changes of {over.name} are open (limit {over.limit})"
        yield f"finish {over.first} before more is begun: {count}"


def _to_shed(
    live: list[OpenChange], stale: list[OpenChange], now: float, costs: Mapping[str, Revalidation]
) -> Iterator[str]:
    for change in sorted(stale, key=lambda found: (not _unanswered(found), not found.machine)):
        why = _machine_words(change)
        days = (now - (change.updated or change.opened)) / DAY
        whose = "its reviewers never came to it" if turn(change) == "reviewer" else "say that it may come back"
        cost = f"; to bring it up to date: {said(costs[change.ref])}" if change.ref in costs else ""
        yield f"close {change.ref} with thanks: {why}untouched for {days:.0f} days; {whose}{cost}"
    for change in live:
        if _unanswered(change) and turn(change) != "merge":
            yield f"let {change.ref} wait until a person answers for it: syncpoints signoff machine"


def _unanswered(change: OpenChange) -> bool:
    return change.machine and not change.answered


def _machine_words(change: OpenChange) -> str:
    if not change.machine:
        return ""
    return "machine-written, nobody answers for it, and " if _unanswered(change) else "machine-written, and "
