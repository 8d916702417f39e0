"""`syncpoints risk`: one line per change, from what was known before it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from tests.project import Project

CODE = "".join(f"def f{n}(x):\n    if x:\n        return g(x)\n" for n in range(20))


def day(number: int) -> dict[str, str]:
    """Return the dates of a commit made so many days after the first."""
    stamp = f"{1767607200 + number * 86400} +0000"
    return {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}


def told(project: Project, *words: str) -> list[dict[str, Any]]:
    """Return the lines of `syncpoints risk` as JSON."""
    outcome = project.run("risk", "--format", "jsonl", *words)
    assert outcome.code == 0, outcome
    return [json.loads(line) for line in outcome.out.splitlines()]


def factor(line: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one factor of a line."""
    (found,) = (one for one in line["factors"] if one["name"] == name)
    return dict(found)


@pytest.fixture
def story(project: Project) -> Project:
    """Return a repository whose src/a.py was fixed twice, before and after the 90 days that count."""
    project.commit({"src/a.py": "1\n", "src/b.py": "1\n"}, "Start", **day(0))
    project.commit({"src/a.py": "2\n"}, "Fix a", **day(10))
    project.commit({"src/a.py": "3\n"}, "Fix a once more", **day(150))
    project.commit({"src/a.py": CODE}, "Extend a", **day(160))
    project.commit({"src/b.py": CODE}, "Extend b", **day(161))
    return project


def test_each_change_of_the_range_is_one_line_oldest_first(story: Project) -> None:
    lines = told(story, "--range", "HEAD~2..HEAD")
    assert [line["sha"] for line in lines] == story.git("rev-list", "--reverse", "HEAD~2..HEAD").split()
    assert set(lines[0]) == {"sha", "probability", "percentile", "level", "logit", "factors", "missing"}


def test_effects_add_up_to_the_logit_and_the_logit_is_the_probability(story: Project) -> None:
    for line in told(story, "--range", "HEAD"):
        assert math.fsum(one["effect"] for one in line["factors"]) == pytest.approx(line["logit"], abs=1e-9)
        assert 1 / (1 + math.exp(-line["logit"])) == pytest.approx(line["probability"], abs=1e-12)
        assert line["missing"] == []


def test_of_two_equal_changes_the_one_to_recently_fixed_code_is_riskier(story: Project) -> None:
    to_a, to_b = told(story, "--range", "HEAD~2..HEAD")
    assert to_a["probability"] > to_b["probability"]
    assert factor(to_a, "recent fixes")["value"] == 1  # the other fix lies further back than 90 days
    assert factor(to_a, "recent fixes")["text"].startswith("one of its files was fixed once in 90 days: ")


def test_what_comes_later_changes_no_line(story: Project) -> None:
    before = told(story, "--range", "HEAD")
    story.commit({"src/b.py": "undone\n"}, "Fix b\n\nThis reverts commit " + before[-1]["sha"], **day(170))
    assert told(story, "--range", "HEAD")[:-1] == before


def test_a_part_of_the_range_says_the_same_as_the_whole(story: Project) -> None:
    assert told(story, "--range", "HEAD~1..HEAD") == told(story, "--range", "HEAD")[-1:]


def test_the_index_changes_no_line(story: Project) -> None:
    cold = told(story, "--range", "HEAD")
    assert (story.path / ".git/syncpoints/history.sqlite").exists()
    assert told(story, "--range", "HEAD") == cold


def test_a_merge_is_one_change_of_the_first_parent_line_and_speaks_with_its_pull_request_s_title(
    story: Project,
) -> None:
    story.branch("side").commit({"src/b.py": "1\n2\n"}, "Work", **day(162))
    story.git("switch", "-q", "main")
    message = "Merge pull request #7 from bob/side\n\nFix the sum"
    story.git("merge", "-q", "--no-ff", "-m", message, "side", **day(163))
    (merged,) = told(story, "--range", "HEAD~1..HEAD", "--first-parent")
    (commit,) = told(story, "--range", "HEAD~1..HEAD")
    assert merged["sha"] == story.git("rev-parse", "HEAD")
    assert factor(merged, "is a fix")["value"] == 1
    assert commit["sha"] == story.git("rev-parse", "side")


