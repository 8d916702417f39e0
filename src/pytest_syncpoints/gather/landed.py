"""Landed: what landed on which component and who took part, read from the history index for a commit.

A step of the first-parent line is one change. A merge brought the commits that no earlier step had: who wrote or
reviewed those of them that touch a component took part in it there, and who is credited in the merge's own message
took part in all of it. Who only pressed the button to merge did not.
"""

from __future__ import annotations

import os

from pytest_syncpoints.change import Person
from pytest_syncpoints.loops.participation import MEETS, Landed
from pytest_syncpoints.pattern import PathPatterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.credits import Role
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.people import People

_WILD = "*?\\["
_MOST_NAMED = 900  # values in one SQL statement


class Line:
    """The first-parent line below a commit: for each commit of the index that it holds, the step it came with."""

    def __init__(self, history: History, head: str) -> None:
        """Walk from ``head``; the index knows it."""
        self.database = history.database
        rows = self.database.execute(
            "SELECT id, parent, other_parents, committed_at, sha, author, authored_at FROM commits"
        )
        self.by_id: dict[int, tuple[int | None, bytes, int, bytes, int, int]] = {row[0]: row[1:] for row in rows}
        self._ids = {row[3]: number for number, row in self.by_id.items()}
        self.steps = list(self._steps(self._ids[bytes.fromhex(head)]))
        self.step_of: dict[int, int] = {}
        self._assign()

    def _steps(self, number: int | None) -> Iterator[int]:
        while number is not None and number in self.by_id:
            yield number
            number = self.by_id[number][0]

    def _assign(self) -> None:
        step_of, by_id = self.step_of, self.by_id
        for step in reversed(self.steps):
            step_of[step] = step
            waiting = list(self._others(step))
            while waiting:
                number = waiting.pop()
                if number in step_of or number not in by_id:
                    continue
                step_of[number] = step
                parent = by_id[number][0]
                if parent is not None:
                    waiting.append(parent)
                if by_id[number][1]:
                    waiting.extend(self._others(number))

    def _others(self, number: int) -> Iterator[int]:
        joined, size = self.by_id[number][1], len(self.by_id[number][3])
        for at in range(0, len(joined), size):
            found = self._ids.get(joined[at : at + size])
            if found is not None:
                yield found

    def step_with(self, commit: str) -> int | None:
        """Return the step that brought a commit; ``None`` for what is no object id, or never landed here."""
        try:
            number = self._ids.get(bytes.fromhex(commit))
        except ValueError:
            return None
        return self.step_of.get(number) if number is not None else None

    def is_merge(self, number: int) -> bool:
        """Say whether a commit has more than one parent."""
        return bool(self.by_id[number][1])

    def at(self, number: int) -> int:
        """Return when a commit was committed."""
        return self.by_id[number][2]

    def author(self, number: int) -> int:
        """Return the id of a commit's author."""
        return self.by_id[number][4]

    def sha(self, number: int) -> str:
        """Return a commit's object id."""
        return self.by_id[number][3].hex()


class Identities:
    """Who the index's people are: one key for each, as ``People`` resolves them; names alone through their e-mails."""

    def __init__(self, database: sqlite3.Connection, people: People) -> None:
        """Read every identity; each is resolved when it is asked for."""
        self._people = people
        rows = database.execute("SELECT id, name, email FROM people")
        self._rows = {number: (_text(name), _text(email)) for number, name, email in rows}
        self._keys: dict[int, str] = {}
        self._by_name: dict[str, list[int]] | None = None

    def key(self, number: int) -> str:
        """Return a person's key; empty for a machine, and for a name that could be two people's."""
        if number not in self._keys:
            self._keys[number] = self._resolve(*self._rows[number])
        return self._keys[number]

    def person(self, number: int) -> Person:
        """Return an identity as the index has it."""
        return Person(*self._rows[number])

    def _resolve(self, name: str, email: str) -> str:
        if not email:
            if name.startswith("@"):
                return self._people.resolve(Person("", "", name[1:]))
            found = {self.key(number) for number in self._names().get(name.lower(), ())}
            return found.pop() if len(found) == 1 else ""
        person = Person(name, email)
        return "" if self._people.is_machine(person) else self._people.resolve(person)

    def _names(self) -> dict[str, list[int]]:
        """Return who goes by a name, or by the part of an e-mail before its at sign (what Phabricator shows)."""
        if self._by_name is None:
            self._by_name = {}
            for number, (name, email) in self._rows.items():
                if email:
                    for shown in {name.lower(), email.partition("@")[0].lower()}:
                        self._by_name.setdefault(shown, []).append(number)
        return self._by_name


