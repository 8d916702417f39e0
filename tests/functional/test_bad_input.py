"""Bad input: one clear line, the right exit status, nothing lost, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.project import Outcome, Project

POLICY = """[teams.ops]
members = ["bob@example.org"]
[syncpoints.x]
paths = ["a"]
participants = [{ team = "ops", purpose = "permission" }]
"""


def assert_clear(outcome: Outcome, code: int, *fragments: str) -> None:
    assert outcome.code == code, outcome
    assert "Traceback" not in outcome.err + outcome.out, outcome
    assert outcome.err.startswith("syncpoints: "), outcome
    assert outcome.err.count("\n") <= 12, outcome
    for fragment in fragments:
        assert fragment in outcome.err, outcome


def test_no_repository(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path / "plain")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert_clear(project.run("check"), 3, "not a git repository", "git init")


def test_no_git(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_clear(project.run("check"), 3, "git was not found on PATH", "install git")


def test_a_git_in_the_checkout_is_not_run(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({"a": "1\n", "git": "#!/bin/sh\ntouch pwned\n"})
    (project.path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    assert project.run("check", "--commit", "HEAD").code == 0
    assert not (project.path / "pwned").exists()


@pytest.mark.parametrize("revision", ["nowhere", "--output=pwn", "-x", "HEAD:a", ""])
def test_what_names_no_commit(project: Project, revision: str) -> None:
    project.commit({"a": "1\n"})
    before = sorted(project.path.iterdir())
    for option in ("--base", "--commit", "--to-ref"):
        assert_clear(project.run("check", f"{option}={revision}"), 2)
    assert sorted(project.path.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        pytest.param(["--staged", "--base", "main"], "--staged and --base", id="two ranges"),
        pytest.param(["--head", "main"], "--head needs --base", id="a head without its base"),
        pytest.param(["--from-ref", "main"], "--from-ref needs --to-ref", id="a from without its to"),
        pytest.param(["--stagd"], "--staged", id="a typo in an option"),
        pytest.param(["--format", "markdwon"], "markdown", id="a typo in a format"),
        pytest.param(["--select", "SYN01"], "SYN", id="a typo in a rule"),
        pytest.param(["--select", "ZZZ"], "\n  rules: OWN001, ", id="no rule at all"),
        pytest.param(["--as-if", "signed"], "signed:TEAM=MAIL", id="a fact that is none"),
        pytest.param(["--door", "back"], "local", id="no such door"),
        pytest.param(["stray"], "stray", id="a stray word"),
    ],
)
def test_usage(project: Project, words: list[str], fragment: str) -> None:
    project.commit({"a": "1\n"})
    assert_clear(project.run("check", *words), 2, fragment)


def test_a_typo_in_a_command_names_the_nearest(project: Project) -> None:
    assert_clear(project.run("chekc"), 2, "chekc", "did you mean 'check'?")


def test_a_partial_clone_names_the_command_that_brings_what_is_missing(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit({"a": "1\n", "syncpoints.toml": POLICY})
    project.branch("feature").commit({"a": "2\n"})
    project.git("config", "uploadpack.allowFilter", "true")
    words = ("--filter=blob:none", "--no-checkout", f"file://{project.path}", str(tmp_path / "clone"))
    project.git("clone", "-q", *words)
    monkeypatch.chdir(tmp_path / "clone")
    asked = ("check", "--base", "origin/main", "--head", "origin/feature", "--door", "local")
    remedy = "git fetch --refetch --no-filter origin"
    assert_clear(project.run(*asked), 3, "an object is missing", f"\n  {remedy}\n")
    subprocess.run([*remedy.split(), "--quiet"], check=True, capture_output=True)
    assert project.run(*asked).code == 0


def test_what_git_is_told_of_order_and_parents_changes_nothing(project: Project) -> None:
    project.commit({"a": "1\n"})
    head = project.branch("feature").commit({"a": "2\n"})
    project.git("config", "diff.orderFile", "/nowhere")
    (project.path / ".git/info").mkdir(exist_ok=True)
    (project.path / ".git/info/grafts").write_text(f"{head}\n")
    ran = project.run("check", "--base", "main", "--door", "local")
    assert (ran.code, ran.err) == (0, "")


def test_a_shallow_clone_without_the_merge_base(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit({"a": "1\n"})
    project.branch("feature").commit({"b": "1\n"})
    project.git("switch", "-q", "main")
    project.commit({"c": "1\n"})
    clone = tmp_path / "clone"
    words = ["git", "clone", "-q", "--depth=1", "--no-single-branch", f"file://{project.path}", str(clone)]
    subprocess.run(words, check=True, capture_output=True)
    monkeypatch.chdir(clone)
    answer = project.run("check", "--base", "origin/main", "--head", "origin/feature")
    assert_clear(answer, 3, "shallow", "git fetch --unshallow")
    assert_clear(project.run("check", "--commit", "HEAD"), 3, "shallow", "git fetch --unshallow")


def test_unrelated_histories(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.git("checkout", "-q", "--orphan", "island")
    project.commit({"b": "1\n"})
    assert_clear(project.run("check", "--base", "main"), 3, "no common ancestor")


def test_an_unmerged_index(project: Project) -> None:
    project.commit({"a": "0\n"})
    project.branch("side").commit({"a": "1\n"})
    project.git("switch", "-q", "main")
    project.commit({"a": "2\n"})
    subprocess.run(["git", "merge", "-q", "side"], cwd=project.path, capture_output=True, check=False)
    for words in (["--staged"], ["--worktree"]):
        assert_clear(project.run("check", *words), 3, "unmerged", "git add")


def test_a_missing_object(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.commit({"a": "2\n"})
    blob = project.git("rev-parse", "HEAD~1:a")
    (project.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert_clear(project.run("check", "--commit", "HEAD"), 3)


def test_a_damaged_index(project: Project) -> None:
    project.commit({"a": "1\n"})
    (project.path / ".git/index").write_bytes(b"DIRC garbage")
    assert_clear(project.run("check", "--staged"), 3)


def test_no_base_at_all(project: Project) -> None:
    project.commit({"a": "1\n"})
    project.git("branch", "-m", "odd")
    assert_clear(project.run("check"), 3, "no base", "--base REV")


def test_five_faults_of_a_policy_are_said_at_once(project: Project) -> None:
    project.commit(
        {
            "syncpoints.toml": '[change]\nbudgt = 4\nlimit = "x"\n[teams.ops]\ntempo = "soon"\n'
            '[syncpoints.x]\npaths = []\nparticipants = [{ team = "opps", purpose = "permission" }]\n'
        }
    )
    project.commit({"a": "1\n"})
    outcome = project.run("check", "--commit", "HEAD")
    assert_clear(outcome, 2)
    for place in ("2:1", "3:1", "5:1", "8:19"):
        assert f"syncpoints.toml:{place}: " in outcome.err, outcome


@pytest.mark.parametrize("kind", ["directory", "link", "large"])
def test_a_policy_that_is_no_policy_file(project: Project, kind: str) -> None:
    path = project.path / "syncpoints.toml"
    if kind == "directory":
        project.write({"syncpoints.toml/x": "1\n"})
    elif kind == "link":
        path.symlink_to("elsewhere")
    else:
        path.write_bytes(b"# " + b"x" * 2_000_000)
    assert_clear(project.run("lint"), 2, "syncpoints.toml")
    project.commit()
    project.commit({"a": "1\n"})
    assert_clear(project.run("check", "--commit", "HEAD"), 2, "syncpoints.toml")


def test_a_required_policy_that_is_missing(project: Project) -> None:
    project.commit({"a": "1\n"})
    assert_clear(project.run("check", "--commit", "HEAD", "--require-policy"), 2, "no policy")


def test_a_report_cut_in_half_and_other_files_that_are_none(project: Project) -> None:
    project.commit({"a": "1\n"})
    whole = project.run("check", "--commit", "HEAD", "--format", "json").out
    half = whole[: len(whole) // 2]
    project.write({"half.json": half, "empty.json": "", "deep.json": "[" * 100_000, "no.json": "hello\n"})
    for name in ("half.json", "empty.json", "deep.json", "no.json", "missing.json", "."):
        assert_clear(project.run("render", name, "--to", "markdown"), 2, name)


def test_an_output_that_cannot_be_written_loses_nothing(project: Project) -> None:
    project.commit({"a": "1\n", "kept": "old\n"})
    (project.path / "link").symlink_to("kept")
    for target in ("no/such/folder/x", ".", "link"):
        assert_clear(project.run("check", "--commit", "HEAD", "--format", "json", "-o", target), 2)
    assert (project.path / "kept").read_text() == "old\n"


def test_a_full_disk_is_said(project: Project) -> None:
    project.commit({"a": "1\n"})
    words = f"{sys.executable} -m pytest_syncpoints.cli check --commit HEAD --format json > /dev/full"
    done = subprocess.run(["sh", "-c", words], capture_output=True, check=False)
    assert done.returncode in (2, 3)
    assert b"Traceback" not in done.stderr
    assert b"syncpoints: " in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_without_a_word_on_stdout(
    project: Project, number: signal.Signals, status: int, tmp_path: Path
) -> None:
    project.commit({"a": "1\n"})
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nsleep 20\n")
    (slow / "git").chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_syncpoints.cli", "check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PATH": f"{slow}:{os.environ['PATH']}"},
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509  # the background ignores it
    )
    time.sleep(1)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == status, err
    assert out == b""
    assert b"Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(project: Project) -> None:
    project.commit({f"f{number}": "1\n" for number in range(500)})
    words = f"{sys.executable} -m pytest_syncpoints.cli check --commit HEAD --format json | head -c 10 >/dev/null"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", words], capture_output=True, check=False)
    assert done.stderr == b""
