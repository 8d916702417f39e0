"""Reports of shards and matrix jobs become one, or an error where they disagree."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from tests.builders import NEW_BLOB, TREE, a_file_evidence, a_finding, a_report, an_evidence, an_outcome, some_mutants

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.report import Contract, Evidence, Report
from pytest_syncpoints.report_json import from_json, to_json
from pytest_syncpoints.report_merge import merged

A, B, C = (f"tests/test_{letter}.py::test" for letter in "abc")


def evidence(*nodeids: str, **given: Any) -> Evidence:
    """A session that ran these tests."""
    defaults: dict[str, Any] = {
        "nodeids": nodeids,
        "collected": len(nodeids),
        "ran": len(nodeids),
        "tests": {"passed": len(nodeids)},
        "files": {},
        "contracts": (),
        "mutants": None,
        "complete": True,
        "incomplete_because": None,
    }
    return an_evidence(**defaults | given)


def shard(*nodeids: str, findings: tuple[Any, ...] = (), **given: Any) -> Report:
    return a_report(evidence=evidence(*nodeids, **given), findings=findings)


def united(*reports: Report) -> Evidence:
    found = merged(reports).evidence
    assert found is not None
    return found


def lines(**executed: tuple[int, ...]) -> Any:
    """Evidence on lines 1 to 4, of which these were run by those tests: ``l1=(0,)``."""
    run = {name.removeprefix("l"): tests for name, tests in executed.items()}
    missed = tuple(line for line in (1, 2, 3, 4) if str(line) not in run)
    return a_file_evidence(changed=(1, 2, 3, 4), executed=run, missed=missed)


def test_one_report_stays_as_it_is() -> None:
    report = shard(A, B)
    assert merged([report]) == report


def test_tests_are_united_and_numbered_anew() -> None:
    found = united(shard(C, A), shard(B))
    assert found.nodeids == (A, B, C)
    assert (found.collected, found.ran, found.tests) == (3, 3, {"passed": 3})


def test_a_matrix_counts_a_test_once_and_its_results_each_time() -> None:
    found = united(shard(A, B, python="3.11.7"), shard(A, B, python="3.13.0"))
    assert (found.collected, found.ran, found.tests) == (2, 2, {"passed": 4})
    assert found.python == "3.11.7, 3.13.0"


def test_a_line_one_shard_ran_was_run() -> None:
    one = shard(C, A, files={"a.py": lines(l1=(0,), l2=(1,))})
    two = shard(B, files={"a.py": lines(l2=(0,), l4=(0,))})
    file = united(one, two).files["a.py"]
    assert file.executed == {"1": (2,), "2": (0, 1), "4": (1,)}
    assert (file.changed, file.missed) == ((1, 2, 3, 4), (3,))


def test_a_file_only_one_shard_saw_is_kept() -> None:
    found = united(shard(A, files={"b.py": lines(l1=(0,))}), shard(B, files={"a.py": lines(l1=(0,))}))
    assert list(found.files) == ["a.py", "b.py"]
    assert found.files["a.py"].executed == {"1": (1,)}


def test_one_incomplete_shard_makes_the_whole_incomplete() -> None:
    broken = shard(B, complete=False, incomplete_because="the session did not end in order")
    found = united(shard(A), broken)
    assert (found.complete, found.incomplete_because) == (False, "the session did not end in order")


def test_that_no_tests_ran_is_not_said_where_they_did_elsewhere() -> None:
    without = a_report(outcomes=(an_outcome(check="tests", status="skipped", reason="none ran"),))
    ran = a_report(outcomes=(), evidence=evidence(A))
    assert merged([without, ran]).outcomes == ()


def test_the_worst_outcome_of_a_check_stands() -> None:
    fine = a_report(outcomes=(an_outcome(check="tests", status="passed"),), evidence=evidence(A))
    crashed = a_report(outcomes=(an_outcome(check="tests", status="crashed", reason="x"),), evidence=evidence(B))
    whole = merged([fine, crashed])
    assert [(outcome.check, outcome.status) for outcome in whole.outcomes] == [("tests", "crashed")]
    assert whole.verdict.blocked


def test_a_finding_that_lines_are_not_run_goes_where_another_shard_ran_them_all() -> None:
    gap = a_finding(rule="EVD001", path="a.py", line=1, end_line=2, fingerprint="1")
    left = a_finding(rule="EVD001", path="a.py", line=3, end_line=4, fingerprint="3")
    one = shard(A, files={"a.py": lines()}, findings=(gap, left))
    two = shard(B, files={"a.py": lines(l1=(0,), l2=(0,), l4=(0,))}, findings=())
    whole = merged([one, two])
    assert whole.findings == (left,)
    assert whole.verdict.summary.startswith("1/4 changed lines")


def test_other_findings_about_evidence_stay_and_the_worse_level_counts() -> None:
    warned = a_finding(rule="EVD002", level="warn", fingerprint="x")
    blocked = warned._replace(level="block")
    whole = merged([shard(A, findings=(warned,)), shard(B, findings=(blocked,))])
    assert whole.findings == (blocked,)
    assert whole.verdict.blocking == ("x",)


def test_contracts_and_mutants_of_all_shards_are_kept() -> None:
    contract = Contract("ledger", A, "passed")
    other = Contract("ledger", A, "failed")
    found = united(
        shard(A, contracts=(contract,), mutants=some_mutants(killed=2)),
        shard(B, contracts=(contract, other), mutants=some_mutants(killed=3)),
    )
    assert found.contracts == (other, contract)
    assert found.mutants is not None
    assert (found.mutants.killed, len(found.mutants.survivors)) == (5, 1)


def test_the_latest_time_is_kept() -> None:
    assert merged([shard(A), shard(B)._replace(evaluated_at=9e9)]).evaluated_at == 9e9


def test_the_order_of_the_shards_makes_no_difference() -> None:
    shards = [
        shard(A, files={"a.py": lines(l1=(0,))}, python="3.11.7"),
        shard(B, A, files={"a.py": lines(l2=(1,), l3=(0,))}, python="3.12.1"),
        shard(C, files={"b.py": lines(l2=(0,))}),
    ]
    results = {to_json(merged(order)) for order in itertools.permutations(shards)}
    assert len(results) == 1
    assert from_json(results.pop()) == merged(shards)


def test_merging_what_is_merged_changes_nothing() -> None:
    shards = [shard(A, files={"a.py": lines(l1=(0,))}), shard(B, files={"a.py": lines(l2=(0,))})]
    whole = merged(shards)
    assert merged([whole]) == whole


CONFLICTS: dict[str, tuple[Report, str]] = {
    "another door": (shard(B)._replace(door="local"), "door"),
    "another policy": (shard(B)._replace(policy=None), "policy"),
    "another head": (shard(B)._replace(change=shard(B).change._replace(head="9" * 40)), "change"),
    "suppositions": (shard(B)._replace(simulated=("author=x",)), "simulated"),
    "another version": (shard(B)._replace(tool_version="9"), "tool_version"),
    "another tree": (shard(B, tree="9" * 40), "evidence.tree"),
    "another nonce": (shard(B, nonce="other"), "evidence.nonce"),
    "another blob of a file": (shard(B, files={"a.py": lines()._replace(blob=TREE)}), "evidence.files['a.py'].blob"),
    "a finding only one has": (shard(B, findings=(a_finding(rule="SIZ001"),)), "finding SIZ001"),
}


@pytest.mark.parametrize(("other", "what"), CONFLICTS.values(), ids=CONFLICTS)
def test_shards_that_disagree_are_an_error_and_no_guess(other: Report, what: str) -> None:
    ours = shard(A, files={"a.py": lines()._replace(blob=NEW_BLOB)})
    for order in ([ours, other], [other, ours]):
        with pytest.raises(CannotEvaluate) as raised:
            merged(order)
        assert f"disagree about {what}" in raised.value.message


def test_a_finding_the_shards_tell_differently_is_an_error() -> None:
    one, other = (a_finding(rule="SIZ001", fingerprint="x", message=text) for text in ("a", "b"))
    with pytest.raises(CannotEvaluate, match="disagree about finding SIZ001"):
        merged([shard(A, findings=(one,)), shard(B, findings=(other,))])
