"""`syncpoints audit`: what each sync point and rule cost, what came of it, and the policy line to change."""

from __future__ import annotations

import json
import time

from pytest_syncpoints.gather.drift import drift_facts
from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.reports import read_report
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.kept_reports import by_change, meetings_in, outcomes_in, waived_in
from pytest_syncpoints.loops.audit import audited, met_in_history
from pytest_syncpoints.people import People
from pytest_syncpoints.render.escape import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_syncpoints.loops.audit import AuditRow
    from pytest_syncpoints.loops.participation import Landed
    from pytest_syncpoints.policy import Policy

_YEAR = 365 * 86_400
_DAY_HOURS = 48  # from so many hours on a wait is told in days


def audit_output(paths: Sequence[str], form: str, *, now: float | None = None) -> str:
    """Return the audit as text, JSON or HTML; raises UsageError for a file that is no report."""
    rows = audit_rows(paths, time.time() if now is None else now)
    if form == "json":
        return json.dumps({"rows": [_value(row) for row in rows]}, indent=2, ensure_ascii=True) + "\n"
    if form == "html":
        from pytest_syncpoints.render.pages.audit import render

        return render(rows)
    return "".join(f"{visible(line)}\n" for line in _lines(rows))


def audit_rows(paths: Sequence[str], now: float) -> tuple[AuditRow, ...]:
    """Return the rows under HEAD's policy; where reports were kept, the meetings are theirs, else history's."""
    changes = by_change(read_report(path) for path in paths)
    repository = Discovery().repository()
    head = resolve(repository, "HEAD")
    with Objects(repository) as objects, open_history(repository) as history:
        trust = TrustRoots(objects, head)
        policy = trust.policy()
        people = People.build(policy, trust.read(".mailmap") or b"")
        history.update([head])
        facts, past = drift_facts(repository, objects, history, head, policy, people, now)
    kept = [meeting for reports in changes for meeting in meetings_in(reports)]
    told = {meeting.syncpoint for meeting in kept}
    held = [row for row in met_in_history(policy, people, past.landed, now) if row.syncpoint not in told]
    waived = [debt.syncpoint for debt in facts.debts if debt.kind == "waived" and debt.since >= now - _YEAR]
    waived += [name for reports in changes for name in waived_in(reports)]
    counts = {name: waived.count(name) for name in waived}
    return audited(policy, [*kept, *held], _touched(policy, past.landed, now), counts, outcomes_in(changes))


def _touched(policy: Policy, landed: Mapping[str, Sequence[Landed]], now: float) -> dict[str, int]:
    return {
        point.name: len(
            {change.sha for name in point.components for change in landed.get(name, ()) if change.at >= now - _YEAR}
        )
        for point in policy.syncpoints
    }


def _value(row: AuditRow) -> dict[str, object]:
    return {
        "syncpoint": row.syncpoint,
        "rule": row.rule,
        "meetings": row.meetings,
        "median_wait_hours": row.median_wait_hours,
        "changed_the_code": row.changed_the_code,
        "advice": row.advice,
        "policy": row.line,
        **row.outcomes._asdict(),
    }


def _lines(rows: Sequence[AuditRow]) -> Iterator[str]:
    if not rows:
        yield "no sync points in the policy, and no rule fired in the reports given"
    for row in rows:
        yield f"{row.syncpoint or row.rule}: {_facts(row)}: {row.advice}"
        if row.line:
            yield f"    {row.line}"


def _facts(row: AuditRow) -> str:
    if row.rule:
        counts = row.outcomes._asdict()
        return ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "fired")
    parts = [f"{row.meetings} meeting{'s' * (row.meetings != 1)}"]
    if row.median_wait_hours is not None:
        hours = row.median_wait_hours
        wait = f"{hours:.0f} h" if hours < _DAY_HOURS else f"{hours / 24:.1f} d"
        parts.append(f"median wait {wait}")
    if row.changed_the_code is not None:
        parts.append(f"{row.changed_the_code or 'none'} changed the code")
    if row.outcomes.waived:
        parts.append(f"{row.outcomes.waived} waived")
    return ", ".join(parts)
