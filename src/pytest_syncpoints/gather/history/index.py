"""Index: the commits of a repository in tables, brought up to date, and asked."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import StandIn, ask
from pytest_syncpoints.gather.history.counting import count_lines
from pytest_syncpoints.gather.history.filling import Filling
from pytest_syncpoints.gather.history.log import EXACT_RENAMES, RENAMES, read_log, read_merges
from pytest_syncpoints.gather.history.rows import SELECT_COMMITS, IndexedCommit, IndexedFile, indexed_commit
from pytest_syncpoints.gather.history.schema import INDEXES, in_transaction, open_database

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.history.counting import CountedCommit
    from pytest_syncpoints.gather.history.lock import Lock
    from pytest_syncpoints.gather.history.log import LoggedFile

_CHUNK = 2000  # commits counted between two commits of the database: a fifth less work than with 400
_TIPS = 64  # more tips than these are forgotten, oldest first: that costs a longer walk, nothing else


def open_history(repository: Repository) -> History:
    """Open the index of a repository, making it where there is none; in memory where it cannot be written."""
    database, lock = open_database(repository.common_dir, *_state(repository))
    return History(repository, database, lock)


def _state(repository: Repository) -> tuple[str, str]:
    """Return what is missing from this clone, in words, and a stamp that changes when its borders do."""
    if not repository.shallow:
        return "", "whole"
    try:
        with open(f"{repository.common_dir}/shallow", encoding="ascii") as file:
            return "shallow", " ".join(sorted(file.read().split()))
    except OSError:
        return "shallow", "shallow"


class History:
    """An open index. Ask it about a commit only after ``update`` was called with it, or a descendant."""

    def __init__(self, repository: Repository, database: sqlite3.Connection, lock: Lock | None) -> None:
        """Take an open database over; ``lock`` is ``None`` where nobody else can write to it."""
        self._repository = repository
        self._database = database
        self._lock = lock

    def __enter__(self) -> History:
        """Return the index itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the database; what was written stays."""
        self._database.close()
        if self._lock is not None:
            self._lock.close()

    @property
    def database(self) -> sqlite3.Connection:
        """Return the connection, for a question nobody asked before; the schema is in ``schema.py``."""
        return self._database

    @property
    def shallow(self) -> bool:
        """Say whether this clone's history ends at a border."""
        return self._repository.shallow

    @property
    def missing(self) -> tuple[str, ...]:
        """Say in words what this clone cannot tell: history beyond a shallow border, blobs of a partial clone."""
        found = []
        if self._repository.shallow:
            found.append("history before the border of this shallow clone (git fetch --unshallow)")
        if self._fact("renames") == "exact":
            found.append("renames with edits: blobs are missing here (partial clone)")
        if self._database.execute("SELECT 1 FROM counted WHERE complete = 0 LIMIT 1").fetchone():
            found.append("line counts of some commits: blobs are missing here (partial clone)")
        return tuple(found)

    def has(self, commit: str) -> bool:
        """Say whether the index knows a commit; with it, it knows every ancestor this clone has."""
        return self._id(commit) is not None

    def update(self, commits: Sequence[str]) -> int:
        """Take in these commits and their ancestors, the first pass; return how many were new.

        All or nothing: a process killed on the way leaves the index as it was. Raises CannotEvaluate where git
        cannot walk this history.
        """
        if all(self._on_line(commit) for commit in commits):
            return 0
        with self.writing():
            return self._take_in(commits)

    def _take_in(self, commits: Sequence[str]) -> int:
        added = 0

        def fill() -> None:
            nonlocal added
            with StandIn(self._repository) as git:
                added = self._fill(git, commits)

        empty = self._database.execute("SELECT 1 FROM commits LIMIT 1").fetchone() is None
        if empty:
            self._database.execute("DROP INDEX IF EXISTS files_by_path")
            self._database.execute("DROP INDEX IF EXISTS commits_by_date")
        in_transaction(self._database, fill)
        for statement in INDEXES.split(";\n"):
            if statement.strip():
                self._database.execute(statement)
        return added

    def _fill(self, git: StandIn, commits: Sequence[str]) -> int:
        filling = Filling(self._database)
        renames: tuple[str, ...] = (
            EXACT_RENAMES if is_partial(self._repository) or self._fact("renames") == "exact" else RENAMES
        )
        new = [commit for commit in commits if not self.has(commit)]
        if new:
            renames = self._walk(git, filling, new, renames)
        merges = [merge for commit in commits for merge in self._follow_line(commit)]
        if merges:
            filling.add_merges(_merges(git, merges, renames))
        filling.set_tips(new, keep=_TIPS)
        if renames == EXACT_RENAMES:
            self._database.execute("INSERT OR REPLACE INTO facts VALUES ('renames', 'exact')")
        return filling.added

    def _walk(self, git: StandIn, filling: Filling, new: list[str], renames: tuple[str, ...]) -> tuple[str, ...]:
        known = [row[0].hex() for row in self._database.execute("SELECT sha FROM commits JOIN tips ON id = commit_id")]
        self._database.execute("SAVEPOINT walk")
        try:
            filling.add(read_log(git, new, known, renames))
        except CannotEvaluate:
            if renames == EXACT_RENAMES:
                raise
            self._database.execute("ROLLBACK TO walk")  # a blob that git wanted to look into is missing here
            filling.forget()
            filling.add(read_log(git, new, known, EXACT_RENAMES))
            return EXACT_RENAMES
        return renames

    def _follow_line(self, commit: str) -> list[tuple[str, str]]:
        """Mark the first-parent line below a commit; return its merges with the first parents to compare them with."""
        line = self._database.execute(
            "WITH RECURSIVE line(id) AS (SELECT id FROM commits WHERE sha = ? AND line = 0 UNION ALL "
            "SELECT p.id FROM line JOIN commits c ON c.id = line.id JOIN commits p ON p.id = c.parent AND p.line = 0) "
            "SELECT c.id, c.sha, c.other_parents, p.sha FROM line JOIN commits c USING (id) "
            "LEFT JOIN commits p ON p.id = c.parent",
            (bytes.fromhex(commit),),
        ).fetchall()
        self._database.executemany("UPDATE commits SET line = 1 WHERE id = ?", [(row[0],) for row in line])
        return [(sha.hex(), parent.hex()) for _, sha, others, parent in line if others and parent]

    def uncounted(self, newest: int = -1) -> list[str]:
        """Return commits whose lines are not counted yet, newest first; merges have no lines of their own."""
        found = self._database.execute(
            "SELECT sha FROM commits LEFT JOIN counted ON commit_id = id WHERE commit_id IS NULL "
            "AND other_parents = x'' ORDER BY committed_at DESC, sha LIMIT ?",
            (newest,),
        )
        return [row[0].hex() for row in found]

    def count_lines(self, most: int = -1, progress: Callable[[int, int], None] | None = None) -> None:
        """Count lines, the second pass: newest commits first, on two cores, kept every few hundred commits."""
        waiting = self.uncounted(most)
        if is_partial(self._repository):
            return
        from concurrent.futures import ThreadPoolExecutor  # git works; the threads only wait for it

        chunks = [waiting[at : at + _CHUNK] for at in range(0, len(waiting), _CHUNK)]
        workers = min(2, os.cpu_count() or 1)
        with StandIn(self._repository) as git, ThreadPoolExecutor(workers) as pool:
            at = 0
            while at < len(chunks):  # a window, so that an interruption finds little under way
                window = chunks[at : at + 2 * workers]
                for found in pool.map(lambda shas: count_lines(git, shas), window):
                    self._keep_counts(found)
                at += len(window)
                if progress is not None:
                    progress(min(at * _CHUNK, len(waiting)), len(waiting))

    def count(self, shas: Sequence[str]) -> None:
        """Count the lines of these commits, none of them a merge, and keep them."""
        if is_partial(self._repository):
            return
        with StandIn(self._repository) as git:
            for at in range(0, len(shas), _CHUNK):
                self._keep_counts(count_lines(git, shas[at : at + _CHUNK]))

    def _keep_counts(self, found: list[CountedCommit]) -> None:
        with self.writing():
            in_transaction(self._database, lambda: Filling(self._database).add_counts(found))

    def commit(self, sha: str) -> IndexedCommit | None:
        """Return one commit, ``None`` where the index does not know it."""
        return next(self._commits("WHERE c.sha = ?", (bytes.fromhex(sha),)), None)

    def commits_since(self, since: float) -> Iterator[IndexedCommit]:
        """Yield commits committed at or after a time (seconds since the epoch), newest first, whatever their branch."""
        return self._commits("WHERE c.committed_at >= ? ORDER BY c.committed_at DESC, c.sha", (since,))

    def touching(self, path: str) -> Iterator[IndexedCommit]:
        """Yield commits that changed a path, newest first; renames are not followed (``old_path`` tells of them)."""
        where = (
            "JOIN files f ON f.commit_id = c.id JOIN paths t ON t.id = f.path_id WHERE t.path = ? "
            "ORDER BY c.committed_at DESC, c.sha"
        )
        return self._commits(where, (os.fsencode(path),))

    def line(self, head: str, since: float | None = None) -> Iterator[IndexedCommit]:
        """Yield the first-parent line below a commit, itself first, to the first one committed before ``since``."""
        found: IndexedCommit | None = self.commit(head)
        while found is not None and (since is None or found.committed_at >= since):
            yield found
            found = self.commit(found.first_parent) if found.first_parent else None

    def line_since(self, head: str, since: float) -> list[str]:
        """Return the ids of the first-parent line below a commit, oldest first, down to one committed before a time."""
        rows = self._database.execute(
            "WITH RECURSIVE line(id, depth) AS (SELECT id, 0 FROM commits WHERE sha = ? UNION ALL "
            "SELECT p.id, depth + 1 FROM line JOIN commits c ON c.id = line.id JOIN commits p ON p.id = c.parent "
            "WHERE p.committed_at >= ?) SELECT sha FROM line JOIN commits USING (id) ORDER BY depth DESC",
            (bytes.fromhex(head), since),
        )
        return [row[0].hex() for row in rows]

    def oldest(self) -> int:
        """Return when the oldest known commit was committed."""
        return int(self._database.execute("SELECT coalesce(min(committed_at), 0) FROM commits").fetchone()[0])

    def files(self, sha: str) -> tuple[IndexedFile, ...]:
        """Return what a commit changed against its first parent, by path; of a merge only on a first-parent line."""
        rows = self._database.execute(
            "SELECT p.path, f.status, o.path, l.added, l.deleted FROM commits c JOIN files f ON f.commit_id = c.id "
            "JOIN paths p ON p.id = f.path_id LEFT JOIN paths o ON o.id = f.old_path_id "
            "LEFT JOIN lines l ON l.commit_id = c.id AND l.path_id = f.path_id WHERE c.sha = ? ORDER BY p.path",
            (bytes.fromhex(sha),),
        )
        return tuple(
            IndexedFile(os.fsdecode(path), status, None if old is None else os.fsdecode(old), added, deleted)
            for path, status, old, added, deleted in rows
        )

    def _commits(self, where: str, values: tuple[object, ...]) -> Iterator[IndexedCommit]:
        rows = self._database.execute(SELECT_COMMITS + where, values)
        return map(indexed_commit, rows)

    def _id(self, commit: str) -> int | None:
        row = self._database.execute("SELECT id FROM commits WHERE sha = ?", (bytes.fromhex(commit),)).fetchone()
        return row[0] if row else None

    def _on_line(self, commit: str) -> bool:
        row = self._database.execute("SELECT line FROM commits WHERE sha = ?", (bytes.fromhex(commit),)).fetchone()
        return bool(row and row[0])

    def _fact(self, name: str) -> str:
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def writing(self) -> Lock | _Alone:
        """Return the writers' lock, to hold around every change."""
        return self._lock or _ALONE


class _Alone:
    """Stands for the lock where nobody else can write."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


_ALONE = _Alone()


def _merges(
    git: StandIn, merges: list[tuple[str, str]], renames: tuple[str, ...]
) -> Iterable[tuple[str, list[LoggedFile]]]:
    try:
        return list(read_merges(git, merges, renames))
    except CannotEvaluate:
        return read_merges(git, merges, EXACT_RENAMES)


def is_partial(repository: Repository) -> bool:
    """Say whether a clone was made without all its blobs (`--filter`): git would have to fetch what it lacks."""
    return ask(repository, "config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$").status == 0
