"""What rules are good for, over a list of paths."""

from __future__ import annotations

from typing import Any

from pytest_syncpoints.owners import load
from pytest_syncpoints.owners.usage import usage


def lines(rules: Any) -> Any:
    return [rule.line for rule in rules]


def test_rules_are_sorted_into_those_that_match_nothing_and_those_that_decide_nothing() -> None:
    text = b"* @a\n*.md @b\n/gone/ @c\n/docs/ @d\n*.md @e\n"
    ownership = load("github", lambda path: text if path == "CODEOWNERS" else None)
    found = usage(ownership, ["a", "x.md", "docs/y.md", "docs/z"])
    assert lines(found.unused) == [3]
    assert [(rule.line, winner.line) for rule, winner in found.shadowed] == [(2, 5)]
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
