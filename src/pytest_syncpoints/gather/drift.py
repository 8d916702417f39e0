"""Drift facts: gathered from the history index for a commit, under the policy and people that are trusted there."""

from __future__ import annotations

from pytest_syncpoints.errors import PolicyError
from pytest_syncpoints.gather.exported_reviews import reviewers_by_step
from pytest_syncpoints.gather.landed import Identities, Line, commits_of, landed_on
from pytest_syncpoints.gather.norm_generations import imported_experiments
from pytest_syncpoints.gather.notes import read_notes
from pytest_syncpoints.gather.ownership_history import ownership_told
from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.loops import drift
from pytest_syncpoints.loops.debts import Waiver, debts, records_reviews
from pytest_syncpoints.loops.knowledge import FileWork, knowledge
from pytest_syncpoints.loops.participation import DAY, standings, team_key, unlisted, with_reviewers
from pytest_syncpoints.policy import POLICY_PATHS
from pytest_syncpoints.record import Record
from pytest_syncpoints.signoff import SignOff
from pytest_syncpoints.trailers import WAIVER_KEY, parse_sign_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.exported_reviews import ExportedReviews
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.participation import Landed
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy

_YEAR = 365 * DAY
_MOST_VERSIONS = 50  # of the policy, read back to tell since when a sync point or norm exists
_FOLLOWER = "\0follower "  # no component's name begins so


class Past(Record):
    """What landed on each component, newest first, and the line and identities it was read with.

    ``moved`` is what landed on each follower, ``norms`` says when each norm came into the policy.
    """

    line: Line
    identities: Identities
    landed: dict[str, tuple[Landed, ...]]
    moved: dict[str, tuple[Landed, ...]]
    norms: dict[str, int] = {}  # noqa: RUF012  # a record's default is never changed


def read_past(history: History, head: str, policy: Policy, people: People) -> Past:
    """Return what landed on the policy's components and on what follows them; the index knows ``head``."""
    line = Line(history, head)
    identities = Identities(history.database, people)
    scopes = {component.name: component.paths for component in policy.components}
    scopes |= {f"{_FOLLOWER}{path}": (path,) for component in policy.components for path in component.follows}
    found = landed_on(history, line, identities, scopes)
    moved = {name.removeprefix(_FOLLOWER): rows for name, rows in found.items() if name.startswith(_FOLLOWER)}
    landed = {name: rows for name, rows in found.items() if not name.startswith(_FOLLOWER)}
    return Past(line, identities, landed, moved)


def drift_facts(
    repository: Repository,
    objects: Objects,
    history: History,
    head: str,
    policy: Policy,
    people: People,
    now: float,
    exported: ExportedReviews | None = None,
) -> tuple[DriftFacts, Past]:
    """Return everything history says of drift up to a commit, and what it was told from.

    ``exported`` are reviews that a host knows of, and git does not.
    """
    past = read_past(history, head, policy, people)
    notes = list(_notes(repository, objects, past))
    landed = _with_notes(past.landed, notes)
    if exported is not None:
        landed = with_reviewers(landed, reviewers_by_step(exported, past.line, people))
    since, norms = _introduced(objects, history, past.line, policy)
    waivers = [*_waivers(history, past), *(waiver for _, _, waiver in notes if waiver is not None)]
    active = frozenset(_active(history, past, now))
    works = {part.name: tuple(_works(history, past, part.paths)) for part in policy.components}
    files = {name: [work.path for work in found] for name, found in works.items()}
    owners = ownership_told(repository, objects, history, past.line, policy, files, now)
    blind = tuple(name for name, rows in landed.items() if rows and not records_reviews(rows, now))
    facts = drift.DriftFacts(
        now=now,
        standings=standings(policy, people, landed, now),
        debts=debts(policy, people, landed, waivers, since, now),
        knowledge=tuple(knowledge(name, found, active) for name, found in works.items()),
        followers=drift.followers(policy, landed, past.moved),
        incidents=drift.resyncs(policy, people, landed),
        candidates=drift.candidates(policy, landed, now),
        told=drift.told(policy, landed, norms, now, owners),
        last_touch=drift.last_touches(landed, now),
        missing=(
            *(f"who is in {team}" for team in unlisted(policy, people)),
            *(f"who reviewed {name}: its history names reviewers of too few changes" for name in blind),
            *history.missing,
        ),
        blind=blind,
        imported=imported_experiments(repository, objects, head, policy, now),
    )
    return facts, past._replace(landed=landed, norms=norms)


