"""Statements: those of a Python file that touch any of its lines, and what each says however it is written.

What cannot be read raises Unreadable with its reason: it is never an empty answer.
"""

from __future__ import annotations

import _ast  # the nodes alone: `ast` brings `re` and `enum`, some 10 ms
import warnings

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.alignment import Range

    Node = Any
    Parent = tuple[str, int]

_ONLY_TREE = 0x0400  # ast.PyCF_ONLY_AST
IN_FUNCTION = "("  # in the scope of whatever stands in a function's body
_DEFINITIONS = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef)
_BLOCKS = frozenset(("body", "orelse", "handlers", "finalbody", "cases"))
_WRITTEN = frozenset(("ctx", "kind", "type_comment", "type_ignores"))  # how it is written or used, not what it is
_MODULE = ("line", -1)
_FIELDS: dict[type, tuple[str, ...]] = {}  # of each kind of node, what says something, the last first
_ACROSS_LINES = ('"""', "'''", "\\")  # what may carry a string on to the next line
# The others either hide code from whoever reads the bytes (utf-7) or have more than one meaning for a byte.
_ENCODINGS = frozenset(("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii", "latin-1", "iso-8859-1", "iso-8859-15"))


class Unreadable(ValueError):  # noqa: N818  # it says what the text is
    """A text that cannot be read as Python; the message says why."""


class TooDeep(Unreadable):
    """A text that this process cannot read as deep as it stands already; another one may."""


class Unit(Record):
    """One statement, or the head of one that has a body. Lines count from 0, ``end`` is the one after.

    ``parent`` is the head it stands under: ``("unit", position in the list)``, or ``("line", its line)`` where that is
    not in the list. ``scope`` names the function or class it stands in, ``parts`` are the nodes that say what it does.
    """

    start: int
    end: int
    kind: str
    indent: int
    parent: Parent
    scope: str
    parts: tuple[Node, ...]
    name: str = ""


def parse(text: str) -> Node:
    """Return the syntax tree of a text; raises Unreadable where this Python cannot parse it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape warns, and pytest may turn that into an error
        try:
            return compile(text, "<source>", "exec", _ONLY_TREE, dont_inherit=True)
        except SyntaxError as error:
            raise Unreadable(f"line {error.lineno}: {error.msg}") from None
        except (RecursionError, MemoryError, OverflowError):
            raise TooDeep("it is nested too deeply or too large") from None
        except ValueError as error:
            raise Unreadable(str(error)) from None


def decode(content: bytes) -> str:
    r"""Return a file's text with ``\n`` line ends; raises Unreadable where git and Python would see different lines."""
    if b"\0" in content:
        raise Unreadable("it holds NUL bytes")
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    if b"\r" in content:
        raise Unreadable("a carriage return ends a line for Python and none for git")
    encoding = _cookie(content)
    if encoding not in _ENCODINGS:
        raise Unreadable(f"it declares the encoding {encoding[:40]!r}")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not {encoding} (byte {error.start + 1})") from None


def _cookie(content: bytes) -> str:
    """Return the encoding a file declares in its first two lines (PEP 263), ``utf-8`` where it declares none."""
    for line in content.split(b"\n", 2)[:2]:
        text = line.strip(b" \t\f")
        if not text.startswith(b"#"):
            if text:
                break
            continue
        at = text.find(b"coding")
        while at >= 0:
            rest = text[at + 6 :]
            if rest[:1] in (b":", b"="):
                name = rest[1:].lstrip(b" \t").decode("latin-1")
                found = name[: next((n for n, c in enumerate(name) if not (c.isalnum() or c in "-_.")), len(name))]
                if found:
                    return found.lower().replace("_", "-")
            at = text.find(b"coding", at + 6)
    return "utf-8"


