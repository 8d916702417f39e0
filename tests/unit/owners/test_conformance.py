"""Every dialect against its table of cases (tests/data/owners/DIALECT.json: each group names its source)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_syncpoints.owners import load

DATA = Path(__file__).parents[2] / "data" / "owners"
AT = {
    "github": ".github/CODEOWNERS",
    "gitlab": ".gitlab/CODEOWNERS",
    "gitea": ".gitea/CODEOWNERS",
    "bitbucket": ".bitbucket/CODEOWNERS",
}
LEAST = {"github": 300, "gitlab": 150, "gitea": 30, "bitbucket": 30, "prow": 30, "chromium": 30, "gerrit": 30}


def cases(dialect: str) -> Any:
    return list(_cases(dialect))


def _cases(dialect: str) -> Any:
    for group in json.loads((DATA / f"{dialect}.json").read_text(encoding="utf-8")):
        files = group["files"] if "files" in group else {AT[dialect]: group["text"]}
        for path, expected in group["paths"].items():
            yield pytest.param(files, path, expected, id=f"{group['name']}: {path}")


def ownership(dialect: str, files: Any) -> Any:
    return load(dialect, lambda path: files[path].encode() if path in files else None)


def owners(owned: Any) -> Any:
    return list(owned.owners) if owned.matched else None


@pytest.mark.parametrize(("files", "path", "expected"), cases("github"))
def test_github_by_search(files: Any, path: str, expected: Any) -> None:
    assert owners(ownership("github", files).owners_of(path)) == expected


@pytest.mark.parametrize(("files", "path", "expected"), cases("github"))
def test_github_by_index(files: Any, path: str, expected: Any) -> None:
    ((_, owned),) = ownership("github", files).owned([path])
    assert owners(owned) == expected


@pytest.mark.parametrize(("files", "path", "expected"), cases("gitlab"))
def test_gitlab_by_search_and_by_index(files: Any, path: str, expected: Any) -> None:
    resolver = ownership("gitlab", files)
    for _ in range(6):
        owned = resolver.owners_of(path)
        assert [[s.name, list(s.owners), s.optional, s.approvals, s.line] for s in owned.sections] == expected
        assert owned.matched is bool(expected)
        assert list(owned.owners) == list(dict.fromkeys(owner for row in expected for owner in row[1]))


@pytest.mark.parametrize(("files", "path", "expected"), cases("gitea"))
def test_gitea(files: Any, path: str, expected: Any) -> None:
    assert owners(ownership("gitea", files).owners_of(path)) == expected


@pytest.mark.parametrize(("files", "path", "expected"), cases("bitbucket"))
def test_bitbucket(files: Any, path: str, expected: Any) -> None:
    assert owners(ownership("bitbucket", files).owners_of(path)) == expected


@pytest.mark.parametrize(("files", "path", "expected"), cases("chromium"))
def test_chromium(files: Any, path: str, expected: Any) -> None:
    assert owners(ownership("chromium", files).owners_of(path)) == expected


@pytest.mark.parametrize(("files", "path", "expected"), cases("gerrit"))
def test_gerrit(files: Any, path: str, expected: Any) -> None:
    assert owners(ownership("gerrit", files).owners_of(path)) == expected


@pytest.mark.parametrize(("files", "path", "expected"), cases("prow"))
def test_prow(files: Any, path: str, expected: Any) -> None:
    owned = ownership("prow", files).owners_of(path)
    assert owned.matched is bool(owned.owners)
    assert owned.owners == tuple((expected or {}).get("approvers", ()))
    assert {role: list(logins) for role, logins in owned.roles.items()} == (expected or {})


@pytest.mark.parametrize(("dialect", "least"), LEAST.items())
def test_the_tables_are_as_large_as_promised(dialect: str, least: int) -> None:
    assert len(cases(dialect)) >= least


@pytest.mark.parametrize("dialect", LEAST)
def test_explain_names_the_deciding_line(dialect: str) -> None:
    """Whoever owns a path, the rules that explain() says decide are where the owners come from."""
    for case in cases(dialect):
        files, path, _ = case.values
        resolver = ownership(dialect, files)
        owned = resolver.owners_of(path)
        deciding = [each.rule for each in resolver.explain(path) if each.decides and not each.rule.exclusion]
        if dialect == "gitea":
            deciding = [each.rule for each in resolver.explain(path) if each.decides]
        if dialect == "prow":
            deciding = [rule for rule in deciding if rule.owners]
        assert (owned.source is None) is (not deciding), case.id
        if owned.source is not None:
            assert owned.source in [rule.source for rule in deciding], case.id
            assert all(resolver.matches(rule, path) for rule in deciding), case.id
