"""A policy's text becomes a Policy, or every fault in it with its place and the way out."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.bad_policies import BAD, Bad

from pytest_syncpoints.errors import PolicyError, SyncpointsError, UsageError
from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.policy import (
    Component,
    Exemption,
    FlowLimits,
    Incident,
    MachineLimits,
    Norm,
    Participant,
    PersonEntry,
    Policy,
    RuleLevels,
    Signers,
    Syncpoint,
    Team,
)

SMALLEST = """\
[teams.ops]
members = ["@acme/ops", "alice@example.org", "bob@example.org"]
[syncpoints.ledger-ops]
paths = ["src/billing/ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
"""
FULL = """\
plugins = []
[change]
budget = 400
limit = 1200
exclude = ["*.lock", "docs/_generated/"]
[ownership]
dialect = "auto"
require = ["src/"]
[people]
alice = ["@alice", "alice@example.org", "alice@home.example"]
[teams.ops]
members = ["@acme/ops", "alice", "bob@example.org"]
tempo = "14d"
capacity = "6h/week"
[teams.platform]
members = ["@carol"]
[teams.payments]
members = ["@dave"]
[components.ledger]
paths = ["src/billing/ledger/"]
tier = "critical"
budget = 120
follows = ["docs/runbooks/ledger.md"]
contract_tests = ["tests/contracts/ledger/"]
[syncpoints.ledger-ops]
components = ["ledger"]
when = ["touched"]
content = []
participants = [
  { team = "ops", purpose = "permission", approvals = 1 },
  { team = "platform", purpose = "compliance", unless_norms = ["http-timeout"] },
  { team = "payments", purpose = ["awareness", "learning"] },
]
accept = ["review", "signature"]
bind = "hunks"
waivable_by = ["ops"]
[norms.http-timeout]
call = "requests.*"
require_keyword = "timeout"
replace = "platform.http.{name}"
why = "2026-03-02: an unbounded call stopped billing for 40 minutes"
[incidents.2026-03-02-ledger]
components = ["ledger"]
date = 2026-03-02
half_life = "90d"
norm = "http-timeout"
[flow]
open_changes = { per_author = 3, per_component = 5 }
stale_after = "14d"
[signers]
file = ".syncpoints/allowed_signers"
[machine]
authors = ["*[bot]@*"]
lines_per_week = 2000
[rules]
SIZ002 = "warn"
EVD = { local = "off", ci = "block" }
[[exemptions]]
rule = "SIZ002"
paths = ["src/vendor_sync/"]
because = "one-time import"
until = 2027-01-31
"""


def read(text: str | bytes, path: str = "syncpoints.toml") -> Policy | None:
    content = text.encode() if isinstance(text, str) else text
    return read_policy(content, path=path, commit=None, blob=None)


def faults(text: str | bytes, path: str = "syncpoints.toml") -> list[tuple[str, str, str]]:
    """Return place, message and remedy of each fault."""
    with pytest.raises(PolicyError) as caught:
        read(text, path)
    return [(fault.where, fault.message, fault.remedy) for fault in caught.value.faults]


def test_the_smallest_policy_has_the_defaults_of_its_page() -> None:
    assert read(SMALLEST) == Policy(
        path="syncpoints.toml",
        teams=(Team("ops", ("@acme/ops", "alice@example.org", "bob@example.org"), tempo_days=30),),
        components=(Component("ledger-ops", ("src/billing/ledger/",), implicit=True),),
        syncpoints=(
            Syncpoint(
                name="ledger-ops",
                components=("ledger-ops",),
                participants=(Participant("ops", ("permission",), approvals=1),),
                when=("touched",),
                accept=("review", "signature"),
                bind=None,
                waivable_by=None,
            ),
        ),
    )


def test_the_full_policy_is_read_key_by_key() -> None:
    assert read(FULL) == Policy(
        path="syncpoints.toml",
        budget=400,
        limit=1200,
        exclude=("*.lock", "docs/_generated/"),
        require=("src/",),
        people=(PersonEntry("alice", ("@alice", "alice@example.org", "alice@home.example")),),
        teams=(
            Team("ops", ("@acme/ops", "alice", "bob@example.org"), 14, 360),
            Team("platform", ("@carol",)),
            Team("payments", ("@dave",)),
        ),
        components=(
            Component(
                "ledger",
                ("src/billing/ledger/",),
                tier="critical",
                budget=120,
                follows=("docs/runbooks/ledger.md",),
                contract_tests=("tests/contracts/ledger/",),
            ),
        ),
        syncpoints=(
            Syncpoint(
                name="ledger-ops",
                components=("ledger",),
                participants=(
                    Participant("ops", ("permission",)),
                    Participant("platform", ("compliance",), unless_norms=("http-timeout",)),
                    Participant("payments", ("awareness", "learning")),
                ),
                bind="hunks",
                waivable_by=("ops",),
            ),
        ),
        norms=(
            Norm(
                "http-timeout",
                "2026-03-02: an unbounded call stopped billing for 40 minutes",
                call="requests.*",
                require_keyword="timeout",
                replace="platform.http.{name}",
            ),
        ),
        incidents=(Incident("2026-03-02-ledger", ("ledger",), "2026-03-02", 90, "http-timeout"),),
        flow=FlowLimits(3, 5, 14),
        signers=Signers(".syncpoints/allowed_signers"),
        machine=MachineLimits(("*[bot]@*",), 2000),
        rules=(RuleLevels("SIZ002", "warn", "warn"), RuleLevels("EVD", "off", "block")),
        exemptions=(Exemption("SIZ002", "one-time import", ("src/vendor_sync/",), "2027-01-31"),),
    )


def test_an_empty_policy_is_a_policy_of_defaults() -> None:
    assert read("") == Policy(path="syncpoints.toml")


def test_a_forge_team_may_be_used_undeclared() -> None:
    found = read('[syncpoints.p]\npaths = ["a"]\nparticipants = [{ team = "@acme/ops", purpose = "permission" }]\n')
    assert found is not None
    assert found.teams == (Team("@acme/ops", ("@acme/ops",), declared=False),)


def test_a_table_for_a_forge_team_need_not_repeat_it() -> None:
    found = read('[teams."@acme/ops"]\ntempo = "7d"\n')
    assert found is not None
    assert found.teams == (Team("@acme/ops", ("@acme/ops",), 7),)


def test_a_limit_may_equal_the_budget() -> None:
    found = read("[change]\nbudget = 300\nlimit = 300\n")
    assert found is not None
    assert (found.budget, found.limit) == (300, 300)


def test_literals_alone_touch_a_sync_point_only_where_they_stand() -> None:
    found = read(
        '[syncpoints.p]\ncontent = ["DROP"]\nparticipants = [{ team = "@acme/ops", purpose = "permission" }]\n'
    )
    assert found is not None
    assert found.syncpoints[0].when == ()


def test_the_policy_of_a_pyproject_is_its_tool_table() -> None:
    assert read("[tool.syncpoints.change]\nlimit = 500\n", "pyproject.toml") == Policy(path="pyproject.toml", limit=500)
    assert read("[project]\nname = 'x'\n", "pyproject.toml") is None


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_fault_is_told_with_its_place_and_the_way_out(bad: Bad) -> None:
    line, column = bad.at
    found = faults(bad.text)
    assert len(found) == 1, found
    where, message, remedy = found[0]
    assert bad.says in message
    assert bad.remedy in remedy
    assert where == f"syncpoints.toml:{line}:{column}"
    assert len(message) < 200
    assert message.isprintable()


def moved(text: str) -> str:
    """Return a policy as it would stand in a pyproject.toml, one line below a table of its own."""
    lines = []
    for line in text.split("\n"):
        brackets = "[[" if line.startswith("[[") else "[" if line.startswith("[") else ""
        lines.append(f"{brackets}tool.syncpoints.{line[len(brackets) :]}" if brackets else line)
    return "[tool.syncpoints]\n" + "\n".join(lines)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_fault_in_a_pyproject_is_told_at_its_place_there(bad: Bad) -> None:
    line, column = bad.at
    found = faults(moved(bad.text), "pyproject.toml")
    assert [where for where, _, _ in found] == [f"pyproject.toml:{line + 1}:{column}"]
    assert bad.says in found[0][1].replace("tool.syncpoints.", "")


def test_every_fault_is_told_at_once_in_the_order_of_the_file() -> None:
    found = faults(
        '[change]\nbudget = "x"\nlimt = 3\n'
        '[teams.ops]\nmembers = ["nobody"]\ntempo = 3\n'
        '[syncpoints.p]\ncomponents = ["q"]\nparticipants = [{ team = "opps", purpose = "permit" }]\n'
        '[rules]\nXYZ = "loud"\n'
        '[[exemptions]]\nrule = "SIZ"\n'
    )
    places = [where.removeprefix("syncpoints.toml:") for where, _, _ in found]
    assert places == ["2:1", "3:1", "5:12", "6:1", "8:15", "9:19", "9:34", "11:1", "11:1", "12:1"]


def test_what_only_follows_from_a_fault_is_not_told_again() -> None:
    found = faults(
        "[teams.ops]\nmembers = 3\n[syncpoints.p]\n"
        'paths = ["a"]\nparticipants = [{ team = "ops", purpose = "permission" }]\n'
    )
    assert [message for _, message, _ in found] == ["members is an integer 3, expected an array of strings"]


BYTES = {
    "a byte that is not UTF-8": (b"[change]\nbudget = 1 # \xff\n", "2:14", "not UTF-8"),
    "UTF-16": ("[change]\n".encode("utf-16"), "1:1", "not UTF-8"),
    "NUL": (b"[change]\nbudget = \x00\n", "2:10", "not TOML"),
    "a lone carriage return": (b"[change]\rbudget = 1\n", "1:9", "not TOML"),
    "2 MB": (b"#" * (2 << 20), "1:1", "2,097,152 bytes"),
    "lists nested 2,000 deep": (b"\na = " + b"[" * 2000 + b"]" * 2000, "2:1", "nested too deeply"),
    "tables nested 2,000 deep": (b"\na = " + b"{a=" * 2000 + b"1" + b"}" * 2000, "2:1", "nested too deeply"),
    "lists nested 300 deep": (b"\na = " + b"[" * 300 + b"]" * 300, "2:1", "there is no key 'a'"),
    "a key of 2,000 parts": (b"\n" + b"a." * 2000 + b"a = 1", "2:1", "more than 100 parts"),
    "a header of 2,000 parts": (b"\n[" + b"a." * 2000 + b"a]", "2:1", "more than 100 parts"),
    "an inline key of 2,000 parts": (b"\nb = {" + b"a." * 2000 + b"a = 1}", "2:1", "nested too deeply"),
    "30 kB of dots": (b"." * 30_000, "1:1", "more than 100 parts"),
    "a number of 5,000 digits": (b"[change]\nbudget = " + b"9" * 5000, "2:1", "a number is too long"),
    "an unfinished string": (b'[change]\nexclude = ["a\n', "2:14", "not TOML"),
    "an unfinished document": (b"[change]\nbudget =", "2:9", "not TOML"),
    "a key twice": (b"[change]\nbudget = 1\nbudget = 2\n", "3:11", "not TOML"),
    "a merge conflict": (b"<<<<<<< HEAD\n[change]\n", "1:1", "not TOML"),
}


@pytest.mark.parametrize(("content", "place", "says"), BYTES.values(), ids=BYTES.keys())
def test_bytes_that_are_no_policy_are_one_clear_line(content: bytes, place: str, says: str) -> None:
    [(where, message, _)] = faults(content)
    assert where == f"syncpoints.toml:{place}"
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf[change]\r\nlimit = 500\r\n", b"# " + b"." * 500 + b"\n[change]\nlimit = 500"]
)
def test_a_byte_order_mark_windows_line_ends_and_rows_of_dots_do_no_harm(content: bytes) -> None:
    found = read(content)
    assert found is not None
    assert found.limit == 500


def test_a_fault_behind_a_byte_order_mark_and_windows_line_ends_is_at_its_place() -> None:
    assert faults(b"\xef\xbb\xbflimt = 1\r\n[change]\r\nlimt = 3\r\n")[1][0] == "syncpoints.toml:3:1"


def clear_or_told(content: bytes, path: str) -> None:
    """Read a policy; whatever is wrong must have a place and fit on a line."""
    told: tuple[SyncpointsError, ...] = ()
    try:
        read(content, path)
    except PolicyError as error:
        told = error.faults or (UsageError("nothing was told"),)
    for fault in told:
        line, column = fault.where.removeprefix(f"{path}:").split(":")
        assert int(line) >= 1
        assert int(column) >= 1
        assert "\n" not in fault.message


@given(st.binary(max_size=200))
@example(b"[tool]\nsyncpoints = 3")
def test_any_bytes_are_a_policy_or_told_as_none(content: bytes) -> None:
    clear_or_told(content, "syncpoints.toml")
    clear_or_told(content, "pyproject.toml")


WORDS = (
    "3",
    "-1",
    "1.5",
    "nan",
    "true",
    '"x"',
    '""',
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "2026-03-02",
    "10:00",
    '["a"]',
    "{ a = 1 }",
    "1e999",
)


@given(st.data())
def test_a_policy_with_one_value_replaced_is_a_policy_or_told_as_none(data: st.DataObject) -> None:
    lines = FULL.split("\n")
    pairs = [
        number
        for number, line in enumerate(lines)
        if " = " in line and not line.startswith(" ") and not line.endswith("[")
    ]
    number = data.draw(st.sampled_from(pairs))
    lines[number] = f"{lines[number].partition(' = ')[0]} = {data.draw(st.sampled_from(WORDS))}"
    clear_or_told("\n".join(lines).encode(), "syncpoints.toml")


@given(
    st.integers(0, len(FULL)),
    st.integers(0, 12),
    st.sampled_from([b"", b'"', b"]", b"[", b"\xff", b"\n", b"=", b".", b"{", b"\\"]),
)
def test_a_mutilated_policy_is_a_policy_or_told_as_none(at: int, cut: int, put: bytes) -> None:
    content = FULL.encode()
    clear_or_told(content[:at] + put + content[at + cut :], "syncpoints.toml")


HOSTILE = {
    "unknown keys": "".join(f"a{number} = 1\n" for number in range(60_000)),
    "unknown keys, one a table": "".join(f"[teams.t{number}]\nx = 1\n" for number in range(30_000)),
    "unknown teams": "".join(
        f'[syncpoints.p{n}]\npaths=["a"]\nparticipants=[{{team="x{n}",purpose="permission"}}]\n' for n in range(8_000)
    ),
    "unknown components": "".join(
        f'[components.c{n}]\npaths=["a"]\n[incidents.i{n}]\ndate=2026-01-01\ncomponents=["d{n}"]\n'
        for n in range(8_000)
    ),
    "unknown triggers": "[syncpoints.p]\nwhen = [" + "'x', " * 100_000 + "]\n",
    "unknown rules": "[rules]\n" + "".join(f"X{number} = 1\n" for number in range(60_000)),
    "one long name": f"{'a' * 900_000} = 1\n",
    "patterns twice": "[change]\nexclude = [" + "'a', " * 100_000 + "]\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_policy_of_nothing_but_faults_is_told_in_part(text: str) -> None:
    """What a change makes of the policy is read too: its faults must not cost minutes."""
    assert len(text) < 1 << 20
    assert 1 <= len(faults(text)) <= 200
