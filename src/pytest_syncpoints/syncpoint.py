"""Sync points: which of them a change touches, who meets there for what, and who has already."""

from __future__ import annotations

from pytest_syncpoints.meeting import Meeting, Touched
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy import BLOCKING_PURPOSES, Participant, Syncpoint
from pytest_syncpoints.signoff import same_digest, scope_digest
from pytest_syncpoints.trailers import co_authors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import FileChange, Person
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.policy import Component, Policy, Purpose
    from pytest_syncpoints.signoff import SignOff

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
REVIEWS_NOT_GIVEN = "reviews not given"


def components_by_path(paths: tuple[str, ...], policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the names of the components each path belongs to, in the policy's order."""
    patterns = [(component.name, PathPatterns(component.paths)) for component in policy.components]
    return {path: tuple(name for name, matcher in patterns if matcher.match(path)) for path in paths}


def touched_syncpoints(context: ReviewContext) -> tuple[Touched, ...]:
    """Return every sync point the change touches; with no policy those of the owners files, one a set of owners."""
    declared = context.policy.syncpoints if context.policy.path is not None else ()
    found = [_touch(syncpoint, context) for syncpoint in declared]
    if context.policy.path is None:
        found = [
            _meet(syncpoint, (), ("owned by them",), files, context) for syncpoint, files in _owner_syncpoints(context)
        ]
    return tuple(touched for touched in found if touched is not None)


def _owner_syncpoints(context: ReviewContext) -> Iterator[tuple[Syncpoint, tuple[FileChange, ...]]]:
    """Yield a sync point for each set of owners, any one of whom may give permission, as the hosts have it."""
    groups: dict[tuple[str, ...], list[FileChange]] = {}
    for file in context.change.files:
        for owners in required_owners(context, file.path):
            groups.setdefault(owners, []).append(file)
    for owners, files in groups.items():
        participant = Participant(" or ".join(owners), ("permission",))
        yield Syncpoint(f"{OWNERS_SYNCPOINT}:{'+'.join(owners)}", (), (participant,)), tuple(files)


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
    matchers = [(part, PathPatterns(part.paths)) for part in live]
    reached = {part.name: [f for f in context.change.files if matcher.match(f.path)] for part, matcher in matchers}
    scope = {file.path: file for files in reached.values() for file in files}
    files = tuple(file for file in context.change.files if file.path in scope) if live else context.change.files
    names = tuple(name for name, found in reached.items() if found)
    why = tuple(_triggers(syncpoint, names, files, context)) if files else ()
    return _meet(syncpoint, names, why, files, context) if why else None


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
    files: tuple[FileChange, ...],
    context: ReviewContext,
) -> Touched:
    bind = syncpoint.bind or _default_binding(names, context.policy)
    digest = scope_digest(files, context.old_blobs, bind=bind)
    meetings = tuple(
        _judge(syncpoint, participant, purpose, files, digest, bind, context)
        for participant in syncpoint.participants
        for purpose in participant.purposes
    )
    return Touched(syncpoint, names, why, files, digest, meetings)


def _default_binding(names: tuple[str, ...], policy: Policy) -> str:
    critical = {component.name for component in policy.components if component.tier == "critical"}
    return "blobs" if critical & set(names) else "hunks"


def scope_authors(files: tuple[FileChange, ...], context: ReviewContext) -> tuple[Person, ...]:
    """Return the authors and co-authors of commits that change a path of the scope; they never sign for it."""
    paths = {file.path for file in files}
    found = [] if context.change.head else list(context.change.authors[:1])
    for commit in context.change.commits:
        if paths.intersection(commit.paths):
            found += [commit.author, *co_authors(commit)]
    return tuple(dict.fromkeys(found))


