"""Source: which statements of a Python file a change alters; formatting, comments and docstrings are not statements.

Two texts that Python reads as the same syntax tree are the same here. What cannot be read raises Unreadable with its
reason: it is never an empty answer. What is handed out is plain data, so that ``gather/child.py`` can pass it on.
"""

from __future__ import annotations

import _ast  # the nodes alone: `ast` brings `re` and `enum`, some 10 ms
import warnings

from pytest_syncpoints.alignment import Region, aligned, closed_regions, region_of_hunk, touches
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
_ACROSS_LINES = ('"""', "'''", "\\")  # what may carry a string on to the next line
# The others either hide code from whoever reads the bytes (utf-7) or have more than one meaning for a byte.
_ENCODINGS = frozenset(("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii", "latin-1", "iso-8859-1", "iso-8859-15"))


class Unreadable(ValueError):  # noqa: N818  # it says what the text is
    """A text that cannot be read as Python; the message says why."""


class TooDeep(Unreadable):
    """A text that this process cannot read as deep as it stands already; another one may."""


class WasUnreadable(Unreadable):
    """The same of the old side alone: the new one can be read, only not compared."""


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


def differences(old: bytes, new: bytes, hunks: bytes) -> dict[str, list[list[Any]]]:
    """Return the statements that a change takes out of a file (``old``) and brings in (``new``), as plain data.

    ``hunks`` holds git's ``old_start old_lines new_start new_lines``, one hunk a line. A statement is
    ``[text, lines, letters, indent, scope, free, imports]``: its text without its indentation; how many of its lines
    changed, at least 1; its letters and digits; its column; the function or class it stands in; whether that is itself
    new or gone; and what it binds if it is an import. ``imports`` holds one list: the names the new side imports.
    Raises Unreadable.
    """
    sides = _sides(old, new)
    whole = [region_of_hunk(*map(int, line.split())) for line in hunks.splitlines()]
    regions = closed_regions(whole, lambda which, ranges: sides[which].spans(ranges))
    units = [side.units([region.side(which) for region in regions]) for which, side in enumerate(sides)]
    kept = _kept(sides, units, regions)
    if _could_be_same(units, kept) and _is_same(sides, regions):
        return {"old": [], "new": [], "imports": [list(sides[1].imports())]}
    rivals = sides[0].rivals() | sides[1].rivals()
    changed = [{n for region in whole for n in range(*region.side(which))} for which in (0, 1)]
    old_side, new_side = (list(_plain(sides[at], units[at], kept[at], changed[at], rivals)) for at in (0, 1))
    return {"old": old_side, "new": new_side, "imports": [list(sides[1].imports())]}


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


def _sides(old: bytes, new: bytes) -> tuple[_Side, _Side]:
    arrived = _Side(new)
    try:
        return _Side(old), arrived
    except TooDeep:
        raise
    except Unreadable as error:
        raise WasUnreadable(str(error)) from None


class _Side:
    """One side of a file: its lines, its tree, and the statements that touch any range of lines."""

    def __init__(self, content: bytes) -> None:
        text = decode(content)
        self.lines = text.split("\n")
        self._body = parse(text).body
        self._spans = [(*_span(node), node) for node in self._body]

    def spans(self, ranges: list[Range]) -> list[Range]:
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
        for node in self._body:
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
        for node in self._body:
            for what, name in _bindings(type(node).__name__, node):
                if name == "*" or (bound.setdefault(name, what) != what and not what.endswith(" ")):
                    rivals.add(name)
        return rivals | bound.keys() if "*" in rivals else rivals

    def _walk(self, block: Iterable[Node], parent: Parent, scope: str, ranges: list[Range], found: list[Unit]) -> None:
        for each in block:
            node, above = each, parent
            while node is not None:  # an elif is an If alone in the else of another: followed here, not recursed into
                inside = [place for place in ranges if touches(*_span(node), place)]
                if not inside:
                    break
                above, node = self._statement(node, above, scope, inside, found)

    def _statement(
        self, node: Node, parent: Parent, scope: str, ranges: list[Range], found: list[Unit]
    ) -> tuple[Parent, Node | None]:
        """Add a statement and what stands below it; return the elif that is left to do, and what it stands under."""
        start, end = _span(node)
        blocks = [(name, getattr(node, name)) for name in node._fields if name in _BLOCKS and getattr(node, name)]
        head_end = max(_head_line(node), _start(blocks[0][1][0])) if blocks else end
        unit = Unit(
            start, head_end, _kind(node), _indent(node), parent, scope, _parts(node), getattr(node, "name", "") or ""
        )
        me = _added(unit, ranges, found)
        if isinstance(node, _DEFINITIONS):
            scope = _scope(scope, node.name, node.col_offset, _kind(node))
        at = head_end
        for name, block in blocks:
            if name == "orelse" and len(block) == 1 and isinstance(node, _ast.If) and isinstance(block[0], _ast.If):
                return me, block[0]
            above = me
            if name in ("orelse", "finalbody"):
                first = _start(block[0])
                above = _added(Unit(min(at, first), max(first, at), name, _indent(node), me, scope, ()), ranges, found)
            self._walk(block, above, scope, ranges, found)
            at = block[-1].end_lineno if hasattr(block[-1], "end_lineno") else _span(block[-1])[1]
        return me, None


