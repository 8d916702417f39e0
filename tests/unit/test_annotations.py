"""Findings as GitHub annotations and as GitLab's Code Quality: within the hosts' limits, and nothing but findings."""

from __future__ import annotations

import json

import pytest
from tests.builders import a_finding, a_report, a_reported_change, an_outcome
from tests.situations import SITUATIONS

from pytest_syncpoints.render.annotations_github import MOST
from pytest_syncpoints.render.annotations_github import render as github
from pytest_syncpoints.render.codequality_gitlab import render as gitlab


class TestGitHub:
    def test_a_clear_report_prints_nothing(self) -> None:
        assert github(a_report()) == ""

    def test_a_finding_is_a_command_with_its_place(self) -> None:
        finding = a_finding(path="a.py", line=3, end_line=5, message="gone for good", undo="a flag", remedy="ask ops")
        assert github(a_report(findings=(finding,))) == (
            "::warning file=a.py,line=3,endLine=5,title=REV003 irreversible::gone for good; undo: a flag; ask ops\n"
        )

    @pytest.mark.parametrize(("level", "command"), [("block", "error"), ("warn", "warning"), ("note", "notice")])
    def test_a_level_has_its_command(self, level: str, command: str) -> None:
        assert github(a_report(findings=(a_finding(level=level),))).startswith(f"::{command} ")

    def test_what_could_end_a_property_or_start_a_command_is_escaped(self) -> None:
        finding = a_finding(path="a,b:c%0A::error::x\n##[error]y", message="100%\n::stop-commands::x ##[error]z")
        assert github(a_report(findings=(finding,))) == (
            "::warning file=a%2Cb%3Ac%250A%3A%3Aerror%3A%3Ax\\x0a#\\x23[error]y,title=REV003 irreversible"
            "::100%25\\x0a::stop-commands::x #\\x23[error]z\n"
        )

    def test_ten_of_a_kind_are_printed_and_the_rest_is_counted(self) -> None:
        findings = tuple(a_finding(path=f"{n}.py", level=level) for n in range(12) for level in ("block", "warn"))
        lines = github(a_report(findings=findings)).splitlines()
        errors = [line for line in lines if line.startswith("::error ")]
        assert len(errors) == MOST
        assert errors[-1] == "::error title=sync points::and 3 more in the report"
        assert len(lines) == 2 * MOST

    def test_ten_are_all_printed(self) -> None:
        findings = tuple(a_finding(path=f"{n}.py") for n in range(10))
        assert "more" not in github(a_report(findings=findings))

    def test_a_crashed_check_is_an_error_and_counts_among_the_ten(self) -> None:
        crash = an_outcome(check="acme", status="crashed", reason="KeyError: 'x'")
        findings = tuple(a_finding(path=f"{n}.py", level="block") for n in range(10))
        lines = github(a_report(findings=findings, outcomes=(crash,))).splitlines()
        assert lines[0] == "::error title=check acme crashed::this is not the whole review: KeyError: 'x'"
        assert len(lines) == MOST

    def test_an_exempted_finding_is_not_shown(self) -> None:
        assert github(SITUATIONS["green"]()) == ""


class TestGitLab:
    def test_a_clear_report_is_an_empty_list(self) -> None:
        assert json.loads(gitlab(a_report())) == []

    def test_a_finding_has_what_gitlab_asks_for(self) -> None:
        (entry,) = json.loads(gitlab(a_report(findings=(a_finding(path="a.py", line=3, message="m", remedy="r"),))))
        assert len(entry.pop("fingerprint")) == 32
        assert entry == {
            "description": "irreversible: m (r)",
            "check_name": "REV003",
            "severity": "major",
            "location": {"path": "a.py", "lines": {"begin": 3}},
        }

    def test_fingerprints_are_unique_even_where_a_reports_are_not(self) -> None:
        findings = tuple(a_finding(path="a.py", fingerprint="same") for _ in range(3))
        entries = json.loads(gitlab(a_report(findings=findings)))
        assert len({entry["fingerprint"] for entry in entries}) == 3

    def test_a_fingerprint_stays_when_lines_move(self) -> None:
        moved = [a_report(findings=(a_finding(path="a.py", line=line, fingerprint="f"),)) for line in (3, 30)]
        first, second = (json.loads(gitlab(report))[0]["fingerprint"] for report in moved)
        assert first == second

    def test_a_finding_about_no_file_stands_at_the_first_one(self) -> None:
        (entry,) = json.loads(gitlab(a_report(findings=(a_finding(rule="SYN001"),))))
        assert entry["location"] == {"path": "src/billing/post.py", "lines": {"begin": 1}}

    def test_with_no_file_at_all_there_is_no_entry(self) -> None:
        empty = a_report(change=a_reported_change(files=()), findings=(a_finding(rule="SYN001"),))
        assert json.loads(gitlab(empty)) == []

    def test_it_is_ascii_without_a_log_command(self) -> None:
        text = gitlab(a_report(findings=(a_finding(path="é##[error]x\udce9", message="\x1b[31m ##[error]"),)))
        assert text.isascii()
        assert "##" not in text
        assert "\x1b" not in json.loads(text)[0]["description"]
