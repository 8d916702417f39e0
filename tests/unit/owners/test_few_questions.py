"""A commit's few questions are answered without parsing the file: with the answers that parsing it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.owners import bitbucket, github

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.owners.ownership import Ownership

NAMES = ["a", "b", "src", "x.md", "#c", "d\\ e", "*", "?", "*.md", "**", "a*", "[b]", "é"]
PATTERNS = st.builds(
    lambda start, names, end: start + "/".join(names) + end,
    st.sampled_from(["", "/"]),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)
LINES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "", " ", "\t", "#"]),
        PATTERNS,
        st.sampled_from(["", " ", "  ", "\t", "\f"]),
        st.sampled_from(["", "@x", "@x/y", "bad", "a@b.example @z", "@q # why"]),
        st.sampled_from(["", "", "\r"]),
    ),
)
PATHS = st.lists(st.sampled_from(["a", "b", "src", "x.md", "#c", "d e", "[b]", "é", "*"]), min_size=1, max_size=4)


@pytest.mark.parametrize("load", [github.load, bitbucket.load])
@given(st.lists(LINES, max_size=12), st.lists(PATHS.map("/".join), min_size=1, max_size=4))
def test_few_questions_and_many_get_the_same_answers(
    load: Callable[[str, bytes], Ownership], lines: list[str], paths: list[str]
) -> None:
    data = "\n".join(lines).encode()
    few, many = load("CODEOWNERS", data), load("CODEOWNERS", data)
    assert [few.owners_of(path) for path in paths] == many.answers(paths)


def test_a_later_line_that_is_no_rule_does_not_hide_an_equal_one() -> None:
    owners = github.load("CODEOWNERS", b"src/ @team\nsrc/ nobody\n")
    assert owners.owners_of("src/a.py").owners == ("@team",)


def test_a_form_feed_ends_a_pattern_as_a_space_does() -> None:
    owners = github.load("CODEOWNERS", b"b/\f@team\n")
    assert owners.owners_of("b/a").owners == ("@team",)
