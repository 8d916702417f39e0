"""`syncpoints lint` and the hook `syncpoints-policy` on real repositories."""

from __future__ import annotations

import time

import pytest
from tests.project import Content, Project

CLEAN = """\
[teams.ops]
members = ["alice@example.org"]
[syncpoints.ledger-ops]
paths = ["src/ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
"""
FILES: dict[str, Content] = {"src/ledger/post.py": "", "docs/ledger.md": "", "README.md": ""}


def test_a_clean_policy_says_one_line(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN})
    ran = project.run("lint")
    assert (ran.code, ran.out, ran.err) == (0, "lint: clean; syncpoints.toml, against 4 tracked files\n", "")


def test_without_a_policy_there_is_nothing_to_say(project: Project) -> None:
    project.commit(FILES)
    ran = project.run("lint")
    assert (ran.code, ran.out) == (0, "lint: clean; no policy and no owners file, against 3 tracked files\n")


def test_a_pattern_that_matches_nothing_is_a_fault_at_its_place(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN.replace("src/ledger/", "src/leger/")})
    ran = project.run("lint")
    assert ran.code == 1, ran
    assert ran.out == (
        "syncpoints.toml:4:10: fault the pattern 'src/leger/' matches no tracked file\n"
        "  did you mean 'src/ledger/'?\n"
        "lint: 1 fault; syncpoints.toml, against 4 tracked files\n"
    )


def test_notes_alone_fail_nothing(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN + "[teams.docs]\nmembers = ['@d']\n"})
    ran = project.run("lint")
    assert ran.code == 0, ran
    assert ran.out.startswith("syncpoints.toml:6:1: note no sync point asks the team docs\nlint: 1 note; ")
    assert (project.hook("policy").code, project.hook("policy").out) == (0, "")


def test_the_policy_of_a_pyproject_is_linted_at_its_place(project: Project) -> None:
    policy = "[project]\nname = 'x'\n[tool.syncpoints.ownership]\nrequire = ['lib/']\n"
    project.commit({**FILES, "pyproject.toml": policy})
    ran = project.run("lint")
    assert (ran.code, ran.out.split("\n")[0]) == (
        1,
        "pyproject.toml:4:12: fault the pattern 'lib/' matches no tracked file",
    )


def test_a_second_policy_is_said_to_be_passed_over(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN, "pyproject.toml": "[tool.syncpoints.change]\nlimit = 900\n"})
    ran = project.run("lint")
    assert ran.code == 1, ran
    assert ran.out.startswith(
        "pyproject.toml:1:1: fault [tool.syncpoints] is passed over: syncpoints.toml is the policy\n"
    )


def test_json_holds_the_same(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN.replace("src/ledger/", "src/leger/")})
    ran = project.run("lint", "--format", "json")
    assert ran.code == 1, ran
    assert ran.json == {
        "policy": "syncpoints.toml",
        "owners": [],
        "tracked": 4,
        "faults": [
            {
                "path": "syncpoints.toml",
                "line": 4,
                "column": 10,
                "level": "fault",
                "message": "the pattern 'src/leger/' matches no tracked file",
                "remedy": "did you mean 'src/ledger/'?",
            }
        ],
    }


@pytest.mark.parametrize("how", ["command", "hook"])
def test_a_policy_that_does_not_validate_ends_in_2_with_every_fault(project: Project, how: str) -> None:
    project.commit({"syncpoints.toml": "[chnage]\n[change]\nlimit = 0\n"})
    ran = project.run("lint") if how == "command" else project.hook("policy")
    assert ran.code == 2, ran
    assert "syncpoints.toml:1:1: there is no key 'chnage'\n  did you mean 'change'?" in ran.err
    assert "syncpoints.toml:3:1: limit is 0, expected at least 1" in ran.err


