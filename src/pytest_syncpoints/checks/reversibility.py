"""Can this change be undone, and how?"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Finding

name = "reversibility"
rules = ("REV001", "REV002", "REV003")


def run(context: ReviewContext) -> Iterable[Finding]:
    """Return what the detectors said when the facts were gathered, each at the component its file belongs to."""
    for finding in context.reversibility.findings:
        components = context.components.get(finding.path or "", ())
        yield finding if finding.component or not components else finding._replace(component=components[0])
