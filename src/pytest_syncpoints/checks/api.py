"""Does this change break those who import our code?"""

from __future__ import annotations

from pytest_syncpoints.check import Skip
from pytest_syncpoints.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import ReviewContext

name = "api"
rules = ("API001", "API002", "API003", "API004")

_REMEDIES = {
    "API001": "keep it for a release with a deprecation warning",
    "API002": "keep the old way of calling it for a release",
    "API003": "keep the old kind, and add the new beside it",
    "API004": "keep the re-export for a release",
}
_BUMP = "by SemVer a major version (before 1.0.0: a minor one)"


def run(context: ReviewContext) -> Iterable[Finding] | Skip:
    """Yield what callers may not survive; a skip says why that cannot be told although the surface changed."""
    if context.api.unknown:
        return Skip(context.api.unknown)
    return _findings(context)


def _findings(context: ReviewContext) -> Iterator[Finding]:
    for one in context.api.breaks:
        yield Finding(
            one.rule,
            one.text,
            remedy=_REMEDIES[one.rule] if one.soft else f"{_REMEDIES[one.rule]}; {_BUMP}",
            path=one.path,
            line=one.line,
            anchor=one.name,
            reversibility="costly" if one.rule in ("API001", "API004") and not one.soft else None,
            at_most="note" if one.soft else "block",
        )
