"""Wildcards cost what the path is long: steps are counted, not seconds."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.owners.automaton import ANYTHING, LITERAL, STAR, Automaton
from pytest_syncpoints.owners.github import load as load_github
from pytest_syncpoints.owners.gitignore import gitignore_shape
from pytest_syncpoints.owners.gitlab import load as load_gitlab
from pytest_syncpoints.owners.glob import PathGlob, name_matches, split_segments
from pytest_syncpoints.owners.go_regexp import Expression


def steps(function: Any, *arguments: Any) -> Any:
    """Return how many lines of our code a call runs, and what it returns."""
    count = 0

    def each_line(frame: Any, event: Any, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return each_line

    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: each_line if "pytest_syncpoints" in frame.f_code.co_filename else None)
    try:
        answer = function(*arguments)
    finally:
        sys.settrace(before)
    return count, answer


def of_length(piece: str, length: int, end: str = "") -> Any:
    return (piece * (length // len(piece) + 1))[: length - len(end)] + end


HOSTILE = [
    ("a*", "b", "a", "stars between equal letters"),
    ("*a", "b", "a", "a leading star"),
    ("a*b?", "c", "ab", "stars and question marks"),
    ("**/a/", "b", "a/", "directories that repeat"),
    ("*/", "b", "a/", "a star for each directory"),
    ("**/a*/", "b", "aa/", "directories and stars"),
    ("?", "b", "a", "question marks"),
    ("a/**/", "b", "a/", "gaps between equal names"),
    ("**/*a*/", "b", "aaa/", "stars on both sides"),
    ("\\a*", "b", "a", "escapes"),
    ("a**b", "c", "ab", "glued stars"),
]


@pytest.mark.parametrize(("piece", "end", "text", "why"), HOSTILE, ids=[row[3] for row in HOSTILE])
def test_a_pattern_and_a_path_twice_as_long_take_about_twice_the_steps(
    piece: str, end: str, text: Any, why: str
) -> None:
    def cost(length: int) -> Any:
        shape = gitignore_shape(of_length(piece, length, end).rstrip("/"))
        assert shape is not None
        return steps(PathGlob(shape).matches, of_length(text, length).rstrip("/"))[0]

    assert cost(4096) <= 2.5 * cost(2048) + 500
    assert cost(4096) <= 20 * 4096 + 1000


@pytest.mark.parametrize("load", [load_github, load_gitlab], ids=["github", "gitlab"])
@pytest.mark.parametrize(("piece", "end", "text", "why"), HOSTILE, ids=[row[3] for row in HOSTILE])
def test_an_owners_file_answers_hostile_paths_in_linear_steps(
    load: Any, piece: str, end: str, text: Any, why: str
) -> None:
    """From reading the file to the answer, by search and by index."""

    def resolve(length: int) -> Any:
        ownership = load("CODEOWNERS", f"{of_length(piece, length, end)} @x\n".encode())
        for _ in range(6):
            ownership.owners_of(of_length(text, length).rstrip("/"))

    assert steps(resolve, 4096)[0] <= 2.5 * steps(resolve, 2048)[0] + 2000


@pytest.mark.parametrize(
    ("expression", "text"),
    [("(a*)*b", "a"), ("(a|a)*b", "a"), ("(a|aa)+$", "a"), ("(.*)*x", "ab"), ("a{0,50}a{50}b", "a"), ("(x+x+)+y", "x")],
)
def test_an_expression_takes_steps_linear_in_the_text(expression: str, text: Any) -> None:
    def cost(length: int) -> Any:
        return steps(Expression(f"^{expression}$").search, of_length(text, length))[0]

    assert cost(4096) <= 2.5 * cost(2048) + 5000


def test_many_brackets_cost_one_search_each_character() -> None:
    ranges = "".join(f"[{chr(0x4E00 + 3 * n)}-{chr(0x4E01 + 3 * n)}]" for n in range(800))
    text = "/" + "".join(chr(0x4E00 + 3 * n) for n in range(800))
    ownership = load_gitlab("CODEOWNERS", f"/{ranges} @x\n".encode())
    count, owned = steps(ownership.owners_of, text[1:])
    assert owned.matched
    assert count < 60 * 800


@given(st.text("ab*", max_size=12), st.text("ab", max_size=12))
def test_stars_mean_what_they_say(pattern: str, text: Any) -> None:
    """Held against the obvious recursive definition."""

    def obvious(p: Any, t: Any) -> Any:
        if not p:
            return not t
        if p[0] == "*":
            return obvious(p[1:], t) or (bool(t) and obvious(p, t[1:]))
        return bool(t) and p[0] == t[0] and obvious(p[1:], t[1:])

    if pattern != "**":  # alone between slashes that means directories
        assert name_matches((split_segments(pattern) or [])[0], text) == obvious(pattern, text)


def test_a_star_stays_in_its_segment_and_anything_does_not() -> None:
    star = Automaton([(LITERAL, "a"), (STAR, ""), (LITERAL, "b")])
    anything = Automaton([(LITERAL, "a"), (ANYTHING, ""), (LITERAL, "b")])
    assert star.matches("axb")
    assert not star.matches("a/b")
    assert anything.matches("a/x/b")