class _Paths:
    """Which component each path of the index belongs to, and until when: a renamed file brings its history along."""

    def __init__(self, database: sqlite3.Connection, components: dict[str, tuple[str, ...]]) -> None:
        self._database = database
        self.of: dict[int, dict[str, int]] = {}  # path id -> component -> committed before
        for name, patterns in components.items():
            for number in _matching(database, patterns):
                self.of.setdefault(number, {})[name] = 1 << 62
        self._follow_renames()

    def _follow_renames(self) -> None:
        """Take in what files were called before; an old name that some component still claims stays its own."""
        claimed = set(self.of)
        waiting = list(self.of)
        renames: dict[int, list[tuple[int, int]]] = {}
        for new, old, at in self._database.execute(
            "SELECT f.path_id, f.old_path_id, c.committed_at FROM files f JOIN commits c ON c.id = f.commit_id "
            "WHERE f.status = 'R' AND f.old_path_id IS NOT NULL"
        ):
            renames.setdefault(new, []).append((old, at))
        while waiting:
            new = waiting.pop()
            for old, at in renames.get(new, ()):
                if old in claimed:
                    continue
                before = self.of.setdefault(old, {})
                ends = {name: min(at, end) for name, end in self.of[new].items()}
                grown = {name: end for name, end in ends.items() if before.get(name, -1) < end}
                if grown:
                    before.update(grown)
                    waiting.append(old)


def landed_on(
    history: History, line: Line, identities: Identities, components: dict[str, tuple[str, ...]]
) -> dict[str, tuple[Landed, ...]]:
    """Return what landed on each component (name: path patterns), newest first."""
    touches = _touches(line, _Paths(history.database, components).of)
    commits = {number for found in touches.values() for number in found}
    merges = {step for found in touches.values() for number in found if line.is_merge(step := line.step_of[number])}
    credits_ = _credits(history.database, commits | merges)
    heads = _heads(history.database, {line.step_of[number] for number in commits})
    return {name: tuple(_landed(line, identities, touches.get(name, {}), credits_, heads)) for name in components}


def _touches(line: Line, paths: dict[int, dict[str, int]]) -> dict[str, dict[int, int]]:
    """Return, per component, the commits of the line that change it, with the lines they change there."""
    found: dict[str, dict[int, int]] = {}
    step_of = line.step_of
    for batch in _batches(list(paths)):
        rows = line.database.execute(
            "SELECT f.commit_id, f.path_id, coalesce(l.added, 0) + coalesce(l.deleted, 0) FROM files f "  # noqa: S608  # question marks alone
            "LEFT JOIN lines l ON l.commit_id = f.commit_id AND l.path_id = f.path_id "
            f"WHERE f.path_id IN ({','.join('?' * len(batch))})",  # question marks alone
            batch,
        )
        for number, path, lines in rows:
            if number not in step_of:
                continue
            for name, before in paths[path].items():
                if line.at(number) <= before:
                    commits = found.setdefault(name, {})
                    commits[number] = commits.get(number, 0) + lines
    return found


def _landed(
    line: Line,
    identities: Identities,
    touches: dict[int, int],
    credited: dict[int, list[tuple[Role, int]]],
    heads: dict[int, tuple[str, bool, bool]],
) -> Iterator[Landed]:
    by_step: dict[int, list[int]] = {}
    for number in touches:
        by_step.setdefault(line.step_of[number], []).append(number)
    for step in line.steps:
        commits = by_step.get(step)
        if commits is None or (line.is_merge(step) and step not in touches):
            continue  # what a merge's commits did and undid has not landed
        own = [number for number in commits if not line.is_merge(number)] or [step]
        people: dict[str, Role] = {}
        for number in own:
            _credit(people, "author", identities.key(line.by_id[number][4]))
        for number in dict.fromkeys((*own, step)):
            for role, person in credited.get(number, ()):
                _credit(people, role, identities.key(person))
        subject, fix, revert = heads[step]
        lines = sum(touches[number] for number in own)
        written = min(line.by_id[number][5] for number in own)
        yield Landed(line.sha(step), line.at(step), lines, people, subject, fix, revert, written)


def _credit(people: dict[str, Role], role: Role, key: str) -> None:
    """Note what somebody did; an author who also signs stays the author, and no waiver hides a review."""
    if key and (key not in people or (role in MEETS and people[key] not in MEETS)):
        people[key] = role