def _judge(
    syncpoint: Syncpoint,
    participant: Participant,
    purpose: Purpose,
    files: tuple[FileChange, ...],
    digest: str,
    bind: str,
    context: ReviewContext,
) -> Meeting:
    team = context.policy.team(participant.team)
    blank = Meeting(participant, team, purpose, "open", "")
    if purpose not in BLOCKING_PURPOSES:
        return blank._replace(status="not-needed")
    claims = [claim for claim in context.sign_offs if _is_for(claim, syncpoint, participant)]
    valid, refused = _sort_claims(claims, syncpoint, participant, scope_authors(files, context), context)
    bound = [claim for claim in valid if bind == "none" or same_digest(claim.digest, digest)]
    signed = _distinct([claim for claim in bound if not claim.waiver], context)
    waived = [claim for claim in bound if claim.waiver]
    if len(signed) >= participant.approvals:
        by = ", ".join(str(claim.person) for claim in signed)
        return blank._replace(status="met", by=by, source=signed[0].source, because=_holds(signed, files))
    if waived:
        return blank._replace(status="waived", by=str(waived[0].person), source="waiver", because=waived[0].reason)
    if len(valid) > len(bound):
        lapsed = next(claim for claim in valid if claim not in bound)
        return blank._replace(
            status="stale", by=str(lapsed.person), source=lapsed.source, because=_lapsed(lapsed, syncpoint)
        )
    missing = participant.approvals - len(signed)
    return blank._replace(because="; ".join((*refused, _open_because(syncpoint, missing, context))))


def _is_for(claim: SignOff, syncpoint: Syncpoint, participant: Participant) -> bool:
    return claim.syncpoint == syncpoint.name and claim.team == participant.team


def _sort_claims(
    claims: list[SignOff],
    syncpoint: Syncpoint,
    participant: Participant,
    authors: tuple[Person, ...],
    context: ReviewContext,
) -> tuple[list[SignOff], list[str]]:
    """Part the claims that may count from those that never do, each of these with its reason."""
    valid, refused = [], []
    for claim in claims:
        reason = _refusal(claim, syncpoint, participant, authors, context)
        if reason:
            refused.append(f"{claim.person}: {reason}")
        else:
            valid.append(claim)
    return valid, refused


def _refusal(
    claim: SignOff, syncpoint: Syncpoint, participant: Participant, authors: tuple[Person, ...], context: ReviewContext
) -> str:
    if claim.source not in syncpoint.accept:
        return f"a {claim.source} is not accepted here (accept = {list(syncpoint.accept)})"
    if context.people.is_machine(claim.person):
        return "a machine cannot sign"
    if any(context.people.same(claim.person, author) for author in authors):
        return "an author of these lines cannot sign for them"
    allowed = (syncpoint.waivable_by if claim.waiver else None) or (participant.team,)
    memberships = [_belongs(claim.person, name, context) for name in allowed]
    if any(memberships):
        return ""
    if None in memberships:
        return f"whether they are in {' or '.join(allowed)} cannot be told from the policy"
    return f"not in {' or '.join(allowed)}"


def _belongs(person: Person, name: str, context: ReviewContext) -> bool | None:
    """Say whether somebody is a member of a team of that name, or is that person; ``None`` where nobody can tell."""
    if any(entry.name == name for entry in context.policy.people):
        return context.people.resolve(person) == context.people.named(name)
    return context.people.is_member(person, context.policy.team(name))


def _distinct(claims: list[SignOff], context: ReviewContext) -> list[SignOff]:
    """Keep one claim a person: two identities of one person are one approval."""
    return list({context.people.resolve(claim.person): claim for claim in reversed(claims)}.values())[::-1]


def _holds(signed: list[SignOff], files: tuple[FileChange, ...]) -> str:
    count = f"the {len(files)} files it covers are" if len(files) != 1 else "the file it covers is"
    return f"{signed[0].person.name}'s sign-off in {signed[0].where[:7]} holds: {count} unchanged"


def _lapsed(claim: SignOff, syncpoint: Syncpoint) -> str:
    return f"{claim.person.name}'s sign-off in {claim.where[:7]} lapsed: what {syncpoint.name} covers changed since"


def _open_because(syncpoint: Syncpoint, missing: int, context: ReviewContext) -> str:
    if "review" in syncpoint.accept and not context.reviews_given:
        return REVIEWS_NOT_GIVEN
    return f"{missing} approvals are missing" if missing > 1 else "nobody has signed"
