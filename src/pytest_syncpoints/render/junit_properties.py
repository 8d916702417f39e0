"""JUnit properties: the verdict as names and values for the XML that CI systems read test results from."""

from __future__ import annotations

from pytest_syncpoints.finding import LEVELS
from pytest_syncpoints.render.escape import clipped, visible
from pytest_syncpoints.render.screen import crashed
from pytest_syncpoints.summary import missed_lines, missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.report import Report

MOST = 500  # characters of a value


def properties(report: Report) -> tuple[tuple[str, str], ...]:
    """Return what a property of the test suite can hold: the verdict, counts by level, and who is waited for."""
    return tuple((f"syncpoints.{name}", clipped(value, MOST)) for name, value in _properties(report))


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    yield "summary", report.verdict.summary
    yield "blocked", "true" if report.verdict.blocked else "false"
    yield "door", report.door
    if report.simulated:
        yield "simulated", ", ".join(map(visible, report.simulated))
    for level in LEVELS[:0:-1]:
        counted = sum(finding.level == level and finding.exempted is None for finding in report.findings)
        yield f"findings.{level}", str(counted)
    yield "sign-offs.missing", ", ".join("/".join(pair) for pair in missing(report.syncpoints, "open", "stale"))
    if report.evidence is not None:
        missed, changed = missed_lines(report.evidence)
        yield "lines.changed", str(changed)
        yield "lines.run", str(changed - missed)
    yield "checks.crashed", ", ".join(check for check, _ in crashed(report))
    yield "base", report.change.merge_base or ""
    yield "head", report.change.head or ""
