"""Meetings: a sync point that a change touches, and whether each loop has met there, as values."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.policy import Participant, Purpose, Syncpoint, Team

    ParticipantStatus = Literal["met", "open", "stale", "waived", "by-norm", "not-needed"]


class Meeting(Record):
    """One loop at one touched sync point for one purpose, and whether it has met.

    ``by`` is the person (or persons) who settled it and ``source`` how; ``because`` says it in words.
    """

    participant: Participant
    team: Team
    purpose: Purpose
    status: ParticipantStatus
    because: str
    by: str | None = None
    source: str | None = None


class Touched(Record):
    """A sync point this change touches: why, over which files, bound by which digest, and who meets."""

    syncpoint: Syncpoint
    components: tuple[str, ...]
    why: tuple[str, ...]
    files: tuple[FileChange, ...]
    digest: str
    meetings: tuple[Meeting, ...]
