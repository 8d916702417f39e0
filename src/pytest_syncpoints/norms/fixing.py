"""Fixing: a Python file with the uses that break norms replaced; everything else stays byte for byte.

Runs in a killable child: libcst ends the process from some 1,290 nested parentheses (LibCST #1000, #619).
"""

from __future__ import annotations

import builtins
import io
import keyword
import re
import sys
import tokenize

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_DEEPEST = 20_000
_BOM = b"\xef\xbb\xbf"
_ENCODINGS = frozenset(("utf-8", "utf-8-sig", "ascii", "iso-8859-1", "iso-8859-15", "cp1252"))


def fix(asked: bytes, source: bytes) -> dict[str, Any]:
    """Return ``{"fixed": base64, "count"}`` of a source; ``asked`` is JSON, ``{"replacements", "keep_imports"}``.

    A replacement is ``{"line", "column", "kind", "to"}``: where the name stands (column in UTF-8 bytes of the line),
    and the qualified name to put there. Raises ValueError where the file is not one we can rewrite exactly.
    """
    import base64
    import json

    said = json.loads(asked)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    if encoding not in _ENCODINGS:
        raise ValueError(f"its encoding is {encoding}")
    bom = _BOM if source.startswith(_BOM) else b""
    body = source.removeprefix(_BOM)
    module = cst.parse_module(body)
    if module.bytes != body:
        raise ValueError("it does not survive a round trip")
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(_DEEPEST)
    try:
        fixed, count = _rewritten(module, said["replacements"], keep_imports=said["keep_imports"])
    finally:
        sys.setrecursionlimit(usual)
    compile(fixed, "<fixed>", "exec", dont_inherit=True)
    return {"fixed": base64.b64encode(bom + fixed).decode("ascii"), "count": count}


def _rewritten(module: cst.Module, replacements: Sequence[dict[str, Any]], *, keep_imports: bool) -> tuple[bytes, int]:
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    lines = re.split("\r\n|\r|\n", module.code)
    wanted = {(one["line"], _characters(lines, one["line"], one["column"])): one for one in replacements}
    taken = _Taken()
    module.visit(taken)
    names = _NewNames(module, taken)
    rewrite = _Rewrite(wanted, positions, names)
    changed = module.visit(rewrite)
    if not rewrite.count:
        return module.bytes, 0
    if not keep_imports:
        changed = _without_unused(changed, rewrite.heads)
    return names.imported(changed).bytes, rewrite.count


