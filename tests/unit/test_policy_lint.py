"""Lint finds what a well-formed policy cannot have meant, at its place."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.policy_lint import LintFault, lint_policy

TRACKED = ("src/a.py", "src/b/c.py", "docs/run.md", "tests/contracts/test_a.py", "uv.lock")
TODAY = "2026-05-01"


@dataclass(frozen=True)
class Case:
    text: str
    at: tuple[int, int]
    level: str
    says: str
    remedy: str = ""


OPS = '[teams.ops]\nmembers = ["alice@example.org"]\n'
ASKED = 'participants = [{ team = "ops", purpose = "permission" }]\n'
POINT = OPS + '[syncpoints.p]\npaths = ["src/"]\n' + ASKED  # five lines
CASES = {
    "an excluded pattern": Case(
        '[change]\nexclude = ["*.lock", "*.min.js"]\n', (2, 22), "fault", "'*.min.js' matches no", "mend"
    ),
    "a path that needs an owner": Case('[ownership]\nrequire = ["scr/"]\n', (2, 12), "fault", "'scr/'", "'src/'"),
    "a file where a folder is meant": Case(
        '[ownership]\nrequire = ["docs/run.md/"]\n', (2, 12), "fault", "'docs/run.md/'"
    ),
    "a component's path": Case(
        '[components.c]\npaths = ["src/",\n "src/d/"]\nbudget = 9\n', (3, 2), "fault", "'src/d/'", "'src/b/'"
    ),
    "a sync point's path": Case(POINT.replace('"src/"', '"sre/"'), (4, 10), "fault", "'sre/'", "'src/'"),
    "what should follow": Case(
        '[components.c]\npaths = ["src/"]\nfollows = ["docs/rum.md"]\n', (3, 12), "fault", "rum.md", "'docs/run.md'"
    ),
    "contract tests": Case(
        '[components.c]\npaths = ["src/"]\ncontract_tests = ["tests/contract/"]\n', (3, 19), "fault", "tests/contract/"
    ),
    "an exempted path": Case('[[exemptions]]\nrule = "SIZ"\nbecause = "x"\npaths = ["a/"]\n', (4, 10), "fault", "'a/'"),
    "where a norm holds": Case('[norms.n]\ncall = "f"\nwithin = ["lib/"]\n', (3, 11), "fault", "'lib/'"),
    "where a norm does not hold": Case('[norms.n]\ncall = "f"\nexcept_in = ["lib/"]\n', (3, 14), "fault", "'lib/'"),
    "a team that nobody asks": Case(POINT + "[teams.docs]\n", (6, 1), "note", "no sync point asks the team docs"),
    "a component that nothing uses": Case(
        '[components.c]\npaths = ["src/"]\n', (1, 1), "note", "nothing uses the component c"
    ),
    "trailers as sign-offs": Case(
        POINT + 'accept = ["review", "trailer"]\n', (6, 1), "note", "can type", 'accept = ["review"'
    ),
    "an exemption that has ended": Case(
        '[[exemptions]]\nrule = "SIZ"\nbecause = "x"\nuntil = 2026-04-30\n',
        (4, 1),
        "fault",
        "ended on 2026-04-30",
        "remove it",
    ),
    "an experiment that has ended": Case(
        '[components.c]\npaths = ["src/"]\ntier = "experiment"\nuntil = 2026-04-30\n',
        (4, 1),
        "note",
        "its sync points count now",
    ),
    "an incident to come": Case(
        '[components.c]\npaths = ["src/"]\n[incidents.i]\ncomponents = ["c"]\ndate = 2026-05-02\n',
        (5, 1),
        "fault",
        "in the future",
    ),
    "a signers file that is not there": Case(
        '[signers]\nfile = "keys"\n', (2, 1), "fault", "does not track", "git add keys"
    ),
    "a loop whose people only the forge knows": Case(
        POINT.replace("alice@example.org", "@acme/ops"),
        (5, 19),
        "note",
        "who is in @acme/ops only the forge knows",
        "[teams.ops]",
    ),
    "an undeclared loop of the forge": Case(
        '[syncpoints.p]\npaths = ["src/"]\n' + ASKED.replace('"ops"', '"@acme/ops"'),
        (3, 19),
        "note",
        "@acme/ops",
        '[teams."@acme/ops"]',
    ),
}


def linted(text: str, path: str = "syncpoints.toml") -> tuple[LintFault, ...]:
    policy = read_policy(text.encode(), path=path, commit=None, blob=None)
    assert policy is not None
    return lint_policy(policy, text, TRACKED, TODAY)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_lint_finds(case: Case) -> None:
    [found] = linted(case.text)
    assert (found.path, found.line, found.column, found.level) == ("syncpoints.toml", *case.at, case.level)
    assert case.says in found.message
    assert case.remedy in found.remedy


CLEAN = {
    "a policy that fits its tree": POINT,
    "an exemption on its last day": '[[exemptions]]\nrule = "SIZ"\nbecause = "x"\nuntil = 2026-05-01\n',
    "an incident of today": '[components.c]\npaths = ["src/"]\n[incidents.i]\ncomponents = ["c"]\ndate = 2026-05-01\n',
    "a loop of the forge that is only told": (
        '[syncpoints.p]\npaths = ["src/"]\nparticipants = [{ team = "@acme/ops", purpose = "awareness" }]\n'
    ),
    "a team that only waives": POINT + 'waivable_by = ["leads"]\n[teams.leads]\nmembers = ["@l"]\n',
    "a signers file that is tracked": '[signers]\nfile = "uv.lock"\n',
}


@pytest.mark.parametrize("text", CLEAN.values(), ids=CLEAN.keys())
def test_lint_has_nothing_to_say_of(text: str) -> None:
    assert linted(text) == ()


def test_faults_come_in_the_order_of_the_text() -> None:
    found = linted('[ownership]\nrequire = ["x/"]\n[change]\nexclude = ["y/"]\n')
    assert [(fault.line, fault.message) for fault in found] == [
        (2, "the pattern 'x/' matches no tracked file"),
        (4, "the pattern 'y/' matches no tracked file"),
    ]


def test_a_pyproject_is_linted_below_its_tool_table() -> None:
    [found] = linted('[tool.x]\n[tool.syncpoints.ownership]\nrequire = ["x/"]\n', "pyproject.toml")
    assert (found.path, found.line, found.column) == ("pyproject.toml", 3, 12)
