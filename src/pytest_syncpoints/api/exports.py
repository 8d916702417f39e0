"""Exports: what others may use of a package, and the name they reach it by."""

from __future__ import annotations

from pytest_syncpoints.api.loading import final

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def name_for(path: str, public: dict[str, str]) -> str:
    """Return the public name of what griffe calls by its home; empty where it has none."""
    if outward(path):
        return path
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        known = public.get(".".join(parts[:count]))
        name = ".".join([known, *parts[count:]]) if known else ""
        if name and outward(name):
            return name
    return ""


def reached(package: Any) -> dict[str, str]:
    """Return, by where it lives, the public name under which each class or function is reached."""
    found: dict[str, str] = {}
    waiting = [(package.path, package)]
    while waiting:
        name, module = waiting.pop()
        for member_name, member in public(module).items():
            home = final(member)
            if home is None:
                continue
            if home.is_module and not member.is_alias:
                waiting.append((f"{name}.{member_name}", home))
            elif member.is_alias:
                found.setdefault(home.path, f"{name}.{member_name}")
    return found


def outward(path: str) -> bool:
    """Say whether every name of a path is public; dunder names are how classes are used."""
    return not any(part.startswith("_") and not part.endswith("__") for part in path.split("."))


def public(obj: Any) -> dict[str, Any]:
    """Return what others may use of a module or class; without ``__all__`` an ``__init__`` passes on what is below."""
    exports = exported(obj) if obj.is_module else None
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


def exported(module: Any) -> set[str] | None:
    """Return the names in a module's ``__all__``, ``None`` where it has none."""
    return {str(name) for name in module.exports} if module.exports is not None else None
