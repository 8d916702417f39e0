"""Summary: the sentence a review comes down to."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import (
    a_finding,
    a_participant,
    a_reported_syncpoint,
    a_size,
    a_survivor,
    an_evidence,
    an_outcome,
    some_mutants,
)
from tests.situations import SITUATIONS, SOME_MISSED

from pytest_syncpoints.finding import Exempted
from pytest_syncpoints.summary import PHRASES, needed, summary


def syncpoint(**statuses: str) -> Any:
    participants = tuple(a_participant(team=team, status=status.replace("_", "-")) for team, status in statuses.items())
    return a_reported_syncpoint(participants=participants)


MIGRATION = a_finding(rule="REV003", path="billing/migrations/0042.py")


@pytest.mark.parametrize(
    ("findings", "syncpoints", "line"),
    [
        pytest.param((), (), "clear", id="nothing"),
        pytest.param((a_finding(rule="DRF002"),), (), "clear", id="a note"),
        pytest.param((), (syncpoint(ops="met", platform="by-norm", docs="not-needed"),), "clear", id="everybody met"),
        pytest.param((), (syncpoint(ops="open"),), "1 sign-off missing (ops)", id="one open"),
        pytest.param(
            (MIGRATION,),
            (syncpoint(ops="open"),),
            "1 sign-off missing (ops); the migration cannot be undone",
            id="the story of the ledger",
        ),
        pytest.param((MIGRATION, MIGRATION), (), "2 migrations cannot be undone", id="two migrations"),
        pytest.param((a_finding(path="x.sql"),), (), "1 change cannot be undone", id="irreversible elsewhere"),
        pytest.param((), (syncpoint(ops="stale"),), "1 sign-off stale (ops)", id="one stale"),
        pytest.param(
            (),
            (syncpoint(ops="open", legal="stale", docs="open"),),
            "2 sign-offs missing (ops, docs); 1 sign-off stale (legal)",
            id="open and stale",
        ),
        pytest.param(
            (),
            (syncpoint(a="open", b="open", c="open", d="open", e="open"),),
            "5 sign-offs missing (a, b, c, 2 more)",
            id="many open",
        ),
        pytest.param((), (syncpoint(ops="waived"),), "clear; 1 sign-off waived (ops)", id="a waiver stays in sight"),
        pytest.param(
            (a_finding(rule="OWN001", path="a"), a_finding(rule="OWN001", path="b")),
            (syncpoint(ops="open"),),
            "blocked: 2 files have no owner; 1 sign-off missing (ops)",
            id="what blocks by itself comes first",
        ),
        pytest.param(
            (a_finding(rule="SIZ002"), a_finding(rule="HUM001")),
            (),
            "blocked: no person answers for the machine-written lines; 1,640 lines, over the limit of 1,200",
            id="machine-written and too large",
        ),
        pytest.param(
            (a_finding(rule="SIZ001", component="ledger"),), (), "ledger over budget", id="a component's budget"
        ),
        pytest.param((a_finding(rule="SIZ001"),), (), "1,640 lines, over the budget of 400", id="the budget"),
        pytest.param(
            (a_finding(rule="OWN001", exempted=Exempted(because="x")),), (), "clear", id="an exempted finding"
        ),
        pytest.param(
            (a_finding(rule="HUM001", level="note"),), (), PHRASES["HUM001"][0], id="a note the merge will need"
        ),
        pytest.param((a_finding(rule="ACM001"),), (), "ACM001 acme-rule", id="a plugin's rule"),
        pytest.param(
            (a_finding(rule="DRF001", who=("ops",), component="ledger"),),
            (),
            "ops lost touch with ledger",
            id="drift",
        ),
        pytest.param(
            tuple(a_finding(rule=rule) for rule in ("REV002", "SYN005", "POL001", "API001", "API002", "EVD005")),
            (),
            "test evidence is incomplete; 1 change has no way back; members of a team cannot be told; "
            "the policy is edited; and 2 more",
            id="more than fits",
        ),
        pytest.param((a_finding(rule="ACM\n001", name="x\r\ny"),), (), "ACM 001 x y", id="always one line"),
    ],
)
def test_findings_and_sign_offs_become_one_sentence(findings: Any, syncpoints: Any, line: str) -> None:
    assert summary(findings, syncpoints, a_size(effective=1640, limit=1200)) == line


def test_evidence_gives_its_counts() -> None:
    survivors = (a_survivor(), a_survivor(line=13))
    evidence = SOME_MISSED._replace(mutants=some_mutants(survivors=survivors))
    findings = (a_finding(rule="EVD001"), a_finding(rule="EVD004"))
    line = summary(findings, (), a_size(), evidence=evidence)
    assert line == "7/48 changed lines run by no test; 2 mutants survived"


def test_a_crashed_check_is_part_of_the_sentence() -> None:
    outcomes = (an_outcome(check="acme", status="crashed"), an_outcome())
    assert summary((), (), a_size(), outcomes=outcomes) == "check acme crashed"


def test_awareness_never_waits_for_anybody() -> None:
    participants = (
        a_participant(purpose="awareness", status="open"),
        a_participant(purpose="learning", status="stale"),
    )
    assert summary((), (a_reported_syncpoint(participants=participants),), a_size()) == "clear"


def test_purposes_of_one_team_at_one_syncpoint_are_one_sign_off() -> None:
    participants = (a_participant(), a_participant(purpose="compliance"))
    assert needed((a_reported_syncpoint(participants=participants),)) == "1 sign-off (ops)"


@pytest.mark.parametrize("rule", PHRASES)
def test_every_phrase_is_whole_for_one_and_for_many(rule: str) -> None:
    one, many = (summary((a_finding(rule=rule),) * count, (), a_size(), evidence=an_evidence()) for count in (1, 3))
    assert "{" not in one + many


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_sentences_of_the_situations_fit_a_heading(situation: str) -> None:
    line = SITUATIONS[situation]().verdict.summary
    assert len(line) <= 140
    assert "\n" not in line
