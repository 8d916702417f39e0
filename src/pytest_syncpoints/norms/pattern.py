"""Name patterns: qualified names with ``*``; at the end it stands for the whole rest, elsewhere for one part."""

from __future__ import annotations

from pytest_syncpoints.pattern import segment_matches


class NamePattern:
    """One pattern of a norm, as in ``requests.*``: ``literal`` is a part that every use of it spells out."""

    def __init__(self, text: str) -> None:
        """Take the text apart; ``builtins.print`` and ``print`` are one."""
        self.parts = tuple(text.removeprefix("builtins.").split("."))
        self._rest = self.parts[-1] == "*"
        fixed = self.parts[:-1] if self._rest else self.parts
        self._fixed = fixed
        self.literal = next((part for part in reversed(self.parts) if "*" not in part), "")

    def matches(self, qualified: str) -> bool:
        """Say whether a qualified name is meant."""
        names = tuple(qualified.removeprefix("builtins.").split("."))
        fixed = len(self._fixed)
        if len(names) < fixed + self._rest or (not self._rest and len(names) != fixed):
            return False
        return all(map(segment_matches, self._fixed, names))

    def matches_part(self, qualified: str) -> bool:
        """Say whether a qualified name, or what it lies in, is meant (an import of ``a.b`` is one of ``a``)."""
        names = qualified.split(".")
        return any(self.matches(".".join(names[:count])) for count in range(1, len(names) + 1))


def name_pattern_fault(text: str) -> str:
    """Return what is wrong with a name pattern, empty where nothing is."""
    for part in text.split("."):
        if not part:
            return "a part is empty"
        if not part.replace("*", "a").isidentifier():
            return f"{part!r} is no name"
    return ""


def replacement_fault(text: str) -> str:
    """Return what is wrong with a ``replace``, empty where nothing is."""
    plain = text.replace("{name}", "a")
    if "{" in plain or "}" in plain:
        return "only {name} is filled in: the last part of what is replaced"
    if not all(part.isidentifier() for part in plain.split(".")):
        return "it is no qualified name"
    return ""
