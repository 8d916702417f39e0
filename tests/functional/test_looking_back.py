"""The report's look back: risk, reading order, and lines that a fix had added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.project import Project

CODE = "".join(f"def f{n}(x):\n    if x:\n        return g(x)\n" for n in range(20))


def day(number: int) -> dict[str, str]:
    """Return the dates of a commit made so many days after the first."""
    stamp = f"{1767607200 + number * 86400} +0000"
    return {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}


@pytest.fixture
def story(project: Project) -> Project:
    """Return a repository with thirty small changes and a fix of src/a.py, on main."""
    project.commit({"src/a.py": "total = 0\nrate = 1\n", "src/b.py": "x = 1\n"}, "Start", **day(0))
    for number in range(1, 30):
        project.commit({"src/b.py": f"x = {number}\n" * (number % 7)}, "Work", **day(number))
    project.commit({"src/a.py": "total = 0\nrate = guess or 1\n"}, "Fix the rate of empty accounts", **day(31))
    return project


def risk(report: Any, name: str) -> Any:
    """Return one factor of a report's risk."""
    (found,) = (factor for factor in report["risk"]["factors"] if factor["name"] == name)
    return found


def test_a_change_is_ranked_among_last_year_s_with_its_factors_in_words(story: Project) -> None:
    story.branch("work").commit({"src/a.py": CODE}, "Extend a", **day(33))
    report = story.check("--base", "main")
    assert report["risk"]["percentile"] > 90
    assert report["risk"]["level"] in ("about double", "far above")
    assert risk(report, "recent fixes")["text"].startswith("one of its files was fixed once in 90 days")
    assert sum(f["effect"] for f in report["risk"]["factors"]) == pytest.approx(
        risk(report, "typical change")["effect"] + sum(f["effect"] for f in report["risk"]["factors"][1:])
    )
    assert report["risk"]["missing"] == []


def test_the_same_change_has_the_same_risk_in_the_report_and_in_the_list(story: Project) -> None:
    story.branch("work").commit({"src/a.py": CODE}, "Extend a", **day(31))
    report = story.check("--base", "main")
    listed = story.run("risk", "--range", "main..work", "--first-parent", "--format", "jsonl").json
    assert report["risk"]["probability"] == pytest.approx(listed["probability"])
    assert report["risk"]["percentile"] == listed["percentile"]


def test_risk_alone_never_blocks(story: Project) -> None:
    story.branch("work").commit({"src/a.py": CODE}, "Extend a", **day(33))
    report = story.check("--base", "main", "--door", "ci")
    assert not report["verdict"]["blocked"]


def test_a_line_that_a_fix_had_added_is_remembered_when_it_is_changed(story: Project) -> None:
    fix = story.git("rev-parse", "HEAD")
    story.branch("work").commit({"src/a.py": "total = 0\nrate = 1\n"}, "Simplify", **day(33))
    (news,) = story.check("--base", "main")["news"]
    assert (news["kind"], news["sha"], news["path"]) == ("lines of a fix", fix, "src/a.py")
    assert news["text"] == "line 2, removed or changed here, was added by a fix: Fix the rate of empty accounts"
    shown = story.run("check", "--base", "main", "--format", "markdown")
    assert "Fix the rate of empty accounts" in shown.out


def test_a_line_that_a_fix_left_alone_is_not(story: Project) -> None:
    story.branch("work").commit({"src/a.py": "total = 1\nrate = guess or 1\n"}, "Count from one", **day(33))
    assert story.check("--base", "main")["news"] == []


def test_files_are_read_by_expected_defects_per_line_and_tests_after_code(story: Project) -> None:
    story.branch("work").commit(
        {"src/a.py": "total = 0\nrate = f(x)\n", "src/b.py": CODE, "tests/test_a.py": "def test(): pass\n"},
        "Work",
        **day(33),
    )
    assert story.check("--base", "main")["plan"]["order"] == ["src/a.py", "src/b.py", "tests/test_a.py"]


def test_a_moved_file_counts_only_the_lines_that_differ(story: Project) -> None:
    story.commit({"src/big.py": CODE}, "Add", **day(33))
    story.branch("work").commit({"src/big.py": None, "src/moved.py": CODE + "end = 1\n"}, "Move", **day(34))
    report = story.check("--base", "main")
    assert risk(report, "code added")["value"] == 1
    assert risk(report, "code deleted")["value"] == 0


def test_a_change_without_production_source_has_no_risk(story: Project) -> None:
    story.branch("work").commit({"docs/a.md": "words\n"}, "Tell", **day(33))
    assert story.check("--base", "main")["risk"] is None


def test_the_hook_makes_no_index_and_uses_a_fresh_one(story: Project) -> None:
    index = story.path / ".git/syncpoints/history.sqlite"
    story.stage({"src/a.py": CODE, "CODEOWNERS": "* @acme/all\n"})
    without = story.hook("staged")
    assert without.code == 0
    assert not index.exists()
    story.run("risk", "--first-parent", "--range", "HEAD")
    before = index.stat().st_mtime_ns
    assert story.hook("staged").code == 0
    assert index.stat().st_mtime_ns == before


def test_a_damaged_history_is_said_and_stops_nothing(story: Project) -> None:
    story.branch("work").commit({"src/a.py": CODE}, "Extend a", **day(33))
    tree = story.git("rev-parse", "HEAD~20^{tree}")
    Path(story.path, ".git/objects", tree[:2], tree[2:]).unlink()
    report = story.check("--base", "main")
    (outcome,) = (one for one in report["outcomes"] if one["check"] == "risk")
    assert outcome["status"] == "skipped"
    assert report["risk"] is None


def test_verify_does_not_hold_how_much_history_was_there_against_a_report(story: Project, tmp_path: Path) -> None:
    story.branch("work").commit({"src/a.py": "total = 0\nrate = 1\n", "src/b.py": CODE}, "Work", **day(33))
    written = story.run(
        "check", "--base", "main", "--door", "ci", "--format", "json", "--output", str(tmp_path / "r.json")
    )
    assert written.code in (0, 1)
    story.git("clone", "-q", "--depth", "2", "--no-single-branch", f"file://{story.path}", "../clone")
    clone = Project.at(story.path.parent / "clone")
    outcome = clone.spawn(
        "pytest_syncpoints.cli",
        "verify",
        str(tmp_path / "r.json"),
        "--base",
        "origin/main",
        "--head",
        "origin/work",
        "--door",
        "ci",
    )
    assert outcome.code == written.code, outcome
