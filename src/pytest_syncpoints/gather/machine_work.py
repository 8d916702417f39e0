"""Machine work: the machine-written hunks of a change, and what each person answered for lately, read from git."""

from __future__ import annotations

from pytest_syncpoints.gather.differences import OPTIONS, parse_differences
from pytest_syncpoints.gather.git import StandIn, answer, is_object_id
from pytest_syncpoints.machines import (
    MachineWork,
    changed_lines,
    is_machine_written,
    machine_hunks,
    mixed_paths,
    told_by,
)
from pytest_syncpoints.signoff import scope_digest
from pytest_syncpoints.trailers import accountable_people

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Commit, FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.trust import TrustRoots

WEEK = 7 * 86400
_MOST_STEPS = 64  # commits whose own difference is read; beyond, files that people and machines share count whole
_MOST_COMMITS = 2000  # of the target's week


def read_machine_work(
    repository: Repository, context: ReviewContext, trust: TrustRoots
) -> tuple[MachineWork | None, dict[str, bytes]]:
    """Return what machines wrote of a change, and the old contents its digest needs; ``None`` where nothing."""
    files = tuple(_files(repository, context))
    told = tuple(dict.fromkeys(text for commit in context.change.commits for text in told_by(commit, context.people)))
    if not context.change.commits or context.change.head is None:
        told += tuple(who.email for who in context.change.authors if context.people.is_machine(who))
    if not files:
        return None, {}
    old = {
        file.old_oid: trust.blob(file.old_oid)
        for file in files
        if file.status in ("M", "T") and file.hunks and not file.is_gitlink
    }
    digest = scope_digest(files, {**context.old_blobs, **old})
    return MachineWork(
        files, changed_lines(files), tuple(dict.fromkeys(told)), digest, _weekly(repository, context)
    ), old


def _files(repository: Repository, context: ReviewContext) -> Iterator[FileChange]:
    change = context.change
    if change.head is None:  # nobody has committed it yet: it is whole its author's
        yield from change.files if any(context.people.is_machine(who) for who in change.authors[:1]) else ()
        return
    machines, mixed = mixed_paths(change.commits, context.people)
    steps = [c for c in change.commits if is_machine_written(c, context.people) and mixed.intersection(c.paths)]
    found = _steps(repository, steps, mixed) if len(steps) <= _MOST_STEPS else None
    for file in change.files:
        if file.path not in machines:
            continue
        if file.path not in mixed or found is None or not file.hunks:
            yield file
            continue
        own = machine_hunks(file, found.get(file.path, ()))
        if own.hunks:
            yield own


def _steps(repository: Repository, commits: list[Commit], paths: frozenset[str]) -> dict[str, list[FileChange]]:
    """Return what machine-written commits themselves did to paths that people changed too, by path."""
    found: dict[str, list[FileChange]] = {}
    with StandIn(repository) as stand_in:
        for commit in commits:
            parent = commit.parents[0] if commit.parents else "--root"
            named = sorted(paths.intersection(commit.paths))
            result = stand_in.start("diff-tree", "--no-commit-id", *OPTIONS, parent, commit.sha, "--", *named).collect()
            for file in parse_differences(result):
                found.setdefault(file.path, []).append(file)
    return found


def _weekly(repository: Repository, context: ReviewContext) -> dict[str, int]:
    """Return the machine-written lines each person answers for in the last seven days of the target's history.

    A trailer in a commit of its own answers for the machine-written commits right below it. Signed notes name a
    digest and no lines; they are not counted.
    """
    base = context.change.base
    if context.policy.machine.lines_per_week is None or base is None:
        return {}
    since = int(context.evaluated_at) - WEEK
    totals: dict[str, int] = {}
    pending: frozenset[str] = frozenset()
    for commit, lines in _history(repository, base, since):
        own = frozenset(context.people.resolve(who) for who in accountable_people(commit))
        machine = is_machine_written(commit, context.people)
        pending = own or (pending if machine else frozenset())
        if machine:
            for key in own or pending:
                totals[key] = totals.get(key, 0) + lines
    return totals


def _history(repository: Repository, base: str, since: int) -> Iterator[tuple[Commit, int]]:
    from pytest_syncpoints.change import Commit, Person
    from pytest_syncpoints.gather.commits import read_trailers

    trailers = "%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)"
    form = f"--format=%x03%H%x04%an%x04%ae%x04{trailers}%x03"
    words = ("log", "-z", "--topo-order", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv")
    bound = (f"-n{_MOST_COMMITS}", f"--since=@{since}", "--encoding=UTF-8")
    output = answer(repository, *words, *bound, form, base, "--")
    fields = output.decode("utf-8", "surrogateescape").split("\x03")
    for header, numbers in zip(fields[1::2], fields[2::2], strict=False):
        sha, name, email, text = [*header.split("\x04"), "", "", "", ""][:4]
        if is_object_id(sha):
            who = Person(name, email)
            yield Commit(sha, (), who, who, "", tuple(read_trailers(text))), _lines(numbers)


def _lines(numbers: str) -> int:
    counts = (record.strip("\n").split("\t")[:2] for record in numbers.split("\0") if record.count("\t") >= 2)
    return sum(int(count) for pair in counts for count in pair if count.isdigit())
