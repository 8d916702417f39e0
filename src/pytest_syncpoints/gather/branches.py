"""Branches: the unmerged branches of a clone and where each left its target, read by two or three git processes."""

from __future__ import annotations

import os

from pytest_syncpoints.gather.git import answer, ask
from pytest_syncpoints.loops.collisions import Branch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_syncpoints.gather.git import Repository

    Parents = dict[str, list[str]]

_FORMAT = "%(objectname)%00%(refname)%00%(symref)%00%(committerdate:unix)%00%(authorname)%00%(authoremail:trim)"


def unmerged(repository: Repository, target: str) -> tuple[Branch, ...]:
    """Return the local and remote branches that ``target`` (a commit) does not contain, one a tip, oldest first.

    Of several names for one tip the local one stands. What they touch is not read yet.
    """
    output = answer(repository, "for-each-ref", f"--format={_FORMAT}", "refs/heads/", "refs/remotes/")
    found: dict[str, Branch] = {}
    for line in os.fsdecode(output).split("\n")[:-1]:
        sha, ref, symbolic, at, name, email = line.split("\0")
        if not symbolic and sha not in found:
            short = ref.removeprefix("refs/remotes/") if ref.startswith("refs/remotes/") else ref
            found[sha] = Branch(short, sha, "", name, email, int(at or 0))
    return _with_forks(repository, target, found)


def _with_forks(repository: Repository, target: str, found: dict[str, Branch]) -> tuple[Branch, ...]:
    """Return the branches that the target lacks with their merge bases, and which of the others each contains."""
    if not found:
        return ()
    asked = "\n".join([*found, f"^{target}"]) + "\n"
    listed = answer(repository, "rev-list", "--parents", "--boundary", "--timestamp", "--stdin", stdin=asked.encode())
    parents: Parents = {}
    dates: dict[str, int] = {}  # of the target's own commits that unmerged history stands on
    for line in listed.decode("ascii").splitlines():
        at, sha, *rest = line.split(" ")
        if sha.startswith("-"):
            dates[sha[1:]] = int(at)
        else:
            parents[sha] = rest
    borders: dict[str, set[str]] = {}
    branches = []
    for tip in found.keys() & parents.keys():
        borders[tip], inside = _border(tip, parents)
        branches.append(found[tip]._replace(contains=frozenset(inside & found.keys()) - {tip}))
    forks = _forks(repository, target, borders, dates)
    based = (branch._replace(base=forks[branch.sha]) for branch in branches if branch.sha in forks)
    return tuple(sorted(based, key=lambda branch: (branch.at, branch.name)))


def _border(tip: str, parents: Parents) -> tuple[set[str], set[str]]:
    """Return the target's own commits that a tip's unmerged history stands on, and that history."""
    border, seen, waiting = set(), {tip}, [tip]
    while waiting:
        for parent in parents[waiting.pop()]:
            if parent not in parents:
                border.add(parent)
            elif parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return border, seen


def _forks(repository: Repository, target: str, borders: dict[str, set[str]], dates: dict[str, int]) -> dict[str, str]:
    """Return each tip's merge base: of a border of several commits the one that contains the others.

    Where none does (a criss-cross merge, or a clock that went backwards), git is asked about that tip.
    """
    forks = {tip: next(iter(border)) for tip, border in borders.items() if len(border) == 1}
    several = {frozenset(border) for border in borders.values() if len(border) > 1}
    parents, stamps = history_between(repository, {sha for border in several for sha in border}, dates)
    last: dict[frozenset[str], str] = {}
    for border in several:
        newest, *others = sorted(border, key=lambda sha: (-stamps.get(sha, 0), sha))
        if contained(newest, parents, stamps, since=stamps.get(others[-1], 0)).issuperset(others):
            last[border] = newest
    for tip, stands_on in borders.items():
        if frozenset(stands_on) in last:
            forks[tip] = last[frozenset(stands_on)]
        elif len(stands_on) > 1:
            said = ask(repository, "merge-base", target, tip).stdout.decode("ascii").split()
            forks.update({tip: said[0]} if said else {})
    return forks


def history_between(
    repository: Repository, commits: Collection[str], dates: dict[str, int] | None = None
) -> tuple[Parents, dict[str, int]]:
    """Return parents and dates of the history from the oldest of these commits to the newest, in one walk.

    The walk ends by date: a commit dated wrongly may hide that one contains another, never pretend it.
    """
    if len(commits) < 2:
        return {}, {}
    asked = "".join(f"{sha}\n" for sha in sorted(commits)).encode()
    if dates is None:
        stamps = answer(repository, "rev-list", "--no-walk", "--timestamp", "--stdin", stdin=asked).split()[::2]
        oldest = min(map(int, stamps))
    else:
        oldest = min(dates.get(sha, 0) for sha in commits)
    words = ("rev-list", "--parents", "--timestamp", f"--max-age={oldest}", "--stdin")
    rows = [line.split(" ") for line in answer(repository, *words, stdin=asked).decode("ascii").splitlines()]
    return {sha: rest for _, sha, *rest in rows}, {row[1]: int(row[0]) for row in rows}


def contained(commit: str, parents: Parents, dates: dict[str, int], *, since: int = 0) -> set[str]:
    """Return what a commit is known to contain, itself too, as far back as a date."""
    seen, waiting = {commit}, [commit]
    while waiting:
        for parent in parents.get(waiting.pop(), ()):
            if parent not in seen and dates.get(parent, 0) >= since:
                seen.add(parent)
                waiting.append(parent)
    return seen
