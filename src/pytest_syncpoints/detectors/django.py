"""Django migrations: what each operation takes away, and whether there is a way back.

Operations and their reversal: https://docs.djangoproject.com/en/stable/ref/migration-operations/ . That a default
of a field is not one of the database: the same page, and ``Field.db_default`` (Django 5.0).
"""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.python_source import (
    argument,
    called,
    dump,
    has_more,
    is_false,
    is_true,
    number,
    parse,
    text,
)
from pytest_syncpoints.detectors.python_sql import literals, sql_of
from pytest_syncpoints.subject import Unparsed, every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

# Fields that are no column of their table.
_NO_COLUMN = (
    "ManyToManyField",
    "GenericRelation",
    "ParentalManyToManyField",
    "TaggableManager",
    "ClusterTaggableManager",
)
_RELATIONS = ("ForeignKey", "OneToOneField", "ParentalKey")
# What of a field the database sees, and what of an operation it does not.
_COLUMN = frozenset(
    (
        *("null", "max_length", "unique", "db_index", "primary_key", "db_column", "max_digits", "decimal_places"),
        *("db_default", "db_collation", "db_constraint", "size", "srid", "dim"),
    )
)
_UNSEEN = ("options", "managers", "bases", "state_operations", "preserve_default", "elidable", "hints")
MOST_NESTED = 60
# How much a column of a kind holds: from a wider to a narrower one of a row, values may not fit.
_WIDTHS = (
    ("SmallIntegerField", "IntegerField", "BigIntegerField"),
    ("PositiveSmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"),
    ("PositiveSmallIntegerField", "SmallIntegerField"),
    ("PositiveIntegerField", "IntegerField"),
    ("PositiveBigIntegerField", "BigIntegerField"),
    ("SmallAutoField", "AutoField", "BigAutoField"),
    ("DateField", "DateTimeField"),
    ("IntegerField", "FloatField"),
    ("IntegerField", "DecimalField"),
    ("BooleanField", "NullBooleanField"),
)
# Kinds that are stored alike: going from one to another alters no value.
_ALIKE = (
    frozenset(("CharField", "SlugField", "EmailField", "URLField", "FilePathField", "FileField", "ImageField")),
    frozenset(("TextField", "RichTextField", "StreamField")),
    frozenset(("JSONField", "SanitizedJSONField")),
    frozenset(("IntegerField", "AutoField")),
    frozenset(("BigIntegerField", "BigAutoField")),
    frozenset(_RELATIONS),
)


class _Migration:
    """What a module's ``Migration`` class says."""

    def __init__(self, content: bytes) -> None:
        """Read it; raises Unparsed. A module without such a class holds no operations."""
        self.operations: list[ast.Call] = []
        self.replaces = False
        self.atomic = True
        self.readable = True
        for node in parse(content).body:
            if isinstance(node, ast.ClassDef) and node.name == "Migration":
                for statement in node.body:
                    self._read(statement)

    def _read(self, statement: ast.stmt) -> None:
        targets: list[ast.expr]
        if isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = [statement.target], statement.value
        elif isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        else:
            return
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if "operations" in names:
            self.readable = isinstance(value, ast.List | ast.Tuple)
            self.operations = list(_in_database(value))
        elif "replaces" in names:
            self.replaces = not (isinstance(value, ast.List | ast.Tuple) and not value.elts)
        elif "atomic" in names:
            self.atomic = not is_false(value)


def _in_database(value: ast.expr) -> Iterator[ast.Call]:
    """Yield the operations of a list that reach the database: of SeparateDatabaseAndState, only its database part."""
    for item in value.elts if isinstance(value, ast.List | ast.Tuple) else ():
        if not isinstance(item, ast.Call):
            continue
        if _kind(item) == "SeparateDatabaseAndState":
            inner = argument(item, "database_operations", 0)
            if inner is not None:
                yield from _in_database(inner)
        else:
            yield item


