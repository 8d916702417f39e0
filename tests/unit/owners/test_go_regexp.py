"""Go regular expressions: what they match, and what Go refuses (facts from regexp/syntax, checked against Go 1.19)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_syncpoints.owners.go_regexp import Expression, InvalidExpression


@pytest.mark.parametrize(
    ("expression", "yes", "no"),
    [
        ("a", ["a", "xax"], ["", "b"]),
        ("^a$", ["a"], ["aa", "xa"]),
        ("^*a", ["a", "xa"], ["b"]),
        ("a|^b", ["xa", "b"], ["xb"]),
        ("^(ab|cd)+$", ["abcd", "cd"], ["", "abc"]),
        ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
        ("^a{,3}$", ["a{,3}"], ["aa"]),
        ("^a{2,}$", ["aa", "aaaaa"], ["a"]),
        ("^a{01}$", ["a{01}"], ["a"]),
        ("^[^/]+$", ["ab"], ["a/b", ""]),
        ("^[]a]$", ["]", "a"], ["b"]),
        ("^[a-]$", ["-", "a"], ["b"]),
        ("^[a-b-c]$", ["a", "b", "c", "-"], ["d"]),
        ("^[[:alpha:]_]+$", ["aZ_"], ["a1"]),
        ("^[[:^digit:]]$", ["a"], ["1"]),
        (r"^[\w.]+$", ["a_1."], ["a-b"]),
        (r"^\d\D\s\S\w\W$", ["1a ba-"], ["aa ba-"]),
        (r"^\x41\x{e9}\101\n$", ["AéA\n"], ["A"]),
        (r"^\Qa.b\E+$", ["a.b", "a.bbb"], ["axb", "a.ba.b"]),
        (r"\bab\b", ["ab", "x ab", "ab/c"], ["xab", "ab_"]),
        (r"^a\Bb$", ["ab"], ["a b"]),
        ("(?i)^readme$", ["README", "ReadMe"], ["readm"]),
        ("^(?i:a)b$", ["Ab"], ["AB"]),
        ("^(?i)a(?-i)b$", ["Ab"], ["AB"]),
        ("(?m)^b$", ["a\nb", "b\nc"], ["ab"]),
        ("^.$", ["a", "é"], ["\n", ""]),
        ("(?s)^.$", ["\n"], [""]),
        ("^(?P<n>a)(?:b)$", ["ab"], ["a"]),
        (r"\Aa\z", ["a"], ["a\n"]),
        ("^a*?b+?c??$", ["b", "aabbc"], ["a"]),
        ("(?i)é", ["É", "é"], ["e"]),
        ("", ["", "x"], []),
        ("{", ["{"], ["x"]),
    ],
)
def test_matches_as_go_does(expression: str, yes: Any, no: Any) -> None:
    compiled = Expression(expression)
    assert [text for text in yes if not compiled.search(text)] == []
    assert [text for text in no if compiled.search(text)] == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("(", "never closes"),
        (")", "closes nothing"),
        ("[a", "never closes"),
        ("*", "a repeat of nothing"),
        ("a**", "a repeat of a repeat"),
        ("a{1001}", "no count between"),
        ("a{3,2}", "no count between"),
        ("[b-a]", "runs backwards"),
        ("(?=a)", "no group Go knows"),
        (r"\1", "refers back"),
        (r"\8", "no escape Go knows"),
        (r"\Z", "no escape Go knows"),
        ("a\\", "a backslash ends"),
        (r"\x{110000}", "without a character's number"),
        ("[[:what:]]", "no class Go knows"),
        (r"\pL", "not read here"),
        ("(?P<>a)", "proper name"),
        ("((a{100}){100}){100}", "repeats too much"),
        ("(" * 200 + ")" * 200, "nested too deep"),
        ("a" * 5000, "more than 4096"),
    ],
)
def test_refuses_with_a_reason(expression: str, words: Any) -> None:
    with pytest.raises(InvalidExpression, match=re.escape(words)):
        Expression(expression)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", ".", "a*", "b+", "(a|b)", "(ab)?", "[ab]", "[^a]", "a{2}", "/"]), max_size=6),
    st.text("ab/", max_size=8),
)
def test_agrees_with_python_where_the_two_syntaxes_agree(parts: Any, text: Any) -> None:
    expression = "".join(parts)
    assert Expression(expression).search(text) == bool(re.search(expression, text))
    assert Expression(f"^(?:{expression})$").search(text) == bool(re.fullmatch(expression, text))
