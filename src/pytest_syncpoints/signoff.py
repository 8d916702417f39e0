"""Sign-off: a person's word for a syncpoint, bound by a digest to the content it was given on."""

from __future__ import annotations

from pytest_syncpoints.change import split_lines
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from hashlib import sha256 as sha256  # noqa: PLC0414  # spelled so that others may import it from here
    from typing import Literal

    from pytest_syncpoints.change import Commit, FileChange, Hunk, Person

    Source = Literal["review", "signature", "trailer"]
    ReviewState = Literal["approved", "changes-requested", "commented", "dismissed"]

else:
    try:  # hashlib loads OpenSSL, 2.6 ms of a commit hook's 25; this is the same function without it
        from _sha2 import sha256
    except ImportError:  # before 3.12, or not CPython
        from hashlib import sha256

CONTEXT_LINES = 3
SHORTEST_DIGEST = 32  # hexadecimal digits a trailer must carry: 128 bits


class SignOff(Record):
    """A claim as found: who vouches for which syncpoint and team, over which digest (a prefix), and where it says so.

    ``waiver`` is true where the person lets the change pass without meeting; ``reason`` is theirs. ``commit`` is the
    commit whose content it was given on (empty: not known), ``purposes`` what it is for (none: whatever the team
    meets for), ``given_at`` when, in seconds since the epoch. ``fault`` says why it can never count, ``caveat``
    what will undo it though it counts now.
    """

    source: Source
    person: Person
    syncpoint: str
    team: str
    digest: str
    where: str
    waiver: bool = False
    reason: str = ""
    commit: str = ""
    purposes: tuple[str, ...] = ()
    given_at: float = 0.0
    fault: str = ""
    caveat: str = ""


class Review(Record):
    """A review as a forge tells it: whose, on which commit, with which outcome; ``edited`` ones never count."""

    person: Person
    commit: str
    state: ReviewState
    submitted_at: str = ""
    edited: bool = False
    bot: bool = False
    id: str = ""


class ForgeFacts(Record):
    """What a forge said of the change.

    ``identities`` joins handles to e-mails by the forge's own commit data; ``team_members`` holds the handles of
    each forge team that could be read, ``None`` where the token at hand may not. ``pushers`` are who pushed it.
    """

    reviews: tuple[Review, ...] = ()
    author: Person | None = None
    pushers: tuple[Person, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()
    team_members: dict[str, tuple[str, ...] | None] = {}  # noqa: RUF012  # a record's default is never changed


class ReviewedChange(Record):
    """The change as it stood at a commit somebody signed or reviewed: its files, and old contents by object id.

    ``fault`` says why it cannot be compared, with the command that mends it. ``commits`` are those that had made it:
    a squash later on hides who wrote what.
    """

    files: tuple[FileChange, ...]
    old_blobs: dict[str, bytes]
    fault: str = ""
    commits: tuple[Commit, ...] = ()


class Landing(Record):
    """Where a digest came into the target's history: the commit, and when it was made (seconds since the epoch)."""

    sha: str
    at: float


def scope_digest(files: Iterable[FileChange], old_blobs: dict[str, bytes], *, bind: str = "hunks") -> str:
    """Return ``sha256:`` and the digest of a scope, as design section 7 defines it.

    ``files`` are the changed files of the scope, ``old_blobs`` their contents at the merge base by object id
    (needed for text that was modified). With ``bind="blobs"`` whole new blobs and modes are bound. The digest
    depends on nothing else: not on commits, not on lines outside the hunks' context, not on file order.
    """
    total = sha256(b"syncpoints scope 1\0" + bind.encode("ascii") + b"\0")
    for file in sorted(files, key=lambda file: _bytes(file.path)):
        total.update(_said(file, old_blobs, bind))
    return f"sha256:{total.hexdigest()}"


def changed_paths(
    before: Iterable[FileChange],
    old_before: dict[str, bytes],
    after: Iterable[FileChange],
    old_after: dict[str, bytes],
    *,
    bind: str = "hunks",
) -> tuple[str, ...]:
    """Return the paths whose part in the digest differs between two states of one scope, joined and left ones too."""
    first = {file.path: _said(file, old_before, bind) for file in before}
    second = {file.path: _said(file, old_after, bind) for file in after}
    return tuple(sorted(path for path in first.keys() | second.keys() if first.get(path) != second.get(path)))


def _said(file: FileChange, old_blobs: dict[str, bytes], bind: str) -> bytes:
    """Return everything a digest binds of one file, each field with its length before it."""
    return b"".join(b"%d:%b" % (len(field), field) for field in _file_fields(file, old_blobs, bind))


def _file_fields(file: FileChange, old_blobs: dict[str, bytes], bind: str) -> Iterator[bytes]:
    for text in (file.status, file.path, file.old_mode, file.new_mode):
        yield _bytes(text)
    if bind == "blobs":
        yield _bytes(file.new_oid)
        return
    if file.binary or file.is_gitlink:
        yield _bytes(file.old_oid)
        yield _bytes(file.new_oid)
        return
    yield b"%d" % len(file.hunks)
    old = _OldFile(old_blobs.get(file.old_oid, b"") if file.status in ("M", "T") else b"")
    for hunk in file.hunks:
        yield from _hunk_fields(hunk, old)


class _OldFile:
    """The lines of a file before the change, and where each of them stands."""

    __slots__ = ("lines", "places")

    def __init__(self, content: bytes) -> None:
        self.lines = split_lines(content)
        self.places: dict[bytes, list[int]] = {}
        for index, line in enumerate(self.lines):
            self.places.setdefault(line, []).append(index)

    def ordinal(self, block: list[bytes], at: int) -> int:
        """Return which occurrence of a block of lines stands at an index; 0 where there is only one."""
        if not block:
            return 0
        rarest = min(range(len(block)), key=lambda offset: len(self.places.get(block[offset], ())))
        candidates = (place - rarest for place in self.places.get(block[rarest], ()))
        starts = [start for start in candidates if start >= 0 and self.lines[start : start + len(block)] == block]
        return starts.index(at) + 1 if len(starts) > 1 and at in starts else 0


def _hunk_fields(hunk: Hunk, old: _OldFile) -> Iterator[bytes]:
    first = hunk.old_start - 1 if hunk.old_lines else hunk.old_start  # an insertion names the line before it
    before = old.lines[max(0, first - CONTEXT_LINES) : first]
    after = old.lines[first + hunk.old_lines : first + hunk.old_lines + CONTEXT_LINES]
    yield b"".join(before)
    yield b"".join(hunk.removed)
    yield b"".join(hunk.added)
    yield b"".join(after)
    yield b"%d" % old.ordinal([*before, *hunk.removed, *after], first - len(before))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def same_digest(stated: str, actual: str) -> bool:
    """Say whether a stated digest, of at least 32 hexadecimal digits, is that of the scope."""
    algorithm, _, digits = stated.partition(":")
    return algorithm == "sha256" and len(digits) >= SHORTEST_DIGEST and actual.startswith(stated.lower())
