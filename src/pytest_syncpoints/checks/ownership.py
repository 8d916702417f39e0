"""Does every changed file have an owner, where the policy asks for one?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.pattern import PathPatterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext

name = "ownership"
rules = ("OWN001",)


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN001 for each changed file below ``ownership.require`` that nobody owns."""
    required = PathPatterns(context.policy.require)
    for file in context.change.files:
        pattern = required.match(file.path)
        if pattern is None or file.status == "D":
            continue
        owned = context.ownership.owners_of(file.path)
        if not owned.owners and not any(section.owners for section in owned.sections):
            cleared = f" (cleared on purpose by {owned.source.file}:{owned.source.line})" if owned.source else ""
            yield Finding(
                "OWN001",
                f"nobody owns this file, and {pattern.text} requires an owner{cleared}",
                remedy=_remedy(context),
                path=file.path,
            )


def _remedy(context: ReviewContext) -> str:
    files = context.ownership.files
    return f"add a rule for it to {files[0]}" if files else "add an owners file, for example .github/CODEOWNERS"
