"""Loading: a package from bytes in memory, by griffe; the only door to it. Runs in a child."""

from __future__ import annotations

from pathlib import Path

import griffe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

NOT_THERE = (griffe.AliasResolutionError, griffe.CyclicAliasError)


def package(name: str, modules: Sequence[Any], sources: Sequence[bytes]) -> griffe.Module:
    """Return a package from rows of module, path and index into the sources; a stub joins the module beside it."""
    collection, lines = griffe.ModulesCollection(), griffe.LinesCollection()
    top = griffe.Module(name, filepath=Path(name, "__init__.py"), modules_collection=collection, lines_collection=lines)
    known = {name: top}
    collection.set_member(name, top)
    for dotted, path, index in sorted(modules):
        parent_name, _, last = dotted.rpartition(".")
        parent = _folder(parent_name, known) if parent_name else None
        module = griffe.visit(
            last,
            filepath=Path(path),
            code=sources[index].decode("utf-8-sig", "replace"),
            parent=parent,
            modules_collection=collection,
            lines_collection=lines,
        )
        (parent or collection).set_member(last, module)
        known[dotted] = module
    loader = griffe.GriffeLoader(modules_collection=collection, lines_collection=lines)
    loader.resolve_aliases(implicit=True, external=False)
    griffe.DataclassesExtension().on_package(pkg=known[name], loader=loader)
    return known[name]


def _folder(dotted: str, known: dict[str, griffe.Module]) -> griffe.Module:
    """Return a package, made empty where none of its files is known."""
    if dotted not in known:
        above, _, last = dotted.rpartition(".")
        parent = _folder(above, known)
        known[dotted] = griffe.Module(
            last,
            filepath=Path(dotted.replace(".", "/"), "__init__.py"),
            parent=parent,
            modules_collection=parent.modules_collection,
            lines_collection=parent.lines_collection,
        )
        parent.set_member(last, known[dotted])
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
    return parameter.kind is griffe.ParameterKind.positional_only


def broken(
    rule: str, name: str, here: griffe.Object | griffe.Alias, text: str, *, removed: bool = False, soft: bool = False
) -> dict[str, Any]:
    """Return one break as plain data: the fields of ``Break``; what was deprecated before is soft."""
    return {
        "rule": rule,
        "name": name,
        "path": str(here.filepath),
        "line": None if removed else here.lineno,
        "text": text,
        "soft": soft or is_deprecated(here),
    }
