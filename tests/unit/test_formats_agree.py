"""All outputs of one report agree: what each format counts is what the report holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from tests.situations import SITUATIONS

from pytest_syncpoints.render import renderer, terminal
from pytest_syncpoints.render.junit_properties import properties
from pytest_syncpoints.report import Report
from pytest_syncpoints.summary import counts, missed_lines, missing

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


def told(text: str) -> Counter[str]:
    """Count by level what a heading says: ``1 block, 3 warn, 1 exempted``."""
    counted = {level: int(count.replace(",", "")) for count, level in re.findall(r"([\d,]+) (block|warn|note)\b", text)}
    return Counter(counted)


@each_situation
def test_markdown(situation: str) -> None:
    report = SITUATIONS[situation]()
    heading = re.search(r"<summary>All findings \((\d+): ([^)]*)\)</summary>", rendered("markdown", report))
    assert (int(heading[1]) if heading else 0) == len(report.findings)
    assert told(heading[2] if heading else "") == levels(report)


@each_situation
def test_html(situation: str) -> None:
    report = SITUATIONS[situation]()
    text = rendered("html", report)
    heading = re.search(r'<h2 id="findings">Findings</h2>\n<p class="quiet">([^<]*)</p>', text)
    assert told(heading[1] if heading else "") == levels(report)
    shown = Counter(re.findall(r'<li><p><span class="badge (block|warn|note)">', text))
    more = re.search(r"And (\d+) more in the JSON report", text)
    assert shown.total() + (int(more[1]) if more else 0) == levels(report).total()
    assert text.count('<details class="file"') == len(report.change.files)


@each_situation
def test_terminal(situation: str) -> None:
    """Every finding is a line with --verbose; the one screen says how many of those that matter it leaves out."""
    report = SITUATIONS[situation]()
    if not levels(report):
        return
    line = re.compile(r"^(block|warn|note) +(?:\S+ \S+)(.*)$", re.MULTILINE)
    assert Counter(level for level, _ in line.findall(terminal.render(report, verbose=True))) == levels(report)
    text = terminal.render(report)
    behind = sum(int(more.replace(",", "")) for more in re.findall(r" and ([\d,]+) more(?:$|:)", text, re.MULTILINE))
    assert len(line.findall(text)) + behind == sum(counts(finding) for finding in report.findings)


@each_situation
def test_the_tree_of_explain(situation: str) -> None:
    report = SITUATIONS[situation]()
    text = terminal.render(report, explain=True)
    assert len(re.findall(r"^ +found: ", text, re.MULTILINE)) == len(report.findings)


@each_situation
def test_junit(situation: str) -> None:
    report = SITUATIONS[situation]()
    found = dict(properties(report))
    assert Counter({level: int(found[f"syncpoints.findings.{level}"]) for level in WORDS}) == levels(report)
    assert found["syncpoints.blocked"] == str(report.verdict.blocked).lower()


def sign_offs(report: Report) -> Counter[str]:
    """Count the sign-offs to come, by what is so of them."""
    return Counter({word: len(missing(report.syncpoints, status)) for word, status in STATUSES.items()})


STATUSES = {"missing": "open", "stale": "stale"}


def headline(name: str, report: Report) -> str:
    """Return where a format says how many sign-offs are to come, on one line."""
    if name == "junit":
        return dict(properties(report))["syncpoints.summary"]
    if name == "json":
        return str(rendered("json", report)["verdict"]["summary"])
    text = terminal.render(report) if name == "terminal" else str(rendered(name, report))
    return " ".join(text.split())


@each_situation
@pytest.mark.parametrize("name", ["terminal", "markdown", "html", "json", "junit"])
def test_sign_offs_to_come(situation: str, name: str) -> None:
    report = SITUATIONS[situation]()
    said = re.findall(r"(\d+) sign-offs? (missing|stale)", headline(name, report))
    crowded = re.search(r"; and \d+ more$", report.verdict.summary)  # the one line names the first few
    assert crowded or +Counter({word: int(count) for count, word in said}) == +sign_offs(report)


@each_situation
def test_sign_offs_to_come_at_the_hook_and_in_sarif(situation: str) -> None:
    report = SITUATIONS[situation]()
    expected = sign_offs(report).total()
    assert len(rendered("sarif", report)["runs"][0]["properties"]["signOffsMissing"]) == expected
    needed = re.search(r"the merge will need (\d+) sign-offs?", terminal.render(report, mode="hook"))
    if needed:
        assert int(needed[1]) == expected


@each_situation
@pytest.mark.parametrize("name", ["gitlab", "github"])
def test_formats_of_findings_alone_have_one_for_each_sign_off_to_come(situation: str, name: str) -> None:
    """Code Quality and annotations hold nothing but findings."""
    report = SITUATIONS[situation]()
    expected = sum(finding.rule in ("SYN001", "SYN002") for finding in report.findings if finding.exempted is None)
    text = renderer(name).render(report)
    crowded = "more in the report" in text
    assert len(re.findall(r"SYN00[12] ?sign-off|\"check_name\": \"SYN00[12]\"", text)) == expected or crowded


@each_situation
@pytest.mark.parametrize("name", ["terminal", "markdown", "html", "junit", "sarif"])
def test_changed_lines_that_tests_run(situation: str, name: str) -> None:
    report = SITUATIONS[situation]()
    missed, changed = missed_lines(report.evidence) if report.evidence else (0, 0)
    if name == "junit":
        found = dict(properties(report))
        pair = (found.get("syncpoints.lines.run", "0"), found.get("syncpoints.lines.changed", "0"))
    elif name == "sarif":
        whole = rendered("sarif", report)["runs"][0]["properties"]
        pair = (str(whole.get("linesRun", 0)), str(whole.get("linesChanged", 0)))
    else:
        text = terminal.render(report) if name == "terminal" else rendered(name, report)
        said = re.search(r"([\d,]+) of ([\d,]+) changed lines are run by tests", " ".join(text.split()))
        pair = (said[1].replace(",", ""), said[2].replace(",", "")) if said else ("0", "0")
    assert pair == (str(changed - missed), str(changed))
