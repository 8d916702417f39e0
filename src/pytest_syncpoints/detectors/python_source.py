"""Python source as detectors read it: parsed or refused, never executed."""

from __future__ import annotations

import ast
import warnings

from pytest_syncpoints.subject import Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 20  # a hand-written module is smaller by far; parsing takes about half a second for each MiB


def parse(content: bytes) -> ast.Module:
    """Return the module; raises Unparsed with the reason where this interpreter cannot read it."""
    if len(content) > MOST_BYTES:
        raise Unparsed(f"{len(content):,} bytes of Python, more than the {MOST_BYTES:,} that are read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except SyntaxError as error:
        raise Unparsed(f"not valid Python: {error.msg} (line {error.lineno})") from None
    except (ValueError, RecursionError, MemoryError, LookupError) as error:
        raise Unparsed(f"not readable as Python: {type(error).__name__}") from None


def called(node: ast.AST) -> str:
    """Return the dotted name a call is made by (``migrations.AddField``), empty for anything else."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def dotted(node: ast.AST) -> str:
    """Return a name with its attributes, ``a.b.c``; empty where it is not one."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join((node.id, *reversed(parts)))


def argument(call: ast.Call, keyword: str, position: int | None = None) -> ast.expr | None:
    """Return an argument by keyword or position, ``None`` where it is not given."""
    for word in call.keywords:
        if word.arg == keyword:
            return word.value
    if position is None or position >= len(call.args) or any(isinstance(arg, ast.Starred) for arg in call.args):
        return None
    return call.args[position]


def text(node: ast.AST | None) -> str | None:
    """Return a literal string's value, ``None`` for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_true(node: ast.AST | None) -> bool:
    """Say whether a node is the literal ``True``."""
    return isinstance(node, ast.Constant) and node.value is True


def is_false(node: ast.AST | None) -> bool:
    """Say whether a node is the literal ``False``."""
    return isinstance(node, ast.Constant) and node.value is False


def has_more(call: ast.Call) -> bool:
    """Say whether a call hides arguments behind ``**``."""
    return any(word.arg is None for word in call.keywords)


def number(node: ast.AST | None) -> int | None:
    """Return a literal whole number, ``None`` for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return node.value
    return None


def calls(nodes: list[ast.stmt] | ast.AST) -> Iterator[ast.Call]:
    """Yield every call below some nodes, in the order of the source."""
    roots = nodes if isinstance(nodes, list) else [nodes]
    found = [node for root in roots for node in ast.walk(root) if isinstance(node, ast.Call)]
    yield from sorted(found, key=lambda call: (call.lineno, call.col_offset))


def dump(node: ast.AST) -> str:
    """Return a node as text that formatting does not alter; raises Unparsed where it nests too deep."""
    try:
        return ast.dump(node)
    except RecursionError:
        raise Unparsed("nested too deep") from None
