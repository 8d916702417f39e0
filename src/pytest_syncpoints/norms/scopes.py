"""Scopes: namespaces of a Python file, how names got their meaning in them, and what may hold at a place."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast


class Place:
    """Where something happens: its scope, its turn in the order of running, its block, and the loops around it."""

    __slots__ = ("block", "loops", "scope", "turn")

    def __init__(self, scope: Scope, turn: int, block: tuple[int, ...], loops: tuple[int, ...]) -> None:
        """Take the four parts."""
        self.scope, self.turn, self.block, self.loops = scope, turn, block, loops


class Binding:
    """One way a name got its meaning: a qualified name, an expression it is an alias of, or neither (opaque)."""

    __slots__ = ("alias", "place", "qualified", "statement")

    def __init__(
        self, place: Place, qualified: str | None, alias: ast.expr | None = None, statement: ast.stmt | None = None
    ) -> None:
        """Take where it happens and what it says; ``statement`` is the import that made it."""
        self.place, self.qualified, self.alias, self.statement = place, qualified, alias, statement


class Scope:
    """One namespace: ``kind`` is module, class or function."""

    __slots__ = ("bindings", "declared", "kind", "parent")

    def __init__(self, kind: str, parent: Scope | None) -> None:
        """Start without names."""
        self.kind, self.parent = kind, parent
        self.bindings: dict[str, list[Binding]] = {}
        self.declared: dict[str, Scope] = {}  # by global and nonlocal


def reaching(bindings: list[Binding], place: Place) -> tuple[list[Binding], bool]:
    """Return what of a scope's bindings may hold at a place within it, and whether one of them surely ran before."""
    found: list[Binding] = []
    for binding in reversed(bindings):
        at = binding.place
        if at.turn < place.turn:
            found.append(binding)
            if place.block[: len(at.block)] == at.block:
                return found, True
        elif set(at.loops) & set(place.loops):
            found.append(binding)  # the next round of a loop they share
    return found, False
