"""Plugins: named in the policy, asked like the built-in ones, and never taken from the tree under review."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.project import Project

from pytest_syncpoints.checks import CHECKS
from pytest_syncpoints.plugins import all_checks, all_renderers, plugin_manager
from pytest_syncpoints.render import RENDERERS

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin"
POLICY = 'plugins = ["{}"]\n'


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder on the import path, as an installed package's would be, with the example plugin in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "acme_checks.py").write_text((EXAMPLE / "acme_checks.py").read_text())
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "acme_checks", raising=False)
    return folder


def test_the_built_in_checks_and_renderers_are_registered_as_a_plugins_are() -> None:
    manager = plugin_manager()
    assert all_checks(manager) == CHECKS
    assert sorted(all_renderers(manager)) == sorted(RENDERERS)


def test_a_third_partys_check_raises_its_own_findings(project: Project, installed: Path) -> None:
    project.commit({"syncpoints.toml": POLICY.format("acme_checks")})
    project.commit({"a.py": "x = 1\ny = 2  # TODO: later\n"})
    report = project.check("--commit", "HEAD")
    (finding,) = report["findings"]
    assert (finding["rule"], finding["level"], finding["path"], finding["line"]) == ("ACME001", "warn", "a.py", 2)
    assert {"check": "acme-todo", "status": "raised", "reason": ""} in report["outcomes"]


def test_rules_of_a_plugin_take_levels_and_exemptions(project: Project, installed: Path) -> None:
    project.commit({"syncpoints.toml": POLICY.format("acme_checks") + '[rules]\nACME001 = "block"\n'})
    project.commit({"a.py": "# TODO\n"})
    assert project.run("check", "--commit", "HEAD").code == 1


def test_a_plugin_that_crashes_is_named_and_never_passes(project: Project, installed: Path) -> None:
    (installed / "broken_checks.py").write_text(
        "from pytest_syncpoints import hookimpl\n"
        "class Broken:\n    name = 'broken'\n    rules = ()\n"
        "    def run(self, context):\n        raise ValueError('no idea')\n"
        "@hookimpl\ndef syncpoints_checks():\n    return (Broken(),)\n"
    )
    project.commit({"syncpoints.toml": POLICY.format("broken_checks")})
    project.commit({"a.py": "1\n"})
    outcome = project.run("check", "--commit", "HEAD", "--format", "json")
    assert outcome.code == 3
    assert {"check": "broken", "status": "crashed", "reason": "ValueError: no idea"} in outcome.json["outcomes"]
    assert outcome.json["verdict"]["blocked"]


def test_a_module_of_the_tree_under_review_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.commit(
        {
            "syncpoints.toml": POLICY.format("mine"),
            "mine.py": "open('pwned', 'w')\n",
            "pkg/__init__.py": "open('pwned', 'w')\n",
        }
    )
    monkeypatch.syspath_prepend(str(project.path))
    outcome = project.run("check", "--commit", "HEAD")
    assert outcome.code == 0, "the policy takes effect once landed"
    project.commit({"a": "1\n"})
    outcome = project.run("check", "--commit", "HEAD")
    assert outcome.code == 2
    assert "inside the tree under review" in outcome.err
    assert not (project.path / "pwned").exists()


@pytest.mark.parametrize(
    ("name", "fragment"),
    [
        pytest.param("not_installed_anywhere", "pip install not_installed_anywhere", id="not installed"),
        pytest.param("bad_import", "cannot be imported", id="fails to import"),
        pytest.param("unknown_hook", "does not fit", id="implements a hook there is not"),
    ],
)
def test_a_plugin_that_cannot_take_part(project: Project, installed: Path, name: str, fragment: str) -> None:
    (installed / "bad_import.py").write_text("1 / 0\n")
    (installed / "unknown_hook.py").write_text(
        "from pytest_syncpoints import hookimpl\n@hookimpl\ndef syncpoints_chekcs(): pass\n"
    )
    project.commit({"syncpoints.toml": POLICY.format(name)})
    project.commit({"a": "1\n"})
    outcome = project.run("check", "--commit", "HEAD")
    assert outcome.code == 2, outcome
    assert fragment in outcome.err
    assert "Traceback" not in outcome.err


RENDERER = (
    "from pytest_syncpoints import hookimpl\n"
    "class Acme:\n    name = 'acme'\n    suffix = '.acme'\n    media_type = 'text/plain'\n"
    "    def render(self, report):\n        {}\n"
    "@hookimpl\ndef syncpoints_renderers():\n    return {{'acme': Acme()}}\n"
)
BUILT_IN = "text, json, markdown, html, sarif, github, gitlab"


@pytest.fixture
def acme(project: Project, installed: Path) -> Project:
    """Return a project whose policy on main names a plugin with the format `acme`, with a branch of one change."""
    (installed / "acme_format.py").write_text(RENDERER.format("return f'acme: {report.verdict.summary}\\n'"))
    sys.modules.pop("acme_format", None)
    project.commit({"syncpoints.toml": POLICY.format("acme_format"), ".gitignore": "*.json\n"})
    project.branch("topic").commit({"a.py": "1\n"})
    return project


def report_of(project: Project) -> str:
    """Write the branch's report and return its path."""
    assert project.run("check", "--base", "main", "--format", "json", "-o", "report.json").code == 0
    sys.modules.pop("acme_format", None)
    return "report.json"


