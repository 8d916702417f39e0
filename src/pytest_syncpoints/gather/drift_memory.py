"""Drift memory: drift facts kept beside the history index, so that a commit hook can have them for one small read.

A file of its own, since opening a database costs a hook more than all it would read there. It is
forgotten when the policy or the people change, and never needed for correctness.
"""

from __future__ import annotations

from pytest_syncpoints.gather.memory import recall, remember
from pytest_syncpoints.loops.debts import Debt
from pytest_syncpoints.loops.drift import Candidate, DriftFacts, Follower, Resync, Told
from pytest_syncpoints.loops.knowledge import Knowledge
from pytest_syncpoints.loops.participation import Drift, Landed, Standing, aged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_syncpoints.policy import Policy

_NAME = "drift"
# Raise it when a field of what is kept changes.
_FORM = "syncpoints drift 3"


def remember_drift(common_dir: str, head: str, key: str, facts: DriftFacts) -> None:
    """Keep facts told at a commit; ``key`` names what they hang on besides."""
    remember(common_dir, _NAME, f"{_FORM} {key}", (head, facts))


def recall_drift(common_dir: str, key: str) -> tuple[str, DriftFacts] | None:
    """Return the commit facts were told at, and the facts; ``None`` where there are none under this key."""
    return recall(common_dir, _NAME, f"{_FORM} {key}", lambda values: (values[0], _facts(values[1])))


def at_time(facts: DriftFacts, policy: Policy, now: float) -> DriftFacts:
    """Return facts as they are at a time, when nothing more has landed."""
    rows = tuple(aged(row, policy.team(row.team), now) for row in facts.standings)
    return facts._replace(now=now, standings=rows)


def _facts(values: Any) -> DriftFacts:
    facts = DriftFacts(*values)
    return facts._replace(
        standings=tuple(_standing(row) for row in facts.standings),
        debts=tuple(Debt(*row) for row in facts.debts),
        knowledge=tuple(Knowledge(*row) for row in facts.knowledge),
        followers=tuple(Follower(*row) for row in facts.followers),
        incidents=tuple(Resync(*row) for row in facts.incidents),
        candidates=tuple(Candidate(*row) for row in facts.candidates),
        told=tuple(Told(*row) for row in facts.told),
    )


def _standing(row: Any) -> Standing:
    found = Standing(*row)
    last = Landed(*found.last) if found.last is not None else None
    return found._replace(drift=Drift(*found.drift), last=last)
