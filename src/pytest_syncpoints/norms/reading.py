"""Reading: what one Python file does with what norms name, as plain data; runs in a child, over hostile source."""

from __future__ import annotations

import ast
import io
import sys
import tokenize

from pytest_syncpoints.norms.names import Names
from pytest_syncpoints.norms.pattern import NamePattern
from pytest_syncpoints.norms.scopes import Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


KINDS = ("call", "import", "attribute", "decorator", "base_class")
_DEEPEST = 20_000  # frames; the process is limited and may be lost
_MARKER = "syncpoints:"


def read(asked: bytes, source: bytes) -> dict[str, Any]:
    """Return ``{"uses", "waivers"}`` of a source; ``asked`` is JSON: ``{"module", "package", "norms"}``.

    Raises what ``ast.parse`` raises. Lines count from 1, columns in UTF-8 bytes from 0, as in ``ast``.
    """
    import json

    said = json.loads(asked)
    tree = ast.parse(source)
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEPEST)
    try:
        found = uses(tree, said["module"], said["norms"], package=said["package"])
    finally:
        sys.setrecursionlimit(usual)
    return {"uses": found, "waivers": waivers(source) if _MARKER.encode() in source else []}


def uses(tree: ast.Module, module: str, norms: list[dict[str, Any]], *, package: bool) -> list[dict[str, Any]]:
    """Return every use that breaks a norm, or may (``unknown`` says why nobody can tell), in the order of the file."""
    names = Names(tree, module, package=package)
    found = [use for norm in norms for use in _breaches(norm, names)]
    return sorted(found, key=lambda use: (use["line"], use["column"], use["norm"]))


def _breaches(norm: dict[str, Any], names: Names) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        if norm.get(kind):
            yield from _FINDERS[kind](norm, NamePattern(norm[kind]), names)


def _calls(norm: dict[str, Any], pattern: NamePattern, names: Names) -> Iterator[dict[str, Any]]:
    for node, where in names.calls:
        if _may_match(node.func, pattern, names):
            yield from _judged(norm, "call", node.func, node, Place(*where), pattern, names, node.keywords)


def _decorators(norm: dict[str, Any], pattern: NamePattern, names: Names) -> Iterator[dict[str, Any]]:
    for node, place in names.decorators:
        target = node.func if isinstance(node, ast.Call) else node
        keywords = node.keywords if isinstance(node, ast.Call) else []
        if _may_match(target, pattern, names):
            yield from _judged(norm, "decorator", target, node, place, pattern, names, keywords)


def _bases(norm: dict[str, Any], pattern: NamePattern, names: Names) -> Iterator[dict[str, Any]]:
    for node, place in names.bases:
        target = node.value if isinstance(node, ast.Subscript) else node
        if _may_match(target, pattern, names):
            yield from _judged(norm, "base_class", target, node, place, pattern, names, None)


def _attributes(norm: dict[str, Any], pattern: NamePattern, names: Names) -> Iterator[dict[str, Any]]:
    for chain, where in names.chains:
        base = chain
        while isinstance(base, ast.Attribute):
            base = base.value
        if not isinstance(base, ast.Name) or not names.may_be_known(base.id):
            continue
        node, place = chain, Place(*where)
        while True:
            if _may_be_last(node, pattern):
                found = list(_judged(norm, "attribute", node, node, place, pattern, names, None))
                yield from found
                if found:
                    break
            if not isinstance(node, ast.Attribute):
                break
            node = node.value


def _imports(norm: dict[str, Any], pattern: NamePattern, names: Names) -> Iterator[dict[str, Any]]:
    for statement, alias, qualified, place in names.imports:
        said = qualified.removesuffix(".*")
        if pattern.matches_part(said):
            yield _use(norm, "import", alias, statement, said, bound=alias.asname or alias.name, place=place)


_FINDERS = {
    "call": _calls,
    "import": _imports,
    "attribute": _attributes,
    "decorator": _decorators,
    "base_class": _bases,
}


def _may_match(node: ast.expr, pattern: NamePattern, names: Names) -> bool:
    """Say, cheaply, whether an expression's last part could be meant: by its own name, or through a rebinding."""
    if pattern.parts[-1] == "*" or isinstance(node, ast.Name):
        return isinstance(node, (ast.Name, ast.Attribute)) and _base(node, names)
    return _may_be_last(node, pattern)


