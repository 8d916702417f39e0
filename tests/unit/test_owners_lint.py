"""Lint finds what owners files cannot have meant, at its place, in every dialect."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.owners import NO_OWNERS, load
from pytest_syncpoints.owners_lint import lint_owners, lint_quiet, visible_owners
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY, Policy
from pytest_syncpoints.policy_lint import LintFault

TRACKED = ("CODEOWNERS", "README.md", "docs/api/a.md", "docs/b.md", "src/a.py")


@dataclass(frozen=True)
class Case:
    text: str
    line: int
    level: str
    says: str
    dialect: str = "github"
    policy: str = ""


CASES = {
    "a rule that matches nothing": Case("* @a\n/scr/ @b\n", 2, "fault", "the rule /scr/ matches no tracked file"),
    "a rule that stands again": Case("*.md @a\n* @b\n*.md @c\n", 1, "fault", "the rule *.md stands again further down"),
    "a folder inside a later folder": Case(
        "* @a\n/docs/api/ @b\n/docs/ @c\n",
        2,
        "fault",
        "the rule /docs/api/ decides nothing: line 3 (/docs/) comes later",
    ),
    "anything before a line for everything": Case("/docs/ @b\n* @a\n", 1, "fault", "line 2 (*) comes later"),
    "a rule others happen to take all files from": Case(
        "*.py @a\n/src/a.py @b\n/docs/ @c\n/CODEOWNERS @c\n/README.md @c\n",
        1,
        "note",
        "decides nothing: line 2 (/src/a.py) comes later, or others do",
    ),
    "files no rule matches": Case(
        "/docs/ @a\n", 1, "note", "3 tracked files without an owner: CODEOWNERS, README.md, src/a.py"
    ),
    "files that must have an owner": Case(
        "* @a\n/src/\n",
        1,
        "fault",
        "1 tracked file below src/ nobody owns: src/a.py",
        policy='[ownership]\nrequire = ["src/"]\n',
    ),
    "a line the host skips": Case("* @a\n!/docs/ @b\n", 2, "fault", "'!' does not negate here"),
    "an owner nobody knows": Case(
        "* @acme/ops @acme/new\n",
        1,
        "note",
        "the policy knows no @acme/new",
        policy='[teams.ops]\nmembers = ["@acme/ops"]\n',
    ),
    "a section's count that is none": Case(
        "[S][two]\n* @a\n", 1, "fault", "'[two]' is no count of approvals", dialect="gitlab"
    ),
    "a section's count nobody can reach": Case(
        "[S][3]\n* @a @b\n", 2, "fault", "[S] requires 3 approvals, and 2 may give one here", dialect="gitlab"
    ),
    "a GitLab pattern that stands again": Case(
        "[S]\n* @a\n[s]\n* @b\n", 2, "fault", "the pattern '*' stands again on line 4", dialect="gitlab"
    ),
    "a Gitea rule said in full again": Case(
        ".* @a\n.* @a\n", 1, "fault", "the rule .* stands again further down", dialect="gitea"
    ),
}


def linted(case: Case) -> tuple[LintFault, ...]:
    ownership = load(case.dialect, {"CODEOWNERS": case.text.encode()}.get)
    return lint_owners(ownership, TRACKED, policy(case.policy))


def policy(text: str) -> Policy:
    return read_policy(text.encode(), path="syncpoints.toml", commit=None, blob=None) or NO_POLICY


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_lint_finds(case: Case) -> None:
    [found] = linted(case)
    assert (found.path, found.line, found.level) == ("CODEOWNERS", case.line, case.level)
    assert case.says in found.message


CLEAN = {
    "rules that all decide something": Case("* @a\n/docs/ @b\n*.py @c\n", 0, "", ""),
    "a group that can be many": Case("[S][3]\n* @acme/ops\n", 0, "", "", dialect="gitlab"),
    "sections that overlap": Case("* @a\n[S]\n* @b\n", 0, "", "", dialect="gitlab"),
    "an exclusion": Case("* @a\n[S]\n* @b\n!README.md\n", 0, "", "", dialect="gitlab"),
    "rules that add up": Case(".* @a\n.*py @b\n", 0, "", "", dialect="gitea"),
    "a line that clears on purpose": Case("* @a\n/docs/\n", 0, "", ""),
    "owners the policy knows in any case": Case(
        "* @Acme/OPS\n", 0, "", "", policy='[teams.ops]\nmembers = ["@acme/ops"]\n'
    ),
}


@pytest.mark.parametrize("case", CLEAN.values(), ids=CLEAN.keys())
def test_lint_has_nothing_to_say_of(case: Case) -> None:
    assert linted(case) == ()


def test_without_owners_files_there_is_nothing_to_lint() -> None:
    assert lint_owners(NO_OWNERS, TRACKED, NO_POLICY) == ()


def test_files_in_directories_are_linted_together() -> None:
    files = {"OWNERS": b"a@x.org\n", "docs/OWNERS": b"per-file *.rst=b@x.org\nnot an address\n"}
    found = lint_owners(load("chromium", files.get), TRACKED, NO_POLICY)
    assert [(fault.path, fault.line) for fault in found] == [("docs/OWNERS", 1), ("docs/OWNERS", 2)]
    assert found[0].message == "the rule *.rst matches no tracked file"


def test_who_is_silent_is_told_once_where_history_can_show_them() -> None:
    """A bare handle may have taken part under any address, and so may a team whose people nobody lists."""
    known = policy(
        '[people]\nbob = ["@bob", "bob@x.org"]\ncarol = ["@carol", "carol@x.org"]\n'
        '[teams.ops]\nmembers = ["@acme/ops", "bob"]\n[teams.dev]\nmembers = ["@acme/dev"]\n'
    )
    people = People.build(known)
    text = b"* @acme/ops @bob @carol\n/a @acme/dev @handle @bob old@x.org\n"
    ownership = load("github", {"CODEOWNERS": text}.get)
    active = frozenset({people.key_of("carol@x.org")})
    assert [(fault.line, fault.message.split()[0]) for fault in lint_quiet(ownership, known, people, active)] == [
        (1, "@acme/ops"),
        (1, "@bob"),
        (2, "old@x.org"),
    ]
    assert visible_owners(ownership, known, people)
    hidden = load("github", {"CODEOWNERS": b"* @handle @acme/dev\n"}.get)
    assert not visible_owners(hidden, known, people)
