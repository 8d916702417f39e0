"""Executable: which lines of a Python source can run, as coverage.py judges, from its text alone."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
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


class _Token(Record):
    """A token, of which only its lines are of interest: the first and the last, from 1."""

    type: int
    string: str
    start: int
    end: int


class _Block(Record):
    """Statements of a module that share their lines with no others, up to the line (``end``) where the next begin."""

    body: list[ast.stmt]
    start: int
    end: int


def executable(
    source: bytes, edited: Collection[int] | None = None, excluded: re.Pattern[str] = EXCLUDED
) -> Executable | None:
    """Return the executable lines of a Python source, ``None`` where it is not Python that can be compiled.

    With ``edited`` only those of the module's statements that hold such a line: of a large file a change touches few.
    Lines that ``excluded`` finds do not count, nor does what they open.
    """
    try:
        text = _decoded(source)
        tree = ast.parse(text)
        rows = io.StringIO(text).readlines()
        blocks = [block for block in _blocks(tree.body, len(rows) + 1) if edited is None or _holds(block, edited)]
        code = compile(_with_only(tree, blocks), "<source>", "exec", dont_inherit=True)
        tokens = [_tokens(rows, block) for block in blocks]
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError, UnicodeDecodeError, LookupError):
        return None
    left_out = _left_out(rows, excluded)
    first: dict[int, int] = {}
    ignored = _docstrings([tree])
    nodes: list[ast.AST] = []
    for block, theirs in zip(blocks, tokens, strict=True):
        inside = list(_statements(block.body))
        starts = _statement_starts(theirs)
        ignored |= _excluded(left_out(block), theirs, inside, starts) | _docstrings(inside)
        first.update(starts)
        nodes += inside
    here = {line for block in blocks for line in range(block.start, block.end)}
    ran = (_lines_of(code) & here) - ignored
    lines = frozenset({first.get(line, line) for line in ran} - ignored)
    return Executable(
        lines,
        first,
        on_import=lines & frozenset(_unconditional(tree.body)),
        at_import=lines - frozenset(_inside_functions(nodes)),
    )


def _blocks(body: list[ast.stmt], after: int) -> list[_Block]:
    """Return the blocks of a module whose last line is the one before ``after``."""
    bounds: list[tuple[list[ast.stmt], int, int]] = []
    for node in body:
        start, end = first_line(node), node.end_lineno or node.lineno
        if bounds and start <= bounds[-1][2]:
            together, its_start, its_end = bounds.pop()
            bounds.append(([*together, node], its_start, max(its_end, end)))
        else:
            bounds.append(([node], start, end))
    nexts = [start for _, start, _ in bounds[1:]] + [after]
    return [_Block(nodes, start, until) for (nodes, start, _), until in zip(bounds, nexts, strict=False)]


def _holds(block: _Block, edited: Collection[int]) -> bool:
    return any(block.start <= line < block.end for line in edited)


def _with_only(tree: ast.Module, blocks: list[_Block]) -> ast.Module:
    """Return a module without the functions and classes of other blocks: what is left compiles as it did among them."""
    chosen = {id(node) for block in blocks for node in block.body}
    body = [node for node in tree.body if id(node) in chosen or not isinstance(node, _DEFINITIONS)]
    return ast.Module(body, tree.type_ignores)


def _tokens(rows: list[str], block: _Block) -> list[_Token]:
    before = block.start - 1
    return [
        _Token(token.type, token.string, token.start[0] + before, token.end[0] + before)
        for token in tokenize.generate_tokens(iter(rows[before : block.end - 1]).__next__)
    ]


def _decoded(source: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return io.IncrementalNewlineDecoder(None, translate=True).decode(source.decode(encoding), final=True)


def _statements(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield statements and all below them: ten times fewer nodes than ``ast.walk`` visits."""
    waiting: list[Any] = [*body]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, (ast.ExceptHandler, ast.match_case)):
            yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, name, ())


def _statement_starts(tokens: list[_Token]) -> dict[int, int]:
    """Return, for every line of a statement of several lines, the line it starts on."""
    starts: dict[int, int] = {}
    first = 0
    for token in tokens:
        if token.type == tokenize.NEWLINE:
            if first and token.end != first:
                starts.update(dict.fromkeys(range(first, token.end + 1), first))
            first = 0
        elif not first and token.string.strip() and token.type != tokenize.COMMENT:
            first = token.start
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


def _excluded(matching: Iterable[int], tokens: list[_Token], nodes: list[ast.AST], first: dict[int, int]) -> set[int]:
    """Return the lines that a marked line takes out: its statement, the suite it opens, the function it decorates."""
    marked = {first.get(line, line) for line in matching}
    if not marked:
        return marked
    found = marked | set(_suites(tokens, marked))
    found = {first.get(line, line) for line in found}
    for node in nodes:
        if isinstance(node, _DEFINITIONS):
            start = first_line(node)
            if found.intersection(range(start, node.lineno + 1)):
                found.update(range(start, (node.end_lineno or node.lineno) + 1))
    return found


def first_line(node: ast.stmt) -> int:
    """Return the line a statement begins on, from 1: that of its first decorator, where it has any."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _left_out(rows: list[str], excluded: re.Pattern[str]) -> Callable[[_Block], Iterable[int]]:
    """Return what finds the lines left out of a block; a project's own pattern may match across many of them."""
    if excluded is EXCLUDED:
        return lambda block: _matching(rows, block, excluded)
    everywhere = sorted(_matching(rows, _Block([], 1, len(rows) + 1), excluded))
    return lambda block: [line for line in everywhere if block.start <= line < block.end]


def _matching(rows: list[str], block: _Block, excluded: re.Pattern[str]) -> Iterator[int]:
    """Yield the lines a match touches; one may begin lines earlier, at the signature of an empty body."""
    text = "".join(rows[block.start - 1 : block.end - 1])
    at, line = 0, block.start
    for match in excluded.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield from range(line, min(line + text.count("\n", at, match.end()) + 1, block.end))


def _suites(tokens: list[_Token], marked: set[int]) -> Iterator[int]:
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
            first = token.start
            until = None if until is not None and indent <= until else until
            if until is not None:
                yield first
        if token.type != tokenize.OP:  # the literal text of an f-string may be a lone bracket
            continue
        if token.string in "([{":
            nesting += 1
        elif token.string in ")]}":
            nesting -= 1
        elif token.string == ":" and not nesting and until is None and marked & set(range(first, token.end + 1)):
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
