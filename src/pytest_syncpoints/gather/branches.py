"""Branches: the unmerged branches of a clone with what each touches, read by a handful of git processes."""

from __future__ import annotations

import os
import re

from pytest_syncpoints.gather.git import StandIn, answer, ask, evaluation_error
from pytest_syncpoints.loops.collisions import Branch, Touch, mapped, span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.gather.git import Repository

    Moves = tuple[tuple[int, int, int, int], ...]

_FORMAT = "%(objectname)%00%(refname)%00%(symref)%00%(committerdate:unix)%00%(authorname)%00%(authoremail:trim)"
_DIFF = ("diff-tree", "--stdin", "-r", "-z", "--raw", "-p", "-U0", "--no-renames", "--full-index", "--no-abbrev")
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=none", "--diff-algorithm=myers")
_HEADER = re.compile(rb"(?:\A|\n|\0)([0-9a-f]{40}|[0-9a-f]{64})\0(?=:)")
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_BLOCK = re.compile(rb"^diff --git ", re.MULTILINE)
_PUBLIC = re.compile(rb"^[-+] {0,4}(?:async )?(?:def|class) ([A-Za-z]\w*)", re.MULTILINE)
_MOST_RESTARTS = 20
_MOST_NAMED = 1000  # paths named to git at once


def unmerged(repository: Repository, target: str) -> tuple[Branch, ...]:
    """Return the local and remote branches that ``target`` (a commit) does not contain, one a tip, oldest first.

    Of several names for one tip the local one stands. What they touch is not read yet.
    """
    places = ("refs/heads/", "refs/remotes/")
    output = answer(repository, "for-each-ref", f"--no-merged={target}", f"--format={_FORMAT}", *places)
    found: dict[str, Branch] = {}
    for line in os.fsdecode(output).splitlines():
        sha, ref, symbolic, at, name, email = line.split("\0")
        if not symbolic and sha not in found:
            short = ref.removeprefix("refs/remotes/") if ref.startswith("refs/remotes/") else ref
            found[sha] = Branch(short, sha, "", name, email, int(at or 0))
    forks = _forks(repository, target, list(found))
    branches = (branch._replace(base=forks[sha]) for sha, branch in found.items() if sha in forks)
    return tuple(sorted(branches, key=lambda branch: (branch.at, branch.name)))


def _forks(repository: Repository, target: str, tips: list[str]) -> dict[str, str]:
    """Return the merge base of each tip with the target: one walk for all, one process for each that merged it in."""
    if not tips:
        return {}
    asked = "\n".join([*tips, f"^{target}"]) + "\n"
    listed = answer(repository, "rev-list", "--parents", "--stdin", stdin=asked.encode()).decode("ascii")
    parents = {sha: rest for sha, *rest in (line.split() for line in listed.splitlines())}
    forks = {}
    for tip in tips:
        border = _border(tip, parents)
        if len(border) == 1:
            forks[tip] = border.pop()
        elif border:
            said = ask(repository, "merge-base", target, tip).stdout.decode("ascii").split()
            forks.update({tip: said[0]} if said else {})
    return forks


def _border(tip: str, parents: dict[str, list[str]]) -> set[str]:
    """Return the target's own commits that a tip's unmerged history stands on."""
    border, seen, waiting = set(), {tip}, [tip]
    while waiting:
        for parent in parents[waiting.pop()]:
            if parent not in parents:
                border.add(parent)
            elif parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return border


def with_touches(repository: Repository, branches: tuple[Branch, ...], target: str) -> tuple[Branch, ...]:
    """Return the branches with what each touches, in lines of the target's tip."""
    with StandIn(repository) as stand_in:
        found = _differences(stand_in, [(branch.sha, branch.base) for branch in branches])
        moves = _moves(stand_in, branches, found, target)
    return tuple(
        branch._replace(touches=_in_lines_of_target(found.get(branch.sha, {}), moves.get(branch.base, {})))
        for branch in branches
    )


def _in_lines_of_target(touches: dict[str, Touch], moves: dict[str, Moves | None]) -> dict[str, Touch]:
    result = {}
    for path, touch in touches.items():
        moved = moves.get(path, ())
        spans = None if moved is None or touch.spans is None else mapped(touch.spans, moved)
        result[path] = touch._replace(spans=spans)
    return result


def _moves(
    stand_in: StandIn, branches: tuple[Branch, ...], found: dict[str, dict[str, Touch]], target: str
) -> dict[str, dict[str, Moves | None]]:
    """Return, by merge base and path, how lines moved to the target's tip; ``None`` where no lines can be compared."""
    counts: dict[str, int] = {}
    for branch in branches:
        for path in found.get(branch.sha, {}):
            counts[path] = counts.get(path, 0) + 1
    shared = {path for path, count in counts.items() if count > 1}
    by_base: dict[str, set[str]] = {}
    for branch in branches:
        if branch.base != target:
            by_base.setdefault(branch.base, set()).update(shared.intersection(found.get(branch.sha, {})))
    moves: dict[str, dict[str, Moves | None]] = {}
    for base, paths in by_base.items():
        if paths:
            named = sorted(paths) if len(paths) <= _MOST_NAMED else []
            output = _ask(stand_in, [(target, base)], named)
            moves[base] = {path: hunks for _, path, _, hunks, _ in _files(output)}
    return moves


