"""`syncpoints merge`: shards of a real change through the command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.project import Project


@pytest.fixture
def shards(project: Project, tmp_path: Path) -> list[str]:
    project.commit({"a.py": "a = 1\n", "pytest.ini": "[pytest]\n"})
    project.branch("feature")
    project.commit({"a.py": "a = 2\n", **{f"test_{n}.py": f"def test_{n}(): pass\n" for n in (1, 2)}})
    paths = [str(tmp_path / f"shard-{n}.json") for n in (1, 2)]
    for number, path in enumerate(paths, 1):
        words = ("-p", "no:cacheprovider", "--syncpoints", "--syncpoints-base=main", f"--syncpoints-json={path}")
        done = project.spawn("pytest", *words, f"test_{number}.py", CI="true", PYTHONDONTWRITEBYTECODE="1")
        assert done.code == 0, done
    return paths


def test_two_shards_become_one_report(project: Project, shards: list[str], tmp_path: Path) -> None:
    outcome = project.run("merge", *shards, "-o", str(tmp_path / "all.json"))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    evidence = json.loads((tmp_path / "all.json").read_text())["evidence"]
    assert evidence["nodeids"] == ["test_1.py::test_1", "test_2.py::test_2"]
    assert (evidence["ran"], evidence["complete"]) == (2, True)
    assert (
        project.run("verify", str(tmp_path / "all.json"), "--base", "main", "--head", "HEAD", "--door", "ci").code == 0
    )


def test_the_order_makes_no_difference(project: Project, shards: list[str], tmp_path: Path) -> None:
    for name, order in (("one", shards), ("two", shards[::-1])):
        assert project.run("merge", *order, "-o", str(tmp_path / name)).code == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_shards_of_two_changes_are_exit_3_and_write_nothing(
    project: Project, shards: list[str], tmp_path: Path
) -> None:
    report = json.loads((tmp_path / "shard-2.json").read_text())
    report["change"]["head"] = "0" * 40
    (tmp_path / "shard-2.json").write_text(json.dumps(report))
    outcome = project.run("merge", *shards, "-o", str(tmp_path / "all.json"))
    assert outcome.code == 3
    assert "disagree about change" in outcome.err
    assert not (tmp_path / "all.json").exists()


@pytest.mark.parametrize("words", [(), ("absent.json", "-o", "x"), ("shard",)])
def test_words_that_cannot_be_merged_are_exit_2(project: Project, words: tuple[str, ...]) -> None:
    assert project.run("merge", *words).code == 2


@pytest.mark.parametrize(("form", "starts"), [("github", "::"), ("gitlab", "[")])
def test_findings_in_the_hosts_own_formats_change_no_verdict(project: Project, form: str, starts: str) -> None:
    project.commit({"syncpoints.toml": "[change]\nbudget = 1\n"})
    project.branch("feature")
    project.commit({"a.py": "a = 1\nb = 2\nc = 3\n"})
    outcome = project.run("check", "--base", "main", "--format", form)
    assert outcome.code == project.run("check", "--base", "main").code
    assert outcome.out.startswith(starts)
