"""What happens to a database, said once: the findings that migrations of Django, Alembic and plain SQL share."""

from __future__ import annotations

from pytest_syncpoints.subject import costly, irreversible, no_reverse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Subject

_LATER = "stop reading and writing it here; drop it in a later change, once nothing asks for it (expand and contract)"
_COPY = "add the new one beside it, write both, read the new, and drop the old in a later change (expand and contract)"
_LATER_LOCK = "write nothing slow in the same transaction, and set a lock timeout"


def drops_table(subject: Subject, line: int | None, table: str) -> Finding:
    """Return the finding for a table that goes with its rows."""
    return irreversible(
        subject, line, f"drops table {table} with its rows", undo="restore the rows from a backup", remedy=_LATER
    )


def drops_column(subject: Subject, line: int | None, column: str) -> Finding:
    """Return the finding for a column that goes with its values."""
    return irreversible(
        subject, line, f"drops column {column} with its values", undo="restore the values from a backup", remedy=_LATER
    )


def drops_other(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for anything else that holds data and goes: a schema, a database, a type."""
    return irreversible(subject, line, f"drops {what}", undo="restore it from a backup", remedy=_LATER)


def deletes_rows(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for rows that are deleted or overwritten in place."""
    return irreversible(
        subject,
        line,
        what,
        undo="restore the rows from a backup",
        remedy="keep the old values in a table or column of their own until the release is accepted",
    )


def renames(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for a name that running code of the version before still uses."""
    return costly(
        subject,
        line,
        f"renames {what}: code of the version before fails on it",
        undo="rename it back together with the code, with a gap in service",
        remedy=_COPY,
    )


def narrows(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for values that are cut off or cast where the new type holds less."""
    return irreversible(
        subject,
        line,
        f"{what}: values that do not fit are cut off, or the migration fails on them",
        undo="widening it again does not bring back what was cut off: restore it from a backup",
        remedy=_COPY,
    )


def retypes(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for a type that changes, with the table rewritten under a lock."""
    return costly(
        subject,
        line,
        f"{what}: the table may be rewritten under a lock, and code of the version before meets the new type",
        undo="change the type back; what was written meanwhile must fit",
        remedy=_COPY,
    )


def requires(subject: Subject, line: int | None, column: str) -> Finding:
    """Return the finding for a column that must be given and that the version before does not give."""
    return costly(
        subject,
        line,
        f"{column} must have a value and the database has no default: rows that the version before inserts are refused",
        undo="take the column's NOT NULL away before the code goes back",
        remedy="let it be NULL, or give it a default in the database, until no old code runs",
    )


def forbids_null(subject: Subject, line: int | None, column: str) -> Finding:
    """Return the finding for an existing column that no longer takes NULL."""
    return costly(
        subject,
        line,
        f"{column} no longer takes NULL: it fails where there is one, scans the table under a lock, and refuses "
        "what the version before writes",
        undo="let it be NULL again before the code goes back",
        remedy="add a check constraint NOT VALID, validate it in a later step, then set NOT NULL",
    )


def allows_null(subject: Subject, line: int | None, column: str) -> Finding:
    """Return the finding for a column that takes NULL from now on."""
    return costly(
        subject,
        line,
        f"{column} takes NULL from now on: code of the version before may not expect it",
        undo="NOT NULL comes back only once every NULL written meanwhile has a value",
        remedy="land code that expects NULL first",
    )


def restricts(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for a constraint: checked under a lock, and old code may break it."""
    return costly(
        subject,
        line,
        f"{what}: existing rows are checked under a lock, and what the version before writes may be refused",
        undo="drop the constraint before the code goes back",
        remedy="add it NOT VALID (a unique one from an index built concurrently), and validate it in a later step",
    )


def locks(subject: Subject, line: int | None, what: str, remedy: str = _LATER_LOCK) -> Finding:
    """Return the finding for work that keeps others from the table while it lasts."""
    return costly(
        subject,
        line,
        f"{what}: the table is locked while it lasts",
        undo="the lock ends with it; stopping it half-way leaves the work to do again",
        remedy=remedy,
    )


def one_way(subject: Subject, line: int | None, what: str, remedy: str) -> Finding:
    """Return the finding for a step forward without the step back."""
    return no_reverse(
        subject,
        line,
        what,
        undo="somebody writes the step back under pressure, or a backup is restored",
        remedy=remedy,
    )


def edits_history(subject: Subject, line: int | None, what: str) -> Finding:
    """Return the finding for a migration that databases may have run in its old form."""
    return costly(
        subject,
        line,
        f"{what}: databases that ran it already keep what the old form did",
        undo="revert it, and look at each database that ran the new form meanwhile",
        remedy="leave a landed migration as it is, and write a new one",
    )


def enum_value(subject: Subject, line: int) -> Finding:
    """Return the finding for a value added to an enumerated type, which PostgreSQL cannot take away again."""
    return costly(
        subject,
        line,
        "adds a value to an enumerated type, which cannot be taken away again",
        undo="make a new type without it and convert each column of it",
        remedy="a lookup table, or a text column with a check constraint",
    )


def unread(subject: Subject, line: int, why: str) -> Finding:
    """Return the REV003 of one statement that nobody could judge: the highest class, never a pass."""
    return irreversible(
        subject,
        line,
        f"a statement cannot be judged, so it counts as irreversible: {why}",
        undo="unknown until somebody reads it",
        remedy="have it read by whoever owns the data",
    )
