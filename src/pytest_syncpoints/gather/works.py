"""Works: the ordinary commits of a history with their authors, reviewers and paths, oldest first."""

from __future__ import annotations

import os

from pytest_syncpoints.loops.familiarity import Work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.gather.landed import Identities, Line


def works(history: History, line: Line, identities: Identities, since: int = 0) -> Iterator[Work]:
    """Yield what landed on a line since a time, in the order it landed; machines have no key and are left out."""
    database = history.database
    reviewers: dict[int, list[int]] = {}
    for number, person in database.execute("SELECT commit_id, person FROM credits WHERE role = 'reviewer'"):
        reviewers.setdefault(number, []).append(person)
    rows = database.execute(
        "SELECT c.id, c.committed_at, c.author, p.path FROM commits c JOIN files f ON f.commit_id = c.id "
        "JOIN paths p ON p.id = f.path_id WHERE c.other_parents = x'' AND c.committed_at >= ? "
        "ORDER BY c.committed_at, c.id DESC",
        (since,),
    )
    current: tuple[int, int, int] | None = None
    paths: list[str] = []
    for number, at, author, path in rows:
        if current is not None and current[0] != number:
            yield from _work(current, paths, reviewers, line, identities)
            paths = []
        current = (number, at, author)
        paths.append(os.fsdecode(path))
    if current is not None:
        yield from _work(current, paths, reviewers, line, identities)


def _work(
    head: tuple[int, int, int], paths: list[str], reviewers: dict[int, list[int]], line: Line, identities: Identities
) -> Iterator[Work]:
    number, at, person = head
    author = identities.key(person)
    if number in line.step_of and author:
        keys = dict.fromkeys(identities.key(who) for who in reviewers.get(number, ()))
        reviewed = tuple(key for key in keys if key and key != author)
        yield Work(at, author, reviewed, tuple(paths), line.sha(number))
