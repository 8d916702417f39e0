"""Names: what each name of a Python file stands for, as qualified names; imports, aliases and rebinding are followed.

Source of the scoping rules: the Python language reference, 4.2 "Naming and binding". Bindings are followed in the
order in which they run, block by block; where several may have run, every one of them counts.
"""

from __future__ import annotations

import ast
import builtins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Where = tuple["Scope", int, tuple[int, ...], tuple[int, ...]]  # of a place; most are never asked for

_DEEPEST_ALIAS = 8
_BUILT_IN = frozenset(dir(builtins))
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Place:
    """Where something happens: its scope, its turn in the order of running, its block, and the loops around it."""

    __slots__ = ("block", "loops", "scope", "turn")

    def __init__(self, scope: Scope, turn: int, block: tuple[int, ...], loops: tuple[int, ...]) -> None:
        """Take the four parts."""
        self.scope, self.turn, self.block, self.loops = scope, turn, block, loops


class Binding:
    """One way a name got its meaning: a qualified name, an expression it is an alias of, or neither (opaque)."""

    __slots__ = ("alias", "place", "qualified", "statement")

    def __init__(
        self, place: Place, qualified: str | None, alias: ast.expr | None = None, statement: ast.stmt | None = None
    ) -> None:
        """Take where it happens and what it says; ``statement`` is the import that made it."""
        self.place, self.qualified, self.alias, self.statement = place, qualified, alias, statement


class Scope:
    """One namespace: ``kind`` is module, class or function."""

    __slots__ = ("bindings", "declared", "kind", "parent")

    def __init__(self, kind: str, parent: Scope | None) -> None:
        """Start without names."""
        self.kind, self.parent = kind, parent
        self.bindings: dict[str, list[Binding]] = {}
        self.declared: dict[str, Scope] = {}  # by global and nonlocal


class Meaning:
    """A qualified name something may stand for; ``guessed`` where only a star import could have brought it."""

    __slots__ = ("guessed", "qualified")

    def __init__(self, qualified: str, *, guessed: bool = False) -> None:
        """Take the name."""
        self.qualified, self.guessed = qualified, guessed


OPAQUE = Meaning("")


