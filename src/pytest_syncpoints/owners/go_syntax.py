"""The syntax of Go regular expressions: a text read into a graph of nodes, or refused as Go refuses it."""

from __future__ import annotations

from pytest_syncpoints.owners.go_classes import PERL, POSIX, CharacterSet, InvalidExpression, folded, union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Node = tuple[int, CharacterSet | None, tuple[int, ...]]
    # Builds the nodes of one part of an expression in front of the node given, and returns where it starts.
    Part = Callable[[int], int]

# Kinds of nodes: those below CHARACTERS consume nothing.
SPLIT, BEGIN_TEXT, END_TEXT, BEGIN_LINE, END_LINE, WORD_BOUNDARY, NO_WORD_BOUNDARY, CHARACTERS, ANY = range(9)
MATCH = -1

_LONGEST = 4096
_MOST_REPEATS = 1000
_MOST_NODES = 10_000
_DEEPEST = 100
_ESCAPES = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_POSITIONS = {"A": BEGIN_TEXT, "z": END_TEXT, "b": WORD_BOUNDARY, "B": NO_WORD_BOUNDARY}
_HEX = frozenset("0123456789abcdefABCDEF")


def parse(text: str) -> tuple[list[Node], int]:
    """Return the nodes of an expression and the one it starts at."""
    if len(text) > _LONGEST:
        raise InvalidExpression(f"an expression of more than {_LONGEST} characters", 0)
    parser = _Parser(text)
    part = parser.alternatives(0)
    if parser.at < len(text):
        raise InvalidExpression("')' closes nothing", parser.at)
    return parser.nodes, part(MATCH)


