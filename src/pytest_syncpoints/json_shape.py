"""Shapes: how a value is written as JSON, and how the same JSON is read back, strictly.

Each shape knows both ways, so writing and reading cannot drift apart. Paths have shapes of their own
(``json_paths.py``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from pytest_syncpoints.strict_json import Refused

SUFFIX = "_b64"


class ShapeFault(Exception):  # noqa: N818 - it names a fault of the input, not of the program
    """One place where JSON does not have the expected shape: ``at`` is its path within the document."""

    def __init__(self, at: str, expected: str, found: Any = None, *, is_value: bool = True) -> None:
        """Compose the sentence; ``is_value`` is false where there is no value to show."""
        super().__init__(f"{at or 'top level'}: {expected}" + (f"; found {_shown(found)}" if is_value else ""))


class Shape(Protocol):
    """How one kind of value is written and read; ``at`` is the path to it, for faults."""

    def write(self, value: Any) -> Any:
        """Return what ``json`` can write for a value."""

    def read(self, data: Any, at: str) -> Any:
        """Return the value, or raise ShapeFault."""


class Text:
    """Any text without lone surrogates; ``choices`` limits it, ``check`` completes "expected ..."."""

    def __init__(self, *choices: str) -> None:
        """Take the allowed words; none allows every text."""
        self.choices = choices

    def write(self, value: str) -> str:
        """Return the text, its lone surrogates made visible: text, unlike a path, need not keep its bytes."""
        return readable(value)

    def read(self, data: Any, at: str) -> str:
        """Return the text as it is."""
        if self.choices:
            if not isinstance(data, str) or data not in self.choices:
                raise ShapeFault(at, f"expected one of {', '.join(self.choices)}", data)
            return data
        if not isinstance(data, str):
            raise ShapeFault(at, "expected text", data)
        if not is_utf8(data):
            raise ShapeFault(at, "expected text without lone surrogates", data)
        return data


class Whole:
    """A count or a position: an integer of at least ``least``."""

    def __init__(self, least: int = 0) -> None:
        """Take the smallest allowed integer."""
        self.least = least

    def write(self, value: int) -> int:
        """Return the integer."""
        return int(value)

    def read(self, data: Any, at: str) -> int:
        """Return the integer; ``true`` is none, and neither is ``1.0``."""
        if type(data) is not int or data < self.least:
            raise ShapeFault(at, f"expected an integer of at least {self.least}", data)
        return data


class Number:
    """A finite number between ``least`` and ``most``."""

    def __init__(self, least: float = -math.inf, most: float = math.inf) -> None:
        """Take the bounds, which are allowed themselves."""
        self.least = least
        self.most = most

    def write(self, value: float) -> float:
        """Return the number as a float, so that 2 and 2.0 are the same bytes."""
        return float(value)

    def read(self, data: Any, at: str) -> float:
        """Return the number as a float."""
        if type(data) not in (int, float) or not math.isfinite(data) or not self.least <= data <= self.most:
            bounds = f" from {self.least:g} to {self.most:g}" if math.isfinite(self.most) else ""
            raise ShapeFault(at, f"expected a number{bounds}", data)
        return float(data)


class Flag:
    """True or false."""

    def write(self, value: bool) -> bool:  # noqa: FBT001 - it is the value
        """Return the flag."""
        return bool(value)

    def read(self, data: Any, at: str) -> bool:
        """Return the flag; 0 and 1 are none."""
        if not isinstance(data, bool):
            raise ShapeFault(at, "expected true or false", data)
        return data


class Beside:
    """A shape whose value may need a second key, named with ``SUFFIX``, beside its own to be whole."""

    def write(self, value: Any) -> Any:
        """Return what stands under the key itself."""
        raise NotImplementedError

    def read(self, data: Any, at: str) -> Any:
        """Return the value as far as that tells."""
        raise NotImplementedError

    def beside(self, value: Any) -> Any:
        """Return what stands under the second key, or ``None`` where there is no need of one."""
        raise NotImplementedError

    def restore(self, seen: Any, data: Any, at: str) -> Any:
        """Return the whole value from what ``read`` returned and what stands beside it."""
        raise NotImplementedError


class Maybe:
    """A value, or null."""

    def __init__(self, shape: Shape) -> None:
        """Take the shape of the value where there is one."""
        self.shape = shape

    def write(self, value: Any) -> Any:
        """Return null for ``None``."""
        return None if value is None else self.shape.write(value)

    def read(self, data: Any, at: str) -> Any:
        """Return ``None`` for null."""
        return None if data is None else self.shape.read(data, at)


class ListOf:
    """A list of values of one shape."""

    def __init__(self, shape: Shape) -> None:
        """Take the shape of each."""
        self.shape = shape

    def write(self, value: Iterable[Any]) -> list[Any]:
        """Return a list."""
        if isinstance(self.shape, Whole):  # the tests that ran a line: there may be half a million of them
            return list(map(int, value))
        return [self.shape.write(item) for item in value]

    def read(self, data: Any, at: str) -> tuple[Any, ...]:
        """Return a tuple."""
        return tuple(self.shape.read(item, f"{at}[{index}]") for index, item in enumerate(a_list(data, at)))


class Row:
    """A list of a fixed length, each place with a shape of its own."""

    def __init__(self, *shapes: Shape) -> None:
        """Take the shapes in order."""
        self.shapes = shapes

    def write(self, value: Iterable[Any]) -> list[Any]:
        """Return a list."""
        return [shape.write(item) for shape, item in zip(self.shapes, value, strict=True)]

    def read(self, data: Any, at: str) -> tuple[Any, ...]:
        """Return a tuple."""
        items = a_list(data, at)
        if len(items) != len(self.shapes):
            raise ShapeFault(at, f"expected {len(self.shapes)} values, found {len(items)}", is_value=False)
        return tuple(
            shape.read(item, f"{at}[{i}]") for i, (shape, item) in enumerate(zip(self.shapes, items, strict=True))
        )


class MapOf:
    """An object whose keys are data, all values of one shape; written in the order of its keys."""

    def __init__(self, shape: Shape, *, key: Callable[[str], Any] | None = None) -> None:
        """Take the shape of the values, and what turns a key into what it is sorted by (ValueError: no key)."""
        self.shape = shape
        self.key = key or str

    def write(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object."""
        items = {readable(key): item for key, item in value.items()}
        return {key: self.shape.write(items[key]) for key in sorted(items, key=self.key)}

    def read(self, data: Any, at: str) -> dict[str, Any]:
        """Return a dictionary."""
        result = {}
        for key, item in an_object(data, at).items():
            place = f"{at}[{key!a}]"
            try:
                self.key(key)
            except ValueError:
                raise ShapeFault(place, "expected a whole number as key", is_value=False) from None
            result[TEXT.read(key, place)] = self.shape.read(item, place)
        return result


