"""Builders of values for tests: every default filled in, so that a test states only what it is about.

``a_change``, ``a_file``, ``a_commit``, ``a_hunk`` and ``a_person`` build what the gatherers hand over;
``a_finding`` and ``an_outcome`` what checks return; ``a_report`` and everything named ``a_reported_...`` (and the
parts of evidence, risk and plan) what renderers are given. All arguments are keywords, named as the fields are.
"""

from __future__ import annotations

from typing import Any

from pytest_syncpoints.change import Change, Commit, FileChange, Hunk, Person
from pytest_syncpoints.check import CheckOutcome
from pytest_syncpoints.finding import Finding
from pytest_syncpoints.report import (
    Drift,
    Evidence,
    Factor,
    FileEvidence,
    Loops,
    Mutants,
    News,
    Plan,
    PolicySource,
    Report,
    ReportAuthor,
    ReportChange,
    ReportCommit,
    ReportFile,
    ReportParticipant,
    ReportSize,
    ReportSyncpoint,
    Risk,
    RiskModel,
    SuggestedReviewer,
    Survivor,
    Verdict,
)
from pytest_syncpoints.rules import RULE_BY_CODE
from pytest_syncpoints.summary import summary

BASE = "abc1234" + "0" * 33
HEAD = "4f1c66e" + "1" * 33
TREE = "7ee0000" + "2" * 33
OLD_BLOB = "01d0000" + "3" * 33
NEW_BLOB = "0e90000" + "4" * 33
NO_BLOB = "0" * 40
MOMENT = 1_772_443_800.0  # 2026-03-02T09:30:00Z


def a_person(**given: Any) -> Person:
    defaults: dict[str, Any] = {"name": "Bob Example", "email": "bob@example.org"}
    return Person(**defaults | given)


def a_hunk(**given: Any) -> Hunk:
    removed = given.get("removed", ())
    added = given.get("added", (b"x = 1\n",))
    defaults: dict[str, Any] = {"old_start": 1, "old_lines": len(removed), "new_start": 1, "new_lines": len(added)}
    return Hunk(**defaults | {"removed": removed, "added": added} | given)


def a_file(**given: Any) -> FileChange:
    """A modified text file; ``status="A"`` or ``"D"`` empties the other side; lines are counted from the hunks."""
    status = given.get("status", "M")
    hunks = given.setdefault("hunks", (a_hunk(),))
    defaults: dict[str, Any] = {
        "path": "src/billing/post.py",
        "status": status,
        "old_mode": "000000" if status == "A" else "100644",
        "new_mode": "000000" if status == "D" else "100644",
        "old_oid": NO_BLOB if status == "A" else OLD_BLOB,
        "new_oid": NO_BLOB if status == "D" else NEW_BLOB,
        "added": sum(hunk.new_lines for hunk in hunks),
        "deleted": sum(hunk.old_lines for hunk in hunks),
    }
    return FileChange(**defaults | given)


def a_commit(**given: Any) -> Commit:
    author = given.get("author", a_person())
    defaults: dict[str, Any] = {
        "sha": HEAD,
        "parents": (BASE,),
        "author": author,
        "committer": author,
        "subject": "Post in euros",
    }
    return Commit(**defaults | given)


def a_change(**given: Any) -> Change:
    """A range of one commit by Bob that modifies one file."""
    commits = given.setdefault("commits", (a_commit(),))
    defaults: dict[str, Any] = {
        "kind": "range",
        "base": BASE,
        "merge_base": BASE,
        "head": HEAD,
        "tree": TREE,
        "branch": "feature/rates",
        "title": "Post in euros",
        "chosen": "this branch against origin/main",
        "authors": tuple(dict.fromkeys(commit.author for commit in commits)),
        "files": (a_file(),),
    }
    return Change(**defaults | given)


