"""The command `collisions`: all pairs of unmerged branches that meet, as text or JSON."""

from __future__ import annotations

import functools
import heapq
import json
import os
from typing import TYPE_CHECKING

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.collisions import read_collisions
from pytest_syncpoints.gather.git import Discovery, remote_url
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.loops.collisions import apart
from pytest_syncpoints.people import People
from pytest_syncpoints.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.base import Base
    from pytest_syncpoints.gather.collisions import Collisions
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Branch, Pair
    from pytest_syncpoints.policy import Policy

_SAYS = {"conflict": "conflict", "migration": "same migration chain", "api": "same API", "hunk": "same lines"}
_SHOWN = 3
_MOST_LINES = 40  # of one kind


def target_and_policy() -> tuple[Repository, Base, Policy]:
    """Return the repository here, its target branch and the policy at its tip; raises CannotEvaluate without one."""
    return target_policy_people()[:3]


def target_policy_people() -> tuple[Repository, Base, Policy, People]:
    """Return besides who is who, by the policy and the ``.mailmap`` of the target's tip."""
    repository = Discovery().repository()
    base = detect_base(repository, os.environ)
    if base is None:
        raise CannotEvaluate("no target branch could be detected", remedy="git remote set-head origin --auto")
    with Objects(repository) as objects:
        trust = TrustRoots(objects, base.sha, remote=remote_url(repository))
        policy = trust.policy()
        return repository, base, policy, People.build(policy, trust.read(".mailmap") or b"")


def collisions() -> Collisions:
    """Return which unmerged branches meet."""
    repository, base, policy = target_and_policy()
    return read_collisions(repository, base.sha, policy)


def as_json(found: Collisions) -> str:
    """Return all pairs as JSON, one a line, sorted by name; a path that is not UTF-8 is shown readably.

    There may be hundreds of thousands: texts are quoted once each and rows put together by hand.
    """
    quoted = functools.cache(lambda text: json.dumps(visible(_short(text))))
    listed = functools.cache(lambda paths: f"[{', '.join(json.dumps(visible(path)) for path in paths)}]")
    close = (
        (pair.a, pair.b, f'"{pair.kind}", "paths": {listed(pair.paths)}, "conflict": {json.dumps(pair.conflict)}')
        for pair in found.pairs
    )
    files = ((a, b, f'"file", "paths": {listed(paths)}, "conflict": false') for a, b, paths in _apart(found))
    rows = heapq.merge(close, files)
    lines = ",\n ".join(f'{{"a": {quoted(a)}, "b": {quoted(b)}, "kind": {rest}}}' for a, b, rest in rows)
    return f'{{"pairs": [\n {lines}\n]}}\n' if lines else '{"pairs": []}\n'


def _apart(found: Collisions) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    return apart(found.branches, found.pairs)


def as_text(found: Collisions) -> str:
    """Return the pairs that somebody can act on, a line each; pairs that only share files are counted."""
    behind = {branch.name: branch for branch in found.behind}
    late = [pair for pair in found.pairs if _is_late(pair, behind)]
    lines = list(_lines(tuple(pair for pair in found.pairs if pair not in late)))
    for name, branch in behind.items():
        count = sum(name in (pair.a, pair.b) for pair in late)
        with_others = f", and so with {count} branch{'es' * (count != 1)} that left it later" if count else ""
        lines.append(
            f"rebase first: {visible(_short(name))} conflicts with its target{with_others}: {_paths(branch.overtaken)}"
        )
    count = sum(1 for _ in _apart(found))
    lines.append(f"{count} more pairs change the same files, lines apart" if count else "")
    return "\n".join(line for line in lines if line) + "\n" if any(lines) else "no two unmerged branches meet\n"


def as_html(found: Collisions) -> str:
    """Return the pairs as a page: what to rebase first, a graph of the others, and what they meet on."""
    from pytest_syncpoints.render.pages.collisions import render

    behind = {branch.name: branch for branch in found.behind}
    pairs = [pair for pair in found.pairs if not _is_late(pair, behind)]
    return render(pairs, apart=sum(1 for _ in _apart(found)), behind=found.behind, late=len(found.pairs) - len(pairs))


def _lines(found: tuple[Pair, ...]) -> Iterator[str]:
    for kind, said in _SAYS.items():
        pairs = [pair for pair in found if pair.kind == kind]
        for pair in pairs[:_MOST_LINES]:
            merge = "" if pair.conflict is not None else " (merge not tried)"
            yield f"{said}: {visible(_short(pair.a))} and {visible(_short(pair.b))}: {_paths(pair.paths)}{merge}"
        if len(pairs) > _MOST_LINES:
            yield f"{said}: {len(pairs) - _MOST_LINES:,} more pairs: --format json"


def _is_late(pair: Pair, behind: dict[str, Branch]) -> bool:
    """Say whether a pair conflicts only because one side conflicts with the target already."""
    sides = (behind.get(pair.a), behind.get(pair.b))
    return pair.kind == "conflict" and any(side is not None and side.overtaken == pair.paths for side in sides)


def _paths(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(visible(path) for path in paths[:_SHOWN]) + more


def _short(name: str) -> str:
    return name.removeprefix("refs/heads/")
