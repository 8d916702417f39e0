"""`pytest --syncpoints`: the review of every door beside the tests, and nothing at all without the flag."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from tests.project import Project

POLICY = """\
[change]
budget = 3
[ownership]
require = ["src/"]
[teams.ops]
members = ["@acme/ops", "bob@example.org"]
[syncpoints.ledger-ops]
paths = ["src/ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
"""
# A norm finding would block anywhere; this policy makes an ordinary one do so.
BLOCKING = POLICY + '[rules]\nOWN001 = "block"\n'
PASSES = "def test_passes():\n    pass\n"
FAILS = "def test_fails():\n    assert False\n"


@pytest.fixture
def repo(pytester: pytest.Pytester) -> Project:
    """Return a repository in pytester's folder whose staged change has findings of several rules."""
    found = Project(pytester.path)
    found.commit({"syncpoints.toml": POLICY, "CODEOWNERS": "/docs/ @acme/docs\n", "src/ledger/post.py": "1\n"})
    found.stage({"src/ledger/post.py": "2\n" * 6, "src/free.py": "1\n", "CODEOWNERS": "/docs/ @acme/writers\n"})
    return found


def report(repo: Project) -> Any:
    return json.loads((repo.path / "report.json").read_bytes())


def blocked(repo: Project) -> None:
    """Make the policy at HEAD one that blocks this change."""
    repo.git("stash", "-q")
    repo.commit({"syncpoints.toml": BLOCKING})
    repo.git("stash", "pop", "-q", "--index")


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    return pytester.runpytest("--syncpoints", "--syncpoints-json=report.json", "-p", "no:cacheprovider", *words)


def test_without_the_flag_nothing_is_read_or_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PASSES)
    result = pytester.runpytest("--syncpoints-json=report.json")
    assert result.ret == 0
    assert "sync points" not in result.stdout.str()
    assert not (pytester.path / "report.json").exists()


