"""GitLab Code Quality: findings as the JSON artifact a merge request shows beside its lines."""

from __future__ import annotations

import json

from pytest_syncpoints.json_shape import readable
from pytest_syncpoints.render.escape import clipped
from pytest_syncpoints.render.screen import ranked
from pytest_syncpoints.signoff import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding, Level
    from pytest_syncpoints.report import Report

name = "gitlab"
suffix = ".json"
media_type = "application/json"

# GitLab's words for how bad a thing is (docs.gitlab.com, "Code Quality report format").
SEVERITIES: dict[Level, str] = {"block": "blocker", "warn": "major", "note": "info"}
DESCRIPTION = 1000  # characters


def render(report: Report) -> str:
    """Return findings as a JSON array, worst first; one about no file stands at the first line of the first file.

    Fingerprints are unique and hold no line number, so that GitLab knows a finding again when lines move.
    """
    text = json.dumps(list(_entries(report)), ensure_ascii=True, indent=1)
    return text.replace("##", "\\u0023\\u0023") + "\n"


def _entries(report: Report) -> Iterator[dict[str, Any]]:
    first = report.change.files[0].path if report.change.files else ""
    seen: dict[str, int] = {}
    for finding in ranked(report.findings):
        path = finding.path or first
        if finding.level == "off" or not path:
            continue
        seen[finding.fingerprint] = ordinal = seen.get(finding.fingerprint, -1) + 1
        yield {
            "description": clipped(_description(finding), DESCRIPTION),
            "check_name": clipped(finding.rule, 60),
            "fingerprint": _fingerprint(finding.fingerprint, ordinal),
            "severity": SEVERITIES[finding.level],
            "location": {
                "path": readable(path),
                "lines": {"begin": finding.line if finding.path and finding.line else 1},
            },
        }


def _description(finding: Finding) -> str:
    return f"{finding.name}: {finding.message}" + (f" ({finding.remedy})" if finding.remedy else "")


def _fingerprint(own: str, ordinal: int) -> str:
    """Return 32 hexadecimal digits, whatever the report holds: GitLab merges findings whose fingerprints are equal."""
    return sha256(f"{ordinal}\0{own}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
