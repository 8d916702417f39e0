"""The shipped schemas in ajv's strict mode, as SchemaStore asks: both compile, and judge as our own readers do.

Needs node, npm and SYNCPOINTS_CONTRACT=1.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tomli
from tests.bad_policies import BAD
from tests.node import asked_for, node_modules
from tests.project import Project
from tests.situations import SITUATIONS
from tests.unit.test_policy_json_schema import GOOD, ROOT, as_json

from pytest_syncpoints.report_json import to_json

SCHEMAS = ROOT / "src" / "pytest_syncpoints" / "schemas"
JUDGE = Path(__file__).with_name("hold_against_schema.cjs")

pytestmark = asked_for


@pytest.fixture(scope="module")
def modules() -> Path:
    return node_modules("schema", "ajv@8", "ajv-formats@3")


def judged(modules: Path, schema: str, documents: dict[str, Any], folder: Path) -> dict[str, str]:
    """Return what ajv says against each document; nothing where it fits."""
    given = folder / "documents.json"
    given.write_text(json.dumps(documents), encoding="utf-8")
    command = ["node", str(JUDGE), str(modules), str(SCHEMAS / schema), str(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_reports_of_every_situation_fit(modules: Path, tmp_path: Path) -> None:
    reports = {name: json.loads(to_json(made())) for name, made in SITUATIONS.items()}
    found = judged(modules, "report.schema.json", reports, tmp_path)
    assert {name: said for name, said in found.items() if said} == {}
    torn = {"no verdict": {**reports["green"], "verdict": None}, "a key more": {**reports["green"], "more": 1}}
    assert all(judged(modules, "report.schema.json", torn, tmp_path).values())


def test_policies_are_judged_as_our_reader_judges_their_form(modules: Path, tmp_path: Path) -> None:
    texts = {**GOOD, "our own": (ROOT / "syncpoints.toml").read_text("utf-8")}
    texts |= {name: bad.text for name, bad in BAD.items()}
    documents = {name: as_json(tomli.loads(text)) for name, text in texts.items()}
    found = judged(modules, "policy.schema.json", documents, tmp_path)
    assert [name for name in texts if name not in BAD and found[name]] == []
    assert [name for name, bad in BAD.items() if bool(found[name]) is not bad.structural] == []


def test_a_proposed_policy_names_the_schema_and_fits_it(modules: Path, tmp_path: Path, project: Project) -> None:
    project.commit({"src/a.py": "1\n"})
    assert project.run("init", "--write").code == 0
    text = (project.path / "syncpoints.toml").read_text("utf-8")
    assert text.startswith("#:schema https://")
    assert text.partition("\n")[0].endswith("/src/pytest_syncpoints/schemas/policy.schema.json")
    assert judged(modules, "policy.schema.json", {"it": as_json(tomli.loads(text))}, tmp_path) == {"it": ""}