def _credits(database: sqlite3.Connection, commits: Iterable[int]) -> dict[int, list[tuple[Role, int]]]:
    found: dict[int, list[tuple[Role, int]]] = {}
    for batch in _batches(list(commits)):
        rows = database.execute(
            f"SELECT commit_id, role, person FROM credits WHERE commit_id IN ({','.join('?' * len(batch))})",  # noqa: S608  # likewise
            batch,
        )
        for number, role, person in rows:
            found.setdefault(number, []).append((role, person))
    return found


def _heads(database: sqlite3.Connection, steps: Iterable[int]) -> dict[int, tuple[str, bool, bool]]:
    found = {}
    for batch in _batches(list(steps)):
        rows = database.execute(
            f"SELECT id, subject, fix, revert FROM commits WHERE id IN ({','.join('?' * len(batch))})",  # noqa: S608  # likewise
            batch,
        )
        found.update({number: (_text(subject), bool(fix), bool(revert)) for number, subject, fix, revert in rows})
    return found


def _matching(database: sqlite3.Connection, patterns: tuple[str, ...]) -> Iterator[int]:
    """Yield the paths of the index that patterns match; a plain folder is looked up by its beginning."""
    for text in patterns:
        matcher = PathPatterns((text,))
        literal = text.removeprefix("/").strip("/")
        plain = not any(letter in literal for letter in _WILD) and "/" not in literal and text.endswith("/")
        name = f"/{literal}/"
        for number, path in _candidates(database, text):
            decoded = os.fsdecode(path)
            if (not plain or name in f"/{decoded}") and matcher.match(decoded):
                yield number


def _candidates(database: sqlite3.Connection, pattern: str) -> Iterable[tuple[int, bytes]]:
    start = pattern.removeprefix("/").rstrip("/")
    if "/" not in pattern.rstrip("/") or any(letter in start for letter in _WILD):
        return database.execute("SELECT id, path FROM paths")
    low = os.fsencode(start)
    return database.execute("SELECT id, path FROM paths WHERE path >= ? AND path < ?", (low, low + b"0"))


def commits_of(database: sqlite3.Connection, line: Line, path: str) -> list[int]:
    """Return the commits of a line that changed one path, newest first; merges only as steps."""
    rows = database.execute(
        "SELECT f.commit_id FROM paths p JOIN files f ON f.path_id = p.id WHERE p.path = ?", (os.fsencode(path),)
    )
    found = [number for (number,) in rows if number in line.step_of]
    times = {line.at(number) for number in found}
    place = {step: at for at, step in enumerate(line.steps)} if len(times) < len(found) else {}  # of one second
    return sorted(found, key=lambda number: (-line.at(number), place.get(line.step_of[number], 0), line.sha(number)))


def work_on(database: sqlite3.Connection, line: Line, patterns: tuple[str, ...]) -> dict[str, list[tuple[int, str]]]:
    """Return, for each path that patterns match and that is still there, its ordinary commits, newest first."""
    found: dict[int, list[tuple[int, str]]] = {}
    for batch in _batches(list(dict.fromkeys(_matching(database, patterns)))):
        rows = database.execute(
            f"SELECT path_id, commit_id, status FROM files WHERE path_id IN ({','.join('?' * len(batch))})",  # noqa: S608  # likewise
            batch,
        )
        for path, number, status in rows:
            if number in line.step_of and not line.is_merge(number):
                found.setdefault(path, []).append((number, status))
    names = dict(database.execute("SELECT id, path FROM paths"))
    ordered = {
        os.fsdecode(names[path]): sorted(commits, key=lambda row: (-line.at(row[0]), row[0]))
        for path, commits in found.items()
    }
    return {path: commits for path, commits in sorted(ordered.items()) if commits[0][1] != "D"}


def uncounted_on(database: sqlite3.Connection, components: dict[str, tuple[str, ...]], since: int) -> list[str]:
    """Return the commits since a time that touch these components and whose lines are not counted, newest first."""
    found: dict[bytes, int] = {}
    for batch in _batches(list(_Paths(database, components).of)):
        rows = database.execute(
            "SELECT DISTINCT c.sha, c.committed_at FROM files f JOIN commits c ON c.id = f.commit_id "  # noqa: S608  # likewise
            "LEFT JOIN counted n ON n.commit_id = c.id WHERE n.commit_id IS NULL AND c.other_parents = x'' "
            f"AND c.committed_at >= {int(since)} AND f.path_id IN ({','.join('?' * len(batch))})",
            batch,
        )
        found.update(rows)
    return [sha.hex() for sha in sorted(found, key=lambda sha: (-found[sha], sha))]


def _batches(numbers: Sequence[int]) -> Iterator[list[int]]:
    ordered = sorted(numbers)
    for at in range(0, len(ordered), _MOST_NAMED):
        yield ordered[at : at + _MOST_NAMED]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
