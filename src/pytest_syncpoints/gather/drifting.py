"""Drifting: what history says of drift when a change is reviewed: remembered where fresh, told anew where allowed."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.drift_memory import at_time, recall_drift, remember_drift
from pytest_syncpoints.loops.participation import DAY
from pytest_syncpoints.signed_note import NOTES_REF
from pytest_syncpoints.signoff import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.loops.drift import DriftFacts

_NEAR = 20  # commits on top of those the facts were told at: a branch of one's own
_MOST_COUNTED = 1000  # commits whose lines are read in one review


def drift_of(
    context: ReviewContext, repository: Repository, objects: Objects, head: str, mailmap: bytes, *, build: bool
) -> DriftFacts | None:
    """Return drift at ``head``, ``None`` where nobody can tell; without ``build`` only what is remembered."""
    notes = objects.commit(NOTES_REF) or ""
    key = f"{context.policy.blob} {sha256(mailmap).hexdigest()} {notes}"
    remembered = recall_drift(repository.common_dir, key)
    if remembered is not None:
        at, facts = remembered
        fresh = at == head and abs(context.evaluated_at - facts.now) < DAY
        if fresh or (not build and _is_near(objects, head, at)):
            return at_time(facts, context.policy, context.evaluated_at)
    return _told(context, repository, objects, head, key) if build else None


def _is_near(objects: Objects, head: str, at: str) -> bool:
    """Say whether a commit is one of the last along first parents."""
    for _ in range(_NEAR):
        if head == at:
            return True
        parent = _first_parent(objects, head)
        if parent is None:
            return False
        head = parent
    return False


def _first_parent(objects: Objects, commit: str) -> str | None:
    found = objects.ask(commit)
    header = found[2].partition(b"\n\n")[0] if found is not None else b""
    _, parents, rest = header.partition(b"\nparent ")
    return rest.partition(b"\n")[0].decode("ascii", "replace") if parents else None


def _told(context: ReviewContext, repository: Repository, objects: Objects, head: str, key: str) -> DriftFacts | None:
    import sqlite3  # here, because a hook never comes so far

    from pytest_syncpoints.gather.drift import drift_facts
    from pytest_syncpoints.gather.history import open_history
    from pytest_syncpoints.gather.landed import uncounted_on

    policy, people, now = context.policy, context.people, context.evaluated_at
    try:
        with open_history(repository) as history:
            history.update([head])
            facts, _ = drift_facts(repository, objects, history, head, policy, people, now)
            since = min((row.since for row in facts.standings if row.drift.changes), default=now)
            scopes = {component.name: component.paths for component in policy.components}
            waiting = uncounted_on(history.database, scopes, int(since))
            if waiting:
                history.count(waiting[:_MOST_COUNTED])
                facts, _ = drift_facts(repository, objects, history, head, policy, people, now)
    except (CannotEvaluate, OSError, sqlite3.Error):
        return None
    remember_drift(repository.common_dir, head, key, facts)
    return facts
