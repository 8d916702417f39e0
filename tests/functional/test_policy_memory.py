"""A commit recalls the policy that was read last, and only where it is the very one that is trusted."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.project import Project

from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.policy_memory import recall_policy
from pytest_syncpoints.gather.trust import TrustRoots

MEMORY = ".git/syncpoints/policy"
POLICY = """\
[change]
exclude = ["*.lock"]
[people]
Bob = ["bob@example.org", "@bob"]
[teams.ops]
members = ["bob@example.org"]
tempo = "9d"
[teams.platform]
members = ["@acme/platform"]
[components.ledger]
paths = ["ledger/"]
tier = "critical"
follows = ["docs/"]
[syncpoints.ledger-ops]
components = ["ledger"]
participants = [{ team = "TEAM", purpose = "permission" }]
[norms.timeout]
call = "requests.get"
require_keyword = "timeout"
[incidents.outage]
components = ["ledger"]
date = "2025-01-01"
[rules]
SIZ = "off"
[[exemptions]]
rule = "OWN002"
because = "old"
"""


@pytest.fixture
def ledger(project: Project) -> Project:
    project.commit({"syncpoints.toml": POLICY.replace("TEAM", "ops"), "ledger/a.py": "1\n"})
    project.stage({"ledger/a.py": "2\n"})
    return project


def test_what_is_recalled_is_what_was_read(ledger: Project) -> None:
    assert ledger.hook("staged").code == 0
    repository = Discovery().repository()
    with Objects(repository) as objects:
        trusted = objects.commit("HEAD")
        read = TrustRoots(objects, trusted).policy()
        recalled = TrustRoots(objects, trusted, memory=repository.common_dir).policy()
    assert read.blob is not None
    assert recall_policy(repository.common_dir, "syncpoints.toml", read.blob) is not None
    assert repr(recalled) == repr(read)


def test_another_policy_is_read_at_once(ledger: Project) -> None:
    assert "(ops)" in ledger.hook("staged").out
    ledger.commit({"syncpoints.toml": POLICY.replace("TEAM", "platform")})
    ledger.stage({"ledger/a.py": "3\n"})
    assert "(platform)" in ledger.hook("staged").out


@pytest.mark.parametrize("content", [b"", b"no marshal", b"\xe3\x00", b"("])
def test_a_damaged_memory_is_no_memory(ledger: Project, content: bytes) -> None:
    said = ledger.hook("staged").out
    Path(MEMORY).write_bytes(content)
    assert ledger.hook("staged").out == said


def test_where_nothing_can_be_kept_the_policy_is_read_each_time(ledger: Project) -> None:
    Path(".git/syncpoints").write_text("in the way", encoding="utf-8")
    assert "(ops)" in ledger.hook("staged").out
    assert "(ops)" in ledger.hook("staged").out


def test_a_review_that_decides_recalls_nothing(ledger: Project) -> None:
    ledger.run("check", "--commit", "HEAD", "--door", "ci")
    ledger.run("check", "--staged", "--door", "ci")
    assert not Path(MEMORY).exists()


def test_a_commit_that_mends_a_faulty_policy_is_judged_by_the_mended_one(ledger: Project) -> None:
    ledger.commit({"syncpoints.toml": POLICY.replace("TEAM", "osp")})
    ledger.stage({"ledger/a.py": "3\n"})
    assert ledger.hook("staged").code == 2
    ledger.stage({"syncpoints.toml": POLICY.replace("TEAM", "platform")})
    outcome = ledger.hook("staged")
    assert (outcome.code, "(platform)" in outcome.out) == (0, True), outcome
    ledger.stage({"syncpoints.toml": POLICY.replace("TEAM", "pops")})
    assert ledger.hook("staged").code == 2
    assert ledger.run("check", "--staged", "--door", "ci").code == 2
