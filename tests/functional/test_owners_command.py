"""`syncpoints owners` on real repositories: what it reads, what it writes, and in which form."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.project import Outcome, Project

CODEOWNERS = "* @acme/all\n/src/ @acme/dev @alice\n/src/gen/\n*.md docs@example.org\n"
FILES = {".github/CODEOWNERS": CODEOWNERS, "src/a.py": "", "src/gen/b.py": "", "README.md": ""}
AT = ".github/CODEOWNERS"


def rows(ran: Outcome) -> list[dict[str, Any]]:
    assert ran.code == 0, ran
    return [json.loads(line) for line in ran.out.splitlines()]


def owners_of(ran: Outcome) -> dict[str, list[str]]:
    return {row["path"]: row["owners"] for row in rows(ran)}


def test_a_line_of_json_says_who_and_which_line_says_so(project: Project) -> None:
    project.commit({**FILES})
    ran = project.run("owners", "src/new.py", "src/gen/x", "--format", "jsonl")
    assert rows(ran) == [
        {
            "path": "src/new.py",
            "owners": ["@acme/dev", "@alice"],
            "matched": True,
            "source": {"file": AT, "line": 2, "pattern": "/src/"},
            "sections": [],
            "roles": {},
        },
        {
            "path": "src/gen/x",
            "owners": [],
            "matched": True,
            "source": {"file": AT, "line": 3, "pattern": "/src/gen/"},
            "sections": [],
            "roles": {},
        },
    ]


def test_with_no_path_every_tracked_file_is_told(project: Project) -> None:
    project.commit({**FILES})
    project.write({"untracked": ""})
    assert project.run("owners").out == (
        ".github/CODEOWNERS  @acme/all\nREADME.md  docs@example.org\n"
        "src/a.py  @acme/dev @alice\nsrc/gen/b.py  (cleared on purpose)\n"
    )
    assert [row["path"] for row in rows(project.run("owners", "--unowned", "--format", "jsonl"))] == ["src/gen/b.py"]


def test_sections_are_told_one_by_one(project: Project) -> None:
    project.commit({"CODEOWNERS": "[Docs][2] @d @e\n*.md\n^[Style]\n* @s\n"})
    (row,) = rows(project.run("owners", "a.md", "--format", "jsonl"))
    assert row["sections"] == [
        {"name": "Docs", "owners": ["@d", "@e"], "optional": False, "approvals": 2, "line": 2},
        {"name": "Style", "owners": ["@s"], "optional": True, "approvals": 1, "line": 4},
    ]
    assert (row["owners"], row["source"]["line"]) == (["@d", "@e", "@s"], 2)


def test_roles_are_told_for_prow(project: Project) -> None:
    project.commit({"OWNERS": "approvers: [Alice]\nreviewers: [bob]\n", "a/OWNERS": "approvers: [carol]\n"})
    (row,) = rows(project.run("owners", "a/x", "--format", "jsonl"))
    assert row["owners"] == ["carol", "alice"]
    assert row["roles"] == {"approvers": ["carol", "alice"], "reviewers": ["bob"]}


@pytest.mark.parametrize("form", ["jsonl", "text"])
@pytest.mark.parametrize(("words", "end"), [(("-z",), "\0"), ((), "\n")], ids=["NUL", "lines"])
def test_stdin_is_answered_in_its_order_whatever_the_names(
    project: Project, words: tuple[str, ...], end: str, form: str
) -> None:
    project.commit({**FILES})
    names = [
        "src/\N{SNOWMAN}",
        'src/"q"',
        "src/b\\s",
        "x.md",
        "src/\U0001f600",
        "./src/../README.md",
        "src/tab\tx",
        *"abcdef",
    ]
    ran = project.spawn(
        "pytest_syncpoints.cli", "owners", "--stdin", *words, "--format", form, stdin=end.join(names) + end
    )
    assert ran.code == 0, ran
    if form == "jsonl":
        assert [row["path"] for row in rows(ran)] == [*names[:5], "README.md", *names[6:]]
        assert [row["owners"] for row in rows(ran)][3:6] == [
            ["docs@example.org"],
            ["@acme/dev", "@alice"],
            ["docs@example.org"],
        ]
    else:
        assert ran.out.count("\n") == len(names)


def test_without_a_last_newline_the_last_path_counts(project: Project) -> None:
    project.commit({**FILES})
    ran = project.spawn("pytest_syncpoints.cli", "owners", "--stdin", stdin="src/a.py\n\nx.md")
    assert ran.out == "src/a.py  @acme/dev @alice\nx.md  docs@example.org\n"


def test_a_name_that_is_not_utf8_keeps_its_bytes(project: Project) -> None:
    project.commit({**FILES})
    name = b"src/\xff.py"
    (row,) = rows(project.run("owners", name.decode("utf-8", "surrogateescape"), "--format", "jsonl"))
    assert base64.b64decode(row["path_b64"]) == name
    assert row["path"] == "src/\\xff.py"
    assert row["owners"] == ["@acme/dev", "@alice"]


def test_a_revision_has_its_own_owners_and_files(project: Project) -> None:
    project.commit({**FILES})
    project.commit({AT: "* @new\n", "later": ""})
    assert owners_of(project.run("owners", "--rev", "HEAD~", "--format", "jsonl")) == {
        AT: ["@acme/all"],
        "README.md": ["docs@example.org"],
        "src/a.py": ["@acme/dev", "@alice"],
        "src/gen/b.py": [],
    }


def test_a_file_from_elsewhere_stands_in(project: Project) -> None:
    project.commit({**FILES, "other/owners-to-be": "*.py @py\n"})
    ran = project.run("owners", "a.py", "--codeowners", "other/owners-to-be", "--format", "jsonl")
    assert rows(ran)[0]["source"] == {"file": "other/owners-to-be", "line": 1, "pattern": "*.py"}


def test_the_dialect_can_be_named(project: Project) -> None:
    project.commit({"CODEOWNERS": "docs/* @d\n"})
    told = {
        dialect: rows(project.run("owners", "docs/a/b", "--dialect", dialect, "--format", "jsonl"))[0]["owners"]
        for dialect in ("github", "gitlab")
    }
    assert told == {"github": [], "gitlab": []}
    assert project.run("owners", "x", "--dialect", "svn").code == 2


def test_paths_are_taken_from_where_one_stands(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit({**FILES})
    monkeypatch.chdir(project.path / "src")
    assert project.run("owners", "a.py", "../README.md").out == (
        "src/a.py  @acme/dev @alice\nREADME.md  docs@example.org\n"
    )
    outside = project.run("owners", "../../x")
    assert (outside.code, "lies outside this tree" in outside.err) == (2, True)


def test_an_explanation_names_every_rule_that_matched_and_why_one_won(project: Project) -> None:
    project.commit({**FILES})
    ran = project.run("owners", "--explain", "src/a.md")
    assert ran.out == (
        "src/a.md  docs@example.org\n"
        "  .github/CODEOWNERS:1: * (@acme/all) does not decide: line 4 matches too and comes later\n"
        "  .github/CODEOWNERS:2: /src/ (@acme/dev @alice) does not decide: line 4 matches too and comes later\n"
        "  .github/CODEOWNERS:4: *.md (docs@example.org) decides: the last line that matches\n"
    )
    (row,) = rows(project.run("owners", "--explain", "src/gen/a", "--format", "jsonl"))
    assert [(rule["line"], rule["decides"]) for rule in row["rules"]] == [(1, False), (2, False), (3, True)]


def test_many_paths_and_few_get_the_same_answers(project: Project) -> None:
    project.commit({**FILES})
    paths = [
        f"{folder}/{number}.{end}" for folder in ("src", "src/gen", "x") for number in range(5) for end in ("py", "md")
    ]
    many = owners_of(project.run("owners", *paths, "--format", "jsonl"))
    assert many == {path: owners_of(project.run("owners", path, "--format", "jsonl"))[path] for path in paths}


def test_without_an_owners_file_nobody_owns_anything(project: Project) -> None:
    project.commit({"a": ""})
    assert project.run("owners", "a").out == "a  (nobody)\n"
    assert rows(project.run("owners", "a", "--format", "jsonl"))[0]["matched"] is False
