"""Dependencies: major upgrades and lost pins, in the files of five ecosystems."""

from __future__ import annotations

import pytest
from tests.detecting import codes, findings, undoing


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        pytest.param("requirements.txt", "django==4.2.1", "django==5.0", ["REV001"], id="a major version"),
        pytest.param("requirements.txt", "django==4.2.1", "django==4.2.9", [], id="a patch"),
        pytest.param("requirements.txt", "Django==4.2", "django==5.0 --hash=sha256:00", ["REV001"], id="another spelling"),
        pytest.param("requirements.txt", "django==4.2.1", "django>=4.2", ["REV001"], id="a pin that goes"),
        pytest.param("requirements/base.in", "a>=1,<2", "a>=2,<3", ["REV001"], id="a range"),
        pytest.param("requirements.txt", "a>=1", "a>=1,<3", [], id="an upper bound"),
        pytest.param("requirements.txt", "# a==1.0\nb==1.0", "# a==2.0\nb==1.0", [], id="a comment"),
        pytest.param("requirements-dev.txt", "a==1.0", "a==2.0", [], id="for whoever develops"),
        pytest.param("requirements.txt", "a==1.0", "", [], id="a dependency that goes"),
        pytest.param("requirements.txt", "a @ https://x/a-1.0.whl", "a @ https://x/a-2.0.whl", [], id="an address"),
        pytest.param("notes.txt", "a==1.0", "a==2.0", [], id="no list of requirements"),
        pytest.param("tests/requirements.txt", "a==1.0", "a==2.0", [], id="of the tests"),
        pytest.param("pyproject.toml", '[project]\ndependencies = ["a>=1.2"]', '[project]\ndependencies = ["a>=2.0"]', ["REV001"], id="pyproject"),
        pytest.param("pyproject.toml", '[tool.poetry.dependencies]\na = "^1.2"', '[tool.poetry.dependencies]\na = "^2.0"', ["REV001"], id="Poetry"),
        pytest.param("pyproject.toml", '[dependency-groups]\ndev = ["a==1.2"]', '[dependency-groups]\ndev = ["a==2.0"]', [], id="a development group"),
        pytest.param("package.json", '{"dependencies": {"a": "^1.2.0"}}', '{"dependencies": {"a": "^2.0.0"}}', ["REV001"], id="npm"),
        pytest.param("package.json", '{"dependencies": {"a": "1.2.0"}}', '{"dependencies": {"a": "^1.2.0"}}', ["REV001"], id="an exact version of npm that goes"),
        pytest.param("package.json", '{"devDependencies": {"a": "1.2.0"}}', '{"devDependencies": {"a": "2.0.0"}}', [], id="npm, for whoever develops"),
        pytest.param("go.mod", "require github.com/a/b/v2 v2.1.0", "require github.com/a/b/v3 v3.0.0", ["REV001"], id="Go"),
        pytest.param("go.mod", "require github.com/a/b v0.1.0", "require github.com/a/b v0.2.0", [], id="Go, before version one"),
        pytest.param("Cargo.toml", '[dependencies]\na = "0.3"', '[dependencies]\na = { version = "0.4" }', ["REV001"], id="Cargo: the first number that is not zero"),
        pytest.param("Cargo.toml", '[dependencies]\na = "1.3"', '[dependencies]\na = "1.4"', [], id="Cargo, compatible"),
        pytest.param("setup.cfg", "[options]\ninstall_requires =\n    a==1.2; python_version > '3'\n    b", "[options]\ninstall_requires =\n    a>=1.2\n    b", ["REV001"], id="a pin of setup.cfg that goes"),
        pytest.param("setup.cfg", "[options]\ninstall_requires = a>=1.2", "[options]\ninstall_requires = a>=2.0", ["REV001"], id="setup.cfg on one line"),
        pytest.param("setup.cfg", "[options.extras_require]\ntest = a==1.2\nfast =\n  b==1.0", "[options.extras_require]\ntest = a==2.2\nfast =\n  b==2.0", ["REV001"], id="an extra of setup.cfg, none for tests"),
        pytest.param("setup.cfg", "[metadata]\nversion = 1.0\n[flake8]\nmax = 1", "[metadata]\nversion = 2.0\n[flake8]\nmax = 2", [], id="setup.cfg, nothing installed"),
        pytest.param("vendor/package.json", '{"dependencies": {"a": "1.2.0"}}', '{"dependencies": {"a": "2.0.0"}}', [], id="vendored"),
    ],
)  # fmt: skip
def test_what_a_change_asks_of_a_package(path: str, before: str, after: str, expected: list[str]) -> None:
    assert codes({path: (before + "\n", after + "\n")}) == expected


def test_the_finding_names_both_versions_and_the_line() -> None:
    (found,) = findings({"requirements.txt": ("a==1.0\nb==1.4.2\n", "a==1.0\nb==2.0\n")})
    assert (found.message, found.line) == ("b goes from ==1.4.2 to ==2.0, a major version", 2)
    assert found.reversibility == "costly"


@pytest.mark.parametrize(
    ("path", "text"), [("package.json", "{"), ("pyproject.toml", "a = [" * 3000), ("package.json", "[" * 100_000)]
)
def test_a_manifest_that_cannot_be_read_counts_as_irreversible(path: str, text: str) -> None:
    found = undoing({path: ("", text)})
    assert (found.crashed, [one.reversibility for one in found.findings]) == ((), ["irreversible"])