def _may_be_last(node: ast.expr, pattern: NamePattern) -> bool:
    return isinstance(node, ast.Name) or (
        isinstance(node, ast.Attribute) and ("*" in pattern.parts[-1] or node.attr == pattern.parts[-1])
    )


def _base(node: ast.expr, names: Names) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and names.may_be_known(node.id)


def _judged(
    norm: dict[str, Any],
    kind: str,
    target: ast.expr,
    whole: ast.AST,
    place: Place,
    pattern: NamePattern,
    names: Names,
    keywords: list[ast.keyword] | None,
) -> Iterator[dict[str, Any]]:
    meanings = names.meanings(target, place)
    meant = [meaning for meaning in meanings if meaning.qualified and pattern.matches(meaning.qualified)]
    if not meant:
        return
    unknown = ""
    if all(meaning.guessed for meaning in meant):
        unknown = f"from {meant[0].qualified.rpartition('.')[0]} import *"
    problem, hidden = _problem(norm, keywords)
    if problem is None:
        return
    read = isinstance(getattr(target, "ctx", None), ast.Load)
    sure = read and not unknown and not hidden and len({one.qualified for one in meanings}) == 1
    yield _use(
        norm,
        kind,
        target,
        whole,
        meant[0].qualified,
        problem=problem,
        unknown=unknown or hidden,
        sure=sure,
        place=place,
    )


def _problem(norm: dict[str, Any], keywords: list[ast.keyword] | None) -> tuple[str | None, str]:
    """Return what breaks the norm (``None``: nothing does), and what hides whether it does."""
    required, forbidden = norm.get("require_keyword"), norm.get("forbid_keyword")
    if keywords is None or (required is None and forbidden is None):
        return "", ""
    given = {keyword.arg for keyword in keywords}
    if forbidden in given and forbidden is not None:
        return f"with {forbidden}", ""
    if required is not None and required not in given:
        return f"without {required}", "its keywords come from **" if None in given else ""
    if forbidden is not None and None in given:
        return f"with {forbidden}", "its keywords come from **"
    return None, ""


def _use(
    norm: dict[str, Any],
    kind: str,
    target: Any,
    whole: Any,
    qualified: str,
    *,
    problem: str = "",
    unknown: str = "",
    sure: bool = True,
    bound: str = "",
    place: Place,
) -> dict[str, Any]:
    return {
        "norm": norm["name"],
        "kind": kind,
        "qualified": qualified,
        "problem": problem,
        "unknown": unknown,
        "sure": sure,
        "line": target.lineno,
        "column": target.col_offset,
        "first": whole.lineno,
        "last": whole.end_lineno or whole.lineno,
        "bound": bound or _dotted(target),
        "in": place.scope.kind,
    }


def _dotted(node: ast.expr) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "", *reversed(parts)])


def waivers(source: bytes) -> list[dict[str, Any]]:
    """Return inline waivers, ``# syncpoints: NRM name, name because reason``, with the line they speak for.

    One at the end of a line speaks for what touches that line, one on a line of its own for the next line of code.
    """
    found: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    code_line = 0
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type == tokenize.COMMENT:
            waiver = _waiver(token.string)
            if waiver is None:
                continue
            waiver.update(line=token.start[0], covers=token.start[0])
            found.append(waiver)
            if code_line != token.start[0]:
                waiting.append(waiver)
        elif token.type not in (
            tokenize.NL,
            tokenize.NEWLINE,
            tokenize.INDENT,
            tokenize.DEDENT,
            tokenize.ENCODING,
            tokenize.ENDMARKER,
        ):
            for waiver in waiting:
                waiver["covers"] = token.start[0]
            waiting = []
            code_line = token.end[0]
    return found


def _waiver(comment: str) -> dict[str, Any] | None:
    text = comment.lstrip("#").strip()
    if not text.startswith(_MARKER):
        return None
    words = text.removeprefix(_MARKER).split(None, 1)
    if not words or words[0] != "NRM":
        return None
    named, because, reason = (f" {words[1]} " if len(words) > 1 else " ").partition(" because ")
    names = named.replace(",", " ").split()
    return {"norms": names, "reason": reason.strip() if because else ""}
