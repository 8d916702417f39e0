"""Sync points: which of them a change touches, why, over which files, and who meets there."""

from __future__ import annotations

from pytest_syncpoints.claims import OR
from pytest_syncpoints.judging import judge
from pytest_syncpoints.meeting import Scope, Touched
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy import Participant, Syncpoint
from pytest_syncpoints.signoff import scope_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.policy import Component, Policy, Purpose

OWNERS_SYNCPOINT = "owners"
_DEPENDENCY_FILES = frozenset(
    (
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "package.json",
        "go.mod",
        "Cargo.toml",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "Gemfile",
        "composer.json",
        "mix.exs",
    )
)


def components_by_path(paths: tuple[str, ...], policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the names of the components each path belongs to, in the policy's order."""
    patterns = [(component.name, PathPatterns(component.paths)) for component in policy.components]
    return {path: tuple(name for name, matcher in patterns if matcher.match(path)) for path in paths}


def touched_syncpoints(context: ReviewContext) -> tuple[Touched, ...]:
    """Return every sync point the change touches; with no policy those of the owners files, one a set of owners."""
    if context.policy.path is None:
        return tuple(_owned(context))
    found = (_touch(syncpoint, context) for syncpoint in context.policy.syncpoints)
    return tuple(touched for touched in found if touched is not None)


def _owned(context: ReviewContext) -> Iterator[Touched]:
    """Yield a sync point for each set of owners, any one of whom may give permission, as the hosts have it."""
    known: dict[str, tuple[tuple[str, ...], ...]] = {}

    def owners_of(path: str) -> tuple[tuple[str, ...], ...]:
        if path not in known:
            known[path] = required_owners(context, path)
        return known[path]

    for owners in dict.fromkeys(owners for file in context.change.files for owners in owners_of(file.path)):
        syncpoint = Syncpoint(
            f"{OWNERS_SYNCPOINT}:{'+'.join(owners)}", (), (Participant(OR.join(owners), ("permission",)),)
        )
        yield _meet(syncpoint, (), ("owned by them",), _owned_by(owners, owners_of), context)


def _owned_by(
    owners: tuple[str, ...], owners_of: Callable[[str], tuple[tuple[str, ...], ...]]
) -> Callable[[str], bool]:
    def covers(path: str) -> bool:
        return owners in owners_of(path)

    return covers


def required_owners(context: ReviewContext, path: str) -> tuple[tuple[str, ...], ...]:
    """Return the sets of owners who must approve a path: one, or one a required section (GitLab)."""
    owned = context.ownership.owners_of(path)
    if owned.sections:
        return tuple(section.owners for section in owned.sections if section.owners and not section.optional)
    return (owned.owners,) if owned.owners else ()


def _touch(syncpoint: Syncpoint, context: ReviewContext) -> Touched | None:
    components = [part for part in context.policy.components if part.name in syncpoint.components]
    live = [part for part in components if not _is_running_experiment(part, context)]
    if components and not live:
        return None
    matchers = [(part.name, PathPatterns(part.paths)) for part in live]
    names = tuple(name for name, matcher in matchers if any(matcher.match(f.path) for f in context.change.files))

    def covers(path: str) -> bool:
        return not matchers or any(matcher.match(path) for _, matcher in matchers)

    files = tuple(file for file in context.change.files if covers(file.path))
    why = tuple(_triggers(syncpoint, names, files, context)) if files else ()
    return _meet(syncpoint, names, why, covers, context) if why else None


def _is_running_experiment(component: Component, context: ReviewContext) -> bool:
    return component.tier == "experiment" and (component.until or "") > iso_date(context.evaluated_at)


def iso_date(seconds: float) -> str:
    """Return the UTC date of a time in seconds since the epoch."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _triggers(
    syncpoint: Syncpoint, names: tuple[str, ...], files: tuple[FileChange, ...], context: ReviewContext
) -> Iterator[str]:
    """Yield, in words, each reason of ``when`` and ``content`` that holds; none means not touched."""
    where = f"{len(files)} file{'s' * (len(files) != 1)} of {', '.join(names)}" if names else "the whole change"
    if "touched" in syncpoint.when:
        yield f"touches {where}"
    if "dependency" in syncpoint.when and any(file.path.rpartition("/")[2] in _DEPENDENCY_FILES for file in files):
        yield f"changes dependencies in {where}"
    if "machine-written" in syncpoint.when and any(
        context.people.is_machine(author) for author in context.change.authors
    ):
        yield "has a machine among its authors"
    if "size" in syncpoint.when and context.size.effective > context.policy.budget:
        yield f"{context.size.effective} lines, over the budget of {context.policy.budget}"
    if "incident" in syncpoint.when:
        yield from (f"{name} was {int(age)} days ago" for name, age in recent_incidents(names, context))
    for literal in syncpoint.content:
        if any(
            literal.encode() in line for file in files for hunk in file.hunks for line in (*hunk.removed, *hunk.added)
        ):
            yield f"a changed line holds {literal!r}"


def recent_incidents(names: tuple[str, ...], context: ReviewContext) -> Iterator[tuple[str, float]]:
    """Yield the incidents of these components that are younger than their half-life, with their age in days."""
    from datetime import UTC, datetime

    for incident in context.policy.incidents:
        started = datetime.fromisoformat(incident.date).replace(tzinfo=UTC).timestamp()
        age = (context.evaluated_at - started) / 86400
        if set(incident.components) & set(names) and 0 <= age <= incident.half_life_days:
            yield incident.name, age


def _meet(
    syncpoint: Syncpoint,
    names: tuple[str, ...],
    why: tuple[str, ...],
    covers: Callable[[str], bool],
    context: ReviewContext,
) -> Touched:
    bind = syncpoint.bind or _default_binding(names, context.policy)
    files = tuple(file for file in context.change.files if covers(file.path))
    scope = Scope(syncpoint, names, files, bind, scope_digest(files, context.old_blobs, bind=bind), covers)
    raised = tuple(recent_incidents(names, context)) if context.policy.incidents else ()
    meetings = tuple(
        judge(scope, participant, purpose, context)
        for participant in syncpoint.participants
        for purpose in (_raised(participant.purposes) if raised else participant.purposes)
    )
    if raised and any("awareness" in participant.purposes for participant in syncpoint.participants):
        why += tuple(f"{name} was {int(age)} days ago: awareness counts as permission" for name, age in raised)
    return Touched(syncpoint, names, why, files, scope.digest, meetings, scope)


def _raised(purposes: tuple[Purpose, ...]) -> tuple[Purpose, ...]:
    """Return the purposes while an incident is fresh: who would be told has to agree."""
    return tuple(dict.fromkeys("permission" if purpose == "awareness" else purpose for purpose in purposes))


def _default_binding(names: tuple[str, ...], policy: Policy) -> str:
    critical = {component.name for component in policy.components if component.tier == "critical"}
    return "blobs" if critical & set(names) else "hunks"
