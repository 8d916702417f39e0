"""Can this change be read in one sitting?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext

name = "size"
rules = ("SIZ001", "SIZ002", "SIZ003")


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield what is over budget or limit, for the change and for each component, and what no one can read."""
    yield from _whole(context)
    yield from _components(context)
    yield from _unreadable(context)


def _whole(context: ReviewContext) -> Iterator[Finding]:
    size, policy = context.size, context.policy
    remedy = "split it: parts that can land apart are read better and sooner"
    if policy.limit is not None and size.effective > policy.limit:
        yield Finding("SIZ002", f"{size.effective} changed lines, over the limit of {policy.limit}", remedy=remedy)
    elif size.effective > policy.budget:
        yield Finding("SIZ001", f"{size.effective} changed lines, over the budget of {policy.budget}", remedy=remedy)


def _components(context: ReviewContext) -> Iterator[Finding]:
    for component in context.policy.components:
        if component.budget is None:
            continue
        lines = sum(
            size.effective
            for path, size in context.size.files.items()
            if component.name in context.components.get(path, ()) and not size.test
        )
        if lines > component.budget:
            message = f"{lines} changed lines in {component.name}, over its budget of {component.budget}"
            yield Finding("SIZ001", message, remedy=f"split what touches {component.name}", component=component.name)


def _unreadable(context: ReviewContext) -> Iterator[Finding]:
    for file in context.change.files:
        size = context.size.files[file.path]
        if size.unreadable and file.status != "D":
            message = f"{size.because}: its lines cannot be counted or read here"
            yield Finding("SIZ003", message, remedy="say in the message what changed in it", path=file.path)
