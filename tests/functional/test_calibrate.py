"""`syncpoints calibrate`: labels traced through lines, and the least that fits the model to them."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from tests.project import Project

from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.labels import read_labels
from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.calibration import Example, calibrate, calibrated, shift
from pytest_syncpoints.risk.lines import FileCounts
from pytest_syncpoints.risk.model import Facts, score
from pytest_syncpoints.risk.past import Known


def day(number: int) -> dict[str, Any]:
    """Return the dates of a commit made so many days after the first."""
    stamp = f"{1600000000 + number * 86400} +0000"
    return {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}


def labels(project: Project) -> dict[str, bool]:
    """Return, by subject, which changes with a final label were fixed."""
    repository = Discovery().repository()
    with StandIn(repository) as git:
        found = read_labels(git, resolve(repository, "HEAD"))
    return {project.git("log", "-1", "--format=%s", one.sha): one.fixed for one in found.changes}


def later(project: Project) -> None:
    """Let more than a year pass, so that labels are final."""
    project.commit({"src/z.py": "z = 1\n"}, "Much later", **day(900))


def test_a_fix_traces_to_the_latest_of_the_changes_whose_code_it_alters(project: Project) -> None:
    project.commit({"src/a.py": "one = 1\ntwo = 2\nthree = 3\n"}, "First", **day(0))
    project.commit({"src/a.py": "one = 1\ntwo = 22\nthree = 3\n"}, "Second", **day(1))
    project.commit({"src/a.py": "one = 1\ntwo = 22\nthree = 33\n"}, "Third", **day(2))
    project.commit({"src/a.py": "one = 11\ntwo = 23\nthree = 33\n"}, "Fix the numbers", **day(3))
    later(project)
    assert labels(project) == {"First": False, "Second": True, "Third": False, "Fix the numbers": False}


def test_comments_and_blanks_trace_to_nobody(project: Project) -> None:
    project.commit({"src/a.py": "# about\none = 1\n"}, "First", **day(0))
    project.commit({"src/a.py": "# about it\nif x:\n    one = 1\n"}, "Fix the indentation", **day(1))
    later(project)
    assert labels(project)["First"] is False


def test_lines_are_followed_through_a_rename(project: Project) -> None:
    project.commit({"src/a.py": "one = 1\ntwo = 2\nthree = 3\n"}, "First", **day(0))
    project.commit({"src/a.py": None, "src/b.py": "one = 1\ntwo = 2\nthree = 3\n"}, "Move", **day(1))
    project.commit({"src/b.py": "one = 1\ntwo = 2\nthree = 4\n"}, "Fix three", **day(2))
    later(project)
    assert labels(project)["First"] is True


def test_a_revert_names_what_it_reverts(project: Project) -> None:
    project.commit({"src/a.py": "one = 1\n"}, "First", **day(0))
    second = project.commit({"src/b.py": "two = 2\n"}, "Second", **day(1))
    project.commit({"src/b.py": None}, f'Revert "Second"\n\nThis reverts commit {second}.', **day(2))
    later(project)
    assert labels(project)["Second"] is True


def test_a_fix_after_more_than_a_year_does_not_count_and_the_last_year_has_no_label(project: Project) -> None:
    project.commit({"src/a.py": "one = 1\n"}, "First", **day(0))
    project.commit({"src/a.py": "one = 2\n"}, "Fix one", **day(400))
    project.commit({"src/a.py": "one = 3\n"}, "Third", **day(700))
    later(project)
    assert labels(project) == {"First": False, "Fix one": False}


def drawn(rate: float, count: int, seed: int = 1) -> list[Example]:
    """Return changes of one repository whose odds of a fix are ``rate`` times those the built-in model expects."""
    dice = random.Random(seed)
    examples = []
    for number in range(count):
        counts = FileCounts(code_added=dice.randrange(200), branches=dice.randrange(20), calls=dice.randrange(60))
        facts = Facts(counts, fix=dice.random() < 0.2, not_code=False, known=Known(dice.randrange(4), 1, 0.25))
        chance = 1 / (1 + math.exp(-(score(BUILT_IN, facts).logit + math.log(rate))))
        examples.append(Example(number * 86_400, facts, dice.random() < chance))
    return examples


@pytest.mark.parametrize("rate", [0.4, 1.0, 3.0])
def test_the_shift_moves_towards_the_rate_that_came(rate: float) -> None:
    found = calibrate(BUILT_IN, drawn(rate, 2000)).shift
    assert abs(found - math.log(rate)) < 0.35
    assert abs(found) <= abs(math.log(rate)) + 0.3


def test_a_handful_of_labels_shifts_nothing() -> None:
    assert shift([0.0] * 20, [True] * 20) == 0.0


def test_a_refit_is_not_tried_without_many_fixes_and_not_kept_where_it_predicts_no_better() -> None:
    assert calibrate(BUILT_IN, drawn(1.0, 300)).refit.startswith("not tried")
    found = calibrate(BUILT_IN, drawn(1.0, 3600))
    assert found.positives > 500
    assert found.intercept is None


def test_a_refit_is_kept_where_the_repository_is_another_world() -> None:
    turned = [one._replace(fixed=one.facts.counts.code_added % 2 == 0 and one.facts.fix) for one in drawn(1.0, 6500)]
    found = calibrate(BUILT_IN, turned)
    assert found.refit.startswith("kept")
    model = calibrated(BUILT_IN, found, until="2026-01-01")
    factors = score(model, turned[0].facts).factors
    assert math.fsum(f.effect for f in factors) == pytest.approx(score(model, turned[0].facts).logit, abs=1e-9)


def told(project: Project, *words: str) -> Any:
    outcome = project.run("risk", "--format", "jsonl", *words)
    assert outcome.code == 0, outcome
    return [json.loads(line) for line in outcome.out.splitlines()]


def test_what_was_learned_judges_only_changes_after_it(project: Project) -> None:
    for number in range(60):
        project.commit({f"src/f{number}.py": f"x = {number}\n" * 9}, "Work", **day(number))
    later(project)
    before = told(project, "--range", "HEAD", "--first-parent")
    done = project.run("calibrate")
    assert done.code == 0, done
    assert "60 changes with a final label, 0 of them fixed within a year" in done.out
    project.commit({"src/f1.py": "x = 2\n" * 9}, "Work", **day(901))
    after = told(project, "--range", "HEAD", "--first-parent")
    assert after[:-2] == before[:-1]
    assert after[-1]["factors"][0]["effect"] < before[-2]["factors"][0]["effect"]


def test_the_page_plots_how_chances_came_true(project: Project, tmp_path: Path) -> None:
    for number in range(60):
        project.commit({f"src/f{number}.py": f"x = {number}\n" * 9}, "Work", **day(number))
    later(project)
    done = project.run("calibrate", "--format", "html", "-o", str(tmp_path / "risk.json"))
    assert done.code == 0, done
    assert "60 changes with a final label" in done.out
    assert "Share of changes that needed a fix" in done.out
    assert (tmp_path / "risk.json").exists()
    assert project.run("calibrate", "--format", "html", "-o", "-").code == 2


def test_the_report_says_what_the_model_was_calibrated_on(project: Project) -> None:
    project.commit({"src/a.py": "x = 1\n"}, "Work", **day(0))
    later(project)
    assert project.run("calibrate").code == 0
    project.branch("work").commit({"src/a.py": "x = 2\n"}, "Work", **day(901))
    assert (
        project.check("--base", "main")["risk"]["model"]["calibrated_on"] == "this repository, labels until 2023-03-02"
    )


def test_the_calibration_goes_where_it_is_told(project: Project) -> None:
    project.commit({"src/a.py": "x = 1\n"}, "Work", **day(0))
    later(project)
    written = project.run("calibrate", "--since", "2020-01-01", "-o", "-").json
    assert (written["n"], written["positives"], written["shift"]) == (1, 0, 0.0)
    assert not (project.path / ".git/syncpoints/risk.json").exists()