def _characters(lines: list[str], line: int, column: int) -> int:
    return len(lines[line - 1].encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace"))


class _Taken(cst.CSTVisitor):
    """Every identifier a module spells but for attributes of something: a new name must be none of them."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        node.value.visit(self)
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.names.add(node.value)


class _NewNames:
    """The names under which replacements are imported; what the module imports already is used as it is."""

    def __init__(self, module: cst.Module, taken: _Taken) -> None:
        self._taken = set(taken.names) | set(dir(builtins)) | set(keyword.kwlist)
        self._given: dict[str, str] = {}
        self._new: dict[str, str] = {}
        for qualified, bound in _imported_once(module):
            self._given.setdefault(qualified, bound)

    def name_for(self, qualified: str) -> str:
        """Return the name to write for a qualified one."""
        source, _, name = qualified.rpartition(".")
        if not source:
            return name  # a builtin
        if qualified not in self._given:
            free = name
            if free in self._taken:
                free = f"{source.rpartition('.')[2]}_{name}"
            while free in self._taken:
                free += "_"
            self._taken.add(free)
            self._given[qualified] = self._new[qualified] = free
        return self._given[qualified]

    def imported(self, module: cst.Module) -> cst.Module:
        """Return the module with the imports that new names need, after its docstring and ``__future__`` imports."""
        statements = [_import_line(qualified, bound) for qualified, bound in sorted(self._new.items())]
        if not statements:
            return module
        at = _first_place(module.body)
        body = list(module.body)
        if at < len(body) and at == 0 and _imports(body[0]):
            first = body[0]
            assert isinstance(first, cst.SimpleStatementLine)
            statements[0] = statements[0].with_changes(leading_lines=first.leading_lines)
            body[0] = first.with_changes(leading_lines=())
        return module.with_changes(body=[*body[:at], *statements, *body[at:]])


def _import_line(qualified: str, bound: str) -> cst.SimpleStatementLine:
    source, _, name = qualified.rpartition(".")
    renamed = f" as {bound}" if bound != name else ""
    parsed = cst.parse_statement(f"from {source} import {name}{renamed}")
    assert isinstance(parsed, cst.SimpleStatementLine)
    return parsed.with_changes(trailing_whitespace=cst.TrailingWhitespace(newline=cst.Newline()))


def _first_place(body: Sequence[cst.BaseStatement]) -> int:
    """Return where an import may go: before the first plain import, else after docstring and ``__future__``."""
    at = 0
    for index, statement in enumerate(body):
        if _is_docstring(statement, index) or _is_future(statement):
            at = index + 1
            continue
        break
    return at


def _is_docstring(statement: cst.BaseStatement, index: int) -> bool:
    if index or not isinstance(statement, cst.SimpleStatementLine):
        return False
    first = statement.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, (cst.SimpleString, cst.ConcatenatedString))


def _is_future(statement: cst.BaseStatement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return any(
        isinstance(part, cst.ImportFrom) and isinstance(part.module, cst.Name) and part.module.value == "__future__"
        for part in statement.body
    )


def _imports(statement: cst.BaseStatement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], (cst.Import, cst.ImportFrom)
    )


def _imported_once(module: cst.Module) -> list[tuple[str, str]]:
    """Return what from-imports at the top bind, where the module binds that name nowhere else."""
    bound = _Bound()
    module.visit(bound)
    found = []
    for index, statement in enumerate(module.body):
        if not _imports(statement) and not _is_docstring(statement, index):
            break  # what is imported further down may not be there yet
        assert isinstance(statement, cst.SimpleStatementLine)
        for part in statement.body:
            if isinstance(part, cst.ImportFrom) and not part.relative and not isinstance(part.names, cst.ImportStar):
                source = _dotted(part.module)
                for alias in part.names:
                    name = alias.evaluated_alias or alias.evaluated_name
                    if bound.counts.get(name) == 1:
                        found.append((f"{source}.{alias.evaluated_name}", name))
    return found


class _Bound(cst.CSTVisitor):
    """How often each name is bound: by imports, assignments, parameters, definitions and all the rest."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def _add(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def visit_ImportAlias(self, node: cst.ImportAlias) -> None:
        if node.asname is None:  # visit_AsName counts the others
            self._add(node.evaluated_name.partition(".")[0])

    def visit_AsName(self, node: cst.AsName) -> None:
        self._targets(node.name)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._targets(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._targets(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._targets(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._targets(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._targets(node.target)

    def visit_CompFor(self, node: cst.CompFor) -> None:
        self._targets(node.target)

    def visit_Del(self, node: cst.Del) -> None:
        self._targets(node.target)

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self._targets(node.name)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self._targets(node.name)

    def visit_Param(self, node: cst.Param) -> None:
        self._targets(node.name)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._targets(node.name)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        self._targets(node.name)

    def _targets(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.Name):
            self._add(node.value)
        elif not isinstance(node, (cst.Attribute, cst.Subscript)):
            for child in node.children:
                self._targets(child)


class _Rewrite(cst.CSTTransformer):
    """Replaces names at given places; ``heads`` are the first names of what was replaced."""

    def __init__(self, wanted: dict[tuple[int, int], Any], positions: Any, names: _NewNames) -> None:
        super().__init__()
        self._wanted, self._positions, self._names = wanted, positions, names
        self.count = 0
        self.heads: set[str] = set()
        self._from = False

    def _replacement(self, node: cst.CSTNode) -> Any:
        start = self._positions[node].start
        found = self._wanted.get((start.line, start.column))
        if found is None or found["kind"] == "import" or _dotted(node) != found["written"]:
            return None
        return found

    def _replaced(self, original: cst.Name | cst.Attribute, updated: cst.BaseExpression) -> cst.BaseExpression:
        found = self._replacement(original)
        if found is None or "#" in cst.Module([]).code_for_node(original.with_changes(lpar=(), rpar=())):
            return updated  # a comment between the parts would be lost
        self.count += 1
        self.heads.add(_dotted(original).partition(".")[0])
        return cst.Name(self._names.name_for(found["to"]), lpar=original.lpar, rpar=original.rpar)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._replaced(original_node, updated_node)

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._replaced(original_node, updated_node)

    def leave_ImportAlias(self, original_node: cst.ImportAlias, updated_node: cst.ImportAlias) -> cst.ImportAlias:
        start = self._positions[original_node].start
        found = self._wanted.get((start.line, start.column))
        if found is None or found["kind"] != "import":
            return updated_node
        bound = original_node.evaluated_alias or original_node.evaluated_name
        if self._from or "." in bound:
            return updated_node
        self.count += 1
        written = _parsed_import(f"import {found['to']} as {bound}").names[0]
        if original_node.asname is not None or found["to"] == bound:
            return updated_node.with_changes(name=written.name)
        return updated_node.with_changes(name=written.name, asname=written.asname)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: ARG002
        self._from = True

    def leave_ImportFrom(self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom) -> cst.ImportFrom:
        self._from = False
        if isinstance(original_node.names, cst.ImportStar):
            return updated_node
        starts = [self._positions[alias].start for alias in original_node.names]
        found = [self._wanted.get((start.line, start.column)) for start in starts]
        targets = [one["to"].rpartition(".") for one in found if one is not None]
        names = [alias.evaluated_name for alias in original_node.names]
        sources = {source for source, _, _ in targets}
        if len(targets) != len(names) or len(sources) != 1 or [name for _, _, name in targets] != names:
            return updated_node
        (source,) = sources
        if not source:
            return updated_node
        self.count += len(names)
        space = updated_node.whitespace_after_from
        if original_node.relative and original_node.module is None:
            space = cst.SimpleWhitespace(" ")
        module = _parsed_import(f"import {source}").names[0].name
        return updated_node.with_changes(module=module, relative=(), whitespace_after_from=space)


def _parsed_import(text: str) -> cst.Import:
    parsed = cst.parse_statement(text)
    assert isinstance(parsed, cst.SimpleStatementLine)
    (statement,) = parsed.body
    assert isinstance(statement, cst.Import)
    return statement


def _dotted(node: cst.CSTNode | None) -> str:
    """Return a dotted name as it reads without spaces or comments; empty where it is none."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        inner = _dotted(node.value)
        return f"{inner}.{node.attr.value}" if inner else ""
    return ""


def _without_unused(module: cst.Module, heads: set[str]) -> cst.Module:
    """Return the module without the imports of names that only replaced uses needed."""
    used = _Used()
    module.visit(used)
    body = [statement for statement in module.body if not _is_spent(statement, heads - used.names)]
    return module.with_changes(body=body) if body else module


class _Used(cst.CSTVisitor):
    """Names that occur outside import statements, in code or as a whole string (``__all__``, lazy annotations)."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Import(self, node: cst.Import) -> bool:  # noqa: ARG002
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:  # noqa: ARG002
        return False

    def visit_Name(self, node: cst.Name) -> None:
        self.names.add(node.value)

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        self.names.update("".join(c if c.isidentifier() or c.isdigit() else " " for c in node.value).split())


def _is_spent(statement: cst.BaseStatement, unused: set[str]) -> bool:
    """Say whether a line imports one unused name and nothing else, with no comment that would be lost."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    part = statement.body[0]
    if statement.trailing_whitespace.comment or any(line.comment for line in statement.leading_lines):
        return False
    if not isinstance(part, (cst.Import, cst.ImportFrom)) or isinstance(part.names, cst.ImportStar):
        return False
    if len(part.names) != 1 or _is_future(statement):
        return False
    alias = part.names[0]
    if isinstance(part, cst.Import) and alias.asname is None and "." in alias.evaluated_name:
        return False  # it also loads what lies below, which others may rely on
    if "#" in cst.Module([]).code_for_node(part):
        return False
    return (alias.evaluated_alias or alias.evaluated_name) in unused
