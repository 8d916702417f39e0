"""Which faults are tried in a line, and which are not worth a test."""

from __future__ import annotations

import ast

import pytest

from pytest_syncpoints.testing.mutants import mutants_of


def tried(line: str) -> set[str]:
    """Return what becomes of a line inside a function."""
    tree = ast.parse(f"def f(a, b):\n    {line}\n")
    return {mutant.after for mutant in mutants_of(tree, frozenset({2}))}


TRIED = [
    ("a < b", "return a < b", {"a <= b", "a >= b", "return None"}),
    ("equality", "x = a == b", {"a != b"}),
    ("identity", "x = a is b", {"a is not b"}),
    ("membership", "x = a not in b", {"a in b"}),
    ("and, and each clause alone", "x = a and b", {"a or b", "a", "b"}),
    ("one of three clauses left out", "x = a or b or c", {"a and b and c", "b or c", "a or c", "a or b"}),
    ("not", "x = not a", {"a"}),
    ("a condition", "x = 'y' if a else b", {"'y' if not a else b"}),
    ("a filter", "x = [c for c in a if b(c)]", {"not b(c)"}),
    ("a filter that compares", "x = [c for c in a if c < b]", {"c <= b", "c >= b"}),
    ("a call for its effect", "a.save()", {"pass"}),
    ("a raise", "raise ValueError(a + 1)", {"pass"}),
    ("an attribute set", "a.x = b", {"pass"}),
    ("an item set", "a[b] = b", {"pass"}),
    ("an attribute declared and set", "a.x: int = b", {"pass"}),
    ("a loop", "for x in a: pass", {"for x in []:"}),
    ("arithmetic", "x = a - b", {"a + b"}),
    ("a sign", "x = a[-b:]", {"b"}),
    ("a negative number", "x = -1", {"1", "2"}),
    ("a number", "x = 4", {"5"}),
    ("nought returned", "return 0", {"return None", "1"}),
    ("a truth", "x = True", {"False"}),
    ("a truth returned", "return True", {"False"}),
    ("adding to itself", "a += b", {"a -= b", "pass"}),
]
NOT_TRIED = [
    ("text joined", "x = 'b' + a"),
    ("text formatted", "x = '%s' % a"),
    ("logging", "log.debug(a + 1)"),
    ("printing", "print(a < b)"),
    ("an annotation", "a.x: Literal[1]"),
    ("a variable set", "x, y = a"),
    ("nothing returned", "return None"),
    ("a docstring", "'a < b'"),
]


@pytest.mark.parametrize(("line", "expected"), [pytest.param(a, b, id=name) for name, a, b in TRIED])
def test_tried(line: str, expected: set[str]) -> None:
    assert tried(line) == expected


@pytest.mark.parametrize("line", [pytest.param(line, id=name) for name, line in NOT_TRIED])
def test_not_tried(line: str) -> None:
    assert tried(line) == set()


def test_functions_for_people_defaults_and_module_code_are_left_alone() -> None:
    source = "x = 1\ndef f(a=1):\n    pass\nclass A:\n    y = 2\n    def __repr__(self):\n        return 'a' * 2\n"
    assert mutants_of(ast.parse(source), frozenset(range(1, 8))) == []


def test_every_line_has_its_first_mutant_before_any_has_a_second() -> None:
    tree = ast.parse("def f(a):\n    x = a < 1 and a\n    return a > 2\n")
    lines = [mutant.line for mutant in mutants_of(tree, frozenset({2, 3}))]
    assert lines[:2] == [2, 3]


def test_a_mutant_put_back_leaves_the_tree_as_it_was() -> None:
    tree = ast.parse("def f(a):\n    if a < 1 or not a:\n        a.save(2)\n    return a + 1\n")
    before = ast.dump(tree)
    for mutant in mutants_of(tree, frozenset({2, 3, 4})):
        mutant.put(mutant.new)
        assert ast.dump(tree) != before
        mutant.put(mutant.old)
        assert ast.dump(tree) == before


def test_who_lets_and_be_or_is_not_asked_about_its_clauses() -> None:
    tree = ast.parse("def f(a, b, c):\n    return (a and b) == (b or c)\n")
    found = {mutant.after: mutant for mutant in mutants_of(tree, frozenset({2}))}
    swapped, first, _ = (found[after] for after in ("a or b", "a", "b and c"))
    assert first.follows_from(swapped)
    assert not swapped.follows_from(first)
    assert not found["c"].follows_from(swapped)
