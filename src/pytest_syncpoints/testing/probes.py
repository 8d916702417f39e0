"""Probes: the lines each test runs on Python 3.11, told by calls put before the changed statements at import.

A probe is a call of one ``set.add``, so the code keeps its meaning and its line numbers. No compiled file is read or
written for a module that has probes.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import os
import sys
from typing import TYPE_CHECKING

from pytest_syncpoints.testing.recording import IMPORT, OUTSIDE, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, ModuleType
    from typing import Any

    from pytest_syncpoints.testing.recording import Segment
    from pytest_syncpoints.testing.watch import WatchedFile

NAME = "__syncpoints_ran__"


class ProbeMonitor:
    """Records the watched lines that ran, told apart by test; the same face as LineMonitor."""

    def __init__(self, files: Sequence[WatchedFile]) -> None:
        """Remember what to look at; nothing is measured before ``start``."""
        self._files = files
        self._numbers = {file.filename: number for number, file in enumerate(files) if file.lines}
        self._probes: list[tuple[int, int, bool]] = []  # by number: file, line, whether at import
        self._ran: set[int] = set()
        self._seen: dict[frozenset[int], tuple[set[int], set[int]]] = {}  # tests run the same sets again and again
        self._segment: Segment = OUTSIDE
        self._recording = Recording(len(files))
        self._undo: list[Callable[[], None]] = []

    @property
    def segment(self) -> Segment:
        """Return what the lines run now are recorded under."""
        return self._segment

    def start(self) -> str | None:
        """Begin to measure modules imported from now on."""
        setattr(builtins, NAME, self._ran.add)
        self._hook_imports()
        if "_pytest" in sys.modules:  # a process that a test started may have none
            self._hook_assertion_rewriting()
        return None

    def stop(self) -> str | None:
        """End measuring; probes that are still in place keep telling nobody."""
        self._settle()
        while self._undo:
            self._undo.pop()()
        return None

    def begin(self, segment: Segment) -> None:
        """Start a test."""
        self.mark(segment)

    def mark(self, segment: Segment) -> None:
        """Start a part of a test."""
        self._settle()
        self._segment = segment

    def recording(self) -> Recording:
        """Return what ran so far."""
        self._settle()
        return self._recording

    def _settle(self) -> None:
        if not self._ran:
            return
        ran = frozenset(self._ran)
        self._ran -= ran
        numbers = self._seen.get(ran)
        if numbers is None:
            numbers = self._seen[ran] = self._numbered(ran)
        for segment, found in ((self._segment, numbers[0]), (IMPORT, numbers[1])):
            if found:
                self._recording.note(segment, set(found))

    def _numbered(self, ran: frozenset[int]) -> tuple[set[int], set[int]]:
        """Number the lines of a set of probes: those of tests, and those at import."""
        lines: dict[tuple[int, bool], set[int]] = {}
        for number in ran:
            file, line, at_import = self._probes[number]
            lines.setdefault((file, at_import), set()).add(line)
        numbers: tuple[set[int], set[int]] = (set(), set())
        for (file, at_import), found in lines.items():
            numbers[at_import].add(self._recording.number(file, frozenset(found)))
        return numbers

    def compiled(self, tree: ast.Module, filename: str, number: int) -> CodeType:
        """Return the code of a module with probes before its watched statements."""
        inserted = _Inserter(self._files[number].lines, lambda line, at_import: self._probe(number, line, at_import))
        inserted.visit(tree)
        return compile(tree, filename, "exec", dont_inherit=True)

    def _probe(self, file: int, line: int, at_import: bool) -> int:  # noqa: FBT001  # one fact among three, never asked for by hand
        self._probes.append((file, line, at_import))
        return len(self._probes) - 1

    def _number(self, filename: str | None) -> int | None:
        return self._numbers.get(os.path.realpath(filename)) if filename else None

    def _hook_imports(self) -> None:
        loader: Any = importlib.machinery.SourceFileLoader
        original = loader.get_code
        own = "get_code" in vars(loader)

        def get_code(itself: Any, fullname: str) -> Any:
            path = itself.get_filename(fullname)
            number = self._number(path)
            if number is None:
                return original(itself, fullname)
            return self.compiled(ast.parse(itself.get_data(path)), path, number)

        loader.get_code = get_code
        self._undo.append(lambda: setattr(loader, "get_code", original) if own else delattr(loader, "get_code"))

    def _hook_assertion_rewriting(self) -> None:
        """Put probes into test modules too, whose loader is pytest's own."""
        from _pytest.assertion import rewrite

        hook: Any = rewrite.AssertionRewritingHook
        original = hook.exec_module

        def exec_module(itself: Any, module: ModuleType) -> None:
            path = module.__spec__.origin if module.__spec__ is not None else None
            number = self._number(path)
            if number is None or path is None:
                original(itself, module)
                return
            with open(path, "rb") as file:
                source = file.read()
            tree = ast.parse(source, path)
            rewrite.rewrite_asserts(tree, source, path, itself.config)
            exec(self.compiled(tree, path, number), module.__dict__)  # noqa: S102  # what an import does

        hook.exec_module = exec_module
        self._undo.append(lambda: setattr(hook, "exec_module", original))


