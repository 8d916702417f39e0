"""The ledger story replays to the same repository everywhere."""

from __future__ import annotations

import runpy
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import git
import pytest
from tests.project import captured

from pytest_syncpoints.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

STORY = Path(__file__).parents[2] / "examples" / "ledger"


@pytest.fixture(scope="module")
def replay() -> Callable[[Path], dict[str, str]]:
    return runpy.run_path(str(STORY / "replay.py"))["replay"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def story() -> dict[str, Any]:
    return tomllib.loads((STORY / "story.toml").read_text(encoding="utf-8"))


def test_the_commits_do_not_depend_on_who_replays_them(
    replay: Callable[[Path], dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replay(tmp_path / "here")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "else@example.org")
    assert replay(tmp_path / "there") == here


def test_every_step_is_a_commit_by_its_author(
    replay: Callable[[Path], dict[str, str]], story: dict[str, Any], tmp_path: Path
) -> None:
    commits = replay(tmp_path / "ledger")
    with git.Repo(tmp_path / "ledger") as repository:
        authors = {tag: str(repository.commit(commit).author.name) for tag, commit in commits.items()}
        assert authors == {step["tag"]: story["people"][step["author"]].split(" <")[0] for step in story["steps"]}
        assert not repository.is_dirty(untracked_files=True)


def test_the_sign_off_commit_changes_no_file(replay: Callable[[Path], dict[str, str]], tmp_path: Path) -> None:
    replay(tmp_path / "ledger")
    with git.Repo(tmp_path / "ledger") as repository:
        assert repository.commit("4-signed").tree == repository.commit("3-needs-ops").tree
        assert repository.commit("5-edited-after").tree != repository.commit("4-signed").tree


@pytest.fixture(scope="module")
def ledger(replay: Callable[[Path], dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ledger") / "story"
    replay(folder)
    return folder


MOMENTS = {"2-harmless": 0, "3-needs-ops": 1, "4-signed": 0, "5-edited-after": 1}


def test_its_policy_lints_clean(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A note alone: whoever writes a commit can type a trailer, which this story accepts on purpose."""
    monkeypatch.chdir(ledger)
    ran = captured(lambda: main(["lint"]), ("lint",))
    assert (ran.code, ran.out.splitlines()[-1].partition(";")[0]) == (0, "lint: 1 note"), ran
    ran = captured(lambda: main(["doctor"]), ("doctor",))
    assert "ok    policy: syncpoints.toml is clean" in ran.out


@pytest.mark.parametrize(("suffix", "format_name"), [("txt", "text"), ("md", "markdown")])
@pytest.mark.parametrize("tag", MOMENTS)
def test_every_moment_reads_as_the_example_says(
    ledger: Path, tag: str, suffix: str, format_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another text is written to tests/actual/ledger; look at it, then copy it to examples/ledger/expected."""
    monkeypatch.chdir(ledger)
    said = tmp_path / "said"
    words = ["check", "--base", "main", "--head", tag, "--door", "ci", "--format", format_name, "--output", str(said)]
    assert main(words) == MOMENTS[tag]
    actual = Path(__file__).parents[1] / "actual" / "ledger" / f"{tag}.{suffix}"
    if said.read_text(encoding="utf-8") != (STORY / "expected" / actual.name).read_text(encoding="utf-8"):
        actual.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(said, actual)
        pytest.fail(f"it reads otherwise: cp {actual} examples/ledger/expected/")


def test_the_signed_digest_is_that_of_the_change(story: dict[str, Any]) -> None:
    digest = story["digests"]["ledger-ops"]
    assert digest in (STORY / "expected" / "4-signed.md").read_text(encoding="utf-8")


def test_a_folder_that_holds_something_is_left_alone(replay: Callable[[Path], dict[str, str]], tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(SystemExit, match="is not empty"):
        replay(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
