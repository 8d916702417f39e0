"""Findings as SARIF: the facts of each, how it is known again, and nothing that a viewer would act on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from tests.builders import (
    a_finding,
    a_participant,
    a_plan,
    a_report,
    a_reported_change,
    a_reported_file,
    a_reported_syncpoint,
    an_outcome,
)
from tests.situations import SITUATIONS
from tests.strategies import hostile

from pytest_syncpoints.finding import Exempted
from pytest_syncpoints.render.rule_titles import TITLES
from pytest_syncpoints.render.sarif import MOST, render
from pytest_syncpoints.report import Report
from pytest_syncpoints.rules import RULES


def run_of(report: Report) -> Any:
    return json.loads(render(report))["runs"][0]


def results_of(report: Report) -> list[Any]:
    found: list[Any] = run_of(report)["results"]
    return found


def test_every_rule_has_a_title_and_every_title_a_rule() -> None:
    assert sorted(TITLES) == sorted(rule.code for rule in RULES)
    assert [code for code, title in TITLES.items() if not title.endswith(".")] == []


def test_a_finding_has_its_place_and_says_how_to_settle_it() -> None:
    finding = a_finding(path="src/a b.py", line=3, end_line=5, message="gone for good", undo="a flag", remedy="ask ops")
    (result,) = results_of(a_report(findings=(finding,)))
    assert (result["ruleId"], result["level"]) == ("REV003", "warning")
    assert result["message"]["text"] == "gone for good. Undo: a flag. To settle: ask ops."
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/a%20b.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 3, "endLine": 5}


@pytest.mark.parametrize(("level", "word"), [("block", "error"), ("warn", "warning"), ("note", "note")])
def test_a_level_has_its_word(level: str, word: str) -> None:
    assert results_of(a_report(findings=(a_finding(level=level),)))[0]["level"] == word


def test_the_catalogue_holds_the_rules_of_the_results_and_no_others() -> None:
    run = run_of(SITUATIONS["no-owner-and-a-broken-norm"]())
    rules = run["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {"OWN001", "NRM001", "SIZ001"}
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_a_rule_of_a_plugin_is_in_the_catalogue_too() -> None:
    (rule,) = run_of(a_report(findings=(a_finding(rule="ACM001"),)))["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("ACM001", "AcmeRule")


def test_an_exempted_finding_is_suppressed_with_its_reason_and_stands_last() -> None:
    exempted = a_finding(level="block", exempted=Exempted(because="one-time import", until="2027-01-31"))
    first, last = results_of(a_report(findings=(exempted, a_finding(level="note"))))
    assert first["suppressions"] == []
    assert last["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "one-time import (until 2027-01-31)"}
    ]


def test_a_fingerprint_stays_when_lines_move() -> None:
    prints = [
        results_of(a_report(findings=(a_finding(path="a.py", line=line, fingerprint="f"),)))[0]["partialFingerprints"]
        for line in (3, 300)
    ]
    assert prints[0] == prints[1]


def test_fingerprints_are_unique_even_where_a_reports_are_not() -> None:
    results = results_of(a_report(findings=tuple(a_finding(path="a.py", fingerprint="same") for _ in range(3))))
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results}) == 3


def test_a_finding_about_a_sync_point_stands_at_the_first_change_it_covers() -> None:
    files = (
        a_reported_file(path="a.py", components=()),
        a_reported_file(path="z.py", components=("ledger",), hunks=((7, 1, 9, 2),)),
    )
    report = a_report(
        change=a_reported_change(files=files),
        findings=(a_finding(rule="SYN001", syncpoint="ledger-ops"),),
        syncpoints=(a_reported_syncpoint(participants=(a_participant(),)),),
        plan=a_plan(order=("a.py", "z.py")),
    )
    (result,) = results_of(report)
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == ("z.py", {"startLine": 9})
    assert result["properties"]["aboutTheWholeChange"] is True


def test_a_crashed_check_makes_the_run_unsuccessful_and_says_which() -> None:
    run = run_of(a_report(outcomes=(an_outcome(check="acme", status="crashed", reason="KeyError: 'x'"),)))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "The check acme crashed: KeyError: 'x'"


def test_the_worst_are_kept_at_the_limit_and_the_rest_is_counted() -> None:
    notes = tuple(a_finding(path=f"{n}.py", level="note", fingerprint=str(n)) for n in range(MOST + 2))
    run = run_of(a_report(findings=(*notes, a_finding(level="block"))))
    assert len(run["results"]) == MOST
    assert run["results"][0]["level"] == "error"
    assert "3 more findings" in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


def test_no_text_of_a_change_makes_a_link_a_placeholder_or_a_command() -> None:
    finding = a_finding(path="a.py", message="[click](https://e.example) {0} ##[error]\x1b[31m\u202e")
    text = render(a_report(findings=(finding,)))
    assert text.isascii()
    assert "##" not in text
    message = json.loads(text)["runs"][0]["results"][0]["message"]["text"]
    assert message == "[click]\\x28https://e.example) \\x7b0} #\\x23[error]\\x1b[31m\\u202e."


@settings(max_examples=50, deadline=None)
@given(hostile, hostile, hostile)
def test_any_text_gives_ascii_json_with_one_result(message: str, path: str, who: str) -> None:
    finding = a_finding(message=message, path=path or None, who=(who,), fingerprint=message)
    text = render(a_report(findings=(finding,)))
    assert text.isascii()
    assert len(json.loads(text)["runs"][0]["results"]) == 1


def test_every_finding_is_a_result_in_every_situation() -> None:
    for situation, made in SITUATIONS.items():
        report = made()
        assert len(results_of(report)) == len(report.findings), situation