class _Inserter(ast.NodeTransformer):
    """Puts a probe before each statement that starts on a watched line, and where a clause of one is tried."""

    def __init__(self, lines: frozenset[int], number: Callable[[int, bool], int]) -> None:
        self._lines = lines
        self._number = number
        self._functions = 0

    def _call(self, node: ast.AST, line: int) -> Any:
        number = self._number(line, not self._functions)
        call = ast.Call(ast.Name(NAME, ast.Load()), [ast.Constant(number)], [])
        return _placed(call, getattr(node, "lineno", line))

    def _statement(self, node: ast.AST, line: int) -> Any:
        return _placed(ast.Expr(self._call(node, line)), getattr(node, "lineno", line))

    def generic_visit(self, node: Any) -> Any:
        is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        self._functions += is_function
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                setattr(node, name, self._probed(body))
        for name in ("handlers", "cases"):
            clauses = getattr(node, name, None)
            if clauses:
                setattr(node, name, [made for clause in clauses for made in self._clause(clause)])
        if is_function and self._holds_lines(node):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            node.body.insert(_is_docstring(node.body[0]), self._statement(node, -start))  # that it was reached at all
        self._functions -= is_function
        return node

    def _holds_lines(self, node: Any) -> bool:
        return any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in self._lines)

    def _probed(self, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in body:
            starts = [statement.lineno]
            starts += [decorator.lineno for decorator in getattr(statement, "decorator_list", ())]
            probes = [self._statement(statement, line) for line in sorted(set(starts)) if line in self._lines]
            last = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
            visited = self.visit(statement)
            made += [visited, *probes] if last or _is_docstring(statement) else [*probes, visited]
        return made

    def _clause(self, clause: Any) -> list[Any]:
        line = clause.pattern.lineno if isinstance(clause, ast.match_case) else clause.lineno
        probe = self._call(clause.body[0], line) if line in self._lines else None
        self.generic_visit(clause)
        if probe is None:
            return [clause]
        if isinstance(clause, ast.match_case):  # a case of its own before it, whose guard is never true
            tried = ast.match_case(ast.MatchAs(), probe, [ast.copy_location(ast.Pass(), clause.body[0])])
            ast.copy_location(tried.pattern, clause.pattern)
            return [tried, clause]
        if clause.type is None:
            clause.body.insert(0, ast.copy_location(ast.Expr(probe), clause.body[0]))
        else:
            pair = ast.Tuple([probe, clause.type], ast.Load())
            chosen = ast.Subscript(pair, ast.Constant(1), ast.Load())
            clause.type = ast.fix_missing_locations(ast.copy_location(chosen, clause.type))
        return [clause]


def _placed(made: Any, line: int) -> Any:
    """Give made-up nodes a place of their own: pytest's rewritten nodes, which they stand beside, know no end."""
    node: Any
    for node in ast.walk(made):
        node.lineno = node.end_lineno = line
        node.col_offset = node.end_col_offset = 0
    return made


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
