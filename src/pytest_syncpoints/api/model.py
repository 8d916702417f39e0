"""Model of API changes: breaks as values, and what counts as public."""

from __future__ import annotations

from pytest_syncpoints.record import Record

_TEST_NAMES = ("tests", "test", "testing", "conftest")


class Break(Record):
    """One change callers may not survive: ``rule`` is its code, ``name`` the qualified name, ``text`` what happened.

    ``soft`` marks what only may break somebody (an annotation, a constant's value), or what was deprecated before.
    """

    rule: str
    name: str
    path: str
    line: int | None
    text: str
    soft: bool = False


class ApiChanges(Record):
    """What a change does to the public API: ``breaks``, or in ``unknown`` why that cannot be told though it changed."""

    breaks: tuple[Break, ...] = ()
    unknown: str = ""


def is_public_module(path: str) -> bool:
    """Say whether a Python file's path could be public: none of its names starts with an underscore or is a test's."""
    *folders, name = path.removesuffix(".py").split("/")
    names = [*folders, *([] if name == "__init__" else [name])]
    return not any(part.startswith("_") or part in _TEST_NAMES or part.startswith("test_") for part in names)


def is_test_path(path: str) -> bool:
    """Say whether a path lies among tests."""
    parts = path.removesuffix(".py").split("/")
    return any(part in _TEST_NAMES or part.startswith("test_") or part.endswith("_test") for part in parts)
