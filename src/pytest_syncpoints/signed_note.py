"""Signed notes: a sign-off as one line of text that carries its own signature (docs/signoffs.md has the format)."""

from __future__ import annotations

from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.record import Record
from pytest_syncpoints.trailers import is_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    SignatureKind = Literal["ssh", "gpg"]

NOTES_REF = "refs/notes/syncpoints"
NAMESPACE = "syncpoints"  # of the ssh signature: one made for git commits or files is none here
HEADING = "syncpoints sign-off 1"
LONGEST_LINE = 64 << 10
_FIELDS = ("repository", "syncpoint", "team", "purpose", "digest", "time")
_KINDS: tuple[SignatureKind, ...] = ("ssh", "gpg")


class SignedNote(Record):
    """What one line of a note states, and the signature over it.

    ``repository`` is the id of the target's first commit, ``time`` RFC 3339 in UTC, ``reason`` not empty for a
    waiver. ``signature`` is base64: of the ssh signature's blob, or of a detached OpenPGP one.
    """

    repository: str
    syncpoint: str
    team: str
    purposes: tuple[str, ...]
    digest: str
    time: str
    reason: str = ""
    kind: SignatureKind = "ssh"
    signature: str = ""


def payload(note: SignedNote) -> str:
    """Return the text that is signed: everything of the line before the signature."""
    values = (note.repository, note.syncpoint, note.team, ",".join(note.purposes), note.digest, note.time)
    fields = [f"{name}={value}" for name, value in zip(_FIELDS, values, strict=True)]
    return "\t".join([HEADING, *fields, *([f"waived={note.reason}"] if note.reason else [])])


def to_line(note: SignedNote) -> str:
    """Return the note's line, without its newline."""
    return f"{payload(note)}\t{note.kind}={note.signature}"


def from_line(line: str) -> SignedNote | None:
    """Read a line; ``None`` for anything that is not, byte for byte, what ``to_line`` would write."""
    heading, *fields = line.split("\t") if len(line) <= LONGEST_LINE else [""]
    pairs = [field.partition("=")[::2] for field in fields]
    names = tuple(name for name, _ in pairs)
    kind = names[-1] if names else ""
    if heading != HEADING or kind not in _KINDS or names[:-1] not in (_FIELDS, (*_FIELDS, "waived")):
        return None
    values = dict(pairs)
    note = SignedNote(
        repository=values["repository"],
        syncpoint=values["syncpoint"],
        team=values["team"],
        purposes=tuple(values["purpose"].split(",")),
        digest=values["digest"],
        time=values["time"],
        reason=values.get("waived", ""),
        kind=kind,
        signature=values[kind],
    )
    return note if _is_sound(note) and to_line(note) == line else None


def _is_sound(note: SignedNote) -> bool:
    purposes = set(note.purposes)
    return (
        is_digest(note.digest) and bool(purposes) and purposes <= BLOCKING_PURPOSES and seconds(note.time) is not None
    )


def seconds(time: str) -> float | None:
    """Return a note's time in seconds since the epoch, ``None`` where it is not written as ours are."""
    from datetime import UTC, datetime

    try:
        return datetime.strptime(time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def can_be_said(text: str) -> bool:
    """Say whether a text fits into a field: printable, on one line, without tabs."""
    return text.isprintable()