class _Parser:
    """Reads one expression from left to right; parts build their nodes only when all is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.nodes: list[Node] = []
        self._flags: frozenset[str] = frozenset()

    def _node(self, kind: int, characters: CharacterSet | None, *targets: int) -> int:
        if len(self.nodes) >= _MOST_NODES:
            raise InvalidExpression("an expression that repeats too much", 0)
        self.nodes.append((kind, characters, targets))
        return len(self.nodes) - 1

    def alternatives(self, depth: int) -> Part:
        """Read ``a|b|c`` up to a closing parenthesis or the end."""
        if depth > _DEEPEST:
            raise InvalidExpression("parentheses nested too deep", self.at)
        flags = self._flags
        parts = [self._sequence(depth)]
        while self._next("|"):
            parts.append(self._sequence(depth))
        self._flags = flags
        if len(parts) == 1:
            return parts[0]
        return lambda after: self._node(SPLIT, None, *[part(after) for part in parts])

    def _sequence(self, depth: int) -> Part:
        parts: list[Part] = []
        repeated = False
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            start = self.at
            bounds = self._repeat()
            if bounds is None:
                parts += self._atoms(depth)
                repeated = False
                continue
            if not parts or repeated:
                reason = "a repeat of a repeat" if repeated else "a repeat of nothing"
                raise InvalidExpression(f"{reason}: {self.text[start : self.at]!r}", start)
            repeated = True
            parts.append(self._repeated(parts.pop(), *bounds))
        return lambda after: _chain(parts, after)

    def _next(self, symbol: str) -> bool:
        if self.text.startswith(symbol, self.at):
            self.at += len(symbol)
            return True
        return False

    def _repeat(self) -> tuple[int, int | None] | None:
        """Read ``*``, ``+``, ``?`` or ``{2,5}``, lazy or not; ``{`` that is no count is a character."""
        symbol = self.text[self.at]
        bounds: tuple[int, int | None] | None
        if symbol in "*+?":
            self.at += 1
            bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}[symbol]
        elif symbol == "{" and (bounds := self._counts()) is not None:
            pass
        else:
            return None
        self._next("?")
        return bounds

    def _counts(self) -> tuple[int, int | None] | None:
        inside, closed, _ = self.text[self.at + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not _is_count(low) or (high and not _is_count(high)):
            return None
        least = int(low)
        most = int(high) if high else None if comma else least
        if least > _MOST_REPEATS or (most is not None and not least <= most <= _MOST_REPEATS):
            raise InvalidExpression(f"'{{{inside}}}' is no count between 0 and {_MOST_REPEATS}", self.at)
        self.at += len(inside) + 2
        return least, most

    def _repeated(self, part: Part, least: int, most: int | None) -> Part:
        def build(after: int) -> int:
            start = after
            if most is None:
                split = self._node(SPLIT, None)
                self.nodes[split] = (SPLIT, None, (part(split), after))
                start = split
            else:
                for _ in range(most - least):
                    start = self._node(SPLIT, None, part(start), after)
            for _ in range(least):
                start = part(start)
            return start

        return build

    def _atoms(self, depth: int) -> list[Part]:
        """Read what a repeat behind it would repeat, after what it would not: of quoted text, the last character."""
        if self._next("\\Q"):
            quoted, _, _ = self.text[self.at :].partition("\\E")
            self.at = min(self.at + len(quoted) + 2, len(self.text))
            return [self._literal(character) for character in quoted]
        part = self._atom(depth)
        return [] if part is None else [part]

    def _atom(self, depth: int) -> Part | None:
        symbol = self.text[self.at]
        self.at += 1
        if symbol == "(":
            return self._group(depth)
        if symbol == "[":
            return self._consuming(self._class())
        if symbol == ".":
            newline = CharacterSet(((10, 10),), negated=True)
            return self._consuming(newline) if "s" not in self._flags else lambda after: self._node(ANY, None, after)
        if symbol in "^$":
            return self._position(symbol)
        if symbol == "\\":
            return self._escape()
        return self._literal(symbol)

    def _position(self, symbol: str) -> Part:
        many = "m" in self._flags
        kind = (BEGIN_LINE if many else BEGIN_TEXT) if symbol == "^" else (END_LINE if many else END_TEXT)
        return lambda after: self._node(kind, None, after)

    def _group(self, depth: int) -> Part | None:
        """Read a group from behind its ``(``; ``(?i)`` alone sets flags for what follows and is no part."""
        start = self.at - 1
        flags = self._flags
        if self._next("?P<") or self._next("?<"):
            name, closed, _ = self.text[self.at :].partition(">")
            if not closed or not name or not name.isascii() or not name.replace("_", "a").isalnum():
                raise InvalidExpression("a group without a proper name", start)
            self.at += len(name) + 1
        elif self._next("?") and not self._set_flags(start):
            return None
        part = self.alternatives(depth + 1)
        self._flags = flags
        if not self._next(")"):
            raise InvalidExpression("'(' never closes", start)
        return part

    def _set_flags(self, start: int) -> bool:
        """Read flags up to ``:`` (true: a group follows) or ``)``."""
        flags, on, any_read = set(self._flags), True, False
        while self.at < len(self.text):
            symbol = self.text[self.at]
            self.at += 1
            if symbol in "ims" or symbol == "U":
                flags.add(symbol) if on else flags.discard(symbol)
                any_read = True
            elif symbol == "-" and on:
                on, any_read = False, False
            elif symbol in ":)" and (on or any_read):
                self._flags = frozenset(flags)
                return symbol == ":"
            else:
                break
        raise InvalidExpression(f"{self.text[start : self.at]!r} is no group Go knows", start)

    def _escape(self) -> Part:
        start = self.at - 1
        symbol = self.text[self.at : self.at + 1]
        if symbol in _POSITIONS and symbol:
            self.at += 1
            return lambda after: self._node(_POSITIONS[symbol], None, after)
        if symbol in PERL and symbol:
            self.at += 1
            return self._consuming(PERL[symbol])
        return self._literal(self._escaped(start))

    def _escaped(self, start: int) -> str:
        """Read one escaped character from behind its backslash."""
        symbol = self.text[self.at : self.at + 1]
        self.at += 1
        if symbol in _ESCAPES and symbol:
            return _ESCAPES[symbol]
        if symbol == "x":
            return self._hexadecimal(start)
        if symbol and symbol in "01234567":
            return self._octal(symbol, start)
        if symbol and symbol.isascii() and not symbol.isalnum():
            return symbol
        if symbol in ("p", "P"):
            raise InvalidExpression("Unicode classes (\\p) are not read here", start)
        reason = f"'\\{symbol}' is no escape Go knows" if symbol else "a backslash ends the expression"
        raise InvalidExpression(reason, start)

    def _octal(self, first: str, start: int) -> str:
        digits = first
        while len(digits) < 3 and self.text[self.at : self.at + 1] in tuple("01234567"):
            digits += self.text[self.at]
            self.at += 1
        if first != "0" and len(digits) == 1:
            raise InvalidExpression(f"'\\{first}' refers back: Go has no references", start)
        return chr(int(digits, 8))

    def _hexadecimal(self, start: int) -> str:
        if self._next("{"):
            digits, closed, _ = self.text[self.at :].partition("}")
            self.at += len(digits) + 1
        else:
            digits, closed = self.text[self.at : self.at + 2], "}"
            self.at += 2
            digits = digits if len(digits) == 2 else ""
        if not closed or not digits or not _HEX.issuperset(digits) or int(digits, 16) > 0x10FFFF:
            raise InvalidExpression("'\\x' without a character's number", start)
        return chr(int(digits, 16))

    def _class(self) -> CharacterSet:
        """Read a bracket expression from behind its ``[``."""
        start = self.at - 1
        negated = self._next("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise InvalidExpression("'[' never closes", start)
            first = False
            ranges += self._members(start)
        self.at += 1
        characters = CharacterSet(tuple(ranges), negated=False)
        characters = folded(characters) if "i" in self._flags else characters
        return CharacterSet(characters.ranges, negated=negated)

    def _members(self, start: int) -> tuple[tuple[int, int], ...]:
        if self.text.startswith("[:", self.at) and (end := self.text.find(":]", self.at + 2)) >= 0:
            name = self.text[self.at + 2 : end]
            self.at = end + 2
            if name.removeprefix("^") not in POSIX:
                raise InvalidExpression(f"'[:{name}:]' is no class Go knows", start)
            return union(POSIX[name.removeprefix("^")], negated=name.startswith("^"))
        symbol = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] == "\\" and symbol in PERL and symbol:
            self.at += 2
            return union(PERL[symbol], negated=False)
        low = self._member(start)
        if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
            self.at += 1
            high = self._member(start)
            if high < low:
                raise InvalidExpression(f"the range {low}-{high} runs backwards", start)
            return ((ord(low), ord(high)),)
        return ((ord(low), ord(low)),)

    def _member(self, start: int) -> str:
        symbol = self.text[self.at : self.at + 1]
        self.at += 1
        if not symbol:
            raise InvalidExpression("'[' never closes", start)
        return self._escaped(self.at - 1) if symbol == "\\" else symbol

    def _literal(self, character: str) -> Part:
        characters = CharacterSet(((ord(character), ord(character)),), negated=False)
        return self._consuming(folded(characters) if "i" in self._flags else characters)

    def _consuming(self, characters: CharacterSet) -> Part:
        return lambda after: self._node(CHARACTERS, characters, after)


def _chain(parts: list[Part], after: int) -> int:
    for part in reversed(parts):
        after = part(after)
    return after


def _is_count(text: str) -> bool:
    """Say whether Go reads digits as a count: no leading zeros, not absurdly long."""
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 9
