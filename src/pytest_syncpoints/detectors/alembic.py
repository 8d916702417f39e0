"""Alembic migrations: what ``upgrade`` takes away, and whether ``downgrade`` leads back.

Operations: https://alembic.sqlalchemy.org/en/latest/ops.html .
"""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.python_source import (
    argument,
    called,
    calls,
    dotted,
    dump,
    is_false,
    is_true,
    number,
    parse,
    text,
)
from pytest_syncpoints.detectors.python_sql import sql_of
from pytest_syncpoints.subject import Unparsed, every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

_OPERATIONS = frozenset(
    (
        *("drop_table", "drop_column", "rename_table", "alter_column", "add_column", "create_index", "drop_index"),
        *("create_unique_constraint", "create_foreign_key", "create_check_constraint", "create_primary_key", "execute"),
        *("bulk_insert", "create_table"),
    )
)
# From a wider type to a narrower one of a row, values may not fit.
_WIDTHS = (
    ("SmallInteger", "Integer", "BigInteger"),
    ("Date", "DateTime"),
    ("Integer", "Float"),
    ("Integer", "Numeric"),
    ("String", "Text"),
    ("VARCHAR", "TEXT"),
    ("SMALLINT", "INTEGER", "BIGINT"),
)


class _Script:
    """What a revision file says: the functions ``upgrade`` reaches, and those ``downgrade`` does."""

    def __init__(self, content: bytes) -> None:
        """Read it; raises Unparsed."""
        module = parse(content)
        functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
        self.is_revision = any("down_revision" in _targets(node) for node in module.body)
        self.up = _reached(functions, "upgrade")
        self.down = _reached(functions, "downgrade")
        up = [node for function in self.up for node in function.body]
        self.operations = [call for call in calls(up) if _operation(call)]
        self.batches = _batches(up)


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _reached(functions: dict[str, ast.FunctionDef], prefix: str) -> list[ast.FunctionDef]:
    """Return the functions that begin with the prefix (``upgrade_main`` too) and those they call in this file."""
    waiting = [name for name in functions if name == prefix or name.startswith(f"{prefix}_")]
    seen = []
    while waiting:
        name = waiting.pop(0)
        if name in functions and name not in seen:
            seen.append(name)
            waiting += [dotted(call.func) for call in calls(functions[name].body)]
    return [functions[name] for name in seen]


def _operation(call: ast.Call) -> str:
    owner, _, name = called(call).rpartition(".")
    return (
        name
        if name in _OPERATIONS and (owner.endswith("op") or owner in ("bop", "batch", "conn", "bind", "connection"))
        else ""
    )


def _batches(nodes: list[ast.stmt]) -> dict[int, str]:
    """Return the table each call below a ``with op.batch_alter_table`` is about, by the call's identity."""
    found = {}
    for node in (inner for root in nodes for inner in ast.walk(root) if isinstance(inner, ast.With)):
        for item in node.items:
            if called(item.context_expr).endswith("batch_alter_table") and isinstance(item.context_expr, ast.Call):
                table = text(argument(item.context_expr, "table_name", 0)) or "?"
                found.update({id(call): table for call in calls(node.body)})
    return found


