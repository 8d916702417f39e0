"""People: members of proposed teams who appear under more than one address, so that one person counts once."""

from __future__ import annotations

from pytest_syncpoints.first_policy.parts import slug
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.first_policy.observed import PastCommit

MOST_ADDRESSES = 6
# Addresses that GitHub gives out; what stands before the host is the account, after its number.
# docs.github.com, "Setting your commit email address".
_GIVEN_OUT = "@users.noreply.github.com"


class Entry(Record):
    """One person: a key of ``[people]``, the handle where an address tells it, the addresses, and how many commits."""

    key: str
    handle: str
    addresses: tuple[str, ...]
    commits: int

    @property
    def identities(self) -> tuple[str, ...]:
        """Return what the policy lists of a person, the handle first."""
        return (f"@{self.handle}", *self.addresses) if self.handle else self.addresses


def entries(commits: Sequence[PastCommit], who: dict[str, str], members: Iterable[str], taken: set[str]) -> list[Entry]:
    """Return members who have several addresses or a handle that one of them tells, by name.

    ``who`` gives the person behind an address (by the name in commits), ``taken`` are names that teams bear.
    """
    listed = dict.fromkeys(members)
    names: dict[str, str] = {}
    addresses: dict[str, dict[str, int]] = {}
    for commit in commits:
        person = who.get(commit.email)
        if person in listed and person is not None:
            names.setdefault(person, commit.name)
            counts = addresses.setdefault(person, {})
            counts[commit.email] = counts.get(commit.email, 0) + 1
    found: list[Entry] = []
    used = set(taken)
    for person, counts in addresses.items():
        handle = next(filter(None, map(_handle, counts)), "")
        if len(counts) < 2 and not handle:
            continue
        key = next(name for name in _keys(names[person], person) if name not in used)
        used.add(key)
        most = sorted(counts, key=lambda one: (-counts[one], one))[:MOST_ADDRESSES]
        found.append(Entry(key, handle, tuple(most), sum(counts.values())))
    return sorted(found, key=lambda entry: entry.key)


def _handle(address: str) -> str:
    if not address.endswith(_GIVEN_OUT):
        return ""
    account = address.removesuffix(_GIVEN_OUT).rpartition("+")[2]
    return account if account and all(char.isascii() and (char.isalnum() or char == "-") for char in account) else ""


def _keys(name: str, address: str) -> Iterator[str]:
    """Yield names for the entry: the first name, the whole, the address's, then numbered ones."""
    whole = slug(name)
    yield from filter(None, (whole.partition("-")[0], whole, slug(address.partition("@")[0])))
    yield from (f"{whole or 'person'}-{number}" for number in range(2, 1000))
