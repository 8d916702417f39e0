"""Merges: pairs of commits merged in memory, to see which conflict."""

from __future__ import annotations

from pytest_syncpoints.gather.git import StandIn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.gather.git import Repository

_MOST_RESTARTS = 20


def tried(repository: Repository, couples: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    """Return for pairs of commits whether merging them conflicts, tried in memory; nothing where git is too old.

    ``git merge-tree --write-tree --stdin`` (2.38 and later) writes what it makes into a folder of our own, which is
    removed; index, worktree and object store stay as they are.
    """
    asked = list(couples)
    if not asked:
        return {}
    found: dict[tuple[str, str], bool] = {}
    with StandIn(repository, writable=True) as stand_in:
        for _ in range(_MOST_RESTARTS):
            done = _merged(stand_in, asked, found)
            asked = asked[done + 1 :]  # git stops at a pair it cannot merge: content is missing here
            if not asked:
                break
    return found


def _merged(stand_in: StandIn, asked: list[tuple[str, str]], found: dict[tuple[str, str], bool]) -> int:
    """Merge pairs until git stops, note what came of each, and return how many were merged."""
    words = ("merge-tree", "--write-tree", "--stdin", "-z", "--no-messages", "--name-only")
    text = "".join(f"{a} {b}\n" for a, b in asked).encode()
    fields = stand_in.start(*words).collect(text).stdout.split(b"\0")
    at = 0
    for count, couple in enumerate(asked):
        if at + 1 >= len(fields) or fields[at] not in (b"0", b"1"):
            return count
        try:
            end = fields.index(b"", at + 2)
        except ValueError:  # cut off in the middle
            return count
        found[couple] = fields[at] == b"0"  # in this mode 1 stands for a clean merge (git-merge-tree, OUTPUT)
        at = end + 1
    return len(asked)
