"""SARIF 2.1.0: findings for code scanning, every viewer of which shows them beside their lines."""

from __future__ import annotations

import json

from pytest_syncpoints.render.escape import clipped, url_path
from pytest_syncpoints.render.rule_titles import TITLES
from pytest_syncpoints.render.screen import LEVEL_ORDER, check_words, crashed, ranked, ways_out
from pytest_syncpoints.rules import RULE_BY_CODE
from pytest_syncpoints.signoff import sha256
from pytest_syncpoints.summary import missed_lines, missing
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from pytest_syncpoints.finding import Finding, Level
    from pytest_syncpoints.report import Report, ReportFile

name = "sarif"
suffix = ".sarif"
media_type = "application/sarif+json"

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/pytest-syncpoints/pytest-syncpoints"
LEVELS: dict[Level, str] = {"block": "error", "warn": "warning", "note": "note"}
# GitHub refuses a run of more results and shows the first 5,000, so the worst stand first
# (docs.github.com, "SARIF results exceed one or more limits").
MOST = 25_000
MESSAGE, NAME, REASON = 1000, 80, 400  # characters
ROOT = "SRCROOT"


def render(report: Report) -> str:
    """Return one run: findings worst first, exempted ones as suppressed results, crashed checks as notifications.

    A finding about no line stands where its sync point's code, or the change, first changes. Fingerprints hold no
    line number. The text a change brings along makes no link, placeholder or log command.
    """
    results = _ordered(report)
    rules = {finding.rule: number for number, finding in enumerate(_first_of_each_rule(results))}
    run = {
        "tool": {"driver": _driver(results)},
        "automationDetails": {"id": "syncpoints/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The top folder of the repository under review."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, left_out=len(results) - MOST)],
        "results": list(_results(report, results[:MOST], rules)),
        "properties": _whole(report),
    }
    text = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=True, indent=1)
    return text.replace("##", "\\u0023\\u0023") + "\n"


def _ordered(report: Report) -> list[Finding]:
    """Return every finding that has a level, those that count first, worst first."""
    exempted = [finding for finding in report.findings if finding.exempted is not None]
    exempted.sort(key=lambda finding: LEVEL_ORDER.index(finding.level))
    return [finding for finding in (*ranked(report.findings), *exempted) if finding.level != "off"]


def _first_of_each_rule(findings: Sequence[Finding]) -> list[Finding]:
    firsts: dict[str, Finding] = {}
    for finding in findings:
        firsts.setdefault(finding.rule, finding)
    return list(firsts.values())


def _driver(results: Sequence[Finding]) -> dict[str, Any]:
    return {
        "name": "pytest-syncpoints",
        "semanticVersion": VERSION,
        "informationUri": HOME,
        "rules": [_rule(finding) for finding in _first_of_each_rule(results)],
    }


def _rule(finding: Finding) -> dict[str, Any]:
    """Return the catalogue's entry of a rule; one of a plugin is known by its name alone."""
    code = _text(finding.rule, NAME)
    known = RULE_BY_CODE.get(finding.rule)
    title = TITLES[known.code] if known else f"{_text(finding.name, NAME) or code}, a rule of a plugin."
    more = (
        f"Why, and how to satisfy or exempt it: syncpoints explain {code}." if known else "See the plugin's own pages."
    )
    page = f"{HOME}/blob/main/docs/rules/{known.code}.md" if known else HOME
    return {
        "id": code,
        "name": _pascal(finding.name) or "PluginRule",
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title} {more}"},
        "helpUri": page,
        "help": {"text": f"{title} {more}", "markdown": f"{title} [The rule's page]({page})." if known else title},
        "defaultConfiguration": {"level": LEVELS.get(known.ci if known else finding.level, "warning")},
        "properties": {"tags": ["governance", code[:3]], "precision": "high", "problem.severity": _severity(finding)},
    }


def _severity(finding: Finding) -> str:
    return {"block": "error", "warn": "warning"}.get(finding.level, "recommendation")


def _pascal(words: str) -> str:
    parts = "".join(char if char.isascii() and char.isalnum() else " " for char in words).split()
    return "".join(part[:1].upper() + part[1:] for part in parts)[:NAME]


