"""Sync points: which of them a change touches, why, over which files, and who meets there."""

from __future__ import annotations

from pytest_syncpoints.claims import OR
from pytest_syncpoints.exemption import exemption, iso_date
from pytest_syncpoints.judging import judge
from pytest_syncpoints.meeting import Scope, Touched
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy import TIERS, Participant, Syncpoint
from pytest_syncpoints.signoff import scope_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.policy import Component, Policy, Purpose

OWNERS_SYNCPOINT = "owners"
HAS_DRIFTED, DAYS_AGO = " has drifted from ", " days ago"  # in reasons that change with the day alone
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


def tiers_by_path(components: dict[str, tuple[str, ...]], policy: Policy) -> dict[str, str]:
    """Return the most demanding tier among the components of each path that has any."""
    tiers = {component.name: component.tier for component in policy.components}
    return {path: min((tiers[name] for name in names), key=TIERS.index) for path, names in components.items() if names}


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
    live = [part for part in components if not _is_free(part, context)]
    if components and not live:
        return None
    matchers = [(part.name, PathPatterns(part.paths)) for part in live]
    names = tuple(name for name, matcher in matchers if any(matcher.match(f.path) for f in context.change.files))

    def covers(path: str) -> bool:
        return not matchers or any(matcher.match(path) for _, matcher in matchers)

    files = tuple(file for file in context.change.files if covers(file.path))
    why = tuple(_triggers(syncpoint, names, files, context)) if files else ()
    if why and context.drift is not None:
        imported = context.drift.imported
        why += tuple(f"{name} is an experiment that {imported[name]} imports" for name in names if name in imported)
    return _meet(syncpoint, names, why, covers, context) if why else None


def is_running_experiment(component: Component, now: float) -> bool:
    """Say whether a component is an experiment whose end has not come yet."""
    return component.tier == "experiment" and (component.until or "") > iso_date(now)


def _is_free(component: Component, context: ReviewContext) -> bool:
    """Say whether nobody has to meet over a component yet: a running experiment that nothing else imports."""
    imported = context.drift is not None and component.name in context.drift.imported
    return is_running_experiment(component, context.evaluated_at) and not imported


def _triggers(
    syncpoint: Syncpoint, names: tuple[str, ...], files: tuple[FileChange, ...], context: ReviewContext
) -> Iterator[str]:
    """Yield, in words, each reason of ``when`` and ``content`` that holds; none means not touched."""
    where = f"{len(files)} file{'s' * (len(files) != 1)} of {', '.join(names)}" if names else "the whole change"
    if "touched" in syncpoint.when:
        yield f"touches {where}"
    paths = tuple(file.path for file in files)
    if "public-api" in syncpoint.when:
        yield from _public_api(files, context)
    if "irreversible" in syncpoint.when and (lost := irreversible_paths(paths, context)):
        yield f"cannot be undone: {_some(lost)}"
    if "schema" in syncpoint.when and (schemas := context.reversibility.of_kind("schema", paths)):
        yield f"changes a schema: {_some(schemas)}"
    if "dependency" in syncpoint.when and (named := _dependency_files(paths, context)):
        yield f"changes dependencies: {_some(named)}"
    if "machine-written" in syncpoint.when and context.machine is not None:
        written = {file.path for file in context.machine.files}
        count = sum(path in written for path in paths)
        if count:
            yield f"{count} of its files {'is' if count == 1 else 'are'} machine-written, at least in part"
    if "size" in syncpoint.when and context.size.effective > context.policy.budget:
        yield f"{context.size.effective} lines, over the budget of {context.policy.budget}"
    parts = names or tuple(dict.fromkeys(name for path in paths for name in context.components.get(path, ())))
    if "incident" in syncpoint.when:
        yield from (f"{name} was {int(age)}{DAYS_AGO}" for name, age in recent_incidents(parts, context))
    if "drift" in syncpoint.when:
        yield from _drifted(syncpoint, parts, context)
    for literal in syncpoint.content:
        if any(
            literal.encode() in line for file in files for hunk in file.hunks for line in (*hunk.removed, *hunk.added)
        ):
            yield f"a changed line holds {literal!r}"


def _drifted(syncpoint: Syncpoint, parts: tuple[str, ...], context: ReviewContext) -> Iterator[str]:
    """Yield each team that is past its tempo here; in CI, where history could not be read, that it may be."""
    if context.drift is None:
        if parts and context.door == "ci":
            yield "its teams may have drifted (history could not be read)"
        return
    for team in dict.fromkeys(participant.team for participant in syncpoint.participants):
        row = context.drift.drifted(parts, team)
        if row is not None:
            yield f"{team}{HAS_DRIFTED}{row.component}"


def irreversible_paths(paths: tuple[str, ...], context: ReviewContext) -> tuple[str, ...]:
    """Return those of the paths that cannot be undone, without what is exempted, with what nobody could judge."""
    found = context.reversibility
    counted = tuple(one for one in found.findings if one.exempted is None and exemption(one, context) is None)
    return found._replace(findings=counted).irreversible(paths)


def _dependency_files(paths: tuple[str, ...], context: ReviewContext) -> tuple[str, ...]:
    judged = context.reversibility.of_kind("dependency", paths)
    return tuple(path for path in paths if path in judged or path.rpartition("/")[2] in _DEPENDENCY_FILES)


def _some(paths: tuple[str, ...]) -> str:
    names = ", ".join(path.rpartition("/")[2] for path in paths[:3])
    return f"{names} and {len(paths) - 3} more" if len(paths) > 3 else names


def _public_api(files: tuple[FileChange, ...], context: ReviewContext) -> Iterator[str]:
    """Yield that the public API of these files changes; where that cannot be told, it may."""
    paths = {file.path for file in files}
    names = tuple(dict.fromkeys(one.name for one in context.api.breaks if one.path in paths))
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"breaks the public API: {names[0]}{more}"
    elif context.api.unknown and any(path.endswith(".py") for path in paths):
        yield f"may break the public API ({context.api.unknown})"


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
    files = tuple(file for file in context.change.files if covers(file.path))
    bind = syncpoint.bind or _default_binding(names, files, context)
    scope = Scope(syncpoint, names, files, bind, scope_digest(files, context.old_blobs, bind=bind), covers)
    raised = tuple(recent_incidents(names, context)) if context.policy.incidents else ()
    meetings = tuple(
        judge(scope, participant, purpose, context)
        for participant in syncpoint.participants
        for purpose in (_raised(participant.purposes) if raised else participant.purposes)
    )
    if raised and any("awareness" in participant.purposes for participant in syncpoint.participants):
        why += tuple(f"{name} was {int(age)}{DAYS_AGO}: awareness counts as permission" for name, age in raised)
    return Touched(syncpoint, names, why, files, scope.digest, meetings, scope)


def _raised(purposes: tuple[Purpose, ...]) -> tuple[Purpose, ...]:
    """Return the purposes while an incident is fresh: who would be told has to agree."""
    return tuple(dict.fromkeys("permission" if purpose == "awareness" else purpose for purpose in purposes))


def _default_binding(names: tuple[str, ...], files: tuple[FileChange, ...], context: ReviewContext) -> str:
    """Return what binds where the policy is silent: whole blobs for critical components and what cannot be undone."""
    critical = {component.name for component in context.policy.components if component.tier == "critical"}
    whole = critical & set(names) or irreversible_paths(tuple(file.path for file in files), context)
    return "blobs" if whole else "hunks"
