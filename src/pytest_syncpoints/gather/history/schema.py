"""Schema: the tables of the history index, their version, and how a file of them is opened."""

from __future__ import annotations

import os
import sqlite3

from pytest_syncpoints.gather.history.lock import Lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

# Raise it when a table, or what is written into one, changes: an index of another version is made anew.
# 1: first form.
# 2: who took part, by the messages.
VERSION = 2
FOLDER = "syncpoints"
NAME = "history.sqlite"

# Rows are only ever added, except `commits.line`, which is raised from 0 to 1 when a commit turns out to lie on a
# first-parent line. Object ids, paths and names are bytes as git has them; dates are seconds since the epoch.
TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE people (id INTEGER PRIMARY KEY, name BLOB NOT NULL, email BLOB NOT NULL, UNIQUE (name, email));
CREATE TABLE paths (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
CREATE TABLE commits (
    id INTEGER PRIMARY KEY, sha BLOB NOT NULL UNIQUE, parent INTEGER, other_parents BLOB NOT NULL,
    author INTEGER NOT NULL, committer INTEGER NOT NULL, authored_at INTEGER NOT NULL, committed_at INTEGER NOT NULL,
    subject BLOB NOT NULL, trailers BLOB NOT NULL, fix INTEGER NOT NULL, revert INTEGER NOT NULL,
    not_code INTEGER NOT NULL, reverts BLOB, line INTEGER NOT NULL);
CREATE TABLE files (
    commit_id INTEGER NOT NULL, path_id INTEGER NOT NULL, status TEXT NOT NULL, old_path_id INTEGER,
    PRIMARY KEY (commit_id, path_id)) WITHOUT ROWID;
CREATE TABLE counted (commit_id INTEGER PRIMARY KEY, complete INTEGER NOT NULL);
CREATE TABLE lines (
    commit_id INTEGER NOT NULL, path_id INTEGER NOT NULL, added INTEGER, deleted INTEGER,
    PRIMARY KEY (commit_id, path_id)) WITHOUT ROWID;
CREATE TABLE features (commit_id INTEGER PRIMARY KEY, model TEXT NOT NULL, counts TEXT NOT NULL);
CREATE TABLE credits (
    commit_id INTEGER NOT NULL, role TEXT NOT NULL, person INTEGER NOT NULL,
    PRIMARY KEY (commit_id, role, person)) WITHOUT ROWID;
CREATE TABLE tips (commit_id INTEGER PRIMARY KEY);
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS files_by_path ON files (path_id, commit_id);
CREATE INDEX IF NOT EXISTS commits_by_date ON commits (committed_at);
"""


def database_path(common_dir: str) -> str:
    """Return where the index of a repository lies: in the git directory its worktrees share."""
    return f"{common_dir}/{FOLDER}/{NAME}"


def open_database(common_dir: str, state: str, stamp: str) -> tuple[sqlite3.Connection, Lock | None]:
    """Open the index for writing, anew where it is of another version, of another ``stamp`` or not whole.

    ``stamp`` is what the index depends on besides the objects (the borders of a shallow clone). Where the folder
    cannot be written the index lives in memory, begun from the one that is there, and the second value, the
    writers' lock, is ``None``.
    """
    path = database_path(common_dir)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        lock = Lock(f"{path}.lock")
        with lock:
            return _usable(path, state, stamp), lock
    except (OSError, sqlite3.OperationalError):
        connection = _connect(":memory:")
        if not _copied(path, stamp, connection):
            _create(connection, state, stamp)
        return connection, None


def _copied(path: str, stamp: str, target: sqlite3.Connection) -> bool:
    """Copy an index that cannot be written; say whether there was one, of this version and stamp, and whole."""
    if not os.path.exists(path):
        return False
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    # On a file system that is read-only SQLite could take no lock, and needs none.
    source = sqlite3.connect(f"file:{quoted}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        if _version(source) != VERSION or _facts(source).get("stamp") != stamp:
            return False
        source.backup(target)
    except sqlite3.Error:
        return False
    else:
        return True
    finally:
        source.close()


def _usable(path: str, state: str, stamp: str) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        if _version(connection) == VERSION and _facts(connection).get("stamp") == stamp:
            return _tune(connection)
        fresh = _version(connection) == 0 and not os.path.getsize(path)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError:  # not a database, or a damaged one
        fresh = False
    connection.close()
    if not fresh:
        _forget(path)
    connection = _tune(_connect(path))
    _create(connection, state, stamp)
    return connection


def _forget(path: str) -> None:
    for name in (path, f"{path}-journal"):
        if os.path.exists(name):
            os.unlink(name)


def _connect(path: str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=60, isolation_level=None)


def _tune(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _create(connection: sqlite3.Connection, state: str, stamp: str) -> None:
    def fill() -> None:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.executemany("INSERT INTO facts VALUES (?, ?)", [("stamp", stamp), ("state", state)])
        connection.execute(f"PRAGMA user_version = {VERSION}")

    in_transaction(connection, fill)


def in_transaction(connection: sqlite3.Connection, action: Callable[[], object]) -> None:
    """Run an action so that all of it is kept or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        action()
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _facts(connection: sqlite3.Connection) -> dict[str, str]:
    try:
        return dict(connection.execute("SELECT name, value FROM facts"))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return {}
        raise
