"""Mutants: faults in changed lines that tests let pass, found in memory and never on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from tests.project import Project

PRODUCT = """\
def fee(amount):
    if amount < 0:
        raise ValueError(amount)
    return amount // 10 + 1
"""
WEAK = """\
import product
def test_fee():
    assert product.fee(100)
"""
STRONG = """\
import product, pytest
def test_fee():
    assert product.fee(100) == 11
    assert product.fee(0) == 1
    assert product.fee(39) == 4
def test_refuses():
    with pytest.raises(ValueError):
        product.fee(-1)
    with pytest.raises(ValueError):
        product.fee(-100)
"""


@pytest.fixture
def repo(pytester: pytest.Pytester) -> Project:
    made = Project(pytester.path)
    made.commit({"product.py": "", "pytest.ini": "[pytest]\npythonpath = .\n"})
    made.write({"product.py": PRODUCT})
    return made


def report(pytester: pytest.Pytester, *words: str) -> Any:
    pytester.runpytest_subprocess(
        "--syncpoints", "--syncpoints-json=r.json", "--syncpoints-mutate=60", "-p", "no:cacheprovider", *words
    )
    return json.loads((pytester.path / "r.json").read_bytes())


def survivors(found: Any) -> set[tuple[int, str, str]]:
    return {(one["line"], one["before"], one["after"]) for one in found["evidence"]["mutants"]["survivors"]}


@pytest.mark.parametrize("words", [(), ("-n2",)], ids=["in one process", "under xdist"])
def test_what_no_test_notices_is_a_finding_with_both_texts_and_the_test_that_should(
    pytester: pytest.Pytester, repo: Project, words: tuple[str, ...]
) -> None:
    repo.write({"test_product.py": WEAK})
    found = report(pytester, *words)
    assert (2, "amount < 0", "amount <= 0") in survivors(found)
    (finding,) = [one for one in found["findings"] if one["rule"] == "EVD004" and "amount <= 0" in one["message"]]
    assert (finding["path"], finding["line"], finding["level"]) == ("product.py", 2, "warn")
    assert "test_product.py::test_fee" in finding["remedy"]


def test_what_tests_notice_is_killed(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"test_product.py": STRONG})
    mutants = report(pytester)["evidence"]["mutants"]
    assert mutants["survivors"] == []
    assert (mutants["killed"], mutants["survived"], mutants["timeout"]) == (mutants["killed"], 0, 0)
    assert mutants["killed"] >= 7


def test_only_changed_lines_are_mutated(pytester: pytest.Pytester, repo: Project) -> None:
    repo.commit({"product.py": PRODUCT, "test_product.py": WEAK})
    repo.write({"product.py": PRODUCT.replace("+ 1", "+ 2")})
    assert {line for line, _, _ in survivors(report(pytester))} == {4}


def test_functions_hidden_from_the_collector_are_found(pytester: pytest.Pytester, repo: Project) -> None:
    """``gc.freeze()`` hides what lives; some libraries call it when they are imported."""
    repo.write({"test_product.py": STRONG, "conftest.py": "import gc, product\ngc.freeze()\n"})
    assert report(pytester)["evidence"]["mutants"]["killed"] >= 7


def test_a_mutant_that_hangs_is_stopped(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"product.py": "def count(n):\n    while n > 0:\n        n -= 1\n    return n\n"})
    repo.write({"test_product.py": "import product\ndef test_count():\n    assert product.count(3) == 0\n"})
    assert report(pytester)["evidence"]["mutants"]["timeout"] >= 1


def test_failing_tests_judge_nothing_and_it_is_said(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"test_product.py": "import product\ndef test_fee():\n    assert not product.fee(100)\n"})
    found = report(pytester)
    assert found["evidence"]["mutants"] is None
    assert [one for one in found["findings"] if "mutants were not judged" in one["message"]]


def test_without_the_option_nothing_is_mutated(pytester: pytest.Pytester, repo: Project) -> None:
    repo.write({"test_product.py": WEAK})
    pytester.runpytest_subprocess("--syncpoints", "--syncpoints-json=r.json", "-p", "no:cacheprovider")
    assert json.loads((pytester.path / "r.json").read_bytes())["evidence"]["mutants"] is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
def test_a_run_that_is_killed_leaves_every_file_as_it_was(
    pytester: pytest.Pytester, repo: Project, number: signal.Signals
) -> None:
    repo.write({"test_product.py": WEAK, "product.py": PRODUCT + PRODUCT.replace("fee", "more") * 20})
    before = {path: path.read_bytes() for path in pytester.path.rglob("*.py")}
    words = [sys.executable, "-m", "pytest", "--syncpoints", "--syncpoints-mutate", "-p", "no:cacheprovider"]
    running = subprocess.Popen(words, cwd=pytester.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2.5)
    os.kill(running.pid, number)
    running.wait(timeout=60)
    assert {path: path.read_bytes() for path in pytester.path.rglob("*.py")} == before


def test_a_subtest_that_fails_notices_a_mutant(pytester: pytest.Pytester, repo: Project) -> None:
    """Pytest tells of it at once, and lets the test around it pass."""
    pairs = "((100, 11), (0, 1), (39, 4))"
    test = f"    def test_fee(self):\n        for one, due in {pairs}:\n            with self.subTest(one):\n"
    test += "                self.assertEqual(product.fee(one), due)\n"
    repo.write({"test_product.py": f"import product, unittest\nclass TestFee(unittest.TestCase):\n{test}"})
    assert {line for line, _, _ in survivors(report(pytester))} <= {2}


def test_a_test_judges_under_its_own_filter_of_warnings(pytester: pytest.Pytester, repo: Project) -> None:
    mark = "@pytest.mark.filterwarnings('ignore')\n"
    test = f"import product, pytest, warnings\n{mark}def test_fee():\n    warnings.warn('old')\n"
    repo.write({"test_product.py": test + "    assert [product.fee(one) for one in (100, 0, 39)] == [11, 1, 4]\n"})
    found = report(pytester, "-Werror")
    assert found["evidence"]["mutants"]["killed"]
    assert not [one for one in found["findings"] if "fail when run alone" in one["message"]]


def test_set_up_that_tests_share_does_not_count_as_hanging(pytester: pytest.Pytester, repo: Project) -> None:
    """Its processor time was the first test's; in the judge whichever test comes first has to pay it."""
    busy = "    until = time.process_time() + 0.8\n    while time.process_time() < until: pass\n"
    repo.write({"conftest.py": f"import pytest, time\n@pytest.fixture(scope='session')\ndef slow():\n{busy}"})
    repo.write({"product.py": "def fee(amount):\n    return amount\n"})
    repo.write({"test_product.py": "import product\ndef test_0(slow): pass\ndef test_1(slow): assert product.fee(1)\n"})
    mutants = report(pytester)["evidence"]["mutants"]
    assert (mutants["killed"], mutants["timeout"]) == (1, 0)


def test_a_test_that_is_to_fail_is_no_judge(pytester: pytest.Pytester, repo: Project) -> None:
    mark = "@pytest.mark.xfail\n"
    tests = f"import product, pytest\n{mark}def test_fee():\n    assert product.fee(100) == 12\n"
    repo.write({"test_product.py": f"{tests}{mark}def test_right():\n    assert product.fee(100) == 11\n"})
    found = report(pytester)
    assert (found["evidence"]["mutants"]["killed"], found["evidence"]["mutants"]["survived"]) == (0, 0)
    assert not [one for one in found["findings"] if "fail when run alone" in one["message"]]
