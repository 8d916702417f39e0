"""Contract tests: when their component is touched they must have run and passed, and must not be weakened."""

from __future__ import annotations

import json
from typing import Any

import coverage.core  # noqa: F401  # an extension loads once: pytest in this process would forget it after a test
import pytest
from tests.project import Project
from tests.unit.test_light_imports import count_git

POLICY = """\
[components.ledger]
paths = ["ledger.py"]
contract_tests = ["contracts/"]
"""
CONTRACT = """\
import ledger
def test_balance():
    assert ledger.balance() == 1
    assert ledger.balance() > 0
"""
MARKED = """\
import pytest
@pytest.mark.syncpoint("ledger")
def test_marked():
    assert True
"""


@pytest.fixture
def repo(pytester: pytest.Pytester) -> Project:
    made = Project(pytester.path)
    made.commit(
        {
            "syncpoints.toml": POLICY,
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "ledger.py": "def balance():\n    return 0 + 1\n",
            "contracts/test_ledger.py": CONTRACT,
            "test_marked.py": MARKED,
            "other.py": "x = 1\n",
        }
    )
    return made


def report(pytester: pytest.Pytester, *words: str) -> Any:
    pytester.runpytest_inprocess("--syncpoints", "--syncpoints-json=r.json", "-p", "no:cacheprovider", *words)
    return json.loads((pytester.path / "r.json").read_bytes())


def touch(repo: Project) -> None:
    repo.write({"ledger.py": "def balance():\n    return 1\n"})


def messages(found: Any, rule: str) -> list[str]:
    return [one["message"] for one in found["findings"] if one["rule"] == rule]


def outcomes(found: Any) -> dict[str, str]:
    return {one["nodeid"]: one["outcome"] for one in found["evidence"]["contracts"]}


BOTH = ("contracts/test_ledger.py::test_balance", "test_marked.py::test_marked")


@pytest.mark.parametrize("words", [(), ("-n2",)], ids=["in one process", "under xdist"])
def test_contracts_that_pass_are_listed_and_raise_nothing(
    pytester: pytest.Pytester, repo: Project, words: tuple[str, ...]
) -> None:
    touch(repo)
    found = report(pytester, *words)
    assert outcomes(found) == dict.fromkeys(BOTH, "passed")
    assert messages(found, "EVD002") == []


def test_the_terminal_says_whose_contract_tests_passed(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"ledger.py": "def balance():\n    return 1\n\n\ndef nobody():\n    return 2\n"})
    said = " ".join(pytester.runpytest_inprocess("--syncpoints").stdout.str().split())
    assert "2 of 3 changed lines are run by tests; ledger's 2 contract tests passed" in said


def test_contracts_of_components_that_are_not_touched_are_not_asked(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"other.py": "x = 2\n"})
    assert outcomes(report(pytester)) == {}


def test_a_deselected_contract_is_said_and_blocks_in_ci(pytester: pytest.Pytester, repo: Project) -> None:
    touch(repo)
    found = report(pytester, "-k", "marked", "--syncpoints-door=ci")
    assert messages(found, "EVD002") == [f"{BOTH[0]} was deselected"]
    assert found["verdict"]["blocked"] is True


def test_contract_tests_nobody_collected_are_said(pytester: pytest.Pytester, repo: Project) -> None:
    touch(repo)
    repo.write({"test_marked.py": "def test_nothing(): pass\n"})
    found = report(pytester, "test_marked.py")
    assert messages(found, "EVD002") == ["contracts/test_ledger.py was not collected"]


WEAKER = [
    pytest.param("def test_balance():\n    assert True\n", "lost 2 of its 2 assertions", None, id="assertions removed"),
    pytest.param(
        f"import pytest\n{CONTRACT.replace('def test', '@pytest.mark.skip' + chr(10) + 'def test')}",
        "is now skipped or expected to fail",
        "was skipped",
        id="a skip mark added",
    ),
    pytest.param(
        f"import pytest\npytestmark = pytest.mark.xfail\n{CONTRACT}",
        "is now skipped or expected to fail",
        "passed, though it was expected to fail",
        id="an xfail mark for the whole module",
    ),
    pytest.param(None, "is gone", "contracts/ was not collected", id="the file deleted"),
]


