"""Globs over path segments: parsed once, matched in a number of steps linear in the name.

A glob is a row of segments and a tail. A segment is a literal (``str``), a ``Wild``, or ``None``, which
stands for ``**``: any number of segments, none too. Nothing here backtracks: a set of wild segments is one
automaton whose states are the bits of one integer (Baeza-Yates and Gonnet, "A new approach to text
searching", CACM 35(10), 1992), so a name of n characters takes n steps, whatever the patterns.
"""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Segment = "str | Wild | None"

EXACT, BELOW, INSIDE = 1, 3, 2
"""What a glob covers: the path itself (bit 1), what lies below it (bit 2), or both."""

ANY, STAR = 0, 1
"""Tokens of a wild segment besides one literal character (``str``) and a ``CharacterClass``."""


class CharacterClass(Record):
    """``[a-z]`` or ``[^a-z]``: one character between (not between) some pairs of bounds."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool

    def accepts(self, character: str) -> bool:
        """Say whether a character is in the class."""
        return any(low <= character <= high for low, high in self.ranges) != self.negated


class Wild(Record):
    """A segment with wildcards, as a row of tokens."""

    tokens: tuple[str | int | CharacterClass, ...]


class Glob(Record):
    """Segments and what they cover (EXACT, BELOW or INSIDE); ``segments`` empty and INSIDE is every path."""

    segments: tuple[str | Wild | None, ...]
    covers: int

    def matches(self, path: str) -> bool:
        """Say whether a path is covered."""
        if None in self.segments:
            return RuleIndex((self,)).best(path) >= 0
        names, size = path.split("/"), len(self.segments)
        if self.covers & (EXACT if len(names) == size else INSIDE if len(names) > size else 0):
            return all(map(segment_matches, self.segments, names))
        return False


def segment_matches(segment: str | Wild | None, name: str) -> bool:
    """Say whether one segment covers one name."""
    if segment.__class__ is str:
        return segment == name
    return segment is None or bool(Automaton((segment,)).accepted(name))  # type: ignore[arg-type]  # str is out


def plain_segment(text: str) -> str | Wild:
    r"""Parse a segment of literals, ``*`` and ``?``; ``\`` makes the next character literal."""
    if "*" not in text and "?" not in text:
        return text if "\\" not in text else _unescaped(text)
    tokens: list[str | int | CharacterClass] = []
    at = 0
    while at < len(text):
        symbol = text[at]
        if symbol == "\\" and at + 1 < len(text):
            at += 1
            tokens.append(text[at])
        elif symbol == "*":
            if not tokens or tokens[-1] != STAR:
                tokens.append(STAR)
        else:
            tokens.append(ANY if symbol == "?" else symbol)
        at += 1
    return wild_or_literal(tokens)


def wild_or_literal(tokens: list[str | int | CharacterClass]) -> str | Wild:
    """Return a plain text where every token is a character."""
    if all(token.__class__ is str for token in tokens):
        return "".join(tokens)  # type: ignore[arg-type]  # all are characters
    return Wild(tuple(tokens))


def _unescaped(text: str) -> str:
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            at += 1
        out.append(text[at])
        at += 1
    return "".join(out)


class Automaton:
    """Several wild segments run over a name at once."""

    __slots__ = ("_accept", "_any", "_classes", "_final", "_literals", "_masks", "_start", "_stay")

    def __init__(self, wilds: Iterable[Wild]) -> None:
        """Lay the tokens of each segment out on bits: a state's bit says how many tokens have been met."""
        self._literals: dict[str, int] = {}
        self._masks: dict[str, int] = {}
        self._classes: list[tuple[int, CharacterClass]] = []
        self._accept: dict[int, int] = {}
        starts, stays, anys, finals = [], [], [], []
        bits: dict[str, list[int]] = {}
        at = 0
        for number, wild in enumerate(wilds):
            starts.append(at)
            for token in wild.tokens:
                if token.__class__ is str:
                    bits.setdefault(token, []).append(at)
                elif token == STAR:
                    stays.append(at)
                    continue
                elif token == ANY:
                    anys.append(at)
                else:
                    self._classes.append((at, token))  # type: ignore[arg-type]  # the only kind left
                at += 1
            finals.append(at)
            self._accept[at] = number
            at += 1
        self._start, self._stay, self._any, self._final = (_mask(found) for found in (starts, stays, anys, finals))
        self._literals = {symbol: _mask(found) for symbol, found in bits.items()}

    def accepted(self, name: str) -> list[int]:
        """Return the numbers of the segments that cover a name."""
        state, stay, masks = self._start, self._stay, self._masks
        for symbol in name:
            mask = masks.get(symbol)
            if mask is None:
                mask = self._mask_of(symbol)
            state = (state & mask) << 1 | state & stay
        hits, found = state & self._final, []
        while hits:
            top = hits.bit_length() - 1
            found.append(self._accept[top])
            hits ^= 1 << top
        return found

    def _mask_of(self, symbol: str) -> int:
        mask = self._literals.get(symbol, 0) | self._any
        for at, kind in self._classes:
            if kind.accepts(symbol):
                mask |= 1 << at
        if len(self._masks) < MOST_SYMBOLS:
            self._masks[symbol] = mask
        return mask


