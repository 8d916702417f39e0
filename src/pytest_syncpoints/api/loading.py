"""Loading: a package from bytes in memory, by griffe; the only door to it. Runs in a child."""

from __future__ import annotations

from pathlib import Path

import griffe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

NOT_THERE = (griffe.AliasResolutionError, griffe.CyclicAliasError)


def both(name: str, rows: Sequence[Sequence[Any]], sources: Sequence[bytes]) -> list[griffe.Module]:
    """Return the old and the new package; a stub that cannot join its module on one side is left out on both."""
    alone: set[str] = set()
    sides = [package(name, each, sources, alone) for each in rows]
    if not alone:
        return sides
    return [package(name, [row for row in each if row[1] not in alone], sources, set()) for each in rows]


def package(name: str, modules: Sequence[Any], sources: Sequence[bytes], alone: set[str]) -> griffe.Module:
    """Return a package from rows of module, path and index into the sources; a stub joins the module beside it.

    Paths of stubs that cannot, since they speak of packages that are not loaded, go to ``alone``.
    """
    collection, lines = griffe.ModulesCollection(), griffe.LinesCollection()
    known: dict[str, griffe.Module] = {}
    for dotted, path, index in sorted(modules):
        parent_name, _, last = dotted.rpartition(".")
        parent = _folder(parent_name, known, collection, lines) if parent_name else None
        code = sources[index].decode("utf-8-sig", "replace")
        lines[Path(path)] = code.split("\n")
        module = griffe.visit(
            last,
            filepath=Path(path),
            code=code,
            parent=parent,
            modules_collection=collection,
            lines_collection=lines,
        )
        if dotted not in known:
            (parent or collection).set_member(last, module)
            known[dotted] = module
        elif not _joined(known[dotted], module):
            alone.add(path)
    top = _folder(name, known, collection, lines)
    loader = griffe.GriffeLoader(modules_collection=collection, lines_collection=lines)
    for module in list(known.values()):
        loader.expand_exports(module)  # an ``__all__`` made of others; it stops at a module that has none
    loader.resolve_aliases(implicit=True, external=False)
    griffe.DataclassesExtension().on_package(pkg=top, loader=loader)
    return top


def _joined(module: griffe.Module, stub: griffe.Module) -> bool:
    try:
        griffe.merge_stubs(module, stub)
    except (*NOT_THERE, ValueError):
        return False
    return True


def _folder(
    dotted: str,
    known: dict[str, griffe.Module],
    collection: griffe.ModulesCollection,
    lines: griffe.LinesCollection,
) -> griffe.Module:
    """Return a package, made empty where none of its files is known."""
    if dotted not in known:
        above, _, last = dotted.rpartition(".")
        parent = _folder(above, known, collection, lines) if above else None
        known[dotted] = griffe.Module(
            last,
            filepath=Path(dotted.replace(".", "/"), "__init__.py"),
            parent=parent,
            modules_collection=collection,
            lines_collection=lines,
        )
        (parent or collection).set_member(last, known[dotted])
    return known[dotted]


def at(package: griffe.Module, path: str) -> Any:
    """Return what stands at a dotted path of a package, aliases followed; ``None`` where nothing does."""
    _, _, rest = path.partition(".")
    try:
        found: Any = package[rest] if rest else package
        return found.final_target if found.is_alias else found  # noqa: TRY300  # it may raise as well
    except (KeyError, *NOT_THERE):
        return None


def final(obj: Any) -> Any:
    """Return what an alias leads to, ``None`` where it leads out of what is known."""
    try:
        return obj.final_target if obj.is_alias else obj
    except NOT_THERE:
        return None


def is_deprecated(obj: griffe.Object | griffe.Alias) -> bool:
    """Say whether callers were told: by decorator, by a warning in the source, or in the docstring."""
    try:
        if any("deprecated" in str(one.value).lower() for one in getattr(obj, "decorators", ())):
            return True
        said = obj.docstring.value.lower() if obj.docstring else ""
        source = obj.source if obj.is_function else ""
    except (*NOT_THERE, OSError, ValueError, TypeError):
        return False
    return ".. deprecated::" in said or "DeprecationWarning" in source


def breakages(old: griffe.Module, new: griffe.Module) -> list[griffe.Breakage]:
    """Return what griffe itself finds."""
    return list(griffe.find_breaking_changes(old, new))


def is_positional_only(parameter: griffe.Parameter) -> bool:
    """Say whether callers cannot name a parameter."""
    private = parameter.name.startswith("__") and not parameter.name.endswith("__")  # as PEP 484 had it
    return parameter.kind is griffe.ParameterKind.positional_only or private


def is_rest(parameter: griffe.Parameter) -> bool:
    """Say whether a parameter takes what no other one does: ``*args`` or ``**kwargs``."""
    return parameter.kind in (griffe.ParameterKind.var_positional, griffe.ParameterKind.var_keyword)


def is_served(name: str, module: Any) -> bool:
    """Say whether a module's ``__getattr__`` speaks of a name it has no more (PEP 562): callers still get it."""
    server = module.members.get("__getattr__") if module is not None and module.is_module else None
    if server is None or not server.is_function:
        return False
    return f'"{name}"' in server.source or f"'{name}'" in server.source


def may_inherit(parent: Any) -> bool:
    """Say whether a class has a base that is not known here, which may have what the class itself has no more."""
    if parent is None or not parent.is_class:
        return False
    return len(parent.resolved_bases) < sum(1 for base in parent.bases if str(base) != "object")


def broken(
    rule: str, name: str, here: griffe.Object | griffe.Alias, text: str, *, removed: bool = False, soft: bool = False
) -> dict[str, Any]:
    """Return one break as plain data: the fields of ``Break``; what was deprecated before is soft."""
    return {
        "rule": rule,
        "name": name,
        "path": str(_where(here).filepath),
        "line": None if removed else here.lineno,
        "text": text,
        "soft": soft or is_deprecated(here),
    }


def _where(here: griffe.Object | griffe.Alias) -> Any:
    """Return what has a file: of an alias that leads out of what is known, the module it stands in."""
    return here.parent if here.is_alias and final(here) is None else here
