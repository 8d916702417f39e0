"""Generations: how much code still lives by each norm of a chain in which newer norms superseded older ones.

A place *lives by* a norm where it does what the norm asks for: calls with the keyword it requires, or uses what it
names as its replacement. It *breaks* the norm where it does what the norm is against.
"""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_syncpoints.norms.model import Use
    from pytest_syncpoints.policy import Norm, Policy

    Place = tuple[int, int]

# Behind a norm's name: everything it speaks of, whatever keywords are given; and what it wants used instead.
ALL, INSTEAD = "\0all", "\0instead"


class Count(Record):
    """How many places of one file, or of a tree, live by a norm, and how many break it."""

    uses: int
    broken: int


class Generation(Record):
    """One norm of a chain, and what is left of it: places that live by it and that break it, in so many files.

    ``superseded_by`` names the norms that replaced it (none: it is the newest), ``since`` says when it came into the
    policy and ``superseded`` when the first of those did (seconds since the epoch, ``None`` where unknown).
    """

    norm: str
    superseded_by: tuple[str, ...]
    uses: int
    broken: int
    files: int
    since: int | None
    superseded: int | None


def chained(policy: Policy) -> tuple[Norm, ...]:
    """Return the norms that supersede others or are superseded, in the policy's order."""
    older = {name for norm in policy.norms for name in norm.supersedes}
    return tuple(norm for norm in policy.norms if norm.supersedes or norm.name in older)


def questions(norm: Norm) -> tuple[Norm, ...]:
    """Return what to look for, as norms: what breaks it, what it speaks of at all, and what it wants instead."""
    found = [norm]
    if norm.require_keyword is not None or norm.forbid_keyword is not None:
        found.append(norm._replace(name=f"{norm.name}{ALL}", require_keyword=None, forbid_keyword=None))
    if norm.replace is not None:
        instead = norm.replace.replace("{name}", "*")
        bare = norm._replace(name=f"{norm.name}{INSTEAD}", require_keyword=None, forbid_keyword=None)
        if norm.import_ is not None:
            found.append(bare._replace(call=None, import_=instead, attribute=None, decorator=None, base_class=None))
        else:
            found.append(bare._replace(call=instead, attribute=instead, decorator=instead, base_class=instead))
    return tuple(found)


def counted(norm: str, uses: Iterable[Use]) -> Count:
    """Return how many of a file's uses live by a norm and break it; what nobody can tell is left out."""
    places: dict[str, set[Place]] = {norm: set(), f"{norm}{ALL}": set(), f"{norm}{INSTEAD}": set()}
    for use in uses:
        if use.norm in places and not use.unknown:
            places[use.norm].add((use.line, use.column))
    broken = places[norm]
    return Count(len((places[f"{norm}{ALL}"] - broken) | places[f"{norm}{INSTEAD}"]), len(broken))


def generations(
    policy: Policy, found: Mapping[str, Iterable[Count]], introduced: Mapping[str, int]
) -> tuple[Generation, ...]:
    """Return each norm of every chain; ``found`` has a count for each file that holds something of the norm."""
    rows = []
    for norm in chained(policy):
        newer = tuple(other.name for other in policy.norms if norm.name in other.supersedes)
        dates = [introduced[name] for name in newer if name in introduced]
        counts = [count for count in found.get(norm.name, ()) if count.uses or count.broken]
        uses, broken = sum(count.uses for count in counts), sum(count.broken for count in counts)
        since = introduced.get(norm.name)
        rows.append(Generation(norm.name, newer, uses, broken, len(counts), since, min(dates, default=None)))
    return tuple(rows)
