"""Go regular expressions (RE2 syntax) as automata: the same answers, in time linear in the text, no backtracking.

Sources: pkg.go.dev/regexp/syntax, and the checks of its parser: what it refuses is refused here with a reason.
Lazy repeats and captures change which match is reported, never whether there is one, so they are read and
forgotten. A pattern becomes a graph of nodes that consume a character or test a position; the set of nodes
reached is one step's state, and each (state, character) is worked out once and remembered.
"""

from __future__ import annotations

from pytest_syncpoints.owners.go_classes import InvalidExpression
from pytest_syncpoints.owners.go_syntax import (
    ANY,
    BEGIN_LINE,
    BEGIN_TEXT,
    CHARACTERS,
    END_LINE,
    END_TEXT,
    MATCH,
    NO_WORD_BOUNDARY,
    SPLIT,
    WORD_BOUNDARY,
    parse,
)

__all__ = ["Expression", "InvalidExpression"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.go_syntax import Node

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_LARGEST_MEMORY = 2000


class Expression:
    """One compiled expression."""

    __slots__ = ("_memory", "_nodes", "_start")

    def __init__(self, text: str) -> None:
        """Compile; raises ``InvalidExpression`` with the reason and the place where Go refuses, too."""
        self._nodes, self._start = parse(text)
        self._memory: dict[tuple[frozenset[int], str, str, bool], frozenset[int]] = {}

    def search(self, text: str) -> bool:
        """Say whether the expression matches anywhere in a text, as Go's ``MatchString`` does."""
        state: frozenset[int] = frozenset()
        before = ""
        for character in text:
            state = self._step(state, before, character, begins=True)
            if MATCH in state:
                return True
            before = character
        return MATCH in self._step(state, before, "", begins=True)

    def _step(self, state: frozenset[int], before: str, character: str, *, begins: bool) -> frozenset[int]:
        """Test positions before a character, then consume it. ``MATCH`` in the answer means a match has ended."""
        key = (state, before if before in ("", "\n") else "w" if before in _WORD else "-", character, begins)
        known = self._memory.get(key)
        if known is None:
            if len(self._memory) > _LARGEST_MEMORY:
                self._memory.clear()
            known = self._memory[key] = self._consume(self._close(state, before, character, begins=begins), character)
        return known

    def _close(self, state: frozenset[int], before: str, after: str, *, begins: bool) -> set[int]:
        """Follow everything that consumes nothing."""
        todo = [*state, self._start] if begins else list(state)
        seen: set[int] = set()
        while todo:
            number = todo.pop()
            if number in seen:
                continue
            seen.add(number)
            if number == MATCH:
                continue
            kind, _, targets = self._nodes[number]
            if kind == SPLIT or (kind < CHARACTERS and _holds(kind, before, after)):
                todo.extend(targets)
        return seen

    def _consume(self, reached: set[int], character: str) -> frozenset[int]:
        if MATCH in reached:
            return frozenset((MATCH,))
        if not character:
            return frozenset()
        return frozenset(
            target
            for number in reached
            if _accepts(self._nodes[number], character)
            for target in self._nodes[number][2]
        )


def _holds(kind: int, before: str, after: str) -> bool:
    """Say whether a test of position holds between two characters (empty at either end of the text)."""
    if kind == BEGIN_TEXT:
        return not before
    if kind == END_TEXT:
        return not after
    if kind == BEGIN_LINE:
        return before in ("", "\n")
    if kind == END_LINE:
        return after in ("", "\n")
    boundary = (before in _WORD) != (after in _WORD)
    return boundary if kind == WORD_BOUNDARY else (kind == NO_WORD_BOUNDARY and not boundary)


def _accepts(node: Node, character: str) -> bool:
    kind, characters, _ = node
    if kind == ANY:
        return True
    return kind == CHARACTERS and characters is not None and characters.contains(character)
