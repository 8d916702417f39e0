"""`syncpoints demo`: the ledger story from start to end, in one command, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

from tests.project import Project, captured

from pytest_syncpoints.cli import main
from pytest_syncpoints.commands.demo import MOMENTS


def test_it_tells_each_moment_with_the_command_that_repeats_it(tmp_path: Path) -> None:
    ran = captured(lambda: main(["demo", str(tmp_path / "ledger")]), ("demo",))
    assert ran.code == 0, ran
    for tag, happened in MOMENTS:
        assert happened in ran.out
        assert f"$ syncpoints check --base main --head {tag} --door ci\n" in ran.out
    said = [line for line in ran.out.splitlines() if line.startswith("syncpoints: ")]
    openings = ("clear; ", "1 sign-off missing (ops)", "", "1 sign-off stale (ops)")
    assert [line[12:].startswith(opening) for line, opening in zip(said, openings, strict=True)] == [True] * 4, said
    assert "alice's sign-off in 0108237 holds" in ran.out
    assert (tmp_path / "ledger" / "syncpoints.toml").is_file()
    page = (tmp_path / "ledger" / "syncpoints.html").read_text(encoding="utf-8")
    assert "sign-off stale" in page
    assert 'id="risk"' in page


def test_a_folder_with_something_in_it_is_left_alone(project: Project) -> None:
    project.write({"mine": "x"})
    ran = project.run("demo", str(project.path))
    assert ran.code == 2
    assert "is not an empty folder" in ran.err
