"""Collisions: which unmerged branches meet, how closely, and whether merging them conflicts."""

from __future__ import annotations

import itertools
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.project import Content, Project

LINES = [f"line {n}\n" for n in range(30)]


def text(**changed: str) -> str:
    lines = list(LINES)
    for key, value in changed.items():
        lines[int(key[1:])] = value
    return "".join(lines)


def branches(project: Project, *files: dict[str, Content]) -> None:
    """Commit each set of files on a branch of its own: b0, b1, ... from main."""
    for number, changed in enumerate(files):
        project.branch(f"b{number}", "main").commit(changed)
    project.git("switch", "-q", "main")


def found(project: Project) -> list[Any]:
    outcome = project.run("collisions", "--format", "json")
    assert outcome.code == 0, outcome
    pairs: list[Any] = outcome.json["pairs"]
    return pairs


BASE: dict[str, Content] = {"a.py": text(), "b.py": text(), "db/migrations/0001.py": "1\n", "old/x.py": "x\n" * 20}
MEETINGS: dict[str, tuple[dict[str, Content], dict[str, Content], str | None, bool | None]] = {
    "different files": ({"a.py": text(_1="x\n")}, {"b.py": text(_1="x\n")}, None, None),
    "one file, lines apart": ({"a.py": text(_1="x\n")}, {"a.py": text(_20="y\n")}, "file", False),
    "the same line": ({"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")}, "conflict", True),
    "neighbouring lines": ({"a.py": text(_1="x\n")}, {"a.py": text(_2="y\n")}, "conflict", True),
    "the same line, the same words": ({"a.py": text(_1="x\n")}, {"a.py": text(_1="x\n"), "n": "1"}, "hunk", False),
    "one deletes, one edits": ({"a.py": None}, {"a.py": text(_1="x\n")}, "conflict", True),
    "both add it": ({"n.py": "1\n"}, {"n.py": "2\n"}, "conflict", True),
    "both add a migration": ({"db/migrations/2.py": "a\n"}, {"db/migrations/3.py": "b\n"}, "migration", False),
    "one moves the folder, one adds to it": (
        {"old/x.py": None, "new/x.py": "x\n" * 20},
        {"old/y.py": "y\n"},
        "conflict",
        True,
    ),
}


