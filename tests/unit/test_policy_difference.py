"""An edit of the policy is told to its reviewer as what it would alter."""

from __future__ import annotations

import pytest

from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.policy import Policy
from pytest_syncpoints.policy_difference import differences

BASE = """\
[change]
limit = 1200
exclude = ["*.lock"]
[ownership]
require = ["src/"]
[people]
alice = ["@alice"]
[teams.ops]
members = ["@acme/ops", "alice"]
tempo = "14d"
[components.ledger]
paths = ["src/ledger/"]
[syncpoints.ledger-ops]
components = ["ledger"]
participants = [{ team = "ops", purpose = ["permission", "learning"], approvals = 2 }]
waivable_by = ["ops"]
[syncpoints.api]
paths = ["src/api/"]
participants = [{ team = "ops", purpose = "compliance" }]
[norms.timeout]
call = "requests.*"
[rules]
EVD = "warn"
[[exemptions]]
rule = "SIZ002"
because = "import"
"""
API = BASE[BASE.index("[syncpoints.api]") : BASE.index("[norms.timeout]")]
EDITS = {
    "a sync point is removed": (API, "", "removes sync point api"),
    "a sync point is added": (API, API + API.replace("api", "web"), "adds sync point web"),
    "a sync point no longer asks": (
        '["permission", "learning"]',
        '"learning"',
        "no longer asks ops for permission at sync point ledger-ops",
    ),
    "a sync point asks for more": (
        '"compliance"',
        '["compliance", "learning"]',
        "asks ops for learning at sync point api",
    ),
    "fewer approvals": (
        "approvals = 2",
        "approvals = 1",
        "lowers the approvals of ops (permission) at sync point ledger-ops from 2 to 1",
    ),
    "a norm stands in": (
        '"compliance" }',
        '"compliance", unless_norms = ["timeout"] }',
        "lets norm timeout stand in for ops at sync point api",
    ),
    "a sync point's own paths": ('"src/api/"', '"src/web/"', "takes src/api/ from the paths of sync point api"),
    "a weaker sign-off": (
        'waivable_by = ["ops"]\n',
        'waivable_by = ["ops"]\naccept = ["review", "signature", "trailer"]\n',
        "adds trailer to the accepted sign-offs of sync point ledger-ops",
    ),
    "a binding": (
        'waivable_by = ["ops"]\n',
        'waivable_by = ["ops"]\nbind = "none"\n',
        "sets binding of sync point ledger-ops to none",
    ),
    "who may waive": (
        'waivable_by = ["ops"]\n',
        "",
        "changes who may waive sync point ledger-ops from ops to the participant's team",
    ),
    "a limit is raised": ("limit = 1200", "limit = 2400", "raises the limit from 1,200 to 2,400"),
    "a limit is lowered": ("limit = 1200", "limit = 900", "lowers the limit from 1,200 to 900"),
    "a limit is removed": ("limit = 1200\n", "", "removes the limit (was 1,200)"),
    "a budget is raised": ("limit = 1200\n", "limit = 1200\nbudget = 800\n", "raises the budget from 400 to 800"),
    "fewer lines count": ('["*.lock"]', '["*.lock", "src/"]', "no longer counts the lines of src/"),
    "more lines count": ('exclude = ["*.lock"]\n', "", "counts the lines of *.lock"),
    "owners are not required": ('require = ["src/"]\n', "", "no longer requires owners below src/"),
    "a dialect": (
        "[ownership]\n",
        '[ownership]\ndialect = "gitlab"\n',
        "changes the owners files' dialect from auto to gitlab",
    ),
    "a member joins": ('"alice"]', '"alice", "@eve"]', "adds @eve to the members of team ops"),
    "a member leaves": (', "alice"]', "]", "takes alice from the members of team ops"),
    "a slower tempo": ('"14d"', '"30d"', "raises tempo (days) of team ops from 14 to 30"),
    "an identity": (
        '["@alice"]',
        '["@alice", "eve@example.org"]',
        "adds eve@example.org to the identities of person alice",
    ),
    "a component's tier": (
        'paths = ["src/ledger/"]\n',
        'paths = ["src/ledger/"]\ntier = "critical"\n',
        "changes tier of component ledger from normal to critical",
    ),
    "a component's place": ('"src/ledger/"', '"src/books/"', "takes src/ledger/ from the paths of component ledger"),
    "a norm is removed": ('[norms.timeout]\ncall = "requests.*"\n', "", "removes norm timeout"),
    "a level": ('EVD = "warn"', 'EVD = { local = "warn", ci = "off" }', "turns EVD from warn to off (ci)"),
    "a level that was none": (
        'EVD = "warn"',
        'EVD = "warn"\nSYN001 = "off"',
        "turns SYN001 from the default to off (ci)",
    ),
    "an exemption is added": (
        "[[exemptions]]\n",
        '[[exemptions]]\nrule = "SYN"\nbecause = "hurry"\n[[exemptions]]\n',
        "exempts everywhere from SYN without end (hurry)",
    ),
    "an exemption with bounds": (
        "[[exemptions]]\n",
        '[[exemptions]]\nrule = "SIZ"\npaths = ["a/"]\nuntil = 2027-01-31\nbecause = "b"\n[[exemptions]]\n',
        "exempts below a/ from SIZ until 2027-01-31 (b)",
    ),
    "an exemption ends": (
        '[[exemptions]]\nrule = "SIZ002"\nbecause = "import"\n',
        "",
        "ends the exemption from SIZ002 (import)",
    ),
    "signers": ("[rules]\n", '[signers]\nfile = "keys"\n[rules]\n', "sets file of signers to keys"),
    "machines": ("[rules]\n", '[machine]\nauthors = ["*@ci"]\n[rules]\n', "adds *@ci to the authors of machines"),
    "a plugin": ("[change]\n", 'plugins = ["acme"]\n[change]\n', "loads plugin acme"),
}


def policy(text: str) -> Policy:
    found = read_policy(text.encode(), path="syncpoints.toml", commit=None, blob=None)
    assert found is not None
    return found


@pytest.mark.parametrize(("old", "new", "clause"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_is_told(old: str, new: str, clause: str) -> None:
    assert old in BASE
    assert clause in differences(policy(BASE), policy(BASE.replace(old, new, 1)))


@pytest.mark.parametrize(("old", "new", "clause"), EDITS.values(), ids=EDITS.keys())
def test_nothing_that_was_not_edited_is_told(old: str, new: str, clause: str) -> None:
    """A moved path is two clauses, a level at both doors too; nothing is more."""
    assert len(differences(policy(BASE), policy(BASE.replace(old, new, 1)))) <= 2


def test_policies_that_judge_alike_do_not_differ() -> None:
    assert differences(policy(BASE), policy("# a comment\n" + BASE.replace("1200", "1_200"))) == ()


def test_what_guards_most_comes_first() -> None:
    edited = BASE.replace(API, "").replace("1200", "2400").replace('"alice"]', '"alice", "@eve"]')
    assert differences(policy(BASE), policy(edited)) == (
        "removes sync point api",
        "raises the limit from 1,200 to 2,400",
        "adds @eve to the members of team ops",
    )


def test_the_first_policy_is_told_by_what_it_adds() -> None:
    clauses = differences(Policy(), policy(BASE))
    assert "adds sync point ledger-ops" in clauses
    assert "sets the limit to 1,200" in clauses
