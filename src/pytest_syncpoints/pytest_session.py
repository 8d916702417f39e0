"""One test session with ``--syncpoints``: the change reviewed before the tests, their results recorded, the report."""

from __future__ import annotations

import os
import platform
from contextlib import suppress

import pytest

from pytest_syncpoints.door import bug, verdict_status
from pytest_syncpoints.errors import NOT_EVALUATED, CannotEvaluate, PolicyError, UsageError
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.ranges import RangeRequest
from pytest_syncpoints.gather.reviews import read_reviews
from pytest_syncpoints.output import write_atomically
from pytest_syncpoints.render import terminal
from pytest_syncpoints.report import Evidence, Report
from pytest_syncpoints.report_json import to_json
from pytest_syncpoints.run import Request, default_door, run

_COUNTED = ("passed", "failed", "skipped", "xfailed", "xpassed", "error")


class SyncpointsSession:
    """The recorder of one session; registered only where the review was asked for."""

    def __init__(self, config: pytest.Config) -> None:
        """Keep the options; nothing is read before the session starts."""
        option = config.option
        self._config = config
        # Made absolute now: a test may change the current directory and not change it back.
        self._json: str | None = option.syncpoints_json and os.path.abspath(option.syncpoints_json)
        self._no_fail: bool = option.syncpoints_no_fail
        self._nonce: str | None = option.syncpoints_nonce
        self._report: Report | None = None
        self._not_evaluated: CannotEvaluate | None = None
        self._tests = dict.fromkeys(_COUNTED, 0)
        self._nodeids: dict[str, None] = {}
        self._collected: frozenset[str] = frozenset()
        self._lost_worker = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Gather and review once, before any test runs; a policy or usage error ends the session (exit 4)."""
        if self._json is not None:
            with suppress(OSError):  # what cannot be removed cannot be written either, and that is said
                os.unlink(self._json)
        try:
            self._report = run(self._request(), _discovery(self._config))
            self._write("the test session has not ended")
        except (UsageError, PolicyError) as error:
            raise pytest.UsageError(f"syncpoints: {error}") from error
        except CannotEvaluate as error:
            self._not_evaluated = error
        except Exception as error:  # noqa: BLE001  # our own bug must not keep the tests from running
            self._not_evaluated = CannotEvaluate(f"internal error: {bug(error)}")

    def _request(self) -> Request:
        option = self._config.option
        return Request(
            range=RangeRequest(base=option.syncpoints_base),
            door=option.syncpoints_door or default_door(),
            prefer_worktree=default_door() == "local",
            never_staged=True,
            tests_ran=True,
            build_history=True,
            forge=None if option.syncpoints_reviews is None else read_reviews(option.syncpoints_reviews),
        )

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what is to run (under xdist the controller collects nothing itself)."""
        self._collected |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note what an xdist worker collected: each of them collects everything."""
        self._collected |= set(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        """Note that an xdist worker died: what it knew and had not told is lost."""
        self._lost_worker = self._lost_worker or error is not None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a result; of setup and teardown only what went wrong, or was skipped there."""
        outcome = _outcome(report)
        if outcome is not None:
            self._tests[outcome] += 1
            self._nodeids[report.nodeid] = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the whole report; a blocked change turns success into failure, any other status stays."""
        if self._report is not None:
            try:
                self._write(self._missing(exitstatus))
            except UsageError as error:
                self._not_evaluated = CannotEvaluate(error.message, remedy=error.remedy)
        if exitstatus == pytest.ExitCode.OK and self._fails():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _missing(self, exitstatus: int) -> str | None:
        """Return why the test results are not whole, ``None`` where they are."""
        if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            return "the test session did not end in order"
        if self._lost_worker:
            return "a test worker died"
        not_run = len(self._collected - self._nodeids.keys())
        return f"{not_run} of {len(self._collected)} collected tests did not run" if not_run else None

    def _fails(self) -> bool:
        """Say whether the review fails a run whose tests pass; ``--syncpoints-no-fail`` forgives findings only."""
        if self._not_evaluated is not None or self._report is None:
            return True
        status = verdict_status(self._report)
        return status == NOT_EVALUATED or (status != 0 and not self._no_fail)

    def _write(self, missing: str | None) -> None:
        if self._report is None:
            return
        self._report = self._report._replace(evidence=self._evidence(self._report, missing))
        if self._json is not None:
            write_atomically(self._json, to_json(self._report))

    def _evidence(self, report: Report, missing: str | None) -> Evidence:
        return Evidence(
            python=platform.python_version(),
            platform=platform.platform(terse=True),
            tree=report.change.tree,
            nonce=self._nonce,
            complete=missing is None,
            incomplete_because=missing,
            collected=len(self._collected),
            ran=len(self._nodeids),
            tests={name: count for name, count in self._tests.items() if count},
            nodeids=tuple(self._nodeids),
            files={},
            contracts=(),
            mutants=None,
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the same text as the command line, under a heading of its own."""
        terminalreporter.section("sync points", sep="=")
        if self._not_evaluated is not None:
            terminalreporter.line(f"syncpoints: {self._not_evaluated}", red=True)
        if self._report is not None:
            terminalreporter.write(terminal.render(self._report))
            if self._json is not None:
                terminalreporter.line(f"report: {self._json}")


def _discovery(config: pytest.Config) -> Discovery:
    """Return where the repository is: at pytest's root, else where pytest was started.

    An option's value that names a file elsewhere (``--syncpoints-reviews /tmp/reviews.json``) moves pytest's root to
    what the two have in common, because pytest looks for its root before it knows the options of plugins.
    """
    for folder in (config.rootpath, config.invocation_params.dir):
        try:
            Discovery(str(folder)).repository()
        except CannotEvaluate:
            continue
        return Discovery(str(folder))
    return Discovery(str(config.rootpath))


def _outcome(report: pytest.TestReport) -> str | None:
    """Return what a phase adds to the counts: the call its result, setup and teardown only errors and skips."""
    expected_failure = hasattr(report, "wasxfail")
    if report.when == "call":
        if expected_failure:
            return "xfailed" if report.skipped else "xpassed"
        return report.outcome
    if report.failed:
        return "error"
    if report.skipped:
        return "xfailed" if expected_failure else "skipped"
    return None