class Object:
    """A record as an object: ``fields`` are its JSON names in order, with the record's own name where it differs."""

    def __init__(self, record: Callable[..., Any], fields: Mapping[str, Shape | tuple[str, Shape]]) -> None:
        """Take the record to build and, by JSON name, the shape of each field."""
        self.record = record
        pairs = ((key, field if isinstance(field, tuple) else (key, field)) for key, field in fields.items())
        self.fields: dict[str, tuple[str, Shape]] = dict(pairs)

    def write(self, value: Any) -> dict[str, Any]:
        """Return an object with every key, in order, and a second one where a value needs it."""
        return dict(self._written(value))

    def _written(self, value: Any) -> Iterator[tuple[str, Any]]:
        for key, (name, shape) in self.fields.items():
            item = getattr(value, name)
            yield key, shape.write(item)
            beside = shape.beside(item) if isinstance(shape, Beside) else None
            if beside is not None:
                yield key + SUFFIX, beside

    def read(self, data: Any, at: str) -> Any:
        """Return the record; every key must be there and no other."""
        given = an_object(data, at)
        refuse_keys(given, at, required=tuple(self.fields), optional=self._optional())
        values: dict[str, Any] = {}
        for key, (name, shape) in self.fields.items():
            place = f"{at}.{key}" if at else key
            item = shape.read(given[key], place)
            if isinstance(shape, Beside) and key + SUFFIX in given:
                item = shape.restore(item, given[key + SUFFIX], place + SUFFIX)
            values[name] = item
        return self.record(**values)

    def _optional(self) -> tuple[str, ...]:
        return tuple(key + SUFFIX for key, (_, shape) in self.fields.items() if isinstance(shape, Beside))


TEXT = Text()
COUNT = Whole()
LINE = Whole(1)
NUMBER = Number()
UNIT = Number(0, 1)
FLAG = Flag()
TEXTS = ListOf(TEXT)


def a_list(data: Any, at: str) -> list[Any]:
    """Return the list, or raise ShapeFault."""
    if not isinstance(data, list):
        raise ShapeFault(at, "expected a list", data)
    return data


def an_object(data: Any, at: str) -> dict[str, Any]:
    """Return the object, or raise ShapeFault (also where one of its keys was given twice)."""
    if not isinstance(data, dict):
        raise ShapeFault(at, "expected an object", data)
    return data


def refuse_keys(given: dict[str, Any], at: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    """Raise ShapeFault for the first key that is missing or that no reader knows."""
    for key in required:
        if key not in given:
            raise ShapeFault(f"{at}.{key}" if at else key, "missing", is_value=False)
    for key in given:
        if key not in required and key not in optional:
            raise ShapeFault(at, f"unknown key {key!a}", is_value=False)


def is_utf8(text: str) -> bool:
    """Say whether a text can be written as UTF-8, that is, holds no lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def readable(text: str) -> str:
    r"""Return a text with each lone surrogate made visible: ``\xe9`` for an undecodable byte, else ``\ud800``."""
    if is_utf8(text):
        return text
    return "".join(_visible_surrogate(char) if "\ud800" <= char <= "\udfff" else char for char in text)


def _visible_surrogate(char: str) -> str:
    code = ord(char)
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def _shown(found: Any) -> str:
    """Return a value as an error shows it: short, ASCII, on one line."""
    if isinstance(found, Refused):
        return found.why
    if found is None:
        return "null"
    if isinstance(found, (dict, list)):
        return "an object" if isinstance(found, dict) else "a list"
    if isinstance(found, bool):
        return "true" if found else "false"
    text = ascii(found)
    return text if len(text) <= 60 else text[:57] + "..."
