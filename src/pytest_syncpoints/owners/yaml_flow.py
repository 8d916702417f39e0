"""Values of YAML that fit on one line: quoted and plain scalars, ``[a, b]`` and ``{a: b}``."""

from __future__ import annotations

from pytest_syncpoints.record import Record

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_CODES = {"x": 2, "u": 4, "U": 8}
_DEEPEST = 50


class Node(Record):
    """One value: a ``scalar`` (``plain`` where it had no quotes), a ``list`` of items or a ``mapping`` of pairs."""

    line: int
    kind: str
    text: str
    plain: bool
    items: tuple[Node, ...]
    pairs: tuple[tuple[Node, Node], ...]


class NotYaml(ValueError):  # noqa: N818  says what the text is
    """The text breaks YAML's rules on this line."""

    def __init__(self, reason: str, line: int) -> None:
        """Keep the reason and the line (from 1)."""
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Unsupported(NotYaml):
    """The text may well be YAML, but more of it than is read here."""


def without_comment(text: str, number: int) -> str:
    """Return a line less its comment: a ``#`` outside quotes at the start or behind a blank."""
    at = 0
    while at < len(text):
        symbol = text[at]
        if symbol == "#" and (at == 0 or text[at - 1] in " \t"):
            return text[:at]
        if symbol in "\"'" and text[:at].rstrip(" \t")[-1:] in ("", "-", ":", "[", "{", ",", "?"):
            at = FlowReader.quoted_end(text, at, number)
        else:
            at += 1
    return text


class FlowReader:
    """Reads one value from a text without line breaks."""

    def __init__(self, text: str, line: int) -> None:
        """Begin at the start of the text."""
        self._text = text
        self._line = line
        self._at = 0

    @staticmethod
    def quoted_end(text: str, start: int, line: int) -> int:
        """Return the position behind a quoted scalar."""
        quote = text[start]
        at = start + 1
        while at < len(text):
            if text[at] == "\\" and quote == '"':
                at += 2
            elif text[at] != quote:
                at += 1
            elif quote == "'" and text[at + 1 : at + 2] == "'":
                at += 2
            else:
                return at + 1
        raise Unsupported("a quote that does not close on its line", line)

    @staticmethod
    def is_open(text: str, line: int) -> bool:
        """Say whether a flow collection that began in a line goes on in the next."""
        value = text.lstrip("- ")
        if value[:1] not in ("[", "{"):
            starts = (at for at in range(len(value)) if value[at] in "[{" and value[at - 2 : at] == ": ")
            value = value[next(starts, len(value)) :]
        depth = at = 0
        while at < len(value):
            if value[at] in "\"'" and value[:at].rstrip(" \t")[-1:] in ("[", "{", ",", ":"):
                at = FlowReader.quoted_end(value, at, line)
                continue
            depth += (value[at] in "[{") - (value[at] in "]}")
            at += 1
            if depth == 0:
                break
        return depth > 0

    def whole(self) -> Node:
        """Read the value that is the whole text."""
        node = self._value("", 0)
        if self._text[self._at :].strip(" \t"):
            raise NotYaml(f"{self._text[self._at :]!r} behind a value", self._line)
        return node

    def _blanks(self) -> None:
        while self._text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1

    def _value(self, ends: str, depth: int) -> Node:
        self._blanks()
        symbol = self._text[self._at : self._at + 1]
        if depth > _DEEPEST:
            raise Unsupported("brackets nested too deep", self._line)
        if symbol and symbol in "[{":
            return self._collection(symbol, depth)
        if symbol and symbol in "\"'":
            end = self.quoted_end(self._text, self._at, self._line)
            text, self._at = self._unquoted(self._text[self._at : end]), end
            return Node(self._line, "scalar", text, False, (), ())
        return self._plain(ends)

    def _plain(self, ends: str) -> Node:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in ends:
            if self._text[self._at] == ":" and self._text[self._at + 1 : self._at + 2] in ("", " ", *ends):
                break
            self._at += 1
        text = self._text[start : self._at].rstrip(" \t")
        if text[:1] in ("&", "*", "!", "|", ">") or text.startswith("? ") or text == "?":
            raise Unsupported(f"{text!r} is more YAML than is read here", self._line)
        if text[:1] in ("@", "`", "%", ",", "]", "}", "#") or text.startswith("- ") or text == "-":
            raise NotYaml(f"a value cannot start with {text[:1]!r}: put it in quotes", self._line)
        return Node(self._line, "scalar", text, True, (), ())

    def _collection(self, opening: str, depth: int) -> Node:
        closing = "]" if opening == "[" else "}"
        self._at += 1
        items: list[Node] = []
        pairs: list[tuple[Node, Node]] = []
        while True:
            self._blanks()
            if self._text[self._at : self._at + 1] == closing:
                self._at += 1
                break
            key = self._value(",[]{}", depth + 1)
            self._blanks()
            if self._text[self._at : self._at + 1] == ":":
                if opening == "[":
                    raise Unsupported("a pair in a list", self._line)
                self._at += 1
                pairs.append((key, self._value(",[]{}", depth + 1)))
            elif opening == "{":
                pairs.append((key, Node(self._line, "scalar", "", True, (), ())))
            elif key.kind == "scalar" and key.plain and not key.text:
                raise NotYaml("a comma without a value before it", self._line)
            else:
                items.append(key)
            self._blanks()
            symbol = self._text[self._at : self._at + 1]
            if symbol == ",":
                self._at += 1
            elif symbol != closing:
                raise NotYaml(f"{opening!r} never closes", self._line)
        kind = "list" if opening == "[" else "mapping"
        return Node(self._line, kind, "", False, tuple(items), tuple(pairs))

    def _unquoted(self, quoted: str) -> str:
        inside = quoted[1:-1]
        if quoted[0] == "'":
            return inside.replace("''", "'")
        characters: list[str] = []
        at = 0
        while at < len(inside):
            if inside[at] != "\\":
                characters.append(inside[at])
                at += 1
                continue
            escape = inside[at + 1]
            digits = inside[at + 2 : at + 2 + _CODES.get(escape, 0)]
            if escape in _ESCAPES:
                characters.append(_ESCAPES[escape])
            elif escape in _CODES and len(digits) == _CODES[escape] and _is_code(digits):
                characters.append(chr(int(digits, 16)))
            else:
                reason = f"'\\{escape}' is no escape in YAML: double the backslash, or use single quotes"
                raise NotYaml(reason, self._line)
            at += 2 + len(digits)
        return "".join(characters)


def _is_code(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits) and int(digits, 16) <= 0x10FFFF
