"""Properties that hold for every file and path, with git and pathspec as independent judges."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pathspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pytest_syncpoints.owners.github import load
from pytest_syncpoints.owners.gitignore import gitignore_shape
from pytest_syncpoints.owners.gitlab import load as load_gitlab
from pytest_syncpoints.owners.glob import PathGlob, name_matches, split_segments
from pytest_syncpoints.owners.names import NameTable

names = st.sampled_from(["a", "b", "ab", "x.py", "abc", "bcd", "test_a.py", "a.b", ".h", "[a]", "ä"])
pieces = st.sampled_from(
    ["a", "b", "ab", "*", "**", "a*", "*b", "*.py", "?", "a?", "*a*", "b*c*d", "test_*", ".h", "ä"]
)
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
patterns = st.builds(
    lambda slash, parts, end: slash + "/".join(parts) + end,
    st.sampled_from(["", "/"]),
    st.lists(pieces, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
lines = st.tuples(
    st.sampled_from(["", "", " ", "\t"]), patterns, st.sampled_from([" @a", " @b c@d.e", "", " # *", " bad"])
)
files = st.lists(lines, max_size=30).map(lambda rows: "".join("".join(row) + "\n" for row in rows))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("ignore")
    subprocess.run(["git", "init", "-q", path], check=True)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(pattern=patterns, candidates=st.lists(paths, min_size=1, max_size=30))
def test_patterns_match_what_git_ignores(repository: Path, pattern: str, candidates: list[str]) -> None:
    """git check-ignore judges; GitHub's own exception (docs/*) and a slash behind ** are left out.

    So are question marks beyond ASCII: git counts bytes.
    """
    assume(not pattern.endswith("**/"))
    candidates = [path for path in candidates if path.isascii() or "?" not in pattern]
    (repository / ".gitignore").write_text(f"{pattern}\n", encoding="utf-8")
    answer = subprocess.run(
        ["git", "-C", repository, "-c", "core.excludesFile=", "check-ignore", "--no-index", "--stdin", "-z"],
        input="\0".join(candidates).encode(),
        stdout=subprocess.PIPE,
        check=False,
    )
    ignored = set(answer.stdout.decode().split("\0"))
    for path in candidates:
        shape = gitignore_shape(pattern)
        assert (shape is not None and PathGlob(shape).matches(path)) == (path in ignored), (pattern, path)
        if not pattern.endswith("/*"):
            assert load("CODEOWNERS", f"{pattern} @x\n".encode()).owners_of(path).matched == (path in ignored)


@settings(deadline=None)
@given(pattern=patterns, path=paths)
def test_patterns_match_what_pathspec_matches(pattern: str, path: str) -> None:
    assume(not pattern.endswith("**/") and "**" not in pattern.replace("/**/", "/"))
    spec = pathspec.PathSpec.from_lines("gitignore", [pattern])
    assert load("CODEOWNERS", f"{pattern} @x\n".encode()).owners_of(path).matched == spec.match_file(path)


@settings(deadline=None)
@given(text=files, path=paths)
def test_search_index_and_explanation_agree(text: Any, path: str) -> None:
    ownership = load("CODEOWNERS", text.encode())
    searched = ownership.owners_of(path)
    ((_, indexed),) = load("CODEOWNERS", text.encode()).owned([path])
    assert searched == indexed
    deciding = [each.rule.source for each in ownership.explain(path) if each.decides]
    assert deciding == ([searched.source] if searched.source else [])


@settings(deadline=None)
@given(text=files, path=paths)
def test_in_gitlab_search_and_index_agree(text: Any, path: str) -> None:
    ownership = load_gitlab("CODEOWNERS", text.encode())
    answers = [ownership.owners_of(path) for _ in range(6)]
    assert all(answer == answers[0] for answer in answers)


@settings(deadline=None)
@given(data=st.binary(max_size=200), path=paths)
def test_no_file_makes_the_resolver_raise(data: Any, path: str) -> None:
    for load_any in (load, load_gitlab):
        ownership = load_any("CODEOWNERS", data)
        ownership.owners_of(path)
        ownership.explain(path)
        assert all(fault.line >= 1 and fault.column >= 1 and fault.message for fault in ownership.faults)


@given(text=files, path=paths)
@settings(deadline=None)
def test_a_last_line_for_everything_always_decides(text: Any, path: str) -> None:
    owned = load("CODEOWNERS", f"{text}* @last\n".encode()).owners_of(path)
    assert owned.owners == ("@last",)


segments = st.sampled_from(
    ["a", "b.py", "*.py", "*b", "a*", "*a*", "?b", "*abc*", "*ab*c", "x*.py", "*_x.py", "abc*d", "*", "?*"]
)


@settings(deadline=None)
@given(
    rows=st.lists(segments, max_size=12), name=st.text("abcdx_.py", min_size=1, max_size=8), best=st.integers(-1, 12)
)
def test_a_table_of_names_finds_the_last_that_matches(rows: Any, name: Any, best: int) -> None:
    compiled = [(split_segments(row) or [])[0] for row in rows]
    table = NameTable((priority, compiled[priority]) for priority in range(len(rows) - 1, -1, -1))
    assert table.last(name, best) == max(
        [best, *(priority for priority, segment in enumerate(compiled) if name_matches(segment, name))]
    )