class TestAFormatOfAPlugin:
    def test_check_writes_it(self, acme: Project) -> None:
        outcome = acme.run("check", "--base", "main", "--format", "acme")
        assert (outcome.code, outcome.out, outcome.err) == (0, "acme: clear\n", "")

    def test_check_keeps_its_exit_status(self, acme: Project) -> None:
        acme.git("switch", "-q", "main")
        acme.commit({"syncpoints.toml": POLICY.format("acme_format") + "[change]\nbudget = 1\nlimit = 2\n"})
        acme.branch("large").commit({"a.py": "x = 1\n" * 9})
        outcome = acme.run("check", "--base", "main", "--format", "acme", "-o", "report.acme", "--door", "ci")
        assert (outcome.code, outcome.out) == (1, "")
        assert (acme.path / "report.acme").read_text().startswith("acme: blocked: ")

    def test_render_writes_it(self, acme: Project) -> None:
        report = report_of(acme)
        outcome = acme.run("render", report, "--to", "acme")
        assert (outcome.code, outcome.out, outcome.err) == (0, "acme: clear\n", "")

    @pytest.mark.parametrize("words", [("check", "--base", "main", "--format"), ("render", "report.json", "--to")])
    def test_an_unknown_one_names_those_there_are_plugins_too(self, acme: Project, words: tuple[str, ...]) -> None:
        report_of(acme)
        outcome = acme.run(*words, "amce")
        assert outcome.code == 2
        assert outcome.err == (
            f"syncpoints: no format is called 'amce'\n  did you mean 'acme'? there are: {BUILT_IN}, acme\n"
        )

    @pytest.mark.parametrize("words", [("check", "--base", "main", "--format"), ("render", "report.json", "--to")])
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            pytest.param("raise ValueError('no idea')", "crashed rendering 'acme': ValueError: no idea", id="raises"),
            pytest.param("raise SystemExit(0)", "crashed rendering 'acme': SystemExit: 0", id="ends the process"),
            pytest.param("return None", "rendered 'acme' as NoneType, not as text (str)", id="returns nothing"),
            pytest.param("return b'x'", "rendered 'acme' as bytes, not as text (str)", id="returns bytes"),
        ],
    )
    def test_a_plugin_that_fails_is_named(
        self, acme: Project, installed: Path, words: tuple[str, ...], body: str, said: str
    ) -> None:
        report_of(acme)
        (installed / "acme_format.py").write_text(RENDERER.format(body))
        outcome = acme.run(*words, "acme")
        assert (outcome.code, outcome.out) == (3, "")
        assert outcome.err == (
            f"syncpoints: the plugin 'acme_format' {said}\n  mend acme_format, or take another --format\n"
        )

    def test_a_plugin_that_cannot_say_what_it_renders_is_named(self, acme: Project, installed: Path) -> None:
        (installed / "acme_format.py").write_text(
            "from pytest_syncpoints import hookimpl\n@hookimpl\ndef syncpoints_renderers():\n    return 7\n"
        )
        outcome = acme.run("check", "--base", "main", "--format", "acme")
        assert outcome.code == 3
        assert "the plugin 'acme_format' crashed naming its renderers: TypeError: " in outcome.err

    def test_a_built_in_one_loads_no_plugin(self, acme: Project) -> None:
        report = report_of(acme)
        assert acme.run("render", report, "--to", "markdown").code == 0
        assert "acme_format" not in sys.modules

    def test_a_built_in_one_needs_no_repository(
        self, acme: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report = acme.path / report_of(acme)
        monkeypatch.chdir(tmp_path)
        assert acme.run("render", str(report), "--to", "sarif").code == 0
        monkeypatch.setenv("PATH", str(tmp_path))
        assert acme.run("render", str(report), "--to", "sarif").code == 0, "and no git"

    def test_outside_a_repository_nobody_names_a_plugin(
        self, acme: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        report = acme.path / report_of(acme)
        monkeypatch.chdir(tmp_path)
        outcome = acme.run("render", str(report), "--to", "acme")
        assert outcome.code == 2
        assert outcome.err == (
            "syncpoints: no format is called 'acme'\n"
            f"  there are: {BUILT_IN}; of plugins none is known here: "
            "not a git repository (nor any of the folders above)\n"
        )
        assert "acme_format" not in sys.modules

    def test_without_a_target_branch_nobody_names_a_plugin(self, acme: Project) -> None:
        report = report_of(acme)
        acme.git("branch", "-m", "main", "elsewhere")
        outcome = acme.run("render", report, "--to", "acme")
        assert outcome.code == 2
        assert "of plugins none is known here: no target branch could be detected" in outcome.err

    @pytest.mark.parametrize("words", [("check", "--base", "main", "--format"), ("render", "report.json", "--to")])
    def test_a_policy_under_review_names_none(self, project: Project, installed: Path, words: tuple[str, ...]) -> None:
        """The change adds a plugin to the policy; the report knows, and neither it nor the branch is trusted."""
        (installed / "acme_format.py").write_text("open('pwned', 'w')\n")
        project.commit({"syncpoints.toml": "", ".gitignore": "*.json\n"})
        project.branch("topic").commit({"syncpoints.toml": POLICY.format("acme_format")})
        report_of(project)
        outcome = project.run(*words, "acme")
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err == f"syncpoints: no format is called 'acme'\n  there are: {BUILT_IN}\n"
        assert not (project.path / "pwned").exists()

    def test_a_module_of_the_tree_is_not_imported_to_render(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project.commit({".gitignore": "*.json\n"})
        project.branch("topic").commit({"a.py": "1\n"})
        report = report_of(project)
        project.git("switch", "-q", "main")
        project.commit({"syncpoints.toml": POLICY.format("mine"), "mine.py": "open('pwned', 'w')\n"})
        monkeypatch.syspath_prepend(str(project.path))
        outcome = project.run("render", report, "--to", "mine")
        assert outcome.code == 2
        assert "inside the tree under review" in outcome.err
        assert not (project.path / "pwned").exists()