class Side:
    """One side of a file: its lines, its tree, and the statements that touch any range of lines."""

    def __init__(self, content: bytes) -> None:
        """Read it; raises Unreadable."""
        text = decode(content)
        self.lines = text.split("\n")
        self.body = parse(text).body
        self._spans = [(*_span(node), node) for node in self.body]
        self._forms: dict[int, tuple[Unit, str]] = {}

    def form(self, unit: Unit) -> str:
        """Return what a statement says; asked twice, it is made once."""
        known = self._forms.get(id(unit))
        if known is None:
            known = self._forms[id(unit)] = unit, form(unit)
        return known[1]

    def spans(self, ranges: list[Range]) -> list[Range]:
        """Return the lines of the statements that touch the ranges."""
        return [(unit.start, unit.end) for unit in self.units(ranges)]

    def units(self, ranges: list[Range]) -> list[Unit]:
        """Return the statements that touch the ranges, in the order of the file."""
        found: list[Unit] = []
        if ranges:
            first, last = min(place[0] for place in ranges), max(place[1] for place in ranges)
            near = [node for start, end, node in self._spans if end >= first and start <= last]
            self._walk(near, _MODULE, "", ranges, found)
        return found

    def imports(self) -> Iterator[str]:
        """Yield the dotted names that the module's own statements import, relative ones with their dots."""
        for node in self.body:
            if isinstance(node, _ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, _ast.ImportFrom):
                module = f"{'.' * (node.level or 0)}{node.module or ''}"
                yield from (f"{module}{'' if module.endswith('.') else '.'}{alias.name}" for alias in node.names)

    def rivals(self) -> set[str]:
        """Return names that several imports of the module bind to different things: there the last one wins.

        Beside ``from x import *``, which may bind any name, all of them are rivals.
        """
        bound: dict[str, str] = {}
        rivals: set[str] = set()
        for node in self.body:
            for what, name in bindings(node):
                if name == "*" or (bound.setdefault(name, what) != what and not what.endswith(" ")):
                    rivals.add(name)
        return rivals | bound.keys() if "*" in rivals else rivals

    def _walk(self, block: Iterable[Node], parent: Parent, scope: str, ranges: list[Range], found: list[Unit]) -> None:
        for each in block:
            node, above = each, parent
            while node is not None:  # an elif is an If alone in the else of another: followed here, not recursed into
                start, end = _span(node)
                inside = _touched(start, end, ranges)
                if not inside:
                    break
                above, node = self._statement(node, (start, end), above, scope, inside, found)

    def _statement(
        self, node: Node, span: Range, parent: Parent, scope: str, ranges: list[Range], found: list[Unit]
    ) -> tuple[Parent, Node | None]:
        """Add a statement and what stands below it; return the elif that is left to do, and what it stands under."""
        start, end = span
        blocks = [(name, getattr(node, name)) for name in node._fields if name in _BLOCKS and getattr(node, name)]
        head_end = max(_head_line(node), _span(blocks[0][1][0])[0]) if blocks else end
        unit = Unit(
            start, head_end, _kind(node), _indent(node), parent, scope, _parts(node), getattr(node, "name", "") or ""
        )
        me = _added(unit, ranges, found)
        if isinstance(node, _DEFINITIONS):
            scope = scope_of(scope, node.name, node.col_offset, _kind(node))
        at = head_end
        for name, block in blocks:
            if name == "orelse" and len(block) == 1 and isinstance(node, _ast.If) and isinstance(block[0], _ast.If):
                return me, block[0]
            above = me
            if name in ("orelse", "finalbody"):
                first = _span(block[0])[0]
                above = _added(Unit(min(at, first), max(first, at), name, _indent(node), me, scope, ()), ranges, found)
            self._walk(block, above, scope, ranges, found)
            at = block[-1].end_lineno if hasattr(block[-1], "end_lineno") else _span(block[-1])[1]
        return me, None


def scope_of(around: str, name: str, column: int, kind: str) -> str:
    """Return the scope that a definition opens; a function's ends with its bracket."""
    return f"{around}.{name}:{column}{'' if kind == 'ClassDef' else IN_FUNCTION}"


def _added(unit: Unit, ranges: list[Range], found: list[Unit]) -> Parent:
    if not _touched(unit.start, unit.end, ranges):
        return "line", unit.start
    found.append(unit)
    return "unit", len(found) - 1


