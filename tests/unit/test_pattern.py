"""Path patterns match what git itself says of the same pattern in an ignore file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.project import Project

from pytest_syncpoints.pattern import PathPattern, PathPatterns, glob_matches, segment_matches, segments_match

NAMES = ("a", "b", "ab", "abc", "a.py", "src", "x*y", "a?", ".a")
PIECES = (
    "a",
    "b",
    "ab",
    "*",
    "**",
    "?",
    "*.py",
    "a*",
    "*b",
    "a?",
    "a**b",
    "?b",
    "src",
    "\\a",
    "\\*",
    "x\\*y",
    ".*",
    "***",
)
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5).map("/".join)
bodies = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("/".join)
patterns = st.builds("{}{}{}".format, st.sampled_from(["", "", "/"]), bodies, st.sampled_from(["", "", "/"]))


def ignored(repository: Path, pattern: str, paths: list[str]) -> set[str]:
    """Ask git which paths one pattern covers."""
    (repository / ".git/info").mkdir(exist_ok=True)
    (repository / ".git/info/exclude").write_text(pattern + "\n")
    asked = "\0".join(paths).encode() + b"\0"
    command = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    done = subprocess.run(command, cwd=repository, input=asked, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return set(done.stdout.decode().split("\0")) - {""}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pattern=patterns, asked=st.lists(paths, min_size=1, max_size=8, unique=True))
@example(pattern="a/**", asked=["a", "a/b", "a/b/ab"])
@example(pattern="**/a", asked=["a", "b/a", "b/b/a/src"])
@example(pattern="a/**/b", asked=["a/b", "a/ab/b", "a/ab/abc/b/src"])
@example(pattern="a/**/", asked=["a/b", "a/b/ab", "a"])
@example(pattern="**/", asked=["a", "a/b"])
@example(pattern="/**", asked=["a", "a/b"])
@example(pattern="***/a", asked=["a", "b/a"])
def test_a_pattern_covers_what_git_would_ignore(project: Project, pattern: str, asked: list[str]) -> None:
    compiled = PathPattern(pattern)
    assert {path for path in asked if compiled.matches(path)} == ignored(project.path, pattern, asked)


OURS = {
    "brackets are literal": ("[ab].py", "[ab].py", True),
    "brackets are no class": ("[ab].py", "a.py", False),
    "a slash alone is the whole tree": ("/", "src/a.py", True),
    "a question mark is one character, not one byte": ("?.py", "é.py", True),
    "a name that is not UTF-8 is matched by a star": ("*.py", "\udcff.py", True),
    "an anchored literal is no prefix of a longer name": ("/src/a", "src/ab", False),
    "a directory pattern does not cover a file of its name": ("docs/", "docs", False),
    "nothing between slashes covers nothing": ("//", "a", False),
}


@pytest.mark.parametrize(("pattern", "path", "covered"), OURS.values(), ids=OURS.keys())
def test_where_the_policy_differs_from_git_or_says_it_more_clearly(pattern: str, path: str, covered: bool) -> None:
    assert PathPattern(pattern).matches(path) is covered


def by_definition(pattern: str, name: str) -> bool:
    """Match by the definition, in exponential time."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return by_definition(pattern[1:], name) or (bool(name) and by_definition(pattern, name[1:]))
    literal = pattern[1:2] if pattern[0] == "\\" else pattern[0]
    fits = bool(name) and (pattern[0] == "?" or literal == name[0])
    return fits and by_definition(pattern[2 if pattern[0] == "\\" else 1 :], name[1:])


@given(st.text("ab*", max_size=7) | st.text("ab*?\\", max_size=7), st.text("ab*\\", max_size=7))
@example("a*a", "a")
@example("ab*b*ba", "aba")
@example("*a*a*", "a")
def test_a_segment_matches_by_the_definition(pattern: str, name: str) -> None:
    assert segment_matches(pattern, name) == by_definition(pattern, name)


@pytest.mark.parametrize(
    "pattern", ["a*" * 2048 + "b", "*a" * 2048 + "*b", "a?*" * 1400 + "b", "*" + "a?" * 1000 + "b", "?*" * 2000 + "\\b"]
)
def test_a_hostile_pattern_ends_without_a_match(pattern: str) -> None:
    """With backtracking, the worst of these takes longer than anybody waits."""
    assert not segment_matches(pattern, "a" * 4096)


def test_a_deep_path_is_walked_once() -> None:
    deep = "/".join("a" * 2048)
    assert not PathPattern("a/**/b/**/c").matches(deep)
    assert PathPattern("a/**/a/**/a").matches(deep)


def test_double_stars_stand_for_any_number_of_names() -> None:
    assert segments_match(("a", "**", "b"), ("a", "b"))
    assert segments_match(("a", "**", "b"), ("a", "x", "y", "b"))
    assert not segments_match(("a", "**"), ("a",))


def test_the_first_pattern_that_covers_a_path_is_named() -> None:
    patterns = PathPatterns(["docs/", "src/*.py", "*.py"])
    assert patterns.match("src/a.py") is not None
    assert getattr(patterns.match("src/a.py"), "text", None) == "src/*.py"
    assert patterns.match("Makefile") is None
    assert patterns
    assert not PathPatterns([])


def test_a_glob_of_a_name_takes_brackets_as_they_are() -> None:
    assert glob_matches("*[bot]@*", "renovate[bot]@example.org")
    assert not glob_matches("*[bot]", "robot")
