"""All outputs of one report agree: what each format counts is what the report holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from tests.situations import SITUATIONS

from pytest_syncpoints.render import renderer
from pytest_syncpoints.render.junit_properties import properties
from pytest_syncpoints.report import Report

each_situation = pytest.mark.parametrize("situation", SITUATIONS)
WORDS = {"block": "error", "warn": "warning", "note": "note"}


def levels(report: Report) -> Counter[str]:
    """Count the findings that matter, by level."""
    return Counter(finding.level for finding in report.findings if finding.exempted is None)


def rendered(name: str, report: Report) -> Any:
    text = renderer(name).render(report)
    return json.loads(text) if name in ("json", "sarif", "gitlab") else text


@each_situation
def test_json(situation: str) -> None:
    report = SITUATIONS[situation]()
    found = rendered("json", report)["findings"]
    assert Counter(one["level"] for one in found if one["exempted"] is None) == levels(report)


@each_situation
def test_sarif(situation: str) -> None:
    report = SITUATIONS[situation]()
    results = rendered("sarif", report)["runs"][0]["results"]
    counted = Counter(one["level"] for one in results if not one["suppressions"])
    assert counted == Counter({WORDS[level]: count for level, count in levels(report).items()})
    assert sum(bool(one["suppressions"]) for one in results) == sum(bool(one.exempted) for one in report.findings)


@each_situation
def test_gitlab(situation: str) -> None:
    report = SITUATIONS[situation]()
    words = {"blocker": "block", "major": "warn", "info": "note"}
    assert Counter(words[one["severity"]] for one in rendered("gitlab", report)) == levels(report)


@each_situation
def test_github(situation: str) -> None:
    report = SITUATIONS[situation]()
    counted: Counter[str] = Counter()
    for line in rendered("github", report).splitlines():
        level = {"error": "block", "warning": "warn", "notice": "note"}[line[2:].partition(" ")[0]]
        more = re.search(r"::and ([\d,]+) more in the report$", line)
        counted[level] += int(more[1].replace(",", "")) if more else " crashed::" not in line
    assert +counted == levels(report)


@each_situation
def test_markdown(situation: str) -> None:
    report = SITUATIONS[situation]()
    counted = re.search(r"All findings \((\d+)\)", rendered("markdown", report))
    assert (int(counted[1]) if counted else 0) == len(report.findings)


@each_situation
def test_html(situation: str) -> None:
    report = SITUATIONS[situation]()
    text = rendered("html", report)
    shown = Counter(re.findall(r'<li><p><span class="badge (block|warn|note)">', text))
    more = re.search(r"And (\d+) more in the JSON report", text)
    if more is None:
        assert shown == levels(report)
    else:
        assert shown.total() + int(more[1]) == levels(report).total()
    assert text.count('<details class="file"') == len(report.change.files)


@each_situation
def test_junit(situation: str) -> None:
    report = SITUATIONS[situation]()
    found = dict(properties(report))
    assert Counter({level: int(found[f"syncpoints.findings.{level}"]) for level in WORDS}) == levels(report)
    assert found["syncpoints.blocked"] == str(report.verdict.blocked).lower()
