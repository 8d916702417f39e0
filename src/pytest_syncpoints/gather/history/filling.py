"""Filling: rows for the index from what git printed; ids are given out here, each commit and path once."""

from __future__ import annotations

from pytest_syncpoints.credits import credits_of
from pytest_syncpoints.gather.progress import watched
from pytest_syncpoints.marks import marks_of, reverted_commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pytest_syncpoints.gather.history.counting import CountedCommit
    from pytest_syncpoints.gather.history.log import LoggedCommit, LoggedFile

_BATCH = 2000
_COMMIT = "INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
_CREDIT = "INSERT OR IGNORE INTO credits VALUES (?, ?, ?)"
_FILE = "INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?)"


class Filling:
    """Adds rows inside the caller's transaction; what is known already is left as it is."""

    def __init__(self, database: sqlite3.Connection) -> None:
        """Start with what the database holds."""
        self._database = database
        self.forget()

    def forget(self) -> None:
        """Start again, after what was added has been rolled back."""
        self.added = 0
        self._parents: set[int] = set()
        self._commits: dict[str, int] = {}
        self._people: dict[tuple[bytes, bytes], int] = {}
        self._paths: dict[bytes, int] = {}
        self._rows: list[tuple[object, ...]] = []
        self._files: list[tuple[object, ...]] = []
        self._credits: list[tuple[object, ...]] = []
        highest = self._database.execute("SELECT max(coalesce(max(id), 0), coalesce(max(parent), 0)) FROM commits")
        self._last = int(highest.fetchone()[0])
        self._empty = self._last == 0

    def add(self, commits: Iterable[LoggedCommit]) -> None:
        """Add commits with their files."""
        for commit in watched(commits, "reading history, commits"):
            self._add(commit)
            if len(self._rows) >= _BATCH:
                self._flush()
        self._flush()

    def _add(self, commit: LoggedCommit) -> None:
        number = self._number(commit.sha)
        if not self._empty and self._known(number):
            return
        subject, body = (text.decode("utf-8", "replace") for text in (commit.subject, commit.body))
        marks = marks_of(subject, body)
        reverts = reverted_commit(body) if marks.revert else None
        parent = self._number(commit.parents[0]) if commit.parents else None
        others = commit.parents[1:]
        self._parents.update(self._number(sha) for sha in commit.parents)
        self._rows.append(
            (
                *(number, bytes.fromhex(commit.sha), parent, bytes.fromhex("".join(others))),
                *(self._person(commit.author), self._person(commit.committer)),
                *(commit.authored_at, commit.committed_at, commit.subject, commit.trailers),
                *(marks.fix, marks.revert, marks.not_code, reverts.encode("ascii") if reverts else None),
            )
        )
        self._add_files(number, commit.files)
        self._add_credits(number, body)
        self.added += 1

    def _add_credits(self, number: int, body: str) -> None:
        """Add who the message credits; a handle stands in the name, with its at sign."""
        for role, (name, email, handle) in credits_of(body):
            person = (name or (f"@{handle}" if handle else ""), email)
            self._credits.append((number, role, self._person((_bytes(person[0]), _bytes(person[1])))))

    def add_merges(self, merges: Iterable[tuple[str, list[LoggedFile]]]) -> None:
        """Add the files of merges that are known already."""
        for sha, files in watched(merges, "reading history, merges"):
            self._add_files(self._number(sha), files)
        self._flush()

    def _add_files(self, number: int, files: list[LoggedFile]) -> None:
        for path, status, old_path in files:
            old = None if old_path is None else self._path(old_path)
            self._files.append((number, self._path(path), status, old))

    def add_counts(self, commits: Iterable[CountedCommit]) -> None:
        """Add line counts of commits that are known already."""
        counted, lines = [], []
        for commit in commits:
            number = self._number(commit.sha)
            counted.append((number, commit.complete))
            lines += [(number, self._path(file.path), file.added, file.deleted) for file in commit.files]
        self._database.executemany("INSERT OR REPLACE INTO counted VALUES (?, ?)", counted)
        self._database.executemany("INSERT OR REPLACE INTO lines VALUES (?, ?, ?, ?)", lines)

    def set_tips(self, new: Sequence[str], *, keep: int) -> None:
        """Remember which commits to walk from no further than; forget those that got children."""
        tips = [(self._number(sha),) for sha in new]
        self._database.executemany("INSERT OR IGNORE INTO tips VALUES (?)", tips)
        self._database.executemany("DELETE FROM tips WHERE commit_id = ?", [(number,) for number in self._parents])
        self._database.execute(
            "DELETE FROM tips WHERE commit_id NOT IN (SELECT commit_id FROM tips ORDER BY commit_id DESC LIMIT ?)",
            (keep,),
        )

    def _flush(self) -> None:
        self._database.executemany(_COMMIT, self._rows)
        self._database.executemany(_FILE, self._files)
        self._database.executemany(_CREDIT, self._credits)
        self._rows, self._files, self._credits = [], [], []

    def _number(self, sha: str) -> int:
        """Return a commit's id, a new one where it was never mentioned: children come before their parents."""
        found = self._commits.get(sha)
        if found is None:
            row = None
            if not self._empty:
                row = self._database.execute("SELECT id FROM commits WHERE sha = ?", (bytes.fromhex(sha),)).fetchone()
            if row is None:
                self._last += 1
            found = self._commits[sha] = row[0] if row else self._last
        return found

    def _known(self, number: int) -> bool:
        return self._database.execute("SELECT 1 FROM commits WHERE id = ?", (number,)).fetchone() is not None

    def _person(self, person: tuple[bytes, bytes]) -> int:
        found = self._people.get(person)
        if found is None:
            self._database.execute("INSERT OR IGNORE INTO people (name, email) VALUES (?, ?)", person)
            row = self._database.execute("SELECT id FROM people WHERE name = ? AND email = ?", person).fetchone()
            found = self._people[person] = row[0]
        return found

    def _path(self, path: bytes) -> int:
        found = self._paths.get(path)
        if found is None:
            self._database.execute("INSERT OR IGNORE INTO paths (path) VALUES (?)", (path,))
            found = self._database.execute("SELECT id FROM paths WHERE path = ?", (path,)).fetchone()[0]
            self._paths[path] = found
        return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