def a_finding(**given: Any) -> Finding:
    """A finding as a report holds it: named and levelled after its rule (at the CI door), with a fingerprint."""
    code = given.get("rule", "REV003")
    rule = RULE_BY_CODE.get(code)
    defaults: dict[str, Any] = {
        "rule": code,
        "message": "a statement about the change",
        "name": rule.name if rule else "acme-rule",
        "level": rule.ci if rule else "warn",
        "fingerprint": ascii(
            (code, given.get("path"), given.get("line"), given.get("syncpoint"), given.get("message"))
        ),
    }
    return Finding(**defaults | given)


def an_outcome(**given: Any) -> CheckOutcome:
    defaults: dict[str, Any] = {"check": "ownership", "status": "passed"}
    return CheckOutcome(**defaults | given)


def a_reported_file(**given: Any) -> ReportFile:
    defaults: dict[str, Any] = {
        "path": "src/billing/post.py",
        "old_path": None,
        "status": "M",
        "added": 12,
        "deleted": 6,
        "effective": 16,
        "binary": False,
        "generated": False,
        "mode": "100644",
        "owners": ("@acme/payments",),
        "components": ("ledger",),
        "hunks": ((10, 6, 10, 12),),
    }
    return ReportFile(**defaults | given)


def a_size(**given: Any) -> ReportSize:
    defaults: dict[str, Any] = {
        "files": 1,
        "added": 12,
        "deleted": 6,
        "effective": 18,
        "tests_effective": 0,
        "excluded": 0,
        "budget": 400,
        "limit": None,
        "review_minutes": 4,
    }
    return ReportSize(**defaults | given)


def an_author(**given: Any) -> ReportAuthor:
    defaults: dict[str, Any] = {"name": "Bob Example", "email": "bob@example.org", "machine": False}
    return ReportAuthor(**defaults | given)


def a_reported_commit(**given: Any) -> ReportCommit:
    defaults: dict[str, Any] = {
        "sha": HEAD,
        "subject": "Post in euros",
        "author": "bob@example.org",
        "machine": False,
        "trailers": (),
    }
    return ReportCommit(**defaults | given)


