"""Executable: which lines of a Python source can run, as coverage.py judges, from its text alone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType
    from typing import Any

# What coverage.py leaves out unless told otherwise (coverage/config.py, DEFAULT_EXCLUDE; its documentation, "Excluding
# code"): the pragma, bodies that are an ellipsis, and what only a type checker sees.
EXCLUDED = re.compile(
    r"(?:#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER))"
    r"|(?:^\s*(?:(?:(?:async )?def .*?)?[\])]+(?:\s*->.*?)?:\s*)?\.\.\.\s*(?:#|$))"
    r"|(?:^\s*if (?:typing\.)?TYPE_CHECKING:)",
    re.MULTILINE,
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Executable(Record):
    """A source's lines: ``lines`` that can run, each the first of its statement; ``first`` maps the others to it.

    ``on_import`` are lines that run whenever the module is imported to its end (at module or class level, below no
    condition); ``at_import`` all lines outside functions.
    """

    lines: frozenset[int]
    first: dict[int, int]
    on_import: frozenset[int]
    at_import: frozenset[int]

    def first_of(self, line: int) -> int:
        """Return the first line of the statement a line belongs to."""
        return self.first.get(line, line)


def executable(source: bytes, excluded: re.Pattern[str] = EXCLUDED) -> Executable | None:
    """Return the executable lines of a Python source, ``None`` where it is not Python that can be compiled.

    Lines that ``excluded`` finds do not count, nor does what they open.
    """
    try:
        text = _decoded(source)
        tree = ast.parse(text)
        code = compile(tree, "<source>", "exec", dont_inherit=True)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError, UnicodeDecodeError, LookupError):
        return None
    first = _statement_starts(tokens)
    nodes = list(_statements(tree))
    ignored = _excluded(text, tokens, nodes, first, excluded) | _docstrings(nodes)
    starts = _lines_of(code) - ignored if text.strip() else set()
    lines = frozenset({first.get(line, line) for line in starts} - ignored)
    return Executable(
        lines,
        first,
        on_import=lines & frozenset(_unconditional(tree.body)),
        at_import=lines - frozenset(_inside_functions(nodes)),
    )


def _decoded(source: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return io.IncrementalNewlineDecoder(None, translate=True).decode(source.decode(encoding), final=True)


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield a module and all its statements: ten times fewer nodes than ``ast.walk`` visits."""
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (ast.ExceptHandler, ast.match_case)):
            yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, name, ())


def _statement_starts(tokens: Iterable[tokenize.TokenInfo]) -> dict[int, int]:
    """Return, for every line of a statement of several lines, the line it starts on."""
    starts: dict[int, int] = {}
    first = 0
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            if first and token.end[0] != first:
                starts.update(dict.fromkeys(range(first, token.end[0] + 1), first))
            first = 0
        elif not first and token.string.strip() and token.type != tokenize.COMMENT:
            first = token.start[0]
    return starts


def _lines_of(code: CodeType) -> set[int]:
    """Return the line numbers in the tables of a code object and of all those inside it (PEP 626)."""
    found: set[int] = set()
    waiting = [code]
    while waiting:
        one = waiting.pop()
        found.update(line for _, _, line in one.co_lines() if line)
        waiting.extend(const for const in one.co_consts if hasattr(const, "co_lines"))
    return found


def _docstrings(nodes: list[ast.AST]) -> set[int]:
    found: set[int] = set()
    for node in nodes:
        if isinstance(node, (*_DEFINITIONS, ast.Module)) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                found.update(_span(first))
    return found


def _excluded(
    text: str, tokens: list[tokenize.TokenInfo], nodes: list[ast.AST], first: dict[int, int], excluded: re.Pattern[str]
) -> set[int]:
    """Return the lines that a marked line takes out: its statement, the suite it opens, the function it decorates."""
    marked = {first.get(line, line) for line in _matching(text, excluded)}
    if not marked:
        return marked
    found = marked | set(_suites(tokens, marked))
    found = {first.get(line, line) for line in found}
    for node in nodes:
        if isinstance(node, _DEFINITIONS):
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if found.intersection(range(start, node.lineno + 1)):
                found.update(range(start, (node.end_lineno or node.lineno) + 1))
    return found


def _matching(text: str, excluded: re.Pattern[str]) -> Iterator[int]:
    """Yield the lines a match touches; one may begin lines earlier, at the signature of an empty body."""
    at, line = 0, 1
    for match in excluded.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield from range(line, line + text.count("\n", at, match.end()) + 1)


def _suites(tokens: list[tokenize.TokenInfo], marked: set[int]) -> Iterator[int]:
    """Yield the lines of suites whose opening statement is marked; the colon that counts stands in no bracket."""
    indent = nesting = first = 0
    until: int | None = None
    for token in tokens:
        if token.type == tokenize.INDENT:
            indent += 1
        elif token.type == tokenize.DEDENT:
            indent -= 1
        elif token.type == tokenize.NEWLINE:
            first = 0
            continue
        if not token.string.strip() or token.type in (tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
            continue
        if not first:
            first = token.start[0]
            until = None if until is not None and indent <= until else until
            if until is not None:
                yield first
        if token.type != tokenize.OP:  # the literal text of an f-string may be a lone bracket
            continue
        if token.string in "([{":
            nesting += 1
        elif token.string in ")]}":
            nesting -= 1
        elif token.string == ":" and not nesting and until is None and marked & set(range(first, token.end[0] + 1)):
            until = indent


def _unconditional(body: list[ast.stmt]) -> Iterator[int]:
    """Yield the first lines of statements that run whenever their module is imported."""
    for statement in body:
        yield statement.lineno
        if isinstance(statement, _DEFINITIONS):
            yield from (decorator.lineno for decorator in statement.decorator_list)
        if isinstance(statement, ast.ClassDef):
            yield from _unconditional(statement.body)


def _inside_functions(nodes: list[ast.AST]) -> Iterator[int]:
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for statement in node.body:
                if statement.lineno > node.lineno:
                    yield from _span(statement)


def _span(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)
