"""Drift as JSON: participation, debts, pacing, knowledge and what goes with them, as plain values in a fixed order."""

from __future__ import annotations

from pytest_syncpoints.loops.pacing import pacing_words
from pytest_syncpoints.loops.participation import called

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.generations import Generation
    from pytest_syncpoints.loops.pacing import Pacing


def drift_value(facts: DriftFacts, paces: Sequence[Pacing], carried: Sequence[Generation] = ()) -> dict[str, Any]:
    """Return what `syncpoints drift --format json` prints; times are RFC 3339 in UTC, ``null`` where unknown."""
    return {
        "participation": [
            {
                "component": row.component,
                "team": row.team,
                "drift": row.drift._asdict(),
                "last": None
                if row.last is None
                else {"sha": row.last.sha, "when": moment(row.last.at), "as": row.role, "who": called(row.who)},
            }
            for row in facts.standings
        ],
        "debts": [
            {
                "syncpoint": debt.syncpoint,
                "team": debt.team,
                "sha": debt.sha,
                "since": moment(debt.since),
                "kind": debt.kind,
                "reason": debt.reason,
                "settled_by": debt.settled_by,
                "component": debt.component,
                "could_settle": list(debt.could_settle),
            }
            for debt in facts.debts
        ],
        "pacing": [
            {
                "component": pace.component,
                "team": pace.team,
                "changes_per_meeting": pace.now,
                "a_year_ago": pace.before,
                "text": pacing_words(pace),
            }
            for pace in paces
        ],
        "knowledge": [
            {
                "component": row.component,
                "truck_factor": row.truck_factor,
                "authors": [called(who) for who in row.authors],
                "active": [called(who) for who in row.active],
                "files": row.files,
                "known_by_several": row.spread,
            }
            for row in facts.knowledge
        ],
        "followers": [
            {
                "component": row.component,
                "path": row.path,
                "changes": row.changes,
                "last": None if row.last is None else moment(row.last),
            }
            for row in facts.followers
        ],
        "incidents": [
            {
                "name": row.name,
                "components": list(row.components),
                "norm": row.norm,
                "took_part": list(row.took_part),
                "stayed_away": list(row.stayed_away),
            }
            for row in facts.incidents
        ],
        "candidates": [
            {"component": row.component, "sha": row.sha, "when": moment(row.at), "subject": row.subject}
            for row in facts.candidates
        ],
        "generations": [
            {
                "norm": row.norm,
                "superseded_by": list(row.superseded_by),
                "uses": row.uses,
                "broken": row.broken,
                "files": row.files,
                "since": None if row.since is None else moment(row.since),
                "superseded": None if row.superseded is None else moment(row.superseded),
            }
            for row in carried
        ],
        "missing": list(facts.missing),
    }


def moment(seconds: float) -> str:
    """Return a time in seconds since the epoch as RFC 3339 in UTC."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
