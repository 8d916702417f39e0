"""Test evidence: which tests ran each changed line, in every way a test can run one."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import Any

import coverage.core  # noqa: F401  # an extension loads once: pytest in this process would forget it after a test
import pytest
from tests.project import Project

BASE = {"calc.py": "def old():\n    return 0\n", "tests/test_old.py": "def test_old():\n    pass\n"}


class Suite:
    """A repository in pytester's folder with a change on disk, and its evidence after a run."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.repo = Project(pytester.path)
        self.repo.commit(dict(BASE))
        pytester.makeini("[pytest]\npythonpath = .\n")

    def change(self, **files: str) -> Suite:
        """Write files: ``calc`` is calc.py, ``test_calc`` is tests/test_calc.py."""
        for name, text in files.items():
            folder = "tests/" if name.startswith("test_") else ""
            self.repo.write({f"{folder}{name}.py": textwrap.dedent(text)})
        return self

    def run(self, *words: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(
            "--syncpoints", "--syncpoints-json=report.json", "-p", "no:cacheprovider", *words
        )

    @property
    def report(self) -> Any:
        return json.loads((self.repo.path / "report.json").read_bytes())

    @property
    def evidence(self) -> Any:
        return self.report["evidence"]

    def findings(self, rule: str) -> list[Any]:
        return [one for one in self.report["findings"] if one["rule"] == rule]

    def ran(self, path: str = "calc.py") -> dict[int, set[str]]:
        """Return names of the tests by the line they ran."""
        evidence = self.evidence
        executed = evidence["files"][path]["executed"]
        return {
            int(line): {evidence["nodeids"][n].partition("::")[2] for n in tests} for line, tests in executed.items()
        }

    def missed(self, path: str = "calc.py") -> list[int]:
        found: list[int] = self.evidence["files"][path]["missed"]
        return found


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    return Suite(pytester)


CALC = """\
    def half(n):
        if n < 0:
            raise ValueError(n)
        return n // 2
    """
TESTS = """\
    import pytest, calc
    def test_half():
        assert calc.half(4) == 2
    def test_other():
        pass
    """


def test_each_changed_line_names_the_tests_that_ran_it(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    assert suite.run().ret == 0
    assert suite.ran() == {1: set(), 2: {"test_half"}, 4: {"test_half"}}
    assert suite.missed() == [3]
    (finding,) = [one for one in suite.findings("EVD001") if one["path"] == "calc.py"]
    assert (finding["line"], finding["level"]) == (3, "warn")
    assert finding["message"] == "1 of 4 changed lines here are run by no test"


def test_the_terminal_counts_lines_of_the_product_alone(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    suite.run().stdout.fnmatch_lines(["*3 of 4 changed lines are*"])


def test_the_evidence_is_bound_to_the_content_that_was_tested(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    suite.run()
    blob = suite.repo.git("hash-object", "calc.py")
    assert suite.evidence["files"]["calc.py"]["blob"] == blob
    assert suite.evidence["complete"] is True


def test_a_file_that_is_not_the_one_under_review_counts_as_not_run(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In CI the head is reviewed; what lies on disk is something else here."""
    suite.repo.git("branch", "start")
    suite.change(calc=CALC, test_calc=TESTS)
    suite.repo.commit()
    suite.change(calc=CALC + "\n    x = 1\n")
    monkeypatch.setenv("CI", "true")
    suite.run("--syncpoints-base=start")
    assert suite.evidence["complete"] is False
    assert suite.evidence["incomplete_because"] == "calc.py is on disk with other content than under review"
    assert suite.ran() == {}
    assert suite.findings("EVD005")


def test_a_renamed_file_counts_the_lines_that_its_source_did_not_have(suite: Suite) -> None:
    lines = [f"def number_{n}():\n    return {n}\n" for n in range(20)]
    suite.repo.commit({"before.py": "".join(lines)})
    suite.repo.git("branch", "start")
    suite.repo.write({"before.py": None})
    suite.change(
        after="".join([*lines[:3], "def added():\n    return 1\n", *lines[3:]]),
        test_after="import after\ndef test_it(): after.number_5()\n",
    )
    suite.repo.commit()
    suite.run("--syncpoints-base=start")
    assert suite.evidence["files"]["after.py"]["changed"] == [7, 8]
    assert suite.missed("after.py") == [8]


WAYS = {
    "a thread": """
        import threading, calc
        def test_it():
            thread = threading.Thread(target=calc.target)
            thread.start(); thread.join()
        """,
    "a pool whose thread started before the test": """
        from concurrent.futures import ThreadPoolExecutor
        import calc
        pool = ThreadPoolExecutor(1)
        pool.submit(int).result()
        def test_it():
            pool.submit(calc.target).result()
        """,
    "asyncio": """
        import asyncio, calc
        async def main():
            return await asyncio.to_thread(calc.target)
        def test_it():
            asyncio.run(main())
        """,
    "a module imported during the test": """
        def test_it():
            import calc
            calc.target()
        """,
    "a reloaded module": """
        import importlib, calc
        def test_it():
            importlib.reload(calc).target()
        """,
    "a parametrised test": """
        import calc, pytest
        @pytest.mark.parametrize("n", [1])
        def test_it(n):
            calc.target()
        """,
    "a fixture's setup": """
        import calc, pytest
        @pytest.fixture
        def made():
            calc.target()
        def test_it(made): pass
        """,
    "a fixture's teardown": """
        import calc, pytest
        @pytest.fixture
        def made():
            yield
            calc.target()
        def test_it(made): pass
        """,
    "a method of a TestCase": """
        import calc, unittest
        class TestIt(unittest.TestCase):
            def test_it(self):
                calc.target()
        """,
    "a subtest": """
        import calc
        def test_it(subtests):
            with subtests.test("one"):
                calc.target()
        """,
}


@pytest.mark.parametrize("test", [pytest.param(text, id=way) for way, text in WAYS.items()])
def test_a_line_is_seen_when_run_by(suite: Suite, test: str) -> None:
    suite.change(calc="def target():\n    return 1\n", test_calc=test)
    assert suite.run().ret == 0
    (name,) = suite.ran()[2]
    assert "test_it" in name
    assert suite.evidence["complete"] is True


def test_an_executed_source_is_seen_under_its_own_name(suite: Suite) -> None:
    """``exec`` of text compiled under the file's name; on 3.11 only imports are seen (docs/evidence.md)."""
    suite.change(
        calc="def target():\n    return 1\n",
        test_calc="""
        import pathlib, sys
        def test_it():
            names = {}
            exec(compile(pathlib.Path("calc.py").read_text(), "calc.py", "exec"), names)
            names["target"]()
        """,
    )
    suite.run()

    assert suite.missed() == ([] if sys.version_info >= (3, 12) else [1, 2])


def test_generators_and_decorators_belong_to_the_test_that_runs_them(suite: Suite) -> None:
    suite.change(
        calc="""\
        def loud(function):
            def inner():
                return function()
            return inner
        @loud
        def target():
            return 1
        def numbers():
            yield 1
            yield 2
        """,
        test_calc="""
        import calc
        held = calc.numbers()
        def test_decorated():
            calc.target()
        def test_first():
            next(held)
        def test_second():
            next(held)
        """,
    )
    suite.run()
    assert suite.ran() == {
        1: set(),
        2: set(),
        3: {"test_decorated"},
        4: set(),
        5: set(),
        6: set(),
        7: {"test_decorated"},
        8: set(),
        9: {"test_first"},
        10: {"test_second"},
    }


def test_a_shared_fixture_belongs_to_every_test_that_asks_for_it(suite: Suite) -> None:
    suite.change(
        calc="def target():\n    return 1\n",
        test_calc="""
        import calc, pytest
        @pytest.fixture(scope="module")
        def made():
            return calc.target()
        def test_one(made): pass
        def test_two(made): pass
        def test_three(): pass
        """,
    )
    suite.run()
    assert suite.ran()[2] == {"test_one", "test_two"}


def test_a_fixture_of_every_scope_belongs_to_the_tests_that_ask_for_it(suite: Suite) -> None:
    """And a shared teardown to the test it ran after."""
    scopes = ("function", "class", "module", "package", "session")
    made = "".join(
        f"@pytest.fixture(scope={scope!r})\ndef of_{scope}():\n"
        f"    calc.up_{scope}()\n    yield\n    calc.down_{scope}()\n"
        for scope in scopes
    )
    asks = ", ".join(f"of_{scope}" for scope in scopes)
    tests = f"class TestA:\n    def test_one(self, {asks}): pass\n    def test_two(self, {asks}): pass\n"
    suite.change(
        calc="".join(f"def up_{scope}():\n    1\ndef down_{scope}():\n    return 2\n" for scope in scopes),
        test_calc=f"import calc, pytest\n{made}{tests}    def test_none(self): pass\n",
    )
    suite.repo.write({"tests/test_old.py": None})
    suite.run()
    one, two, last = "TestA::test_one", "TestA::test_two", "TestA::test_none"
    ran = suite.ran()
    assert [ran[4 * place + 2] for place in range(5)] == [{one, two}] * 5
    assert [ran[4 * place + 4] for place in range(5)] == [{one, two}, *[{last}] * 4]


def test_a_module_imported_by_conftest_is_seen_from_its_first_line(suite: Suite) -> None:
    suite.change(
        calc="import os\nif os.sep == '/':\n    found = 1\nelse:\n    found = 2\ndef target():\n    return found\n",
        conftest="import calc\n",
        test_calc="import calc\ndef test_it():\n    calc.target()\n",
    )
    suite.run()
    assert suite.missed() == [5]
    assert suite.evidence["complete"] is True


def test_a_module_imported_before_measuring_says_what_cannot_be_told(suite: Suite) -> None:
    suite.change(
        calc="import os\nif os.sep == '/':\n    found = 1\ndef target():\n    return found\n",
        early="import calc\n",
        test_calc="import calc\ndef test_it():\n    calc.target()\n",
    )
    result = suite.pytester.run(
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, '.'); import calc, pytest; "
        "sys.exit(pytest.main(['--syncpoints', '--syncpoints-json=report.json', '-p', 'no:cacheprovider']))",
    )
    assert result.ret == 0
    assert "calc.py was imported before measuring began" in suite.evidence["incomplete_because"]
    assert 3 not in suite.ran()
    assert 1 in suite.ran()


def test_lines_that_are_no_code_are_not_asked_for(suite: Suite) -> None:
    suite.change(
        calc='''\
        """A module."""
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from os import PathLike

        # a comment
        def target(
            n,
        ):
            """A docstring."""
            if n:
                pass
            else:
                n = [
                    1,
                ]
            return n  # pragma: no cover
        ''',
        test_calc="import calc\ndef test_it():\n    calc.target(0)\n",
    )
    suite.run()
    assert suite.evidence["files"]["calc.py"]["changed"] == [2, 7, 11, 12, 14]
    assert suite.missed() == [12]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("-k", "half"), "1 tests were deselected by -k and say nothing", id="-k"),
        pytest.param(("-m", "not slow"), "1 tests were deselected by -m and say nothing", id="-m"),
    ],
)
def test_deselected_tests_are_said(suite: Suite, words: tuple[str, ...], said: str) -> None:
    suite.change(
        calc=CALC,
        test_calc="""
        import pytest, calc
        def test_half(): calc.half(1)
        @pytest.mark.slow
        def test_other(): pass
        """,
    )
    suite.pytester.makeini("[pytest]\npythonpath = .\nmarkers = slow\n")
    suite.repo.write({"tests/test_old.py": None})
    suite.run(*words)
    assert [one["message"] for one in suite.findings("EVD005")] == [said]


def test_stopping_at_the_first_failure_is_said(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc="def test_a(): assert 0\ndef test_b(): pass\n")
    suite.run("-x")
    assert "tests did not run" in suite.findings("EVD005")[0]["message"]


def test_a_rerun_counts_once_and_its_lines_all_count(suite: Suite) -> None:
    pytest.importorskip("pytest_rerunfailures")
    suite.change(
        calc="def target(n):\n    if n:\n        return 1\n    return 2\n",
        test_calc="""
        import calc
        runs = []
        def test_it():
            runs.append(1)
            assert calc.target(len(runs) > 1) == 1
        """,
    )
    assert suite.run("--reruns=1").ret == 0
    assert suite.missed() == []
    assert suite.evidence["tests"] == {"rerun": 1, "passed": 2}


@pytest.mark.parametrize("words", [("-n2",), ("-p", "no:terminal"), ("--cov=calc",), ()], ids=str)
def test_the_same_lines_are_seen(suite: Suite, words: tuple[str, ...]) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    assert suite.run(*words).ret == 0
    assert suite.ran() == {1: set(), 2: {"test_half"}, 4: {"test_half"}}
    assert suite.evidence["complete"] is True


def test_lines_only_a_crashed_worker_saw_are_not_covered(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc="import os, calc\ndef test_dies():\n    calc.half(2)\n    os._exit(1)\n")
    suite.repo.write({"tests/test_old.py": None})
    suite.run("-n1")
    assert suite.evidence["complete"] is False
    assert set(suite.missed()) >= {2, 3, 4}


def test_another_tool_in_the_slot_is_said(suite: Suite) -> None:
    if not hasattr(sys, "monitoring"):
        pytest.skip("sys.monitoring is new in 3.12")
    suite.change(
        calc=CALC,
        test_calc="""
        import sys, calc
        def test_it():
            for slot in (3, 4):
                sys.monitoring.free_tool_id(slot)
            sys.monitoring.use_tool_id(4, "thief")
        """,
    )
    suite.run()
    assert "another tool" in suite.evidence["incomplete_because"]


def test_coverage_data_is_read_instead(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    plain = suite.pytester.runpytest_subprocess("--cov=calc", "--cov-context=test", "-p", "no:cacheprovider")
    assert plain.ret == 0
    assert suite.run("--syncpoints-coverage=.coverage").ret == 0
    assert suite.ran() == {1: set(), 2: {"test_half"}, 4: {"test_half"}}
    assert suite.evidence["incomplete_because"] == "the coverage data does not know tests/test_calc.py"


def test_coverage_data_older_than_the_file_is_said(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    suite.pytester.runpytest_subprocess("--cov=.", "--cov-context=test", "-p", "no:cacheprovider")
    import os

    os.utime(suite.repo.path / ".coverage", (1, 1))
    suite.run("--syncpoints-coverage=.coverage")
    assert "calc.py is newer than the coverage data" in suite.evidence["incomplete_because"]


def test_coverage_data_that_is_not_there_is_a_usage_error(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS)
    assert suite.run("--syncpoints-coverage=nowhere").ret == pytest.ExitCode.USAGE_ERROR


CHILDREN = {
    "a program": "subprocess.run([sys.executable, '-c', 'import calc; calc.target()'], check=True)",
    "a program of a program": (
        "subprocess.run([sys.executable, '-c', 'import subprocess, sys; "
        'subprocess.run([sys.executable, "-c", "import calc; calc.target()"], check=True)\'], check=True)'
    ),
    "multiprocessing": (
        "context = multiprocessing.get_context('spawn')\n"
        "    process = context.Process(target=calc.target)\n"
        "    process.start(); process.join()"
    ),
}


@pytest.mark.parametrize(
    ("start", "words"),
    [
        *(pytest.param(text, (), id=way) for way, text in CHILDREN.items()),
        pytest.param(CHILDREN["a program"], ("-n1",), id="a program of a worker's test"),
    ],
)
def test_processes_that_a_test_starts_are_measured_where_asked(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, start: str, words: tuple[str, ...]
) -> None:
    import os

    path = os.pathsep.join(filter(None, (str(suite.repo.path), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", path)
    test = f"import multiprocessing, subprocess, sys, calc\ndef test_it():\n    {start}\ndef test_other(): pass\n"
    suite.change(calc="def target():\n    return 1\n").repo.write({"tests/test_calc.py": test})
    suite.run(*words)
    assert suite.missed() == [2]
    assert suite.run("--syncpoints-subprocesses", *words).ret == 0
    assert suite.ran() == {1: set(), 2: {"test_it"}}
    assert suite.evidence["complete"] is True


def test_a_process_that_is_killed_leaves_the_evidence_incomplete(suite: Suite) -> None:
    suite.change(
        calc=CALC,
        test_calc="""
        import subprocess, sys
        def test_it():
            subprocess.run([sys.executable, "-c", "import os; os._exit(0)"])
        """,
    )
    suite.run("--syncpoints-subprocesses")
    assert suite.evidence["incomplete_because"] == "1 processes that tests started did not tell which lines they ran"


def test_measuring_processes_hides_no_sitecustomize_and_leaves_nothing(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    path = os.pathsep.join(filter(None, (str(suite.repo.path), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", path)
    suite.change(
        calc=CALC,
        sitecustomize="import builtins\nbuiltins.mine = 7\n",
        test_calc="""
        import os, pathlib, subprocess, sys
        def test_it():
            said = subprocess.run([sys.executable, "-c", "import sys; print(mine, sys.path)"], capture_output=True)
            folder = os.environ["SYNCPOINTS_SUBPROCESSES"]
            pathlib.Path("folder").write_text(folder)
            assert said.stdout.startswith(b"7 ") and os.fsencode(folder) not in said.stdout
            assert not said.stderr
        """,
    )
    assert suite.run("--syncpoints-subprocesses").ret == 0
    assert not os.path.exists((suite.repo.path / "folder").read_text())


def test_a_file_that_cannot_be_collected_leaves_the_evidence_incomplete(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS, test_broken="import nothing_of_this_name\n")
    suite.run("--continue-on-collection-errors")
    assert suite.evidence["incomplete_because"] == "tests of 1 files could not be collected: tests/test_broken.py"


def test_files_that_lf_leaves_out_are_said(suite: Suite) -> None:
    suite.change(calc=CALC, test_calc=TESTS, test_fails="def test_fails(): assert 0\n")
    suite.pytester.runpytest_subprocess("-q")
    suite.pytester.runpytest_subprocess("--syncpoints", "--syncpoints-json=report.json", "--lf")
    assert [one["message"] for one in suite.findings("EVD005")] == [
        "--lf left out 2 files in which no test failed the last time"
    ]


def test_tests_that_a_plugin_runs_in_processes_of_its_own_are_said(suite: Suite) -> None:
    """As pytest-forked does: the process ends before anybody asks it for lines."""
    suite.repo.write(
        {
            "conftest.py": textwrap.dedent(
                """
                import os
                from _pytest.runner import runtestprotocol
                def pytest_runtest_protocol(item):
                    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                    process = os.fork()
                    if process == 0:
                        runtestprotocol(item, log=False)
                        os._exit(0)
                    os.waitpid(process, 0)
                    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
                    return True
                """
            )
        }
    )
    suite.change(calc=CALC, test_calc=TESTS).run()
    assert "3 tests ran in other processes that told no lines" in suite.evidence["incomplete_because"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            ("tests/test_old.py",), ["only tests/test_old.py was asked for: other tests say nothing"], id="a file"
        ),
        pytest.param(
            ("tests/test_calc.py::test_half", "-v"),
            ["only tests/test_calc.py::test_half was asked for: other tests say nothing"],
            id="one test",
        ),
        pytest.param(
            ("--ignore=tests/test_old.py",), ["--ignore left tests out, and they say nothing"], id="a file ignored"
        ),
        pytest.param(("tests",), [], id="the folder of the tests"),
    ],
)
def test_a_run_that_is_asked_for_less_says_so(suite: Suite, words: tuple[str, ...], said: list[str]) -> None:
    suite.change(calc=CALC, test_calc=TESTS).run(*words)
    assert [one["message"] for one in suite.findings("EVD005")] == said


def test_other_line_ends_on_disk_are_the_same_content(suite: Suite) -> None:
    """As Git for Windows writes them, and ``eol=crlf`` everywhere."""
    suite.repo.commit({".gitattributes": "*.py text eol=crlf\n"})
    suite.repo.write({"calc.py": b"def half(n):\r\n    return n // 2\r\n"})
    suite.change(test_calc="import calc\ndef test_half(): calc.half(2)\n").run()
    assert suite.ran() == {1: set(), 2: {"test_half"}}


def test_coverage_data_may_be_written_in_the_same_run(suite: Suite) -> None:
    pytest.importorskip("pytest_cov")
    suite.change(calc=CALC, test_calc=TESTS)
    suite.run("--cov=.", "--cov-context=test", "--syncpoints-coverage=.coverage")
    assert suite.ran() == {1: set(), 2: {"test_half"}, 4: {"test_half"}}


def test_coverage_data_that_names_no_test_is_incomplete_evidence(suite: Suite) -> None:
    pytest.importorskip("pytest_cov")
    suite.change(calc=CALC, test_calc=TESTS)
    suite.run("--cov=.", "--syncpoints-coverage=.coverage")
    assert "names no test of this run" in suite.evidence["incomplete_because"]


def test_what_coverage_is_told_to_leave_out_is_not_asked_for(suite: Suite) -> None:
    suite.repo.commit({".coveragerc": "[report]\nexclude_also = raise ValueError\n"})
    suite.change(calc=CALC, test_calc=TESTS).run()
    assert suite.missed() == []
    assert sorted(suite.ran()) == [1, 2, 4]
