"""Change: what is under review, as plain values; the file list is git's own, without rename detection."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal["staged", "worktree", "range", "commit"]
    Status = Literal["A", "D", "M", "T"]

NO_MODE = "000000"
SYMLINK = "120000"
GITLINK = "160000"


class Person(Record):
    """One identity as a commit or a forge states it; which person it is, ``people.py`` decides."""

    name: str
    email: str
    handle: str = ""

    def __str__(self) -> str:
        """Return ``Name <email>``, or the forge handle where there is no e-mail."""
        return f"{self.name} <{self.email}>" if self.email else (f"@{self.handle}" if self.handle else self.name)


class Hunk(Record):
    """One run of changed lines without context, positions as in a unified diff with ``-U0``.

    ``removed`` and ``added`` hold whole lines as bytes, terminators included; a last line without a
    newline simply lacks it. A side of no lines starts at the line *before* the hunk, as git writes it.
    """

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]


class FileChange(Record):
    """One path that differs between the two trees.

    ``path`` is lossless (``surrogateescape``). A rename is two of these, a deletion and an addition, whose
    addition names its source in ``old_path``: pairing is for people, and never decides anything.
    ``old_mode``/``new_mode`` are octal as git prints them, ``000000`` where the side is absent; object ids are
    hexadecimal, all zeros where absent. ``added``/``deleted`` count lines between the two blobs, 0 for binary.
    """

    path: str
    status: Status
    old_mode: str
    new_mode: str
    old_oid: str
    new_oid: str
    old_path: str | None = None
    renamed_to: str | None = None
    added: int = 0
    deleted: int = 0
    binary: bool = False
    hunks: tuple[Hunk, ...] = ()

    @property
    def is_gitlink(self) -> bool:
        """Say whether either side is a submodule commit."""
        return GITLINK in (self.old_mode, self.new_mode)


class Commit(Record):
    """One commit of the change. ``paths`` are those it changes against its parents (for a merge: by hand).

    ``authored_at`` is its author date, in seconds since the epoch, as whoever made the commit states it;
    ``co_authors`` are those its whole message names, which may be more than its trailers do.
    """

    sha: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    subject: str
    trailers: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    authored_at: int = 0
    co_authors: tuple[Person, ...] = ()


class Change(Record):
    """What is reviewed: the difference of two trees, with the commits that made it.

    ``base`` is the commit the change is meant to land on (its tip holds the trust roots), ``merge_base``
    the commit the difference is taken from, ``head`` the commit it is taken to: ``None`` where the right
    side is the index or the worktree. ``None`` for ``merge_base`` stands for the empty tree.
    ``chosen`` says in words which range this is and why it was taken.
    """

    kind: Kind
    base: str | None
    merge_base: str | None
    head: str | None
    tree: str | None
    branch: str | None
    title: str
    chosen: str
    authors: tuple[Person, ...]
    commits: tuple[Commit, ...]
    files: tuple[FileChange, ...]


def new_content(old: bytes, file: FileChange) -> bytes:
    """Return a text file's content after the change: its old content with the hunks applied."""
    lines = split_lines(old)
    result: list[bytes] = []
    at = 0
    for hunk in file.hunks:
        first = hunk.old_start - 1 if hunk.old_lines else hunk.old_start  # an insertion names the line before it
        result += lines[at:first]
        result += hunk.added
        at = first + hunk.old_lines
    return b"".join(result + lines[at:])


def split_lines(content: bytes) -> list[bytes]:
    """Split at line feeds only, as git does, keeping them; the last line may lack one."""
    pieces = content.split(b"\n")
    whole = [piece + b"\n" for piece in pieces[:-1]]
    return [*whole, pieces[-1]] if pieces[-1] else whole
