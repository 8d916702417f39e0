"""Changes: the history of a commit as a list of changes with what the risk model reads of each, cached in the index."""

from __future__ import annotations

import os

from pytest_syncpoints.gather.history.schema import in_transaction
from pytest_syncpoints.gather.patches import first_parents, ordinary_commits, read_patches
from pytest_syncpoints.marks import is_production, production_paths
from pytest_syncpoints.record import Record
from pytest_syncpoints.risk.lines import NOTHING, FileCounts, count_file
from pytest_syncpoints.size import is_test

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.gather.git import StandIn
    from pytest_syncpoints.gather.history.index import History
    from pytest_syncpoints.gather.patches import Patch

# Raise it when `count_file` counts anything otherwise: counts of another form are read from the patches again.
_FORM = "1"
_BATCH = 500


class PastChange(Record):
    """One change of the past: when it was committed, what its subject says, and the production paths it touched."""

    sha: str
    at: int
    fix: bool
    not_code: bool
    paths: tuple[str, ...]


def changes_to(git: StandIn, head: str, *, first_parent: bool) -> list[str]:
    """Return the ids of the changes that led to a commit, oldest first: its first-parent line, or all but merges."""
    return (first_parents if first_parent else ordinary_commits)(git, head)


def past_changes(history: History, shas: Sequence[str], since: float) -> list[PastChange]:
    """Return those of the changes that were committed at or after a time, in the order given."""
    wanted = {bytes.fromhex(sha) for sha in shas}
    rows = history.database.execute(
        "SELECT c.sha, c.committed_at, c.fix, c.not_code, p.path, o.path FROM commits c "
        "LEFT JOIN files f ON f.commit_id = c.id LEFT JOIN paths p ON p.id = f.path_id "
        "LEFT JOIN paths o ON o.id = f.old_path_id WHERE c.committed_at >= ?",
        (since,),
    )
    heads: dict[bytes, tuple[int, bool, bool]] = {}
    files: dict[bytes, list[tuple[str, str | None]]] = {}
    for sha, at, fix, not_code, path, old in rows:
        if sha in wanted:
            heads[sha] = (at, bool(fix), bool(not_code))
            if path is not None:
                pair = (os.fsdecode(path), None if old is None else os.fsdecode(old))
                files.setdefault(sha, []).append(pair)
    keys = ((sha, bytes.fromhex(sha)) for sha in shas)
    return [PastChange(sha, *heads[key], production_paths(files.get(key, ()))) for sha, key in keys if key in heads]


def dates(history: History, shas: Sequence[str]) -> dict[str, int]:
    """Return when commits were committed, in seconds since the epoch."""
    wanted = set(shas)
    rows = ((sha.hex(), at) for sha, at in history.database.execute("SELECT sha, committed_at FROM commits"))
    return {sha: at for sha, at in rows if sha in wanted}


def counts_of(history: History, git: StandIn, shas: Sequence[str]) -> Iterator[tuple[str, FileCounts, tuple[str, ...]]]:
    """Yield, in order, each commit's counts and the paths that could not be read; what was counted is kept."""
    for at in range(0, len(shas), _BATCH):
        batch = shas[at : at + _BATCH]
        known = _known_counts(history, batch)
        unread: dict[str, tuple[str, ...]] = {}
        fresh: dict[str, FileCounts] = {}
        for patch in read_patches(git, [sha for sha in batch if sha not in known]):
            fresh[patch.sha] = patch_counts(patch)
            unread[patch.sha] = tuple(path for path in patch.unread if is_production(path) or is_test(path))
        _keep(history, {sha: counts for sha, counts in fresh.items() if not unread[sha]})
        for sha in batch:
            yield sha, known.get(sha) or fresh.get(sha, NOTHING), unread.get(sha, ())


def patch_counts(patch: Patch) -> FileCounts:
    """Return the sum of what a patch's files count."""
    total = NOTHING
    for file in patch.files:
        removed = (line for hunk in file.hunks for line in hunk.removed)
        added = (line for hunk in file.hunks for line in hunk.added)
        total = total.plus(count_file(file.path, removed, added))
    return total


def _known_counts(history: History, shas: Sequence[str]) -> dict[str, FileCounts]:
    """Return the counts that are kept already."""
    found = {}
    for sha in shas:
        row = history.database.execute(
            "SELECT counts FROM features JOIN commits ON id = commit_id WHERE sha = ? AND model = ?",
            (bytes.fromhex(sha), _FORM),
        ).fetchone()
        if row:
            found[sha] = FileCounts(*map(int, row[0].split()))
    return found


def _keep(history: History, fresh: dict[str, FileCounts]) -> None:
    rows = [(_FORM, " ".join(map(str, counts)), bytes.fromhex(sha)) for sha, counts in fresh.items()]
    if rows:
        insert = "INSERT OR REPLACE INTO features SELECT id, ?, ? FROM commits WHERE sha = ?"
        with history.writing():
            in_transaction(history.database, lambda: history.database.executemany(insert, rows))
