"""An audit as a page: what each sync point's meetings cost and brought, and what became of each rule's findings."""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.render.pages import page
from pytest_syncpoints.render.pages.plots import Part
from pytest_syncpoints.render.screen import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.loops.audit import AuditRow, Outcomes

MOST_ROWS = 150  # of sync points, and of rules
_BECAME = (("fixed", "fine"), ("signed", "several"), ("waived", "one"), ("ignored", "nobody"))


class PointRow(Record):
    """One sync point: the row itself, its median wait in words, and that wait as a bar."""

    row: AuditRow
    wait: str
    parts: tuple[Part, ...]


class RuleRow(Record):
    """One rule: the row itself, and what became of its findings as a bar."""

    row: AuditRow
    says: str
    parts: tuple[Part, ...]


def render(rows: Sequence[AuditRow]) -> str:
    """Return the page; a pure function of what `syncpoints audit` found."""
    points = [row for row in rows if not row.rule]
    rules = [row for row in rows if row.rule]
    longest = max((row.median_wait_hours or 0.0 for row in points), default=0.0) or 1.0
    most = max((row.outcomes.fired for row in rules), default=0) or 1
    return page(
        "audit",
        points=[_point(row, longest) for row in points[:MOST_ROWS]],
        rules=[RuleRow(row, _became(row.outcomes), _stacked(row.outcomes, most)) for row in rules[:MOST_ROWS]],
        more=max(0, len(points) - MOST_ROWS) + max(0, len(rules) - MOST_ROWS),
        whole=len(rows),
        plural=plural,
    )


def _point(row: AuditRow, longest: float) -> PointRow:
    hours = row.median_wait_hours
    if hours is None:
        return PointRow(row, "not known", ())
    wait = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.1f} d"
    return PointRow(row, wait, (Part(0, round(100 * hours / longest, 2), "fine"),))


def _became(outcomes: Outcomes) -> str:
    counts = outcomes._asdict()
    return ", ".join(f"{counts[name]} {name}" for name, _ in _BECAME if counts[name])


def _stacked(outcomes: Outcomes, most: int) -> tuple[Part, ...]:
    counts, parts, left = outcomes._asdict(), [], 0.0
    for name, kind in _BECAME:
        width = round(100 * counts[name] / most, 2)
        parts.append(Part(round(left, 2), width, kind))
        left += width
    return tuple(parts)
