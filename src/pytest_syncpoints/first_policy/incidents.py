"""Incidents: changes of the last months whose subjects tell of one, as candidates for a person to confirm."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.first_policy.observed import PastCommit
    from pytest_syncpoints.first_policy.parts import Part

MOST = 3
HALF_LIFE = 90 * 86_400  # seconds: what an incident changes after one half-life is little
_WORDS = frozenset(("incident", "outage", "postmortem", "hotfix", "rollback", "sev1", "sev2"))


class Candidate(Record):
    """A commit that may tell of an incident: its day, the part it changed, and its subject."""

    day: str
    part: str
    subject: str


def candidates(found: Sequence[Part], commits: Sequence[PastCommit]) -> list[Candidate]:
    """Return the newest candidates, one a day and part, within a half-life of the newest commit."""
    newest = max((commit.at for commit in commits), default=0)
    told: dict[tuple[str, str], Candidate] = {}
    for commit in commits:
        words = commit.subject.lower().replace("post-mortem", "postmortem").replace("sev-", "sev")
        if commit.at < newest - HALF_LIFE or _WORDS.isdisjoint(_split(words)):
            continue
        part = next((one for one in found if any(path.startswith(one.path) for path in commit.paths)), None)
        if part is not None:
            day = datetime.fromtimestamp(commit.at, UTC).date().isoformat()
            told.setdefault((day, part.name), Candidate(day, part.name, commit.subject))
    return list(told.values())[:MOST]


def _split(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()
