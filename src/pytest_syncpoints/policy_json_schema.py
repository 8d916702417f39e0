"""The policy's JSON Schema (draft-07), for editors that complete and check TOML by one; written from the one table.

``python -m pytest_syncpoints.policy_json_schema`` prints it. It knows the form of a policy; whether the names in it
belong together only the reader can tell.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.policy_schema import DOORS, LEVELS, POLICY
from pytest_syncpoints.version import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.policy_schema import Key

    Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "pattern": "\\S"}
_LEVEL: Schema = {"enum": list(LEVELS)}
_LARGEST = 1_000_000_000


def policy_json_schema() -> Schema:
    """Return the whole schema as plain values."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"{SCHEMAS}/policy.schema.json",
        "title": "The policy of pytest-syncpoints: syncpoints.toml, or [tool.syncpoints] of pyproject.toml",
        **_object(POLICY),
    }


def _object(keys: dict[str, Key]) -> Schema:
    required = [name for name, key in keys.items() if key.required]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"description": key.about, **_KINDS[key.kind](key)} for name, key in keys.items()},
        **({"required": required} if required else {}),
    }


def _array(item: Schema, *, filled: bool) -> Schema:
    return {"type": "array", "items": item, **({"minItems": 1} if filled else {})}


def _texts(key: Key) -> Schema:
    return {**_array(_TEXT, filled=key.filled), "uniqueItems": True}


def _choices(key: Key) -> Schema:
    one: Schema = {"enum": list(key.choices)}
    return {"oneOf": [one, {**_array(one, filled=True), "uniqueItems": True}]}


def _whole(least: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": _LARGEST}


def _amount(unit: str) -> Schema:
    return {"type": "string", "pattern": f"^(?=[0-9]{{1,5}}{unit}$)0*[1-9]"}


def _levels(_: Key) -> Schema:
    doors = dict.fromkeys(DOORS, _LEVEL)
    by_door = {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": doors}
    return {"type": "object", "additionalProperties": {"oneOf": [_LEVEL, by_door]}}


_KINDS: dict[str, Callable[[Key], Schema]] = {
    "text": lambda _: _TEXT,
    "texts": _texts,
    "choice": lambda key: {"enum": list(key.choices)},
    "choices": _choices,
    "count": lambda _: _whole(0),
    "positive": lambda _: _whole(1),
    "switch": lambda _: {"type": "boolean"},
    "patterns": _texts,
    "date": lambda _: {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
    "duration": lambda _: _amount("[hdw]"),
    "capacity": lambda _: _amount("[hm]/week"),
    "table": lambda key: _object(key.keys),
    "named": lambda key: {"type": "object", "additionalProperties": _object(key.keys)},
    "list-of-tables": lambda key: _array(_object(key.keys), filled=key.required),
    "levels": _levels,
    "members": _texts,
    "identities": lambda _: {
        "type": "object",
        "additionalProperties": {**_array(_TEXT, filled=True), "uniqueItems": True},
    },
    "module-names": _texts,
    "selector": lambda _: _TEXT,
    "file": lambda _: _TEXT,
    "fingerprints": _texts,
    "globs": _texts,
}


def as_text() -> str:
    """Return the schema as the file holds it."""
    return json.dumps(policy_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
