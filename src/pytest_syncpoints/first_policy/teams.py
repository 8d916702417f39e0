"""Teams: who could speak for a part, by the owners files and by who changed it."""

from __future__ import annotations

from itertools import pairwise

from pytest_syncpoints.change import Person
from pytest_syncpoints.first_policy.parts import slug
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_syncpoints.first_policy.observed import PastCommit
    from pytest_syncpoints.first_policy.parts import Part
    from pytest_syncpoints.owners.ownership import Ownership

MOST_MEMBERS = 6
SHARE = 0.10  # of a part's changes: who made fewer is a guest there
MOST_FILES = 500  # of a part are looked up in the owners files
YEAR, DAY = 365 * 86400, 86400
_TEMPOS = (7, 14, 30, 60, 90)


class Loop(Record):
    """A team for one or more parts: people by e-mail address, an owner of the owners file where one names it."""

    name: str
    members: tuple[str, ...]
    because: str
    tempo: int
    rhythm: str


def persons(commits: Iterable[PastCommit]) -> dict[str, str]:
    """Return the person behind each e-mail address: the first address seen with the same name; no machines.

    An address that a host gave out stands for a person only where that name has no other.
    """
    people = People.build(NO_POLICY)
    names: dict[str, str] = {}
    for commit in commits:
        if commit.email in names or not _is_address(commit.email):
            continue
        if not people.is_machine(Person(commit.name, commit.email)):
            plain = " " in commit.name.strip()
            names[commit.email] = commit.name.casefold() if plain else f"<{commit.email}>"
    by_name: dict[str, str] = {}
    for email in sorted(names, key=lambda email: "noreply" in email):  # stable: the first seen stays first
        by_name.setdefault(names[email], email)
    return {email: by_name[name] for email, name in names.items()}


def _is_address(text: str) -> bool:
    name, at, host = text.partition("@")
    allowed = all(char.isascii() and (char.isalnum() or char in "._+-[]@") for char in text)
    return bool(name and at and host) and "@" not in host and allowed and len(text) <= 120


def loop(part: Part, commits: Sequence[PastCommit], who: dict[str, str], owner: tuple[str, str] | None) -> Loop | None:
    """Return the team for a part, ``None`` where fewer than two people could speak for it.

    ``owner`` is who owns most of its files, with the line that says so.
    """
    last = max(commit.at for commit in commits)
    recent = [one for one in commits if one.at > last - YEAR and any(path.startswith(part.path) for path in one.paths)]
    counts: dict[str, int] = {}
    for commit in recent:
        if commit.email in who:
            counts[who[commit.email]] = counts.get(who[commit.email], 0) + 1
    regular = sorted((count, person) for person, count in counts.items() if count >= max(2, SHARE * len(recent)))
    members = tuple(person for _, person in regular[::-1][:MOST_MEMBERS])
    if len(members) < 2:
        return None
    days = sorted({commit.at // DAY for commit in recent if who.get(commit.email) in members})
    tempo, rhythm = _tempo(days)
    made = sum(counts[member] for member in members)
    share = f"they made {made} of its {len(recent)} changes in the last year"
    if owner is not None:
        name, source = owner
        return Loop(slug(name.rpartition("/")[2]) or part.name, (name, *members), f"{source}; {share}", tempo, rhythm)
    return Loop(f"{part.name}-people", members, share, tempo, rhythm)


def _tempo(days: Sequence[int]) -> tuple[int, str]:
    """Return how often the team meets the code: nine of ten pauses are shorter, rounded up to a usual span."""
    pauses = sorted(later - earlier for earlier, later in pairwise(days))
    if not pauses:
        return 30, "too few days with changes to tell a rhythm"
    usual = pauses[min(len(pauses) - 1, len(pauses) * 9 // 10)]
    return next((span for span in _TEMPOS if span >= usual), 90), f"nine of ten pauses were at most {usual} days"


def owner_of(part: Part, tracked: Sequence[str], ownership: Ownership) -> tuple[str, str] | None:
    """Return who owns most files of a part with the line that says so, ``None`` where nobody owns half of them."""
    below = [path for path in tracked if path.startswith(part.path)][:MOST_FILES]
    counts: dict[str, int] = {}
    lines: dict[str, str] = {}
    for path in below:
        owned = ownership.owners_of(path)
        for name in owned.owners:
            counts[name] = counts.get(name, 0) + 1
            if owned.source is not None:
                lines.setdefault(name, f"{owned.source.file}:{owned.source.line}")
    best = max(counts, key=lambda name: (counts[name], name), default="")
    if not _is_owner(best) or counts[best] * 2 < len(below):
        return None
    return best, f"{lines.get(best, 'the owners file')} gives {counts[best]} of {len(below)} files to {best}"


def _is_owner(name: str) -> bool:
    """Say whether an owner can be a member as it stands: a host's team, not one person."""
    return name.startswith("@") and "/" in name and all(c.isascii() and (c.isalnum() or c in "@/._-") for c in name)
