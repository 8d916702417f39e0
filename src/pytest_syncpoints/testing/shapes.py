"""Shapes: what the tests of a Python source ask, counted from its text alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MARK = "syncpoint"
_EXCUSES = frozenset(("skip", "skipif", "xfail", "skipIf", "skipUnless", "expectedFailure"))
_EXCUSED_BY_CALL = frozenset(("skip", "xfail", "importorskip", "skipTest", "SkipTest"))
_CHECKS = frozenset(("raises", "warns", "deprecated_call", "fail"))
_SWALLOWS = frozenset(("AssertionError", "Exception", "BaseException"))  # what also catches a failed assertion
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class TestShape(Record):
    """What a function asks. ``assertions`` can fail; ``sure`` are those of them that nothing guards (if, try, return).

    ``excuses`` are marks and calls that skip the test or expect it to fail, ``cases`` the tests that
    ``parametrize`` makes of it (``None`` where the text does not say).
    """

    line: int
    assertions: int
    sure: int
    excuses: int
    cases: int | None
    components: frozenset[str]


class _Around(Record):
    """What the text around a function gives to it: marks, how often it is excused, names that make assertions."""

    marks: tuple[ast.expr, ...]
    excuses: int
    assigned: dict[str, ast.expr]
    asserting: frozenset[str]


def shapes_in(source: bytes) -> dict[str, TestShape]:
    """Return a source's functions by name (``TestLedger::test_balances``); empty where it cannot be read."""
    try:
        tree = ast.parse(source)
        around = _Around((), 0, _assigned(tree.body), frozenset())
        around = around._replace(asserting=_asserting(tree, around))
        return dict(_functions(tree.body, "", around))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}


def is_test(name: str) -> bool:
    """Say whether a name that ``shapes_in`` gave is a test's, not a function's that tests may call."""
    return name.rpartition("::")[2].startswith("test")


def _functions(body: list[ast.stmt], prefix: str, around: _Around) -> Iterator[tuple[str, TestShape]]:
    marks, excuses = _given_to_all(body)
    around = around._replace(marks=(*around.marks, *marks), excuses=around.excuses + excuses)
    for node in body:
        if isinstance(node, ast.ClassDef):
            inner = around._replace(marks=(*around.marks, *node.decorator_list))
            yield from _functions(node.body, f"{prefix}{node.name}::", inner)
        elif isinstance(node, _FUNCTIONS):
            yield prefix + node.name, _shape(node, around)
        elif isinstance(node, (ast.If, ast.Try, ast.TryStar)):  # defined under a condition: it may not be there
            blocks = [node.body, node.orelse, *(handler.body for handler in getattr(node, "handlers", ()))]
            for block in blocks:
                yield from _functions(block, prefix, around._replace(excuses=around.excuses + 1))


def _given_to_all(body: list[ast.stmt]) -> tuple[list[ast.expr], int]:
    """Return the marks that ``pytestmark = ...`` gives, and how often all tests here are left out by a statement."""
    marks: list[ast.expr] = []
    excuses = 0
    for statement in body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            names = _names(statement)
            value = statement.value
            if "pytestmark" in names:
                marks += value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
            excuses += "__test__" in names and isinstance(value, ast.Constant) and not value.value
        if isinstance(statement, (ast.Expr, ast.Assign, ast.If, ast.Raise)):
            calls = [call for call in _calls([statement]) if "mark" not in _words(call.func)]
            excuses += sum(_called(call) in _EXCUSED_BY_CALL for call in calls)
    return marks, excuses


def _names(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    """Return what a module gives names to: marks and lists of cases are often kept so."""
    return {
        name: statement.value
        for statement in body
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None
        for name in _names(statement)
    }


def _shape(node: ast.FunctionDef | ast.AsyncFunctionDef, around: _Around) -> TestShape:
    given = [*around.marks, *node.decorator_list]
    marks = [around.assigned.get(mark.id, mark) if isinstance(mark, ast.Name) else mark for mark in given]
    assertions = list(_assertions(node.body, around.asserting, is_sure=True))
    excuses = around.excuses + sum(_excuses(mark) for mark in marks)
    excuses += sum(_called(call) in _EXCUSED_BY_CALL for call in _calls(node.body))
    return TestShape(
        node.lineno, len(assertions), sum(assertions), excuses, _cases(marks, around), frozenset(_components(marks))
    )


def _excuses(mark: ast.expr) -> int:
    """Count the excuses in a mark, those of single cases (``pytest.param(..., marks=pytest.mark.skip)``) too."""
    own = isinstance(mark, (ast.Name, ast.Call)) and isinstance(getattr(mark, "func", mark), ast.Name)
    return (own and _called(mark) in _EXCUSES) + sum(
        isinstance(inner, ast.Attribute) and inner.attr in _EXCUSES for inner in ast.walk(mark)
    )


def _cases(marks: Iterable[ast.expr], around: _Around) -> int | None:
    cases = 1
    for mark in marks:
        if isinstance(mark, ast.Call) and _called(mark) == "parametrize":
            given = [*mark.args[1:2], *(word.value for word in mark.keywords if word.arg == "argvalues")]
            length = _length(given[0], around.assigned) if given else None
            if length is None:
                return None
            cases *= length
    return cases


def _length(node: ast.expr, assigned: dict[str, ast.expr]) -> int | None:
    node = assigned.get(node.id, node) if isinstance(node, ast.Name) else node
    if not isinstance(node, (ast.List, ast.Tuple, ast.Set)) or any(isinstance(one, ast.Starred) for one in node.elts):
        return None
    return len(node.elts)


def _components(marks: Iterable[ast.expr]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and _called(mark) == MARK:
            for argument in mark.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _asserting(tree: ast.Module, around: _Around) -> frozenset[str]:
    """Return the names of a module's own functions, no tests, that make assertions: calling one is one."""
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, _FUNCTIONS)
        and not node.name.startswith("test")
        and any(True for _ in _assertions(node.body, around.asserting, is_sure=True))
    )


