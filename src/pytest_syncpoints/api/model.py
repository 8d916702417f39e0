"""Model of API changes: breaks as values, and what counts as public."""

from __future__ import annotations

from pytest_syncpoints.record import Record

_TEST_FOLDERS = ("tests", "test")


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


def is_test_path(path: str) -> bool:
    """Say whether a path is a test's or lies among tests; a module that helps others test is public."""
    *folders, name = path.removesuffix("i").removesuffix(".py").split("/")
    return (
        name.startswith("test_") or name.endswith("_test") or name == "conftest" or bool({*folders} & {*_TEST_FOLDERS})
    )
