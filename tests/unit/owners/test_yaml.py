"""The YAML of OWNERS files, held against PyYAML."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.owners import load
from pytest_syncpoints.owners.yaml_library import read_yaml as read_with_library
from pytest_syncpoints.owners.yaml_text import NotYaml, Unsupported, read_yaml

LINES = [
    "approvers:", "reviewers: [a, b]", "- alice", "  - bob", '- "@y"', "filters:", '  ".*":', "    approvers:",
    "    - z", "  '\\.go$':", '  "\\\\.md$":', "options: {}", "options:", "  no_parent_owners: true", "# c",
    "- a # c", "- a#c", "", "labels: [ 'x: y', \"z\" ]", "- - a", "- k: v", "  k2: v2", "x: 'it''s'", "- [a, b]",
    "- {a: b}", "key : v", "x: http://a/b", "x: []", '"k": v', "x: 'a # b'", "approvers: [a,", "  b]", "- @x",
]  # fmt: skip


def outcome(read: Any, text: Any) -> Any:
    try:
        return plain(read(text))
    except Unsupported:
        return "unsupported"
    except NotYaml:
        return "broken"


def plain(node: Any) -> Any:
    if node is None:
        return None
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.kind == "mapping":
        return {key.text: plain(value) for key, value in node.pairs}
    return node.text or None


def starts_indented(lines: list[str]) -> Any:
    """A first line that is indented lets YAML end the document early: no two readers agree what then is an error."""
    return next((line for line in lines if line and line[0] != "#"), "").startswith(" ")


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=6).filter(lambda lines: not starts_indented(lines)))
def test_reads_what_pyyaml_reads_or_says_that_it_cannot(lines: list[str]) -> None:
    text = "\n".join(lines)
    ours = outcome(read_yaml, text)
    assert ours in ("unsupported", outcome(read_with_library, text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b # c\n", {"a": "b"}),
        ("a:\n- b\n-   c\n", {"a": ["b", "c"]}),
        ("a:\n  - b\n  -\n    c\n", {"a": ["b", "c"]}),
        ("a: [b, 'c d', \"e\\\\f\\u00e9\"]\n", {"a": ["b", "c d", "e\\fé"]}),
        ("a: [b,\n  # why\n  c]\n", {"a": ["b", "c"]}),
        ("a: {b: c, d}\n", {"a": {"b": "c", "d": None}}),
        ("a:\n- b\n  c\n", {"a": ["b c"]}),
        ("a: b\n  c\n\n  d\n", {"a": "b c\nd"}),
        ("- a: b\n  c: d\n- e\n", [{"a": "b", "c": "d"}, "e"]),
        ("---\na: b\n---\nc: d\n", {"a": "b"}),
        ("a: b\r\nc: d\r\n", {"a": "b", "c": "d"}),
        ("a: 1\na: 2\n", {"a": "2"}),
        ("", None),
        ("# only\n", None),
    ],
)
def test_values(text: Any, value: Any) -> None:
    assert plain(read_yaml(text)) == value


@pytest.mark.parametrize(
    "text", ["a: [b\n", "a: b: c\n", "- a\nb: c\n", 'a: "\\."\n', "\ta: b\n", "a: 'b' c\n", "a: @b\n"]
)
def test_broken_text_is_called_broken(text: Any) -> None:
    assert outcome(read_yaml, text) == "broken"
    assert outcome(read_with_library, text) == "broken"


@pytest.mark.parametrize("text", ["a: &x b\n", "a: *x\n", "a: |\n  b\n", "a: !t b\n", "? a\n", "a: 'b\n  c'\n"])
def test_more_yaml_than_is_read_here_is_said_to_be(text: Any) -> None:
    assert outcome(read_yaml, text) == "unsupported"


def test_lines_are_those_of_the_file() -> None:
    node = read_yaml("# c\na:\n\n- b\nd: [e,\n f]\n")
    assert node is not None
    assert [(key.text, key.line, value.line) for key, value in node.pairs] == [("a", 2, 4), ("d", 5, 5)]


def test_anchors_are_read_where_pyyaml_is_installed() -> None:
    text = b"approvers: &people [a, b]\nreviewers: *people\n"
    owned = load("prow", lambda path: text if path == "OWNERS" else None).owners_of("x")
    assert owned.roles["reviewers"] == ("a", "b")


def test_without_pyyaml_such_a_file_is_an_error_that_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "pytest_syncpoints.owners.yaml_library", raising=False)
    ownership = load("prow", lambda path: b"approvers: &x [a]\n" if path == "OWNERS" else None)
    with pytest.raises(CannotEvaluate) as error:
        ownership.owners_of("x")
    assert error.value.remedy == "pip install 'pytest-syncpoints[prow]'"
    assert error.value.where == "OWNERS:1:1"


def test_aliases_that_multiply_stay_small() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    node = read_with_library(text)
    assert node is not None
    assert node.kind == "mapping"


def test_an_alias_to_itself_is_broken() -> None:
    with pytest.raises(NotYaml):
        read_with_library("a: &a [*a]\n")
