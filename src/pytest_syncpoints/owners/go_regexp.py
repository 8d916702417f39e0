r"""Go's regular expressions, matched in time linear in the text, as Go itself does.

Syntax: https://pkg.go.dev/regexp/syntax. Python's ``re`` would accept other texts and backtrack without end on
some, so expressions run as a set of states here. What is refused, with its reason: what Go refuses too, and
Unicode classes (``\pL``), the flags ``m`` and ``U``, and expressions of more than 20,000 states.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Test = Callable[[str], bool]
    Node = tuple[str, object]

MOST_REPEATS = 1000  # Go's own limit
MOST_STATES = 20_000
MOST_REMEMBERED = 10_000  # steps kept by one expression

_DIGITS = frozenset("0123456789")
_WORD = _DIGITS | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_PERL = {"d": _DIGITS, "w": _WORD, "s": frozenset("\t\n\f\r ")}
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_PUNCT = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_POSIX = {
    "alnum": _UPPER | _LOWER | _DIGITS,
    "alpha": _UPPER | _LOWER,
    "ascii": frozenset(map(chr, range(128))),
    "blank": frozenset("\t "),
    "cntrl": frozenset(map(chr, (*range(32), 127))),
    "digit": _DIGITS,
    "graph": _UPPER | _LOWER | _DIGITS | _PUNCT,
    "lower": _LOWER,
    "print": _UPPER | _LOWER | _DIGITS | _PUNCT | {" "},
    "punct": _PUNCT,
    "space": frozenset("\t\n\v\f\r "),
    "upper": _UPPER,
    "word": _WORD,
    "xdigit": _DIGITS | frozenset("abcdefABCDEF"),
}
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}


class RefusedError(ValueError):
    """The expression is none of Go's, or one that is not supported; the message says why."""


class GoRegexp:
    """A compiled expression."""

    def __init__(self, text: str) -> None:
        """Compile an expression; raises RefusedError."""
        node = _Parser(text).parsed()
        self._program: list[tuple[object, ...]] = []
        self._emit(node)
        self._program.append(("match",))
        self._steps: dict[tuple[frozenset[int], str, bool], frozenset[int]] = {}

    def found_in(self, text: str) -> bool:
        """Say whether the expression matches anywhere in a text."""
        before, states = "", frozenset[int]()
        for at in range(len(text) + 1):
            after = text[at : at + 1]
            states = self._closure(states | {0}, before, after)
            if len(self._program) - 1 in states:
                return True
            states = self._step(states, after)
            before = after
        return False

    def _closure(self, states: frozenset[int], before: str, after: str) -> frozenset[int]:
        left = "^" if not before else "w" if before in _WORD else " "
        right = "$" if not after else "w" if after in _WORD else " "
        kind = left + right
        known = self._steps.get((states, kind, True))
        if known is None:
            seen: set[int] = set()
            todo = list(states)
            while todo:
                at = todo.pop()
                if at in seen:
                    continue
                seen.add(at)
                op = self._program[at]
                if op[0] == "split":
                    todo += op[1:]  # type: ignore[arg-type]  # two places
                elif op[0] == "assert" and _holds(op[1], kind):  # type: ignore[arg-type]  # an assertion's letter
                    todo.append(at + 1)
            known = self._remember((states, kind, True), frozenset(seen))
        return known

    def _step(self, states: frozenset[int], symbol: str) -> frozenset[int]:
        known = self._steps.get((states, symbol, False))
        if known is None:
            ops = self._program
            after = frozenset(at + 1 for at in states if symbol and ops[at][0] == "test" and ops[at][1](symbol))  # type: ignore[operator]
            known = self._remember((states, symbol, False), after)
        return known

    def _remember(self, key: tuple[frozenset[int], str, bool], states: frozenset[int]) -> frozenset[int]:
        if len(self._steps) >= MOST_REMEMBERED:
            self._steps.clear()
        self._steps[key] = states
        return states

    def _emit(self, node: Node) -> None:
        """Write one node's program: tests, assertions and splits; falling through is success."""
        program, (kind, value) = self._program, node
        if len(program) > MOST_STATES:
            raise RefusedError("it needs too many states")
        if kind in ("test", "assert"):
            program.append((kind, value))
        elif kind == "row":
            for part in value:  # type: ignore[attr-defined]  # a row's nodes
                self._emit(part)
        elif kind == "either":
            self._emit_either(value)  # type: ignore[arg-type]  # the alternatives
        else:
            self._emit_repeat(*value)  # type: ignore[misc]  # node, least, most

    def _emit_either(self, nodes: list[Node]) -> None:
        jumps = []
        for node in nodes[:-1]:
            split = len(self._program)
            self._program.append(())
            self._emit(node)
            jumps.append(len(self._program))
            self._program.append(())
            self._program[split] = ("split", split + 1, len(self._program))
        self._emit(nodes[-1])
        for jump in jumps:
            self._program[jump] = ("split", len(self._program))

    def _emit_repeat(self, node: Node, least: int, most: int | None) -> None:
        for _ in range(least):
            self._emit(node)
        if most is None:
            split = len(self._program)
            self._program.append(())
            self._emit(node)
            self._program.append(("split", split))
            self._program[split] = ("split", split + 1, len(self._program))
            return
        splits = []
        for _ in range(most - least):
            splits.append(len(self._program))
            self._program.append(())
            self._emit(node)
        for split in splits:
            self._program[split] = ("split", split + 1, len(self._program))


