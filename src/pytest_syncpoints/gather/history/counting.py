"""Counting: added and deleted lines per path, read from `git diff-tree --numstat` for a list of commits."""

from __future__ import annotations

from pytest_syncpoints.gather.history.log import RENAMES
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.gather.git import StandIn

_NUMSTAT = ("-r", "--root", "--numstat", "-z", "--always", "--diff-algorithm=myers", "--ignore-submodules=none")


class CountedFile(Record):
    """Lines of one path; both ``None`` for a binary file."""

    path: bytes
    added: int | None
    deleted: int | None


class CountedCommit(Record):
    """One commit's counts; ``complete`` is false where a blob is not in this clone."""

    sha: str
    complete: bool
    files: list[CountedFile]


def count_lines(git: StandIn, shas: Sequence[str]) -> list[CountedCommit]:
    """Count these commits, none of them a merge; where git stops at one, halve the list until it is alone."""
    stdin = "".join(f"{sha}\n" for sha in shas).encode("ascii")
    result = git.ask("diff-tree", *_NUMSTAT, *RENAMES, "-O/dev/null", "--stdin", stdin=stdin)
    if result.status == 0:
        return list(_parsed(result.stdout.split(b"\0")))
    if len(shas) == 1:
        return [CountedCommit(shas[0], complete=False, files=[])]
    half = len(shas) // 2
    return count_lines(git, shas[:half]) + count_lines(git, shas[half:])


def _parsed(tokens: list[bytes]) -> Iterator[CountedCommit]:
    at, end = 0, len(tokens) - 1  # the last piece follows the final NUL
    while at < end:
        sha = tokens[at].decode("ascii")
        files: list[CountedFile] = []
        at += 1
        while at < end and b"\t" in tokens[at]:
            added, deleted, path = tokens[at].split(b"\t", 2)
            if not path:  # a rename: the old and the new path follow
                path = tokens[at + 2]
                at += 2
            at += 1
            files.append(CountedFile(path, _number(added), _number(deleted)))
        yield CountedCommit(sha, complete=True, files=files)


def _number(text: bytes) -> int | None:
    return None if text == b"-" else int(text)
