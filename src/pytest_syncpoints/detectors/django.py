"""Django migrations: what each operation takes away, and whether there is a way back.

Operations and their reversal: https://docs.djangoproject.com/en/stable/ref/migration-operations/ . That a default
of a field is not one of the database: the same page, and ``Field.db_default`` (Django 5.0).
"""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.django_fields import add_field, alter_field, builds_index, shape
from pytest_syncpoints.detectors.django_migration import Made, Migration, Place, column_name, kind_of, names_of
from pytest_syncpoints.detectors.python_source import (
    argument,
    called,
    has_more,
    text,
)
from pytest_syncpoints.detectors.python_sql import sql_of
from pytest_syncpoints.subject import Unparsed, every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what the migration of a new file does, what an edit alters, or what a deletion leaves behind."""
    if subject.after is None:
        yield from _deleted(subject, facts)
        return
    after = Migration(subject.after)
    if after.replaces:  # a squash repeats what databases have run already
        return
    if not after.readable:
        raise Unparsed("its operations are computed, not listed")
    old = subject.before if subject.before is not None else subject.source
    if old is None:
        yield from _operations(after.operations, after, subject, facts)
    else:
        yield from _edited(after, old, subject, facts)


def _deleted(subject: Subject, facts: Facts) -> Iterator[Finding]:
    try:
        before = Migration(subject.before or b"")
        leaves = bool(before.operations) and not before.replaces
    except Unparsed:  # Python 2, say; what goes is a migration all the same
        leaves = True
    folder = subject.path.rpartition("/")[0]
    renewed = any(other.after is not None and other.path.rpartition("/")[0] == folder for other in facts.subjects)
    if subject.file.renamed_to is None and leaves and not renewed:
        yield database.edits_history(subject, None, "deletes a migration")


def _edited(after: Migration, old: bytes, subject: Subject, facts: Facts) -> Iterator[Finding]:
    try:
        before = Migration(old)
    except Unparsed:
        before = Migration(b"")
    known = [shape(call) for call in before.operations]
    fresh = []
    for call in after.operations:
        said = shape(call)
        if said in known:
            known.remove(said)
        else:
            fresh.append(call)
    if subject.source is not None and subject.before is None and before.operations:
        yield database.edits_history(subject, None, "renames a migration, which runs again under its new name")
    elif not before.replaces and (_alters_schema(kind_of(call) for call in fresh) or _alters_schema(_heads(known))):
        yield database.edits_history(subject, fresh[0].lineno if fresh else None, "edits a landed migration")
    yield from _operations(fresh, after, subject, facts)


def _alters_schema(kinds: Iterable[str]) -> bool:
    """Say whether an operation among these leaves its mark on databases; what fills them is done and over."""
    return any((kind in _JUDGES or kind == "CreateModel") and not kind.startswith("Run") for kind in kinds)


def _heads(shapes: list[str]) -> Iterator[str]:
    for each in shapes:
        yield each.partition("(")[0]


def _operations(operations: list[ast.Call], migration: Migration, subject: Subject, facts: Facts) -> Iterator[Finding]:
    at = Place(subject, facts, migration, Made(facts, subject))
    judged = ((_JUDGES[kind_of(call)], call) for call in operations if kind_of(call) in _JUDGES)
    yield from every(judge_it(call, at) for judge_it, call in judged)


def _remove_field(call: ast.Call, at: Place) -> Iterator[Finding]:
    model, field = names_of(call)
    if not at.made.has(model, field):
        yield database.drops_column(at.subject, call.lineno, column_name(model, field))


def _delete_model(call: ast.Call, at: Place) -> Iterator[Finding]:
    name = text(argument(call, "name", 0))
    if not at.made.has(name):
        yield database.drops_table(at.subject, call.lineno, f"of model {name or '?'}")


def _rename(call: ast.Call, at: Place) -> Iterator[Finding]:
    kind = kind_of(call)
    if kind == "RenameModel":
        model, old, new = text(argument(call, "old_name", 0)), "old_name", ("new_name", 1)
        what = f"the table of model {model or '?'}"
    elif kind == "AlterModelTable":
        model, old, new = text(argument(call, "name", 0)), "name", ("table", 1)
        what = f"the table of model {model or '?'}"
    else:
        model, old, new = text(argument(call, "model_name", 0)), "old_name", ("new_name", 2)
        what = f"column {column_name(model, text(argument(call, old, 1)))}"
    if not at.made.has(model, text(argument(call, old, 1))):
        to = text(argument(call, *new))
        yield database.renames(at.subject, call.lineno, f"{what} to {to}" if to else what)


def _add_index(call: ast.Call, at: Place) -> Iterator[Finding]:
    model = text(argument(call, "model_name", 0))
    if not at.made.has(model):
        yield builds_index(call, at, f"builds an index on {model or '?'}")


def _concurrent_index(call: ast.Call, at: Place) -> Iterator[Finding]:
    if at.migration.atomic:
        yield database.locks(
            at.subject,
            call.lineno,
            "builds an index concurrently inside a transaction, which the database refuses",
            "atomic = False in this migration",
        )


def _remove_index(call: ast.Call, at: Place) -> Iterator[Finding]:
    model = text(argument(call, "model_name", 0))
    if not at.made.has(model):
        remedy = "RemoveIndexConcurrently, in a migration with atomic = False"
        yield database.locks(at.subject, call.lineno, f"drops an index of {model or '?'} at once", remedy)


def _constraint(call: ast.Call, at: Place) -> Iterator[Finding]:
    model = text(argument(call, "model_name", 0) if kind_of(call) == "AddConstraint" else argument(call, "name", 0))
    wanted = (
        argument(call, "constraint", 1) or argument(call, "unique_together", 1) or argument(call, "index_together", 1)
    )
    empty = isinstance(wanted, ast.Set | ast.List | ast.Tuple) and not wanted.elts
    if at.made.has(model) or empty or (isinstance(wanted, ast.Call) and called(wanted) == "set"):
        return
    if kind_of(call) == "AlterIndexTogether":
        yield builds_index(call, at, f"builds an index on {model or '?'}")
    else:
        yield database.restricts(at.subject, call.lineno, f"constrains {model or '?'}")


def _run_python(call: ast.Call, at: Place) -> Iterator[Finding]:
    back = argument(call, "reverse_code", 1)
    if not (back is None or (isinstance(back, ast.Constant) and back.value is None)) or has_more(call):
        return
    forward = called(argument(call, "code", 0) or call) or _source(argument(call, "code", 0))
    if forward.endswith("noop"):
        return
    yield database.one_way(
        at.subject,
        call.lineno,
        "RunPython has no reverse_code",
        "write one, or say that none is needed: migrations.RunPython.noop",
    )


def _source(node: ast.expr | None) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def _run_sql(call: ast.Call, at: Place) -> Iterator[Finding]:
    if argument(call, "reverse_sql", 1) is None and not has_more(call):
        yield database.one_way(
            at.subject,
            call.lineno,
            "RunSQL has no reverse_sql",
            "write one, or say that none is needed: migrations.RunSQL.noop",
        )
    yield from sql_of(argument(call, "sql", 0), at.subject)


_JUDGES: dict[str, Callable[[ast.Call, Place], Iterable[Finding]]] = {
    "RemoveField": _remove_field,
    "DeleteModel": _delete_model,
    "RenameField": _rename,
    "RenameModel": _rename,
    "AlterModelTable": _rename,
    "AddField": add_field,
    "AlterField": alter_field,
    "AddIndex": _add_index,
    "AddIndexConcurrently": _concurrent_index,
    "RemoveIndexConcurrently": _concurrent_index,
    "RemoveIndex": _remove_index,
    "AddConstraint": _constraint,
    "AlterUniqueTogether": _constraint,
    "AlterIndexTogether": _constraint,
    "RunPython": _run_python,
    "RunSQL": _run_sql,
}
