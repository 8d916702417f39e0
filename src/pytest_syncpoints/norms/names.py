"""Names: what each name of a Python file stands for, as qualified names; imports, aliases and rebinding are followed.

Source of the scoping rules: the Python language reference, 4.2 "Naming and binding". Bindings are followed in the
order in which they run, block by block; where several may have run, every one of them counts.
"""

from __future__ import annotations

import ast
import builtins

from pytest_syncpoints.norms.scopes import Binding, Place, Scope, reaching
from pytest_syncpoints.norms.walk import Walk

_DEEPEST_ALIAS = 8
_BUILT_IN = frozenset(dir(builtins))


class Meaning:
    """A qualified name something may stand for; ``guessed`` where only a star import could have brought it."""

    __slots__ = ("guessed", "qualified")

    def __init__(self, qualified: str, *, guessed: bool = False) -> None:
        """Take the name."""
        self.qualified, self.guessed = qualified, guessed


OPAQUE = Meaning("")


class Names(Walk):
    """What the names of a module stand for."""

    def meanings(self, node: ast.expr, place: Place, depth: int = 0) -> tuple[Meaning, ...]:
        """Return what a dotted expression may stand for; an opaque meaning is one nobody can know."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return (OPAQUE,)
        tail = "".join(f".{part}" for part in reversed(parts))
        found = self._of_name(node.id, place, depth)
        return tuple(Meaning(one.qualified + tail, guessed=one.guessed) if one.qualified else one for one in found)

    def may_be_known(self, name: str) -> bool:
        """Say whether a name could stand for something known anywhere in the module: cheap, and asked first."""
        return name in self.told or name not in self.bound or name in _BUILT_IN

    def reaching(self, name: str, place: Place) -> list[Binding]:
        """Return the bindings that a name may have where it is used; none where it is built in or from a star."""
        scope: Scope | None = place.scope
        first = True
        found: list[Binding] = []
        while scope is not None:
            home = scope.declared.get(name, scope)
            own = home.bindings.get(name, []) if first or home.kind != "class" else []
            reached, certain = reaching(own, place) if home is place.scope else (own, bool(own))
            found += reached
            if certain:
                return found
            if own and home.kind in ("function", "comprehension"):  # local, even before it is bound
                return found or [Binding(place, None)]
            scope = home.parent if home is not scope else scope.parent
            first = False
        return found

    def _of_name(self, name: str, place: Place, depth: int) -> tuple[Meaning, ...]:
        found = self.reaching(name, place)
        if not found:
            guesses = tuple(Meaning(f"{star}.{name}", guessed=True) for star in self.stars)
            return (*guesses, Meaning(name) if name in _BUILT_IN else OPAQUE)
        return tuple(meaning for binding in found for meaning in self._of_binding(binding, depth))

    def _of_binding(self, binding: Binding, depth: int) -> tuple[Meaning, ...]:
        if binding.alias is not None and depth < _DEEPEST_ALIAS:
            return self.meanings(binding.alias, binding.place, depth + 1)
        return (Meaning(binding.qualified),) if binding.qualified else (OPAQUE,)
