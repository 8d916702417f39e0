"""Commits: who made a change, in which steps, with which trailers, read by one ``git log``."""

from __future__ import annotations

from pytest_syncpoints.change import Commit, Person
from pytest_syncpoints.gather.git import StandIn, answer, is_object_id
from pytest_syncpoints.trailers import CO_AUTHOR_KEY, named_person

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
    "%b",
)
_FORMAT = "%x00".join(_FIELDS) + "%x00"
_LOG = ("log", "-z", "--encoding=UTF-8", "--no-renames", "--no-abbrev", "--no-color", "--no-ext-diff", "--no-textconv")


def read_commits(repository: Repository, head: str, exclude: str | None) -> tuple[Commit, ...]:
    """Return the commits reachable from ``head`` and not from ``exclude``, newest first.

    Paths of a merge are those its author changed by hand: where it differs from what git makes of its parents alone
    (``--remerge-diff``), or, where git cannot tell, from *all* its parents (git's combined format). Trailers are as git
    itself reads them, continuation lines unfolded; co-authors are taken from the whole message, because a squash
    leaves those of its parts in the middle.
    """
    revisions = [head] + ([f"^{exclude}"] if exclude else [])
    output = answer(
        repository, *_LOG, "--raw", "-c", "--ignore-submodules=none", f"--format={_FORMAT}", *revisions, "--"
    )
    commits = tuple(_commits(output.split(b"\0")))
    by_hand = _changed_by_hand(repository, tuple(commit.sha for commit in commits if len(commit.parents) == 2))
    return tuple(commit._replace(paths=by_hand.get(commit.sha, commit.paths)) for commit in commits)


def _changed_by_hand(repository: Repository, merges: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the paths of each merge of two that merging its parents anew does not give; of none before git 2.35.

    In a stand-in: a merge driver that the repository configures must not run.
    """
    if not merges:
        return {}
    with StandIn(repository, writable=True) as stand_in:
        shape = ("--remerge-diff", "--raw", "--ignore-submodules=none", "--format=%x00%H%x00")
        named = "".join(f"{sha}\n" for sha in merges).encode("ascii")
        result = stand_in.ask(*_LOG, "--no-walk=unsorted", *shape, "--stdin", "--", stdin=named)
    return _paths_by_commit(result.stdout.split(b"\0"), frozenset(merges)) if result.status == 0 else {}


def _paths_by_commit(tokens: list[bytes], merges: frozenset[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    at = 0
    while at < len(tokens):
        sha = tokens[at].decode("ascii", "replace")
        at += 1
        if sha in merges and sha not in found:
            found[sha], at = _paths(tokens, at)
    return found


def _commits(tokens: list[bytes]) -> Iterable[Commit]:
    at, end = 0, len(tokens)
    while at < end:
        token = tokens[at].strip(b"\n")
        if not is_object_id(token.decode("ascii", "replace")):
            at += 1  # the separators between commits
            continue
        sha, parents, *rest = (field.decode("utf-8", "surrogateescape") for field in tokens[at : at + len(_FIELDS)])
        author, author_email, committer, committer_email, authored_at, subject, trailers, body = rest
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
            co_authors=tuple(_co_authors(body)),
        )


def _paths(tokens: list[bytes], at: int) -> tuple[tuple[str, ...], int]:
    """Read the raw records behind a commit's fields: ``:modes ids status`` and a path each."""
    paths = []
    while at + 1 < len(tokens):
        start = at
        while at + 1 < len(tokens) and not tokens[at].strip(b"\n"):  # git ends a commit's lines by one or two of these
            at += 1
        if not tokens[at].lstrip(b"\n").startswith(b":"):
            at = start
            break
        paths.append(tokens[at + 1].decode("utf-8", "surrogateescape"))
        at += 2
    return tuple(paths), at


def _co_authors(body: str) -> Iterable[Person]:
    """Yield whom a line of the message names as co-author, wherever it stands."""
    for line in body.split("\n"):
        key, separator, value = line.partition(":")
        person = named_person(value) if separator and key.strip().lower() == CO_AUTHOR_KEY else None
        if person is not None:
            yield person


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
