"""Python migrations of one's own: SQL in constants (``UP``, ``DOWN``) or in yoyo's steps.

Steps: https://ollycope.com/software/yoyo/latest/#migrations-as-python-scripts .
"""

from __future__ import annotations

import ast

from pytest_syncpoints.detectors import database
from pytest_syncpoints.detectors.python_source import argument, called, calls, parse
from pytest_syncpoints.detectors.python_sql import literals, sql_of
from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Unparsed, every

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

_FORWARD = ("up", "upgrade", "forward", "forwards", "apply", "migrate")
_BACK = ("down", "downgrade", "backward", "backwards", "rollback", "revert", "undo")


class _Step(Record):
    """One step forward with the step back, ``None`` where there is none."""

    forward: ast.expr
    back: ast.expr | None


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield what the SQL of a new step does, and that a step has no way back."""
    if subject.after is None:
        return
    old = subject.before if subject.before is not None else subject.source
    known = _known(old)
    fresh = [step for step in _steps(subject.after) if _said(step.forward) not in known]
    if fresh and known:
        yield database.edits_history(subject, fresh[0].forward.lineno, "edits a landed migration")
    for step in fresh:
        if step.back is None or not "".join(_said(step.back)).strip():
            remedy = "write it, or land a release that works with both schemas first"
            yield database.one_way(subject, step.forward.lineno, "there is no step back", remedy)
    yield from every(sql_of(step.forward, subject) for step in fresh)


def _steps(content: bytes) -> list[_Step]:
    module = parse(content)
    if any(isinstance(node, ast.ClassDef) and node.name == "Migration" for node in module.body):
        return []  # Django's
    named: dict[str, ast.expr] = {}
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named[node.targets[0].id.lower()] = node.value
    back = next((named[name] for name in _BACK if name in named), None)
    found = [_Step(named[name], back) for name in _FORWARD if name in named and any(literals(named[name]))]
    step_calls = [call for node in module.body for call in calls(node) if called(call).rpartition(".")[2] == "step"]
    found += [_Step(call.args[0], argument(call, "rollback", 1)) for call in step_calls if call.args]
    return found


def _known(old: bytes | None) -> set[tuple[str, ...]]:
    try:
        return {_said(step.forward) for step in _steps(old)} if old is not None else set()
    except Unparsed:
        return set()


def _said(node: ast.expr) -> tuple[str, ...]:
    return tuple(" ".join(written.split()) for _, written in literals(node))
