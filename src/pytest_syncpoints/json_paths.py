r"""Paths in JSON: text whose bytes need not be UTF-8, written so that nothing is lost.

JSON cannot hold such bytes. One rule covers every place a path stands in: what cannot be said in UTF-8 is
written readably (``\xe9`` for the byte 0xE9) and the bytes stand beside it in base64, under the same key with
``_b64`` appended: one string for a path, an object from position to string for a list of paths. Where paths
are themselves keys, the bytes stand in the value as ``path_b64``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Container, Iterable
from typing import Any

from pytest_syncpoints.json_shape import SUFFIX, TEXT, Beside, Object, ShapeFault, a_list, an_object, is_utf8, readable


class Path(Beside):
    """A path; ``maybe`` allows none. Its bytes, where they are not UTF-8, are its holder's business."""

    def __init__(self, *, maybe: bool = False) -> None:
        """Say whether null stands for no path."""
        self.maybe = maybe

    def write(self, value: str | None) -> str | None:
        """Return the readable form."""
        return None if value is None else readable(_settled(value))

    def read(self, data: Any, at: str) -> str | None:
        """Return the readable form."""
        return None if self.maybe and data is None else TEXT.read(data, at)

    def beside(self, value: str | None) -> str | None:
        """Return the bytes in base64 if the readable form does not say them."""
        return _base64(value) if value is not None else None

    def restore(self, seen: str | None, data: Any, at: str) -> str:
        """Return the path the base64 holds, if it is the one that reads as ``seen``."""
        path = _from_base64(data, at)
        if readable(path) != seen:
            raise ShapeFault(at, f"expected the bytes of the path beside it, {seen!a}", readable(path))
        return path


class Paths(Beside):
    """A list of paths."""

    def write(self, value: Iterable[str]) -> list[str]:
        """Return the readable forms."""
        return [readable(_settled(path)) for path in value]

    def read(self, data: Any, at: str) -> tuple[str, ...]:
        """Return the readable forms."""
        return tuple(TEXT.read(item, f"{at}[{index}]") for index, item in enumerate(a_list(data, at)))

    def beside(self, value: Iterable[str]) -> dict[str, str] | None:
        """Return the bytes of those that need them, by position."""
        found = {str(index): _base64(path) for index, path in enumerate(value)}
        return {index: text for index, text in found.items() if text is not None} or None

    def restore(self, seen: tuple[str, ...], data: Any, at: str) -> tuple[str, ...]:
        """Return the list with the paths the base64 holds put in their positions."""
        paths = list(seen)
        for key, item in an_object(data, at).items():
            place = f"{at}[{key!a}]"
            if key not in {str(index) for index in range(len(paths))}:
                raise ShapeFault(place, f"expected a position below {len(paths)}", is_value=False)
            paths[int(key)] = PATH.restore(paths[int(key)], item, place)
        return tuple(paths)


class ByPath:
    """An object from path to record: two paths that read alike keep apart by ``~2``, ``~3`` after the second."""

    def __init__(self, shape: Object) -> None:
        """Take the shape of the values."""
        self.shape = shape

    def write(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object in the order of the paths' bytes, those that need ``path_b64`` last."""
        settled = {_settled(path): item for path, item in value.items()}
        result: dict[str, Any] = {}
        for path in sorted(settled, key=lambda path: (_base64(path) is not None, readable(path), path)):
            encoded = _base64(path)
            beside = {} if encoded is None else {"path" + SUFFIX: encoded}
            result[_free_key(readable(path), result)] = self.shape.write(settled[path]) | beside
        return result

    def read(self, data: Any, at: str) -> dict[str, Any]:
        """Return a dictionary from lossless path to record."""
        result: dict[str, Any] = {}
        for key, item in an_object(data, at).items():
            place = f"{at}[{key!a}]"
            members = dict(an_object(item, place))
            encoded = members.pop("path" + SUFFIX, None)
            path = TEXT.read(key, place) if encoded is None else _keyed(key, encoded, f"{place}.path{SUFFIX}")
            if path in result:
                raise ShapeFault(place, "expected each path once", is_value=False)
            result[path] = self.shape.read(members, place)
        return result


PATH = Path()


def _settled(path: str) -> str:
    """Return the one way to decode a path's bytes: escapes that happen to spell UTF-8 become the character."""
    try:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path


def _base64(path: str) -> str | None:
    path = _settled(path)
    if is_utf8(path):
        return None
    try:
        return base64.b64encode(path.encode("utf-8", "surrogateescape")).decode("ascii")
    except UnicodeEncodeError:  # no path of any file system; its readable form is all there is
        return None


def _from_base64(data: Any, at: str) -> str:
    try:
        path = base64.b64decode(TEXT.read(data, at), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise ShapeFault(at, "expected base64", data) from None
    if is_utf8(path):
        raise ShapeFault(at, "expected bytes that are not UTF-8: this path needs no base64", path)
    return path


def _free_key(key: str, taken: Container[str]) -> str:
    """Return the key, or the first of ``key~2``, ``key~3``, ... that is not taken."""
    count, free = 1, key
    while free in taken:
        count += 1
        free = f"{key}~{count}"
    return free


def _keyed(key: str, encoded: Any, at: str) -> str:
    path = _from_base64(encoded, at)
    stem, mark, number = key.rpartition("~")
    if readable(path) != key and not (mark and number.isdecimal() and readable(path) == stem):
        raise ShapeFault(at, f"expected the bytes of the key, {key!a}", readable(path))
    return path
