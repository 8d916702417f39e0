"""The fixture for policy tests: what a policy says of a change, asked without a repository."""

from __future__ import annotations

import pytest

from pytest_syncpoints import PolicyTester, UsageError

POLICY = """
[people]
bob = ["@bob", "bob@example.org"]
[teams.ops]
members = ["alice@example.org", "bob"]
[syncpoints.ledger-ops]
paths = ["src/billing/ledger/"]
participants = [{ team = "ops", purpose = "permission" }, { team = "ops", purpose = "awareness" }]
"""


def test_in_a_project_the_fixture_reads_policy_and_owners_and_needs_no_git(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", syncpoints=POLICY)
    pytester.path.joinpath("CODEOWNERS").write_text("* @acme/all\n")
    pytester.makepyfile(
        """
        def test_the_ledger_needs_ops(syncpoints_policy):
            answer = syncpoints_policy.review({"src/billing/ledger/post.py": 10}, author="bob")
            assert answer.needs("ops")
            assert answer.blocked
            assert answer.report.change.files[0].owners == ("@acme/all",)

        def test_the_rest_does_not(syncpoints_policy):
            assert not syncpoints_policy.review({"src/billing/rates.py": 10}).needs("ops")
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)


def test_a_broken_policy_is_an_error_that_says_where(pytester: pytest.Pytester) -> None:
    pytester.makefile(".toml", syncpoints="[teams.ops]\nmembrs = []\n")
    pytester.makepyfile("def test_it(syncpoints_policy): pass")
    result = pytester.runpytest_subprocess("-q")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*syncpoints.toml:2:1: there is no key 'membrs'*"])


@pytest.mark.parametrize(
    ("author", "signer", "needs"),
    [
        pytest.param("carol@example.org", "bob", False, id="a member signs"),
        pytest.param("carol@example.org", "alice@example.org", False, id="a member by mail signs"),
        pytest.param("bob", "bob", True, id="the author signs"),
        pytest.param("@bob", "bob@example.org", True, id="the author signs by another identity"),
        pytest.param("carol@example.org", "dan@example.org", True, id="a stranger signs"),
    ],
)
def test_a_supposed_signature(author: str, signer: str, needs: bool) -> None:
    answer = PolicyTester.of(POLICY).review({"src/billing/ledger/post.py": 1}, author=author, signed=[f"ops={signer}"])
    assert answer.needs("ops", "permission") == needs
    assert answer.met("ops") != needs


def test_a_text_or_a_deletion_instead_of_a_number_of_lines() -> None:
    policy = POLICY.replace("participants", 'content = ["eval("]\nparticipants')
    ask = PolicyTester.of(policy)
    assert ask.review({"src/billing/ledger/a.py": "eval(x)\n"}).needs("ops")
    assert not ask.review({"src/billing/ledger/a.py": None}).needs("ops")


def test_a_path_outside_the_tree_is_refused() -> None:
    with pytest.raises(UsageError):
        PolicyTester.of(POLICY).review({"../x": 1})


def test_the_answer_explains_itself() -> None:
    shown = repr(PolicyTester.of(POLICY).review({"src/billing/ledger/post.py": 1}))
    assert "ledger-ops: ops (permission) open: reviews not given" in shown