def _assertions(body: list[ast.stmt], asserting: frozenset[str], *, is_sure: bool) -> Iterator[bool]:
    """Yield, for every assertion of a block that can fail, whether it is surely reached and heard."""
    for statement in body:
        if isinstance(statement, ast.Assert):
            if not _always_true(statement.test):
                yield is_sure
        else:
            yield from (is_sure for call in _calls([statement], inside=False) if _asserts(call, asserting))
            yield from _inner(statement, asserting, is_sure=is_sure)
        if isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
            return  # what follows is never reached
        is_sure = is_sure and not _may_return(statement)


def _inner(statement: ast.stmt, asserting: frozenset[str], *, is_sure: bool) -> Iterator[bool]:
    if isinstance(statement, ast.If) and isinstance(statement.test, ast.Constant):
        yield from _assertions(statement.body if statement.test.value else statement.orelse, asserting, is_sure=is_sure)
        return
    guarded = isinstance(statement, (ast.If, ast.While, ast.Match)) or _swallows(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield from _assertions(block, asserting, is_sure=is_sure and not (guarded and name != "finalbody"))
    for clause in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield from _assertions(clause.body, asserting, is_sure=False)


def _swallows(statement: ast.stmt) -> bool:
    """Say whether a failed assertion inside is caught: ``try`` with a wide ``except``, ``suppress``, ``raises``."""
    if isinstance(statement, (ast.Try, ast.TryStar)):
        return any(
            (handler.type is None or _SWALLOWS & _words(handler.type))
            and not any(isinstance(inner, ast.Raise) for inner in ast.walk(handler))
            for handler in statement.handlers
        )
    return isinstance(statement, (ast.With, ast.AsyncWith)) and any(
        _called(item.context_expr) in ("suppress", "raises") and bool(_SWALLOWS & _words(item.context_expr))
        for item in statement.items
    )


def _words(node: ast.AST) -> set[str]:
    return {
        inner.attr if isinstance(inner, ast.Attribute) else inner.id
        for inner in ast.walk(node)
        if isinstance(inner, (ast.Name, ast.Attribute))
    }


def _may_return(statement: ast.stmt) -> bool:
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        return False
    return any(isinstance(inner, ast.Return) for inner in ast.walk(statement))


def _calls(body: list[ast.stmt], *, inside: bool = True) -> Iterator[ast.Call]:
    """Yield the calls of statements, those of the blocks ``inside`` them too or not."""
    for statement in body:
        waiting: list[ast.AST] = [statement]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Call):
                yield node
            children = ast.iter_child_nodes(node)
            waiting += children if inside else (child for child in children if not isinstance(child, _BLOCKS))


_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)


def _asserts(call: ast.Call, asserting: frozenset[str]) -> bool:
    name = _called(call)
    if name in _CHECKS or name in asserting:
        return True
    if not name.lower().startswith("assert"):
        return False
    given = [*call.args, *(word.value for word in call.keywords)]
    same = name.endswith("Equal") and len(given) > 1 and ast.dump(given[0]) == ast.dump(given[1])
    return not same and (not given or not all(isinstance(one, ast.Constant) for one in given))


def _always_true(node: ast.expr) -> bool:
    """Say whether an assertion cannot fail: ``True``, ``x == x``, ``... or True``, a tuple that is not empty."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return bool(node.elts)
    if isinstance(node, ast.BoolOp):
        return (any if isinstance(node.op, ast.Or) else all)(_always_true(one) for one in node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Constant) and not node.operand.value
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        same = all(ast.dump(side) == ast.dump(sides[0]) for side in sides)
        return same and all(isinstance(op, (ast.Eq, ast.Is, ast.LtE, ast.GtE)) for op in node.ops)
    return False


def _called(node: ast.AST) -> str:
    """Return the last name of what is called or named: ``skip`` for ``pytest.mark.skip(reason="...")``."""
    at = node.func if isinstance(node, ast.Call) else node
    return at.attr if isinstance(at, ast.Attribute) else at.id if isinstance(at, ast.Name) else ""
