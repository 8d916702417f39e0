"""Reported: the breaks that griffe finds, said in our words."""

from __future__ import annotations

from pytest_syncpoints.api.exports import name_for
from pytest_syncpoints.api.loading import at, breakages, broken, is_positional_only, is_rest, is_served, may_inherit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

_RULES = {
    "OBJECT_REMOVED": "API001",
    "OBJECT_CHANGED_KIND": "API003",
    "CLASS_REMOVED_BASE": "API003",
}
_SOFT = ("PARAMETER_CHANGED_DEFAULT", "ATTRIBUTE_CHANGED_VALUE", "RETURN_CHANGED_TYPE")
# Python 3 answers `!=` from `__eq__`, and asks for none of the others.
_NOBODY_ASKS = frozenset(("__ne__", "__unicode__", "__nonzero__", "__div__", "__idiv__", "__getslice__", "__slots__"))


def reported(old: Any, new: Any, public: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield what griffe finds between two versions, under the names by which callers reach it."""
    found = breakages(old, new)
    renamed = _renamed_positional(found, old)
    for one in found:
        kind = one.kind.name
        name = name_for(one.obj.path, public)
        if id(one) in renamed or not name or _breaks_nobody(one):
            continue
        if kind == "OBJECT_REMOVED":
            yield from _removed(one.obj, name, new)
            continue
        here = at(new, one.obj.path) or one.obj
        if kind == "PARAMETER_ADDED_REQUIRED":
            text = f"{name}() now requires {one.new_value.name}"
        elif kind == "RETURN_CHANGED_TYPE":
            text = f"{name}() no longer says what it returns ({one.old_value} before)"
        elif kind.startswith("PARAMETER"):
            text = f"{name}(): parameter {_parameter(one)} {_SAID[kind]}"
        else:
            text = f"{name}: {_SAID.get(kind, one.kind.value.lower())}{_both(one)}"
        soft = kind in _SOFT or (kind == "OBJECT_CHANGED_KIND" and one.obj.name.startswith("__"))
        yield broken(_RULES.get(kind, "API002"), name, here, text, soft=soft)


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


def _parameter(one: Any) -> str:
    value = one.old_value if one.old_value is not None else one.new_value
    return str(getattr(value, "name", value))


def _both(one: Any) -> str:
    old, new = (getattr(value, "value", None) for value in (one.old_value, one.new_value))
    return f" ({old} before, now {new})" if isinstance(old, str) and isinstance(new, str) else ""


def _breaks_nobody(one: Any) -> bool:
    kind = one.kind.name
    if kind == "CLASS_REMOVED_BASE":
        return _only_object(one)
    if kind == "PARAMETER_REMOVED":  # ``**kwargs`` under another name
        return is_rest(one.old_value) and any(parameter.kind is one.old_value.kind for parameter in one.obj.parameters)
    first = kind == "PARAMETER_CHANGED_KIND" and one.obj.parent.is_class and _place(one.new_value, one.obj) == 0
    return first and "staticmethod" not in one.obj.labels  # nobody passes ``self`` by its name


def _only_object(one: Any) -> bool:
    """Say whether a class no longer names what every class has, or says its metaclass in another way."""
    plain = ("object", "with_metaclass(", "six.with_metaclass(")
    kept = [str(base) for base in one.old_value if str(base) != plain[0] and not str(base).startswith(plain[1:])]
    return kept == [str(base) for base in one.new_value]


def _renamed_positional(breaks: Sequence[Any], old: Any) -> set[int]:
    """Return what griffe reports for a positional-only parameter that only got another name."""
    found: set[int] = set()
    for added in breaks:
        before = at(old, added.obj.path) if added.kind.name == "PARAMETER_ADDED_REQUIRED" else None
        place = _place(added.new_value, added.obj) if before is not None else -1
        known = list(getattr(before, "parameters", ()))
        if 0 <= place < len(known) and is_positional_only(known[place]) and _place(known[place], added.obj) < 0:
            gone = (added.obj.path, known[place].name)
            found |= {id(added)} | {
                id(one)
                for one in breaks
                if one.kind.name == "PARAMETER_REMOVED" and (one.obj.path, one.old_value.name) == gone
            }
    return found


def _place(parameter: Any, function: Any) -> int:
    names = [one.name for one in getattr(function, "parameters", ())]
    return names.index(parameter.name) if parameter.name in names else -1


def _removed(obj: Any, name: str, new: Any) -> Iterator[dict[str, Any]]:
    parent = at(new, obj.parent.path) if obj.parent is not None else None
    if parent is not None and (obj.name == "__doc__" or obj.name in getattr(parent, "all_members", {})):
        return  # every module has the one; the other moved up into a base class
    home = obj.target_path if obj.is_alias else ""
    elsewhere = home if home and home != obj.path and at(new, home) is not None else ""
    soft = obj.name in _NOBODY_ASKS or is_served(obj.name, parent) or may_inherit(parent)
    if elsewhere:
        text = f"{name} is no longer exported; it lives on as {elsewhere}"
        yield broken("API004", name, obj, text, removed=True, soft=soft)
    else:
        yield broken("API001", name, obj, f"{name} is gone", removed=True, soft=soft)
