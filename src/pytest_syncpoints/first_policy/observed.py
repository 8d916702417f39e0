"""What a first policy is made from: a repository's past and its files, as plain values."""

from __future__ import annotations

from pytest_syncpoints.record import Record


class PastCommit(Record):
    """One commit that is no merge: its author (as ``.mailmap`` says), its time in seconds, and what it changed."""

    name: str
    email: str
    at: int
    subject: str
    paths: tuple[str, ...]


class Landing(Record):
    """One change as it landed on the branch: the lines it added and deleted, by path."""

    lines: tuple[tuple[str, int], ...]


class Use(Record):
    """One line of a Python file that holds something a norm could be about."""

    path: str
    text: str


class Observed(Record):
    """A repository's past, newest first, and the regular files at HEAD; all empty before the first commit."""

    commits: tuple[PastCommit, ...] = ()
    landings: tuple[Landing, ...] = ()
    tracked: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    shallow: bool = False
