"""Does this change edit what judges changes: the policy, the owners files, the gate itself?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy_difference import differences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import PolicyEdit, ReviewContext

name = "policy_edits"
rules = ("POL001", "POL002", "POL003")

# Files that decide which tests and gates run, and how: what a change could use to pass its own examination.
_GATES = PathPatterns(
    (
        "/.github/workflows/",
        "/.github/actions/",
        "/.gitlab-ci.yml",
        "/.gitlab/ci/",
        "/azure-pipelines.yml",
        "/bitbucket-pipelines.yml",
        "/Jenkinsfile",
        "/.circleci/",
        "/.ci/",
        "/.pre-commit-config.yaml",
        "conftest.py",
        "pytest.ini",
        ".pytest.ini",
        "pytest.toml",
        ".pytest.toml",
        "/tox.ini",
        "/setup.cfg",
        "/noxfile.py",
        ".coveragerc",
        ".gitattributes",
        ".mailmap",
        "sitecustomize.py",
        "usercustomize.py",
    )
)
_OWNERS_NAMES = ("CODEOWNERS", "OWNERS", "OWNERS_ALIASES")


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield POL001 for the policy, POL002 for owners files and people, POL003 for what runs the tests."""
    for edit in context.policy_edits:
        yield from _policy_edit(edit, context)
    for file in context.change.files:
        if file.path in context.ownership.files or file.path.rpartition("/")[2] in _OWNERS_NAMES:
            yield Finding("POL002", f"edits who owns what{_later(context)}", remedy=_REMEDY, path=file.path)
        elif file.path == context.policy.signers.file:
            yield Finding("POL001", f"edits who may sign{_later(context)}", remedy=_REMEDY, path=file.path)
        elif _GATES.match(file.path):
            yield Finding("POL003", "edits what runs or judges the tests", remedy=_REMEDY, path=file.path)


_REMEDY = "have somebody who answers for the gate read it"


def _later(context: ReviewContext) -> str:
    return "; it takes effect once landed" if context.policy.path is not None or context.ownership.files else ""


def _policy_edit(edit: PolicyEdit, context: ReviewContext) -> Iterator[Finding]:
    if edit.gate_tables:
        message = f"edits [tool.{edit.gate_tables[0]}], which decides how the tests run"
        yield Finding("POL003", message, remedy=_REMEDY, path=edit.path)
    effects = _effects(edit, context)
    if effects:
        shown = "; ".join(effects[:3]) + (f"; and {len(effects) - 3} more" if len(effects) > 3 else "")
        yield Finding("POL001", f"edits the policy: {shown}{_later(context)}", remedy=_REMEDY, path=edit.path)


def _effects(edit: PolicyEdit, context: ReviewContext) -> tuple[str, ...]:
    """Say what the edited policy would alter, in words."""
    if edit.fault:
        return (f"it would not validate ({edit.fault})",)
    if edit.after is None:
        return ("removes it",) if context.policy.path == edit.path else ()
    return differences(context.policy, edit.after)