MOST_SYMBOLS = 1024  # remembered by one automaton; a path may hold any of a million characters
MOST_NAMES = 1 << 17  # remembered by one index
DEEPEST = 64  # directories remembered with all their parents; deeper ones are walked anew


def _mask(bits: Iterable[int]) -> int:
    """Return an integer with these bits set, in linear time (bits ascend or not)."""
    places = list(bits)
    if not places:
        return 0
    row = bytearray(max(places) // 8 + 1)
    for at in places:
        row[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(row, "little")


class RuleIndex:
    """Rules asked for the last one that covers a path, at a cost per path and not per rule.

    Literal paths are looked up in dictionaries. All other rules are one automaton over segments: a bit
    says how many segments of a rule have been met, later rules have higher bits, and so the highest final
    bit is the winner. The automaton's state is remembered for each directory.
    """

    __slots__ = (
        *(
            "_any",
            "_below",
            "_children",
            "_directories",
            "_exact",
            "_final_below",
            "_final_exact",
            "_literals",
            "_names",
        ),
        *(
            "_named_below",
            "_named_exact",
            "_prefixes",
            "_rule_at",
            "_rules",
            "_stay",
            "_suffixes",
            "_wild",
            "_wild_masks",
        ),
    )

    def __init__(self, globs: Iterable[Glob | None]) -> None:
        """Index globs by their place; ``None`` stands for a rule that covers nothing."""
        self._exact: dict[str, int] = {}
        self._children: dict[str, int] = {}
        self._below: dict[str, int] = {}
        self._named_exact: dict[str, int] = {}
        self._named_below: dict[str, int] = {}
        others = []
        for rule, glob in enumerate(globs):
            if glob is not None and not self._placed(glob, rule):
                others.append((rule, glob))
        self._lay_out(others)
        state, best = self._rules, self._below.get("", -1)
        self._directories = {"": (best, state, max(best, self._children.get("", -1)))}
        self._names: dict[str, int] = {}

    def _placed(self, glob: Glob, rule: int) -> bool:
        """Put a literal rule into the dictionaries; say whether it was one."""
        segments, covers = glob
        if covers == EXACT and segments and segments[-1] == STAR_ALONE and _names(segments[:-1]):
            self._children["/".join(segments[:-1])] = rule  # type: ignore[arg-type]  # all are literals
            return True
        if segments and segments[0] is None and len(segments) == 2 and segments[1].__class__ is str:
            name: str = segments[1]
            exact, below = self._named_exact, self._named_below
        elif all(segment.__class__ is str for segment in segments):
            name = "/".join(segments)  # type: ignore[arg-type]  # all are literals
            exact, below = self._exact, self._below
        else:
            return False
        if covers & EXACT:
            exact[name] = rule
        if covers & INSIDE:
            below[name] = rule
        return True

    def _lay_out(self, others: list[tuple[int, Glob]]) -> None:
        """Give each segment of the rules that are not literal a bit, and say which names move which bits."""
        starts, stays, exact, below = [], [], [], []
        places: dict[str | Wild, list[int]] = {}
        self._rule_at: dict[int, int] = {}
        at = 0
        for rule, glob in others:
            starts.append(at)
            for segment in glob.segments:
                if segment is None:
                    stays.append(at)
                    continue
                places.setdefault(segment, []).append(at)
                at += 1
            if glob.covers & EXACT:
                exact.append(at)
            if glob.covers & INSIDE:
                below.append(at)
            self._rule_at[at] = rule
            at += 1
        self._rules, self._stay = _mask(starts), _mask(stays)
        self._final_exact, self._final_below = _mask(exact), _mask(below)
        self._sort_segments({segment: _mask(found) for segment, found in places.items()})

    def _sort_segments(self, masks: dict[str | Wild, int]) -> None:
        """Sort segments by kind: literals, ``*``, ``*end`` and ``start*`` are looked up, the rest runs."""
        self._literals: dict[str, int] = {}
        suffixes: dict[int, dict[str, int]] = {}
        prefixes: dict[int, dict[str, int]] = {}
        self._any = 0
        wilds, self._wild_masks = [], []
        for segment, mask in masks.items():
            if segment.__class__ is str:
                self._literals[segment] = mask
                continue
            tokens: tuple[str | int | CharacterClass, ...] = segment.tokens  # type: ignore[union-attr]  # str is out
            if tokens == (STAR,):
                self._any = mask
            elif tokens[0] == STAR and _literal(tokens[1:]):
                suffixes.setdefault(len(tokens) - 1, {})["".join(tokens[1:])] = mask  # type: ignore[arg-type]
            elif tokens[-1] == STAR and _literal(tokens[:-1]):
                prefixes.setdefault(len(tokens) - 1, {})["".join(tokens[:-1])] = mask  # type: ignore[arg-type]
            else:
                wilds.append(segment)
                self._wild_masks.append(mask)
        self._suffixes, self._prefixes = tuple(suffixes.items()), tuple(prefixes.items())
        self._wild = Automaton(wilds) if wilds else None  # type: ignore[arg-type]  # literals are out

    def _mask_of(self, name: str) -> int:
        """Return which segments cover a name, as bits; what an automaton had to say is remembered."""
        mask = self._literals.get(name, 0) | self._any
        for size, table in self._suffixes:
            if (end := name[-size:]) in table:
                mask |= table[end]
        for size, table in self._prefixes:
            if (start := name[:size]) in table:
                mask |= table[start]
        if self._wild is not None:
            mask |= self._run(name)
        return mask

    def _run(self, name: str) -> int:
        known = self._names.get(name)
        if known is None:
            known = 0
            for number in self._wild.accepted(name):  # type: ignore[union-attr]  # asked by the caller
                known |= self._wild_masks[number]
            if len(self._names) >= MOST_NAMES:
                self._names.clear()
            self._names[name] = known
        return known

    def best(self, path: str) -> int:
        """Return the place of the last rule that covers a path, -1 where none does."""
        directory, _, name = path.rpartition("/")
        known = self._directories.get(directory)
        _, state, best = known if known is not None else self._walked(directory)
        rule = self._exact.get(path, -1)
        if rule > best:  # noqa: PLR1730  # max() costs a call a path
            best = rule
        rule = self._named_exact.get(name, -1)
        if rule > best:  # noqa: PLR1730  # max() costs a call a path
            best = rule
        if state:
            mask = self._mask_of(name)
            hits = mask and ((state & mask) << 1) & self._final_exact
            if hits:
                rule = self._rule_at[hits.bit_length() - 1]
                if rule > best:  # noqa: PLR1730  # max() costs a call a path
                    best = rule
        return best

    def _walked(self, directory: str) -> tuple[int, int, int]:
        """Return the best rule for all below a directory, the automaton's state, and the best rule for files in it."""
        if len(self._directories) >= MOST_NAMES:
            self._directories = {"": self._directories[""]}
        at, known = len(directory), None
        while known is None:  # the nearest parent that is remembered; the top always is
            at = directory.rfind("/", 0, at)
            known = self._directories.get(directory[:at] if at > 0 else "")
        best, state, _ = known
        start = at + 1 if at > 0 else 0
        depth = directory.count("/", 0, start)
        for name in directory[start:].split("/"):
            start += len(name)
            prefix = directory[:start] if depth < DEEPEST or self._below else ""
            best, state = self._step(best, state, prefix, name)
            depth += 1
            if depth < DEEPEST:
                self._directories[prefix] = best, state, max(best, self._children.get(prefix, -1))
            start += 1
        return best, state, max(best, self._children.get(directory, -1))

    def _step(self, best: int, state: int, directory: str, name: str) -> tuple[int, int]:
        """Go down into a directory."""
        best = max(best, self._below.get(directory, -1), self._named_below.get(name, -1))
        if state:
            mask = self._mask_of(name)
            state = (state & mask) << 1 | state & self._stay
            hits = state & self._final_below
            if hits:
                best = max(best, self._rule_at[hits.bit_length() - 1])
            state &= ~(self._final_below | self._final_exact)
        return best, state


STAR_ALONE = Wild((STAR,))


def _names(segments: tuple[str | Wild | None, ...]) -> bool:
    return all(segment.__class__ is str for segment in segments)


def _literal(tokens: tuple[str | int | CharacterClass, ...]) -> bool:
    return all(token.__class__ is str for token in tokens)


def split_globs(texts: Iterable[str], parse: Callable[[str], str | Wild]) -> tuple[str | Wild | None, ...]:
    """Parse a pattern's segments; ``**`` alone is any number of them, two in a row are one."""
    segments: list[str | Wild | None] = []
    for text in texts:
        if text != "**":
            segments.append(parse(text))
        elif not segments or segments[-1] is not None:
            segments.append(None)
    return tuple(segments)
