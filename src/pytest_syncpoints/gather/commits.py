"""Commits: who made a change, in which steps, with which trailers, read by one ``git log``."""

from __future__ import annotations

from pytest_syncpoints.change import Commit, Person
from pytest_syncpoints.gather.git import answer, is_object_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.gather.git import Repository

_FIELDS = (
    "%H",
    "%P",
    "%an",
    "%ae",
    "%cn",
    "%ce",
    "%at",
    "%s",
    "%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)",
)
_FORMAT = "%x00".join(_FIELDS) + "%x00"
_LOG = ("log", "-z", "--encoding=UTF-8", "--no-renames", "--no-abbrev", "--no-color", "--no-ext-diff", "--no-textconv")


def read_commits(repository: Repository, head: str, exclude: str | None) -> tuple[Commit, ...]:
    """Return the commits reachable from ``head`` and not from ``exclude``, newest first.

    Paths of a merge are those that differ from *all* its parents (git's combined format): what its author
    did by hand. Trailers are as git itself reads them, continuation lines unfolded.
    """
    revisions = [head] + ([f"^{exclude}"] if exclude else [])
    output = answer(
        repository, *_LOG, "--raw", "-c", "--ignore-submodules=none", f"--format={_FORMAT}", *revisions, "--"
    )
    return tuple(_commits(output.split(b"\0")))


def _commits(tokens: list[bytes]) -> Iterable[Commit]:
    at, end = 0, len(tokens)
    while at < end:
        token = tokens[at].strip(b"\n")
        if not is_object_id(token.decode("ascii", "replace")):
            at += 1  # the separators between commits
            continue
        sha, parents, *rest = (field.decode("utf-8", "surrogateescape") for field in tokens[at : at + len(_FIELDS)])
        author, author_email, committer, committer_email, authored_at, subject, trailers = rest
        paths, at = _paths(tokens, at + len(_FIELDS))
        yield Commit(
            sha=sha.strip("\n"),
            parents=tuple(parents.split()),
            author=Person(author, author_email),
            committer=Person(committer, committer_email),
            subject=subject,
            trailers=tuple(read_trailers(trailers)),
            paths=paths,
            authored_at=int(authored_at) if authored_at.isdigit() else 0,
        )


def _paths(tokens: list[bytes], at: int) -> tuple[tuple[str, ...], int]:
    """Read the raw records behind a commit's fields: ``:modes ids status`` and a path each."""
    paths = []
    while at + 1 < len(tokens):
        if not tokens[at]:
            following = tokens[at + 1]
            if not following.lstrip(b"\n").startswith(b":"):
                break
            at += 1
        if not tokens[at].lstrip(b"\n").startswith(b":"):
            break
        paths.append(tokens[at + 1].decode("utf-8", "surrogateescape"))
        at += 2
    return tuple(paths), at


def read_trailers(text: str) -> Iterable[tuple[str, str]]:
    """Yield the trailers in git's own listing of them, 0x01 between two and 0x02 between key and value."""
    for line in text.split("\x01"):
        key, separator, value = line.partition("\x02")
        if separator:
            yield key.strip(), value.strip()


def message_trailers(repository: Repository, message: bytes) -> tuple[tuple[str, str], ...]:
    """Return the trailers git itself reads in a commit message that is being written."""
    output = answer(repository, "interpret-trailers", "--parse", "--unfold", stdin=message)
    lines = output.decode("utf-8", "surrogateescape").split("\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return tuple((key.strip(), value.strip()) for key, _, value in pairs)
