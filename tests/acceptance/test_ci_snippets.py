"""The CI files we hand out satisfy the schemas of GitHub and GitLab (vendored by check-jsonschema: offline)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SNIPPETS = ROOT / "examples" / "ci"
ACTION = ROOT / "action.yml"
GITHUB, GITLAB = "vendor.github-workflows", "vendor.gitlab-ci"
SCHEMAS = {
    "github-actions.yml": GITHUB,
    "github-fork-check.yml": GITHUB,
    "github-fork-publish.yml": GITHUB,
    "github-private.yml": GITHUB,
    "gitlab-ci.yml": GITLAB,
    "gitlab-merge-request.yml": GITLAB,
}
FILES = {**{SNIPPETS / name: schema for name, schema in SCHEMAS.items()}, ACTION: "vendor.github-actions"}

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
each_snippet = pytest.mark.parametrize("name", sorted(SCHEMAS))


def validate(file: Path, schema: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


RUN = re.compile(r"^( *)(?:- )?run: (\|\n(?:\1 +.*\n|\n)+|.*\n)", re.MULTILINE)


def run_steps(text: str) -> list[str]:
    """Return what runs in a shell, each with the lines below it that are indented further."""
    return [body for _, body in RUN.findall(text)]


def test_every_snippet_is_validated() -> None:
    assert {path.name for path in SNIPPETS.iterdir()} == SCHEMAS.keys()


@each_file
def test_a_file_satisfies_its_schema(file: Path) -> None:
    outcome = validate(file, FILES[file])
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("file", "sound", "broken"),
    [
        (SNIPPETS / "github-actions.yml", "runs-on: ubuntu-latest", "runs-onn: ubuntu-latest"),
        (SNIPPETS / "github-fork-publish.yml", "statuses: write", "statuses: sometimes"),
        (SNIPPETS / "gitlab-ci.yml", "when: always", "when: sometimes"),
        (ACTION, "using: composite", "using: nothing"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_the_schemas_would_notice_a_fault(file: Path, sound: str, broken: str, tmp_path: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert sound in text
    (tmp_path / file.name).write_text(text.replace(sound, broken), encoding="utf-8")
    assert validate(tmp_path / file.name, FILES[file]).returncode == 1


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if schema == GITHUB])
def test_actions_are_pinned_to_a_commit(name: str) -> None:
    used = re.findall(r"\buses: (\S+)", (SNIPPETS / name).read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action)] == []


@each_snippet
def test_the_gate_runs_isolated_from_the_checkout(name: str) -> None:
    text = (SNIPPETS / name).read_text(encoding="utf-8")
    assert re.search(r'python"? -I \S+/bin/syncpoints"? (\\\n +)?(check|publish)', text)


@each_file
def test_no_word_of_an_event_is_pasted_into_a_shell(file: Path) -> None:
    steps = run_steps(file.read_text(encoding="utf-8"))
    assert [step for step in steps if "${{" in step] == []
    if FILES[file] != GITLAB:
        assert steps


def test_the_publishing_half_never_checks_out_the_change() -> None:
    text = (SNIPPETS / "github-fork-publish.yml").read_text(encoding="utf-8")
    assert "workflow_run:" in text
    assert "pull_request_target" not in text
    assert re.findall(r"\bref:|git checkout|git switch|pip install (?!'pytest-syncpoints)", text) == []


def test_the_reviewing_half_may_write_nothing() -> None:
    text = (SNIPPETS / "github-fork-check.yml").read_text(encoding="utf-8")
    assert ": write" not in text


def test_the_halves_belong_together() -> None:
    check, publish = (
        (SNIPPETS / f"github-fork-{half}.yml").read_text(encoding="utf-8") for half in ("check", "publish")
    )
    name = re.search(r"^name: (.+)$", check, re.MULTILINE)
    assert name is not None
    assert f"workflows: [{name[1]}]" in publish
    assert "name: syncpoints\n" in check
    assert "--name syncpoints " in publish
