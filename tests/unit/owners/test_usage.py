"""What rules are good for, over a list of paths."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_syncpoints.owners import load
from pytest_syncpoints.owners.usage import usage


def lines(rules: Any) -> Any:
    return [rule.line for rule in rules]


def test_rules_are_sorted_into_those_that_match_nothing_and_those_that_decide_nothing() -> None:
    text = b"* @a\n*.md @b\n/gone/ @c\n/docs/z/ @z\n/docs/ @d\n*.md @e\n"
    ownership = load("github", lambda path: text if path == "CODEOWNERS" else None)
    found = usage(ownership, ["a", "x.md", "docs/y.md", "docs/z/a"])
    assert lines(found.unused) == [3]
    assert [(rule.line, winner.line) for rule, winner in found.shadowed] == [(4, 5)]
    assert lines(found.repeated) == [2]
    assert (found.unowned, found.cleared) == ((), ())


def test_unowned_and_cleared_paths_are_kept_apart() -> None:
    ownership = load("github", lambda path: b"/a/ @a\n/a/gen/\n" if path == "CODEOWNERS" else None)
    found = usage(ownership, ["a/x", "a/gen/y", "z"])
    assert found.cleared == ("a/gen/y",)
    assert found.unowned == ("z",)


def test_sections_do_not_shadow_each_other_and_exclusions_are_of_use() -> None:
    text = b"* @a\n[S]\n* @s\n!*.md\n[T]\n*.c @t\n"
    ownership = load("gitlab", lambda path: text if path == "CODEOWNERS" else None)
    found = usage(ownership, ["x.md", "x"])
    assert lines(found.unused) == [6]
    assert found.shadowed == ()


def test_rules_that_add_up_are_never_shadowed() -> None:
    ownership = load("gitea", lambda path: b".* @a\nx @b\ny @c\n" if path == "CODEOWNERS" else None)
    found = usage(ownership, ["x"])
    assert lines(found.unused) == [3]
    assert found.shadowed == ()


def test_owners_that_are_imported_are_of_use() -> None:
    files = {"d/OWNERS": b"file:/X_OWNERS\n", "X_OWNERS": b"x@x.y\n"}
    assert usage(load("gerrit", files.get), ["d/a"]).unused == ()


def test_rules_that_add_up_repeat_only_what_is_said_in_full_again() -> None:
    ownership = load("gitea", lambda path: b"x @a\nx @b\nx @a\n" if path == "CODEOWNERS" else None)
    assert lines(usage(ownership, ["x"]).repeated) == [1]


def test_each_layer_of_shadowed_rules_is_found() -> None:
    text = b"/a/b/c/ @1\n/a/b/ @2\n/a/ @3\n* @4\n"
    ownership = load("github", lambda path: text if path == "CODEOWNERS" else None)
    found = usage(ownership, ["a/b/c/d", "x"])
    assert [(rule.line, winner.line) for rule, winner in found.shadowed] == [(1, 4), (2, 4), (3, 4)]
    assert found.unused == ()


RULES = st.lists(st.sampled_from(["*", "/a/", "a", "*.py", "/a/*", "b/**", "/x/", "/a/b.py"]), min_size=1, max_size=9)
PATHS = st.lists(st.sampled_from(["a/b.py", "a/a", "b/a/x", "c.py", "x", "a"]), min_size=1, max_size=6)


@settings(deadline=None)
@given(RULES, PATHS)
def test_what_matches_is_what_trying_every_pair_finds(rules: list[str], paths: list[str]) -> None:
    for dialect in ("github", "gitlab"):
        text = "".join(f"{rule} @x\n" for rule in rules).encode()
        ownership = load(dialect, lambda path, text=text: text if path == "CODEOWNERS" else None)  # type: ignore[misc]
        found = ownership.first_matches(ownership.rules, paths)
        for rule in ownership.rules:
            matching = [path for path in paths if ownership.matches(rule, path)]
            assert (found[rule] in matching) if matching else (rule not in found)
