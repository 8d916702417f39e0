"""Globs over paths: a pattern's text cut into segments, and one segment or one whole path matched against them."""

from __future__ import annotations

from pytest_syncpoints.owners.automaton import CLASS, DIRECTORIES, LITERAL, ONE, STAR, Automaton, CharacterClass
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from pytest_syncpoints.owners.automaton import Token

    Segment: TypeAlias = "str | NameGlob"

_SLASH: Token = (LITERAL, "/")
_STAR: Token = (STAR, "")


def _literal_run(tokens: Sequence[Token]) -> str:
    characters: list[str] = []
    for kind, value in tokens:
        if kind != LITERAL:
            break
        characters.append(str(value))
    return "".join(characters)


def _longest_run(tokens: Sequence[Token]) -> str:
    runs = "".join(str(value) if kind == LITERAL else "/" for kind, value in tokens).split("/")
    return max(runs, key=len)


class NameGlob:
    """One path segment with wildcards; every match begins, ends and is filled with the literals kept here."""

    __slots__ = ("_automaton", "_one_star", "chunk", "prefix", "suffix", "tokens")

    def __init__(self, tokens: Sequence[Token]) -> None:
        """Keep the tokens; the automaton is built when a name first passes the cheap tests."""
        self.tokens = tuple(tokens)
        self.prefix = _literal_run(self.tokens)
        self.suffix = _literal_run(self.tokens[::-1])[::-1]
        self.chunk = _longest_run(self.tokens)
        self._one_star = len(self.prefix) + len(self.suffix) + 1 == len(self.tokens) and _STAR in self.tokens
        self._automaton: Automaton | None = None

    def matches(self, name: str) -> bool:
        """Say whether a name without slashes matches as a whole."""
        if not (name.startswith(self.prefix) and name.endswith(self.suffix)):
            return False
        if self._one_star:
            return len(name) >= len(self.tokens) - 1
        if self.chunk not in name:
            return False
        if self._automaton is None:
            self._automaton = Automaton(self.tokens)
        return self._automaton.matches(name)

    @property
    def fixes_one_end(self) -> bool:
        """Say whether this is one star with literals on one side: only an ending, or only a beginning, counts."""
        return self._one_star and bool(self.prefix) is not bool(self.suffix)


class AnySegment(NameGlob):
    """A lone ``*``: any one segment."""

    __slots__ = ()

    def matches(self, name: str) -> bool:  # noqa: ARG002  the signature of every segment
        """Say yes: segments are never empty."""
        return True


class Directories(NameGlob):
    """A ``**`` between slashes: any number of directories, none too."""

    __slots__ = ()


ANY_SEGMENT = AnySegment((_STAR,))
DIRECTORIES_SEGMENT = Directories(((DIRECTORIES, ""),))


class Shape(Record):
    """What a pattern matches: a path equal to its segments (``itself``), whatever lies below one (``below``).

    A whole path without wildcards stands in ``literal`` instead, with no segments.
    """

    segments: tuple[Segment, ...]
    itself: bool
    below: bool
    literal: str


class PathGlob:
    """A shape ready to be asked about paths, one at a time; built cheaply, compiled at the first doubt."""

    __slots__ = ("_automaton", "_name", "_prefix", "shape")

    def __init__(self, shape: Shape) -> None:
        """Find the cheapest test that is exact for this shape."""
        self.shape = shape
        segments = shape.segments
        floating = len(segments) == 2 and segments[0] is DIRECTORIES_SEGMENT
        self._name = segments[1] if floating else None
        self._prefix = literal_prefix(segments)
        self._automaton: Automaton | None = None

    def matches(self, path: str) -> bool:
        """Say whether a file's path is covered; the cost is linear in the path."""
        shape = self.shape
        if shape.literal:
            if len(path) == len(shape.literal):
                return shape.itself and path == shape.literal
            return shape.below and path.startswith(shape.literal + "/")
        if self._name is not None:
            return self._name_matches(self._name, path)
        if not path.startswith(self._prefix):
            return False
        if self._automaton is None:
            self._automaton = Automaton(path_tokens(shape.segments))
        return self._automaton.matches(path, itself=shape.itself, below=shape.below)

    def _name_matches(self, name: Segment, path: str) -> bool:
        directories, _, last = path.rpartition("/")
        if self.shape.itself and name_matches(name, last):
            return True
        if not self.shape.below or not directories:
            return False
        return any(name_matches(name, directory) for directory in directories.split("/"))