def test_the_command_looks_at_the_worktree_and_the_hook_at_what_is_staged(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN})
    project.stage({"syncpoints.toml": CLEAN.replace("src/ledger/", "lib/")})
    project.write({"syncpoints.toml": CLEAN})
    assert project.run("lint").code == 0
    staged = project.hook("policy")
    assert staged.code == 1, staged
    assert "syncpoints.toml:4:10: fault the pattern 'lib/' matches no tracked file" in staged.out


def test_the_hook_is_silent_where_all_is_well(project: Project) -> None:
    project.stage({**FILES, "syncpoints.toml": CLEAN})
    ran = project.hook("policy")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_the_hook_works_before_the_first_commit_and_without_a_policy(project: Project) -> None:
    ran = project.hook("policy")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_lint_works_from_below_the_top(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN})
    monkeypatch.chdir(project.path / "src")
    assert project.run("lint").out == "lint: clean; syncpoints.toml, against 4 tracked files\n"


def test_a_link_is_no_policy(project: Project) -> None:
    project.commit({**FILES, "elsewhere.toml": "[chnage]\n"})
    (project.path / "syncpoints.toml").symlink_to("elsewhere.toml")
    project.stage()
    for ran in (project.run("lint"), project.hook("policy")):
        assert ran.code == 2
        assert "syncpoints.toml is not a regular file" in ran.err


def test_a_hostile_name_cannot_move_the_terminal(project: Project) -> None:
    project.commit({**FILES, "syncpoints.toml": CLEAN.replace("src/ledger/", "src/\u2067x/")})
    ran = project.run("lint")
    assert ran.code in (1, 2)
    assert "\u2067" not in ran.out + ran.err


def test_owners_files_are_linted_against_the_tree_in_both_forms(project: Project) -> None:
    project.commit({**FILES, "CODEOWNERS": "* @acme/all\n/scr/ @acme/dev\n"})
    ran = project.run("lint")
    assert (ran.code, ran.out) == (
        1,
        (
            "CODEOWNERS:2:1: fault the rule /scr/ matches no tracked file\n"
            "  mend the pattern, or drop the line\n"
            "lint: 1 fault; CODEOWNERS, against 4 tracked files\n"
        ),
    )
    told = project.run("lint", "--format", "json").json
    assert told["owners"] == ["CODEOWNERS"]
    assert [(fault["line"], fault["level"]) for fault in told["faults"]] == [(2, "fault")]


def test_silent_owners_are_notes_of_the_command_and_not_of_the_hook(project: Project) -> None:
    long_ago = "2020-01-05T10:00:00+00:00"
    owners = "* alice@example.org old@example.org\n"
    project.commit({"CODEOWNERS": owners}, GIT_AUTHOR_DATE=long_ago, GIT_COMMITTER_DATE=long_ago)
    now = f"{int(time.time())} +0000"
    project.commit({"a": ""}, GIT_AUTHOR_DATE=now, GIT_COMMITTER_DATE=now)
    ran = project.run("lint")
    assert (ran.code, ran.out.split("\n")[0]) == (
        0,
        "CODEOWNERS:1:1: note old@example.org has taken part in nothing for a year",
    )
    assert project.hook("policy").out == ""


def test_the_hook_stops_only_faults_that_the_commit_brings_in(project: Project) -> None:
    project.commit({**FILES, "CODEOWNERS": "* @acme/all\n/scr/ @acme/dev\n"})
    project.stage({"CODEOWNERS": "# moved\n* @acme/all\n/scr/ @acme/dev\n"})
    assert (project.hook("policy").code, project.hook("policy").out) == (0, "")
    project.stage({"CODEOWNERS": "* @acme/all\n/scr/ @acme/dev\n/dcos/ @acme/docs\n"})
    ran = project.hook("policy")
    assert ran.code == 1
    assert "CODEOWNERS:2:1: note the rule /scr/ matches no tracked file" in ran.out
    assert "CODEOWNERS:3:1: fault the rule /dcos/ matches no tracked file" in ran.out
    project.stage({"CODEOWNERS": "* @acme/all\n", "src/ledger/post.py": None})
    assert project.hook("policy").code == 0
