"""Strict JSON: bytes from an untrusted job into plain values, within limits, with nothing lost on the way."""

from __future__ import annotations

import json
import re
from typing import Any

from pytest_syncpoints.errors import UsageError

LARGEST = 32 * 1024 * 1024  # bytes; a report of 300 files with evidence of 2,000 tests is about a tenth of it
DEEPEST = 32  # brackets inside brackets; a report has at most 8
MOST_CONTAINERS = 1_000_000  # lists and objects; an empty one takes twenty times its two bytes in memory
LARGEST_INTEGER = 2**53 - 1  # what every reader of JSON can hold (RFC 8259, section 6)

# A string runs to its closing quote, or to the end of the text: never twice over the same bytes.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.|\\\Z)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


class Refused:
    """Stands in a parsed value where JSON said something no report may say; ``why`` completes "found ..."."""

    def __init__(self, why: str) -> None:
        """Keep the reason until the reader, who knows the place, meets it."""
        self.why = why


def parse(data: bytes, *, what: str, remedy: str = "") -> Any:
    """Return the value ``data`` holds, with a Refused wherever a key is given twice or a number is none.

    ``what`` names the input in errors ("the report"), ``remedy`` what to do about one. Raises
    UsageError for input that is no UTF-8, no JSON, longer than ``LARGEST`` bytes,
    nested deeper than ``DEEPEST``, or of more than ``MOST_CONTAINERS`` parts.
    """
    if len(data) > LARGEST:
        raise UsageError(f"{what} has {len(data):,} bytes; at most {LARGEST:,} are read", remedy=remedy)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} is not UTF-8 text (byte {error.start + 1})", remedy=remedy) from None
    _refuse_bombs(text, what, remedy)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)
    except json.JSONDecodeError as error:
        cut = " (was it cut short?)" if error.pos >= len(text.rstrip()) - 1 else ""
        message = f"{what} is not JSON: line {error.lineno}, column {error.colno}: {error.msg.lower()}{cut}"
        raise UsageError(message, remedy=remedy) from None


def _refuse_bombs(text: str, what: str, remedy: str) -> None:
    """Count brackets before the parser recurses into them: its own guard depends on the interpreter."""
    depth = containers = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first in "]}":
            depth -= 1
        elif first != '"':
            depth += 1
            containers += 1
            if depth > DEEPEST:
                raise UsageError(f"{what} is nested deeper than {DEEPEST} levels", remedy=remedy)
            if containers > MOST_CONTAINERS:
                raise UsageError(f"{what} has more than {MOST_CONTAINERS:,} lists and objects", remedy=remedy)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Refused:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    return Refused(f"the key {twice!a} twice")


def _integer(digits: str) -> int | Refused:
    if len(digits) > 17 or abs(int(digits)) > LARGEST_INTEGER:
        return Refused(f"an integer beyond {LARGEST_INTEGER:,}")
    return int(digits)


def _constant(word: str) -> Refused:
    return Refused(f"{word}, which is not JSON")
