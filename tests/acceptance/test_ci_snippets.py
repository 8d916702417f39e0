"""The CI snippets we hand out satisfy the schemas of GitHub and GitLab (vendored by check-jsonschema: offline)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SNIPPETS = Path(__file__).parents[2] / "examples" / "ci"
SCHEMAS = {"github-actions.yml": "vendor.github-workflows", "gitlab-ci.yml": "vendor.gitlab-ci"}

each_snippet = pytest.mark.parametrize("name", sorted(SCHEMAS))


def validate(file: Path, schema: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_snippet_is_validated() -> None:
    assert {path.name for path in SNIPPETS.iterdir()} == SCHEMAS.keys()


@each_snippet
def test_a_snippet_satisfies_its_schema(name: str) -> None:
    outcome = validate(SNIPPETS / name, SCHEMAS[name])
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("name", "sound", "broken"),
    [
        ("github-actions.yml", "runs-on: ubuntu-latest", "runs-onn: ubuntu-latest"),
        ("gitlab-ci.yml", "when: always", "when: sometimes"),
    ],
)
def test_the_schemas_would_notice_a_fault(name: str, sound: str, broken: str, tmp_path: Path) -> None:
    text = (SNIPPETS / name).read_text(encoding="utf-8")
    assert sound in text
    (tmp_path / name).write_text(text.replace(sound, broken), encoding="utf-8")
    assert validate(tmp_path / name, SCHEMAS[name]).returncode == 1


def test_actions_are_pinned_to_a_commit() -> None:
    used = re.findall(r"uses: (\S+)", (SNIPPETS / "github-actions.yml").read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


@each_snippet
def test_the_gate_runs_isolated_from_the_checkout(name: str) -> None:
    text = (SNIPPETS / name).read_text(encoding="utf-8")
    assert re.search(r'python"? -I \S+/bin/syncpoints"? (\\\n +)?check', text)
