"""The wheel as people install it: its scripts answer, and its hooks speak up in real commits and pushes."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.project import Project

POLICY = """\
[teams.ops]
members = ["bob@example.org"]
[syncpoints.ledger-ops]
paths = ["ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
accept = ["trailer"]
"""
START: dict[str, str | bytes | None] = {"syncpoints.toml": POLICY, "ledger/post.py": "1\n", "free.py": "1\n"}
HOOKS = {
    "pre-commit": 'syncpoints-staged && exec "$bin"/syncpoints-policy',
    "prepare-commit-msg": 'syncpoints-prepare-message "$@"',
    "commit-msg": 'syncpoints-message "$@"',
    "pre-push": 'syncpoints-push "$@" </dev/null',
}
NEEDED = "commit goes ahead; the merge will need 1 sign-off (ops)"


class Done(NamedTuple):
    """How a command ended, and all it said."""

    code: int
    said: str


@pytest.fixture
def hooked(project: Project, scripts: Path) -> Project:
    """Return a repository with a policy whose git hooks are the installed scripts."""
    hook_up(project, scripts)
    project.commit(START)
    return project


def hook_up(project: Project, scripts: Path) -> None:
    folder = project.path / ".git" / "hooks"
    folder.mkdir(exist_ok=True)
    for stage, script in HOOKS.items():
        hook = folder / stage
        hook.write_text(f'#!/bin/sh\nbin="{scripts}"\n"$bin"/{script}\n', encoding="utf-8")
        hook.chmod(0o755)


def run(words: list[str], folder: Path, **environment: str) -> Done:
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
    return Done(done.returncode, done.stdout)


def git(project: Project, *words: str, **environment: str) -> Done:
    return run(["git", *words], project.path, **environment)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(("syncpoints", "--help"), 0, "syncpoints check", id="the command explains itself"),
        pytest.param(("syncpoints", "--version"), 0, "pytest-syncpoints 0.1.0", id="and knows its version"),
        pytest.param(("syncpoints", "explain", "SYN001"), 0, "SYN001", id="rule pages are in the wheel"),
        pytest.param(("syncpoints", "init"), 0, "+++ b/.pre-commit-config.yaml", id="a first policy is proposed"),
        pytest.param(("syncpoints", "doctor"), 0, "doctor: ", id="the clone is examined"),
        pytest.param(("syncpoints", "demo", "DEMO"), 0, "1 sign-off stale (ops)", id="the story is in the wheel"),
        pytest.param(("syncpoints", "check", "--staged", "--format", "html"), 0, "</html>", id="and so is the page"),
        pytest.param(("syncpoints", "check", "--staged"), 0, "1 sign-off missing", id="a change is reviewed"),
        pytest.param(("syncpoints-staged",), 0, NEEDED, id="syncpoints"),
        pytest.param(("syncpoints-message", "MESSAGE"), 0, "", id="syncpoints-message"),
        pytest.param(("syncpoints-prepare-message", "MESSAGE"), 0, "", id="syncpoints-prepare-message"),
        pytest.param(("syncpoints-fix",), 0, "", id="syncpoints-fix"),
        pytest.param(("syncpoints-policy",), 0, "", id="syncpoints-policy"),
        pytest.param(("syncpoints-push",), 0, "", id="syncpoints-push"),
    ],
)
def test_every_script_answers(project: Project, scripts: Path, words: tuple[str, ...], code: int, said: str) -> None:
    project.commit(START)
    project.stage({"ledger/post.py": "2\n"})
    (project.path / "MESSAGE").write_text("A change\n", encoding="utf-8")
    done = run([str(scripts / words[0]), *words[1:]], project.path)
    assert done.code == code, done
    assert said in done.said
    assert bool(said) == bool(done.said)


def test_a_clear_commit_is_silent(hooked: Project) -> None:
    hooked.stage({"free.py": "2\n"})
    assert git(hooked, "commit", "-q", "-m", "clear") == Done(0, "")


def test_a_commit_says_who_is_needed_and_goes_ahead(hooked: Project) -> None:
    hooked.stage({"ledger/post.py": "2\n"})
    done = git(hooked, "commit", "-q", "-m", "ledger")
    assert done.code == 0
    assert NEEDED in done.said
    assert hooked.git("log", "-1", "--format=%s") == "ledger"


def test_the_first_commit_of_a_repository(project: Project, scripts: Path) -> None:
    hook_up(project, scripts)
    project.stage(START)
    done = git(project, "commit", "-q", "-m", "first")
    assert done.code == 0, done
    assert NEEDED in done.said, "its own policy judges the change that adds it"


@pytest.mark.parametrize("words", [("-a",), ("ledger/post.py",), ("-i", "ledger/post.py")], ids=" ".join)
def test_what_a_commit_takes_from_the_worktree_is_what_is_reviewed(hooked: Project, words: tuple[str, ...]) -> None:
    hooked.write({"ledger/post.py": "2\n2\n"})
    done = git(hooked, "commit", "-q", "-m", "ledger", *words)
    assert NEEDED in done.said, done
    assert "3 lines in 1 file, staged" in done.said


def test_a_commit_of_one_file_leaves_the_rest_of_the_index_out(hooked: Project) -> None:
    hooked.stage({"ledger/post.py": "2\n", "free.py": "2\n"})
    assert git(hooked, "commit", "-q", "-m", "free", "free.py") == Done(0, "")


def test_a_commit_in_a_linked_worktree(hooked: Project) -> None:
    hooked.git("worktree", "add", "-q", "-b", "other", "../other")
    other = Project.at(hooked.path.parent / "other")
    other.stage({"ledger/post.py": "2\n"})
    done = git(other, "commit", "-q", "-m", "ledger")
    assert done.code == 0
    assert NEEDED in done.said


def test_amending_the_message_alone_is_silent(hooked: Project) -> None:
    hooked.commit({"ledger/post.py": "2\n"})
    assert git(hooked, "commit", "-q", "--amend", "-m", "better words") == Done(0, "")
    assert hooked.git("log", "-1", "--format=%s") == "better words"


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """Return an editor that keeps what it is shown beside itself and writes a subject."""
    found = tmp_path / "editor"
    found.write_text(
        f'#!/bin/sh\ncp "$1" "{tmp_path}/shown"\n{{ echo subject; cat "{tmp_path}/shown"; }} > "$1"\n', encoding="utf-8"
    )
    found.chmod(0o755)
    return found


@pytest.mark.parametrize(
    ("settings", "mark"),
    [
        pytest.param({}, "# ", id="as git comes"),
        pytest.param({"core.commentChar": ";"}, "; ", id="another comment character"),
        pytest.param({"commit.cleanup": "scissors"}, None, id="scissors: a comment would stay in the message"),
        pytest.param({"commit.cleanup": "verbatim"}, None, id="verbatim: likewise"),
    ],
)
def test_the_editor_shows_who_is_needed_in_comments(
    hooked: Project, editor: Path, settings: dict[str, str], mark: str | None
) -> None:
    for key, value in settings.items():
        hooked.git("config", key, value)
    hooked.stage({"ledger/post.py": "2\n"})
    assert git(hooked, "commit", "-q", GIT_EDITOR=str(editor)).code == 0
    shown = (editor.parent / "shown").read_text(encoding="utf-8")
    assert (f"{mark}Sync points: 1 sign-off missing (ops)" in shown) == (mark is not None)
    assert "Sync points" not in hooked.git("log", "-1", "--format=%B")


def test_a_faulty_trailer_stops_the_commit(hooked: Project) -> None:
    before = hooked.git("rev-parse", "HEAD")
    hooked.stage({"ledger/post.py": "2\n"})
    trailer = f"Acked-by: Carol <carol@example.org> # ledger-ops/ops sha256:{'0' * 32}"
    done = git(hooked, "commit", "-q", "-m", f"ledger\n\n{trailer}")
    assert done.code != 0
    assert "who is not a member of ops" in done.said
    assert hooked.git("rev-parse", "HEAD") == before


def test_a_push_reviews_the_branch(hooked: Project) -> None:
    hooked.git("init", "-q", "--bare", "../remote")
    hooked.git("remote", "add", "origin", "../remote")
    hooked.git("push", "-q", "--no-verify", "origin", "main")
    hooked.branch("feature").commit({"ledger/post.py": "2\n"})
    done = git(hooked, "push", "-q", "origin", "feature")
    assert done.code == 0, done
    assert "push goes ahead; the merge will need 1 sign-off (ops)" in done.said
    assert hooked.git("rev-parse", "refs/remotes/origin/feature") == hooked.git("rev-parse", "HEAD")


def test_no_script_needs_anything_of_the_checkout(project: Project, scripts: Path) -> None:
    project.stage({"pytest_syncpoints/__init__.py": "raise SystemExit('imported from the change')\n", "a": "1\n"})
    shutil.copytree(project.path / "pytest_syncpoints", project.path / "syncpoints_hooks")
    assert run([str(scripts / "syncpoints-staged")], project.path).code == 0
    assert run([str(scripts / "syncpoints"), "check", "--staged"], project.path).code == 0


def test_the_manual_page_is_installed_where_man_looks(scripts: Path) -> None:
    page = scripts.parent / "share" / "man" / "man1" / "syncpoints.1"
    assert page.read_text(encoding="utf-8").startswith(".TH SYNCPOINTS 1 ")
