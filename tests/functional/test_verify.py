"""`syncpoints verify`: a report is true if git says the same, and whatever differs is listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.project import Outcome, Project

POLICY = """
[teams.ops]
members = ["@carol", "carol@example.org"]
[components.ledger]
paths = ["ledger/"]
[syncpoints.ledger-ops]
components = ["ledger"]
participants = [{ team = "ops", purpose = "permission" }]
accept = ["trailer"]
"""
EVIDENCE: dict[str, Any] = {
    "python": "3.13.0",
    "platform": "linux",
    "tree": None,
    "nonce": None,
    "complete": True,
    "incomplete_because": None,
    "collected": 1,
    "ran": 1,
    "tests": {"passed": 1},
    "nodeids": ["tests/test_a.py::test_a"],
    "files": {},
    "contracts": [],
    "mutants": None,
}


@pytest.fixture
def report(project: Project, tmp_path: Path) -> Path:
    project.commit({"syncpoints.toml": POLICY, "ledger/post.py": "a = 1\n"})
    project.branch("feature")
    project.commit({"ledger/post.py": "a = 2\n", "x.py": "x = 1\n"}, "Change the ledger")
    return reviewed(project, tmp_path / "report.json")


def reviewed(project: Project, path: Path, *words: str) -> Path:
    command = ("check", "--base", "main", "--head", "feature", "--door", "ci", "--format", "json")
    assert project.run(*command, *words, "-o", str(path)).code in (0, 1, 3)
    return path


def verified(project: Project, report: Path, *words: str) -> Outcome:
    return project.run("verify", str(report), "--base", "main", "--head", "feature", "--door", "ci", *words)


def edit(report: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(report.read_text())
    change(document)
    report.write_text(json.dumps(document))


def with_evidence(report: Path, **given: Any) -> None:
    """Let the report look as pytest writes it."""

    def change(document: dict[str, Any]) -> None:
        document["evidence"] = EVIDENCE | {"tree": document["change"]["tree"]} | given
        document["outcomes"] = [one for one in document["outcomes"] if one["check"] != "tests"]

    edit(report, change)


def test_a_report_nobody_touched_is_true(project: Project, report: Path) -> None:
    outcome = verified(project, report)
    assert outcome.code == 0, outcome
    assert outcome.out == "verified: git says the same; 1 sign-off missing (ops)\n"


def test_it_stays_true_while_the_target_branch_moves_on_elsewhere(project: Project, report: Path) -> None:
    project.git("switch", "-q", "main")
    project.commit({"elsewhere.py": "e = 1\n"})
    assert verified(project, report).code == 0


def test_it_is_true_from_any_checkout_of_the_same_commits(project: Project, report: Path) -> None:
    project.git("switch", "-q", "--detach", "main")
    assert verified(project, report).code == 0


EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a verdict turned": (lambda d: d["verdict"].update(blocked=False), "verdict.blocked"),
    "a summary that says clear": (lambda d: d["verdict"].update(summary="clear"), "verdict.summary"),
    "a finding removed": (lambda d: d["findings"].pop(0), "missing from the report (SYN001"),
    "a finding lowered": (lambda d: d["findings"][0].update(level="warn"), "level"),
    "a finding exempted": (
        lambda d: d["findings"][0].update(exempted={"because": "x", "until": None, "position": 0}),
        "exempted",
    ),
    "a finding reworded": (lambda d: d["findings"][0].update(message="fine"), "message"),
    "a participant who has met": (lambda d: d["syncpoints"][0]["participants"][0].update(status="met"), "status"),
    "a syncpoint removed": (lambda d: d["syncpoints"].clear(), "syncpoints[ledger-ops]: missing"),
    "a digest of other content": (lambda d: d["syncpoints"][0].update(digest="sha256:" + "0" * 64), "digest"),
    "no policy": (lambda d: d.update(policy=None), "policy"),
    "another policy": (lambda d: d["policy"].update(blob="0" * 40), "policy.blob"),
    "a file left out": (lambda d: d["change"]["files"].pop(), "change.files[x.py]: missing"),
    "a file twice": (lambda d: d["change"]["files"].append(d["change"]["files"][0]), "only in the report"),
    "fewer lines": (lambda d: d["change"]["size"].update(effective=0), "size.effective"),
    "another head": (lambda d: d["change"].update(head="0" * 40), "change.head"),
    "another merge base": (lambda d: d["change"].update(merge_base="0" * 40), "change.merge_base"),
    "another author": (lambda d: d["change"]["authors"][0].update(email="x@example.org"), "authors"),
    "an outcome that passed": (
        lambda d: next(o for o in d["outcomes"] if o["status"] == "raised").update(status="passed"),
        "outcomes[",
    ),
    "reviews that were looked at": (
        lambda d: d.update(outcomes=[o for o in d["outcomes"] if o["check"] != "reviews"]),
        "reviews: the report counts them",
    ),
    "another plan": (lambda d: d["plan"].update(sentence="nothing to do"), "plan.sentence"),
}


@pytest.mark.parametrize(("change", "said"), EDITS.values(), ids=EDITS)
def test_an_edited_report_differs(
    project: Project, report: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    edit(report, change)
    outcome = verified(project, report)
    assert outcome.code == 1, outcome
    assert [line for line in outcome.out.splitlines() if line.startswith("differs: ") and said in line], outcome


def test_a_commit_after_the_report_makes_it_differ(project: Project, report: Path) -> None:
    project.commit({"ledger/post.py": "a = 3\n"})
    assert verified(project, report).code == 1


def test_a_new_policy_at_the_target_makes_it_differ(project: Project, report: Path) -> None:
    project.git("switch", "-q", "main")
    project.commit({"syncpoints.toml": POLICY.replace("trailer", "review")})
    outcome = verified(project, report)
    assert outcome.code == 1
    assert "policy.blob" in outcome.out


def test_the_door_is_the_verifiers_own(project: Project, report: Path) -> None:
    outcome = verified(project, report, "--door", "local")
    assert outcome.code == 1
    assert "door: the report says 'ci', git says 'local'" in outcome.out


def test_a_report_of_suppositions_is_refused(project: Project, report: Path) -> None:
    reviewed(project, report, "--as-if", "signed:ops=carol@example.org")
    assert verified(project, report).code == 2


def test_an_exemption_that_has_expired_since_is_not_revived_by_the_reports_date(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = POLICY + '[[exemptions]]\nrule = "SYN001"\nbecause = "x"\nuntil = 2020-01-31\n'
    project.commit({"syncpoints.toml": expired, "ledger/post.py": "a = 1\n"})
    project.branch("feature")
    project.commit({"ledger/post.py": "a = 2\n"})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1577836800")  # 2020-01-01
    report = reviewed(project, tmp_path / "report.json")
    assert json.loads(report.read_text())["evaluated_at"].startswith("2020-01-01")
    edit(report, lambda d: d["findings"][0].update(exempted={"because": "x", "until": "2020-01-31", "position": 0}))
    assert verified(project, report).code == 1


def test_what_tests_did_is_listed_as_not_verified(project: Project, report: Path) -> None:
    with_evidence(report)
    outcome = verified(project, report)
    assert outcome.code == 0, outcome
    assert "not verified: test evidence: 1 tests ran, as the test job says" in outcome.out


def test_evidence_makes_no_missing_sign_off_milder(project: Project, report: Path) -> None:
    """A pytest run without reviews warns where `check` blocks; its report must not pass for the gate's."""
    project.git("switch", "-q", "main")
    project.commit({"syncpoints.toml": POLICY.replace('accept = ["trailer"]', "")})
    reviewed(project, report)
    with_evidence(report)
    assert verified(project, report).code == 0
    edit(report, lambda d: d["findings"][0].update(level="warn"))
    edit(report, lambda d: d["verdict"].update(blocked=False, blocking=[]))
    outcome = verified(project, report)
    assert outcome.code == 1, outcome
    assert "level: the report says 'warn', git says 'block'" in outcome.out


