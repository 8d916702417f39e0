"""Surface: what of a Python file others can see, as one digest; equal surfaces need no comparison. Runs in a child."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def surface(source: bytes) -> dict[str, Any]:
    """Return ``{"digest", "imports"}`` of a source: its surface, and the modules it imports from (dots kept)."""
    import hashlib

    tree = ast.parse(source)
    _prune(tree.body)
    digest = hashlib.sha256(ast.dump(tree).encode("utf-8", "surrogatepass")).hexdigest()
    return {"digest": digest, "imports": sorted(set(_imports(tree)))}


def _prune(body: list[ast.stmt]) -> None:
    """Empty the functions: what they do inside is nobody's interface; take docstrings out."""
    body[:] = [statement for statement in body if not _is_text(statement)]
    for statement in body:
        if isinstance(statement, _FUNCTIONS):
            deprecated = b"DeprecationWarning" if "DeprecationWarning" in ast.dump(statement) else b""
            statement.body = [ast.Expr(ast.Constant(deprecated))]
        else:
            for field in ("body", "orelse", "finalbody", "handlers"):
                inner = getattr(statement, field, None)
                if isinstance(inner, list):
                    _prune(inner)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _imports(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            source = "." * statement.level + (statement.module or "")
            yield source
            yield from (f"{source}{'' if source.endswith('.') else '.'}{alias.name}" for alias in statement.names)