class _Place:
    """Where an operation stands: its file, its table (of a batch), and the tables this change makes."""

    def __init__(self, subject: Subject, script: _Script, made: frozenset[str]) -> None:
        self.subject, self.script, self.made = subject, script, made

    def table(self, call: ast.Call, position: int = 0) -> str:
        """Return the table of an operation."""
        batch = self.script.batches.get(id(call))
        return batch or text(argument(call, "table_name", position)) or "?"

    def shift(self, call: ast.Call) -> int:
        """Return how many arguments a batch's operation lacks in front."""
        return 1 if id(call) in self.script.batches else 0


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield what the upgrade of a new revision does, what an edit alters, or what a deletion leaves behind."""
    if subject.after is None:
        try:
            leaves = _Script(subject.before or b"").is_revision
        except Unparsed:  # Python 2, say; what goes is a migration all the same
            leaves = True
        renewed = any(other.after is not None for other in facts.subjects)
        if leaves and subject.file.renamed_to is None and not renewed:
            yield database.edits_history(subject, None, "deletes a migration")
        return
    script = _Script(subject.after)
    if not script.is_revision:
        return
    old = subject.before if subject.before is not None else subject.source
    known = _known(old)
    fresh = [call for call in script.operations if dump(call) not in known]
    if known and (fresh or known - {dump(call) for call in script.operations}):
        yield database.edits_history(subject, fresh[0].lineno if fresh else None, "edits a landed migration")
    if old is None:
        yield from _way_back(script, subject)
    yield from _operations(fresh, _Place(subject, script, _made(facts)))


def _known(old: bytes | None) -> set[str]:
    if old is None:
        return set()
    try:
        return {dump(call) for call in _Script(old).operations}
    except Unparsed:
        return set()


def _operations(fresh: list[ast.Call], at: _Place) -> Iterator[Finding]:
    judged = ((_JUDGES[_operation(call)], call) for call in fresh if _operation(call) in _JUDGES)
    yield from every(judge_it(call, at) for judge_it, call in judged)


def _made(facts: Facts) -> frozenset[str]:
    """Return the tables that new revisions of this change create: no database holds data in them yet."""
    found = set()
    for other in facts.subjects:
        if other.is_new and other.after is not None:
            try:
                script = _Script(other.after)
            except Unparsed:
                continue
            found |= {
                text(argument(c, "table_name", 0)) or "" for c in script.operations if _operation(c) == "create_table"
            }
    return frozenset(found)


def _way_back(script: _Script, subject: Subject) -> Iterator[Finding]:
    does = [node for function in script.up for node in function.body if not _is_nothing(node)]
    undoes = [node for function in script.down for node in function.body if not _is_nothing(node)]
    if not does or (undoes and not all(isinstance(node, ast.Raise) for node in undoes)):
        return
    said = "downgrade refuses" if undoes else ("downgrade does nothing" if script.down else "there is no downgrade")
    line = script.down[0].lineno if script.down else script.up[0].lineno
    yield database.one_way(subject, line, said, "write it, or land a release that works with both schemas first")


def _is_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _drop_table(call: ast.Call, at: _Place) -> Iterator[Finding]:
    table = text(argument(call, "table_name", 0)) or "?"
    if table not in at.made:
        yield database.drops_table(at.subject, call.lineno, table)


def _drop_column(call: ast.Call, at: _Place) -> Iterator[Finding]:
    column = text(argument(call, "column_name", 1 - at.shift(call))) or "?"
    if at.table(call) not in at.made:
        yield database.drops_column(at.subject, call.lineno, f"{at.table(call)}.{column}")


def _rename_table(call: ast.Call, at: _Place) -> Iterator[Finding]:
    yield database.renames(at.subject, call.lineno, f"table {text(argument(call, 'old_table_name', 0)) or '?'}")


def _alter_column(call: ast.Call, at: _Place) -> Iterator[Finding]:
    if at.table(call) in at.made:
        return
    name = f"column {at.table(call)}.{text(argument(call, 'column_name', 1 - at.shift(call))) or '?'}"
    if argument(call, "new_column_name") is not None:
        yield database.renames(at.subject, call.lineno, name)
    if argument(call, "type_") is not None:
        yield from _type_change(argument(call, "existing_type"), argument(call, "type_"), name, call, at)
    if is_false(argument(call, "nullable")) and not is_false(argument(call, "existing_nullable")):
        yield database.forbids_null(at.subject, call.lineno, name)


def _type_change(
    old: ast.expr | None, new: ast.expr | None, name: str, call: ast.Call, at: _Place
) -> Iterator[Finding]:
    before, after = _type_name(old), _type_name(new)
    was, now = _length(old), _length(new)
    if now is not None and (was is None or now < was) and (was is not None or before in ("Text", "TEXT", "String", "")):
        known = f"from {was if was is not None else 'more'} " if old is not None else ""
        yield database.narrows(at.subject, call.lineno, f"shortens {name} {known}to {now} characters")
    elif before == after and before:
        return
    elif any(before in row and after in row and row.index(before) > row.index(after) for row in _WIDTHS):
        yield database.narrows(at.subject, call.lineno, f"changes {name} from {before} to {after}")
    else:
        known = f" from {before}" if before else ""
        yield database.retypes(at.subject, call.lineno, f"changes the type of {name}{known} to {after or 'another'}")


def _type_name(node: ast.expr | None) -> str:
    name = called(node) if isinstance(node, ast.Call) else dotted(node) if node is not None else ""
    return name.rpartition(".")[2]


def _length(node: ast.expr | None) -> int | None:
    return number(argument(node, "length", 0)) if isinstance(node, ast.Call) and _type_name(node) in _LENGTHS else None


_LENGTHS = ("String", "VARCHAR", "Unicode", "CHAR", "Text", "LargeBinary", "VARBINARY", "NVARCHAR")


def _add_column(call: ast.Call, at: _Place) -> Iterator[Finding]:
    column = argument(call, "column", 1 - at.shift(call))
    table = at.table(call)
    if not isinstance(column, ast.Call) or table in at.made:
        return
    name = f"new column {table}.{text(argument(column, 'name', 0)) or '?'}"
    filled = argument(column, "server_default") or argument(column, "computed")
    built_in = any(called(arg).rpartition(".")[2] in ("Computed", "Identity") for arg in column.args)
    if is_false(argument(column, "nullable")) and filled is None and not built_in:
        yield database.requires(at.subject, call.lineno, name)
    if is_true(argument(column, "unique")):
        yield database.restricts(at.subject, call.lineno, f"adds {name.removeprefix('new ')} as unique")


def _create_index(call: ast.Call, at: _Place) -> Iterator[Finding]:
    table = at.table(call, 1)
    if table not in at.made and not is_true(argument(call, "postgresql_concurrently")):
        remedy = "postgresql_concurrently=True, in an autocommit block"
        yield database.locks(at.subject, call.lineno, f"builds an index on {table} at once", remedy)


def _drop_index(call: ast.Call, at: _Place) -> Iterator[Finding]:
    table = at.table(call, 1)
    if table not in at.made and not is_true(argument(call, "postgresql_concurrently")):
        remedy = "postgresql_concurrently=True, in an autocommit block"
        yield database.locks(at.subject, call.lineno, f"drops an index of {table} at once", remedy)


def _constraint(call: ast.Call, at: _Place) -> Iterator[Finding]:
    position = 1 - at.shift(call)
    table = (
        at.script.batches.get(id(call)) or text(argument(call, "source_table", position)) or at.table(call, position)
    )
    if table not in at.made and not is_true(argument(call, "postgresql_not_valid")):
        yield database.restricts(at.subject, call.lineno, f"constrains {table}")


def _execute(call: ast.Call, at: _Place) -> Iterator[Finding]:
    yield from sql_of(argument(call, "sqltext", 0), at.subject)


_JUDGES: dict[str, Callable[[ast.Call, _Place], Iterable[Finding]]] = {
    "drop_table": _drop_table,
    "drop_column": _drop_column,
    "rename_table": _rename_table,
    "alter_column": _alter_column,
    "add_column": _add_column,
    "create_index": _create_index,
    "drop_index": _drop_index,
    "create_unique_constraint": _constraint,
    "create_foreign_key": _constraint,
    "create_check_constraint": _constraint,
    "create_primary_key": _constraint,
    "execute": _execute,
}