def test_the_page_draws_the_branches_that_meet(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")}, {"a.py": text(_20="z\n")})
    page = project.run("collisions", "--format", "html").out
    assert "1 pair of branches conflict" in page
    assert "b0 and b1: conflict" in page
    assert "2 more pairs change the same files" in page


@pytest.mark.parametrize(("a", "b", "kind", "conflict"), MEETINGS.values(), ids=MEETINGS.keys())
def test_how_two_branches_meet(
    project: Project, a: dict[str, Content], b: dict[str, Content], kind: str | None, conflict: bool | None
) -> None:
    project.commit(BASE)
    branches(project, a, b)
    pairs = found(project)
    assert [(pair["a"], pair["b"], pair["kind"], pair["conflict"]) for pair in pairs] == (
        [("b0", "b1", kind, conflict)] if kind else []
    )


def test_lines_are_compared_where_the_target_has_them_now(project: Project) -> None:
    project.commit({"a.py": text()})
    project.branch("early").commit({"a.py": text(_20="early\n")})
    project.git("switch", "-q", "main")
    moved = "new\n" * 50 + text()
    project.commit({"a.py": moved})
    project.branch("late").commit({"a.py": moved.replace("line 20", "late")})
    project.branch("apart", "main").commit({"a.py": moved.replace("line 5\n", "apart\n")})
    kinds = {(pair["a"], pair["b"]): pair["kind"] for pair in found(project)}
    assert kinds == {("apart", "early"): "file", ("apart", "late"): "file", ("early", "late"): "conflict"}


def test_public_names_of_one_component(project: Project) -> None:
    code = "def first(a):\n    pass\n\n\n\n\n\n\n\n\ndef second(a):\n    pass\n"
    policy = '[components.core]\npaths = ["core/"]\n'
    project.commit({"syncpoints.toml": policy, "core/api.py": code, "other.py": code})
    for name in ("core/api.py", "other.py"):
        for function in ("first", "second"):
            project.branch(f"{name[:2]}-{function}", "main").commit(
                {name: code.replace(f"{function}(a)", f"{function}(a, b)")}
            )
    assert [(pair["kind"], pair["paths"]) for pair in found(project)] == [
        ("api", ["core/api.py"]),
        ("file", ["other.py"]),
    ]


def test_a_branch_does_not_meet_its_own_pushed_copy_nor_what_is_merged(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")})
    project.git("update-ref", "refs/remotes/origin/b0", "b0")
    project.git("branch", "merged", "main")
    project.git("switch", "-q", "b0")
    project.commit({"a.py": text(_1="z\n")})
    assert found(project) == []
    assert project.run("collisions").out == "no two unmerged branches meet\n"


def test_a_branch_does_not_meet_the_one_it_is_built_upon(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")})
    project.branch("upon", "b0").commit({"a.py": text(_1="z\n")})
    assert found(project) == []


def test_who_conflicts_with_the_target_conflicts_with_what_left_it_later(project: Project) -> None:
    """Every conflicting pair is in the list; the text names the one branch to rebase."""
    project.commit({"a.py": text(), "b.py": "1\n"})
    project.branch("early").commit({"a.py": text(_20="early\n")})
    project.branch("before", "main").commit({"b.py": "2\n"})
    project.git("switch", "-q", "main")
    project.commit({"a.py": text(_20="target\n")})
    project.branch("late").commit({"c.py": "3\n"})
    assert found(project) == [{"a": "early", "b": "late", "kind": "conflict", "paths": ["a.py"], "conflict": True}]
    assert project.run("collisions").out == (
        "rebase first: early conflicts with its target, and so with 1 branch that left it later: a.py\n"
    )


def test_a_branch_that_merged_its_target_is_compared_with_where_it_did(project: Project) -> None:
    project.commit({"a.py": text()})
    project.branch("own").commit({"b.py": "1\n"})
    for line in ("_1", "_20"):
        project.git("switch", "-q", "main")
        project.commit({"a.py": text(**{line: f"{line}\n"})})
        project.git("switch", "-q", "own")
        project.git("merge", "-q", "--no-edit", "main")
    project.branch("other", "main").commit({"a.py": text(_1="x\n")})
    assert found(project) == []


def test_text_names_what_somebody_can_act_on_and_counts_the_rest(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")}, {"a.py": text(_20="y\n")})
    assert project.run("collisions").out == (
        "conflict: b0 and b1: a.py\n2 more pairs change the same files, lines apart\n"
    )


def test_nothing_of_the_repository_changes(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")})
    before = project.git("count-objects", "-v"), project.git("for-each-ref"), project.git("status", "--porcelain")
    found(project)
    assert before == (
        project.git("count-objects", "-v"),
        project.git("for-each-ref"),
        project.git("status", "--porcelain"),
    )


def test_no_conflicting_pair_is_missed_among_random_branches(project: Project) -> None:
    """Every pair that a real merge finds in conflict is reported so, and no other."""
    chance = random.Random(9)
    project.commit({f"f{n}.py": text() for n in range(4)})
    for number in range(14):
        name = f"f{chance.randrange(4)}.py"
        lines = list(LINES)
        at, size = chance.randrange(30), chance.randrange(3)
        lines[at : at + size] = [f"changed {number}\n"] * chance.randrange(3)
        project.branch(f"b{number}", "main").commit({name: "".join(lines)})
    reported = {(pair["a"], pair["b"]): pair["conflict"] for pair in found(project)}
    names = sorted(f"b{number}" for number in range(14))
    for a, b in itertools.combinations(names, 2):
        done = subprocess.run(
            ["git", "merge-tree", "--write-tree", a, b], cwd=project.path, capture_output=True, check=False
        )
        assert reported.get((a, b), False) is (done.returncode == 1), (a, b)


def test_before_a_push_only_what_meets_this_change_is_a_note(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")}, {"a.py": text(_20="y\n")})
    project.git("switch", "-q", "b0")
    outcome = project.hook("push")
    assert outcome.code == 0, outcome
    assert "FLO002 collision  a.py" in outcome.out
    assert "b1 changes the same lines; merging both conflicts" in outcome.out
    assert "b2" not in outcome.out


def test_before_a_push_the_other_branch_is_named_whatever_it_is_called(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")})
    project.git("switch", "-q", "b1")
    out = project.hook("push").out
    assert "b0 changes the same lines; merging both conflicts" in out
    assert "git rebase b0" in out


def test_elsewhere_nobody_looks_and_no_outcome_says_so(project: Project) -> None:
    project.commit(BASE)
    branches(project, {"a.py": text(_1="x\n")}, {"a.py": text(_1="y\n")})
    outcomes = project.check("--base", "main", "--head", "b0")["outcomes"]
    assert "flow" not in [outcome["check"] for outcome in outcomes]


def test_content_that_is_missing_here_hides_no_other_branch(project: Project) -> None:
    project.commit({**BASE, "gone.py": "gone\n"})
    branches(project, {"a.py": text(_1="x\n")}, {"gone.py": "lost\n"}, {"a.py": text(_1="y\n"), "gone.py": "kept\n"})
    oid = project.git("rev-parse", "b1:gone.py")
    (project.path / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    assert {(pair["a"], pair["b"], pair["kind"], pair["conflict"]) for pair in found(project)} == {
        ("b0", "b2", "conflict", True),
        ("b1", "b2", "hunk", None),
    }
