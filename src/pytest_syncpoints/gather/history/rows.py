"""Rows: what the tables of the index say of a commit and its files, as values."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.record import Record

SELECT_COMMITS = (
    "SELECT c.sha, p.sha, c.other_parents, a.name, a.email, k.name, k.email, c.authored_at, c.committed_at, "
    "c.subject, c.trailers, c.fix, c.revert, c.reverts FROM commits c JOIN people a ON a.id = c.author "
    "JOIN people k ON k.id = c.committer LEFT JOIN commits p ON p.id = c.parent "
)


class IndexedCommit(Record):
    """One commit as the index knows it: identities as it states them, dates in seconds since the epoch.

    ``first_parent`` is ``None`` for a root and at the border of a shallow clone; ``trailers`` are as git reads them.
    """

    sha: str
    first_parent: str | None
    other_parents: tuple[str, ...]
    author: Person
    committer: Person
    authored_at: int
    committed_at: int
    subject: str
    trailers: tuple[tuple[str, str], ...]
    fix: bool
    revert: bool
    reverts: str | None


class IndexedFile(Record):
    """One path a commit changed; lines are ``None`` where binary or not counted (yet)."""

    path: str
    status: str
    old_path: str | None
    added: int | None
    deleted: int | None


def indexed_commit(row: tuple[object, ...]) -> IndexedCommit:
    """Return what a row of ``SELECT_COMMITS`` says."""
    sha, parent, others, an, ae, kn, ke, authored, committed, subject, trailers, fix, revert, reverts = row
    return IndexedCommit(
        sha.hex(),  # type: ignore[attr-defined]
        parent.hex() if parent is not None else None,  # type: ignore[attr-defined]
        _split_ids(others, len(sha)),  # type: ignore[arg-type]
        Person(_text(an), _text(ae)),
        Person(_text(kn), _text(ke)),
        authored,  # type: ignore[arg-type]
        committed,  # type: ignore[arg-type]
        _text(subject),
        _trailers(_text(trailers)),
        bool(fix),
        bool(revert),
        _text(reverts) if reverts is not None else None,
    )


def _split_ids(joined: bytes, size: int) -> tuple[str, ...]:
    return tuple(joined[at : at + size].hex() for at in range(0, len(joined), size))


def _text(value: object) -> str:
    assert isinstance(value, bytes)
    return value.decode("utf-8", "surrogateescape")


def _trailers(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition("\x02") for line in text.split("\x01"))
    return tuple((key.strip(), value.strip()) for key, found, value in pairs if found)
