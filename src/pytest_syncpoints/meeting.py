"""Meetings: a sync point that a change touches, what is bound there, and whether each loop has met, as values."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.policy import Participant, Purpose, Syncpoint, Team

    ParticipantStatus = Literal["met", "open", "stale", "waived", "by-norm", "not-needed"]

REVIEWS_NOT_GIVEN = "reviews not given"


class Meeting(Record):
    """One loop at one touched sync point for one purpose, and whether it has met.

    ``by`` is the person (or persons, or norms) who settled it and ``source`` how; ``because`` says it in words.
    ``withdrawn`` are norms that would have stood in and do not hold on this change; ``unknown`` are forge teams
    whose members would have to be known; ``rounds`` counts the contents that were signed here and changed since.
    """

    participant: Participant
    team: Team
    purpose: Purpose
    status: ParticipantStatus
    because: str
    by: str | None = None
    source: str | None = None
    withdrawn: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    rounds: int = 0


class Scope(Record):
    """What a sign-off of one sync point is bound to: the changed files it covers, their digest and how it is made.

    ``covers`` tells of any path, changed or not, whether it is in the scope; ``names`` are the components touched.
    """

    syncpoint: Syncpoint
    names: tuple[str, ...]
    files: tuple[FileChange, ...]
    bind: str
    digest: str
    covers: Callable[[str], bool]


class Touched(Record):
    """A sync point this change touches: why, over which files, bound by which digest, and who meets."""

    syncpoint: Syncpoint
    components: tuple[str, ...]
    why: tuple[str, ...]
    files: tuple[FileChange, ...]
    digest: str
    meetings: tuple[Meeting, ...]
    scope: Scope
