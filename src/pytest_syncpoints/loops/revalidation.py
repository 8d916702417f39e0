"""Revalidation: what it would cost to bring a stale branch up to date."""

from __future__ import annotations

from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record
from pytest_syncpoints.size import is_test, minutes_of_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.loops.collisions import Branch
    from pytest_syncpoints.policy import Policy


class Revalidation(Record):
    """What a branch needs before it can be merged again.

    ``behind`` is how many changes landed on the target since (``None``: it did not leave the target's own line),
    ``conflicts`` whether merging the two conflicts, ``paths`` what both have changed on the same lines, ``minutes``
    to read those again, ``tests`` what to run again: tests it changes, and the contract tests of its components.
    """

    ref: str
    behind: int | None
    conflicts: bool
    paths: tuple[str, ...]
    minutes: int
    tests: tuple[str, ...]


def revalidation(branch: Branch, policy: Policy, *, behind: int | None, conflicts: bool) -> Revalidation:
    """Return what a branch would cost to bring up to date."""
    lines = [0, 0]
    for path in branch.overtaken:
        lines[is_test(path)] += branch.touches[path].lines
    touched = [part for part in policy.components if any(map(PathPatterns(part.paths).match, branch.touches))]
    tests = [path for path, touch in branch.touches.items() if is_test(path) and touch.status != "D"]
    contracts = [path for part in touched for path in part.contract_tests]
    return Revalidation(
        ref=branch.name.removeprefix("refs/heads/"),
        behind=behind,
        conflicts=conflicts,
        paths=branch.overtaken,
        minutes=minutes_of_lines(lines[False], lines[True]),
        tests=tuple(dict.fromkeys((*contracts, *sorted(tests)))),
    )


def said(found: Revalidation) -> str:
    """Return the cost as a clause."""
    moved = f"{_count(found.behind, 'change')} landed since, " if found.behind else ""
    again = f", {_count(found.minutes, 'minute')} to read again" if found.minutes else ""
    tests = f", {_count(len(found.tests), 'test path')} to run again" if found.tests else ""
    return f"{moved}{'it conflicts' if found.conflicts else 'no conflict'}{again}{tests}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
