"""One test session with ``--syncpoints``: the change reviewed before the tests, their results recorded, the report."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_syncpoints.door import bug, one_screen, verdict_status
from pytest_syncpoints.errors import NOT_EVALUATED, CannotEvaluate, PolicyError, UsageError
from pytest_syncpoints.evidence import TestFacts
from pytest_syncpoints.gather.changes import tracked_paths
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.ranges import RangeRequest
from pytest_syncpoints.gather.reviews import read_reviews
from pytest_syncpoints.output import write_atomically
from pytest_syncpoints.pytest_recorder import OUTPUT, TestRecorder
from pytest_syncpoints.render import terminal
from pytest_syncpoints.render.junit_properties import properties
from pytest_syncpoints.report_json import from_json, to_json
from pytest_syncpoints.run import Prepared, Request, default_door, prepare
from pytest_syncpoints.size import is_test
from pytest_syncpoints.testing.contracts import (
    components_of,
    contract_patterns,
    speaks_in,
    touched_components,
    weakened,
)
from pytest_syncpoints.testing.coverage_data import CoverageFile
from pytest_syncpoints.testing.orders import Orders, Published
from pytest_syncpoints.testing.recording import Recording
from pytest_syncpoints.testing.selection import Known, from_coverage, from_report, is_test_module, taken_away
from pytest_syncpoints.testing.tally import MOST_NAMES, Tally
from pytest_syncpoints.testing.watch import watched_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.evidence import Evidence, Weakened
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.testing.subprocesses import Subprocesses


class SyncpointsSession:
    """The session of the controller; made before conftest files are imported, so that their imports are seen."""

    def __init__(self, config: pytest.Config, option: Any) -> None:
        """Gather and review once, before any test runs; an error is told when the session starts."""
        self._option = option
        # Made absolute now: a test may change the current directory and not change it back.
        self._json: str | None = option.syncpoints_json and os.path.abspath(option.syncpoints_json)
        self._prepared: Prepared | None = None
        self._report: Report | None = None
        self._refused: UsageError | PolicyError | None = None
        self._not_evaluated: CannotEvaluate | None = None
        self._lost_worker = False
        # Absolute for the same reason; read when the session ends, since pytest-cov may write it in this very run.
        self._coverage: str | None = option.syncpoints_coverage and os.path.abspath(option.syncpoints_coverage)
        self._weakened: tuple[Weakened, ...] = ()
        self._gaps: tuple[str, ...] = ()
        self._published: Published | None = None
        self._subprocesses: Subprocesses | None = None
        self._root = str(config.rootpath)
        self.orders = Orders(self._root)
        self.recorder: TestRecorder | None = None
        self._tally = Tally(self.orders)
        try:
            self._start(config)
        except (UsageError, PolicyError) as error:
            self._refused = error
        except CannotEvaluate as error:
            self._not_evaluated = error
        except Exception as error:  # noqa: BLE001  # our own bug must not keep the tests from running
            self._not_evaluated = CannotEvaluate(f"internal error: {bug(error)}")

    def _start(self, config: pytest.Config) -> None:
        earlier = self._take_earlier_report()
        self._discovery = _discovery(config)
        self._prepared = prepared = prepare(self._request(), self._discovery)
        self._weakened = tuple(weakened(prepared.context))
        self.orders = self._made_orders(prepared, earlier)
        self._tally = Tally(self.orders)
        if self._option.syncpoints_subprocesses and self._coverage is None:
            from pytest_syncpoints.testing.subprocesses import Subprocesses

            self._subprocesses = Subprocesses()
        if self.distributes or self._subprocesses is not None:
            self._published = Published(self.orders)
        if not self.distributes:
            self.recorder = TestRecorder(self.orders, measures=self._coverage is None)
        self._write("the test session has not ended")

    @property
    def distributes(self) -> bool:
        """Say whether xdist runs the tests in other processes."""
        option = self._option
        return bool(getattr(option, "numprocesses", None) or getattr(option, "tx", None))

    def _take_earlier_report(self) -> Evidence | None:
        """Remove the report an earlier run left, and return its evidence where it is to choose tests."""
        if self._json is None:
            return None
        earlier = None
        if self._option.syncpoints_select:
            with suppress(OSError, UsageError), open(self._json, "rb") as file:
                earlier = from_json(file.read()).evidence
        with suppress(OSError):  # what cannot be removed cannot be written either, and that is said
            os.unlink(self._json)
        return earlier

    def _made_orders(self, prepared: Prepared, earlier: Evidence | None) -> Orders:
        context = prepared.context
        files = watched_files(context.change.files, prepared.top or "", prepared.object_format, self._root)
        known = self._known(context.change.files, files, earlier)
        return Orders(
            top=prepared.top or "",
            files=files,
            contracts=contract_patterns(context.policy),
            touched=touched_components(context),
            selected=known.selected,
            known=known.tests,
            always=frozenset(file.path for file in context.change.files),
        )

    def _known(self, changed: Any, files: Any, earlier: Evidence | None) -> Known:
        """Return which tests to run; everything where that is not asked for, or nothing is known."""
        selects = self._option.syncpoints_select
        coverage = None
        if self._coverage is not None and (selects or not getattr(self._option, "cov_source", None)):
            coverage = CoverageFile(self._coverage)
        if not selects:
            return Known(None, frozenset())
        product = [file for file in files if not is_test_module(file.path)]
        lost = taken_away(changed, files, by_file=coverage is not None)
        if lost:
            known = Known(None, frozenset(), f"{lost}, and no test is known to have reached that")
        elif coverage is not None:
            known = from_coverage(product, [coverage.tests_by_line(file) for file in product])
            known = known._replace(tests=coverage.everybody())
        else:
            known = from_report(product, earlier)
        if known.because:
            self._gaps = (f"--syncpoints-select runs every test: {known.because}",)
        return known

    def _request(self) -> Request:
        option = self._option
        return Request(
            range=RangeRequest(base=option.syncpoints_base),
            door=option.syncpoints_door or default_door(),
            prefer_worktree=default_door() == "local",
            never_staged=True,
            tests_ran=True,
            build_history=True,
            forge=None if option.syncpoints_reviews is None else read_reviews(option.syncpoints_reviews),
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """End the session where the policy or an option is wrong (exit 4)."""
        if self._refused is not None:
            raise pytest.UsageError(one_screen(f"syncpoints: {self._refused}")) from self._refused
        self._gaps += tuple(narrowed(session.config))
        if self._prepared is not None and session.config.getoption("xmlpath", None):
            # What is known already, for a run that ends halfway.
            _note_in_junit(session.config, properties(self._prepared.report()))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what is to run (under xdist the controller collects nothing itself)."""
        self._tally.collected |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note what an xdist worker collected: each of them collects everything."""
        self._tally.collected |= set(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take what an xdist worker saw; where it died, what it knew and had not told is lost."""
        told = getattr(node, "workeroutput", {}).get(OUTPUT)
        if told is not None:
            self._tally.add(told, Recording.from_plain(len(self.orders.files), told["lines"]))
        self._lost_worker = self._lost_worker or error is not None or told is None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected (under xdist the workers' reports come here)."""
        if report.failed:
            self._tally.not_collected(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a result."""
        self._tally.count(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the whole report; a blocked change turns success into failure, any other status stays."""
        if self._prepared is not None and self._refused is None:
            try:
                self._take_lines()
                self._tally.contracts_left_out(self._contracts_left_out())
                self._judge_mutants(session.config, exitstatus)
                self._write(self._missing(exitstatus))
            except UsageError as error:
                self._not_evaluated = CannotEvaluate(error.message, remedy=error.remedy)
            except Exception as error:  # noqa: BLE001  # a bug of ours is said, and fails the run, after the tests
                self._not_evaluated = CannotEvaluate(f"internal error: {bug(error)}")
        if self._report is not None and session.config.getoption("xmlpath", None):
            for plugin in _note_in_junit(session.config, properties(self._report)):
                plugin.pytest_sessionfinish()  # it has written its file: once more, with what the tests told
        if exitstatus == pytest.ExitCode.OK and self._fails():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _take_lines(self) -> None:
        if self.recorder is not None:
            self._tally.add(self.recorder.told(), self.recorder.recording)
        if self._subprocesses is not None:
            for recording in self._subprocesses.recordings(len(self.orders.files)):
                self._tally.recording.update(recording)
            trouble = self._subprocesses.trouble()
            if trouble:
                self._tally.trouble(trouble)
        if self._coverage is not None:
            coverage = CoverageFile(self._coverage)
            self._tally.recording.update(coverage.recording(self.orders.files))
            for trouble in coverage.troubles(self.orders.files):
                self._tally.trouble(trouble)
            if self._tally.outcomes and coverage.everybody().isdisjoint(self._tally.outcomes):
                self._tally.trouble("the coverage data names no test of this run (pytest-cov: --cov-context=test)")

    def _contracts_left_out(self) -> dict[str, list[str]]:
        """Return the files with tests of touched components that were not collected; only such files are read."""
        if self._prepared is None or not self.orders.touched or not self.orders.top:
            return {}
        change, top = self._prepared.context.change, self.orders.top
        seen = {os.path.realpath(os.path.join(self._root, path)) for path in self._tally.paths()}
        paths = {*tracked_paths(self._discovery.repository(), change), *(file.path for file in change.files)}
        found = {}
        for path in sorted(path for path in paths if path.endswith(".py")):
            name = os.path.join(top, path)
            is_contract = bool(components_of(path, (), self.orders.contracts))
            if not (is_contract or is_test(path)) or os.path.realpath(name) in seen:
                continue
            with suppress(OSError), open(name, "rb") as file:
                components = speaks_in(path, file.read(), self.orders.contracts)
                found.update({path: components} if components else {})
        return found

    def _judge_mutants(self, config: pytest.Config, exitstatus: int) -> None:
        """Judge mutants where that is asked for and the tests pass: failing ones notice nothing."""
        seconds = self._option.syncpoints_mutate
        if seconds is None:
            return
        if exitstatus != pytest.ExitCode.OK:
            self._gaps += ("mutants were not judged: the tests do not pass without any",)
            return
        from pytest_syncpoints.pytest_mutation import judge_mutants

        tally = self._tally
        self._withdraw()
        passed = {test: tally.durations[test] for test, outcome in tally.outcomes.items() if outcome == "passed"}
        tally.mutants, gap = judge_mutants(config, self.orders, tally.recording, passed, seconds)
        self._gaps += (gap,) if gap else ()

    def _withdraw(self) -> None:
        if self._subprocesses is not None:
            self._subprocesses.withdraw()
            self._subprocesses = None
        if self._published is not None:
            self._published.withdraw()
            self._published = None

    def pytest_unconfigure(self) -> None:
        """Remove what workers were told; stop measuring where the session never got to its end."""
        self._withdraw()
        if self.recorder is not None:
            self.recorder.told()

    def _missing(self, exitstatus: int) -> str | None:
        """Return why the test results are not whole, ``None`` where they are."""
        if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            return "the test session did not end in order"
        if self._lost_worker:
            return "a test worker died"
        not_run, collected = self._tally.not_run(), len(self._tally.collected)
        return f"{not_run} of {collected} collected tests did not run" if not_run else None

    def _fails(self) -> bool:
        """Say whether the review fails a run whose tests pass; ``--syncpoints-no-fail`` forgives findings only."""
        if self._not_evaluated is not None or self._report is None:
            return True
        status = verdict_status(self._report)
        return status == NOT_EVALUATED or (status != 0 and not self._option.syncpoints_no_fail)

    def _write(self, missing: str | None) -> None:
        """Review with what the tests told so far, and write the report where one is asked for."""
        if self._prepared is None:
            return
        tally = self._tally
        evidence = tally.evidence(
            tree=self._prepared.context.change.tree, nonce=self._option.syncpoints_nonce, missing=missing
        )
        gaps = (*self._gaps, *tally.gaps(self._option))
        self._report = self._prepared.report(TestFacts(evidence, gaps, self._weakened))
        if self._json is not None:
            write_atomically(self._json, to_json(self._report))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the same text as the command line, under a heading of its own."""
        terminalreporter.section("sync points", sep="=")
        if self._not_evaluated is not None:
            terminalreporter.line(f"syncpoints: {self._not_evaluated}", red=True)
        if self._report is not None:
            terminalreporter.write(terminal.render(self._report))
            if self._json is not None:
                terminalreporter.line(f"report: {self._json}")


def narrowed(config: pytest.Config) -> Iterator[str]:
    """Yield what the command line asks for less than the whole suite: files and single tests, ``--ignore``.

    A folder is taken for the whole suite, unless it lies below one of ``testpaths``.
    """
    words = [str(word) for word in config.invocation_params.args]
    whole = [config.rootpath / path for path in config.getini("testpaths")]
    asked = []
    for word in words:
        path = config.invocation_params.dir / word.partition("::")[0]
        if word in config.args and (path.is_file() or any(one in path.parents for one in whole)):
            asked.append(word)
    if asked:
        more = f" and {len(asked) - MOST_NAMES} more" if len(asked) > MOST_NAMES else ""
        yield f"only {', '.join(asked[:MOST_NAMES])}{more} was asked for: other tests say nothing"
    for option in ("--ignore", "--ignore-glob"):
        if any(word == option or word.startswith(f"{option}=") for word in words):
            yield f"{option} left tests out, and they say nothing"


def _discovery(config: pytest.Config) -> Discovery:
    """Return where the repository is: at pytest's root, else where pytest was started.

    An option's value that names a file elsewhere (``--syncpoints-reviews /tmp/reviews.json``) moves pytest's root to
    what the two have in common, because pytest looks for its root before it knows the options of plugins.
    """
    for folder in (config.rootpath, config.invocation_params.dir):
        discovery = Discovery(str(folder))
        try:
            discovery.repository()
        except CannotEvaluate:
            continue
        return discovery
    return Discovery(str(config.rootpath))  # its error is the one to tell


def _note_in_junit(config: pytest.Config, properties: Iterable[tuple[str, str]]) -> list[Any]:
    """Set our properties in the file of ``--junitxml``, in its suite; return the plugins that write such a file."""
    writers = [plugin for plugin in config.pluginmanager.get_plugins() if hasattr(plugin, "add_global_property")]
    said = list(properties)
    for writer in writers:
        others = [pair for pair in writer.global_properties if not pair[0].startswith("syncpoints.")]
        writer.global_properties[:] = others
        for name, value in said:
            writer.add_global_property(name, value)
    return writers