def test_the_section_says_what_the_command_says(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(PASSES)
    result = run(pytester)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*= sync points =*", "*OWN001*src/free.py*", "*SYN001*", "report: *report.json"])


def test_the_report_holds_the_tests_and_the_nonce(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(
        """
        import pytest
        def test_passes(): pass
        def test_fails(): assert False
        @pytest.mark.skip
        def test_skipped(): pass
        @pytest.mark.xfail
        def test_expected(): assert False
        @pytest.mark.xfail
        def test_surprise(): pass
        @pytest.fixture
        def broken(): raise OSError
        def test_error(broken): pass
        """
    )
    assert run(pytester, "--syncpoints-nonce=abc").ret == 1
    evidence = report(repo)["evidence"]
    assert evidence["complete"] is True
    assert (evidence["collected"], evidence["ran"], evidence["nonce"]) == (6, 6, "abc")
    assert evidence["tests"] == dict.fromkeys(("error", "failed", "passed", "skipped", "xfailed", "xpassed"), 1)


def test_an_old_report_goes_first_and_a_running_one_is_incomplete(pytester: pytest.Pytester, repo: Project) -> None:
    (repo.path / "report.json").write_text("an old one", encoding="utf-8")
    pytester.makepyfile(
        """
        import json, pathlib
        def test_while_running(pytestconfig):
            evidence = json.loads((pytestconfig.rootpath / "report.json").read_bytes())["evidence"]
            assert evidence["complete"] is False
            assert evidence["incomplete_because"] == "the test session has not ended"
        """
    )
    assert run(pytester).ret == 0
    assert report(repo)["evidence"]["complete"] is True


def test_a_test_that_changes_the_directory_does_not_move_the_report(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile("import os\ndef test_moves(tmp_path):\n    os.chdir(tmp_path)\n")
    run(pytester)
    assert report(repo)["evidence"]["complete"] is True


@pytest.mark.parametrize(
    ("tests", "words", "status"),
    [
        pytest.param(PASSES, (), 1, id="a blocked change fails a run whose tests pass"),
        pytest.param(PASSES, ("--syncpoints-no-fail",), 0, id="unless it is asked not to"),
        pytest.param(FAILS, (), 1, id="failing tests keep their status"),
        pytest.param("", (), 5, id="no tests keep theirs"),
        pytest.param("raise OSError", (), 2, id="an interrupted collection keeps its own"),
    ],
)
def test_the_exit_status_where_the_change_is_blocked(
    pytester: pytest.Pytester, repo: Project, tests: str, words: tuple[str, ...], status: int
) -> None:
    blocked(repo)
    pytester.makepyfile(tests)
    assert run(pytester, *words).ret == status
    assert report(repo)["verdict"]["blocked"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("--syncpoints-base=nowhere",), "no commit here is called 'nowhere'", id="a base that is none"),
        pytest.param(("--syncpoints-json=no/such/folder",), "no/such/folder", id="a report that cannot be written"),
        pytest.param(("--syncpoints-json=src",), "is a directory", id="a report that is a directory"),
    ],
)
def test_a_usage_error_stops_before_the_tests(
    pytester: pytest.Pytester, repo: Project, words: tuple[str, ...], said: str
) -> None:
    pytester.makepyfile(PASSES)
    result = run(pytester, *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()
    assert "1 passed" not in result.stdout.str()


def test_a_policy_error_is_a_usage_error_with_every_fault(pytester: pytest.Pytester, repo: Project) -> None:
    repo.commit({"syncpoints.toml": "[chnage]\nbudget = 1\n[teams.ops]\nmembers = 3\n"})
    pytester.makepyfile(PASSES)
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*syncpoints.toml:1:*", "*syncpoints.toml:4:*"])


@pytest.mark.parametrize("words", [(), ("--syncpoints-no-fail",)], ids=["as it is", "no-fail forgives findings only"])
def test_what_cannot_be_evaluated_fails_after_the_tests_ran(pytester: pytest.Pytester, words: tuple[str, ...]) -> None:
    pytester.makepyfile(PASSES)
    result = run(pytester, *words)  # no repository here
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*not a git repository*"])


@pytest.mark.parametrize("broken", ["prepare", "SyncpointsSession._judge_mutants"], ids=["before", "after"])
def test_a_bug_of_ours_keeps_no_test_from_running(
    pytester: pytest.Pytester, repo: Project, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    pytester.makepyfile(
        test_it=PASSES,
        breaker="import pytest_syncpoints.pytest_session as door\n"
        f"def boom(*words): raise KeyError('boom')\ndoor.{broken} = boom\n",
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path), prepend=os.pathsep)
    result = pytester.runpytest_subprocess("--syncpoints", "-p", "breaker")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*internal error: KeyError: 'boom' (breaker.py:*", "*please report it*"])


def test_stopping_early_leaves_the_evidence_incomplete(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(FAILS + PASSES + "def test_third():\n    pass\n")
    assert run(pytester, "-x").ret == 1
    evidence = report(repo)["evidence"]
    assert evidence["incomplete_because"] == "2 of 3 collected tests did not run"


def test_deselected_tests_are_not_missing(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(FAILS + PASSES)
    assert run(pytester, "-k", "passes").ret == 0
    assert report(repo)["evidence"]["complete"] is True


def test_collecting_only_reviews_nothing(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(PASSES)
    result = run(pytester, "--collect-only")
    assert result.ret == 0
    assert not (repo.path / "report.json").exists()


def test_without_the_terminal_plugin_the_verdict_still_counts(pytester: pytest.Pytester, repo: Project) -> None:
    blocked(repo)
    pytester.makepyfile(PASSES)
    assert run(pytester, "-p", "no:terminal").ret == 1
    assert report(repo)["evidence"]["ran"] == 1


def test_switched_off_the_plugin_leaves_no_options_behind(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(PASSES)
    assert pytester.runpytest_subprocess("-p", "no:syncpoints").ret == 0
    result = pytester.runpytest_subprocess("-p", "no:syncpoints", "--syncpoints")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_under_xdist_the_facts_are_gathered_once_and_every_test_is_counted(
    pytester: pytest.Pytester, repo: Project
) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_n(n):\n    pass\n")
    result = run(pytester, "-n2")
    assert result.ret == 0
    assert result.stdout.str().count("= sync points =") == 1
    evidence = report(repo)["evidence"]
    assert (evidence["collected"], evidence["ran"], evidence["complete"]) == (6, 6, True)
    assert evidence["tests"] == {"passed": 6}


def test_a_worker_that_dies_leaves_the_evidence_incomplete(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile("import os\ndef test_dies():\n    os._exit(7)\n" + PASSES)
    assert run(pytester, "-n2").ret == 1
    evidence = report(repo)["evidence"]
    assert evidence["incomplete_because"] == "a test worker died"
    assert evidence["tests"] == {"error": 1, "passed": 1}


ROW = re.compile(r"^(block|warn|note) +([A-Z]{3}\d{3}) \S+ +(\S+)", re.MULTILINE)


def test_every_door_finds_the_same_in_the_same_change(pytester: pytest.Pytester, repo: Project) -> None:
    """Rule, path and level; the hook has only its text, in which notes that ask for nobody are left out."""
    hook = ROW.findall(repo.hook("staged").out)
    command = repo.check("--staged")
    pytester.makepyfile("")
    assert run(pytester).ret == pytest.ExitCode.NO_TESTS_COLLECTED
    (repo.path / "test_every_door_finds_the_same_in_the_same_change.py").unlink()

    def found(one: Any) -> set[tuple[str, str, str]]:
        return {(f["level"], f["rule"], f["path"] or f["syncpoint"]) for f in one["findings"]}

    assert {rule for _, rule, _ in found(command)} == {"OWN001", "SIZ001", "SYN001", "POL002"}
    # What tests ran, only this door knows.
    assert {one for one in found(report(repo)) if not one[1].startswith("EVD")} == found(command)
    assert hook == ROW.findall(repo.run("check", "--staged").out)
    assert {rule for _, rule, _ in hook} == {"OWN001", "SIZ001", "SYN001"}


def test_in_ci_a_test_run_warns_of_sign_offs_where_the_check_blocks(pytester: pytest.Pytester, repo: Project) -> None:
    """The reviews a test run was not given may be there; the check that must know them is another."""
    pytester.makepyfile(PASSES)
    run(pytester, "--syncpoints-door=ci")
    command = repo.check("--staged", "--door", "ci")
    levels = [{f["rule"]: f["level"] for f in one["findings"]} for one in (report(repo), command)]
    assert [level.pop("SYN001") for level in levels] == ["warn", "block"]
    assert levels[0].pop("EVD001") == "warn"  # which only a test run can know
    assert levels[0] == levels[1]


def test_the_xml_of_the_results_holds_the_verdict_as_properties(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(PASSES)
    run(pytester, "--junitxml=results.xml", "--syncpoints-no-fail")
    found = dict(
        re.findall(r'<property name="syncpoints\.([^"]+)" value="([^"]*)"', (repo.path / "results.xml").read_text())
    )
    assert found["summary"].startswith("1 sign-off missing (ops); 2 files have no owner; ")
    assert (found["blocked"], found["door"]) == ("false", "local")
    assert found["sign-offs.missing"] == "ledger-ops/ops"
    counted = sum(one["level"] == "warn" for one in report(repo)["findings"])
    assert found["findings.warn"] == str(counted)


def test_the_xml_holds_what_the_tests_told_and_the_results_once(pytester: pytest.Pytester, repo: Project) -> None:
    """Lines that tests ran are known only at the end, when pytest has written its file."""
    repo.commit({"src/ledger/post.py": "def post():\n    return 1\n\ndef hold():\n    return 2\n"})
    repo.stage({"src/ledger/post.py": "def post():\n    return 3\n\ndef hold():\n    return 4\n"})
    pytester.makepyfile(
        "import sys\nsys.path.insert(0, 'src/ledger')\n"
        "def test_post(record_testsuite_property):\n"
        "    from post import post\n    record_testsuite_property('mine', 'kept')\n    assert post() == 3\n"
    )
    run(pytester, "--junitxml=results.xml", "--syncpoints-no-fail")
    text = (repo.path / "results.xml").read_text()
    found = dict(re.findall(r'<property name="([^"]+)" value="([^"]*)"', text))
    assert (found["syncpoints.lines.run"], found["syncpoints.lines.changed"]) == ("1", "2")
    assert found["mine"] == "kept"
    assert text.count('name="syncpoints.summary"') == text.count("<testcase ") == 1


def test_without_that_file_no_property_is_lost_or_said(pytester: pytest.Pytester, repo: Project) -> None:
    pytester.makepyfile(PASSES)
    assert run(pytester, "--syncpoints-no-fail").ret == 0
