"""Forge JSON: single values out of what a host answered, where only what is needed must have the expected kind."""

from __future__ import annotations

from pytest_syncpoints.json_shape import is_utf8
from pytest_syncpoints.strict_json import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Unfit(Exception):  # noqa: N818  # it names a fault of the input, not of the program
    """A value no forge answers with; the message says where it stands and what was expected."""


def an_object(value: Any, at: str) -> dict[str, Any]:
    """Return the object, or raise Unfit (also where one of its keys was given twice)."""
    if not isinstance(value, dict):
        raise Unfit(f"{at}: {_found('an object', value)}")
    return value


def a_list(value: Any, at: str) -> list[Any]:
    """Return the list, or raise Unfit."""
    if not isinstance(value, list):
        raise Unfit(f"{at}: {_found('a list', value)}")
    return value


def objects(value: Any, at: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a list, each with its place; ``None`` is an empty list."""
    if value is None:
        return []
    return [(f"{at}[{i}]", an_object(item, f"{at}[{i}]")) for i, item in enumerate(a_list(value, at))]


def text(given: dict[str, Any], key: str, at: str, *, default: str | None = None) -> str:
    """Return the text under a key; null and a missing key are the default, and Unfit where there is none."""
    value = given.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or not is_utf8(value):
        raise Unfit(f"{at}.{key}: {_found('text', value)}")
    return value


def inner(given: dict[str, Any], key: str, at: str) -> dict[str, Any]:
    """Return the object under a key, an empty one for null or a missing key."""
    value = given.get(key)
    return {} if value is None else an_object(value, f"{at}.{key}")


def team_members(given: dict[str, Any], *, handle: str) -> dict[str, tuple[str, ...] | None]:
    """Return the handles by team under ``teams``, ``None`` for each whose members could not be read.

    A member is a handle, or an account whose key ``handle`` has it.
    """
    teams: dict[str, tuple[str, ...] | None] = {}
    for name, members in inner(given, "teams", "").items():
        at = f"teams[{name!a}]"
        teams[name] = None if members is None else tuple(_member(one, handle, at) for one in a_list(members, at))
    return teams


def _member(value: Any, handle: str, at: str) -> str:
    return value.removeprefix("@") if isinstance(value, str) else text(an_object(value, at), handle, at)


def _found(expected: str, value: Any) -> str:
    if isinstance(value, Refused):
        return f"found {value.why}"
    kinds = ((type(None), "nothing"), (bool, "true or false"), (str, "text"), ((int, float), "a number"))
    kind = next((word for types, word in kinds if isinstance(value, types)), "a list or an object")
    return f"expected {expected}, found {kind}"
