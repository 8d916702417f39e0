"""Tally: how each test of a session ended, and what the processes that ran them saw; becomes the evidence."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from pytest_syncpoints.evidence import Contract, Evidence
from pytest_syncpoints.testing.collect import file_evidence
from pytest_syncpoints.testing.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.evidence import Mutants
    from pytest_syncpoints.testing.orders import Orders

_WORST_FIRST = ("error", "failed", "xpassed", "xfailed", "skipped", "passed")
_FILTERS = (("keyword", "-k"), ("markexpr", "-m"), ("deselect", "--deselect"), ("lf", "--lf"), ("stepwise", "--sw"))
MOST_NAMES = 3  # of files, in a sentence; pytest itself lists all


class Tally:
    """Adds up reports and recordings; asks nothing itself."""

    def __init__(self, orders: Orders) -> None:
        """Start empty."""
        self._orders = orders
        self.counts: dict[str, int] = {}
        self.outcomes: dict[str, str] = {}
        self.durations: dict[str, float] = {}  # seconds, setup and teardown included
        self.collected: set[str] = set()
        self.recording = Recording(len(orders.files))
        self._troubles: dict[str, None] = {}
        self._contracts: dict[str, list[str]] = {}
        self._contracts_left_out: set[str] = set()
        self._deselected = 0
        self._left_out = 0
        self._files_left_out: dict[str, list[str]] = {}
        self._not_collected: set[str] = set()
        self._elsewhere = 0
        self._skipped_files = 0
        self.mutants: Mutants | None = None

    def count(self, report: Any) -> None:
        """Count a test's report (pytest's); of setup and teardown only what went wrong, or was skipped there."""
        nodeid = report.nodeid
        self.durations[nodeid] = self.durations.get(nodeid, 0.0) + getattr(report, "duration", 0.0)
        if report.when != "call" and report.outcome == "passed":
            return
        outcome = _outcome(report)
        if outcome is None or _is_subtest(report):
            if outcome not in (None, "passed"):  # pytest may say that the test around it passed
                self._worsen(nodeid, str(outcome))
            return
        self.counts[outcome] = self.counts.get(outcome, 0) + 1
        if outcome in _WORST_FIRST:  # a rerun is followed by the result that counts
            self._worsen(nodeid, outcome)

    def _worsen(self, nodeid: str, outcome: str) -> None:
        known = self.outcomes.get(nodeid, "passed")
        self.outcomes[nodeid] = outcome if known == "passed" else min(known, outcome, key=_WORST_FIRST.index)

    def not_collected(self, nodeid: str) -> None:
        """Note a file or folder whose tests could not be read."""
        self._not_collected.add(nodeid)

    def contracts_left_out(self, files: dict[str, list[str]]) -> None:
        """Note files, and the components their tests speak for, of which no test was collected."""
        self._files_left_out = files

    def paths(self) -> set[str]:
        """Return the files, as node ids name them, of which any test is known."""
        return {nodeid.partition("::")[0] for nodeid in (*self.collected, *self._contracts)}

    def add(self, told: dict[str, Any], recording: Recording) -> None:
        """Add what one process saw; of what did not run each worker of xdist tells the same."""
        self.recording.update(recording)
        self._troubles.update(dict.fromkeys(told["troubles"]))
        self._contracts.update(told["contracts"])
        self._deselected = max(self._deselected, told["deselected"])
        self._left_out = max(self._left_out, told["left_out"])
        self._contracts_left_out.update(told["contracts_left_out"])
        self._elsewhere += told["elsewhere"]
        self._skipped_files = max(self._skipped_files, told["skipped_files"])

    def trouble(self, because: str) -> None:
        """Note why the evidence is incomplete."""
        self._troubles[because] = None

    def not_run(self) -> int:
        """Return how many of the collected tests have no result."""
        return len(self.collected - self.outcomes.keys())

    def evidence(self, *, tree: str | None, nonce: str | None, missing: str | None) -> Evidence:
        """Return the evidence; ``missing`` says why the session itself is not whole, if it is not."""
        because = "; ".join([*([missing] if missing else []), *self._all_troubles()]) or None
        nodeids = tuple(self.outcomes)
        return Evidence(
            python=platform.python_version(),
            platform=f"{platform.system()}-{platform.release()}",  # platform.platform() would start uname(1)
            tree=tree,
            nonce=nonce,
            complete=because is None,
            incomplete_because=because,
            collected=len(self.collected),
            ran=len(nodeids),
            tests=dict(self.counts),
            nodeids=nodeids,
            files=file_evidence(self._orders.files, self.recording, nodeids),
            contracts=tuple(self._contract_outcomes()),
            mutants=self.mutants,
        )

    def _all_troubles(self) -> Iterator[str]:
        yield from self._troubles
        if self._not_collected:
            first = ", ".join(sorted(self._not_collected)[:MOST_NAMES])
            yield f"tests of {len(self._not_collected)} files could not be collected: {first}"
        if self._elsewhere:
            yield f"{self._elsewhere} tests ran in other processes that told no lines"

    def _contract_outcomes(self) -> Iterator[Contract]:
        """Yield each contract test of a touched component; a component whose tests were not found says so."""
        found = set()
        for nodeid, components in sorted(self._contracts.items()):
            for component in components:
                if component in self._orders.touched:
                    found.add(component)
                    yield Contract(component, nodeid, self._outcome_of(nodeid))
        for path, components in sorted(self._files_left_out.items()):
            for component in components:
                if component in self._orders.touched:
                    found.add(component)
                    yield Contract(component, path, "not collected")
        for component, paths in sorted(self._orders.contracts.items()):
            if component in self._orders.touched and component not in found:
                yield Contract(component, paths[0], "not collected")

    def _outcome_of(self, nodeid: str) -> str:
        default = "deselected" if nodeid in self._contracts_left_out else "not run"
        return self.outcomes.get(nodeid, default)

    def gaps(self, option: Any) -> tuple[str, ...]:
        """Return what this run did not look at though it ended in order; ``option`` are pytest's options."""
        gaps = []
        if self._deselected:
            filters = [word for name, word in _FILTERS if getattr(option, name, None)]
            by = f" by {', '.join(filters)}" if filters else ""
            gaps.append(f"{self._deselected} tests were deselected{by} and say nothing")
        if self._skipped_files:
            gaps.append(f"--lf left out {self._skipped_files} files in which no test failed the last time")
        if self._left_out:
            gaps.append(f"--syncpoints-select left out {self._left_out} tests not known to reach the change")
        return tuple(gaps)


def _is_subtest(report: Any) -> bool:
    return type(report).__name__.lower() == "subtestreport"


def _outcome(report: Any) -> str | None:
    """Return what a phase adds to the counts: the call its result, setup and teardown only errors and skips."""
    expected_failure = hasattr(report, "wasxfail")
    if report.outcome == "rerun":
        return "rerun"
    if report.when == "call":
        if expected_failure:
            return "xfailed" if report.skipped else "xpassed"
        return str(report.outcome)
    if report.failed:
        return "error"
    if report.skipped:
        return "xfailed" if expected_failure else "skipped"
    return None