def _notes(repository: Repository, objects: Objects, past: Past) -> Iterator[tuple[str, str, Waiver | None]]:
    """Yield step and team of every signed note on a commit that landed, and the waiver it may be."""
    for commit, note in read_notes(repository, objects):
        step = past.line.step_with(commit)
        if step is None:
            continue
        sha, at = past.line.sha(step), past.line.at(step)
        yield sha, note.team, Waiver(sha, at, note.syncpoint, note.team, note.reason) if note.reason else None


def _with_notes(
    landed: dict[str, tuple[Landed, ...]], notes: list[tuple[str, str, Waiver | None]]
) -> dict[str, tuple[Landed, ...]]:
    signed: dict[str, list[str]] = {}
    for sha, team, waiver in notes:
        if waiver is None:
            signed.setdefault(sha, []).append(team_key(team))
    if not signed:
        return landed
    return {
        name: tuple(
            change._replace(people={**change.people, **dict.fromkeys(signed.get(change.sha, ()), "signer")})
            for change in changes
        )
        for name, changes in landed.items()
    }


def _waivers(history: History, past: Past) -> Iterator[Waiver]:
    """Yield the waivers that trailers of landed commits record, as part of the step they came with."""
    rows = history.database.execute("SELECT DISTINCT commit_id FROM credits WHERE role = 'waiver' ORDER BY commit_id")
    for (number,) in rows:
        step = past.line.step_of.get(number)
        commit = history.commit(past.line.sha(number)) if step is not None else None
        if step is None or commit is None:
            continue
        for key, value in commit.trailers:
            found = parse_sign_off(key, value) if key.lower() == WAIVER_KEY else None
            if isinstance(found, SignOff):
                sha, at = past.line.sha(step), past.line.at(step)
                yield Waiver(sha, at, found.syncpoint, found.team, found.reason, str(found.person))


def _introduced(
    objects: Objects, history: History, line: Line, policy: Policy
) -> tuple[dict[str, int], dict[str, int]]:
    """Return when each sync point and each norm of the policy came into it, as far back as its versions are read."""
    points: dict[str, int] = {}
    norms: dict[str, int] = {}
    if policy.path not in POLICY_PATHS:
        return points, norms
    open_points = {syncpoint.name for syncpoint in policy.syncpoints}
    open_norms = {norm.name for norm in policy.norms}
    for number in commits_of(history.database, line, policy.path)[:_MOST_VERSIONS]:
        version = _version(objects, line.sha(number), policy.path)
        if version is None:
            break
        open_points &= {syncpoint.name for syncpoint in version.syncpoints}
        open_norms &= {norm.name for norm in version.norms}
        points.update(dict.fromkeys(open_points, line.at(number)))
        norms.update(dict.fromkeys(open_norms, line.at(number)))
    return points, norms


def _version(objects: Objects, sha: str, path: str) -> Policy | None:
    found = objects.file(sha, path)
    if found is None:
        return None
    try:
        return read_policy(found[1], path=path, commit=sha, blob=None)
    except PolicyError:
        return None


def _active(history: History, past: Past, now: float) -> Iterator[str]:
    """Yield who wrote, reviewed or signed anything that landed in the last year."""
    rows = history.database.execute(
        "SELECT id, author FROM commits WHERE committed_at >= ? UNION SELECT c.id, r.person FROM commits c "
        "JOIN credits r ON r.commit_id = c.id WHERE c.committed_at >= ? AND r.role != 'waiver'",
        (now - _YEAR, now - _YEAR),
    )
    for number, person in rows:
        if number in past.line.step_of:
            yield past.identities.key(person)


def _works(history: History, past: Past, patterns: tuple[str, ...]) -> Iterator[FileWork]:
    from pytest_syncpoints.gather.landed import work_on

    for path, commits in work_on(history.database, past.line, patterns).items():
        own: dict[str, int] = {}
        creator = ""
        for number, status in commits:
            who = past.identities.key(past.line.author(number))
            own[who] = own.get(who, 0) + 1
            creator = who if status in "AR" else creator
        yield FileWork(path, creator, own)
