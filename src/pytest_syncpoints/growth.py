"""Growth: whether a Python file only gained what others can import, so that nobody who imports it can lose anything."""

from __future__ import annotations

import _ast

from pytest_syncpoints.statements import bindings, form_of, head_of, is_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.statements import Side

    Node = Any

_FUNCTIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef)
_IMPORTS = (_ast.Import, _ast.ImportFrom)


def only_grew(old: Side, new: Side) -> bool:
    """Say whether all that others could see of a file is as it was, beside new names.

    It answers no where it is not sure: another order, a method more in a class with bases (it may stand before an
    inherited one), anything new that runs on import.
    """
    return _imports_grew(old.body, new.body) and _grew(old.body, new.body, _names(old.body), _is_new_name)


def _imports_grew(old: list[Node], new: list[Node]) -> bool:
    before, after = ([pair for node in body for pair in bindings(node)] for body in (old, new))
    if before == after:
        return True
    names = [name for _, name in after]
    if len(set(names)) < len(names) or "*" in names or not set(before) <= set(after):
        return False
    return {name for what, name in after if (what, name) not in set(before)}.isdisjoint(_names(old))


def _grew(old: list[Node], new: list[Node], known: set[str], allowed: Any) -> bool:
    """Match the statements of two blocks in order; what has no partner must be allowed."""
    rows = [node for node in old if not (is_text(node) or isinstance(node, _IMPORTS))]
    at = 0
    for node in new:
        if is_text(node) or isinstance(node, _IMPORTS):
            continue
        if at < len(rows) and _said(rows[at]) == _said(node):
            if isinstance(node, _ast.ClassDef) and not _class_grew(rows[at], node):
                return False
            at += 1
        elif not allowed(node, known):
            return False
    return at == len(rows)


def _class_grew(old: Node, new: Node) -> bool:
    plain = not (new.bases or new.keywords or new.decorator_list)
    imports = [[pair for node in body for pair in bindings(node)] for body in (old.body, new.body)]
    return imports[0] == imports[1] and _grew(
        old.body, new.body, _names(old.body), _is_new_method if plain else _is_nothing
    )


def _said(node: Node) -> str:
    return head_of(node) if isinstance(node, (*_FUNCTIONS, _ast.ClassDef)) else form_of(node)


def _is_nothing(_node: Node, _known: set[str]) -> bool:
    return False


def _is_new_method(node: Node, known: set[str]) -> bool:
    return isinstance(node, _FUNCTIONS) and not node.name.startswith("__") and node.name not in known


def _is_new_name(node: Node, known: set[str]) -> bool:
    if isinstance(node, (*_FUNCTIONS, _ast.ClassDef)):
        names = [node.name]
    elif isinstance(node, _ast.Assign):
        names = [getattr(target, "id", "__") for target in node.targets]
    elif isinstance(node, _ast.AnnAssign):
        names = [getattr(node.target, "id", "__")]
    else:
        return False
    return not any(name.startswith("__") or name in known for name in names)


def _names(body: Iterable[Node]) -> set[str]:
    """Return every name that statements of a block may bind, wherever in it."""
    return {name for node in body for name in _bound_in(node)}


def _bound_in(node: Node) -> Iterator[str]:
    yield from (name for _, name in bindings(node))
    if isinstance(node, (*_FUNCTIONS, _ast.ClassDef)):
        yield node.name
        return
    stack = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, list):
            stack += each
        elif isinstance(each, _ast.AST):
            yield from (name for _, name in bindings(each))
            name = getattr(each, "id", None) or getattr(each, "name", None)
            if isinstance(name, str):
                yield name
            stack += [getattr(each, field, None) for field in each._fields]
