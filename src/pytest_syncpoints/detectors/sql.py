"""SQL migrations: what each statement takes away or locks; ALTER TABLE is read by sqlglot.

Locks are PostgreSQL's (https://www.postgresql.org/docs/current/explicit-locking.html, sql-altertable.html), which the
other databases share in the main; the rules squawk and django-migration-linter have are held against these in
``tests/unit/detectors/test_migration_linters.py``.
"""

from __future__ import annotations

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.sql_statements import halves, statements, target_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.detectors.sql_statements import Statement
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

_CONCURRENTLY = "CONCURRENTLY, outside a transaction"
# What holds data, and goes with it.
_HOLDS_DATA = frozenset(("SCHEMA", "DATABASE", "TABLESPACE", "KEYSPACE", "TYPE", "DOMAIN"))
_LOCKING = {"REINDEX": "rebuilds an index", "CLUSTER": "rewrites a table", "VACUUM": "rewrites a table"}
_BACK = (".down.sql", "down.sql")


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what a new file does, what an edit alters, or what a deletion leaves behind."""
    if is_step_back(subject.path):
        return
    if subject.after is None:
        yield from _deleted(subject, facts)
        return
    forward, backward = halves(_text(subject.after))
    old = subject.before if subject.before is not None else subject.source
    known = [statement.text for statement in statements(halves(_text(old))[0])] if old is not None else []
    now = list(statements(forward))
    fresh = [statement for statement in now if statement.text not in known]
    if known and not _repeatable(subject.path):
        yield from _edited(subject, fresh, known, now)
    elif old is None and _lacks_a_way_back(subject, backward, facts) and now:
        yield database.one_way(subject, None, "there is no down migration", "write it, or an empty one that says why")
    yield from judge_statements(fresh, subject, made=_made(facts) | tables_made(now))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace").removeprefix("\ufeff")


def is_step_back(path: str) -> bool:
    """Say whether a file undoes another: it runs only where somebody goes back."""
    name = path.rpartition("/")[2]
    return name.endswith(_BACK) or (name[:1] == "U" and "__" in name) or "/revert/" in f"/{path}"


def _repeatable(path: str) -> bool:
    return path.rpartition("/")[2].startswith("R__")


def _deleted(subject: Subject, facts: Facts) -> Iterator[Finding]:
    folder = subject.path.rpartition("/")[0]
    renewed = any(other.after is not None and other.path.rpartition("/")[0] == folder for other in facts.subjects)
    if subject.file.renamed_to is None and not renewed and not _repeatable(subject.path):
        yield database.edits_history(subject, None, "deletes a migration")


def _edited(subject: Subject, fresh: list[Statement], known: list[str], now: list[Statement]) -> Iterator[Finding]:
    gone = set(known) - {statement.text for statement in now}
    if fresh or gone:
        yield database.edits_history(subject, fresh[0].line if fresh else None, "edits a landed migration")


def _lacks_a_way_back(subject: Subject, backward: str | None, facts: Facts) -> bool:
    if backward is not None:
        return not list(statements(backward))
    if not subject.path.endswith((".up.sql", "/up.sql")):
        return False  # not every tool has down migrations
    partner = f"{subject.path.removesuffix('up.sql')}down.sql"
    return all(other.path != partner for other in facts.subjects)


def _made(facts: Facts) -> frozenset[str]:
    """Return the tables that new files of this change create: no database holds data in them yet."""
    found: frozenset[str] = frozenset()
    for other in facts.subjects:
        if other.is_new and other.after is not None and not is_step_back(other.path):
            found |= tables_made(statements(halves(_text(other.after))[0]))
    return found


def tables_made(of: object) -> frozenset[str]:
    """Return the tables that some statements create."""
    return frozenset(target_of(one) for one in of if _creates_table(one))  # type: ignore[attr-defined]


def _creates_table(statement: Statement) -> bool:
    return statement.words[:1] == ("CREATE",) and "TABLE" in statement.words[1:4]


def judge_text(text: str, subject: Subject, *, at: int = 1, made: frozenset[str] = frozenset()) -> Iterator[Finding]:
    """Yield what SQL inside another language does; ``at`` is its line. Its reversal is no question here."""
    found = [one._replace(line=at + one.line - 1) for one in statements(text)]
    yield from judge_statements(found, subject, made=made | tables_made(found), updates=False)


def judge_statements(
    found: list[Statement], subject: Subject, *, made: frozenset[str], updates: bool = True
) -> Iterator[Finding]:
    """Yield what statements take away or lock, apart from tables that are ``made`` in this very change."""
    late: list[Statement] = []
    added = _columns_added(found)
    for statement in found:
        first = statement.words[0]
        if first == "ALTER":
            late.append(statement)
        elif first == "UPDATE" and updates:
            yield from _update(statement, subject, made, added)
        else:
            yield from _by_words(statement, subject, made)
    if late:
        from pytest_syncpoints.detectors import sql_alter

        yield from sql_alter.judge(late, subject, made)


def _columns_added(found: list[Statement]) -> frozenset[str]:
    columns: set[str] = set()
    for statement in found:
        words = statement.words
        if words[0] == "ALTER":
            starts = [at + 1 for at, word in enumerate(words) if word == "ADD"]
            for start in starts:
                rest = [
                    name
                    for word, name in zip(words[start:], statement.names[start:], strict=True)
                    if word not in ("COLUMN", "IF", "NOT", "EXISTS")
                ]
                columns.update(name.lower() for name in rest[:1])
    return frozenset(columns)


def _update(statement: Statement, subject: Subject, made: frozenset[str], added: frozenset[str]) -> Iterator[Finding]:
    """Yield the finding for values overwritten in place, but for those of a column that is new here."""
    if "SET" not in statement.words or target_of(statement, "UPDATE") in made:
        return
    after = statement.names[statement.words.index("SET") + 1 :]
    if after and after[0].lower().rpartition(".")[2] in added:
        return
    yield database.one_way(
        subject,
        statement.line,
        f"overwrites values of {target_of(statement, 'UPDATE')} in place",
        "keep the old values in a column of their own until the release is accepted",
    )


def _by_words(statement: Statement, subject: Subject, made: frozenset[str]) -> Iterator[Finding]:
    first, words, line = statement.words[0], statement.words, statement.line
    if first == "DROP":
        yield from _drop(statement, subject, made)
    elif first == "TRUNCATE" and target_of(statement, "TRUNCATE") not in made:
        more = ", and those of every table that refers to it" if "CASCADE" in words else ""
        yield database.deletes_rows(subject, line, f"empties table {target_of(statement, 'TRUNCATE')}{more}")
    elif first == "DELETE" and target_of(statement, "DELETE") not in made:
        yield database.deletes_rows(subject, line, f"deletes rows of {target_of(statement, 'DELETE')}")
    elif first == "CREATE" and "INDEX" in words[:4] and "CONCURRENTLY" not in words and "ON" in words:
        table = target_of(statement, "ON")
        if table not in made:
            yield database.locks(subject, line, f"builds an index on {table} at once", f"CREATE INDEX {_CONCURRENTLY}")
    elif first == "RENAME":
        yield database.renames(subject, line, f"table {target_of(statement, 'TABLE')}")
    elif first in _LOCKING and not {"CONCURRENTLY", "ANALYZE"} & set(words) and (first != "VACUUM" or "FULL" in words):
        yield database.locks(subject, line, _LOCKING[first], f"{first} {_CONCURRENTLY}, where there is such a form")
    elif words[:3] == ("REFRESH", "MATERIALIZED", "VIEW") and "CONCURRENTLY" not in words:
        yield database.locks(subject, line, "computes a view anew", "REFRESH MATERIALIZED VIEW CONCURRENTLY")


def _drop(statement: Statement, subject: Subject, made: frozenset[str]) -> Iterator[Finding]:
    words, line = statement.words, statement.line
    kind = next((word for word in words[1:4] if word not in ("MATERIALIZED", "FOREIGN", "TEMPORARY")), "")
    name = target_of(statement, kind)
    if kind == "TABLE" and "TEMPORARY" not in words[:3]:
        if name not in made:
            yield database.drops_table(subject, line, name)
    elif kind in _HOLDS_DATA:
        yield from _drop_other(kind, name, statement, subject)
    elif kind == "INDEX" and "CONCURRENTLY" not in words:
        yield database.locks(subject, line, f"drops index {name} at once", f"DROP INDEX {_CONCURRENTLY}")
    elif kind in ("EXTENSION", "SEQUENCE") and "CASCADE" in words:
        what = f"{kind.lower()} {name} and every column that depends on it"
        yield database.drops_other(subject, line, what)


def _drop_other(kind: str, name: str, statement: Statement, subject: Subject) -> Iterator[Finding]:
    if kind not in ("TYPE", "DOMAIN"):
        yield database.drops_other(subject, statement.line, f"{kind.lower()} {name} with everything in it")
    elif "CASCADE" in statement.words:
        yield database.drops_other(subject, statement.line, f"{kind.lower()} {name} and every column of it")