def _kind(call: ast.Call) -> str:
    return called(call).rpartition(".")[2]


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what the migration of a new file does, what an edit alters, or what a deletion leaves behind."""
    if subject.after is None:
        yield from _deleted(subject, facts)
        return
    after = _Migration(subject.after)
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
        before = _Migration(subject.before or b"")
        leaves = bool(before.operations) and not before.replaces
    except Unparsed:  # Python 2, say; what goes is a migration all the same
        leaves = True
    folder = subject.path.rpartition("/")[0]
    renewed = any(other.after is not None and other.path.rpartition("/")[0] == folder for other in facts.subjects)
    if subject.file.renamed_to is None and leaves and not renewed:
        yield database.edits_history(subject, None, "deletes a migration")


def _edited(after: _Migration, old: bytes, subject: Subject, facts: Facts) -> Iterator[Finding]:
    try:
        before = _Migration(old)
    except Unparsed:
        before = _Migration(b"")
    known = [_shape(call) for call in before.operations]
    fresh = []
    for call in after.operations:
        said = _shape(call)
        if said in known:
            known.remove(said)
        else:
            fresh.append(call)
    if subject.source is not None and subject.before is None and before.operations:
        yield database.edits_history(subject, None, "renames a migration, which runs again under its new name")
    elif not before.replaces and (_alters_schema(_kind(call) for call in fresh) or _alters_schema(_heads(known))):
        yield database.edits_history(subject, fresh[0].lineno if fresh else None, "edits a landed migration")
    yield from _operations(fresh, after, subject, facts)


def _alters_schema(kinds: Iterable[str]) -> bool:
    """Say whether an operation among these leaves its mark on databases; what fills them is done and over."""
    return any((kind in _JUDGES or kind == "CreateModel") and not kind.startswith("Run") for kind in kinds)


def _heads(shapes: list[str]) -> Iterator[str]:
    for shape in shapes:
        yield shape.partition("(")[0]


def _alike(kind: str) -> str:
    """Return one name for all kinds of field that are stored alike."""
    return next((min(kinds) for kinds in _ALIKE if kind in kinds), kind)


def _shape(node: ast.AST, depth: int = 0) -> str:
    """Return an operation as text, without what a database never sees: labels, choices, defaults, options."""
    if depth > MOST_NESTED:
        raise Unparsed("nested too deep")
    if isinstance(node, ast.Call) and _is_field(node):
        column = [word for word in node.keywords if word.arg in _COLUMN and isinstance(word.value, ast.Constant)]
        column = [word for word in column if not is_false(word.value)]
        return f"{_alike(_kind(node))}({','.join(sorted(f'{word.arg}={dump(word.value)}' for word in column))})"
    if isinstance(node, ast.Call):
        arguments = [_shape(arg, depth + 1) for arg in node.args]
        named = (word for word in node.keywords if word.arg not in _UNSEEN)
        arguments += sorted(f"{word.arg}={_shape(word.value, depth + 1)}" for word in named)
        return f"{_kind(node)}({','.join(arguments)})"
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return f"[{','.join(_shape(item, depth + 1) for item in node.elts)}]"
    return dump(node)


def _operations(operations: list[ast.Call], migration: _Migration, subject: Subject, facts: Facts) -> Iterator[Finding]:
    at = _Place(subject, facts, migration, _Made(facts, subject))
    judged = ((_JUDGES[_kind(call)], call) for call in operations if _kind(call) in _JUDGES)
    yield from every(judge_it(call, at) for judge_it, call in judged)


def _operations_of(content: bytes) -> list[ast.Call]:
    try:
        return _Migration(content).operations
    except Unparsed:
        return []


class _Place:
    """Where an operation stands."""

    def __init__(self, subject: Subject, facts: Facts, migration: _Migration, made: _Made) -> None:
        self.subject, self.facts, self.migration, self.made = subject, facts, migration, made
        self._parsed: dict[str, list[ast.Call]] = {}

    def gives_default(self, column: str | None) -> bool:
        """Say whether SQL of the same migration gives a column a default of the database's."""
        return any(
            "SET DEFAULT" in written.upper() and (column or "\0") in written
            for call in self.migration.operations
            if _kind(call) == "RunSQL"
            for _, written in literals(call)
        )

    def earlier(self, name: str) -> Iterator[list[ast.Call]]:
        """Yield the operations of earlier migrations of the folder that mention a name, the latest first."""
        own, siblings = self.subject.path, self.facts.siblings
        folder = own.rpartition("/")[0]
        for path in sorted(siblings, reverse=True):
            if path.rpartition("/")[0] == folder and path < own and name.encode() in siblings[path]:
                if path not in self._parsed:
                    self._parsed[path] = _operations_of(siblings[path])
                yield self._parsed[path]


class _Made:
    """Models and fields that migrations of this very change create: no database holds data in them yet."""

    def __init__(self, facts: Facts, subject: Subject) -> None:
        self.models: set[str] = set()
        self.fields: set[tuple[str, str]] = set()
        folder = subject.path.rpartition("/")[0]
        for other in facts.subjects:
            if other.is_new and other.after is not None and other.path.rpartition("/")[0] == folder:
                self._read(other.after)

    def _read(self, content: bytes) -> None:
        try:
            operations = _Migration(content).operations
        except Unparsed:
            return
        for call in operations:
            model = (text(argument(call, "model_name", 0)) or "").lower()
            if _kind(call) == "CreateModel":
                self.models.add((text(argument(call, "name", 0)) or "").lower())
            elif _kind(call) == "AddField":
                self.fields.add((model, text(argument(call, "name", 1)) or ""))

    def has(self, model: str | None, field: str | None = None) -> bool:
        """Say whether a model, or a field of it, is new."""
        return (model or "").lower() in self.models or ((model or "").lower(), field or "") in self.fields


