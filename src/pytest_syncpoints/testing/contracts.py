"""Contracts: which tests speak for which component, and what a change takes from them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytest_syncpoints.change import new_content
from pytest_syncpoints.evidence import Weakened
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.policy import Policy

MARK = "syncpoint"
_EXCUSES = ("skip", "skipif", "xfail")
_CHECKS = ("raises", "warns", "deprecated_call", "fail")


class TestShape(Record):
    """What a test function asks: how many assertions, which excuses, and for which components it speaks."""

    line: int
    assertions: int
    excuses: int
    components: frozenset[str]


def touched_components(context: ReviewContext) -> tuple[str, ...]:
    """Return the components that hold a changed file, by name."""
    return tuple(sorted({name for names in context.components.values() for name in names}))


def contract_patterns(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the paths of contract tests by component, where the policy names any."""
    return {component.name: component.contract_tests for component in policy.components if component.contract_tests}


def components_of(path: str, marked: Iterable[str], patterns: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the components a test speaks for: those its marks name, and those whose contract tests hold its path."""
    named = {name for name, paths in patterns.items() if PathPatterns(paths).match(path)}
    return sorted(named | set(marked))


def weakened(context: ReviewContext) -> Iterator[Weakened]:
    """Yield what the change takes from contract tests: assertions, the test itself, its mark; or excuses added."""
    patterns = contract_patterns(context.policy)
    for file in context.change.files:
        if not file.path.endswith(".py") or file.old_oid not in context.old_blobs or file.status == "A":
            continue
        old = context.old_blobs[file.old_oid]
        if MARK.encode() not in old and not components_of(file.path, (), patterns):
            continue  # nothing in this file speaks for a component, so it is not even parsed
        before, after = tests_in(old), {} if file.status == "D" else tests_in(new_content(old, file))
        for name, shape in before.items():
            components = components_of(file.path, shape.components, patterns)
            for what in _taken(shape, after.get(name)) if components else ():
                line = after[name].line if name in after else None
                yield Weakened(components[0], f"{file.path}::{name}", file.path, line, what)


def _taken(old: TestShape, new: TestShape | None) -> Iterator[str]:
    if new is None:
        yield "is gone"
        return
    if new.assertions < old.assertions:
        lost = old.assertions - new.assertions
        yield f"lost {lost} of its {old.assertions} assertions"
    if new.excuses > old.excuses:
        yield "is now skipped or expected to fail"
    for component in sorted(old.components - new.components):
        yield f"no longer speaks for {component}"


def tests_in(source: bytes) -> dict[str, TestShape]:
    """Return the tests of a Python source by name (``TestLedger::test_balances``); empty where it cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return dict(_tests(tree.body, "", _module_marks(tree)))


def _tests(body: list[ast.stmt], prefix: str, marks: list[ast.expr]) -> Iterator[tuple[str, TestShape]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{prefix}{node.name}::", marks + node.decorator_list + _module_marks(node))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test"):
            yield prefix + node.name, _shape(node, marks + node.decorator_list)


def _module_marks(node: ast.Module | ast.ClassDef) -> list[ast.expr]:
    """Return the marks that ``pytestmark = ...`` gives to everything inside."""
    found: list[ast.expr] = []
    for statement in node.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in statement.targets
        ):
            value = statement.value
            found += value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    return found


def _shape(node: ast.FunctionDef | ast.AsyncFunctionDef, marks: list[ast.expr]) -> TestShape:
    calls = [_called(inner) for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    asserts = sum(1 for inner in ast.walk(node) if isinstance(inner, ast.Assert))
    asserts += sum(1 for name in calls if name.startswith("assert") or name in _CHECKS)
    excuses = sum(1 for mark in marks if _called(mark) in _EXCUSES)
    excuses += sum(1 for name in calls if name in ("skip", "xfail", "importorskip"))
    return TestShape(node.lineno, asserts, excuses, frozenset(_components(marks)))


def _called(node: ast.AST) -> str:
    """Return the last name of what is called or named: ``skip`` for ``pytest.mark.skip(reason="...")``."""
    at = node.func if isinstance(node, ast.Call) else node
    return at.attr if isinstance(at, ast.Attribute) else at.id if isinstance(at, ast.Name) else ""


def _components(marks: list[ast.expr]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and _called(mark) == MARK:
            for argument in mark.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
