"""Norms that stand in for a sign-off: a plugin says which hold; a broken one brings the participant back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.project import Project

POLICY = """
plugins = ["acme_norms"]
[teams.platform]
members = ["bob@example.org"]
[norms.http-timeout]
call = "requests.*"
require_keyword = "timeout"
[norms.no-sleep]
why = "only a plugin can tell"
[syncpoints.rates]
paths = ["rates/"]
accept = ["trailer"]
participants = [{ team = "platform", purpose = "PURPOSE", unless_norms = ["http-timeout", "no-sleep"] }]
"""
PLUGIN = """
from pytest_syncpoints import hookimpl

@hookimpl
def syncpoints_norms(context):
    lines = [line for file in context.change.files for hunk in file.hunks for line in hunk.added]
    if any(b"# unknown" in line for line in lines):
        return {"http-timeout": True}
    if any(b"# crash" in line for line in lines):
        raise ValueError("no idea")
    calls = [line for line in lines if b"get(" in line]
    return {"http-timeout": all(b"timeout" in line for line in calls), "no-sleep": True}
"""


@pytest.fixture
def rates(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a repository whose policy names the plugin, on a branch."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "acme_norms.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "acme_norms", raising=False)
    project.commit({"syncpoints.toml": POLICY.replace("PURPOSE", "compliance"), "rates/a.py": "x = 1\n"})
    project.branch("feature")
    return project


def found(project: Project) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    report = project.check("--base", "main", "--door", "ci")
    (participant,) = report["syncpoints"][0]["participants"]
    return participant, [(finding["rule"], finding["message"]) for finding in report["findings"]]


def test_norms_that_hold_stand_in_for_compliance(rates: Project) -> None:
    rates.commit_as("carol@example.org", {"rates/a.py": "get(url, timeout=3)\n"})
    platform, findings = found(rates)
    assert (platform["status"], platform["by"], platform["source"]) == ("by-norm", "http-timeout, no-sleep", "norm")
    assert findings == []
    assert "met by norm" in rates.run("check", "--base", "main", "--format", "markdown").out


def test_a_broken_norm_brings_the_participant_back_by_name(rates: Project) -> None:
    rates.commit_as("carol@example.org", {"rates/a.py": "get(url)\n"})
    platform, findings = found(rates)
    assert platform["status"] == "open"
    assert "norm http-timeout does not hold on this change" in platform["because"]
    assert [rule for rule, _ in findings] == ["SYN001", "SYN004"]
    assert "breaks norm http-timeout" in dict(findings)["SYN004"]
    assert "no-sleep" not in dict(findings)["SYN004"]


def test_a_norm_nobody_checked_saves_nobody(rates: Project) -> None:
    rates.commit_as("carol@example.org", {"rates/a.py": "get(url, timeout=3)  # unknown\n"})
    platform, findings = found(rates)
    assert (platform["status"], [rule for rule, _ in findings]) == ("open", ["SYN001"])
    assert "norm no-sleep was not checked" in platform["because"]


def test_a_norm_never_stands_in_for_another_purpose(rates: Project) -> None:
    rates.git("switch", "-q", "main")
    rates.commit({"syncpoints.toml": POLICY.replace('"PURPOSE"', '["permission", "compliance"]')})
    rates.git("switch", "-q", "feature")
    rates.commit_as("carol@example.org", {"rates/a.py": "get(url, timeout=3)\n"})
    report = rates.check("--base", "main")
    statuses = {part["purpose"]: part["status"] for part in report["syncpoints"][0]["participants"]}
    assert statuses == {"permission": "open", "compliance": "by-norm"}


def test_a_signature_settles_what_a_broken_norm_opened(rates: Project) -> None:
    rates.commit_as("carol@example.org", {"rates/a.py": "get(url)\n"})
    digest = rates.check("--base", "main")["syncpoints"][0]["digest"]
    rates.commit_as("bob@example.org", None, f"Sign\n\nAcked-by: Bob <bob@example.org> # rates/platform {digest}\n")
    platform, findings = found(rates)
    assert (platform["status"], findings) == ("met", [])


def test_a_plugin_that_crashes_on_norms_stops_the_review(rates: Project) -> None:
    rates.commit_as("carol@example.org", {"rates/a.py": "get(url)  # crash\n"})
    outcome = rates.run("check", "--base", "main")
    assert (outcome.code, "a plugin crashed: ValueError: no idea" in outcome.err) == (3, True), outcome