def _names(call: ast.Call) -> tuple[str | None, str | None]:
    """Return model and field of an operation on a field."""
    return text(argument(call, "model_name", 0)), text(argument(call, "name", 1))


def _shown(model: str | None, field: str | None) -> str:
    return f"{model or '?'}.{field or '?'}"


def _remove_field(call: ast.Call, at: _Place) -> Iterator[Finding]:
    model, field = _names(call)
    if not at.made.has(model, field):
        yield database.drops_column(at.subject, call.lineno, _shown(model, field))


def _delete_model(call: ast.Call, at: _Place) -> Iterator[Finding]:
    name = text(argument(call, "name", 0))
    if not at.made.has(name):
        yield database.drops_table(at.subject, call.lineno, f"of model {name or '?'}")


def _rename(call: ast.Call, at: _Place) -> Iterator[Finding]:
    kind = _kind(call)
    if kind == "RenameModel":
        model, old, new = text(argument(call, "old_name", 0)), "old_name", ("new_name", 1)
        what = f"the table of model {model or '?'}"
    elif kind == "AlterModelTable":
        model, old, new = text(argument(call, "name", 0)), "name", ("table", 1)
        what = f"the table of model {model or '?'}"
    else:
        model, old, new = text(argument(call, "model_name", 0)), "old_name", ("new_name", 2)
        what = f"column {_shown(model, text(argument(call, old, 1)))}"
    if not at.made.has(model, text(argument(call, old, 1))):
        to = text(argument(call, *new))
        yield database.renames(at.subject, call.lineno, f"{what} to {to}" if to else what)


def _add_field(call: ast.Call, at: _Place) -> Iterator[Finding]:
    model, name = _names(call)
    field = argument(call, "field", 2)
    if not isinstance(field, ast.Call) or at.made.has(model):
        return
    if is_true(argument(field, "unique")) or _kind(field) == "OneToOneField":
        yield database.restricts(at.subject, call.lineno, f"adds {_shown(model, name)} as unique")
    if _is_required(field) and not at.gives_default(name):
        yield database.requires(at.subject, call.lineno, f"new column {_shown(model, name)}")


def _is_required(field: ast.Call) -> bool:
    if _kind(field) in _NO_COLUMN or not _is_field(field) or has_more(field):
        return False
    return (
        not is_true(argument(field, "null"))
        and argument(field, "db_default") is None
        and _kind(field) not in ("GeneratedField", "NullBooleanField")
    )


def _is_field(call: ast.Call) -> bool:
    kind = _kind(call)
    return (kind.endswith("Field") or kind in _RELATIONS) and kind not in _JUDGES


def _alter_field(call: ast.Call, at: _Place) -> Iterator[Finding]:
    model, name = _names(call)
    new = argument(call, "field", 2)
    if not isinstance(new, ast.Call) or at.made.has(model, name) or _kind(new) in _NO_COLUMN:
        return
    old = _earlier(model, name, at)
    if old is None:  # what it was cannot be told
        return
    shown = f"column {_shown(model, name)}"
    yield from _type_change(old, new, shown, call, at)
    if is_true(argument(old, "null")) and not is_true(argument(new, "null")):
        yield database.forbids_null(at.subject, call.lineno, shown)
    if is_true(argument(new, "unique")) and not is_true(argument(old, "unique")):
        yield database.restricts(at.subject, call.lineno, f"makes {shown} unique")
    if is_true(argument(new, "db_index")) and not is_true(argument(old, "db_index")):
        yield _index(call, at, f"indexes {shown}")


def _type_change(old: ast.Call, new: ast.Call, shown: str, call: ast.Call, at: _Place) -> Iterator[Finding]:
    before, after = _kind(old), _kind(new)
    longest, longer = number(argument(new, "max_length")), number(argument(old, "max_length"))
    if longest is not None and (longer is not None or before == "TextField") and (longer is None or longest < longer):
        was = longer if longer is not None else "any number of"
        yield database.narrows(at.subject, call.lineno, f"shortens {shown} from {was} to {longest} characters")
    elif _digits(new) < _digits(old):
        yield database.narrows(at.subject, call.lineno, f"takes digits from {shown}")
    elif before == after or any(before in kinds and after in kinds for kinds in _ALIKE):
        return
    elif any(before in row and after in row and row.index(before) > row.index(after) for row in _WIDTHS):
        yield database.narrows(at.subject, call.lineno, f"changes {shown} from {before} to {after}")
    elif _is_stock(old) and _is_stock(new) and not (before in _ALIKE[0] and after == "TextField"):
        yield database.retypes(at.subject, call.lineno, f"changes {shown} from {before} to {after}")


