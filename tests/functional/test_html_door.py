"""`--format html`: the page holds the changed lines where the command runs in the repository, else their places."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.project import Project


def test_a_range_shows_its_lines(project: Project) -> None:
    project.commit({"a.py": "one = 1\ntwo = 2\n", "gone.py": "x = 1\n"})
    project.branch("feature").commit({"a.py": "one = 1\ntwo = <3>\n", "gone.py": None, "new.py": "y = 1\n"})
    text = project.run("check", "--base", "main", "--format", "html").out
    for line in ("-two = 2", "+two = &lt;3&gt;", "-x = 1", "+y = 1"):
        assert f"<td>{line}</td>" in text, line


@pytest.mark.parametrize("kind", ["staged", "worktree"])
def test_what_is_not_committed_shows_its_lines(project: Project, kind: str) -> None:
    project.commit({"a.py": "one = 1\n"})
    project.stage({"a.py": "one = 2\n"})
    text = project.run("check", f"--{kind}", "--format", "html").out
    assert "<td>-one = 1</td>" in text
    assert "<td>+one = 2</td>" in text


def test_a_report_rendered_elsewhere_names_the_places(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.commit({"a.py": "one = 1\n"})
    project.stage({"a.py": "one = 2\n"})
    project.run("check", "--staged", "--format", "json", "--output", str(tmp_path / "report.json"))
    page = tmp_path / "page.html"
    assert project.run("render", str(tmp_path / "report.json"), "--to", "html", "-o", str(page)).code == 0
    assert "+one = 2" in page.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert project.run("render", str(tmp_path / "report.json"), "--to", "html", "-o", str(page)).code == 0
    assert "line 1 (+1, -1)" in page.read_text(encoding="utf-8")


def test_the_verdict_is_the_exit_status_all_the_same(project: Project) -> None:
    policy = "[change]\nbudget = 1\nlimit = 1\n"
    project.commit({"syncpoints.toml": policy})
    project.branch("feature").commit({"a.py": "1\n2\n3\n"})
    assert project.run("check", "--base", "main", "--door", "ci", "--format", "html").code == 1


def test_a_change_of_many_long_files_stays_one_page_that_opens(project: Project) -> None:
    project.commit({"README": "x"})
    project.branch("feature").commit({f"src/f{n:03}.py": f"value = '{'x' * 90}'\n" * 30 for n in range(300)})
    text = project.run("check", "--base", "main", "--format", "html").out
    assert len(text.encode()) < 300_000
    assert text.count("<details class") == 300
    assert "+value" in text


def test_links_binaries_odd_names_and_crlf_do_no_harm(project: Project) -> None:
    project.commit({"a": "1\n"})
    (project.path / "link").symlink_to("/etc/passwd")
    project.stage(
        {"b\nc.py": "1\n", "bin": b"\0\xff", "crlf.py": b"a\r\nb\r\n", b"\xff.py".decode("latin1"): "t\there\n"}
    )
    text = project.run("check", "--worktree", "--format", "html").out
    assert "root:" not in text
    assert "+t   here" in text
    assert "\r" not in text
