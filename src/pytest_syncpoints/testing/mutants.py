"""Mutants: small deliberate faults in changed lines of a Python source, as trees that are never written down.

Operators: the sufficient set of Offutt et al. ("An Experimental Determination of Sufficient Mutant Operators", TOSEM
1996) that fits Python, relational ones narrowed after Kaminski, Ammann and Offutt ("Improving logic-based testing",
JSS 2013); clauses left out one by one, which says more than swapping ``and`` and ``or`` (Just and Schweiggert, "Higher
Accuracy and Lower Run Time", STVR 2015); removed statements (Deng, Offutt and Li, "Empirical Evaluation of the
Statement Deletion Mutation Operator", ICST 2013); and the filter of lines nobody would test (logging, messages,
``__repr__``) of Petrovic and Ivankovic ("State of Mutation Testing at Google", ICSE-SEIP 2018). What compiles to the
same bytecode is the same program (Papadakis et al., "Trivial Compiler Equivalence", ICSE 2015) and is dropped by
whoever compiles.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Operator = Callable[[ast.AST], Iterator[ast.AST]]


class Mutant(Record):
    """One fault: at ``line``, in the function that starts at ``function``; ``value`` orders them, least first."""

    line: int
    function: int
    before: str
    after: str
    value: int
    parent: ast.AST
    field: str
    position: int | None
    old: ast.AST
    new: ast.AST

    def follows_from(self, survivor: Mutant) -> bool:
        """Say whether this mutant survives wherever that one does.

        Whoever lets ``and`` be ``or`` has no case in which one clause decides; without one of them nothing changes.
        """
        return survivor.old is self.old and OPERATORS[self.value] is _clause and OPERATORS[survivor.value] is _logic

    def put(self, node: ast.AST) -> None:
        """Put the new node, or the old one back, in its place in the tree."""
        if self.position is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.position] = node


_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
# Calls nobody writes a test for, and functions that are for people to read or whose exact value is nobody's business.
_ARID_CALLS = frozenset(("debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"))
_ARID_FUNCTIONS = frozenset(("__repr__", "__str__", "__del__", "__hash__"))


_PLAIN = (ast.Name, ast.Attribute, ast.Call)  # conditions that no other operator changes


def _compare(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in _COMPARE.get(type(operator), ()):
                yield ast.Compare(node.left, [*node.ops[:at], other(), *node.ops[at + 1 :]], node.comparators)


def _logic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand


def _filter(node: ast.AST) -> Iterator[ast.AST]:
    """Negate the ``if`` of a comprehension, as `_condition` does that of a statement."""
    if isinstance(node, _PLAIN):
        yield ast.UnaryOp(ast.Not(), node)


def _clause(node: ast.AST) -> Iterator[ast.AST]:
    """Leave out one clause after the other: does it matter?"""
    if isinstance(node, ast.BoolOp):
        for at in range(len(node.values)):
            rest = [*node.values[:at], *node.values[at + 1 :]]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _condition(node: ast.AST) -> Iterator[ast.AST]:
    """Negate a test that no other operator changes: a name, an attribute, a call."""
    test = getattr(node, "test", None)
    if isinstance(node, (ast.If, ast.While, ast.IfExp)) and isinstance(test, _PLAIN):
        negated = ast.UnaryOp(ast.Not(), test)
        if isinstance(node, ast.IfExp):
            yield ast.IfExp(negated, node.body, node.orelse)
        else:
            yield type(node)(negated, node.body, node.orelse)


def _sign(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand


def _arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in _ARITHMETIC:
        sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.value,)
        if any(_is_text(side) for side in sides):  # joining and formatting: the mutant only ever raises TypeError
            return
        other = _ARITHMETIC[type(node.op)]()
        if isinstance(node, ast.BinOp):
            yield ast.BinOp(node.left, other, node.right)
        else:
            yield ast.AugAssign(node.target, other, node.value)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def _constant(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield ast.Constant(not node.value)
        elif isinstance(node.value, (int, float)):
            yield ast.Constant(node.value + 1)


def _returned(node: ast.AST) -> Iterator[ast.AST]:
    """Return nothing instead; not for ``False``, which is as good as nothing, nor ``True``, which becomes ``False``."""
    if isinstance(node, ast.Return) and node.value is not None and not _is_singleton(node.value):
        yield ast.Return(ast.Constant(None))


def _is_singleton(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and any(node.value is one for one in (None, True, False))


def _removed(node: ast.AST) -> Iterator[ast.AST]:
    """Take a statement out whose whole point is its effect; a raise too, and what is set on an object."""
    effect = isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Await))
    if effect or _is_stored(node) or isinstance(node, (ast.Raise, ast.AugAssign, ast.Delete)):
        yield ast.Pass()
    if isinstance(node, ast.For):
        yield ast.For(node.target, ast.List([], ast.Load()), node.body, node.orelse)
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()


def _is_stored(node: ast.AST) -> bool:
    if isinstance(node, ast.AnnAssign):
        return node.value is not None and isinstance(node.target, (ast.Attribute, ast.Subscript))
    return isinstance(node, ast.Assign) and all(isinstance(one, (ast.Attribute, ast.Subscript)) for one in node.targets)


# Most telling first: what a reviewer would call a bug (the order of usefulness in Petrovic and Ivankovic, 2018).
OPERATORS: tuple[Operator, ...] = (
    _compare,
    _logic,
    _removed,
    _condition,
    _clause,
    _returned,
    _arithmetic,
    _sign,
    _constant,
)


def mutants_of(tree: ast.Module, lines: frozenset[int]) -> list[Mutant]:
    """Return the mutants of a tree on the given lines, inside functions, one of every line before a second of any."""
    found = list(_walk(tree, lines, 0))
    seen: dict[int, int] = {}
    ordered: list[tuple[int, int, int, int, Mutant]] = []
    for mutant in sorted(found, key=lambda mutant: (mutant.line, mutant.value)):
        seen[mutant.line] = rank = seen.get(mutant.line, -1) + 1
        ordered.append((rank, mutant.value, mutant.line, len(ordered), mutant))
    return [mutant for *_, mutant in sorted(ordered, key=lambda row: row[:4])]


def _walk(node: ast.AST, lines: frozenset[int], function: int) -> Iterator[Mutant]:
    if _is_arid(node):
        return
    for field, index, child in _children(node, inside=bool(function)):
        inner = function
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            inner = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
        elif function and getattr(child, "lineno", None) in lines:
            yield from _of_node(node, field, index, child, function)
        yield from _walk(child, lines, inner)


def _of_node(parent: ast.AST, field: str, index: int | None, node: ast.AST, function: int) -> Iterator[Mutant]:
    if _is_arid(node):
        return
    for value, operator in enumerate(OPERATORS):
        for new in operator(node) if field != "ifs" or operator is not _condition else _filter(node):
            ast.copy_location(new, node)
            ast.fix_missing_locations(new)
            line: int = node.lineno  # type: ignore[attr-defined]  # looked at by the caller
            yield Mutant(line, function, _shown(node), _shown(new), value, parent, field, index, node, new)


def _shown(node: ast.AST) -> str:
    """Return a node's own words: of a statement with a body its first line."""
    return ast.unparse(node).split("\n", 1)[0]


def _children(node: ast.AST, *, inside: bool) -> Iterator[tuple[str, int | None, ast.AST]]:
    """Yield what may be mutated below a node: no annotations, decorators, defaults, patterns or messages."""
    skipped = {"annotation", "returns", "decorator_list", "type_params", "type_comment", "pattern", "msg", "args"}
    if isinstance(node, (ast.Call, ast.Lambda)):
        skipped = set()
    if isinstance(node, ast.Raise):
        return
    for field, value in ast.iter_fields(node):
        if field in skipped or (not inside and field not in ("body", "orelse", "finalbody", "handlers")):
            continue
        if isinstance(value, ast.AST):
            yield field, None, value
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield field, index, item


def _is_arid(node: ast.AST) -> bool:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name in _ARID_FUNCTIONS
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)) or _is_arid(node.value)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in _ARID_CALLS
    return False