def test_a_finding_about_evidence_is_listed_as_not_verified(project: Project, report: Path) -> None:
    with_evidence(report)
    finding: dict[str, Any] = {
        **dict.fromkeys(("path", "line", "end_line", "component", "syncpoint", "class", "undo", "exempted")),
        "rule": "EVD001",
        "name": "changed-lines-not-run",
        "level": "warn",
        "message": "no test runs these 4 changed lines",
        "remedy": "",
        "who": [],
        "fingerprint": "a" * 32,
    }
    edit(report, lambda d: d["findings"].append(finding))
    edit(report, lambda d: d["verdict"].update(summary="1 sign-off missing (ops); 0/0 changed lines run by no test"))
    outcome = verified(project, report)
    assert outcome.code == 0, outcome
    assert "not verified: EVD001 changed-lines-not-run: no test runs these 4 changed lines" in outcome.out


def test_incomplete_evidence_never_verifies(project: Project, report: Path) -> None:
    with_evidence(report, complete=False, incomplete_because="the test session did not end in order")
    outcome = verified(project, report)
    assert outcome.code == 1
    assert "differs: evidence: incomplete (the test session did not end in order)" in outcome.out


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        pytest.param(None, "evidence: missing", id="missing"),
        pytest.param({"tree": "0" * 40}, "evidence: of another tree", id="of another tree"),
        pytest.param({"ran": 0, "nodeids": []}, "evidence: no test ran", id="of no test"),
        pytest.param({}, "", id="given"),
    ],
)
@pytest.mark.parametrize(
    "asking",
    ['[rules]\nEVD = { local = "off", ci = "block" }\n', "contract_tests"],
    ids=["by [rules]", "by contract tests"],
)
def test_where_the_policy_asks_for_evidence_it_must_be_there(
    project: Project, tmp_path: Path, asking: str, evidence: dict[str, Any] | None, said: str
) -> None:
    contracts = POLICY.replace('paths = ["ledger/"]', 'paths = ["ledger/"]\ncontract_tests = ["tests/contracts/"]')
    policy = contracts if asking == "contract_tests" else POLICY + asking
    project.commit({"syncpoints.toml": policy, "ledger/post.py": "a = 1\n"})
    project.branch("feature")
    project.commit({"ledger/post.py": "a = 2\n"})
    report = reviewed(project, tmp_path / "report.json")
    if evidence is not None:
        with_evidence(report, **evidence)
    outcome = verified(project, report)
    assert outcome.code == (1 if said else 0), outcome
    assert said in outcome.out


def test_reviews_from_a_file_are_held_against_the_same_reviews(project: Project, report: Path, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.json"
    reviews.write_text("[]")
    reviewed(project, report, "--reviews", str(reviews))
    assert verified(project, report, "--reviews", str(reviews)).code == 0
    assert verified(project, report).code == 1


@pytest.mark.parametrize(
    "words", [("--base", ""), ("--base", "nowhere"), ("--head", "--output=x"), ("--reviews", "absent")]
)
def test_words_that_name_nothing_are_exit_2(project: Project, report: Path, words: tuple[str, ...]) -> None:
    assert verified(project, report, *words).code == 2
