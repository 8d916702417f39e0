"""Annotations: whether two of them say the same type."""

from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def changed(before: Any, after: Any) -> bool:
    """Say whether an annotation says something else; adding or dropping one does not count, nor does its spelling."""
    if before is None or after is None:
        return False
    return _plain_type(str(before)) != _plain_type(str(after))


def _plain_type(text: str) -> str:
    """Return a type in one spelling: unions sorted, ``Optional`` spelt out, ``List`` as ``list``, modules left out."""
    try:
        return _spelt(ast.parse(text.strip().replace("'", "").replace('"', ""), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text.replace(" ", "")


def _spelt(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return _OLD_GENERICS.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return _OLD_GENERICS.get(node.attr, node.attr)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    if isinstance(node, ast.Subscript):
        inside = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        head = _spelt(node.value)
        if head == "Optional":
            return _union([*inside, ast.Constant(None)])
        if head == "Union":
            return _union(inside)
        said = [_spelt(one) for one in inside]
        return head if said and set(said) == {"Any"} else f"{head}[{', '.join(said)}]"
    if isinstance(node, ast.List):
        return f"[{', '.join(map(_spelt, node.elts))}]"
    return ast.unparse(node)


_OLD_GENERICS = {name.capitalize(): name for name in ("list", "dict", "set", "tuple", "type")} | {
    "FrozenSet": "frozenset"
}


def _union(parts: Sequence[ast.expr]) -> str:
    return " | ".join(sorted({piece for part in parts for piece in _spelt(part).split(" | ")}))
