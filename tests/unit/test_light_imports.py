"""What is started where nobody wants to wait, a commit hook and every pytest run, loads next to nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.project import Project

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("re", "typing", "dataclasses", "json", "subprocess", "argparse", "pathlib", "logging", "collections", "enum"),
    *("pluggy", "click", "git", "libcst", "pytest", "rich", "tomli", "tomllib", "importlib.metadata"),
    *("ast", "sqlglot", "yaml", "avro", "pickle"),
)
POLICY = '[syncpoints.ledger]\npaths = ["ledger/"]\nparticipants = [{ team = "@acme/ops", purpose = "permission" }]\n'
# -S and -I leave out what an installation's own .pth files import; what is left is loaded by us.
ISOLATED = (sys.executable, "-I", "-S", "-c")


def loaded_by(code: str, project: Project, *paths: str) -> set[str]:
    """Run code in an interpreter of its own and return the modules it added to those of a bare start."""
    program = (
        f"import sys; sys.path[:0] = {[str(ROOT / 'src'), str(ROOT / 'hooks'), *paths]!r}\n"
        f"before = set(sys.modules)\n{code}\n"
        "sys.stderr.write('LOADED ' + ' '.join(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([*ISOLATED, program], cwd=project.path, capture_output=True, text=True, check=False)
    assert "LOADED" in done.stderr, done
    return set(done.stderr.rpartition("LOADED ")[2].split())


def site_of(module: str) -> str:
    """Return the folder an installed module is imported from."""
    found = __import__(module).__file__
    assert found is not None
    return str(Path(found).parents[1])


RUN_STAGED = "from syncpoints_hooks.staged import main; assert main([]) == 0"


def test_a_staged_run_without_a_policy_loads_nothing_heavy(project: Project) -> None:
    project.commit({"CODEOWNERS": "* @acme/all\n", "a.py": "1\n"})
    project.stage({"a.py": "2\n"})
    loaded = loaded_by(RUN_STAGED, project)
    assert sorted(loaded & set(HEAVY)) == []
    assert "pytest_syncpoints.run" in loaded
    assert not any(name.startswith("pytest_syncpoints.detectors.") and "places" not in name for name in loaded)


def test_an_edit_in_the_body_of_a_function_is_no_matter_of_the_api(project: Project) -> None:
    """Comparing what callers see takes processes of their own; this edit shows them nothing."""
    project.commit({"pkg/__init__.py": "", "pkg/a.py": "def f():\n    return 1\n"})
    project.stage({"pkg/a.py": "def f():\n    return 2\n"})
    loaded = loaded_by(RUN_STAGED, project)
    assert not {"pytest_syncpoints.gather.api_changes", "pytest_syncpoints.gather.child"} & loaded


def test_a_staged_run_with_a_policy_adds_the_toml_reader_and_what_that_needs(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "ledger/a.py": "1\n"})
    project.stage({"ledger/a.py": "2\n"})
    tomli = loaded_by("import tomli", project, site_of("tomli"))
    loaded = loaded_by(RUN_STAGED, project, site_of("tomli"))
    assert "tomli" in loaded
    assert sorted((loaded - tomli) & set(HEAVY)) == []


def test_a_policy_that_was_read_once_is_not_read_again(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY, "ledger/a.py": "1\n"})
    project.stage({"ledger/a.py": "2\n"})
    assert project.hook("staged").code == 0
    loaded = loaded_by(RUN_STAGED, project)
    assert sorted(loaded & {*HEAVY, "pytest_syncpoints.policy_reading"}) == []


def test_a_staged_run_beside_a_history_index_leaves_it_alone(project: Project) -> None:
    project.commit({"src/a.py": "def f():\n    return 1\n"})
    assert project.run("risk").code == 0
    project.stage({"src/a.py": "def f():\n    return 2\n"})
    loaded = loaded_by(RUN_STAGED, project)
    assert sorted(loaded & {*HEAVY, "sqlite3", "pytest_syncpoints.gather.look_back"}) == []


@pytest.mark.parametrize(
    ("hook", "call"),
    [
        pytest.param("message", "main(['MESSAGE'])", id="a message without trailers of ours"),
        pytest.param("prepare_message", "main(['MESSAGE', 'message'])", id="a message git was given: no editor opens"),
    ],
)
def test_a_message_hook_with_nothing_to_say_starts_no_git_and_loads_nothing_heavy(
    project: Project, hook: str, call: str
) -> None:
    project.commit({"a": "1\n"})
    (project.path / "MESSAGE").write_text("A change\n", encoding="utf-8")
    loaded = loaded_by(f"from syncpoints_hooks.{hook} import main; assert {call} == 0", project)
    assert sorted(loaded & {*HEAVY, "pytest_syncpoints.run"}) == []


@pytest.mark.parametrize(
    ("files", "policy"),
    [
        pytest.param({"a.py": "2\n"}, None, id="no policy"),
        pytest.param(
            {"ledger/a.py": "2\n", "b": "1\n", "syncpoints.toml": POLICY + "\n"}, POLICY, id="a policy, itself changed"
        ),
        pytest.param({"a.py": None, "moved.py": "1\n2\n3\n4\n5\n6\n8\n"}, None, id="a rename to search for"),
    ],
)
def test_a_staged_run_starts_at_most_four_git_processes(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str | bytes | None],
    policy: str | None,
) -> None:
    project.commit(
        {"syncpoints.toml": policy, "a.py": "1\n2\n3\n4\n5\n6\n7\n"} if policy else {"a.py": "1\n2\n3\n4\n5\n6\n7\n"}
    )
    project.stage(files)
    log = count_git(tmp_path, monkeypatch)
    assert project.hook("staged").code == 0
    assert 1 <= len(log.read_text().splitlines()) <= 4


def count_git(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a git first on PATH that notes each of its runs, and return where."""
    box = folder / "first-on-path"
    box.mkdir()
    log = box / "log"
    (box / "git").write_text(f'#!/bin/sh\necho "$*" >> "{log}"\nexec "{shutil.which("git")}" "$@"\n', encoding="utf-8")
    (box / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{box}{os.pathsep}{os.environ['PATH']}")
    return log


def test_pytest_without_the_flag_loads_the_plugin_file_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_loaded():
            ours = {name for name in sys.modules if name.startswith(("pytest_syncpoints", "syncpoints_hooks"))}
            assert ours == {"pytest_syncpoints", "pytest_syncpoints.pytest_plugin"}
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