def _holds(assertion: str, kind: str) -> bool:
    if assertion in "^$":
        return assertion in kind
    boundary = (kind[0] == "w") != (kind[1] == "w")
    return boundary == (assertion == "b")


class _Parser:
    """Recursive descent over one expression; flags hold to the end of their group."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def parsed(self) -> Node:
        node = self._alternatives("")
        if self._at < len(self._text):
            raise RefusedError("unexpected )")
        return node

    def _peek(self, size: int = 1) -> str:
        return self._text[self._at : self._at + size]

    def _alternatives(self, flags: str) -> Node:
        self._depth += 1
        if self._depth > 200:
            raise RefusedError("groups are nested too deeply")
        nodes: list[Node] = []
        row: list[Node] = []
        while self._at < len(self._text) and self._peek() != ")":
            if self._peek() == "|":
                self._at += 1
                nodes.append(("row", row))
                row = []
                continue
            if self._peek(2) == "(?":
                changed = self._flags(flags)
                if changed is not None:
                    flags = changed
                    continue
            row.append(self._repeated(self._atom(flags)))
        self._depth -= 1
        return ("either", [*nodes, ("row", row)]) if nodes else ("row", row)

    def _flags(self, flags: str) -> str | None:
        """Read ``(?i)``; ``None`` where a group begins instead."""
        end = self._at + 2
        while self._text[end : end + 1] in tuple("imsU-"):
            end += 1
        if self._text[end : end + 1] != ")" or end == self._at + 2:
            return None
        changed = _changed(flags, self._text[self._at + 2 : end])
        self._at = end + 1
        return changed

    def _atom(self, flags: str) -> Node:
        symbol = self._peek()
        self._at += 1
        if symbol == "(":
            return self._group(flags)
        if symbol == "[":
            return ("test", self._class(flags))
        if symbol == "\\":
            return self._escape(flags)
        if symbol in "*+?":
            raise RefusedError(f"missing argument to repetition operator: {symbol}")
        if symbol in "^$":
            return ("assert", symbol)
        if symbol == ".":
            return ("test", _anything if "s" in flags else _no_newline)
        return ("test", _one(symbol, flags))

    def _group(self, flags: str) -> Node:
        if self._peek() == "?":
            flags = self._group_head(flags)
        node = self._alternatives(flags)
        if self._peek() != ")":
            raise RefusedError("missing closing )")
        self._at += 1
        return node

    def _group_head(self, flags: str) -> str:
        self._at += 1
        for opening in ("P<", "<"):
            name, closed, _ = self._text[self._at + len(opening) :].partition(">")
            if self._text.startswith(opening, self._at) and closed and name and _WORD.issuperset(name):
                self._at += len(opening) + len(name) + 1
                return flags
        head, colon, _ = self._text[self._at :].partition(":")
        if not colon or not set(head) <= set("imsU-"):
            raise RefusedError(f"invalid or unsupported Perl syntax: (?{self._peek(2)}")
        self._at += len(head) + 1
        return _changed(flags, head)

    def _repeated(self, node: Node) -> Node:
        repeated = False
        while True:
            bounds = self._bounds()
            if bounds is None:
                return node
            if repeated:
                raise RefusedError("invalid nested repetition operator")
            repeated = True
            if self._peek() == "?":
                self._at += 1
            node = ("repeat", (node, *bounds))

    def _bounds(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._peek())
        if simple is not None:
            self._at += 1
            return simple
        if self._peek() != "{":
            return None
        inner, closed, _ = self._text[self._at + 1 :].partition("}")
        low, comma, high = inner.partition(",")
        if not closed or not (low and _DIGITS.issuperset(low)) or not _DIGITS.issuperset(high):
            return None
        least, most = int(low[:9]), (int(high[:9]) if high else None) if comma else int(low[:9])
        if max(least, most or 0) > MOST_REPEATS or (most is not None and most < least):
            raise RefusedError(f"invalid repeat count: {{{inner}}}")
        self._at += len(inner) + 2
        return least, most

    def _escape(self, flags: str) -> Node:
        symbol = self._peek()
        self._at += 1
        if symbol in ("A", "z"):
            return ("assert", "^" if symbol == "A" else "$")
        if symbol in ("b", "B"):
            return ("assert", symbol)
        if symbol == "Q":
            quoted, closed, _ = self._text[self._at :].partition("\\E")
            self._at += len(quoted) + len(closed and "\\E")
            return ("row", [("test", _one(each, flags)) for each in quoted])
        if symbol.lower() in _PERL:
            return ("test", _member(_PERL[symbol.lower()], symbol.isupper()))
        return ("test", _one(self._character(symbol), flags))

    def _character(self, symbol: str) -> str:
        """Return the character that an escape stands for."""
        if symbol in _CONTROLS:
            return _CONTROLS[symbol]
        if symbol == "x":
            return self._hexadecimal()
        if symbol == "" or symbol in _WORD or not symbol.isascii():
            raise RefusedError(f"invalid or unsupported escape sequence: \\{symbol}")
        return symbol

    def _hexadecimal(self) -> str:
        digits = self._text[self._at + 1 :].partition("}")[0] if self._peek() == "{" else self._peek(2)
        try:
            character = chr(int(digits, 16))
        except (ValueError, OverflowError):
            raise RefusedError("invalid escape sequence: \\x") from None
        self._at += len(digits) + (2 if self._peek() == "{" else 0)
        return character

    def _class(self, flags: str) -> Test:
        negated = self._peek() == "^"
        self._at += negated
        tests: list[Test] = []
        first = True
        while self._peek() != "]" or first:
            first = False
            if not self._peek():
                raise RefusedError("missing closing ]")
            tests.append(self._class_item(flags))
        self._at += 1
        return lambda symbol: any(test(symbol) for test in tests) != negated

    def _class_item(self, flags: str) -> Test:
        if self._peek(2) == "[:":
            name, closed, _ = self._text[self._at + 2 :].partition(":]")
            if closed:
                self._at += len(name) + 4
                if name.removeprefix("^") not in _POSIX:
                    raise RefusedError(f"invalid character class range: [:{name}:]")
                return _member(_POSIX[name.removeprefix("^")], name.startswith("^"))
        if self._peek() == "\\" and self._text[self._at + 1 : self._at + 2].lower() in _PERL:
            symbol = self._text[self._at + 1]
            self._at += 2
            return _member(_PERL[symbol.lower()], symbol.isupper())
        low = self._class_character()
        high = low
        if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
            self._at += 1
            high = self._class_character()
        if high < low:
            raise RefusedError(f"invalid character class range: {low}-{high}")
        return _between(low, high, flags)

    def _class_character(self) -> str:
        symbol = self._peek()
        self._at += 1
        if symbol != "\\":
            return symbol
        symbol = self._peek()
        self._at += 1
        return self._character(symbol)


def _changed(flags: str, change: str) -> str:
    on, _, off = change.partition("-")
    if "m" in on or "U" in on:
        raise RefusedError("the flags m and U are not supported here")
    return "".join(flag for flag in dict.fromkeys(flags + on) if flag not in off)


def _anything(symbol: str) -> bool:
    return bool(symbol)


def _no_newline(symbol: str) -> bool:
    return symbol != "\n"


def _one(character: str, flags: str) -> Test:
    return _between(character, character, flags)


def _between(low: str, high: str, flags: str) -> Test:
    if "i" not in flags:
        return lambda symbol: low <= symbol <= high
    return lambda symbol: low <= symbol.lower() <= high or low <= symbol.upper() <= high


def _member(symbols: frozenset[str], negated: bool) -> Test:  # noqa: FBT001  # said once, at the call
    return lambda symbol: (symbol in symbols) != negated
