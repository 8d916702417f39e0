"""Mailmap: which name and e-mail an identity goes by, as ``.mailmap`` at the base says.

Source of the rules: gitmailmap(5). Four forms, a later line over an earlier one, e-mails and names compared
without case, a line with a commit name over one without.
"""

from __future__ import annotations

from pytest_syncpoints.change import Person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE_LIMIT = 4 << 20


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
        if not rest:
            key, proper = ("", email.lower()), (name, "")
        else:
            commit_name, commit_email = rest[0]
            key, proper = (commit_name.lower(), commit_email.lower()), (name, email)
        before = self._entries.get(key, ("", ""))
        self._entries[key] = (proper[0] or before[0], proper[1] or before[1])

    def person(self, person: Person) -> Person:
        """Return the identity a person goes by."""
        email = person.email.lower()
        found = self._entries.get((person.name.lower(), email)) if person.name else None
        found = found or self._entries.get(("", email))
        if found is None:
            return person
        return person._replace(name=found[0] or person.name, email=found[1] or person.email)


def _identities(line: str) -> Iterator[tuple[str, str]]:
    """Yield the one or two ``Name <mail>`` pairs of a line; the name may be missing."""
    for _ in range(2):
        name, opened, rest = line.partition("<")
        email, closed, line = rest.partition(">")
        if not opened or not closed:
            return
        yield " ".join(name.split()), email.strip()
