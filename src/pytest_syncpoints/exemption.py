"""Exemptions: which finding the policy says does not count."""

from __future__ import annotations

from pytest_syncpoints.finding import Exempted
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.rules import selects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Finding


def exemption(finding: Finding, context: ReviewContext) -> Exempted | None:
    """Return the exemption of the policy that covers a finding and has not expired, ``None`` where none does."""
    for index, exemption in enumerate(context.policy.exemptions):
        if not selects(exemption.rule, finding.rule) or expired(exemption.until, context):
            continue
        if not exemption.paths or _covers(exemption.paths, finding, context):
            return Exempted(exemption.because, exemption.until, index)
    return None


def _covers(paths: tuple[str, ...], finding: Finding, context: ReviewContext) -> bool:
    """Say whether an exemption's paths cover a finding; one of the whole change needs all counted files covered."""
    patterns = PathPatterns(paths)
    if finding.path is not None:
        return patterns.match(finding.path) is not None
    counted = [path for path, size in context.size.files.items() if size.effective]
    return bool(counted) and all(patterns.match(path) for path in counted)


def expired(until: str | None, context: ReviewContext) -> bool:
    """Say whether a date (``YYYY-MM-DD``) lies behind the review."""
    return until is not None and until < iso_date(context.evaluated_at)


def iso_date(seconds: float) -> str:
    """Return the UTC date of a time in seconds since the epoch."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