def a_reported_change(**given: Any) -> ReportChange:
    """A range by Bob; its size is counted from its files unless given."""
    files = given.setdefault("files", (a_reported_file(),))
    size = a_size(
        files=len(files),
        added=sum(file.added for file in files),
        deleted=sum(file.deleted for file in files),
        effective=sum(file.effective for file in files),
        review_minutes=-(-sum(file.effective for file in files) // 5),
    )
    defaults: dict[str, Any] = {
        "kind": "range",
        "base": BASE,
        "head": HEAD,
        "merge_base": BASE,
        "tree": TREE,
        "title": "Post in euros",
        "branch": "feature/rates",
        "chosen": "this branch against origin/main",
        "authors": (an_author(),),
        "commits": (a_reported_commit(),),
        "size": size,
    }
    return ReportChange(**defaults | given)


def a_drift(**given: Any) -> Drift:
    defaults: dict[str, Any] = {"changes": 11, "lines": 640, "days": 32.0, "ratio": 2.3}
    return Drift(**defaults | given)


def a_participant(**given: Any) -> ReportParticipant:
    defaults: dict[str, Any] = {"team": "ops", "purpose": "permission", "status": "open"}
    return ReportParticipant(**defaults | given)


def a_reported_syncpoint(**given: Any) -> ReportSyncpoint:
    defaults: dict[str, Any] = {
        "name": "ledger-ops",
        "components": ("ledger",),
        "why": ("touched: ledger (1 file)",),
        "mode": "async-text",
        "digest": "sha256:" + "5" * 64,
        "participants": (a_participant(),),
    }
    return ReportSyncpoint(**defaults | given)


def a_file_evidence(**given: Any) -> FileEvidence:
    """Nine executable changed lines, all run by the first test."""
    lines = tuple(range(10, 19))
    defaults: dict[str, Any] = {
        "blob": NEW_BLOB,
        "changed": lines,
        "executed": {str(line): (0,) for line in lines},
        "missed": (),
    }
    return FileEvidence(**defaults | given)


def an_evidence(**given: Any) -> Evidence:
    defaults: dict[str, Any] = {
        "python": "3.13.0",
        "platform": "linux",
        "tree": TREE,
        "nonce": None,
        "complete": True,
        "incomplete_because": None,
        "collected": 2,
        "ran": 2,
        "tests": {"passed": 2, "failed": 0, "skipped": 0},
        "nodeids": ("tests/test_post.py::test_posts", "tests/test_post.py::test_rounds"),
        "files": {"src/billing/post.py": a_file_evidence()},
        "contracts": (),
        "mutants": None,
    }
    return Evidence(**defaults | given)


def a_survivor(**given: Any) -> Survivor:
    defaults: dict[str, Any] = {
        "path": "src/billing/post.py",
        "line": 12,
        "before": "amount > 0",
        "after": "amount >= 0",
    }
    return Survivor(**defaults | given)


def some_mutants(**given: Any) -> Mutants:
    survivors = given.setdefault("survivors", (a_survivor(),))
    defaults: dict[str, Any] = {"killed": 8, "survived": len(survivors), "timeout": 0, "skipped": 0}
    return Mutants(**defaults | given)


def a_risk(**given: Any) -> Risk:
    defaults: dict[str, Any] = {
        "probability": 0.21,
        "percentile": 88.0,
        "level": "about double",
        "base_rate": 0.09,
        "model": RiskModel(name="logistic-1", calibrated_on="this repository", n=1840),
        "factors": (
            Factor(
                name="recent fixes",
                value=5,
                effect=0.42,
                text="two of its files were fixed 5 times in 90 days: +6 points",
            ),
        ),
        "missing": (),
    }
    return Risk(**defaults | given)


def a_piece_of_news(**given: Any) -> News:
    defaults: dict[str, Any] = {
        "kind": "incident",
        "text": "an unbounded call stopped billing for 40 minutes",
        "sha": None,
        "path": None,
    }
    return News(**defaults | given)


def a_suggested_reviewer(**given: Any) -> SuggestedReviewer:
    defaults: dict[str, Any] = {
        "who": "alice",
        "for_": ("ops",),
        "reasons": ("reviewed 5 of the last 9 changes here",),
        "load": 35.0,
    }
    return SuggestedReviewer(**defaults | given)


def a_plan(**given: Any) -> Plan:
    defaults: dict[str, Any] = {
        "mode": "automated",
        "sentence": "",
        "synchronicity": 0.0,
        "fidelity": 0.0,
        "loops": Loops(),
        "reviewers": (),
        "order": (),
        "split": (),
    }
    return Plan(**defaults | given)


def a_policy_source(**given: Any) -> PolicySource:
    defaults: dict[str, Any] = {"path": "syncpoints.toml", "commit": BASE, "blob": NEW_BLOB}
    return PolicySource(**defaults | given)


PASSED = tuple(
    CheckOutcome(check, "passed")
    for check in ("ownership", "size", "signoffs", "policy_edits", "reversibility", "tests")
)


def a_report(**given: Any) -> Report:
    """A clear change in CI with evidence; the verdict follows from findings and syncpoints unless given."""
    findings = given.setdefault("findings", ())
    blocking = tuple(f.fingerprint for f in findings if f.level == "block" and f.exempted is None)
    defaults: dict[str, Any] = {
        "tool_version": "0.1.0",
        "evaluated_at": MOMENT,
        "door": "ci",
        "simulated": (),
        "policy": a_policy_source(),
        "change": a_reported_change(),
        "outcomes": PASSED,
        "syncpoints": (),
        "evidence": None,
        "risk": None,
        "news": (),
        "plan": a_plan(),
    }
    values = defaults | given
    if "verdict" not in values:
        line = summary(
            values["findings"],
            values["syncpoints"],
            values["change"].size,
            outcomes=values["outcomes"],
            evidence=values["evidence"],
        )
        values["verdict"] = Verdict(blocked=bool(blocking), blocking=blocking, summary=line)
    return Report(**values)
