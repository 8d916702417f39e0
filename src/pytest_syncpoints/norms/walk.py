"""Walk: the bindings of a Python module, in the order in which they run, and where expressions of interest stand."""

from __future__ import annotations

import ast

from pytest_syncpoints.norms.scopes import Binding, Place, Scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    Where = tuple[Scope, int, tuple[int, ...], tuple[int, ...]]  # of a place; most are never asked for

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Walk:
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

    def __init__(self, names: Walk, kind: str) -> None:
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


_STATEMENTS: dict[type, Callable[[Walk, Any], None]] = {
    ast.Assign: Walk._assign,
    ast.AnnAssign: Walk._annotated,
    ast.AugAssign: Walk._augmented,
    ast.Import: Walk._import,
    ast.ImportFrom: Walk._import_from,
    ast.Global: Walk._global,
    ast.Nonlocal: Walk._global,
    ast.FunctionDef: Walk._function,
    ast.AsyncFunctionDef: Walk._function,
    ast.ClassDef: Walk._class,
    ast.If: Walk._if,
    ast.While: Walk._while,
    ast.For: Walk._for,
    ast.AsyncFor: Walk._for,
    ast.Try: Walk._try,
    ast.TryStar: Walk._try,
    ast.With: Walk._with,
    ast.AsyncWith: Walk._with,
    ast.Match: Walk._match,
}
_EXPRESSIONS: dict[type, Callable[[Walk, Any], None]] = {
    ast.Name: Walk._name,
    ast.Attribute: Walk._attribute,
    ast.Call: Walk._call,
    ast.NamedExpr: Walk._named,
    ast.Lambda: Walk._lambda,
    **dict.fromkeys(_COMPREHENSIONS, Walk._comprehension),
}
