"""Test evidence from Python processes that tests start, where that is asked for."""

from __future__ import annotations

import sys

import pytest
from tests.functional.test_evidence import CALC, Suite

CHILD = """\
    import subprocess, sys, calc
    def test_child():
        subprocess.run([sys.executable, "-c", "import calc; assert calc.half(4) == 2"], check=True)
    def test_other():
        pass
    """


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    made = Suite(pytester)
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    return made


@pytest.mark.parametrize("words", [(), ("-n2",)], ids=["in one process", "under xdist"])
def test_lines_that_a_child_ran_belong_to_the_test_that_started_it(suite: Suite, words: tuple[str, ...]) -> None:
    suite.change(calc=CALC, test_calc=CHILD)
    assert suite.run("--syncpoints-subprocesses", *words).ret == 0
    assert suite.ran() == {1: set(), 2: {"test_child"}, 4: {"test_child"}}
    assert suite.missed() == [3]
    assert suite.evidence["complete"] is True


def test_without_being_asked_children_are_left_alone(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=CHILD)
    suite.repo.write({"conftest.py": "import os\nassert 'at_start' not in os.environ['PYTHONPATH']\n"})
    assert suite.run().ret == 0
    assert suite.missed() == [2, 3, 4]


def test_a_process_that_is_killed_is_counted(suite: Suite) -> None:
    killed = CHILD.replace("assert calc.half(4) == 2", "import os; calc.half(4); os._exit(0)")
    suite.change(calc=CALC, test_calc=killed)
    assert suite.run("--syncpoints-subprocesses").ret == 0
    assert suite.missed() == [2, 3, 4]
    assert "1 process that tests started never told which lines it ran" in str(suite.report)


def test_a_project_keeps_its_own_start_and_its_environment(suite: Suite) -> None:
    suite.repo.write({"sitecustomize.py": "import builtins; builtins.started = True\n"})
    suite.change(
        calc=CALC,
        test_calc="""\
            import os, subprocess, sys
            def test_child():
                subprocess.run([sys.executable, "-c", "import builtins; assert builtins.started"], check=True)
            def test_bare_child():
                subprocess.run([sys.executable, "-I", "-c", "pass"], check=True, env={})
            """,
    )
    suite.repo.write({"conftest.py": "import os\ndef pytest_unconfigure():\n    print(os.environ['PYTHONPATH'])\n"})
    ran = suite.run("--syncpoints-subprocesses", "-s")
    assert ran.ret == 0
    assert "at_start" not in ran.outlines[-1]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 measures what is imported")
def test_a_script_is_measured_as_it_runs(suite: Suite) -> None:
    suite.change(
        calc=CALC + 'if __name__ == "__main__":\n        half(4)\n',
        test_calc="""\
            import subprocess, sys
            def test_script():
                subprocess.run([sys.executable, "calc.py"], check=True)
            """,
    )
    assert suite.run("--syncpoints-subprocesses").ret == 0
    assert suite.ran()[4] == {"test_script"}
