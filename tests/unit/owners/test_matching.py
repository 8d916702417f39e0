"""Matching agrees with git and pathspec where the rules coincide, with itself on both ways, and takes linear work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pathspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_syncpoints.owners import load
from pytest_syncpoints.owners.globs import RuleIndex
from pytest_syncpoints.owners.rulebook import gitignore_glob

names = st.sampled_from(("a", "b", "ab", "aab", "aa", "c", ".a", "é", "b.a"))
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
segments = st.sampled_from(("a", "b", "*", "**", "a*", "*b", "?", "ab", "a*b", "**a", "*a*", "é", "*.a", "a?b*"))
patterns = st.builds(
    lambda start, middle, end: f"{start}{'/'.join(middle)}{end}",
    st.sampled_from(("", "/")),
    st.lists(segments, min_size=1, max_size=4),
    st.sampled_from(("", "/")),
)
# CODEOWNERS leaves gitignore at a last segment that is `*`; tools differ on `**` before a closing slash, and on a
# lone `**/` (git: every directory; so nothing at the top).
shared = patterns.filter(lambda text: not text.endswith(("/*", "**/")) and text != "*")


@settings(max_examples=300, deadline=None)
@given(st.lists(patterns, min_size=1, max_size=12), st.lists(paths, min_size=1, max_size=8))
def test_the_index_answers_like_reading_from_the_end(rules: list[str], asked: list[str]) -> None:
    text = "".join(f"{rule} @o{number}\n" for number, rule in enumerate(rules)).encode()
    indexed = load("github", {"CODEOWNERS": text}.get)
    for _ in range(6):
        indexed.owners_of("warm")
    for path in asked:
        assert indexed.owners_of(path) == load("github", {"CODEOWNERS": text}.get).owners_of(path)


@settings(max_examples=300, deadline=None)
@given(shared, paths)
def test_agreement_with_pathspec(pattern: str, path: str) -> None:
    spec = pathspec.PathSpec.from_lines("gitignore", [pattern])
    glob = gitignore_glob(pattern)
    assert (glob is not None and glob.matches(path)) == spec.match_file(path)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("ignored")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    return top


@settings(max_examples=60, deadline=None)
@given(shared, st.lists(paths.filter(str.isascii), min_size=1, max_size=12, unique=True))
def test_agreement_with_git(repository: Path, pattern: str, asked: list[str]) -> None:
    """git check-ignore --no-index says of each path that need not exist whether the pattern covers it.

    Only ASCII paths: to git ``?`` is one byte, to the hosts one character.
    """
    (repository / ".gitignore").write_text(f"{pattern}\n", "utf-8")
    command = ["git", "-C", str(repository), "check-ignore", "--no-index", "-z", "--stdin"]
    told = subprocess.run(command, input="\0".join(asked).encode(), capture_output=True, check=False).stdout
    glob = gitignore_glob(pattern)
    ours = {path for path in asked if glob is not None and glob.matches(path)}
    assert ours == {path for path in told.decode().split("\0") if path}


HOSTILE = (
    ("a*" * 2000 + "b", "a" * 4000),
    ("*" + "?*" * 1900 + "b", "a" * 4000),
    ("**/" + "a/**/" * 600 + "b", "a/" * 2000 + "c"),
    ("**/" + "a/" * 1900 + "b", "a/" * 2000 + "c"),
    ("*/" * 2000 + "b", "a/" * 2000 + "c"),
    ("*a*/" * 900 + "b", "xax/" * 1000 + "c"),
    ("a?" * 2000, "a" * 4000),
)


@pytest.mark.parametrize(("pattern", "path"), HOSTILE, ids=lambda text: text[:12])
@pytest.mark.parametrize("asked", [1, 6], ids=["from the end", "indexed"])
def test_hostile_patterns_take_linear_work(pattern: str, path: str, asked: int) -> None:
    """Lines of Python run for a 4 KB pattern on a 4 KB path stay below a small multiple of both lengths."""
    ownership = load("github", {"CODEOWNERS": f"{pattern} @o\n".encode()}.get)
    for _ in range(asked - 1):
        ownership.owners_of("warm")
    assert _lines_run(lambda: ownership.owners_of(path)) < 60 * (len(pattern) + len(path))


def test_a_nested_repetition_takes_linear_work() -> None:
    """Go's expressions do not backtrack either."""
    ownership = load("gitea", {"CODEOWNERS": b"(a+)+(a*)*b @o\n"}.get)
    assert _lines_run(lambda: ownership.owners_of("a" * 4000)) < 60 * 4000


def test_a_directory_of_any_depth_is_walked_without_recursion() -> None:
    index = RuleIndex([gitignore_glob("**/b/*.x"), gitignore_glob("/a/")])
    assert index.best("a/" * 5000 + "b/c.x") == 1
    assert index.best("c/" * 5000 + "b/c.x") == 0


def _lines_run(call: Any) -> int:
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
