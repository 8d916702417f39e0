"""The pytest door: inert without ``--syncpoints``; with it, the same review as every door, and what the tests say."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.policy_fixture import PolicyTester


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
        "--syncpoints-no-fail", action="store_true", help="Report findings, but do not fail the run for them."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start the session's recorder where it is asked for, on the controller alone (xdist workers only run tests)."""
    config.addinivalue_line("markers", "syncpoint(component): this test speaks for a component.")
    if config.option.syncpoints and not config.option.collectonly and not hasattr(config, "workerinput"):
        from pytest_syncpoints.pytest_session import SyncpointsSession

        config.pluginmanager.register(SyncpointsSession(config), "syncpoints-session")


@pytest.fixture(scope="session")
def syncpoints_policy(pytestconfig: pytest.Config) -> PolicyTester:
    """Return this project's policy, to ask in a test what it says of a change; needs no git repository.

    ``assert syncpoints_policy.review({"src/billing/post.py": 10}, author="bob").needs("ops")``
    """
    from pytest_syncpoints.policy_fixture import PolicyTester

    return PolicyTester.read(str(pytestconfig.rootpath))
