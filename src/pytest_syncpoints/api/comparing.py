"""Comparing: two versions of a package, by griffe, and by us where it is silent. Runs in a child."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import griffe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_RULES = {
    "OBJECT_REMOVED": "API001",
    "OBJECT_CHANGED_KIND": "API003",
    "CLASS_REMOVED_BASE": "API003",
}
_DEEPEST = 30


def compare(asked: bytes, *sources: bytes) -> dict[str, Any]:
    """Return ``{"breaks": [...]}`` between two versions of a package.

    ``asked`` is JSON: ``{"package", "old": [[module, path, index], ...], "new": [...]}``, the index into ``sources``.
    """
    import json

    logging.disable(logging.CRITICAL)
    said = json.loads(asked)
    old = _package(said["package"], said["old"], sources)
    new = _package(said["package"], said["new"], sources)
    public = _reached(old)
    found = [*_by_griffe(old, new, public), *_by_us(old, new)]
    once = {(one["name"], one["rule"], one["text"]): one for one in found}
    gone = {one["name"] for one in found if one["rule"] == "API004"}
    return {"breaks": [one for one in once.values() if not (one["rule"] == "API001" and one["name"] in gone)]}


def _package(name: str, modules: Sequence[Any], sources: Sequence[bytes]) -> griffe.Module:
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


def _break(
    rule: str, name: str, here: griffe.Object | griffe.Alias, text: str, *, removed: bool = False, soft: bool = False
) -> dict[str, Any]:
    return {
        "rule": rule,
        "name": name,
        "path": str(here.filepath),
        "line": None if removed else here.lineno,
        "text": text,
        "soft": soft or is_deprecated(here),
    }


# What griffe reports.


def _by_griffe(old: griffe.Module, new: griffe.Module, public: dict[str, str]) -> Iterator[dict[str, Any]]:
    breakages = list(griffe.find_breaking_changes(old, new))
    renamed = _renamed_positional(breakages)
    for one in breakages:
        kind = one.kind.name
        name = _name_for(one.obj.path, public)
        if id(one) in renamed or not name:
            continue
        if kind == "OBJECT_REMOVED":
            yield from _removed(one.obj, name, new)
            continue
        here = _at(new, one.obj.path) or one.obj
        if kind == "PARAMETER_ADDED_REQUIRED":
            text = f"{name}() now requires {one.new_value.name}"
        elif kind.startswith("PARAMETER"):
            text = f"{name}(): parameter {_parameter(one)} {_SAID[kind]}"
        else:
            text = f"{name}: {_SAID.get(kind, one.kind.value.lower())}{_both(one)}"
        soft = kind in ("PARAMETER_CHANGED_DEFAULT", "ATTRIBUTE_CHANGED_VALUE")
        yield _break(_RULES.get(kind, "API002"), name, here, text, soft=soft)


_SAID = {
    "PARAMETER_MOVED": "was moved",
    "PARAMETER_REMOVED": "is gone",
    "PARAMETER_CHANGED_KIND": "is passed in another way",
    "PARAMETER_CHANGED_DEFAULT": "has another default",
    "PARAMETER_CHANGED_REQUIRED": "is now required",
    "OBJECT_CHANGED_KIND": "is another kind of thing",
    "CLASS_REMOVED_BASE": "has lost a base class",
    "ATTRIBUTE_CHANGED_VALUE": "has another value",
}


def _parameter(one: griffe.Breakage) -> str:
    value = one.old_value if one.old_value is not None else one.new_value
    return str(getattr(value, "name", value))


def _both(one: griffe.Breakage) -> str:
    old, new = (getattr(value, "value", None) for value in (one.old_value, one.new_value))
    return f" ({old} before, now {new})" if isinstance(old, str) and isinstance(new, str) else ""


def _renamed_positional(breakages: Sequence[Any]) -> set[int]:
    """Return the pairs griffe reports for a positional-only parameter that only got another name."""
    found: set[int] = set()
    for gone in breakages:
        if gone.kind.name != "PARAMETER_REMOVED" or gone.old_value.kind is not griffe.ParameterKind.positional_only:
            continue
        place = [parameter.name for parameter in gone.obj.parameters].index(gone.old_value.name)
        for added in breakages:
            if added.kind.name != "PARAMETER_ADDED_REQUIRED" or added.obj.path != gone.obj.path:
                continue
            now = [parameter.name for parameter in added.obj.parameters]
            if added.new_value.name in now and now.index(added.new_value.name) == place:
                found |= {id(gone), id(added)}
    return found


def _removed(obj: Any, name: str, new: griffe.Module) -> Iterator[dict[str, Any]]:
    parent = _at(new, obj.parent.path) if obj.parent is not None else None
    if parent is not None and obj.name in getattr(parent, "all_members", {}):
        return  # it moved up into a base class
    home = obj.target_path if obj.is_alias else ""
    elsewhere = home if home and home != obj.path and _at(new, home) is not None else ""
    if elsewhere:
        yield _break("API004", name, obj, f"{name} is no longer exported; it lives on as {elsewhere}", removed=True)
    else:
        yield _break("API001", name, obj, f"{name} is gone", removed=True)


def _at(package: griffe.Module, path: str) -> Any:
    _, _, rest = path.partition(".")
    try:
        found: Any = package[rest] if rest else package
        return found.final_target if found.is_alias else found  # noqa: TRY300  # it may raise as well
    except (KeyError, griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None


def _name_for(path: str, public: dict[str, str]) -> str:
    """Return the public name of what griffe calls by its home; empty where it has none."""
    if _outward(path):
        return path
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        known = public.get(".".join(parts[:count]))
        name = ".".join([known, *parts[count:]]) if known else ""
        if name and _outward(name):
            return name
    return ""


def _reached(package: griffe.Module) -> dict[str, str]:
    """Return, by where it lives, the public name under which each class or function is reached."""
    found: dict[str, str] = {}
    waiting = [(package.path, package)]
    while waiting:
        name, module = waiting.pop()
        for member_name, member in _public(module).items():
            home = _final(member)
            if home is None:
                continue
            if home.is_module and not member.is_alias:
                waiting.append((f"{name}.{member_name}", home))
            elif member.is_alias:
                found.setdefault(home.path, f"{name}.{member_name}")
    return found


def _outward(path: str) -> bool:
    """Say whether every name of a path is public; dunder names are how classes are used."""
    return not any(part.startswith("_") and not part.endswith("__") for part in path.split("."))


def is_deprecated(obj: griffe.Object | griffe.Alias) -> bool:
    """Say whether callers were told: by decorator, by a warning in the source, or in the docstring."""
    try:
        if any("deprecated" in str(one.value).lower() for one in getattr(obj, "decorators", ())):
            return True
        said = obj.docstring.value.lower() if obj.docstring else ""
        source = obj.source if obj.is_function else ""
    except (griffe.AliasResolutionError, griffe.CyclicAliasError, OSError, ValueError, TypeError):
        return False
    return ".. deprecated::" in said or "DeprecationWarning" in source


# What it does not.


def _by_us(old: griffe.Module, new: griffe.Module) -> Iterator[dict[str, Any]]:
    yield from _members(old, new, old.path, 0, set())


def _members(old: Any, new: Any, name: str, depth: int, seen: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Compare what is public below two modules or classes, under the name it is reached by."""
    if (old.path, new.path) in seen or depth > _DEEPEST:
        return
    seen.add((old.path, new.path))
    yield from _exports(old, new, name)
    for member_name, before in _public(old).items():
        path = f"{name}.{member_name}"
        after = new.members.get(member_name)
        if after is None:
            if before.is_alias and member_name not in getattr(new, "all_members", {}):
                yield from _dropped_alias(before, path, new)
            continue
        was, now = _final(before), _final(after)
        if was is None or now is None or was.kind is not now.kind:
            continue
        if was.is_function:
            yield from _function(was, now, path)
        elif was.is_attribute:
            yield from _attribute(was, now, path)
        elif was.is_class:
            yield from _fields(was, now, path)
        if was.is_class or was.is_module:
            yield from _members(was, now, path, depth + 1, seen)