def _differences(stand_in: StandIn, sides: list[tuple[str, str]]) -> dict[str, dict[str, Touch]]:
    found: dict[str, dict[str, Touch]] = {}
    for sha, path, status, hunks, api in _files(_ask(stand_in, sides, [])):
        spans = None if hunks is None or status != "M" else tuple(span(old, count) for old, count, _, _ in hunks)
        found.setdefault(sha, {})[path] = Touch(status, spans, api, sum(old + new for _, old, _, new in hunks or ()))
    return found


def _ask(stand_in: StandIn, sides: list[tuple[str, str]], paths: list[str], *, patch: bool = True) -> bytes:
    """Ask git for the differences of many commits, each against the parent named behind it.

    git stops at the first content that is missing here (a partial clone): the commits are then asked for in halves,
    and of one alone that fails only the paths. Raises CannotEvaluate where even those cannot be read.
    """
    asked = "".join(f"{new} {old}\n" for new, old in sides).encode()
    words = _DIFF if patch else tuple(word for word in _DIFF if word not in ("-p", "-U0"))
    result = stand_in.start(*words, *_PLAIN, "--", *paths).collect(asked)
    if result.status == 0:
        return result.stdout
    if len(sides) > 1:
        half = len(sides) // 2
        return _ask(stand_in, sides[:half], paths) + _ask(stand_in, sides[half:], paths)
    if patch:
        return _ask(stand_in, sides, paths, patch=False)
    raise evaluation_error(result, "diff-tree")


def _files(output: bytes) -> Iterator[tuple[str, str, str, Moves | None, tuple[str, ...]]]:
    """Yield commit, path, status, hunks (``None``: not text) and public names of each file in diff-tree's answer.

    No line of a patch starts with an object id, so that the headers cannot be imitated by content.
    """
    marks = list(_HEADER.finditer(output))
    for at, mark in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(output)
        yield from _of_commit(mark[1].decode("ascii"), output[mark.end() : end])


def _of_commit(sha: str, text: bytes) -> Iterator[tuple[str, str, str, Moves | None, tuple[str, ...]]]:
    listed, _, patch = text.partition(b"\0\0")
    fields = listed.split(b"\0")
    blocks: dict[bytes, bytes] = {}
    for block in _BLOCK.split(patch)[1:]:
        ids = block.partition(b"\nindex ")[2].partition(b"\n")[0].split(b" ")[0]
        blocks.setdefault(ids, block)
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        old_mode, new_mode, old, new, status = header.split(b" ")
        block = blocks.get(old + b".." + new, b"")
        hunks = tuple(_numbers(found) for found in _HUNK.finditer(block))
        text_only = bool(hunks) and (status != b"M" or old_mode[1:] == new_mode)
        names = sorted({name.decode() for name in _PUBLIC.findall(block)}) if path.endswith(b".py") else []
        yield sha, os.fsdecode(path), status.decode("ascii"), hunks if text_only else None, tuple(names)


def _numbers(found: re.Match[bytes]) -> tuple[int, int, int, int]:
    old, count, new, size = found.groups()
    return int(old), 1 if count is None else int(count), int(new), 1 if size is None else int(size)


def tried(repository: Repository, couples: Iterable[tuple[str, str]]) -> dict[tuple[str, str], bool]:
    """Return for pairs of commits whether merging them conflicts, tried in memory; nothing where git is too old.

    ``git merge-tree --write-tree --stdin`` (2.38 and later) writes what it makes into a folder of our own, which is
    removed; index, worktree and object store stay as they are.
    """
    asked = list(couples)
    if not asked:
        return {}
    found: dict[tuple[str, str], bool] = {}
    with StandIn(repository, writable=True) as stand_in:
        for _ in range(_MOST_RESTARTS):
            done = _merged(stand_in, asked, found)
            asked = asked[done + 1 :]  # git stops at a pair it cannot merge: content is missing here
            if not asked:
                break
    return found


def _merged(stand_in: StandIn, asked: list[tuple[str, str]], found: dict[tuple[str, str], bool]) -> int:
    """Merge pairs until git stops, note what came of each, and return how many were merged."""
    words = ("merge-tree", "--write-tree", "--stdin", "-z", "--no-messages", "--name-only")
    text = "".join(f"{a} {b}\n" for a, b in asked).encode()
    fields = stand_in.start(*words).collect(text).stdout.split(b"\0")
    at = 0
    for count, couple in enumerate(asked):
        if at + 1 >= len(fields) or fields[at] not in (b"0", b"1"):
            return count
        try:
            end = fields.index(b"", at + 2)
        except ValueError:  # cut off in the middle
            return count
        found[couple] = fields[at] == b"0"  # in this mode 1 stands for a clean merge (git-merge-tree, OUTPUT)
        at = end + 1
    return len(asked)
