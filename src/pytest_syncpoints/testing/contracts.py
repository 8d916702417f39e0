"""Contracts: which tests speak for which component, and what a change takes from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_syncpoints.change import new_content
from pytest_syncpoints.evidence import Weakened
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.testing.shapes import MARK, TestShape, is_test, shapes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.policy import Policy


def touched_components(context: ReviewContext) -> tuple[str, ...]:
    """Return the components that hold a changed file, by name."""
    return tuple(sorted({name for names in context.components.values() for name in names}))


def contract_patterns(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return the paths of contract tests by component, where the policy names any."""
    return {component.name: component.contract_tests for component in policy.components if component.contract_tests}


def components_of(path: str, marked: Iterable[str], patterns: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the components a test speaks for: those its marks name, and those whose contract tests hold its path."""
    named = {name for name, paths in patterns.items() if PathPatterns(paths).match(path)}
    return sorted(named | set(marked))


def speaks_in(path: str, source: bytes, patterns: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the components for which any test of a source speaks; found without running it."""
    by_path = components_of(path, (), patterns)
    if not by_path and MARK.encode() not in source:
        return []
    tests = [shape for name, shape in shapes_in(source).items() if is_test(name)]
    return sorted({name for shape in tests for name in components_of(path, shape.components, patterns)})


def weakened(context: ReviewContext) -> Iterator[Weakened]:
    """Yield what the change takes from contract tests: assertions, cases, the test itself, its mark; or excuses added.

    Functions of contract files that tests may call are looked at as well, where they make assertions.
    """
    patterns = contract_patterns(context.policy)
    for file in context.change.files:
        if not file.path.endswith(".py") or file.old_oid not in context.old_blobs or file.status == "A":
            continue
        old = context.old_blobs[file.old_oid]
        if MARK.encode() not in old and not components_of(file.path, (), patterns):
            continue  # nothing in this file speaks for a component, so it is not even parsed
        before, after = shapes_in(old), {} if file.status == "D" else shapes_in(new_content(old, file))
        for name, shape in before.items():
            components = components_of(file.path, shape.components, patterns)
            if not components:
                continue
            path, now = file.path, after.get(name)
            if now is None and is_test(name):
                path, now = _moved(context, file, name, components) or (path, None)
            for what in _taken(name, shape, now):
                yield Weakened(components[0], f"{file.path}::{name}", path, now.line if now else None, what)


def _moved(
    context: ReviewContext, source: FileChange, name: str, components: list[str]
) -> tuple[str, TestShape] | None:
    """Return where the change puts a test that is gone from its file: one of its name and components."""
    patterns = contract_patterns(context.policy)
    for file in context.change.files:
        if file is source or not file.path.endswith(".py") or file.status == "D" or not file.hunks:
            continue
        if not any(name.rpartition("::")[2].encode() in line for hunk in file.hunks for line in hunk.added):
            continue
        old = b"" if file.status == "A" else context.old_blobs.get(file.old_oid, b"")
        found = shapes_in(new_content(old, file)).get(name)
        if found and name not in shapes_in(old) and components_of(file.path, found.components, patterns) == components:
            return file.path, found
    return None


def _taken(name: str, old: TestShape, new: TestShape | None) -> Iterator[str]:
    if new is None:
        if is_test(name):
            yield "is gone"
        return
    if new.assertions < old.assertions:
        yield f"lost {old.assertions - new.assertions} of its {old.assertions} assertions"
    elif new.sure < old.sure:
        yield f"may end without {old.sure - new.sure} of its {old.sure} assertions: a condition, try or return is new"
    if not is_test(name):
        return
    if new.excuses > old.excuses:
        yield "is now skipped or expected to fail"
    if old.cases is not None and new.cases is not None and new.cases < old.cases:
        yield f"lost {old.cases - new.cases} of its {old.cases} cases"
    for component in sorted(old.components - new.components):
        yield f"no longer speaks for {component}"
