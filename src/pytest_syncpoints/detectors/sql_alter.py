"""ALTER: what it takes away, narrows, requires, constrains or locks, as sqlglot reads it."""

from __future__ import annotations

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.sql_statements import target_of
from pytest_syncpoints.subject import NotRead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.detectors.sql_statements import Statement
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Subject

INSTALL = "sqlglot is not installed: pip install 'pytest-syncpoints[sql]'"
MOST_CHARACTERS = 20_000
MOST_NESTED = 60
# Objects whose definition is all there is to them: what they were stands in the history.
_NO_DATA = frozenset(
    (
        *("FUNCTION", "PROCEDURE", "VIEW", "MATERIALIZED", "SEQUENCE", "POLICY", "ROLE", "USER", "GROUP", "DEFAULT"),
        *("EXTENSION", "PUBLICATION", "SUBSCRIPTION", "TRIGGER", "INDEX", "SYSTEM", "AGGREGATE", "SCHEMA", "SERVER"),
        *("DATABASE", "EVENT", "FOREIGN", "LANGUAGE", "OPERATOR", "STATISTICS", "LOGIN", "ROUTINE", "COLLATION"),
    )
)
# Forms of ALTER TABLE that sqlglot does not read and that neither lose nor rewrite anything.
_HARMLESS = (
    ("VALIDATE", "CONSTRAINT"), ("OWNER", "TO"), ("ENABLE", "ROW"), ("DISABLE", "ROW"), ("FORCE", "ROW"),
    ("NO", "FORCE"), ("ENABLE", "TRIGGER"), ("DISABLE", "TRIGGER"), ("REPLICA", "IDENTITY"), ("SET", "STATISTICS"),
    ("USING", "INDEX"), ("CLUSTER", "ON"), ("ATTACH", "PARTITION"), ("ALTER", "CONSTRAINT"), ("SET", "STORAGE"),
    ("ENABLE", "ALWAYS"), ("ENABLE", "REPLICA"), ("SET", "SCHEMA"), ("RENAME", "CONSTRAINT"), ("INHERIT",),
    ("ADD", "GENERATED"), ("SET", "GENERATED"), ("DROP", "IDENTITY"), ("SET", "COMPRESSION"), ("RESTART",),
    ("RENAME", "INDEX"), ("RENAME", "KEY"), ("DROP", "EXPRESSION"), ("ENGINE",), ("AUTO_INCREMENT",), ("COMMENT",),
    ("ROW", "LEVEL"), ("DROP", "FOREIGN"), ("DROP", "CHECK"), ("RESET",),
)  # fmt: skip


def judge(found: list[Statement], subject: Subject, made: frozenset[str]) -> Iterator[Finding]:
    """Yield what ALTER statements do; raises NotRead where sqlglot is needed and not installed."""
    for statement in found:
        yield from _statement(statement, subject, made)


def _statement(statement: Statement, subject: Subject, made: frozenset[str]) -> Iterator[Finding]:
    words, line = statement.words, statement.line
    kind = words[1] if len(words) > 1 else ""
    if kind == "TYPE":
        yield from _type(statement, subject)
    elif kind == "DOMAIN":
        if "ADD" in words and "VALID" not in words:
            yield database.restricts(subject, line, "constrains a domain, and every column of it")
    elif kind in _NO_DATA:
        return
    elif kind in ("TABLE", "IGNORE"):
        table = target_of(statement)
        if table not in made:
            yield from _table(statement, table, subject)
    else:
        yield database.unread(subject, line, f"ALTER {kind}"[:40])


def _type(statement: Statement, subject: Subject) -> Iterator[Finding]:
    words = statement.words
    if "VALUE" in words and "ADD" in words:
        yield database.enum_value(subject, statement.line)
    elif "RENAME" in words:
        yield database.renames(subject, statement.line, "a type, or a value or attribute of one")
    elif "DROP" in words:
        yield database.drops_column(subject, statement.line, f"of type {target_of(statement, 'TYPE')}")


