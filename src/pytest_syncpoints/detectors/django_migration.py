"""Django's migrations as they are written: operations in their order, and what stood in earlier ones."""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors.python_source import argument, called, is_false, parse, text
from pytest_syncpoints.detectors.python_sql import literals
from pytest_syncpoints.subject import Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.subject import Facts, Subject

MOST_NAMED = 20  # names and sums within each other


class Migration:
    """What a module's ``Migration`` class says."""

    def __init__(self, content: bytes) -> None:
        """Read it; raises Unparsed. A module without such a class holds no operations."""
        self.operations: list[ast.Call] = []
        self.replaces = False
        self.atomic = True
        self.readable = True
        self._named: dict[str, ast.expr] = {}
        for node in parse(content).body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._named[node.targets[0].id] = node.value
            elif isinstance(node, ast.ClassDef) and node.name == "Migration":
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
            listed = _listed(value, self._named)
            self.readable = listed is not None
            self.operations = list(_in_database(listed or [], self._named))
        elif "replaces" in names:
            self.replaces = not (isinstance(value, ast.List | ast.Tuple) and not value.elts)
        elif "atomic" in names:
            self.atomic = not is_false(value)


def _listed(value: ast.expr, named: dict[str, ast.expr], depth: int = 0) -> list[ast.expr] | None:
    """Return the items of a list that is written out, added up or named before; ``None`` where it is computed."""
    if depth > MOST_NAMED:
        return None
    if isinstance(value, ast.Name) and value.id in named:
        return _listed(named[value.id], named, depth + 1)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        parts = [_listed(side, named, depth + 1) for side in (value.left, value.right)]
    elif isinstance(value, ast.List | ast.Tuple):
        parts = [
            _listed(item.value, named, depth + 1) if isinstance(item, ast.Starred) else [item] for item in value.elts
        ]
    else:
        return None
    return None if None in parts else [item for part in parts for item in part or ()]


def _in_database(items: list[ast.expr], named: dict[str, ast.expr]) -> Iterator[ast.Call]:
    """Yield the operations of a list that reach the database: of SeparateDatabaseAndState, only its database part."""
    for item in items:
        call = named.get(item.id) if isinstance(item, ast.Name) else item
        if not isinstance(call, ast.Call):
            continue
        if kind_of(call) == "SeparateDatabaseAndState":
            inner = argument(call, "database_operations", 0)
            if inner is not None:
                yield from _in_database(_listed(inner, named) or [], named)
        else:
            yield call


def kind_of(call: ast.Call) -> str:
    """Return the name of an operation or field, without where it comes from."""
    return called(call).rpartition(".")[2]


class Place:
    """Where an operation stands."""

    def __init__(self, subject: Subject, facts: Facts, migration: Migration, made: Made) -> None:
        """Take the migration it stands in, and what is known beside it."""
        self.subject, self.facts, self.migration, self.made = subject, facts, migration, made
        self._parsed: dict[str, list[ast.Call]] = {}

    def gives_default(self, column: str | None) -> bool:
        """Say whether SQL of the same migration gives a column a default of the database's."""
        return any(
            "SET DEFAULT" in written.upper() and (column or "\0") in written
            for call in self.migration.operations
            if kind_of(call) == "RunSQL"
            for _, written in literals(call)
        )

    def earlier(self, name: str) -> Iterator[list[ast.Call]]:
        """Yield the operations of earlier migrations of the folder that mention a name, the latest first."""
        own, siblings = self.subject.path, self.facts.siblings
        folder = own.rpartition("/")[0]
        for path in sorted(siblings, reverse=True):
            if path.rpartition("/")[0] == folder and path < own and name.encode() in siblings[path]:
                if path not in self._parsed:
                    self._parsed[path] = operations_of(siblings[path])
                yield self._parsed[path]


class Made:
    """Models and fields that migrations of this very change create: no database holds data in them yet."""

    def __init__(self, facts: Facts, subject: Subject) -> None:
        """Read the new migrations of the same folder."""
        self.models: set[str] = set()
        self.fields: set[tuple[str, str]] = set()
        folder = subject.path.rpartition("/")[0]
        for other in facts.subjects:
            if other.is_new and other.after is not None and other.path.rpartition("/")[0] == folder:
                self._read(other.after)

    def _read(self, content: bytes) -> None:
        try:
            operations = Migration(content).operations
        except Unparsed:
            return
        for call in operations:
            model = (text(argument(call, "model_name", 0)) or "").lower()
            if kind_of(call) == "CreateModel":
                self.models.add((text(argument(call, "name", 0)) or "").lower())
            elif kind_of(call) == "AddField":
                self.fields.add((model, text(argument(call, "name", 1)) or ""))

    def has(self, model: str | None, field: str | None = None) -> bool:
        """Say whether a model, or a field of it, is new."""
        return (model or "").lower() in self.models or ((model or "").lower(), field or "") in self.fields


def operations_of(content: bytes) -> list[ast.Call]:
    """Return a migration's operations, none where it cannot be read."""
    try:
        return Migration(content).operations
    except Unparsed:
        return []


def names_of(call: ast.Call) -> tuple[str | None, str | None]:
    """Return model and field of an operation on a field."""
    return text(argument(call, "model_name", 0)), text(argument(call, "name", 1))


def column_name(model: str | None, field: str | None) -> str:
    """Return how a column is spoken of."""
    return f"{model or '?'}.{field or '?'}"
