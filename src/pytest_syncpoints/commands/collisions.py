"""The command `collisions`: all pairs of unmerged branches that meet, as text or JSON."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.base import detect_base
from pytest_syncpoints.gather.collisions import read_collisions
from pytest_syncpoints.gather.git import Discovery, remote_url
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.render.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.base import Base
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.loops.collisions import Pair
    from pytest_syncpoints.policy import Policy

_SAYS = {"conflict": "conflict", "migration": "same migration chain", "api": "same API", "hunk": "same lines"}
_SHOWN = 3


def target_and_policy() -> tuple[Repository, Base, Policy]:
    """Return the repository here, its target branch and the policy at its tip; raises CannotEvaluate without one."""
    repository = Discovery().repository()
    base = detect_base(repository, os.environ)
    if base is None:
        raise CannotEvaluate("no target branch could be detected", remedy="git remote set-head origin --auto")
    with Objects(repository) as objects:
        return repository, base, TrustRoots(objects, base.sha, remote=remote_url(repository)).policy()


def collisions() -> tuple[Pair, ...]:
    """Return all pairs of unmerged branches that meet."""
    repository, base, policy = target_and_policy()
    return read_collisions(repository, base.sha, policy)


def as_json(found: tuple[Pair, ...]) -> str:
    """Return the pairs as JSON; a path that is not UTF-8 is shown readably."""
    import json

    rows = [{**pair._asdict(), "paths": [visible(path) for path in pair.paths]} for pair in found]
    for row in rows:
        row["a"], row["b"] = _short(row["a"]), _short(row["b"])
    return json.dumps({"pairs": rows}, indent=1) + "\n"


def as_text(found: tuple[Pair, ...]) -> str:
    """Return the pairs that somebody can act on, a line each; pairs that only share files are counted."""
    lines = list(_lines(found))
    apart = sum(pair.kind == "file" for pair in found)
    lines.append(f"{apart} more pairs change the same files, lines apart" if apart else "")
    return "\n".join(line for line in lines if line) + "\n" if found else "no two unmerged branches meet\n"


def as_html(found: tuple[Pair, ...]) -> str:
    """Return the pairs as a page: a graph of the branches, and what they meet on."""
    from pytest_syncpoints.render.pages.collisions import render

    return render(found, apart=sum(pair.kind == "file" for pair in found))


def _lines(found: tuple[Pair, ...]) -> Iterator[str]:
    for kind, said in _SAYS.items():
        for pair in found:
            if pair.kind == kind:
                more = f" and {len(pair.paths) - _SHOWN} more" if len(pair.paths) > _SHOWN else ""
                paths = ", ".join(visible(path) for path in pair.paths[:_SHOWN])
                merge = "" if pair.conflict is not None else " (merge not tried)"
                yield f"{said}: {visible(_short(pair.a))} and {visible(_short(pair.b))}: {paths}{more}{merge}"


def _short(name: str) -> str:
    return name.removeprefix("refs/heads/")