def _touched(start: int, end: int, ranges: list[Range]) -> list[Range]:
    """Return the ranges that lines overlap, as ``alignment.touches`` has it: once for every node, so without a call."""
    return [
        place
        for place in ranges
        if (start < place[1] and end > place[0] if place[0] < place[1] else start < place[0] < end)
    ]


def _span(node: Node) -> Range:
    kind = type(node)
    if kind is _ast.match_case:  # the one block without a position of its own
        return node.pattern.lineno - 1, max(_span(node.body[-1])[1], node.pattern.end_lineno)
    if kind in _DEFINITIONS and node.decorator_list:
        return node.decorator_list[0].lineno - 1, node.end_lineno
    return node.lineno - 1, node.end_lineno


def _head_line(node: Node) -> int:
    return int(node.pattern.end_lineno if isinstance(node, _ast.match_case) else node.lineno)


def _indent(node: Node) -> int:
    return int(node.pattern.col_offset - 5 if isinstance(node, _ast.match_case) else node.col_offset)


def _kind(node: Node) -> str:
    return "doc" if is_text(node) else type(node).__name__


def is_text(node: Node) -> bool:
    """Say whether a statement is a string that stands alone: a docstring, or a comment written as one."""
    return isinstance(node, _ast.Expr) and isinstance(node.value, _ast.Constant) and isinstance(node.value.value, str)


def _parts(node: Node) -> tuple[Node, ...]:
    return tuple(getattr(node, name, None) for name in node._fields if name not in _BLOCKS and name not in _WRITTEN)


def form(unit: Unit) -> str:
    """Return what a statement says, the same for every way to write it: its nodes from the top, without positions."""
    return _form(unit.kind, unit.parts)


def head_of(node: Node) -> str:
    """Return the same of a definition, without what it holds."""
    return _form(type(node).__name__, _parts(node))


def form_of(node: Node) -> str:
    """Return the same of a statement with all it holds."""
    return _form("", (node,))


def _form(kind: str, parts: tuple[Node, ...]) -> str:
    said = [kind]
    stack: list[Node] = list(reversed(parts))
    while stack:
        node = stack.pop()
        kind_of = type(node)
        if kind_of is list:
            said.append(f"[{len(node)}")
            stack += reversed(node)
        elif isinstance(node, _ast.AST):
            said.append(kind_of.__name__)
            fields = _FIELDS.get(kind_of)
            if fields is None:
                fields = _FIELDS[kind_of] = tuple(name for name in reversed(node._fields) if name not in _WRITTEN)
            stack += [getattr(node, name, None) for name in fields]
        else:
            said.append(repr(node))
    return "\n".join(said)


def text_of(side: Side, unit: Unit) -> str:
    """Return a statement's lines without its own indentation."""
    first, *rest = side.lines[unit.start : unit.end] or [""]
    if rest and any(mark in line for line in (first, *rest) for mark in _ACROSS_LINES):
        return "\n".join([first.lstrip(" \t"), *rest]).rstrip()  # the margin may be part of a string
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join([first.lstrip(" \t"), *(line.removeprefix(margin) for line in rest)]).rstrip()


def bound(kind: str, names: list[Node], module: str | None = None, level: int | None = 0) -> Iterator[tuple[str, str]]:
    """Yield ``(what is imported, the name it binds)``, a trailing space telling that ``a.b`` binds ``a``."""
    for alias in names:
        if kind == "Import":
            yield alias.name if alias.asname else f"{alias.name} ", alias.asname or alias.name.partition(".")[0]
        else:
            yield f"{'.' * (level or 0)}{module or ''} {alias.name}", alias.asname or alias.name


def bindings(node: Node) -> Iterator[tuple[str, str]]:
    """Yield what an import binds, as ``bound`` does; of any other statement nothing."""
    if isinstance(node, _ast.Import):
        yield from bound("Import", node.names)
    elif isinstance(node, _ast.ImportFrom):
        yield from bound("ImportFrom", node.names, node.module, node.level)
