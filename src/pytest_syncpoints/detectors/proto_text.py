"""Protocol buffer sources as far as compatibility needs them: fields, numbers, reservations, enumerations, services.

Grammar: https://protobuf.dev/reference/protobuf/proto3-spec/ and proto2's; options and extensions are passed over.
"""

from __future__ import annotations

import re

from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Unparsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 1 << 20
MOST_NESTED = 60
_TOKEN = re.compile(
    r"""\s+ | //[^\n]* | (?P<comment>/\*) | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<word>[.\w]+) | (?P<sign>[{}\[\]()<>;=,:+\-]) | (?P<other>.)""",
    re.VERBOSE,
)
_LABELS = ("optional", "required", "repeated")


class Field(Record):
    """One field of a message: its number, type and label (``map<k,v>`` is the type of a map)."""

    name: str
    number: int
    type: str
    label: str
    line: int
    json_name: str = ""


class Message(Record):
    """A message, or an enumeration whose values stand as fields of type ``enum``; reserved numbers as ranges."""

    name: str
    kind: str
    fields: list[Field]
    reserved: list[tuple[int, int]]
    line: int
    alias: list[bool]


class Proto(Record):
    """A file: its package, its messages and enumerations by full name, its procedures by service."""

    package: str
    messages: dict[str, Message]
    procedures: dict[str, tuple[str, str, int]]


def read(content: bytes) -> Proto:
    """Return what a file declares; raises Unparsed where it is not one."""
    if len(content) > MOST_BYTES:
        raise Unparsed(f"{len(content):,} bytes of protocol buffers, more than the {MOST_BYTES:,} that are read")
    return _Reader(list(_tokens(content.decode("utf-8", "replace")))).file()


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            break
        end = found.end()
        if found["comment"]:
            end = text.find("*/", at) + 2
            if end < 2:
                raise Unparsed("a comment without end")
        elif found.lastgroup == "other" and not found[0].isspace():
            raise Unparsed(f"not protocol buffers: {found[0]!r} in line {line}")
        elif found.lastgroup is not None:
            yield found[0], line
        line += text.count("\n", at, end)
        at = end


class _Reader:
    """A walk over the tokens."""

    def __init__(self, tokens: list[tuple[str, int]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.proto = Proto("", {}, {})

    def file(self) -> Proto:
        """Read all declarations."""
        package = ""
        while self.at < len(self.tokens):
            word = self._take()
            if word == "package":
                package = self._take()
                self._to(";")
            elif word in ("message", "enum"):
                self._message(word, "", 0)
            elif word == "service":
                self._service()
            elif word == "extend":
                self._to("{")
                self._block()
            else:
                self._to(";", stop_after_block=True) if word != ";" else None
        return self.proto._replace(package=package)

    def _peek(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        if self.at >= len(self.tokens):
            raise Unparsed("a declaration without end")
        self.at += 1
        return self.tokens[self.at - 1][0]

    def _line(self) -> int:
        return self.tokens[min(self.at, len(self.tokens) - 1)][1]

    def _to(self, sign: str, *, stop_after_block: bool = False) -> None:
        """Pass over tokens up to a sign, blocks and all."""
        while True:
            word = self._take()
            if word == sign:
                return
            if word == "{":
                self._block()
                if stop_after_block and self._peek() != ";":
                    return

    def _block(self) -> None:
        depth = 1
        while depth:
            word = self._take()
            depth += (word == "{") - (word == "}")

    def _message(self, kind: str, outer: str, depth: int) -> None:
        if depth > MOST_NESTED:
            raise Unparsed("nested too deep")
        line = self._line()
        name = f"{outer}.{self._take()}".lstrip(".")
        if self._take() != "{":
            raise Unparsed(f"{kind} {name} has no body")
        message = Message(name, kind, [], [], line, [])
        self.proto.messages[name] = message
        self._members(message, depth)

    def _members(self, message: Message, depth: int) -> None:
        while (word := self._take()) != "}":
            if word in ("message", "enum") and self._starts_block():
                self._message(word, message.name, depth + 1)
            elif word == "oneof" and self._starts_block():
                self._take()
                self._take()
                self._members(message, depth + 1)
            elif word == "reserved":
                self._reserved(message)
            elif word == "option":
                message.alias.append(self._peek() == "allow_alias")
                self._to(";")
            elif word == "extend":
                self._to("{")
                self._block()
            elif word == "extensions":
                self._to(";")
            elif word != ";":
                self._member(message, word)

    def _starts_block(self) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][0] == "{"

    def _reserved(self, message: Message) -> None:
        words = []
        while (word := self._take()) != ";":
            words.append(word)
        for part in " ".join(words).split(","):
            bounds = part.split()
            if bounds and _number(bounds[0]) is not None:
                low = _number(bounds[0]) or 0
                high = 2**31 if bounds[-1] == "max" else _number(bounds[-1])
                message.reserved.append((low, low if high is None else high))

    def _member(self, message: Message, first: str) -> None:
        """Read ``label type name = number [options];`` or, in an enumeration, ``NAME = number;``."""
        self.at -= 1
        line = self._line()
        words = []
        while (word := self._take()) != "=":
            if word in (";", "}", "{"):
                raise Unparsed(f"not a field in {message.name}: {first!r} in line {line}")
            words.append(word)
        sign = self._take()
        number = _number(sign + self._take() if sign == "-" else sign)
        if number is None or not words:
            raise Unparsed(f"a field without number in {message.name}, line {line}")
        json_name = self._rest()
        label = words.pop(0) if words[0] in _LABELS and len(words) > 1 else ""
        type_ = "enum" if message.kind == "enum" else "".join(words[:-1])
        message.fields.append(Field(words[-1], number, type_, label, line, json_name))

    def _rest(self) -> str:
        """Pass over a field's options (a group's body too) and return its ``json_name``."""
        json_name = ""
        while (word := self._take()) != ";":
            if word == "json_name" and self._take() == "=":
                json_name = self._take()
            elif word == "{":
                self._block()
                if self._peek() not in (";", "]", ","):
                    return json_name
        return json_name

    def _service(self) -> None:
        service = self._take()
        if self._take() != "{":
            raise Unparsed(f"service {service} has no body")
        while (word := self._take()) != "}":
            if word == "rpc":
                line = self._line()
                name = self._take()
                asked = self._parenthesis()
                self._take()  # returns
                self.proto.procedures[f"{service}.{name}"] = (asked, self._parenthesis(), line)
            if word in ("rpc", "option"):
                self._to(";", stop_after_block=True)

    def _parenthesis(self) -> str:
        words = []
        self._take()
        while (word := self._take()) != ")":
            words.append(word)
        return " ".join(words).lstrip(".")


def _number(word: str) -> int | None:
    try:
        return int(word, 0) if len(word) < 20 else None
    except ValueError:
        return int(word, 8) if word.isdigit() and set(word) <= set("01234567") else None
