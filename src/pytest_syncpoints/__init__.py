"""pytest-syncpoints: who must meet over this change, for what purpose, and how.

The public names, each imported when it is first used: a commit hook imports none of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.change import Change, Commit, FileChange, Hunk, Person
    from pytest_syncpoints.check import Check, CheckOutcome, ReviewContext, Skip
    from pytest_syncpoints.errors import CannotEvaluate, PolicyError, SyncpointsError, UsageError
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.hookspecs import hookimpl
    from pytest_syncpoints.policy_fixture import PolicyAnswer, PolicyTester
    from pytest_syncpoints.render import Renderer
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.report_json import from_json, to_json

_HOME = {
    "CannotEvaluate": "errors",
    "Change": "change",
    "Check": "check",
    "CheckOutcome": "check",
    "Commit": "change",
    "FileChange": "change",
    "Finding": "finding",
    "Hunk": "change",
    "Person": "change",
    "PolicyAnswer": "policy_fixture",
    "PolicyError": "errors",
    "PolicyTester": "policy_fixture",
    "Renderer": "render",
    "Report": "report",
    "ReviewContext": "check",
    "Skip": "check",
    "SyncpointsError": "errors",
    "UsageError": "errors",
    "from_json": "report_json",
    "hookimpl": "hookspecs",
    "to_json": "report_json",
}
__all__ = [  # the names of the table above, spelled out for type checkers
    "CannotEvaluate",
    "Change",
    "Check",
    "CheckOutcome",
    "Commit",
    "FileChange",
    "Finding",
    "Hunk",
    "Person",
    "PolicyAnswer",
    "PolicyError",
    "PolicyTester",
    "Renderer",
    "Report",
    "ReviewContext",
    "Skip",
    "SyncpointsError",
    "UsageError",
    "from_json",
    "hookimpl",
    "to_json",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
