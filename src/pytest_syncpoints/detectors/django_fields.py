"""Fields of Django's models: what a new or altered one asks of a table, and what a database sees of it."""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.django_migration import column_name, kind_of, names_of
from pytest_syncpoints.detectors.python_source import argument, called, dump, has_more, is_false, is_true, number, text
from pytest_syncpoints.subject import Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.detectors.django_migration import Place
    from pytest_syncpoints.finding import Finding

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
_FIELD_OPERATIONS = ("AddField", "AlterField", "RemoveField", "RenameField")


def _alike(kind: str) -> str:
    """Return one name for all kinds of field that are stored alike."""
    return next((min(kinds) for kinds in _ALIKE if kind in kinds), kind)


def shape(node: ast.AST, depth: int = 0) -> str:
    """Return an operation as text, without what a database never sees: labels, choices, defaults, options."""
    if depth > MOST_NESTED:
        raise Unparsed("nested too deep")
    if isinstance(node, ast.Call) and is_field(node):
        column = [word for word in node.keywords if word.arg in _COLUMN and isinstance(word.value, ast.Constant)]
        column = [word for word in column if not is_false(word.value)]
        return f"{_alike(kind_of(node))}({','.join(sorted(f'{word.arg}={dump(word.value)}' for word in column))})"
    if isinstance(node, ast.Call):
        arguments = [shape(arg, depth + 1) for arg in node.args]
        named = (word for word in node.keywords if word.arg not in _UNSEEN)
        arguments += sorted(f"{word.arg}={shape(word.value, depth + 1)}" for word in named)
        return f"{kind_of(node)}({','.join(arguments)})"
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return f"[{','.join(shape(item, depth + 1) for item in node.elts)}]"
    return dump(node)


def add_field(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Yield what a new column asks of the rows that are there."""
    model, name = names_of(call)
    field = argument(call, "field", 2)
    if not isinstance(field, ast.Call) or at.made.has(model):
        return
    if is_true(argument(field, "unique")) or kind_of(field) == "OneToOneField":
        yield database.restricts(at.subject, call.lineno, f"adds {column_name(model, name)} as unique")
    if _is_required(field) and not at.gives_default(name):
        yield database.requires(at.subject, call.lineno, f"new column {column_name(model, name)}")


def _is_required(field: ast.Call) -> bool:
    if kind_of(field) in _NO_COLUMN or not is_field(field) or has_more(field):
        return False
    return (
        not is_true(argument(field, "null"))
        and argument(field, "db_default") is None
        and kind_of(field) not in ("GeneratedField", "NullBooleanField")
    )


def is_field(call: ast.Call) -> bool:
    """Say whether a call makes a field of a model."""
    kind = kind_of(call)
    return (kind.endswith("Field") or kind in _RELATIONS) and kind not in _FIELD_OPERATIONS


def alter_field(call: ast.Call, at: Place) -> Iterator[Finding]:
    """Yield what a column loses by its new definition, as far as an earlier migration says what it was."""
    model, name = names_of(call)
    new = argument(call, "field", 2)
    if not isinstance(new, ast.Call) or at.made.has(model, name) or kind_of(new) in _NO_COLUMN:
        return
    old = _earlier(model, name, at)
    if old is None:  # what it was cannot be told
        return
    shown = f"column {column_name(model, name)}"
    yield from _type_change(old, new, shown, call, at)
    if is_true(argument(old, "null")) and not is_true(argument(new, "null")):
        yield database.forbids_null(at.subject, call.lineno, shown)
    if is_true(argument(new, "unique")) and not is_true(argument(old, "unique")):
        yield database.restricts(at.subject, call.lineno, f"makes {shown} unique")
    if is_true(argument(new, "db_index")) and not is_true(argument(old, "db_index")):
        yield builds_index(call, at, f"indexes {shown}")


def _type_change(old: ast.Call, new: ast.Call, shown: str, call: ast.Call, at: Place) -> Iterator[Finding]:
    before, after = kind_of(old), kind_of(new)
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
    if kind_of(field) != "DecimalField":
        return (0, 0)
    whole, places = number(argument(field, "max_digits")), number(argument(field, "decimal_places"))
    return (whole or 0) - (places or 0), places or 0


def _earlier(model: str | None, name: str | None, at: Place) -> ast.Call | None:
    """Return the field as the latest earlier migration of the folder states it, ``None`` where none does."""
    for operations in at.earlier(name or ""):
        found = _stated(operations, model, name)
        if found is not None:
            return found
    return None


def _stated(operations: list[ast.Call], model: str | None, name: str | None) -> ast.Call | None:
    found, wanted = None, (model or "").lower()
    for call in operations:
        if kind_of(call) in ("AddField", "AlterField"):
            of, field = names_of(call)
            stated = argument(call, "field", 2)
            if (of or "").lower() == wanted and field == name and isinstance(stated, ast.Call):
                found = stated
        elif (
            kind_of(call) == "CreateModel" and (text(argument(call, "name", 0)) or "").lower() == (model or "").lower()
        ):
            found = _of_model(argument(call, "fields", 1), name) or found
    return found


def _of_model(fields: ast.expr | None, name: str | None) -> ast.Call | None:
    for item in fields.elts if isinstance(fields, ast.List | ast.Tuple) else ():
        if isinstance(item, ast.Tuple) and len(item.elts) == 2 and text(item.elts[0]) == name:
            return item.elts[1] if isinstance(item.elts[1], ast.Call) else None
    return None


def builds_index(call: ast.Call, at: Place, what: str) -> Finding:
    """Return the finding of an index that is built while the table is locked."""
    return database.locks(
        at.subject, call.lineno, f"{what} at once", "AddIndexConcurrently, in a migration with atomic = False"
    )
