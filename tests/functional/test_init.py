"""`syncpoints init`: a policy proposed from history that validates and lints clean, and never overwrites anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import tomli
from tests.project import Content, Project
from tests.unit.test_light_imports import count_git

from pytest_syncpoints.commands.init import HOOKS


def busy(project: Project, folder: str, who: tuple[str, ...], times: int, subject: str = "Work") -> None:
    """Have people change a file of a folder in turns, a day apart."""
    for number in range(times):
        name = who[number % len(who)]
        day = f"2026-{1 + number // 28:02}-{1 + number % 28:02}T10:00:00+00:00"
        project.commit(
            {f"{folder}file_{number % 6}.py": f"import requests\nrequests.get(u, timeout={number})\n" * 3},
            f"{subject} {number}",
            GIT_AUTHOR_NAME=f"{name.title()} Example",
            GIT_AUTHOR_EMAIL=f"{name}@example.org",
            GIT_AUTHOR_DATE=day,
            GIT_COMMITTER_DATE=day,
        )


@pytest.fixture
def lived_in(project: Project) -> Project:
    """A repository with a past: a ledger that two people keep, an api that many touch, owners for both."""
    project.commit(
        {
            "CODEOWNERS": "* @acme/all\n/src/ledger/ @acme/ops\n",
            "poetry.lock": "x\n",
            ".github/x.md": "x",
        }
    )
    busy(project, "src/ledger/", ("alice", "bob"), 14, "Fix")
    busy(project, "src/api/", ("carol", "dan", "erin", "fay", "gil"), 30)
    return project


def test_the_proposal_is_shown_as_a_diff_and_nothing_is_written(lived_in: Project) -> None:
    ran = lived_in.run("init")
    assert ran.code == 0, ran
    assert "+++ b/syncpoints.toml\n" in ran.out
    assert "+++ b/.pre-commit-config.yaml\n" in ran.out
    assert "+++ b/.github/workflows/syncpoints.yml\n" in ran.out
    assert ran.out.endswith("Nothing is written yet: syncpoints init --write\n")
    assert lived_in.git("status", "--porcelain") == ""


def test_what_is_written_validates_and_lints_clean(lived_in: Project) -> None:
    assert lived_in.run("init", "--write").code == 0
    ran = lived_in.run("lint")
    assert (ran.code, ran.out.partition(";")[0]) == (0, "lint: clean"), ran


def test_it_finds_parts_teams_budget_and_norms_and_says_where_from(lived_in: Project) -> None:
    lived_in.run("init", "--write")
    text = (lived_in.path / "syncpoints.toml").read_text(encoding="utf-8")
    policy = tomli.loads(text)
    assert policy["components"]["ledger"]["tier"] == "critical"
    assert policy["components"]["api"]["tier"] == "shared"
    assert policy["teams"]["ops"]["members"] == ["@acme/ops", "bob@example.org", "alice@example.org"]
    assert policy["syncpoints"]["ledger"]["participants"] == [{"team": "ops", "purpose": "permission"}]
    assert policy["change"]["exclude"] == ["*.lock"]
    assert policy["norms"]["http-timeout"]["require_keyword"] == "timeout"
    assert policy["ownership"]["require"] == ["src/"]
    for evidence in (
        "# Of 45 landed changes half had at most",
        "its name says ledger; 14 of 14 changes were fixes or reverts",
        "# CODEOWNERS:2 gives 6 of 6 files to @acme/ops; they made 14 of its 14 changes",
        "# 0 of 14 commits here came from outside ops, so it would not have asked anybody; permission blocks",
        "36 of 36 lines keep it, in 12 files",
    ):
        assert evidence in text, text


def commit_at(project: Project, day: str, files: dict[str, Content], subject: str, who: str) -> None:
    name = who.partition("@")[0].partition("+")[2] or who.partition("@")[0]
    project.commit(
        files,
        subject,
        GIT_AUTHOR_NAME=f"{name.title()} Example",
        GIT_AUTHOR_EMAIL=who,
        GIT_AUTHOR_DATE=f"{day}T10:00:00+00:00",
        GIT_COMMITTER_DATE=f"{day}T10:00:00+00:00",
    )


def test_people_documents_that_follow_and_incidents_are_proposed_with_where_from(lived_in: Project) -> None:
    for number in range(6):
        day = f"2026-03-{number + 1:02}"
        files: dict[str, Content] = {"src/ledger/file_0.py": f"{number}\n", "docs/runbook.md": f"{number}\n"}
        commit_at(lived_in, day, files, "Post after the hotfix", "7+bob@users.noreply.github.com")
    commit_at(
        lived_in, "2026-03-09", {"src/ledger/file_1.py": "x\n"}, "Roll back after the outage", "alice@home.example"
    )
    lived_in.run("init", "--write")
    text = (lived_in.path / "syncpoints.toml").read_text(encoding="utf-8")
    policy = tomli.loads(text)
    assert policy["people"]["bob"][:2] == ["@bob", "bob@example.org"]
    assert set(policy["people"]["alice"]) == {"alice@example.org", "alice@home.example"}
    assert policy["components"]["ledger"]["follows"] == ["docs/runbook.md"]
    assert "# Moved together with it: docs/runbook.md in 6 of its 6 changes." in text
    assert "# 2026-03-09: Roll back after the outage\n# [incidents.2026-03-09-ledger]\n" in text
    assert "incidents" not in policy
    ran = lived_in.run("lint")
    assert (ran.code, ran.out.partition(";")[0]) == (0, "lint: clean"), ran
    uncommented = text.replace("# [incidents.", "[incidents.").replace("# components", "components")
    (lived_in.path / "syncpoints.toml").write_text(uncommented.replace("# date", "date"), encoding="utf-8")
    ran = lived_in.run("lint")
    assert "is not TOML" not in ran.err + ran.out
    assert "there is no key" not in ran.err + ran.out


def test_one_address_for_each_makes_no_people(lived_in: Project) -> None:
    lived_in.run("init", "--write")
    assert "[people]" not in (lived_in.path / "syncpoints.toml").read_text(encoding="utf-8")


def test_a_review_by_the_proposal_works(lived_in: Project) -> None:
    lived_in.run("init", "--write")
    lived_in.commit()
    lived_in.stage({"src/ledger/file_0.py": "1\n"})
    report = lived_in.check("--staged")
    assert [point["name"] for point in report["syncpoints"]] == ["ledger"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({}, id="no commit at all"),
        pytest.param({"README.md": "x"}, id="one commit"),
        pytest.param({"src/a b/\u202e[x].py": "1", 'src/"q\\.py': "1", "*/x.py": "1", "!y/z.py": "1"}, id="odd names"),
    ],
)
def test_with_little_or_odd_past_it_still_lints_clean(project: Project, files: dict[str, Content]) -> None:
    if files:
        for number in range(12):
            changed: dict[str, Content] = dict.fromkeys(files, f"{number}\n")
            project.commit_as(
                ("eve" if number % 2 else 'a"b\\c') + "@example.org", changed, f'fix "\u202e\x1b[31m {number}'
            )
    ran = project.run("init", "--write")
    assert ran.code == 0, ran
    assert "\u202e" not in ran.out
    found = project.run("lint")
    assert (found.code, found.out.partition(";")[0]) == (0, "lint: clean"), found


@pytest.mark.parametrize("path", ["syncpoints.toml", ".pre-commit-config.yaml", ".github/workflows/syncpoints.yml"])
def test_what_is_there_is_never_changed(lived_in: Project, path: str) -> None:
    lived_in.write({path: "# mine\n"})
    ran = lived_in.run("init", "--write")
    assert (lived_in.path / path).read_text(encoding="utf-8") == "# mine\n"
    assert f"{path} is there already and stays as it is" in ran.out


def test_a_link_that_leads_nowhere_is_not_followed(lived_in: Project, tmp_path: Path) -> None:
    (lived_in.path / "syncpoints.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert lived_in.run("init", "--write").code == 0
    assert not (tmp_path / "elsewhere.toml").exists()


def test_hooks_that_are_configured_get_the_lines_to_add(lived_in: Project) -> None:
    lived_in.write({".pre-commit-config.yaml": "repos: []\n"})
    assert "add below `repos:`\n  - repo: https://github.com/pytest-syncpoints" in lived_in.run("init").out


def test_a_policy_in_pyproject_counts_as_one(lived_in: Project) -> None:
    lived_in.write({"pyproject.toml": "[tool.syncpoints.change]\nbudget = 9\n"})
    lived_in.run("init", "--write")
    assert not (lived_in.path / "syncpoints.toml").exists()


def test_the_same_past_gives_the_same_bytes(lived_in: Project) -> None:
    assert lived_in.run("init").out == lived_in.run("init").out


def test_it_starts_few_git_processes(lived_in: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = count_git(tmp_path, monkeypatch)
    assert lived_in.run("init").code == 0
    assert len(log.read_text(encoding="utf-8").splitlines()) <= 7


def test_the_proposed_hooks_are_ids_of_the_manifest() -> None:
    manifest = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    ids = [line.partition("id: ")[2].partition(" ")[0] for line in HOOKS.splitlines() if "id: " in line]
    assert [name for name in ids if f"- id: {name}\n" not in manifest] == []


def test_outside_a_repository_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", os.fspath(tmp_path.parent))
    ran = Project.at(tmp_path).run("init")
    assert ran.code == 3
    assert "not a git repository" in ran.err
