"""Drift memory: drift facts kept beside the history index, so that a commit hook can have them for one small read.

A file of its own, since opening a database costs a hook more than all it would read there. It is written whole or not
at all, forgotten when the policy or the people change, and never needed for correctness.
"""

from __future__ import annotations

import marshal
import os

from pytest_syncpoints.loops.debts import Debt
from pytest_syncpoints.loops.drift import Candidate, DriftFacts, Follower, Resync, Told
from pytest_syncpoints.loops.knowledge import Knowledge
from pytest_syncpoints.loops.participation import Drift, Landed, Standing, aged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_syncpoints.policy import Policy

# Raise it when a field of what is kept changes.
_FORM = "syncpoints drift 3"
_MARSHAL = 2  # a version every supported Python reads and writes


def memory_path(common_dir: str) -> str:
    """Return where drift facts are kept: in the folder of the history index."""
    return f"{common_dir}/syncpoints/drift"


def remember(common_dir: str, head: str, key: str, facts: DriftFacts) -> None:
    """Keep facts told at a commit; where they cannot be written, they are not kept."""
    from contextlib import suppress  # a hook remembers nothing

    path = memory_path(common_dir)
    part = f"{path}.{os.getpid()}"
    with suppress(OSError):
        try:
            with open(part, "wb") as file:
                file.write(marshal.dumps((_FORM, head, key, _plain(facts)), _MARSHAL))
            os.replace(part, path)
        finally:
            if os.path.exists(part):
                os.unlink(part)


def recall(common_dir: str, key: str) -> tuple[str, DriftFacts] | None:
    """Return the commit facts were told at, and the facts; ``None`` where there are none under this key."""
    try:
        with open(memory_path(common_dir), "rb") as file:
            form, head, kept, values = marshal.loads(file.read())  # noqa: S302  # our own file, in the git directory
        return (head, _facts(values)) if (form, kept) == (_FORM, key) else None
    except (OSError, EOFError, ValueError, TypeError):
        return None


def at_time(facts: DriftFacts, policy: Policy, now: float) -> DriftFacts:
    """Return facts as they are at a time, when nothing more has landed."""
    rows = tuple(aged(row, policy.team(row.team), now) for row in facts.standings)
    return facts._replace(now=now, standings=rows)


def _plain(value: Any) -> Any:
    """Return records as the tuples they are: nothing else is written."""
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


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
