"""The monitor's own cost, as exact counts: events and re-arms, never a time."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_syncpoints.testing.executable import executable
from pytest_syncpoints.testing.watch import WatchedFile

MONITORING: Any = getattr(sys, "monitoring", None)
if MONITORING is None:
    pytest.skip("sys.monitoring is new in 3.12", allow_module_level=True)
from pytest_syncpoints.testing.monitor import SLOTS, LineMonitor  # noqa: E402  # imports on 3.12 and later alone

SOURCE = """\
def looped(n):
    total = 0
    for i in range(n):
        total += i
    return total
def straight():
    a = 1
    return a
def untouched():
    return 3
"""


class Measured:
    """A module with changed lines, measured test by test."""

    def __init__(self, folder: Path, lines: set[int]) -> None:
        path = folder / "product.py"
        path.write_text(SOURCE, encoding="utf-8")
        found = executable(SOURCE.encode())
        assert found is not None
        watched = frozenset(lines)
        changed = tuple(sorted(lines))
        one = WatchedFile(
            "product.py", str(path.resolve()), "", changed, changed, watched, {}, found.on_import, found.at_import
        )
        self.monitor = LineMonitor([one])
        assert self.monitor.start() is None
        self.module = ModuleType("product")
        exec(compile(SOURCE, str(path.resolve()), "exec"), self.module.__dict__)

    def test(self, name: str, function: str, *arguments: int) -> None:
        self.monitor.begin((name, "call"))
        getattr(self.module, function)(*arguments)

    def lines(self) -> set[tuple[str, int]]:
        self.monitor.begin(("", "outside"))
        assert self.monitor.stop() is None
        return {
            (name, line) for (name, phase), _, line in self.monitor.recording().lines() if phase == "call" and line > 0
        }


def test_a_line_tells_once_a_test_however_often_it_runs(tmp_path: Path) -> None:
    measured = Measured(tmp_path, {4})
    for name in ("one", "two"):
        measured.test(name, "looped", 1000)
    assert measured.lines() == {("one", 4), ("two", 4)}
    # Two tests of the four lines of looped(); `for` begins at two places of the bytecode, and each tells.
    assert measured.monitor.line_events <= 2 * 5


def test_code_is_armed_again_once_for_each_test_that_ran_it(tmp_path: Path) -> None:
    measured = Measured(tmp_path, {4, 7})
    measured.test("one", "looped", 3)
    measured.test("two", "straight")
    measured.test("three", "looped", 3)
    measured.lines()
    assert measured.monitor.rearms == 3


def test_a_test_that_runs_no_changed_code_costs_nothing(tmp_path: Path) -> None:
    measured = Measured(tmp_path, {4})
    measured.test("one", "looped", 3)
    measured.monitor.begin(("two", "call"))
    events, rearms = measured.monitor.line_events, measured.monitor.rearms
    for _ in range(50):
        measured.module.untouched()
        measured.module.straight()
    measured.monitor.begin(("three", "call"))
    assert (measured.monitor.line_events, measured.monitor.rearms) == (events, rearms)
    measured.lines()


def test_module_code_is_not_armed_again(tmp_path: Path) -> None:
    measured = Measured(tmp_path, {1, 6})
    measured.monitor.begin(("one", "call"))
    assert measured.monitor.rearms == 0
    measured.lines()


def test_where_every_slot_is_taken_it_says_by_whom(tmp_path: Path) -> None:
    for slot in SLOTS:
        MONITORING.use_tool_id(slot, f"tool{slot}")
    try:
        trouble = LineMonitor([]).start()
    finally:
        for slot in SLOTS:
            MONITORING.free_tool_id(slot)
    assert trouble == "the measuring slots of sys.monitoring are taken by tool4 and tool3"


def test_events_and_rearms_stay_within_the_pairs_of_tests_and_code(tmp_path: Path) -> None:
    """Over many tests: at most one event for each place a line of armed code begins at, and each test that ran it."""
    measured = Measured(tmp_path, {1, 4, 6, 7})
    imported = SOURCE.count("def ")  # lines that run when the module is imported
    functions = ["looped", "straight", "untouched", "looped", "straight"] * 7
    for number, function in enumerate(functions):
        measured.test(f"test {number}", function, *([number] if function == "looped" else []))
    pairs = measured.lines()
    armed = {"looped": 5, "straight": 2}  # places at which their lines begin: `for` begins at two
    assert measured.monitor.line_events <= imported + sum(armed.get(function, 0) for function in functions)
    assert measured.monitor.rearms <= sum(1 for function in functions if function in armed)
    assert {line for _, line in pairs} == {4, 7}
