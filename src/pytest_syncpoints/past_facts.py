"""Past facts: what history says of owners, drift and reviewers, added to what is known of a change."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.trust import TrustRoots


def with_owners_past(context: ReviewContext, repository: Repository) -> ReviewContext:
    """Return the context with who wrote beside files without owners, and who is active, where that matters."""
    base = context.change.base
    if base is None:
        return context
    from pytest_syncpoints.checks.ownership import lacking_owner, visible_owners

    lacking = [file.path for file, _ in lacking_owner(context)]
    if lacking:
        from pytest_syncpoints.gather.activity import neighbours_writers

        writers = neighbours_writers(repository, base, lacking, context.people, context.evaluated_at)
        context = context._replace(writers=writers)
    if visible_owners(context):
        from pytest_syncpoints.gather.activity import active_people

        people = active_people(repository, base, context.evaluated_at)
        if people is not None:
            context = context._replace(active=frozenset(context.people.resolve(person) for person in people))
    return context


def with_drift(
    context: ReviewContext, repository: Repository, objects: Objects, head: str, trust: TrustRoots, *, build: bool
) -> ReviewContext:
    """Return the context with drift: what is remembered of it, and with ``build`` what history adds."""
    from pytest_syncpoints.gather.drifting import drift_of

    mailmap = trust.read(".mailmap") or b""
    return context._replace(drift=drift_of(context, repository, objects, head, mailmap, build=build))


def with_reviewers(context: ReviewContext, repository: Repository, head: str) -> ReviewContext:
    """Return the context with who could close what is open, where somebody has to."""
    if not any(m.status in ("open", "stale") for touched in context.touched for m in touched.meetings):
        return context
    from pytest_syncpoints.gather.suggesting import suggested

    return context._replace(suggested=suggested(context, repository, head))
