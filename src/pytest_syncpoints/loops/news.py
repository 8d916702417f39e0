"""News: what others learned about the code of a change since its author last changed it."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.loops.drift import DriftFacts, NewsKind, Told

_ORDER: tuple[NewsKind, ...] = ("incident", "norm", "revert", "owner change", "fix")
_MOST = 20


class Since(Record):
    """What a person is told: the kind, the words, and the commit it happened in, where it did in one."""

    kind: NewsKind
    text: str
    sha: str | None


def news_for(author: str, components: Iterable[str], facts: DriftFacts) -> tuple[Since, ...]:
    """Return what happened in components since somebody last changed them, weightiest kind first, then newest.

    Who never changed them is new here, and is told what is recorded; the fixes of others are history to them.
    """
    found: dict[tuple[str, str, str | None], Told] = {}
    for component in components:
        last = facts.last_touch.get(component, {}).get(author)
        for row in facts.told:
            newer = row.at > last if last is not None else row.kind in ("incident", "norm")
            if row.component == component and newer:
                found.setdefault((row.kind, row.text, row.sha), row)
    ordered = sorted(found.values(), key=lambda row: (_ORDER.index(row.kind), -row.at, row.text))
    return tuple(Since(row.kind, row.text, row.sha) for row in ordered[:_MOST])