def test_who_wrote_a_change_has_no_part_in_it(story: Project) -> None:
    story.commit({"src/a.py": "1\n"}, "Other", **day(170), GIT_AUTHOR_EMAIL="new@example.org")
    (first,) = told(story, "--range", "HEAD~1..HEAD")
    story.git("commit", "-q", "--amend", "--author", "Alice Example <alice@example.org>", "-m", "Other", **day(170))
    (second,) = told(story, "--range", "HEAD~1..HEAD")
    assert second["logit"] == first["logit"]


def test_a_change_without_production_source_is_below_the_typical_one(story: Project) -> None:
    story.commit({"docs/a.md": "words\n" * 100, "tests/test_a.py": "def test(): pass\n"}, "Tell more", **day(170))
    (line,) = told(story, "--range", "HEAD~1..HEAD")
    assert line["logit"] < factor(line, "typical change")["effect"]


def test_with_a_year_of_changes_the_percentile_says_where_a_change_stands(project: Project) -> None:
    for number in range(25):
        project.commit({"src/a.py": "".join(f"x = {number}\n" for _ in range(number + 1))}, "Work", **day(number))
    project.commit({"src/b.py": CODE}, "Large", **day(30))
    project.commit({"src/b.py": CODE + "x\n"}, "Small", **day(31))
    *_, large, small = told(project, "--range", "HEAD")
    assert large["percentile"] > 90
    assert small["percentile"] < 20
    assert large["level"] in ("about double", "far above")


def test_in_a_shallow_clone_the_unknown_past_is_named_and_counts_as_typical(
    story: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.git("clone", "-q", "--depth", "2", f"file://{story.path}", "../clone")
    monkeypatch.chdir(story.path.parent / "clone")
    line = told(story, "--range", "HEAD")[-1]
    assert line["missing"] == ["fixes in the 90 days before", "the share of fixes in the year before"]
    assert all(one["name"] != "recent fixes" for one in line["factors"])


def test_a_blob_this_clone_lacks_is_named_and_the_rest_is_read(story: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    story.commit({"src/c.py": CODE, "src/lost.py": "secret = 1\n"}, "Two files", **day(170))
    story.commit({"src/a.py": "end\n"}, "End", **day(171))
    story.git("config", "uploadpack.allowFilter", "true")
    blob = story.git("rev-parse", "HEAD:src/lost.py")
    story.git("cat-file", "-e", blob)
    (story.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    lines = told(story, "--range", "HEAD~2..HEAD")
    assert lines[0]["missing"] == ["the lines of src/lost.py: not in this clone"]
    assert factor(lines[0], "code added")["value"] == 60
    assert lines[1]["missing"] == []


def test_text_names_the_reason_that_is_not_size(story: Project) -> None:
    story.commit({"src/a.py": "4\n"}, "Fix a", **day(162))
    story.commit({"src/a.py": CODE}, "Extend a again", **day(163))
    outcome = story.run("risk", "--range", "HEAD~1..HEAD")
    assert outcome.code == 0
    assert "(one of its files was fixed 2 times in 90 days: +" in outcome.out


@pytest.mark.parametrize(
    ("asked", "words"),
    [("HEAD...main", "two dots"), ("nowhere..HEAD", "no commit here"), ("", "is empty")],
    ids=["three dots", "an unknown revision", "nothing"],
)
def test_a_range_that_is_none_is_a_usage_error(story: Project, asked: str, words: str) -> None:
    outcome = story.run("risk", "--range", asked)
    assert outcome.code == 2
    assert words in outcome.err
