"""Executable lines: the same as coverage.py's, on real sources and on the odd cases."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from coverage.config import DEFAULT_EXCLUDE
from coverage.exceptions import NotPython
from coverage.parser import PythonParser
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.testing.executable import executable

EXCLUDE = "|".join(f"(?:{pattern})" for pattern in DEFAULT_EXCLUDE)
STDLIB = Path(sysconfig.get_path("stdlib"))


def theirs(text: str) -> set[int]:
    parser = PythonParser(text=text, exclude=EXCLUDE)
    parser.parse_source()
    return set(parser.statements)


@pytest.mark.parametrize("name", ["asyncio", "json", "email", "importlib", "unittest"])
def test_a_package_of_the_standard_library_has_the_lines_coverage_counts(name: str) -> None:
    for path in sorted((STDLIB / name).rglob("*.py"))[:40]:
        if "test" not in path.parts and path.stat().st_size:
            found = executable(path.read_bytes())
            assert found is not None
            assert set(found.lines) == theirs(path.read_text(encoding="utf-8")), path


PIECES = [
    "x = 1",
    '"""text"""',
    "x = [\n    1,\n]",
    "if x:\n    y = 1\nelse:\n    pass",
    "if x:  # pragma: no cover\n    y = 1\nelif y:\n    y = 2",
    "def f(\n    a,\n):\n    '''doc'''\n    return a",
    "@d\n@e\ndef g(): ...",
    "class A:\n    'doc'\n    b: int\n    c = 1",
    "try:\n    x\nexcept E:\n    y\nfinally:\n    z",
    "while x:\n    break\nelse:\n    y",
    "if TYPE_CHECKING:\n    import a",
    'f"({x})"',
    "match x:\n    case 1:\n        y\n    case _:\n        z",
    "global q",
    "# only a comment",
    "",
]


@given(st.lists(st.sampled_from(PIECES), max_size=6))
def test_any_sequence_of_statements_has_the_lines_coverage_counts(pieces: list[str]) -> None:
    text = "\n".join(pieces) + "\n"
    try:
        expected = theirs(text)
    except NotPython:
        return
    found = executable(text.encode())
    assert found is not None
    assert set(found.lines) == expected


ODD_PIECES = [
    "a = 1; b = (\n2)",
    "c = 3 \\\n",
    "d = '''\n'''; e = [\n]",
    "\x0cf = 1",
    "if g:\n    def h():\n        return (\n            1)",
]


@given(st.lists(st.sampled_from([*PIECES, *ODD_PIECES]), max_size=6), st.sets(st.integers(1, 30), max_size=4))
def test_of_edited_lines_a_part_of_the_source_tells_the_same_as_the_whole(pieces: list[str], edited: set[int]) -> None:
    source = "\n".join(pieces).encode()
    whole, part = executable(source), executable(source, edited)
    if whole is None or part is None:
        assert whole is part
        return
    assert part.lines <= whole.lines
    for line in edited:
        assert part.first_of(line) == whole.first_of(line)
        assert (line in part.lines, line in part.on_import, line in part.at_import) == (
            line in whole.lines,
            line in whole.on_import,
            line in whole.at_import,
        )
    assert {whole.first_of(line) for line in edited} & whole.lines <= part.lines


@pytest.mark.parametrize("source", [b"def (", b"\xff\xfe", b"x = 1\0", b"# coding: nowhere\n"], ids=str)
def test_what_is_no_python_has_none(source: bytes) -> None:
    assert executable(source) is None


def test_lines_that_surely_run_at_import_are_told_from_those_that_may() -> None:
    found = executable(b"import os\nif os:\n    a = 1\nclass A:\n    b = 2\n    def f(self):\n        return 1\n")
    assert found is not None
    assert found.on_import == {1, 2, 4, 5, 6}
    assert found.at_import == {1, 2, 3, 4, 5, 6}