class Names:
    """Every binding of a module, and the places where expressions of interest stand."""

    def __init__(self, tree: ast.Module, module: str, *, package: bool) -> None:
        """Walk the tree once; ``module`` is its dotted name, ``package`` tells an ``__init__`` (relative imports)."""
        self.module = module
        self._parents = module.split(".") if package else module.split(".")[:-1]
        self.top = Scope("module", None)
        self.stars: list[str] = []
        self.calls: list[tuple[ast.Call, Where]] = []
        self.chains: list[tuple[ast.expr, Where]] = []
        self.decorators: list[tuple[ast.expr, Place]] = []
        self.bases: list[tuple[ast.expr, Place]] = []
        self.imports: list[tuple[ast.stmt, ast.alias, str, Place]] = []
        self.bound: set[str] = set()
        self.told: set[str] = set()  # names that somewhere stand for something known
        self._scope, self._turn, self._blocks = self.top, 0, 0
        self._block: tuple[int, ...] = ()
        self._loops: tuple[int, ...] = ()
        self._statements(tree.body)

    # What an expression stands for.

    def meanings(self, node: ast.expr, place: Place, depth: int = 0) -> tuple[Meaning, ...]:
        """Return what a dotted expression may stand for; an opaque meaning is one nobody can know."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return (OPAQUE,)
        tail = "".join(f".{part}" for part in reversed(parts))
        found = self._of_name(node.id, place, depth)
        return tuple(Meaning(one.qualified + tail, guessed=one.guessed) if one.qualified else one for one in found)

    def may_be_known(self, name: str) -> bool:
        """Say whether a name could stand for something known anywhere in the module: cheap, and asked first."""
        return name in self.told or name not in self.bound or name in _BUILT_IN

    def reaching(self, name: str, place: Place) -> list[Binding]:
        """Return the bindings that a name may have where it is used; none where it is built in or from a star."""
        scope: Scope | None = place.scope
        first = True
        found: list[Binding] = []
        while scope is not None:
            home = scope.declared.get(name, scope)
            own = home.bindings.get(name, []) if first or home.kind != "class" else []
            reached, certain = _reaching(own, place) if home is place.scope else (own, bool(own))
            found += reached
            if certain:
                return found
            if own and home.kind in ("function", "comprehension"):  # local, even before it is bound
                return found or [Binding(place, None)]
            scope = home.parent if home is not scope else scope.parent
            first = False
        return found

    def _of_name(self, name: str, place: Place, depth: int) -> tuple[Meaning, ...]:
        found = self.reaching(name, place)
        if not found:
            guesses = tuple(Meaning(f"{star}.{name}", guessed=True) for star in self.stars)
            return (*guesses, Meaning(name) if name in _BUILT_IN else OPAQUE)
        return tuple(meaning for binding in found for meaning in self._of_binding(binding, depth))

    def _of_binding(self, binding: Binding, depth: int) -> tuple[Meaning, ...]:
        if binding.alias is not None and depth < _DEEPEST_ALIAS:
            return self.meanings(binding.alias, binding.place, depth + 1)
        return (Meaning(binding.qualified),) if binding.qualified else (OPAQUE,)

    # The walk.

    def _here(self) -> Place:
        self._turn += 1
        return Place(self._scope, self._turn, self._block, self._loops)

    def _bind(
        self, name: str, qualified: str | None, alias: ast.expr | None = None, statement: ast.stmt | None = None
    ) -> None:
        scope = self._scope.declared.get(name, self._scope)
        if qualified is None and alias is None and scope is self.top:
            qualified = f"{self.module}.{name}"
        self.bound.add(name)
        if qualified or alias is not None:
            self.told.add(name)
        scope.bindings.setdefault(name, []).append(Binding(self._here(), qualified, alias, statement))

    def _statements(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            handler = _STATEMENTS.get(type(statement))
            if handler is not None:
                handler(self, statement)
            else:
                self._generic(statement)

    def _in_block(self, body: Iterable[ast.stmt], *, loop: bool = False) -> None:
        kept = self._block, self._loops
        self._blocks += 1
        self._block = (*self._block, self._blocks)
        if loop:
            self._loops = (*self._loops, self._blocks)
        self._statements(body)
        self._block, self._loops = kept

    def _generic(self, node: ast.AST) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        self._visit(item)
            elif isinstance(value, ast.AST):
                self._visit(value)

    def _visit(self, node: ast.AST) -> None:
        kind = type(node)
        handler = _EXPRESSIONS.get(kind)
        if handler is not None:
            handler(self, node)
        elif kind in _STATEMENTS:
            _STATEMENTS[kind](self, node)
        elif kind is not ast.Constant:
            self._generic(node)

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._turn += 1
            self.chains.append((node, (self._scope, self._turn, self._block, self._loops)))
        else:
            self._bind(node.id, None)

    def _attribute(self, node: ast.Attribute) -> None:
        inner = node.value
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if isinstance(inner, ast.Name):
            self._turn += 1
            self.chains.append((node, (self._scope, self._turn, self._block, self._loops)))
        else:
            self._visit(inner)

    def _call(self, node: ast.Call) -> None:
        self._visit(node.func)
        for argument in node.args:
            self._visit(argument)
        for keyword in node.keywords:
            self._visit(keyword.value)
        if isinstance(node.func, (ast.Name, ast.Attribute)):
            self._turn += 1
            self.calls.append((node, (self._scope, self._turn, self._block, self._loops)))

    def _named(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        inner = self._scope
        while self._scope.kind == "comprehension" and self._scope.parent is not None:
            self._scope = self._scope.parent
        self._bind(node.target.id, None)
        self._scope = inner

    def _assign(self, node: ast.Assign) -> None:
        self._visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name) and isinstance(node.value, (ast.Name, ast.Attribute)):
                self._bind(target.id, None, node.value)
            else:
                self._visit(target)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self._visit(node.annotation)
        if node.value is None:
            if not isinstance(node.target, ast.Name):
                self._visit(node.target)
            elif self._scope.kind == "function":  # the annotation alone makes the name local, bound or not
                self._bind(node.target.id, None)
            return
        self._visit(node.value)
        if isinstance(node.target, ast.Name) and isinstance(node.value, (ast.Name, ast.Attribute)):
            self._bind(node.target.id, None, node.value)
        else:
            self._visit(node.target)

    def _augmented(self, node: ast.AugAssign) -> None:
        self._visit(node.value)
        self._visit(node.target)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.append((node, alias, alias.name, self._here()))
            if alias.asname:
                self._bind(alias.asname, alias.name, statement=node)
            else:
                head = alias.name.partition(".")[0]
                self._bind(head, head, statement=node)

    def _import_from(self, node: ast.ImportFrom) -> None:
        source = self._source(node)
        for alias in node.names:
            if source is not None:
                self.imports.append((node, alias, f"{source}.{alias.name}" if source else alias.name, self._here()))
            if alias.name == "*":
                if source:
                    self.stars.append(source)
                continue
            self._bind(alias.asname or alias.name, f"{source}.{alias.name}" if source else "?", statement=node)

    def _source(self, node: ast.ImportFrom) -> str | None:
        """Return the module a from-import names, ``None`` where its dots lead out of what is known."""
        if not node.level:
            return node.module or ""
        kept = len(self._parents) - (node.level - 1)
        if kept <= 0:
            return None
        return ".".join([*self._parents[:kept], *([node.module] if node.module else [])])

    def _global(self, node: ast.Global | ast.Nonlocal) -> None:
        home = self.top
        for name in node.names:
            if isinstance(node, ast.Nonlocal):
                home = self._nonlocal_home(name)
            self._scope.declared[name] = home

    def _nonlocal_home(self, name: str) -> Scope:
        scope = self._scope.parent
        while scope is not None and scope.parent is not None:
            if scope.kind == "function" and name in scope.bindings:
                return scope
            scope = scope.parent
        return self.top

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        self._defaults(node.args)
        if node.returns is not None:
            self._visit(node.returns)
        self._bind(node.name, None)
        with _Inside(self, "function"):
            self._parameters(node.args)
            self._statements(node.body)

    def _decorator(self, decorator: ast.expr) -> None:
        self._visit(decorator)
        self.decorators.append((decorator, self._here()))

    def _lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        with _Inside(self, "function"):
            self._parameters(node.args)
            self._visit(node.body)

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self._visit(default)
        for argument in _arguments(arguments):
            if argument.annotation is not None:
                self._visit(argument.annotation)

    def _parameters(self, arguments: ast.arguments) -> None:
        for argument in _arguments(arguments):
            self._bind(argument.arg, None)

    def _class(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._decorator(decorator)
        for base in node.bases:
            self._visit(base)
            self.bases.append((base, self._here()))
        for keyword in node.keywords:
            self._visit(keyword.value)
        with _Inside(self, "class"):
            self._statements(node.body)
        self._bind(node.name, None)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        first, *rest = node.generators
        self._visit(first.iter)  # the first iterable is evaluated outside
        with _Inside(self, "comprehension"):
            self._visit(first.target)
            for test in first.ifs:
                self._visit(test)
            for generator in rest:
                self._visit(generator.iter)
                self._visit(generator.target)
                for test in generator.ifs:
                    self._visit(test)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                self._visit(part)

    def _if(self, node: ast.If) -> None:
        self._visit(node.test)
        self._in_block(node.body)
        self._in_block(node.orelse)

    def _while(self, node: ast.While) -> None:
        self._visit(node.test)
        self._in_block(node.body, loop=True)
        self._in_block(node.orelse)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit(node.iter)
        kept = self._block
        self._blocks += 1
        self._block = (*self._block, self._blocks)  # over an empty iterable the target is never bound
        self._visit(node.target)
        self._in_block(node.body, loop=True)
        self._block = kept
        self._in_block(node.orelse)

    def _try(self, node: ast.Try) -> None:
        self._in_block(node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self._visit(handler.type)
            kept = self._block
            self._blocks += 1
            self._block = (*self._block, self._blocks)
            if handler.name:
                self._bind(handler.name, None)
            self._statements(handler.body)
            self._block = kept
        self._in_block(node.orelse)
        self._statements(node.finalbody)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self._visit(item.context_expr)
            if item.optional_vars is not None:
                self._visit(item.optional_vars)
        self._statements(node.body)

    def _match(self, node: ast.Match) -> None:
        self._visit(node.subject)
        for case in node.cases:
            kept = self._block
            self._blocks += 1
            self._block = (*self._block, self._blocks)
            self._generic(case.pattern)
            self._pattern_names(case.pattern)
            if case.guard is not None:
                self._visit(case.guard)
            self._statements(case.body)
            self._block = kept

    def _pattern_names(self, pattern: ast.pattern) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                self._bind(name, None)


class _Inside:
    """The walk inside a scope of its own: its blocks and loops start anew."""

    def __init__(self, names: Names, kind: str) -> None:
        self._names = names
        self._kept = names._scope, names._block, names._loops
        names._scope, names._block, names._loops = Scope(kind, names._scope), (), ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._names._scope, self._names._block, self._names._loops = self._kept


def _arguments(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None)


def _reaching(bindings: list[Binding], place: Place) -> tuple[list[Binding], bool]:
    """Return what of a scope's bindings may hold at a place within it, and whether one of them surely ran before."""
    found: list[Binding] = []
    for binding in reversed(bindings):
        at = binding.place
        if at.turn < place.turn:
            found.append(binding)
            if place.block[: len(at.block)] == at.block:
                return found, True
        elif set(at.loops) & set(place.loops):
            found.append(binding)  # the next round of a loop they share
    return found, False


_STATEMENTS: dict[type, Callable[[Names, Any], None]] = {
    ast.Assign: Names._assign,
    ast.AnnAssign: Names._annotated,
    ast.AugAssign: Names._augmented,
    ast.Import: Names._import,
    ast.ImportFrom: Names._import_from,
    ast.Global: Names._global,
    ast.Nonlocal: Names._global,
    ast.FunctionDef: Names._function,
    ast.AsyncFunctionDef: Names._function,
    ast.ClassDef: Names._class,
    ast.If: Names._if,
    ast.While: Names._while,
    ast.For: Names._for,
    ast.AsyncFor: Names._for,
    ast.Try: Names._try,
    ast.TryStar: Names._try,
    ast.With: Names._with,
    ast.AsyncWith: Names._with,
    ast.Match: Names._match,
}
_EXPRESSIONS: dict[type, Callable[[Names, Any], None]] = {
    ast.Name: Names._name,
    ast.Attribute: Names._attribute,
    ast.Call: Names._call,
    ast.NamedExpr: Names._named,
    ast.Lambda: Names._lambda,
    **dict.fromkeys(_COMPREHENSIONS, Names._comprehension),
}
