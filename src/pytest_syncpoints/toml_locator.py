"""Locator: the line and column at which a key or value stands in a TOML text; asked only when there is a fault.

No TOML library tells positions, so the text is walked once more, by the grammar of toml.io/en/v1.0.0, for keys
and brackets alone: values are skipped over, never read. The text has been parsed before, so it is well formed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Step = str | int
    Path = tuple[Step, ...]

_SPACE = " \t"
_BARE_END = " \t=.]#\r\n,{}["


class Locator:
    """Positions of everything in one document, by path: ``("syncpoints", "ops", "participants", 0, "team")``."""

    def __init__(self, text: str) -> None:
        """Walk the text and keep where each key and list item starts."""
        self._text = text
        self._at = 0
        self._found: dict[Path, int] = {}
        self._implied: dict[Path, int] = {}  # tables that so far only a longer header names
        self._lists: dict[Path, int] = {}  # the number of each list of tables' latest one
        try:
            self._document()
        except (RecursionError, IndexError):  # deeper than a policy is, or no TOML: enough has been found
            self._at = len(text)

    def position(self, path: Path) -> tuple[int, int]:
        """Return line and column (both from 1) of a path, or of the nearest part of it that is written down."""
        while path and path not in self._found and path not in self._implied:
            path = path[:-1]
        offset = self._found.get(path, self._implied.get(path, 0))
        line = self._text.count("\n", 0, offset) + 1
        return line, offset - self._text.rfind("\n", 0, offset)

    def _document(self) -> None:
        table: Path = ()
        while self._skip_blank():
            if self._text.startswith("[[", self._at):
                table = self._header(2)
            elif self._text[self._at] == "[":
                table = self._header(1)
            else:
                self._pair(table)

    def _skip_blank(self) -> bool:
        """Go to the next thing that is neither space, line end nor comment; say whether there is one."""
        text = self._text
        while self._at < len(text):
            if text[self._at] == "#":
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            elif text[self._at] in " \t\r\n":
                self._at += 1
            else:
                return True
        return False

    def _header(self, brackets: int) -> Path:
        start = self._at
        self._at += brackets
        names = self._dotted_key()
        self._skip_spaces()
        self._at += brackets
        for depth in range(1, len(names)):
            self._implied.setdefault(self._enter(names[:depth]), start)
        path = self._enter(names[:-1])
        if brackets == 2:
            listed = (*path, names[-1])
            number = self._lists[listed] = self._lists.get(listed, -1) + 1
            self._found.setdefault(listed, start)
            path = (*listed, number)
        else:
            path = self._enter(names)
        self._found.setdefault(path, start)
        return path

    def _enter(self, names: tuple[str, ...]) -> Path:
        """Return the path that a header's names stand for: within a list of tables, its latest one."""
        path: Path = ()
        for name in names:
            path = (*path, name)
            if path in self._lists:
                path = (*path, self._lists[path])
        return path

    def _pair(self, table: Path) -> None:
        start = self._at
        names = self._dotted_key()
        path = table
        for name in names:
            path = (*path, name)
            self._found.setdefault(path, start)
        self._skip_spaces()
        self._at += 1  # the equals sign
        self._skip_spaces()
        self._value(path)

    def _dotted_key(self) -> tuple[str, ...]:
        names = []
        while True:
            self._skip_spaces()
            names.append(self._key())
            self._skip_spaces()
            if self._at >= len(self._text) or self._text[self._at] != ".":
                return tuple(names)
            self._at += 1

    def _key(self) -> str:
        text = self._text
        start = self._at
        if text[start] in "\"'":
            self._string()
            quoted = text[start : self._at]
            return _unescaped(quoted)
        while self._at < len(text) and text[self._at] not in _BARE_END:
            self._at += 1
        if self._at == start:
            self._at += 1  # not TOML: go on, the parser has said so
        return text[start : self._at]

    def _skip_spaces(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1

    def _value(self, path: Path) -> None:
        if self._at >= len(self._text):
            return
        symbol = self._text[self._at]
        if symbol in "\"'":
            self._string()
        elif symbol == "[":
            self._array(path)
        elif symbol == "{":
            self._inline_table(path)
        else:
            self._at += 1  # whatever stands here, so that no text keeps the walk in one place
            while self._at < len(self._text) and self._text[self._at] not in ",]}#\r\n":
                self._at += 1

    def _string(self) -> None:
        quote = self._text[self._at]
        triple = quote * 3
        mark = triple if self._text.startswith(triple, self._at) else quote
        self._at += len(mark)
        while self._at < len(self._text) and not self._text.startswith(mark, self._at):
            self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
        self._at += len(mark)
        while mark == triple and self._text.startswith(quote, self._at):
            self._at += 1  # up to two quotes may stand before the closing three

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._skip_blank() and self._text[self._at] != "]":
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._found.setdefault((*path, number), self._at)
            self._value((*path, number))
            number += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._skip_blank() and self._text[self._at] != "}":
            if self._text[self._at] == ",":
                self._at += 1
                continue
            self._pair(path)
        self._at += 1


def _unescaped(quoted: str) -> str:
    """Return the name in quotes; escapes are those of TOML's basic strings, which Python's literals share."""
    if quoted.startswith("'") or "\\" not in quoted:
        return quoted.strip(quoted[0])
    import ast

    try:
        return str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError):
        return quoted.strip('"')