def _table(statement: Statement, table: str, subject: Subject) -> Iterator[Finding]:
    words, line = statement.words, statement.line
    if "DETACH" in words and "PARTITION" in words:
        if "CONCURRENTLY" not in words:
            yield database.locks(subject, line, f"detaches a partition of {table}", "DETACH PARTITION ... CONCURRENTLY")
        return
    if _holds(words, ("DROP", "PARTITION")):
        yield database.deletes_rows(subject, line, f"drops a partition of {table} with its rows")
        return
    parsed = _parsed(statement)
    if parsed is None:
        if not any(_holds(words, phrase) for phrase in _HARMLESS):
            yield database.unread(subject, line, f"ALTER TABLE {table} in a form sqlglot does not read")
        return
    for action in parsed.args.get("actions") or ():
        yield from _action(action, parsed, statement, table, subject)


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(2, len(words)))


def _parsed(statement: Statement) -> Any:
    """Return the statement as sqlglot's Alter in the first dialect that reads it, ``None`` where none does."""
    try:
        import sqlglot
    except ImportError:
        raise NotRead(INSTALL) from None
    import logging

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it tells the terminal of each form it does not know
    text = statement.text
    if len(text) > MOST_CHARACTERS or _depth(text) > MOST_NESTED:
        return None
    for dialect in _dialects(text):
        try:
            parsed = sqlglot.parse_one(text, dialect=dialect)
        except (sqlglot.errors.SqlglotError, RecursionError, ValueError, TypeError, AttributeError, KeyError):
            continue
        if isinstance(parsed, sqlglot.exp.Alter):
            return parsed
    return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth -= 1
    return deepest


def _dialects(text: str) -> tuple[str, ...]:
    if "`" in text:
        return ("mysql", "bigquery")
    if "[" in text and "]" in text and "[]" not in text:
        return ("tsql", "postgres")
    return ("postgres", "mysql", "tsql", "oracle", "snowflake")


def _action(action: Any, parsed: Any, statement: Statement, table: str, subject: Subject) -> Iterator[Finding]:
    """Yield what one action of an ALTER TABLE does."""
    line = statement.line
    kind = type(action).__name__
    if kind == "Drop":
        if (action.args.get("kind") or "COLUMN").upper() == "COLUMN":
            for column in action.args.get("tables") or [action.this]:
                yield database.drops_column(subject, line, f"{table}.{getattr(column, 'name', '?')}")
    elif kind == "RenameColumn":
        yield database.renames(subject, line, f"column {table}.{action.this.name}")
    elif kind in ("AlterRename", "RenameTable"):
        yield database.renames(subject, line, f"table {table}")
    elif kind == "ColumnDef":
        yield from _new_column(action, f"{table}.{action.name}", line, subject)
    elif kind == "AlterColumn":
        yield from _column(action, statement, f"column {table}.{action.name}", line, subject)
    elif kind == "ModifyColumn":
        yield from _modified(action, table, line, subject)
    elif kind == "AddConstraint":
        if not parsed.args.get("not_valid") and "VALID" not in statement.words:
            yield from _constraint(action, table, line, subject)
    elif kind == "AlterModifySqlSecurity" or kind not in _QUIET:
        yield database.unread(subject, line, f"{kind} of {table}")


_QUIET = ("AlterSet", "DropPrimaryKey", "AddPartition", "AlterSortKey", "AlterDistStyle", "SwapTable", "AlterIndex")


def _constraints(column: Any) -> set[str]:
    return {type(one.args.get("kind")).__name__ for one in column.args.get("constraints") or ()}


def _new_column(column: Any, name: str, line: int, subject: Subject) -> Iterator[Finding]:
    said = _constraints(column)
    kind = column.args.get("kind")
    written = kind.sql().upper() if kind is not None else ""
    if "SERIAL" in written:
        yield database.retypes(subject, line, f"adds {name} as {written}, a default that rewrites every row")
    elif "ComputedColumnConstraint" in said and "GeneratedAsIdentityColumnConstraint" not in said:
        yield database.locks(subject, line, f"computes {name} for every row", "a plain column and a trigger")
    elif "DefaultColumnConstraint" in said and _is_volatile(column):
        yield database.locks(
            subject, line, f"fills {name} by a function for every row", "add it, then fill it in batches"
        )
    elif "NotNullColumnConstraint" in said and not said & _FILLED and not _nullable(column):
        yield database.requires(subject, line, f"new column {name}")
    if said & {"UniqueColumnConstraint", "PrimaryKeyColumnConstraint"}:
        yield database.restricts(subject, line, f"adds {name} as unique")
    if "CheckColumnConstraint" in said:
        yield database.restricts(subject, line, f"adds {name} with a check")