def _is_stock(field: ast.Call) -> bool:
    """Say whether a field is one of Django's own: what another one stores, its name does not tell."""
    return called(field).startswith(("models.", "django.db.models."))


def _digits(field: ast.Call) -> tuple[int, int]:
    if _kind(field) != "DecimalField":
        return (0, 0)
    whole, places = number(argument(field, "max_digits")), number(argument(field, "decimal_places"))
    return (whole or 0) - (places or 0), places or 0


def _earlier(model: str | None, name: str | None, at: _Place) -> ast.Call | None:
    """Return the field as the latest earlier migration of the folder states it, ``None`` where none does."""
    for operations in at.earlier(name or ""):
        found = _stated(operations, model, name)
        if found is not None:
            return found
    return None


def _stated(operations: list[ast.Call], model: str | None, name: str | None) -> ast.Call | None:
    found = None
    for call in operations:
        if _kind(call) in ("AddField", "AlterField"):
            of, field = _names(call)
            stated = argument(call, "field", 2)
            if (of or "").lower() == (model or "").lower() and field == name and isinstance(stated, ast.Call):
                found = stated
        elif _kind(call) == "CreateModel" and (text(argument(call, "name", 0)) or "").lower() == (model or "").lower():
            found = _of_model(argument(call, "fields", 1), name) or found
    return found


def _of_model(fields: ast.expr | None, name: str | None) -> ast.Call | None:
    for item in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
        if isinstance(item, ast.Tuple) and len(item.elts) == 2 and text(item.elts[0]) == name:
            return item.elts[1] if isinstance(item.elts[1], ast.Call) else None
    return None


def _index(call: ast.Call, at: _Place, what: str) -> Finding:
    return database.locks(
        at.subject, call.lineno, f"{what} at once", "AddIndexConcurrently, in a migration with atomic = False"
    )


def _add_index(call: ast.Call, at: _Place) -> Iterator[Finding]:
    model = text(argument(call, "model_name", 0))
    if not at.made.has(model):
        yield _index(call, at, f"builds an index on {model or '?'}")


def _concurrent_index(call: ast.Call, at: _Place) -> Iterator[Finding]:
    if at.migration.atomic:
        yield database.locks(
            at.subject,
            call.lineno,
            "builds an index concurrently inside a transaction, which the database refuses",
            "atomic = False in this migration",
        )


def _remove_index(call: ast.Call, at: _Place) -> Iterator[Finding]:
    model = text(argument(call, "model_name", 0))
    if not at.made.has(model):
        remedy = "RemoveIndexConcurrently, in a migration with atomic = False"
        yield database.locks(at.subject, call.lineno, f"drops an index of {model or '?'} at once", remedy)


def _constraint(call: ast.Call, at: _Place) -> Iterator[Finding]:
    model = text(argument(call, "model_name", 0) if _kind(call) == "AddConstraint" else argument(call, "name", 0))
    wanted = (
        argument(call, "constraint", 1) or argument(call, "unique_together", 1) or argument(call, "index_together", 1)
    )
    empty = isinstance(wanted, ast.Set | ast.List | ast.Tuple) and not wanted.elts
    if at.made.has(model) or empty or (isinstance(wanted, ast.Call) and called(wanted) == "set"):
        return
    if _kind(call) == "AlterIndexTogether":
        yield _index(call, at, f"builds an index on {model or '?'}")
    else:
        yield database.restricts(at.subject, call.lineno, f"constrains {model or '?'}")


def _run_python(call: ast.Call, at: _Place) -> Iterator[Finding]:
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


def _run_sql(call: ast.Call, at: _Place) -> Iterator[Finding]:
    if argument(call, "reverse_sql", 1) is None and not has_more(call):
        yield database.one_way(
            at.subject,
            call.lineno,
            "RunSQL has no reverse_sql",
            "write one, or say that none is needed: migrations.RunSQL.noop",
        )
    yield from sql_of(argument(call, "sql", 0), at.subject)


_JUDGES: dict[str, Callable[[ast.Call, _Place], Iterable[Finding]]] = {
    "RemoveField": _remove_field,
    "DeleteModel": _delete_model,
    "RenameField": _rename,
    "RenameModel": _rename,
    "AlterModelTable": _rename,
    "AddField": _add_field,
    "AlterField": _alter_field,
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
