"""Limits: whose open work is over what the policy allows, by author, component, team and machine."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal

    from pytest_syncpoints.loops.flow import OpenChange
    from pytest_syncpoints.policy import FlowLimits

    Holder = Literal["author", "component", "team", "machine"]


class OverLimit(Record):
    """More open changes of somebody or something than its limit; ``first`` is the oldest of them."""

    kind: Holder
    name: str
    open: int
    limit: int
    first: str


def over_limits(changes: Iterable[OpenChange], limits: FlowLimits) -> tuple[OverLimit, ...]:
    """Return every holder of more open changes than its limit, the fullest first; changes come oldest first."""
    ordered = sorted(changes, key=lambda change: (change.opened, change.ref))
    kinds: tuple[tuple[Holder, int | None, Callable[[OpenChange], tuple[str, ...]]], ...] = (
        ("author", limits.per_author, lambda change: (change.author,)),
        ("component", limits.per_component, lambda change: change.components),
        ("team", limits.per_team, lambda change: change.teams),
        ("machine", limits.per_machine, lambda change: change.machines),
    )
    found = [over for kind, limit, names in kinds if limit is not None for over in _over(kind, limit, names, ordered)]
    return tuple(sorted(found, key=lambda over: (over.limit - over.open, over.kind, over.name)))


def _over(
    kind: Holder, limit: int, names: Callable[[OpenChange], tuple[str, ...]], changes: list[OpenChange]
) -> Iterable[OverLimit]:
    held: dict[str, list[str]] = {}
    for change in changes:
        for name in names(change):
            held.setdefault(name, []).append(change.ref)
    return [OverLimit(kind, name, len(refs), limit, refs[0]) for name, refs in held.items() if len(refs) > limit]
