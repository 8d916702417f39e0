"""What is wrong with a line is said with its place and a way out, and whether the line counts."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_syncpoints.owners import load


def faults(dialect: str, text: Any, file: Any = "CODEOWNERS") -> Any:
    ownership = load(dialect, lambda path: text.encode() if path == file else None)
    ownership.owners_of("x")
    return [(fault.line, fault.column, fault.skipped, fault.message) for fault in ownership.faults]


@pytest.mark.parametrize(
    ("text", "line", "column", "skipped", "words"),
    [
        ("* @a\n  !x @b\n", 2, 3, True, "does not negate"),
        ("\\#x @b\n", 1, 1, True, "not read as '#'"),
        ("a/***/b @b\n", 1, 3, True, "'***'"),
        ("/ @b\n", 1, 1, True, "can never match"),
        ("a//b @b\n", 1, 1, True, "can never match"),
        ("* @a user @b\n", 1, 6, True, "'user' is no owner"),
        ("* docs@\n", 1, 3, True, "'docs@' is no owner"),
        ("\t*.[ch] @b\n", 1, 4, False, "no character range"),
    ],
)
def test_github(text: Any, line: Any, column: Any, skipped: Any, words: Any) -> None:
    ((*place, message),) = faults("github", text)
    assert place == [line, column, skipped]
    assert words in message


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("*.rb\n", 1, 5, "without owners"),
        ("[]\n*.rb @a\n", 1, 1, "without a name"),
        ("^[A][5]\n*.rb @a\n", 1, 1, "no effect"),
        ("[Invalid section\n*.rb @a\n", 1, 1, "never closes"),
        ("*.js malformed @a\n", 1, 6, "'malformed' is no owner"),
        ("[A] malformed\n*.js @a\n", 1, 1, "names no owner"),
        ("[ab]*.c @a\n*.js @a\n", 1, 5, "behind a section header"),
        ("a//b @a\n", 1, 1, "can never match"),
    ],
)
def test_gitlab(text: Any, line: Any, column: Any, words: Any) -> None:
    found = faults("gitlab", text)
    assert (line, column) in [(row[0], row[1]) for row in found if words in row[3]]


def test_gitlab_asks_no_owners_of_an_exclusion() -> None:
    assert faults("gitlab", "* @a\n!*.md\n") == []


@pytest.mark.parametrize(
    ("text", "words", "skipped"),
    [
        ("src/.*\n", "no owner", True),
        ("( @a\n", "never closes", True),
        ("x** @a\n", "a repeat of a repeat", True),
        ("*.js @a\n", "not a glob", False),
        ("a @x/y/z\n", "no word that can be", True),
    ],
)
def test_gitea(text: Any, words: Any, skipped: Any) -> None:
    ((_, _, was_skipped, message),) = faults("gitea", text)
    assert words in message
    assert was_skipped is skipped


def test_bitbucket_passes_a_word_over_and_says_so() -> None:
    assert faults("bitbucket", "* @a nobody\n", ".bitbucket/CODEOWNERS") == [
        (1, 6, False, "'nobody' is no owner and is passed over")
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("approvers: [a\n", 1, "never close"),
        ("approvers:\n- @alice\n", 2, "put it in quotes"),
        ("approvers: alice\n", 1, "approvers is no list"),
        ("filters:\n  '(':\n    approvers: [a]\n", 2, "never closes"),
        ("approvers: [a]\nfilters: {}\n", 1, "filters are ignored"),
        ("options:\n  no_parent_owners: perhaps\n", 2, "neither true nor false"),
        ("- a\n", 1, "the file is no mapping"),
    ],
)
def test_prow(text: Any, line: Any, words: Any) -> None:
    assert any(row[0] == line and words in row[3] for row in faults("prow", text, "OWNERS")), faults(
        "prow", text, "OWNERS"
    )


@pytest.mark.parametrize(
    ("dialect", "text", "words"),
    [
        ("chromium", "a@b.c, d@e.f\n", "is no owner"),
        ("chromium", "per-file a/b=a@b.c\n", "has a slash"),
        ("chromium", "file://x/people.txt\n", "is not called OWNERS"),
        ("chromium", "file:/OWNERS\n", "outside the tree"),
        ("chromium", "file:../OWNERS\n", "leaves the tree"),
        ("chromium", "file://no/OWNERS\n", "there is no file no/OWNERS"),
        ("gerrit", "a@b.c d@e.f\n", "Gerrit refuses the whole file"),
        ("gerrit", "per-file *=include /X_OWNERS\n", "write 'file:'"),
        ("gerrit", "file:other:/OWNERS\n", "another project"),
        ("gerrit", "file:/people.txt\n", "is not called OWNERS"),
        ("gerrit", "include /no/OWNERS\n", "there is no file no/OWNERS"),
    ],
)
def test_addresses(dialect: str, text: Any, words: Any) -> None:
    assert any(words in row[3] for row in faults(dialect, text, "OWNERS"))


def test_faults_are_known_without_any_question() -> None:
    ownership = load("github", lambda path: b"* nobody\n" if path == "CODEOWNERS" else None)
    assert [fault.line for fault in ownership.faults] == [1]
    assert ownership.rules == ()


def test_rules_carry_line_pattern_and_section() -> None:
    ownership = load("gitlab", lambda path: b"* @a\n[S]\n!x\n*.md @b\n" if path == "CODEOWNERS" else None)
    assert [(rule.line, rule.pattern, rule.section, rule.exclusion) for rule in ownership.rules] == [
        (1, "*", None, False),
        (3, "!x", "S", True),
        (4, "*.md", "S", False),
    ]


def test_explain_says_why_each_rule_did_or_did_not_win() -> None:
    ownership = load("github", lambda path: b"* @a\n*.md @b\n/gen/\n" if path == "CODEOWNERS" else None)
    assert [(each.rule.line, each.decides, each.why) for each in ownership.explain("gen/x.md")] == [
        (1, False, "line 3 matches too and comes later"),
        (2, False, "line 3 matches too and comes later"),
        (3, True, "the last line that matches; it clears ownership"),
    ]


def test_explain_names_the_exclusion_of_a_section() -> None:
    text = b"* @u\n[S]\n*.md @b\n!*.md\n"
    ownership = load("gitlab", lambda path: text if path == "CODEOWNERS" else None)
    assert [(each.rule.line, each.decides) for each in ownership.explain("x.md")] == [(1, True), (3, False), (4, True)]
    assert "line 4 excludes" in ownership.explain("x.md")[1].why


def test_explain_tells_what_noparent_kept_out() -> None:
    files = {"OWNERS": b"r@x.y\n", "d/OWNERS": b"set noparent\nd@x.y\n"}
    explained = load("gerrit", files.get).explain("d/x")
    assert [(each.rule.file, each.decides) for each in explained] == [("d/OWNERS", True), ("OWNERS", False)]
    assert "'set noparent' in d/OWNERS" in explained[1].why