_FILLED = frozenset(("DefaultColumnConstraint", "GeneratedAsIdentityColumnConstraint", "AutoIncrementColumnConstraint"))


def _nullable(column: Any) -> bool:
    for one in column.args.get("constraints") or ():
        kind = one.args.get("kind")
        if type(kind).__name__ == "NotNullColumnConstraint" and kind.args.get("allow_null"):
            return True
    return False


# Functions that give each row of one statement the same value: their default is stored once (PostgreSQL 11).
_STABLE = ("Currenttimestamp", "Currentdate", "Currenttime", "Currentuser", "Localtimestamp")


def _is_volatile(column: Any) -> bool:
    for one in column.args.get("constraints") or ():
        kind = one.args.get("kind")
        if type(kind).__name__ == "DefaultColumnConstraint":
            value = kind.this
            names = {type(node).__name__ for node in value.walk()}
            calls = {type(node).__name__ for node in value.walk() if hasattr(node, "sql_names")}
            anonymous = {str(node.this).upper() for node in value.walk() if type(node).__name__ == "Anonymous"}
            calls = {name for name in calls if name.capitalize() not in _STABLE and name not in _PLAIN}
            return bool(calls - {"Anonymous"}) or bool(anonymous - {"NOW", "STATEMENT_TIMESTAMP"}) or "Uuid" in names
    return False


_PLAIN = frozenset(("Cast", "TryCast", "Array", "Map", "Struct", "JSON", "ParseJSON", "And", "Or", "Case", "List"))


def _column(action: Any, statement: Statement, name: str, line: int, subject: Subject) -> Iterator[Finding]:
    words = statement.words
    if action.args.get("dtype") is not None:
        yield _retyped(action.args["dtype"], name, line, subject)
    elif action.args.get("allow_null") and action.args.get("drop"):
        yield database.allows_null(subject, line, name)
    elif action.args.get("default") is None and not action.args.get("drop") and _holds(words, ("SET", "NOT", "NULL")):
        yield database.forbids_null(subject, line, name)


def _retyped(dtype: Any, name: str, line: int, subject: Subject) -> Finding:
    """Return the finding for a new type; what it was, the statement does not say, so that a bound may cut off."""
    written = dtype.sql().upper()
    if written in ("TEXT", "TIMESTAMPTZ", "BIGINT", "JSONB"):
        return database.retypes(subject, line, f"changes {name} to {written}")
    return database.narrows(subject, line, f"changes {name} to {written}")


def _modified(action: Any, table: str, line: int, subject: Subject) -> Iterator[Finding]:
    column = action.this
    name = f"column {table}.{column.name}"
    old = action.args.get("rename_from")
    if old is not None and old.name != column.name:
        yield database.renames(subject, line, f"column {table}.{old.name}")
    if column.args.get("kind") is not None:
        yield _retyped(column.args["kind"], name, line, subject)
    if "NotNullColumnConstraint" in _constraints(column) and not _nullable(column):
        yield database.forbids_null(subject, line, name)


def _constraint(action: Any, table: str, line: int, subject: Subject) -> Iterator[Finding]:
    for one in action.args.get("expressions") or ():
        for part in one.args.get("expressions") or (one,) if type(one).__name__ == "Constraint" else (one,):
            kind = type(part).__name__
            if kind == "IndexColumnConstraint":
                yield database.locks(subject, line, f"builds an index on {table} at once", "an online build")
            else:
                yield database.restricts(subject, line, f"adds a {_KINDS.get(kind, 'constraint')} to {table}")
            return


_KINDS = {"ForeignKey": "foreign key", "PrimaryKey": "primary key", "UniqueColumnConstraint": "unique constraint"}
