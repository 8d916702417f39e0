"""The pytest door: inert without ``--syncpoints``; with it, the same review as every door, and what the tests say."""

from __future__ import annotations

import os
import sys

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pytest_syncpoints.policy_fixture import PolicyTester

MUTANTS = "SYNCPOINTS_MUTATE"  # names the plan of a process that judges mutants
_STARTED: pytest.StashKey[Any] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; none of them costs anything unless ``--syncpoints`` is given."""
    group = parser.getgroup("syncpoints", "who must meet over this change")
    group.addoption("--syncpoints", action="store_true", help="Review the change and report with the test results.")
    group.addoption("--syncpoints-base", metavar="REV", help="The base of the change (default: detected).")
    group.addoption("--syncpoints-json", metavar="FILE", help="Write the report there.")
    group.addoption("--syncpoints-door", choices=["local", "ci"], help="Levels to use (default: ci where CI is set).")
    group.addoption("--syncpoints-reviews", metavar="FILE", help="The forge's own JSON of the change's reviews.")
    group.addoption("--syncpoints-nonce", metavar="S", help="A word of the caller's, to bind the evidence to this run.")
    group.addoption(
        "--syncpoints-select",
        action="store_true",
        help="Run only contract tests and tests known to reach the change (earlier report, or --syncpoints-coverage).",
    )
    group.addoption("--syncpoints-coverage", metavar="FILE", help="Read coverage data with contexts, measure nothing.")
    group.addoption(
        "--syncpoints-subprocesses",
        action="store_true",
        help="Measure Python processes that tests start too (through PYTHONPATH).",
    )
    group.addoption(
        "--syncpoints-mutate",
        metavar="SECONDS",
        nargs="?",
        type=float,
        const=60.0,
        help="Afterwards put small faults into the changed lines, and see whether tests notice (default: 60 seconds).",
    )
    group.addoption(
        "--syncpoints-no-fail", action="store_true", help="Report findings, but do not fail the run for them."
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start measuring before conftest files import the code under test."""
    _start(early_config, early_config.known_args_namespace, is_worker=_is_worker())


def pytest_configure(config: pytest.Config) -> None:
    """Start the session's recorder where it is asked for; an xdist worker records its own tests and no more."""
    config.addinivalue_line("markers", "syncpoint(component): this test speaks for a component.")
    if config.option.syncpoints and MUTANTS in os.environ:
        from pytest_syncpoints.pytest_warm import MutantJudge

        config.pluginmanager.register(MutantJudge(), "syncpoints-mutants")
        return
    is_worker = hasattr(config, "workerinput")
    _start(config, config.option, is_worker=is_worker)
    started = config.stash.get(_STARTED, None)
    if started is None:
        return
    if not is_worker:
        config.pluginmanager.register(started, "syncpoints-session")
    recorder = started if is_worker else started.recorder
    if recorder is not None:
        config.pluginmanager.register(recorder, "syncpoints-recorder")


def _is_worker() -> bool:
    """Say whether this is a worker of xdist, which runs from a string; a pytest that one of its tests starts is not."""
    return "PYTEST_XDIST_WORKER" in os.environ and getattr(sys.modules["__main__"], "__file__", None) is None


def _start(config: pytest.Config, option: Any, *, is_worker: bool) -> None:
    """Make the session, or a worker's recorder, once; a process only looked like a worker where a worker started it."""
    if (
        not option.syncpoints
        or MUTANTS in os.environ
        or option.collectonly
        or getattr(option, "help", False)
        or getattr(option, "version", 0)
    ):
        return
    started = config.stash.get(_STARTED, None)
    if started is not None and hasattr(started, "recorder") is not is_worker:
        return
    from pytest_syncpoints.pytest_session import SyncpointsSession

    if not is_worker:
        if started is not None:
            started.told()
        config.stash[_STARTED] = SyncpointsSession(config, option)
        return
    from pytest_syncpoints.pytest_recorder import TestRecorder
    from pytest_syncpoints.testing.orders import published_orders

    orders = published_orders()
    if orders is not None:
        config.stash[_STARTED] = TestRecorder(orders, measures=not option.syncpoints_coverage)


@pytest.fixture(scope="session")
def syncpoints_policy(pytestconfig: pytest.Config) -> PolicyTester:
    """Return this project's policy, to ask in a test what it says of a change; needs no git repository.

    ``assert syncpoints_policy.review({"src/billing/post.py": 10}, author="bob").needs("ops")``
    """
    from pytest_syncpoints.policy_fixture import PolicyTester

    return PolicyTester.read(str(pytestconfig.rootpath))