def _results(report: Report, findings: Sequence[Finding], rules: dict[str, int]) -> Iterator[dict[str, Any]]:
    seen: dict[str, int] = {}
    for finding in findings:
        seen[finding.fingerprint] = ordinal = seen.get(finding.fingerprint, -1) + 1
        own = sha256(f"{ordinal}\0{finding.fingerprint}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
        yield {
            "ruleId": _text(finding.rule, NAME),
            "ruleIndex": rules[finding.rule],
            "level": LEVELS[finding.level],
            "message": {"text": _message(finding)},
            "locations": [{"physicalLocation": _location(report, finding)}],
            # GitHub compares the first of these between runs; without one it makes its own, from the line's text.
            "partialFingerprints": {"primaryLocationLineHash": f"{own}:1", "syncpoints/v1": own},
            "suppressions": [_suppression(finding)] if finding.exempted is not None else [],
            "properties": dict(_properties(finding)),
        }


def _message(finding: Finding) -> str:
    sentences = (_text(part, MESSAGE) for part in (finding.message, *ways_out(finding)) if part)
    return " ".join(sentence if sentence.endswith((".", "!", "?")) else f"{sentence}." for sentence in sentences)


def _location(report: Report, finding: Finding) -> dict[str, Any]:
    path, line, end = finding.path, finding.line, finding.end_line
    if not path:
        path, line, end = (*_stands_for(report, finding), None)
    region = {"startLine": max(line or 1, 1)}
    if end is not None and end > region["startLine"]:
        region["endLine"] = end
    return {"artifactLocation": {"uri": url_path(path), "uriBaseId": ROOT}, "region": region}


def _stands_for(report: Report, finding: Finding) -> tuple[str, int]:
    """Return the first changed line of what a finding without a place is about, else of the policy."""
    components = {name for point in report.syncpoints if point.name == finding.syncpoint for name in point.components}
    components |= {finding.component} if finding.component else set()
    rank = {path: number for number, path in enumerate(report.plan.order)}
    files = sorted(report.change.files, key=lambda file: (rank.get(file.path, len(rank)), file.path))
    inside = [file for file in files if components & set(file.components)] or files
    return (inside[0].path, _first_line(inside[0])) if inside else (report.policy.path if report.policy else "", 1)


def _first_line(file: ReportFile) -> int:
    return max(file.hunks[0][2], 1) if file.hunks else 1


def _suppression(finding: Finding) -> dict[str, Any]:
    assert finding.exempted is not None
    until = f" (until {finding.exempted.until})" if finding.exempted.until else ""
    return {
        "kind": "external",
        "status": "accepted",
        "justification": _text(finding.exempted.because, REASON) + _text(until, NAME),
    }


def _properties(finding: Finding) -> Iterator[tuple[str, Any]]:
    """Yield what a finding concerns beyond its place."""
    for key, value in (
        ("component", finding.component),
        ("syncpoint", finding.syncpoint),
        ("class", finding.reversibility),
    ):
        if value:
            yield key, _text(value, NAME)
    if finding.who:
        yield "who", [_text(who, NAME) for who in finding.who[:20]]
    if not finding.path:
        yield "aboutTheWholeChange", True


def _invocation(report: Report, *, left_out: int) -> dict[str, Any]:
    """Return how the review went: not successful where a check crashed, with what was not looked at and why."""
    notes = [_notification("error", f"The check {check} crashed: {reason}") for check, reason in crashed(report)]
    notes += [
        _notification("note", f"Not looked at: {check_words(one.check)}: {one.reason}")
        for one in report.outcomes
        if one.status == "skipped"
    ]
    notes += [_notification("warning", f"Supposed, so no verdict: {fact}") for fact in report.simulated]
    if left_out > 0:
        notes.append(_notification("warning", f"{left_out:,} more findings are in the JSON report."))
    return {"executionSuccessful": not crashed(report), "toolExecutionNotifications": notes[:100]}


def _whole(report: Report) -> dict[str, Any]:
    """Return what is so of the change as a whole, and so of no result."""
    waited_for = [_text("/".join(pair), NAME) for pair in missing(report.syncpoints, "open", "stale")]
    said: dict[str, Any] = {"blocked": report.verdict.blocked, "signOffsMissing": waited_for[:100]}
    if report.evidence is not None:
        missed, changed = missed_lines(report.evidence)
        said |= {"linesChanged": changed, "linesRun": changed - missed}
    return said


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _text(text, REASON)}}


def _text(text: str, most: int) -> str:
    """Return text made visible, without what SARIF reads in a message (3.11.5, 3.11.6): links and ``{0}``."""
    text = clipped(text, most).replace("](", "]\\x28")
    pieces = text.split("{")
    return pieces[0] + "".join(("\\x7b" if piece[:1].isdecimal() else "{") + piece for piece in pieces[1:])
