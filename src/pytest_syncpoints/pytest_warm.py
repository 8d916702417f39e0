"""The process that judges mutants, as pytest sees it: it collects as the session did, then forks instead of testing."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from pytest_syncpoints.testing.warm import PLAN, die_with_parent, judge, write_result


class MutantJudge:
    """Takes the place of the test loop; leaves at once afterwards, so that no plugin writes its results again."""

    def __init__(self) -> None:
        """Take the plan out of the environment: processes that tests start are no judges."""
        with open(os.environ.pop(PLAN), encoding="utf-8") as file:
            self._plan: dict[str, Any] = json.load(file)
        self._failed = False
        die_with_parent()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> object:
        """Run a test without telling anybody, inside what wraps every test: filters of warnings, time limits."""
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        self._failed = self._failed or not all(report.passed for report in reports)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a subtest that fails: it is told at once, and the test around it passes."""
        self._failed = self._failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> object:
        """Judge, and end the process."""
        items = {item.nodeid: item for item in session.items}
        session.config.option.tbstyle = (
            "no"  # nobody reads why a mutant's test fails, and a traceback costs more than it
        )
        with suppress(Exception):  # made before the forks, which would otherwise each make one and remove old ones
            session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # noqa: SLF001

        def run_test(nodeid: str, following: str | None) -> bool:
            item = items[nodeid]
            self._failed = False
            item.ihook.pytest_runtest_protocol(item=item, nextitem=items[following] if following else None)
            return not self._failed

        try:
            result = judge(self._plan, set(items), run_test)
        except Exception as error:  # noqa: BLE001  # said in the report of the session that asked
            result = {"because": f"{type(error).__name__}: {error}"}
        write_result(self._plan, result)
        os._exit(0)
