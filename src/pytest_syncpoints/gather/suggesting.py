"""Suggesting: who could close what is open on a change, by the last three years of the history before it."""

from __future__ import annotations

import sqlite3

from pytest_syncpoints.change import Person
from pytest_syncpoints.claims import scope_authors
from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import StandIn
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.landed import Identities, Line
from pytest_syncpoints.gather.lines_known import lines_known
from pytest_syncpoints.gather.works import works
from pytest_syncpoints.loops.familiarity import Familiarity
from pytest_syncpoints.loops.reviewers import Facts, Seat, Suggested, suggest
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.size import minutes_of_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.people import People

_DAY = 86_400
_LOOK_BACK = 3 * 365 * _DAY
_LOAD = 14 * _DAY
_UNCOUNTED = 30  # lines of a file nobody has counted


def suggested(context: ReviewContext, repository: Repository, head: str) -> Suggested | None:
    """Return who could close what is open, ``None`` where history cannot be read."""
    now = context.evaluated_at
    authors = frozenset(context.people.resolve(person) for person in _authors(context))
    paths = tuple(file.path for file in context.change.files)
    try:
        with open_history(repository) as history:
            history.update([head])
            line = Line(history, head)
            identities = Identities(history.database, context.people)
            knows = Familiarity(paths)
            since = int(now - _LOOK_BACK)
            for work in works(history, line, identities, since):
                knows.learn(work)
            with StandIn(repository) as git:
                hunks = _hunks(context)
                lines = list(
                    lines_known(history, line, identities, git, context.change.merge_base or head, hunks, since)
                )
            load = _load(history, identities, now)
            names = _names(history, identities, context.people)
    except (CannotEvaluate, OSError, sqlite3.Error):
        return None
    first = next(iter(context.change.authors), Person("", ""))
    ranked = knows.rank(paths, context.people.resolve(first), int(now), lines)
    facts = Facts({one.who: one for one in ranked}, knows.last_seen, load, names, now)
    return suggest(tuple(_seats(context)), authors, facts, _single(context))


def _authors(context: ReviewContext) -> Iterator[Person]:
    yield from context.change.authors
    yield from scope_authors(context.change.files, context)


def _hunks(context: ReviewContext) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Yield the files that were there before, with the lines that the change alters in each, the largest first."""
    old = [file for file in context.change.files if file.status == "M" and file.hunks]
    for file in sorted(old, key=lambda file: (-sum(hunk.old_lines for hunk in file.hunks), file.path)):
        yield file.path, tuple((hunk.old_start, hunk.old_lines) for hunk in file.hunks)


def _seats(context: ReviewContext) -> Iterator[Seat]:
    """Yield each open participant that has to agree; without a policy its owners, any one of whom will do."""
    for touched in context.touched:
        for meeting in touched.meetings:
            if meeting.purpose in BLOCKING_PURPOSES and meeting.status in ("open", "stale"):
                yield Seat(
                    meeting.participant.team,
                    meeting.participant.approvals,
                    context.people.member_keys(meeting.team),
                )


def _single(context: ReviewContext) -> tuple[str, ...]:
    """Return the touched components that one person alone knows."""
    touched = {name for names in context.components.values() for name in names}
    rows = context.drift.knowledge if context.drift is not None else ()
    return tuple(row.component for row in rows if row.component in touched and row.files and row.truck_factor <= 1)


def _load(history: History, identities: Identities, now: float) -> dict[str, float]:
    """Return how many minutes of changes each person reviewed in the last two weeks."""
    rows = history.database.execute(
        "SELECT r.person, sum(coalesce(l.added + l.deleted, ?)) FROM commits c JOIN credits r ON r.commit_id = c.id "
        "JOIN files f ON f.commit_id = c.id LEFT JOIN lines l ON l.commit_id = c.id AND l.path_id = f.path_id "
        "WHERE c.committed_at BETWEEN ? AND ? AND r.role = 'reviewer' GROUP BY r.person",
        (_UNCOUNTED, now - _LOAD, now),
    )
    found: dict[str, float] = {}
    for person, lines in rows:
        key = identities.key(person)
        found[key] = found.get(key, 0.0) + minutes_of_lines(int(lines or 0), 0)
    return found


def _names(history: History, identities: Identities, people: People) -> dict[str, str]:
    """Return what to call each person that history knows: the ``[people]`` name, else name and e-mail."""
    found: dict[str, str] = {}
    for (number,) in history.database.execute("SELECT DISTINCT author FROM commits ORDER BY author"):
        key = identities.key(number)
        person = identities.person(number)
        found.setdefault(key, people.called(person) if key.startswith("people/") else str(person))
    return found
