"""Norm generations: what a tree still holds of norms that newer ones superseded, and which experiments it imports."""

from __future__ import annotations

from pytest_syncpoints.gather.git import answer
from pytest_syncpoints.gather.modules import module_name
from pytest_syncpoints.gather.norm_readings import PYTHON
from pytest_syncpoints.gather.tree_uses import tree_uses
from pytest_syncpoints.loops.generations import chained, counted, generations, questions
from pytest_syncpoints.norms.model import declarative
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy import Norm
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.loops.generations import Count, Generation
    from pytest_syncpoints.policy import Component, Policy

_MOST_UNREAD = 3  # named; the rest is counted


class Generations(Record):
    """Every norm of a chain with what is left of it, and what could not be told, in words."""

    rows: tuple[Generation, ...] = ()
    missing: tuple[str, ...] = ()


def norm_generations(
    repository: Repository, objects: Objects, commit: str, policy: Policy, introduced: Mapping[str, int]
) -> Generations:
    """Return what a commit's tree holds of each norm in a chain; without a chain nothing is read."""
    judged = {norm.name for norm in declarative(policy)}
    chain = [norm for norm in chained(policy) if norm.name in judged]
    if not chain:
        return Generations()
    tree = tree_uses(repository, objects, commit, [question for norm in chain for question in questions(norm)])
    found: dict[str, list[Count]] = {}
    for uses in tree.uses.values():
        for norm in chain:
            found.setdefault(norm.name, []).append(counted(norm.name, uses))
    rows = generations(policy._replace(norms=tuple(chain)), found, introduced)
    return Generations(rows, tuple(_missing(tree.unread)))


def _missing(unread: tuple[str, ...]) -> list[str]:
    if not unread:
        return []
    more = f" and {len(unread) - _MOST_UNREAD:,} more" if len(unread) > _MOST_UNREAD else ""
    return [f"what is left of norms in {', '.join(unread[:_MOST_UNREAD])}{more}: not Python that can be parsed here"]


def imported_experiments(
    repository: Repository, objects: Objects, commit: str, policy: Policy, now: float
) -> dict[str, str]:
    """Return the running experiments that Python files outside them import, each with the first such file."""
    if all(part.tier != "experiment" for part in policy.components):
        return {}
    from pytest_syncpoints.syncpoint import is_running_experiment

    running = [part for part in policy.components if is_running_experiment(part, now)]
    if not running:
        return {}
    paths = [path for path in _paths(repository, commit) if path.endswith(PYTHON)]
    tree = tree_uses(repository, objects, commit, _imports_of(running, paths), memory="imports")
    found: dict[str, str] = {}
    for path, uses in sorted(tree.uses.items()):
        for use in uses:
            found.setdefault(use.norm.partition("\0")[0], path)
    return found


def _paths(repository: Repository, commit: str) -> list[str]:
    import os

    return [os.fsdecode(row) for row in answer(repository, "ls-tree", "-r", "-z", "--name-only", commit).split(b"\0")]


def _imports_of(parts: list[Component], paths: list[str]) -> list[Norm]:
    """Return norms that an import of any module of a component breaks, anywhere but in the component itself."""
    known = set(paths)
    norms = []
    for part in parts:
        matcher = PathPatterns(part.paths)
        own = sorted({module_name(path, known.__contains__)[0] for path in paths if matcher.match(path)})
        tops = [name for name in own if name and not any(name.startswith(f"{other}.") for other in own)]
        norms += [Norm(f"{part.name}\0{name}", import_=name, except_in=part.paths) for name in tops]
    return norms
