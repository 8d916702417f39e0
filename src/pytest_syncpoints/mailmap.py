"""Mailmap: which name and e-mail an identity goes by, as ``.mailmap`` at the base says.

Source of the rules: gitmailmap(5), and what git itself answers where that page is silent. Four forms, a later
line over an earlier one, e-mails and names compared without case, a line with a commit name over one without.
"""

from __future__ import annotations

from pytest_syncpoints.change import Person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE_LIMIT = 4 << 20
_LOWER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}


class Mailmap:
    """A parsed mailmap, asked for one identity at a time."""

    __slots__ = ("_entries",)

    def __init__(self, content: bytes = b"") -> None:
        """Parse a file's content; one over 4 MiB says nothing."""
        self._entries: dict[tuple[str, str], tuple[str, str]] = {}
        for line in content.split(b"\n") if len(content) <= _SIZE_LIMIT else ():
            self._add(line.decode("utf-8", "surrogateescape").rstrip("\r"))

    def _add(self, line: str) -> None:
        if line.startswith("#"):
            return
        parts = list(_identities(line))
        if not parts:
            return
        (name, email), *rest = parts
        commit_name, commit_email = rest[0] if rest else ("", email)
        proper = (name, email if rest else "")
        key = (folded(commit_name), folded(commit_email))
        if not commit_name:  # such lines complete each other; one with a commit name stands alone
            before = self._entries.get(key, ("", ""))
            proper = (proper[0] or before[0], proper[1] or before[1])
        self._entries[key] = proper

    def person(self, person: Person) -> Person:
        """Return the identity a person goes by."""
        email = folded(person.email)
        found = self._entries.get((folded(person.name), email)) if person.name else None
        found = found or self._entries.get(("", email))
        if found is None:
            return person
        return person._replace(name=found[0] or person.name, email=found[1] or person.email)


def _identities(line: str) -> Iterator[tuple[str, str]]:
    """Yield the one or two ``Name <mail>`` pairs of a line; the name may be missing, the first e-mail may not."""
    for number in range(2):
        name, opened, rest = line.partition("<")
        email, closed, line = rest.partition(">")
        if not opened or not closed or (not email and number == 0):
            return
        yield name.strip(" \t\r\v\f"), email


def folded(text: str) -> str:
    """Return a text with A to Z in lower case, and nothing else: beyond ASCII, two different names may fold to one.

    The Kelvin sign is such a one: ``str.lower`` makes it an ordinary k, and its owner somebody else.
    """
    return text.lower() if text.isascii() else text.translate(_LOWER)
