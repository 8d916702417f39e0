"""Branch marks: which machines had a hand in unmerged branches, and whether a person answers for that."""

from __future__ import annotations

from pytest_syncpoints.change import Commit, Person
from pytest_syncpoints.gather.commits import read_trailers
from pytest_syncpoints.gather.git import answer, is_object_id
from pytest_syncpoints.gather.notes import read_notes
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.machines import MACHINE_SCOPE, machines_of
from pytest_syncpoints.trailers import accountable_people

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Branch
    from pytest_syncpoints.people import People

_TRAILERS = "%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)"
_FORMAT = f"--format=%H%x04%P%x04%an%x04%ae%x04{_TRAILERS}"


def with_marks(repository: Repository, branches: tuple[Branch, ...], target: str, people: People) -> tuple[Branch, ...]:
    """Return the branches with the machines that wrote of them and whether a person is named who answers.

    Whose word it is, and whether it still holds, a review says; here the name is enough.
    """
    if not branches:
        return ()
    known = {commit.sha: commit for commit in _unmerged_commits(repository, branches, target)}
    with Objects(repository) as objects:
        noted = {sha for sha, note in read_notes(repository, objects) if note.syncpoint == MACHINE_SCOPE}
    return tuple(_marked(branch, known, noted, people) for branch in branches)


def _marked(branch: Branch, known: dict[str, Commit], noted: set[str], people: People) -> Branch:
    commits = list(_history(branch.sha, known))
    machines = dict.fromkeys(name for commit in commits for name in machines_of(commit, people))
    answered = any(commit.sha in noted or any(True for _ in accountable_people(commit)) for commit in commits)
    return branch._replace(machines=tuple(machines), answered=answered) if machines else branch


def _history(tip: str, known: dict[str, Commit]) -> Iterator[Commit]:
    seen, waiting = {tip}, [tip]
    while waiting:
        commit = known.get(waiting.pop())
        if commit is not None:
            yield commit
            waiting += [parent for parent in commit.parents if parent not in seen]
            seen.update(commit.parents)


def _unmerged_commits(repository: Repository, branches: tuple[Branch, ...], target: str) -> Iterator[Commit]:
    asked = "".join(f"{branch.sha}\n" for branch in branches) + f"^{target}\n"
    words = ("log", "-z", "--encoding=UTF-8", "--no-show-signature", _FORMAT, "--stdin")
    output = answer(repository, *words, stdin=asked.encode()).decode("utf-8", "surrogateescape")
    for record in output.split("\0"):
        sha, parents, name, email, text = [*record.split("\x04"), "", "", "", "", ""][:5]
        if is_object_id(sha):
            who = Person(name, email)
            yield Commit(sha, tuple(parents.split()), who, who, "", tuple(read_trailers(text)))
