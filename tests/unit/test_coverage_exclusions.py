"""Which lines a project has told coverage.py to leave out: asked of coverage.py itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from coverage import Coverage

from pytest_syncpoints.testing.exclusions import excluded_in
from pytest_syncpoints.testing.executable import executable

SOURCE = """\
def target(n):
    if n:
        raise NotImplementedError
    if debug:
        print(n)
    x = 1  # pragma: no cover
    y = 2  # not here
    return y


@abstractmethod
def other():
    return 1


# from here
def skipped():
    return 2


z = 3
# to here
"""
ALSO = "raise NotImplementedError\n    if debug:\n    @abstractmethod"
CONFIGURATIONS = [
    pytest.param({}, id="none"),
    pytest.param({".coveragerc": f"[report]\nexclude_also =\n    {ALSO}\n"}, id="exclude_also of .coveragerc"),
    pytest.param({".coveragerc": "[report]\nexclude_lines = # not here\n"}, id="exclude_lines in place of the default"),
    pytest.param({"setup.cfg": f"[coverage:report]\nexclude_also =\n    {ALSO}\n"}, id="setup.cfg"),
    pytest.param({"tox.ini": f"[coverage:report]\nexclude_also =\n    {ALSO}\n"}, id="tox.ini"),
    pytest.param(
        {"pyproject.toml": "[tool.coverage.report]\nexclude_also = ['if debug:', '@abstractmethod']\n"},
        id="pyproject.toml",
    ),
    pytest.param(
        {
            ".coveragerc": "[run]\nbranch = true\n",
            "setup.cfg": "[coverage:report]\nexclude_also = if debug:\n",
        },
        id="the first file with settings is the only one",
    ),
    pytest.param(
        {".coveragerc": "[report]\nexclude_also = # from here[\\s\\S]*# to here\n"},
        id="a pattern over several statements",
    ),
    pytest.param({"setup.cfg": "[metadata]\nname = coverage\n"}, id="a file with no settings of coverage.py"),
]


@pytest.mark.parametrize("files", CONFIGURATIONS)
def test_the_lines_are_those_of_coverage(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {**files, "calc.py": SOURCE}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = executable(SOURCE.encode(), excluded=excluded_in(str(tmp_path)))
    assert found is not None
    coverage = Coverage(data_file=None)
    expected = coverage.analysis2("calc.py")[1]
    coverage.get_data().close(force=True)  # data in memory stays open otherwise
    assert sorted(found.lines) == expected


@pytest.mark.parametrize("text", ["[report\n", "[report]\nexclude_also = (\n"], ids=["no configuration", "no pattern"])
def test_what_coverage_could_not_read_is_taken_for_none(text: str, tmp_path: Path) -> None:
    (tmp_path / ".coveragerc").write_text(text, encoding="utf-8")
    assert excluded_in(str(tmp_path)).search("x = 1  # pragma: no cover")
