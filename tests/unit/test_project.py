"""The project's own lists say the same: hook ids, scripts, modules and tables; dependency groups and extras."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HOOK_IDS = re.findall(r"^- id: (\S+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"), re.MULTILINE)
MODULES = {path.stem for path in (ROOT / "hooks" / "syncpoints_hooks").glob("[!_]*.py")}


def script_of(hook_id: str) -> str:
    return "syncpoints-staged" if hook_id == "syncpoints" else hook_id


def expand(group: str) -> set[str]:
    needs = PROJECT["dependency-groups"][group]
    included = [expand(need["include-group"]) for need in needs if isinstance(need, dict)]
    return {need for need in needs if isinstance(need, str)}.union(*included)


def expand_extra(extra: str) -> set[str]:
    needs = set()
    for need in PROJECT["project"]["optional-dependencies"][extra]:
        inner = re.fullmatch(r"pytest-syncpoints\[(.+)\]", need)
        needs |= set().union(*map(expand_extra, inner[1].split(","))) if inner else {need}
    return needs


FEATURES = ("prow", "sql", "avro", "yaml", "reversibility")  # extras for users, which no developer's group repeats


def test_dependency_groups_and_extras_are_the_same() -> None:
    groups = {group: expand(group) for group in PROJECT["dependency-groups"]}
    extras = [extra for extra in PROJECT["project"]["optional-dependencies"] if extra not in FEATURES]
    assert groups == {extra: expand_extra(extra) for extra in extras}
    assert groups["dev"] > groups["tests"]


def test_every_hook_id_has_a_console_script_in_a_module_of_its_name() -> None:
    scripts = PROJECT["project"]["scripts"]
    hooks = {name: target for name, target in scripts.items() if name != "syncpoints" and ".server." not in target}
    assert hooks == {
        script: f"syncpoints_hooks.{script.removeprefix('syncpoints-').replace('-', '_')}:main"
        for script in map(script_of, HOOK_IDS)
    }


@pytest.mark.skipif(not MODULES, reason="no hook is written yet")
def test_every_hook_module_belongs_to_a_hook_id() -> None:
    assert {script_of(hook_id).removeprefix("syncpoints-").replace("-", "_") for hook_id in HOOK_IDS} == MODULES


@pytest.mark.parametrize("page", ["README.md", "hooks/README.md"])
def test_every_hook_id_is_a_row_of_the_hook_table(page: str) -> None:
    rows = re.findall(r"^\| `(syncpoints[\w-]*)` \|", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == HOOK_IDS


def test_every_hook_id_has_a_section_in_the_manual_and_runs_on_ourselves() -> None:
    manual = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## `(\S+)`", manual, re.MULTILINE) == HOOK_IDS
    ours = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert [hook for hook in re.findall(r"- id: (\S+)", ours) if hook.startswith("syncpoints")] == HOOK_IDS


def test_every_hook_states_its_stages() -> None:
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert len(re.findall(r"^  stages: \[", manifest, re.MULTILINE)) == len(HOOK_IDS)
    assert manifest.count("minimum_pre_commit_version: 3.2.0") == len(HOOK_IDS)


def links(page: Path) -> list[str]:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return [target for target in targets if not target.startswith(("http://", "https://"))]


@pytest.mark.parametrize(
    "page",
    sorted(
        path.relative_to(ROOT).as_posix()
        for folder in (".", "docs", "docs/decisions", "hooks", "examples/ledger")
        for path in (ROOT / folder).glob("*.md")
    ),
)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    assert [target for target in links(ROOT / page) if not (folder / target).exists()] == []


@pytest.mark.parametrize(
    ("path", "runs"),
    [
        ("syncpoints.toml", True),
        (".forgejo/CODEOWNERS", True),
        ("docs/CODEOWNERS", True),
        ("OWNERS", True),
        ("pkg/api/OWNERS", True),
        ("OWNERS_ALIASES", True),
        ("src/CODEOWNERS", False),
        ("OWNERS.md", False),
    ],
)
def test_the_policy_hook_runs_for_the_owners_files_of_every_dialect(path: str, runs: bool) -> None:
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"^  files: (.+)$", manifest, re.MULTILINE)
    assert bool(re.search(pattern, path)) is runs