def _final(obj: Any) -> Any:
    try:
        return obj.final_target if obj.is_alias else obj
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return None


def _public(obj: Any) -> dict[str, Any]:
    """Return what others may use of a module or class; without ``__all__`` an ``__init__`` passes on what is below."""
    exports = _exported(obj) if obj.is_module else None
    below = obj.path + "."
    found = {}
    for name, member in obj.members.items():
        if name.startswith("_") and not (obj.is_class and name.endswith("__")):
            continue
        if exports is not None and name not in exports and (member.is_alias or not member.is_module):
            continue
        if (
            exports is None
            and member.is_alias
            and not (obj.is_module and obj.is_init_module and member.target_path.startswith(below))
        ):
            continue
        found[name] = member
    return found


def _exported(module: griffe.Module) -> set[str] | None:
    return {str(name) for name in module.exports} if module.exports is not None else None


def _exports(old: Any, new: Any, name: str) -> Iterator[dict[str, Any]]:
    if not old.is_module or not new.is_module:
        return
    before, after = _exported(old), _exported(new)
    if before is None or after is None:
        return
    for gone in sorted(before - after):
        if gone in new.members:
            yield _break("API004", f"{name}.{gone}", new, f"{name}.{gone} is no longer in __all__", removed=True)


def _dropped_alias(before: griffe.Alias, path: str, new: Any) -> Iterator[dict[str, Any]]:
    top = new.modules_collection.members[path.partition(".")[0]]
    home = before.target_path
    text = f"{path} is gone"
    if _at(top, home) is not None:
        text = f"{path} is no longer exported; it lives on as {home}"
        yield _break("API004", path, new, text, removed=True)
    elif _final(before) is not None:
        yield _break("API001", path, new, text, removed=True)


