"""Unreported: the breaks that griffe is silent about."""

from __future__ import annotations

import ast

from pytest_syncpoints.api.annotations import changed
from pytest_syncpoints.api.exports import exported, public
from pytest_syncpoints.api.loading import at, broken, final, is_served

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_DEEPEST = 30


def unreported(old: Any, new: Any) -> Iterator[dict[str, Any]]:
    """Yield what callers may not survive and griffe does not look at."""
    yield from _members(old, new, old.path, 0, set())


def _members(old: Any, new: Any, name: str, depth: int, seen: set[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Compare what is public below two modules or classes, under the name it is reached by."""
    if (old.path, new.path) in seen or depth > _DEEPEST:
        return
    seen.add((old.path, new.path))
    yield from _exports(old, new, name)
    for member_name, before in public(old).items():
        path = f"{name}.{member_name}"
        after = new.members.get(member_name)
        if after is None:
            if before.is_alias and member_name not in getattr(new, "all_members", {}):
                yield from _dropped_alias(before, path, new)
            continue
        was, now = final(before), final(after)
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


def _exports(old: Any, new: Any, name: str) -> Iterator[dict[str, Any]]:
    if not old.is_module or not new.is_module:
        return
    before, after = exported(old), exported(new)
    if before is None or after is None:
        return
    for gone in sorted(before - after):
        if gone in new.members:
            yield broken("API004", f"{name}.{gone}", new, f"{name}.{gone} is no longer in __all__", removed=True)


def _dropped_alias(before: Any, path: str, new: Any) -> Iterator[dict[str, Any]]:
    top = new.modules_collection.members[path.partition(".")[0]]
    home = before.target_path
    text = f"{path} is gone"
    if at(top, home) is not None:
        text = f"{path} is no longer exported; it lives on as {home}"
        yield broken("API004", path, new, text, removed=True)
    elif final(before) is not None:
        yield broken("API001", path, new, text, removed=True, soft=is_served(path.rpartition(".")[2], new))


def _function(before: Any, after: Any, path: str) -> Iterator[dict[str, Any]]:
    if ("async" in before.labels) != ("async" in after.labels):
        was, now = (
            ("a coroutine", "a plain function") if "async" in before.labels else ("a plain function", "a coroutine")
        )
        wrapped = [str(one.value) for one in before.decorators] != [str(one.value) for one in after.decorators]
        yield broken("API002", path, after, f"{path}() was {was} and is now {now}", soft=wrapped)
    lost = len(before.overloads or ()) - len(after.overloads or ())
    if before.overloads and lost > 0:
        yield broken("API002", path, after, f"{path}() has lost {lost} overload{'s' * (lost > 1)}")
    if changed(before.returns, after.returns):
        text = f"{path}() returns {after.returns}, {before.returns} before"
        yield broken("API002", path, after, text, soft=True)
    now_by_name = {parameter.name: parameter for parameter in after.parameters}
    for parameter in before.parameters:
        same = now_by_name.get(parameter.name)
        if same is not None and changed(parameter.annotation, same.annotation):
            text = f"{path}() takes {parameter.name}: {same.annotation}, {parameter.annotation} before"
            yield broken("API002", path, after, text, soft=True)


def _attribute(before: Any, after: Any, path: str) -> Iterator[dict[str, Any]]:
    if changed(before.annotation, after.annotation):
        text = f"{path} is {after.annotation}, {before.annotation} before"
        yield broken("API002", path, after, text, soft=True)
    last = path.rpartition(".")[2]
    was, now = _type(before.value), _type(after.value)
    if last.isupper() and was and now and str(before.value) != str(after.value):
        text = f"{path} is {_short(after.value)}, {_short(before.value)} before"
        yield broken("API002", path, after, text, soft=was == now)
    both = "property" in before.labels and "property" in after.labels
    if both and "writable" in before.labels and "writable" not in after.labels:
        yield broken("API002", path, after, f"{path} can no longer be set")


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
            yield broken("API002", path, member, f"{path}() now requires the field {name}")


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
