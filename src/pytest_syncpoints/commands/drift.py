"""`syncpoints drift`: which teams lost touch with which code, what is owed, and what moved without the rest."""

from __future__ import annotations

import json
import time

from pytest_syncpoints.commands.drift_text import drift_text
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.drift import drift_facts
from pytest_syncpoints.gather.exported_reviews import read_exported_reviews
from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.landed import uncounted_on
from pytest_syncpoints.gather.norm_generations import norm_generations
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.loops.drift_json import drift_value
from pytest_syncpoints.loops.pacing import pacing
from pytest_syncpoints.loops.participation import loops_by_component, members_of
from pytest_syncpoints.people import People
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.drift import Past
    from pytest_syncpoints.loops.courses import Course
    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.generations import Generation
    from pytest_syncpoints.loops.pacing import Pacing
    from pytest_syncpoints.loops.participation import Landed
    from pytest_syncpoints.policy import Policy

_MOST_COUNTED = 20_000  # commits whose lines are read in one run; the next goes on from there


class Drifted(Record):
    """What `drift` found: the facts, the paces that moved, and of one team what landed since it last looked.

    ``generations`` are the norms that superseded one another, with what is left of each.
    """

    facts: DriftFacts
    paces: tuple[Pacing, ...]
    team: str | None
    landed_since: tuple[tuple[str, tuple[Landed, ...]], ...]
    generations: tuple[Generation, ...] = ()
    courses: tuple[Course, ...] = ()


def drift_output(team: str | None, form: str, *, now: float | None = None, changes: str | None = None) -> str:
    """Return drift at HEAD under HEAD's policy, as text, JSON or HTML.

    ``changes`` is a file of a host's own list of changes, whose reviews count. Raises UsageError for a team nobody
    knows, or another file.
    """
    found = drifted(team, time.time() if now is None else now, changes, courses=form == "html")
    if form == "json":
        return json.dumps(drift_value(found.facts, found.paces, found.generations), indent=2, ensure_ascii=True) + "\n"
    if form == "html":
        from pytest_syncpoints.render.pages import drift as drift_page

        return drift_page.render(found.facts, found.paces, found.courses, found.generations)
    return drift_text(found.facts, found.paces, found.team, found.landed_since, found.generations)


def drifted(team: str | None, now: float, changes: str | None = None, *, courses: bool = False) -> Drifted:
    """Gather drift at HEAD; with ``courses``, how it went for a year."""
    exported = read_exported_reviews(changes) if changes is not None else None
    repository = Discovery().repository()
    head = resolve(repository, "HEAD")
    with Objects(repository) as objects, open_history(repository) as history:
        trust = TrustRoots(objects, head)
        policy = trust.policy()
        mailmap = trust.read(".mailmap") or b""
        people = People.build(policy, mailmap, exported.identities if exported else ())
        _refuse_unknown(team, policy)
        history.update([head])
        facts, past = drift_facts(repository, objects, history, head, policy, people, now, exported)
        waiting = uncounted_on(history.database, _scopes(policy), int(min(_starts(facts), default=now)))
        if waiting:
            history.count(waiting[:_MOST_COUNTED])
            facts, past = drift_facts(repository, objects, history, head, policy, people, now, exported)
        carried = norm_generations(repository, objects, head, policy, past.norms)
    facts = facts._replace(missing=(*facts.missing, *carried.missing))
    paces = tuple(_paces(policy, people, past, now))
    since = _since(team, facts, past) if team else ()
    shown = tuple(pace for pace in paces if team in (None, pace.team))
    went = tuple(_courses(policy, people, past, facts, team)) if courses else ()
    return Drifted(_of_team(facts, team), shown, team, since, carried.rows, went)


def _scopes(policy: Policy) -> dict[str, tuple[str, ...]]:
    return {component.name: component.paths for component in policy.components}


def _starts(facts: DriftFacts) -> list[float]:
    return [row.since for row in facts.standings if row.drift.changes]


def _refuse_unknown(team: str | None, policy: Policy) -> None:
    known = dict.fromkeys(name for teams in loops_by_component(policy).values() for name in teams)
    if team is not None and team not in known:
        raise UsageError(
            f"no sync point has a participant {team!r}", remedy=f"teams that meet: {', '.join(known) or 'none'}"
        )


def _paces(policy: Policy, people: People, past: Past, now: float) -> list[Pacing]:
    found = []
    for component, teams in loops_by_component(policy).items():
        for team in teams:
            members = members_of(team, policy, people)
            pace = pacing(component, team, members, past.landed.get(component, ()), now) if members else None
            found += [pace] if pace is not None else []
    return found


def _courses(policy: Policy, people: People, past: Past, facts: DriftFacts, only: str | None) -> Iterator[Course]:
    from pytest_syncpoints.loops.courses import course

    for row in facts.standings:
        landed = past.landed.get(row.component, ())
        if landed and row.component not in facts.blind and only in (None, row.team):
            tempo, members = policy.team(row.team).tempo_days, members_of(row.team, policy, people)
            yield course(row.component, row.team, members, tempo, landed, facts.now)


def _of_team(facts: DriftFacts, team: str | None) -> DriftFacts:
    if team is None:
        return facts
    components = {row.component for row in facts.standings if row.team == team}
    return facts._replace(
        standings=tuple(row for row in facts.standings if row.team == team),
        debts=tuple(debt for debt in facts.debts if debt.team == team),
        knowledge=tuple(row for row in facts.knowledge if row.component in components),
        followers=tuple(row for row in facts.followers if row.component in components),
        incidents=tuple(row for row in facts.incidents if components & set(row.components)),
        candidates=tuple(row for row in facts.candidates if row.component in components),
    )


def _since(team: str, facts: DriftFacts, past: Past) -> tuple[tuple[str, tuple[Landed, ...]], ...]:
    """Return what landed on each component the team meets over since it last took part there."""
    return tuple(
        (row.component, past.landed.get(row.component, ())[: row.drift.changes])
        for row in facts.standings
        if row.team == team and row.drift.changes
    )
