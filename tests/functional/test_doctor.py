"""`syncpoints doctor`: each fault of a clone is found, and the command it names mends it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.project import Outcome, Project

from pytest_syncpoints.commands.doctor import HOOK_TYPES

POLICY = """\
[teams.ops]
members = ["alice@example.org"]
[syncpoints.ledger-ops]
paths = ["src/"]
participants = [{ team = "ops", purpose = "permission" }]
"""


@pytest.fixture
def well(project: Project) -> Project:
    """A repository in which everything doctor looks at is in order, optional packages aside."""
    project.commit({"syncpoints.toml": POLICY, "src/a.py": "1\n", ".pre-commit-config.yaml": "# syncpoints\n"})
    project.git("config", "user.email", "alice@example.org")
    project.git("config", "gpg.format", "ssh")
    project.git("config", "user.signingkey", "key::ssh-ed25519 AAAA")
    for name in HOOK_TYPES:
        hook = project.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\n", encoding="utf-8")
        hook.chmod(0o755)
    return project


def cloned(origin: Project, *words: str) -> Project:
    folder = origin.path.parent / "clone"
    origin.git("clone", "-q", *words, f"file://{origin.path}", str(folder))
    return Project.at(folder)


def lines(ran: Outcome, about: str) -> list[str]:
    return [line for line in ran.out.splitlines() if line[6:].startswith(f"{about}: ")]


def test_a_sound_repository_has_no_fault(well: Project) -> None:
    ran = well.run("doctor")
    assert ran.code == 0, ran
    assert ran.out.endswith("doctor: all well\n") or "note" in ran.out
    for about in ("git", "clone", "base", "hooks", "signing", "policy"):
        assert lines(ran, about)[0].startswith("ok"), ran


def test_every_remedy_is_one_line_of_its_own(project: Project) -> None:
    project.commit({"a": "1"})
    ran = project.run("doctor")
    for line in ran.out.splitlines():
        assert line.startswith(("ok    ", "note  ", "fault ", "      ", "doctor: ")), line


def test_a_shallow_clone_is_a_fault_that_the_command_mends(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    well.commit({"src/a.py": "2\n"})
    clone = cloned(well, "--depth=1")
    monkeypatch.chdir(clone.path)
    ran = clone.run("doctor")
    assert ran.code == 1
    assert lines(ran, "clone")[0].startswith("fault clone: shallow"), ran
    assert "      git fetch --unshallow\n" in ran.out
    clone.git("fetch", "-q", "--unshallow")
    assert lines(clone.run("doctor"), "clone") == ["ok    clone: whole"]


def test_a_partial_clone_is_said_and_the_command_mends_it(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    well.git("config", "uploadpack.allowFilter", "true")
    clone = cloned(well, "--filter=blob:none", "--no-checkout")
    monkeypatch.chdir(clone.path)
    ran = clone.run("doctor")
    assert lines(ran, "clone")[0].startswith("note  clone: partial"), ran
    assert "      git fetch --refetch --no-filter origin\n" in ran.out
    clone.git("fetch", "-q", "--refetch", "--no-filter", "origin")
    clone.git("checkout", "-q", "main")


def test_notes_that_are_not_fetched_are_said_and_the_command_mends_it(
    well: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    well.git("update-ref", "refs/notes/syncpoints", "HEAD")
    clone = cloned(well)
    monkeypatch.chdir(clone.path)
    ran = clone.run("doctor")
    (remedy,) = (line.strip() for line in ran.out.splitlines() if "refs/notes" in line and "config" in line)
    assert lines(ran, "notes")[0].startswith("note"), ran
    assert subprocess.run(["sh", "-c", remedy], cwd=clone.path, capture_output=True, check=False).returncode == 0
    assert lines(clone.run("doctor"), "notes") == ["ok    notes: refs/notes/syncpoints is fetched"]
    assert clone.git("rev-parse", "refs/notes/syncpoints") == well.git("rev-parse", "HEAD")


def test_hooks_that_are_configured_and_not_installed_are_a_fault(well: Project) -> None:
    (well.path / ".git" / "hooks" / "pre-push").unlink()
    ran = well.run("doctor")
    assert ran.code == 1
    assert "fault hooks: not installed: pre-push\n      pre-commit install -t pre-push\n" in ran.out


def test_hooks_elsewhere_are_named_with_the_program_that_can(well: Project) -> None:
    well.git("config", "core.hooksPath", ".githooks")
    ran = well.run("doctor")
    assert "fault hooks: core.hooksPath is .githooks" in ran.out
    assert "      prek install -t pre-commit" in ran.out


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        pytest.param("[chnage]\n", "policy: ", id="one that does not validate"),
        pytest.param(POLICY.replace("src/", "scr/"), "syncpoints.toml has 1 fault", id="one with an idle pattern"),
    ],
)
def test_a_policy_at_fault_is_one(well: Project, policy: str, said: str) -> None:
    well.write({"syncpoints.toml": policy})
    ran = well.run("doctor")
    assert ran.code == 1
    assert said in lines(ran, "policy")[0], ran
    assert "      syncpoints lint\n" in ran.out


def test_without_a_policy_init_is_named(project: Project) -> None:
    project.commit({"a": "1"})
    assert "note  policy: none; no owners file\n      syncpoints init\n" in project.run("doctor").out


def test_a_plugin_that_is_not_installed_is_a_fault(well: Project) -> None:
    well.write({"syncpoints.toml": 'plugins = ["no_such_checks"]\n' + POLICY})
    ran = well.run("doctor")
    assert "which is not installed\n      pip install no_such_checks\n" in ran.out
    assert ran.code == 1


def test_a_signing_key_that_is_not_there_is_a_fault(well: Project, tmp_path: Path) -> None:
    well.git("config", "user.signingkey", str(tmp_path / "gone.pub"))
    ran = well.run("doctor")
    assert ran.code == 1
    assert lines(ran, "signing")[0].endswith("gone.pub is not there")


def test_a_remote_without_a_default_branch_is_told_how(well: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    well.git("branch", "-q", "-m", "main", "line-of-work")
    clone = cloned(well)
    monkeypatch.chdir(clone.path)
    clone.git("remote", "set-head", "origin", "--delete")
    ran = clone.run("doctor")
    assert "      git remote set-head origin --auto\n" in ran.out, ran
    clone.git("remote", "set-head", "origin", "--auto")
    assert lines(clone.run("doctor"), "base")[0].startswith("ok"), clone.run("doctor")
