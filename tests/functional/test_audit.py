"""Audit: what sync points and rules cost, what came of them, and the advice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builders import MOMENT, a_finding, a_report, a_reported_change, a_reported_syncpoint
from tests.functional.test_drift import BOB, DAY, START, History
from tests.project import Project

from pytest_syncpoints.commands.audit import audit_output, audit_rows
from pytest_syncpoints.kept_reports import by_change, meetings_in, outcomes_in
from pytest_syncpoints.loops.audit import Meeting, Outcomes, audited
from pytest_syncpoints.policy import Participant, Policy, Syncpoint
from pytest_syncpoints.report import Report, ReportParticipant
from pytest_syncpoints.report_json import to_json

POLICY = Policy(syncpoints=(Syncpoint("ledger-ops", ("ledger",), (Participant("ops", ("permission",)),)),))


def kept(hour: float, status: Any, *, digest: str = "d1", branch: str = "rates", **given: Any) -> Report:
    """A report of a branch some hours on, in which ops stands as said."""
    ops = ReportParticipant("ops", "permission", status)
    point = a_reported_syncpoint(name="ledger-ops", digest=digest, participants=(ops,))
    change = a_reported_change(branch=branch)
    return a_report(evaluated_at=MOMENT + hour * 3600, change=change, syncpoints=(point,), **given)


def test_a_wait_runs_from_open_to_met_and_a_new_digest_says_the_code_changed() -> None:
    reports = [kept(0, "open"), kept(3, "stale", digest="d2"), kept(5, "met", digest="d2")]
    assert list(meetings_in(reports)) == [Meeting("ledger-ops", 5.0, changed=True)]


def test_what_was_met_from_the_start_was_no_wait() -> None:
    assert list(meetings_in([kept(0, "met")])) == []


def test_reports_belong_to_a_change_by_branch_whatever_their_order() -> None:
    one, two, other = kept(0, "open"), kept(2, "met"), kept(1, "open", branch="other")
    assert by_change([two, other, one]) == [[one, two], [other]]


def test_findings_are_fixed_signed_or_ignored() -> None:
    size, sign = a_finding(rule="SIZ001", fingerprint="1"), a_finding(rule="SYN001", fingerprint="2")
    fixed = [kept(0, "open", findings=(size, sign)), kept(1, "met", findings=())]
    ignored = [kept(0, "met", branch="b", findings=(size,))]
    assert outcomes_in([fixed, ignored]) == {
        "SIZ001": Outcomes(fired=2, fixed=1, ignored=1),
        "SYN001": Outcomes(fired=1, signed=1),
    }


def meetings(count: int, changed: int | None) -> list[Meeting]:
    told = [None] * count if changed is None else [at < changed for at in range(count)]
    return [Meeting("ledger-ops", 5.0, value) for value in told]


ADVICE = [
    pytest.param(meetings(23, 9), 30, 0, "keep", "", id="it changes the code"),
    pytest.param(meetings(61, 0), 61, 0, "make it a norm", 'unless_norms = ["NAME"]', id="it never changes the code"),
    pytest.param(meetings(40, 2), 40, 0, "loosen", 'purpose = "awareness"', id="it seldom changes the code"),
    pytest.param(meetings(3, 0), 9, 0, "keep: too few", "", id="hardly held"),
    pytest.param(meetings(23, None), 30, 0, "keep: whether meetings", "", id="nothing kept"),
    pytest.param(meetings(4, 0), 30, 9, "loosen: it is waived", 'purpose = "awareness"', id="waived more than met"),
    pytest.param([], 0, 0, "retire", "remove [syncpoints.ledger-ops]", id="nothing changed there in a year"),
]


@pytest.mark.parametrize(("held", "touched", "waived", "advice", "line"), ADVICE)
def test_the_advice(held: list[Meeting], touched: int, waived: int, advice: str, line: str) -> None:
    (row,) = audited(POLICY, held, {"ledger-ops": touched}, {"ledger-ops": waived}, {})
    assert row.advice.startswith(advice)
    assert line in row.line
    assert bool(line) == bool(row.line)


@pytest.mark.parametrize(
    ("ignored", "advice", "line"),
    [(0, "keep", ""), (2, "loosen: 20%", '[rules] SIZ001 = "note"'), (10, "retire: 100%", '[rules] SIZ001 = "off"')],
)
def test_a_rule_whose_findings_are_ignored_is_loosened(ignored: int, advice: str, line: str) -> None:
    rules = {"SIZ001": Outcomes(fired=10, fixed=10 - ignored, ignored=ignored)}
    *_, row = audited(POLICY, [], {}, {}, rules)
    assert (row.advice[: len(advice)], row.line) == (advice, line)


@pytest.fixture
def past(project: Project) -> History:
    past = History(project)
    for day in range(1, 7):
        past.land(day, {"src/ledger/a.py": f"{day}\n"}, f"Ledger\n\nReviewed-by: {BOB}")
    return past


def test_history_alone_tells_meetings_and_not_what_they_changed(past: History) -> None:
    rows = {row.syncpoint: row for row in audit_rows((), START + 30 * DAY)}
    assert (rows["money"].meetings, rows["money"].changed_the_code) == (6, None)
    assert rows["pages"].advice == "retire: nothing it covers changed in a year"
    assert past.project.run("audit", "--format", "json").json["rows"]


def test_kept_reports_are_read(past: History, tmp_path: Path) -> None:
    for at, report in enumerate((kept(0, "open"), kept(5, "met", digest="d2"))):
        (tmp_path / f"{at}.json").write_bytes(to_json(report))
    text = audit_output([str(tmp_path / "0.json"), str(tmp_path / "1.json")], "text", now=START + 30 * DAY)
    assert "ledger-ops: 1 meeting, median wait 5 h, 1 changed the code: keep: too few meetings to tell" in text
    assert past.project.run("audit", str(tmp_path / "nothing.json")).code == 2
