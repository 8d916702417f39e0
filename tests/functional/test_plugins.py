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
