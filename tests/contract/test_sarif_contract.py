"""What we write as SARIF, against the standard's schema and GitHub's rules as Microsoft's validator knows them.

Needs node, npm and SYNCPOINTS_CONTRACT=1; SYNCPOINTS_NODE_MODULES names packages that are installed already.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.builders import a_finding, a_report, a_reported_change, a_reported_file
from tests.node import asked_for, node_modules
from tests.situations import SITUATIONS

from pytest_syncpoints.render.sarif import render
from pytest_syncpoints.report import Report

pytestmark = asked_for


@pytest.fixture(scope="session")
def multitool() -> Path:
    """Return the folder of the validator; its program is made executable, as its install script would."""
    folder = node_modules("sarif", "@microsoft/sarif-multitool@5.7.0") / "@microsoft" / "sarif-multitool-linux"
    if not (folder / "Sarif.Multitool").is_file():
        pytest.skip("the validator has no program for this system")
    (folder / "Sarif.Multitool").chmod(0o755)
    return folder


def a_hostile_report() -> Report:
    names = (
        'a"b\\c.py',
        "a b%20c#d?e.py",
        "\u202egnp.py",
        "caf\udce9.py",
        "-x.py",
        "[x](http://e.example).py",
        "{0}.py",
    )
    findings = tuple(
        a_finding(path=name, line=1, message=f"{name} {{0}} [a](b) ##[error]", fingerprint=name) for name in names
    )
    return a_report(
        findings=findings, change=a_reported_change(files=tuple(a_reported_file(path=name) for name in names))
    )


REPORTS = {**SITUATIONS, "hostile strings": a_hostile_report}


@pytest.mark.parametrize("situation", REPORTS)
def test_a_situation_fits_the_schema(situation: str, multitool: Path) -> None:
    schema = json.loads((multitool / "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    jsonschema.validate(json.loads(render(REPORTS[situation]())), schema)


def test_the_validator_finds_no_error_and_no_warning(multitool: Path, tmp_path: Path) -> None:
    for number, (situation, made) in enumerate(REPORTS.items()):
        (tmp_path / f"{number}-{situation.replace(' ', '-')}.sarif").write_text(render(made()), encoding="utf-8")
    assert said_by(multitool, *map(str, sorted(tmp_path.iterdir()))) == []


def test_the_validator_would_find_a_fault(multitool: Path, tmp_path: Path) -> None:
    log = json.loads(render(SITUATIONS["no-owner-and-a-broken-norm"]()))
    del log["runs"][0]["results"][0]["locations"]
    (tmp_path / "x.sarif").write_text(json.dumps(log), encoding="utf-8")
    assert any("error" in line for line in said_by(multitool, str(tmp_path / "x.sarif")))


def said_by(multitool: Path, *files: str) -> list[str]:
    """Return the lines in which the validator names an error or a warning."""
    done = subprocess.run(
        [
            str(multitool / "Sarif.Multitool"),
            "validate",
            *files,
            "--rule-kind",
            "Sarif;Ghas",
            "--level",
            "Error;Warning",
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    assert "Analysis completed successfully" in done.stdout + done.stderr or done.returncode in (0, 1), done
    return re.findall(
        r"^.*: (?:error|warning) (?:SARIF|GHAS|GH|ERR|JSON)\d*.*$", done.stdout + done.stderr, re.MULTILINE
    )