def _scope(around: str, name: str, column: int, kind: str) -> str:
    """Return the scope that a definition opens; a function's ends with its bracket."""
    return f"{around}.{name}:{column}{'' if kind == 'ClassDef' else IN_FUNCTION}"


def _added(unit: Unit, ranges: list[Range], found: list[Unit]) -> Parent:
    if not any(touches(unit.start, unit.end, place) for place in ranges):
        return "line", unit.start
    found.append(unit)
    return "unit", len(found) - 1


def _span(node: Node) -> Range:
    if isinstance(node, _ast.match_case):  # the one block without a position of its own
        return node.pattern.lineno - 1, max(_span(node.body[-1])[1], node.pattern.end_lineno)
    return _start(node), node.end_lineno


def _start(node: Node) -> int:
    if isinstance(node, _ast.match_case):
        return int(node.pattern.lineno) - 1
    decorators = getattr(node, "decorator_list", None)
    return int(decorators[0].lineno if decorators else node.lineno) - 1


def _head_line(node: Node) -> int:
    return int(node.pattern.end_lineno if isinstance(node, _ast.match_case) else node.lineno)


def _indent(node: Node) -> int:
    return int(node.pattern.col_offset - 5 if isinstance(node, _ast.match_case) else node.col_offset)


def _kind(node: Node) -> str:
    if isinstance(node, _ast.Expr) and isinstance(node.value, _ast.Constant) and isinstance(node.value.value, str):
        return "doc"  # a string that stands alone: a docstring, or a comment written as one
    return type(node).__name__


def _parts(node: Node) -> tuple[Node, ...]:
    return tuple(getattr(node, name, None) for name in node._fields if name not in _BLOCKS and name not in _WRITTEN)


def form(unit: Unit) -> str:
    """Return what a statement says, the same for every way to write it: its nodes from the top, without positions."""
    said = [unit.kind]
    stack: list[Node] = list(reversed(unit.parts))
    while stack:
        node = stack.pop()
        if isinstance(node, _ast.AST):
            said.append(type(node).__name__)
            stack += [getattr(node, name, None) for name in reversed(node._fields) if name not in _WRITTEN]
        elif isinstance(node, list):
            said.append(f"[{len(node)}")
            stack += reversed(node)
        else:
            said.append(repr(node))
    return "\n".join(said)