@pytest.mark.parametrize(("text", "weaker", "not_run"), WEAKER)
def test_a_contract_weakened_in_this_very_change_is_said(
    pytester: pytest.Pytester, repo: Project, text: str | None, weaker: str, not_run: str | None
) -> None:
    touch(repo)
    repo.write({"contracts/test_ledger.py": text})
    if text is None:
        repo.write({"test_marked.py": "def test_nothing(): pass\n"})
    found = report(pytester)
    assert f"{BOTH[0]} {weaker}" in messages(found, "EVD003")
    assert [one for one in messages(found, "EVD002") if not_run and not_run in one] or not_run is None


def test_a_contract_made_stricter_is_not(pytester: pytest.Pytester, repo: Project) -> None:
    touch(repo)
    repo.write({"contracts/test_ledger.py": CONTRACT + "    assert ledger.balance() < 2\n"})
    assert messages(report(pytester), "EVD003") == []


def test_a_mark_taken_off_is_said(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"test_marked.py": "def test_marked():\n    assert True\n"})
    assert messages(report(pytester), "EVD003") == [f"{BOTH[1]} no longer speaks for ledger"]


def test_git_is_asked_once_where_the_repository_is(
    pytester: pytest.Pytester, repo: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(repo)
    log = count_git(tmp_path_factory.mktemp("git"), monkeypatch)
    report(pytester)
    asked = [line for line in log.read_text(encoding="utf-8").splitlines() if "--absolute-git-dir" in line]
    assert len(asked) == 1


class TestSelect:
    """`--syncpoints-select`: only tests known to reach the change."""

    SUITE = """\
import pytest, product
def test_reaches():
    product.one()
def test_elsewhere():
    product.two()
"""

    @pytest.fixture
    def suite(self, repo: Project) -> Project:
        before = "def one():\n    return 1\ndef two():\n    return 2\n"
        repo.commit({"product.py": before, "test_product.py": self.SUITE})
        repo.write({"product.py": before.replace("return 1", "return 10")})
        return repo

    def test_with_nothing_known_every_test_runs_and_it_is_said(self, pytester: pytest.Pytester, suite: Project) -> None:
        found = report(pytester, "--syncpoints-select")
        assert found["evidence"]["ran"] == 4
        assert messages(found, "EVD005") == [
            "--syncpoints-select runs every test: there is no earlier report to choose tests from"
        ]

    @pytest.mark.parametrize("words", [(), ("-n2",)], ids=["in one process", "under xdist"])
    def test_an_earlier_report_leaves_out_what_does_not_reach_the_change(
        self, pytester: pytest.Pytester, suite: Project, words: tuple[str, ...]
    ) -> None:
        report(pytester)
        found = report(pytester, "--syncpoints-select", *words)
        assert found["evidence"]["nodeids"] == ["test_product.py::test_reaches"]
        assert messages(found, "EVD005") == ["--syncpoints-select left out 3 tests not known to reach the change"]
        assert found["evidence"]["files"]["product.py"]["missed"] == []

    def test_new_tests_and_contracts_run_too(self, pytester: pytest.Pytester, suite: Project) -> None:
        touch(suite)
        report(pytester)
        suite.write({"test_new.py": "def test_new(): pass\n"})
        found = report(pytester, "--syncpoints-select")
        assert {one.partition("::")[2] for one in found["evidence"]["nodeids"]} == {
            "test_reaches",
            "test_new",
            "test_balance",
            "test_marked",
        }

    def test_another_content_of_the_file_makes_everything_run(self, pytester: pytest.Pytester, suite: Project) -> None:
        report(pytester)
        suite.write({"product.py": "def one():\n    return 11\ndef two():\n    return 2\n"})
        found = report(pytester, "--syncpoints-select")
        assert found["evidence"]["ran"] == 4
        assert "knows nothing of product.py as it is now" in messages(found, "EVD005")[0]

    def test_code_taken_away_makes_everything_run(self, pytester: pytest.Pytester, suite: Project) -> None:
        """No line is left of it that a test could be known to reach: test_elsewhere calls what lost a statement."""
        before = "def one():\n    return 1\n\n\n\n\ndef two():\n    x = 2\n    x = 3\n    return x\n"
        suite.commit({"product.py": before})
        suite.write({"product.py": before.replace("return 1", "return 10").replace("    x = 3\n", "")})
        report(pytester)
        found = report(pytester, "--syncpoints-select")
        assert found["evidence"]["ran"] == 4
        (said,) = messages(found, "EVD005")
        assert said.startswith("--syncpoints-select runs every test: product.py lost code before line 9")

    def test_a_conftest_file_is_no_test_module(self, pytester: pytest.Pytester, suite: Project) -> None:
        suite.write({"conftest.py": "def pytest_runtest_setup(item):\n    assert item\n"})
        report(pytester)
        found = report(pytester, "--syncpoints-select")
        assert found["evidence"]["ran"] == 4
        assert "conftest.py:1 runs at import" in messages(found, "EVD005")[0]

    def test_coverage_data_chooses_by_file(self, pytester: pytest.Pytester, suite: Project) -> None:
        pytester.runpytest_subprocess("--cov=.", "--cov-context=test", "-p", "no:cacheprovider")
        found = report(pytester, "--syncpoints-select", "--syncpoints-coverage=.coverage")
        assert {one.partition("::")[2] for one in found["evidence"]["nodeids"]} == {"test_reaches", "test_elsewhere"}


LEFT_OUT = [
    pytest.param({}, ("test_marked.py",), "contracts/test_more.py", id="a file not asked for"),
    pytest.param({}, ("--ignore=test_marked.py",), "test_marked.py", id="an ignored file of marked tests"),
    pytest.param(
        {"contracts/conftest.py": "collect_ignore = ['test_more.py']\n"},
        (),
        "contracts/test_more.py",
        id="collect_ignore",
    ),
    pytest.param(
        {"contracts/conftest.py": "import pytest\ndef pytest_pycollect_makemodule(module_path): pytest.skip('no')\n"},
        (),
        "contracts/test_more.py",
        id="a skipped module",
    ),
]


@pytest.mark.parametrize(("files", "words", "path"), LEFT_OUT)
def test_a_contract_file_that_was_not_collected_is_said_where_others_were(
    pytester: pytest.Pytester, repo: Project, files: dict[str, str], words: tuple[str, ...], path: str
) -> None:
    repo.commit({"contracts/test_more.py": "def test_more():\n    assert 1\n", **files})
    touch(repo)
    assert f"{path} was not collected" in messages(report(pytester, *words), "EVD002")


def test_a_failed_subtest_fails_the_contract(pytester: pytest.Pytester, repo: Project) -> None:
    """pytest says of the ``TestCase`` method around it that it passed."""
    repo.commit(
        {
            "contracts/test_more.py": """\
import unittest
class TestMore(unittest.TestCase):
    def test_more(self):
        for n in range(2):
            with self.subTest(n=n):
                self.assertEqual(n, 0)
"""
        }
    )
    touch(repo)
    assert "contracts/test_more.py::TestMore::test_more failed" in messages(report(pytester), "EVD002")


def test_a_contract_moved_to_another_file_is_compared_there(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"contracts/test_ledger.py": None, "contracts/test_moved.py": CONTRACT})
    assert messages(report(pytester), "EVD003") == []
    repo.write({"contracts/test_moved.py": CONTRACT.replace("() > 0", "() > 0 or True")})
    assert messages(report(pytester), "EVD003") == [f"{BOTH[0]} lost 1 of its 2 assertions"]
