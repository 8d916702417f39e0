"""Our hooks under the programs that run hooks for people: pre-commit and prek, from this repository as it is cloned."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.project import Project

ROOT = Path(__file__).parents[2]
POLICY = """\
[teams.ops]
members = ["bob@example.org"]
[syncpoints.ledger-ops]
paths = ["ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
accept = ["trailer"]
"""
# Hook id: the stage it runs at, and what it says of a change that needs ops ("" where it has nothing to say).
HOOKS = {
    "syncpoints": ("pre-commit", "the merge will need 1 sign-off (ops)"),
    "syncpoints-fix": ("pre-commit", ""),
    "syncpoints-policy": ("pre-commit", ""),
    "syncpoints-prepare-message": ("prepare-commit-msg", ""),
    "syncpoints-message": ("commit-msg", ""),
    "syncpoints-push": ("pre-push", "the merge will need 1 sign-off (ops)"),
}
RUNNERS = ("pre-commit", "prek")


def program(name: str) -> str:
    """Return a runner installed beside this Python or on PATH; skips where there is none."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed (the extra `tests` has it)")
    return found


def run(words: list[str], folder: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the runners store inside the test's own folder."""
    for name in ("HOME", "PRE_COMMIT_HOME", "PREK_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture
def index(tmp_path: Path) -> None:
    """Skip where no package index answers: a runner installs a hook from there."""
    words = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--retries=1", "-d", str(tmp_path), "tomli"]
    code, said = run(words, tmp_path)
    if code != 0:
        pytest.skip(f"no package index to install a hook's dependencies from: {said.strip().splitlines()[-1:]}")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return this repository as a runner clones it: one commit, no tags."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    target = tmp_path / "clone"
    words = ["git", "clone", "-q", "--no-tags", "--depth=1", ROOT.as_uri(), str(target)]
    code, said = run(words, tmp_path)
    assert code == 0, said
    return target


@pytest.fixture
def ledger(project: Project) -> Project:
    """Return a branch with a commit that needs ops, and one more change staged."""
    project.commit({"syncpoints.toml": POLICY, "ledger/post.py": "1\n"})
    project.branch("feature").commit({"ledger/post.py": "2\n"})
    project.stage({"ledger/post.py": "3\n", "syncpoints.toml": POLICY + "\n"})
    (project.path / "MESSAGE").write_text("A change\n", encoding="utf-8")
    return project


@pytest.mark.once
@pytest.mark.usefixtures("homes", "index")
@pytest.mark.parametrize("runner", RUNNERS)
def test_every_hook_runs_from_a_clone_without_tags(ledger: Project, clone: Path, runner: str) -> None:
    """Those of a commit by ``try-repo``, which installs anew at every call; the others by a configuration."""
    command = program(runner)
    code, said = run([command, "try-repo", str(clone), "--verbose", "--all-files"], ledger.path)
    assert_passed(said, code, [hook for hook, (stage, _) in HOOKS.items() if stage == "pre-commit"])
    others = {hook: stage for hook, (stage, _) in HOOKS.items() if stage != "pre-commit"}
    _, commit = run(["git", "rev-parse", "HEAD"], clone)
    ids = ", ".join(f"{{id: {hook}}}" for hook in others)
    configuration = f"repos: [{{repo: '{clone.as_uri()}', rev: {commit.strip()}, hooks: [{ids}]}}]\n"
    ledger.write({".pre-commit-config.yaml": configuration})
    for hook, stage in others.items():
        message = ["--commit-msg-filename", "MESSAGE"] if "msg" in stage else []
        words = [command, "run", hook, "--verbose", "--all-files", "--hook-stage", stage, *message]
        code, said = run(words, ledger.path)
        assert_passed(said, code, [hook])


def assert_passed(said: str, code: int, hooks: list[str]) -> None:
    """Say that so many hooks passed, and that each said what it has to say."""
    assert code == 0, said
    assert said.count("Passed") == len(hooks), said
    for hook in hooks:
        assert HOOKS[hook][1] in said


@pytest.mark.usefixtures("homes")
@pytest.mark.parametrize("runner", RUNNERS)
def test_all_five_hooks_run_in_a_commit_and_a_push(ledger: Project, scripts: Path, runner: str) -> None:
    """With the manifest's own settings, run as local hooks, so that nothing has to be fetched."""
    command = program(runner)
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    local = manifest.replace("language: python", "language: system").replace("  entry: ", f"  entry: {scripts}/")
    hooks = "".join(f"      {line}\n" for line in local.splitlines() if "minimum_pre_commit_version" not in line)
    ledger.write({".pre-commit-config.yaml": f"repos:\n  - repo: local\n    hooks:\n{hooks}"})
    stages = sorted({stage for stage, _ in HOOKS.values()})
    code, said = run([command, "install", *(word for stage in stages for word in ("-t", stage))], ledger.path)
    assert code == 0, said
    ledger.git("add", "-A")
    code, said = run(["git", "commit", "-m", "needs ops"], ledger.path)
    assert code == 0, said
    assert HOOKS["syncpoints"][1] in said
    for name in ("staged change", "sync point policy", "for the message", "sync point trailers"):
        assert name in said
    ledger.git("init", "-q", "--bare", "../remote")
    ledger.git("remote", "add", "origin", "../remote")
    code, said = run(["git", "push", "origin", "feature"], ledger.path)
    assert code == 0, said
    assert "push goes ahead; " + HOOKS["syncpoints-push"][1] in said
