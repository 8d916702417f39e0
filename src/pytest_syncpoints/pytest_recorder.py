"""The recorder of one process that runs tests: which test ran which watched line, and which tests are contracts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_syncpoints.testing.collect import imported_before, make_monitor
from pytest_syncpoints.testing.contracts import components_of
from pytest_syncpoints.testing.recording import CALL, OUTSIDE, SETUP, SHARED, TEARDOWN, Recording
from pytest_syncpoints.testing.shapes import MARK

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pytest_syncpoints.testing.orders import Orders

OUTPUT = "syncpoints"


class TestRecorder:
    """Measures from the moment it is made; ``told`` gives what it saw, as plain values that travel.

    ``measures`` is false where lines are read from existing coverage data; contracts are then still looked after.
    """

    __test__ = False

    def __init__(self, orders: Orders, *, measures: bool = True) -> None:
        """Start measuring, before the code under test is imported where possible."""
        self.orders = orders
        self._troubles = [f"{file.path} {file.fault}" for file in orders.files if file.fault]
        self._early = Recording(len(orders.files))
        self.monitor = make_monitor(orders.files) if measures and any(file.lines for file in orders.files) else None
        if self.monitor is not None:
            self._troubles += imported_before(orders.files, self._early)
            trouble = self.monitor.start()
            self._troubles += [trouble] if trouble else []
        self._items: dict[str, pytest.Item] = {}
        self._paths: dict[str, str] = {}
        self._by_path: dict[str, list[str]] = {}
        self._marked_above: dict[Any, frozenset[str]] = {}
        self._fixtures: dict[str, Any] = {}
        self._contracts: dict[str, list[str]] = {}
        self._deselected = 0
        self._left_out = 0
        self._contracts_left_out: set[str] = set()
        self._elsewhere = 0
        self._set_up = True
        self._skipped_files = 0
        self.recording = self._early

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Learn the contract tests; where only some tests are to run, leave the others out."""
        for item in items if self.orders.touched else ():
            components = self._speaks_for(item)
            if components:
                self._contracts[item.nodeid] = components
        if self.orders.selected is None:
            return
        keep = [item for item in items if self._runs(item)]
        left_out = [item for item in items if not self._runs(item)]
        if left_out:
            self._left_out += len(left_out)
            self._deselected -= len(left_out)  # the hook below counts them among what others deselect
            config.hook.pytest_deselected(items=left_out)
            items[:] = keep

    def _runs(self, item: pytest.Item) -> bool:
        contract = set(self._contracts.get(item.nodeid, ())) & set(self.orders.touched)
        return bool(contract) or self.orders.runs(item.nodeid, self._path(item))

    def _path(self, item: pytest.Item) -> str:
        """Return an item's path below the worktree; asked of the disk once a file, since files hold many tests."""
        given = str(item.path)
        if given not in self._paths:
            self._paths[given] = os.path.relpath(os.path.realpath(given), os.path.realpath(self.orders.top))
        return self._paths[given]

    def _speaks_for(self, item: pytest.Item) -> list[str]:
        marked = self._marked(item)
        path = self._path(item)
        if path not in self._by_path:
            self._by_path[path] = components_of(path, (), self.orders.contracts)
        return sorted(marked.union(self._by_path[path])) if marked else self._by_path[path]

    def _marked(self, node: Any) -> frozenset[str]:
        """Return the components a node's marks name, its parents' too; a parent is asked once for all it holds."""
        own = [name for mark in node.own_markers if mark.name == MARK for name in mark.args if isinstance(name, str)]
        above: Any = node.parent
        if above is None:
            return frozenset(own)
        if above not in self._marked_above:
            self._marked_above[above] = self._marked(above)
        return self._marked_above[above].union(own) if own else self._marked_above[above]

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note what does not run, by ``-k``, ``-m``, ``--lf`` or another plugin."""
        self._deselected += len(items)
        if self._contracts:
            self._contracts_left_out.update(item.nodeid for item in items if item.nodeid in self._contracts)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep the tests, to learn later which of them used a shared fixture."""
        self._items = {item.nodeid: item for item in session.items}
        # --lf leaves out whole files without a word (pytest's LFPlugin, which is there only where it is asked for)
        last_failed = session.config.pluginmanager.get_plugin("lfplugin")
        self._skipped_files = getattr(last_failed, "_skipped_files", 0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Start a test."""
        self._set_up = False
        if self.monitor is not None:
            self.monitor.begin((nodeid, SETUP))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Tell the setup's lines apart (again, where a test is rerun)."""
        self._set_up = True
        self._mark(item.nodeid, SETUP)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Tell the call's lines apart."""
        self._mark(item.nodeid, CALL)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        """Tell the teardown's lines apart."""
        self._mark(item.nodeid, TEARDOWN)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self, nodeid: str) -> None:  # noqa: ARG002  # pytest passes arguments by name
        """End a test: what runs between tests belongs to none."""
        if self.monitor is not None:
            self._elsewhere += not self._set_up  # another plugin ran it in a process of its own
            self.monitor.mark(OUTSIDE)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Keep the lines of a shared fixture for every test that uses it, not only the first."""
        if self.monitor is None or fixturedef.scope == "function":
            return (yield)
        key = f"{fixturedef.baseid}::{fixturedef.argname}#{id(fixturedef)}"
        self._fixtures[key] = fixturedef
        before = self.monitor.segment
        self.monitor.mark((key, SHARED))
        try:
            return (yield)
        finally:
            self.monitor.mark(before)

    def _mark(self, nodeid: str, phase: str) -> None:
        if self.monitor is not None:
            self.monitor.mark((nodeid, phase))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """An xdist worker sends what it saw to the controller."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[OUTPUT] = self.told() | {"lines": self.recording.to_plain()}

    def told(self) -> dict[str, Any]:
        """Stop measuring and return what this process saw; the lines are in ``recording`` then."""
        if self.monitor is not None:
            trouble = self.monitor.stop()
            self._troubles += [trouble] if trouble else []
            self.recording.update(self.monitor.recording())
            self.monitor = None
            self.recording.share(self._users(self.recording))
        return {
            "troubles": list(self._troubles),
            "contracts": self._contracts,
            "deselected": self._deselected,
            "left_out": self._left_out,
            "contracts_left_out": sorted(self._contracts_left_out),
            "elsewhere": self._elsewhere,
            "skipped_files": self._skipped_files,
        }

    def _users(self, recording: Recording) -> dict[str, set[str]]:
        """Return, for shared fixtures that ran watched lines, the node ids of the tests that asked for them."""
        wanted = {
            id(self._fixtures[key]): key
            for key, phase in recording.segments()
            if phase == SHARED and key in self._fixtures
        }
        users: dict[str, set[str]] = {key: set() for key in wanted.values()}
        for nodeid, item in self._items.items() if wanted else ():
            definitions = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
            for definition in (one for several in definitions.values() for one in several):
                if id(definition) in wanted:
                    users[wanted[id(definition)]].add(nodeid)
        return users