def _kept(
    sides: tuple[_Side, _Side], units: list[list[Unit]], regions: list[Region]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return which statements are on both sides, by position: the same words in the same order under the same heads."""
    there: dict[int, int] = {}
    at = [0, 0]
    for region in regions:
        mine: list[list[int]] = [[], []]
        for which in (0, 1):
            first, last = region.side(which)
            while at[which] < len(units[which]) and units[which][at[which]].start < max(last, first + 1):
                mine[which].append(at[which])
                at[which] += 1
        there.update(_matched(sides, units, mine))
    back = {b: a for a, b in there.items()}
    for a, b in list(there.items()):  # heads come before what they hold, so one that goes takes nothing for granted
        if not _same_place((units[0][a].parent, units[1][b].parent), there, back, regions):
            del there[a], back[b]
    return there, back


def _matched(sides: tuple[_Side, _Side], units: list[list[Unit]], mine: list[list[int]]) -> dict[int, int]:
    """Match statements of one region: by their text first, which is cheap, and by what they say in what is left."""
    old, new = ([at for at in mine[which] if units[which][at].kind != "doc"] for which in (0, 1))
    texts = [
        [(_text(sides[which], units[which][at]), units[which][at].kind) for at in (old, new)[which]] for which in (0, 1)
    ]
    result: dict[int, int] = {}
    last_a, last_b = 0, 0
    for a, b in [*aligned(*texts), (len(old), len(new))]:
        gap_a, gap_b = old[last_a:a], new[last_b:b]
        if gap_a and gap_b:
            forms = [form(units[0][at]) for at in gap_a], [form(units[1][at]) for at in gap_b]
            result.update((gap_a[x], gap_b[y]) for x, y in aligned(*forms))
        if a < len(old):
            result[old[a]] = new[b]
        last_a, last_b = a + 1, b + 1
    return result


def _same_place(
    heads: tuple[Parent, Parent], there: dict[int, int], back: dict[int, int], regions: list[Region]
) -> bool:
    """Say whether two like statements stand under the same head, or under heads of which one counts itself."""
    (kind, above), (new_kind, new_above) = heads
    if (kind == "unit" and above not in there) or (new_kind == "unit" and new_above not in back):
        return True
    if kind == new_kind == "unit":
        return there[above] == new_above
    return kind == new_kind and _line_there(above, regions) == new_above


def _line_there(line: int, regions: list[Region]) -> int:
    """Return the new number of a line that did not change."""
    shift = 0
    for region in regions:
        if region.old_end > line:
            break
        shift = region.new_end - region.old_end
    return line + shift if line >= 0 else line


def _text(side: _Side, unit: Unit) -> str:
    """Return a statement's lines without its own indentation."""
    first, *rest = side.lines[unit.start : unit.end] or [""]
    if rest and any(mark in line for line in (first, *rest) for mark in _ACROSS_LINES):
        return "\n".join([first.lstrip(" \t"), *rest]).rstrip()  # the margin may be part of a string
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join([first.lstrip(" \t"), *(line.removeprefix(margin) for line in rest)]).rstrip()


def _plain(
    side: _Side, units: list[Unit], kept: dict[int, int], changed: set[int], rivals: set[str]
) -> Iterator[list[Any]]:
    counted = [unit for at, unit in enumerate(units) if at not in kept and unit.kind != "doc"]
    scopes = {_scope(unit.scope, unit.name, unit.indent, unit.kind) for unit in counted if unit.name}
    for unit in counted:
        text = _text(side, unit)
        letters = sum(map(str.isalnum, text))
        free = unit.scope in scopes
        yield [text, _lines(side, unit, changed), letters, unit.indent, unit.scope, free, _imports(unit, rivals)]


def _could_be_same(units: list[list[Unit]], kept: tuple[dict[int, int], dict[int, int]]) -> bool:
    """Say whether both sides are left with the same statements: of equal ones, a diff may pair the wrong two."""
    left = [[u for at, u in enumerate(units[side]) if at not in kept[side] and u.kind != "doc"] for side in (0, 1)]
    return bool(left[0]) and len(left[0]) == len(left[1]) and sorted(map(form, left[0])) == sorted(map(form, left[1]))


def _is_same(sides: tuple[_Side, _Side], regions: list[Region]) -> bool:
    """Say whether all statements from the first region to the last are the same, in the same order and places."""
    first, last = regions[0], regions[-1]
    region = Region(first.old_start, last.old_end, first.new_start, last.new_end)
    units = [sides[which].units([region.side(which)]) for which in (0, 1)]
    old, new = ([at for at, unit in enumerate(side) if unit.kind != "doc"] for side in units)
    if len(old) != len(new):
        return False
    there = dict(zip(old, new, strict=True))
    back = {b: a for a, b in there.items()}
    return all(
        form(units[0][a]) == form(units[1][b])
        and _same_place((units[0][a].parent, units[1][b].parent), there, back, [region])
        for a, b in there.items()
    )


def _lines(side: _Side, unit: Unit, changed: set[int]) -> int:
    """Count changed lines of a statement that are neither blank nor a comment; one that changed has at least one."""
    lines = [side.lines[at].strip() for at in range(unit.start, unit.end) if at in changed]
    in_string = '"""' in "".join(lines) or "'''" in "".join(lines)
    return max(1, sum(1 for line in lines if line and (in_string or not line.startswith("#"))))


def _imports(unit: Unit, rivals: set[str]) -> list[list[str]]:
    """Return what an import binds; a name that rivals bind too is ``*``, for there the order decides."""
    if unit.kind not in ("Import", "ImportFrom"):
        return []
    names = dict(
        zip(("module", "names", "level") if unit.kind == "ImportFrom" else ("names",), unit.parts, strict=True)
    )
    return [[what, "*" if name in rivals else name] for what, name in _bound(unit.kind, **names)]


def _bindings(kind: str, node: Node) -> Iterator[tuple[str, str]]:
    if kind == "Import":
        yield from _bound(kind, node.names)
    elif kind == "ImportFrom":
        yield from _bound(kind, node.names, node.module, node.level)


def _bound(kind: str, names: list[Node], module: str | None = None, level: int | None = 0) -> Iterator[tuple[str, str]]:
    """Yield ``(what is imported, the name it binds)``, a trailing space telling that ``a.b`` binds ``a``."""
    for alias in names:
        if kind == "Import":
            yield alias.name if alias.asname else f"{alias.name} ", alias.asname or alias.name.partition(".")[0]
        else:
            yield f"{'.' * (level or 0)}{module or ''} {alias.name}", alias.asname or alias.name
