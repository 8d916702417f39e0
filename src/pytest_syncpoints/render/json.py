"""JSON: the report itself, for programs and for every later rendering."""

from __future__ import annotations

from pytest_syncpoints.report_json import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.report import Report

name = "json"
suffix = ".json"
media_type = "application/json"


def render(report: Report) -> str:
    """Return the report as ASCII JSON with a newline at the end."""
    return to_json(report).decode("ascii")