def _function(before: Any, after: Any, path: str) -> Iterator[dict[str, Any]]:
    if ("async" in before.labels) != ("async" in after.labels):
        was, now = (
            ("a coroutine", "a plain function") if "async" in before.labels else ("a plain function", "a coroutine")
        )
        wrapped = [str(one.value) for one in before.decorators] != [str(one.value) for one in after.decorators]
        yield _break("API002", path, after, f"{path}() was {was} and is now {now}", soft=wrapped)
    lost = len(before.overloads or ()) - len(after.overloads or ())
    if before.overloads and lost > 0:
        yield _break("API002", path, after, f"{path}() has lost {lost} overload{'s' * (lost > 1)}")
    if _changed(before.returns, after.returns):
        text = f"{path}() returns {after.returns}, {before.returns} before"
        yield _break("API002", path, after, text, soft=True)
    now_by_name = {parameter.name: parameter for parameter in after.parameters}
    for parameter in before.parameters:
        same = now_by_name.get(parameter.name)
        if same is not None and _changed(parameter.annotation, same.annotation):
            text = f"{path}() takes {parameter.name}: {same.annotation}, {parameter.annotation} before"
            yield _break("API002", path, after, text, soft=True)


def _changed(before: Any, after: Any) -> bool:
    """Say whether an annotation says something else; adding or dropping one does not count, nor does its spelling."""
    if before is None or after is None:
        return False
    return _plain_type(str(before)) != _plain_type(str(after))


def _plain_type(text: str) -> str:
    """Return a type in one spelling: unions sorted, ``Optional`` spelt out, ``List`` as ``list``, modules left out."""
    try:
        return _spelt(ast.parse(text.strip().replace("'", "").replace('"', ""), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text.replace(" ", "")


def _spelt(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return _OLD_GENERICS.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return _OLD_GENERICS.get(node.attr, node.attr)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([node.left, node.right])
    if isinstance(node, ast.Subscript):
        inside = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        head = _spelt(node.value)
        if head == "Optional":
            return _union([*inside, ast.Constant(None)])
        if head == "Union":
            return _union(inside)
        said = [_spelt(one) for one in inside]
        return head if said and set(said) == {"Any"} else f"{head}[{', '.join(said)}]"
    if isinstance(node, ast.List):
        return f"[{', '.join(map(_spelt, node.elts))}]"
    return ast.unparse(node)


_OLD_GENERICS = {name.capitalize(): name for name in ("list", "dict", "set", "tuple", "type")} | {
    "FrozenSet": "frozenset"
}


def _union(parts: Sequence[ast.expr]) -> str:
    return " | ".join(sorted({piece for part in parts for piece in _spelt(part).split(" | ")}))


def _attribute(before: Any, after: Any, path: str) -> Iterator[dict[str, Any]]:
    if _changed(before.annotation, after.annotation):
        text = f"{path} is {after.annotation}, {before.annotation} before"
        yield _break("API002", path, after, text, soft=True)
    last = path.rpartition(".")[2]
    was, now = _type(before.value), _type(after.value)
    if last.isupper() and was and now and str(before.value) != str(after.value):
        text = f"{path} is {_short(after.value)}, {_short(before.value)} before"
        yield _break("API002", path, after, text, soft=was == now)
    both = "property" in before.labels and "property" in after.labels
    if both and "writable" in before.labels and "writable" not in after.labels:
        yield _break("API002", path, after, f"{path} can no longer be set")


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _type(value: object) -> str:
    """Return the kind of a plain constant; empty where it is none: containers grow, and callers live with it."""
    try:
        found = type(ast.literal_eval(str(value))).__name__
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return ""
    return found if found in ("int", "float", "str", "bytes", "bool", "complex") else ""


def _fields(before: Any, after: Any, path: str) -> Iterator[dict[str, Any]]:
    if not _is_attrs(before) or not _is_attrs(after):
        return
    for name, member in after.members.items():
        added = name not in before.members and member.is_attribute and not name.startswith("__")
        if (
            added
            and member.annotation is not None
            and member.value is None
            and "ClassVar" not in str(member.annotation)
        ):
            yield _break("API002", path, member, f"{path}() now requires the field {name}")


def _is_attrs(obj: Any) -> bool:
    names = (
        "attrs.define",
        "attr.define",
        "define",
        "attrs.frozen",
        "attr.frozen",
        "frozen",
    )  # griffe knows dataclasses
    written = (str(one.value).partition("(")[0] for one in obj.decorators)
    return any(name in names for name in written)