def name_matches(segment: Segment, name: str) -> bool:
    """Match one name against a literal or a glob."""
    return segment == name if isinstance(segment, str) else segment.matches(name)


def literal_prefix(segments: Sequence[Segment]) -> str:
    """Return the leading segments that are literal, joined: every match is this path or lies below it."""
    literals: list[str] = []
    for segment in segments:
        if not isinstance(segment, str):
            break
        literals.append(segment)
    return "/".join(literals)


def path_tokens(segments: Sequence[Segment]) -> list[Token]:
    """Return the tokens of a whole path: a ``**`` brings its own slashes along."""
    tokens: list[Token] = []
    for index, segment in enumerate(segments):
        if isinstance(segment, str):
            tokens += [(LITERAL, character) for character in segment]
        else:
            tokens += segment.tokens
        if index < len(segments) - 1 and segment is not DIRECTORIES_SEGMENT:
            tokens.append(_SLASH)
    return tokens


def split_segments(text: str, *, brackets: bool = False) -> list[Segment] | None:
    r"""Cut a pattern at its slashes; ``None`` where a backslash ends it or a bracket never closes.

    ``*``, ``?`` and ``\\`` are special, and ``[...]`` where ``brackets`` says so. An empty string in the
    answer stands where two slashes meet or the text begins or ends with one.
    """
    if not ("*" in text or "?" in text or "\\" in text or (brackets and "[" in text)):
        return list(text.split("/"))
    segments: list[Segment] = []
    current: list[Token] = []
    position, length = 0, len(text)
    while position < length:
        symbol = text[position]
        position += 1
        if symbol == "\\":
            if position == length:
                return None
            symbol = text[position]
            position += 1
            token: Token = (LITERAL, symbol)
        elif symbol == "*":
            token = _STAR
        elif symbol == "?":
            token = (ONE, "")
        elif symbol == "[" and brackets:
            found = _bracket(text, position)
            if found is None:
                return None
            token, position = found
        else:
            token = (LITERAL, symbol)
        if token == _SLASH:
            segments.append(_segment(current))
            current = []
        else:
            current.append(token)
    segments.append(_segment(current))
    return segments


def _segment(tokens: list[Token]) -> Segment:
    """Name one segment's kind; stars in a row inside a segment are one star."""
    if all(kind == LITERAL for kind, _ in tokens):
        return "".join(str(value) for _, value in tokens)
    if tokens == [_STAR, _STAR]:
        return DIRECTORIES_SEGMENT
    single = [token for index, token in enumerate(tokens) if token != _STAR or tokens[index - 1 : index] != [_STAR]]
    return ANY_SEGMENT if single == [_STAR] else NameGlob(single)


def _bracket(text: str, position: int) -> tuple[Token, int] | None:
    r"""Read a bracket expression from behind its ``[`` as Ruby's fnmatch does: ``!`` or ``^`` negates, ``\\`` escapes.

    There a ``]`` ends it even where it would be the first member, and the ends of a range that runs
    backwards are members.
    """
    negated = text[position : position + 1] in ("!", "^")
    position += negated
    ranges: list[tuple[str, str]] = []
    while position < len(text) and text[position] != "]":
        low, position = _member(text, position)
        high = low
        if text[position : position + 1] == "-" and text[position + 1 : position + 2] not in ("", "]"):
            high, position = _member(text, position + 1)
        ranges += [(low, high)] if low <= high else [(low, low), (high, high)]
    if position >= len(text):
        return None
    return (CLASS, CharacterClass(ranges, negated=negated)), position + 1


def _member(text: str, position: int) -> tuple[str, int]:
    if text[position] == "\\" and position + 1 < len(text):
        position += 1
    return text[position], position + 1
