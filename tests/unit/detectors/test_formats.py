"""What is on disk and on the wire: layouts, magic numbers, versions, pickles, numbers of enumerations."""

from __future__ import annotations

import pytest
from tests.detecting import codes, undoing

PATH = "store/blocks.py"
ENUM = "import enum\n\n\nclass State(enum.IntEnum):\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param('H = struct.Struct("<IH")', 'H = struct.Struct("<IQ")', ["REV003"], id="a layout"),
        pytest.param('H = struct.Struct("<I H")', 'H = struct.Struct("<IH")', [], id="a layout, written otherwise"),
        pytest.param('def f(b):\n    return struct.unpack("<I", b)', 'def f(b):\n    return struct.unpack(">I", b)', ["REV003"], id="inside a function"),
        pytest.param('H = struct.Struct("<I")\nFORMAT_VERSION = 1', 'H = struct.Struct("<Q")\nFORMAT_VERSION = 2', ["REV001", "REV001"], id="a layout under a new version"),
        pytest.param('MAGIC = b"AB"', 'MAGIC = b"AC"', ["REV003"], id="a magic number"),
        pytest.param("PROTOCOL_VERSION = 3", "PROTOCOL_VERSION = 4", ["REV001"], id="a version of the wire"),
        pytest.param('VERSION = "1.2"', 'VERSION = "1.3"', [], id="the version of the program"),
        pytest.param("def f(o):\n    pickle.dumps(o, protocol=2)", "def f(o):\n    pickle.dumps(o, protocol=5)", ["REV001"], id="a pickle protocol"),
        pytest.param("def f(o):\n    pickle.dumps(o, protocol=5)", "def f(o):\n    pickle.dumps(o, protocol=2)", [], id="a lower one"),
        pytest.param(ENUM + "    A = 1\n    B = 2", ENUM + "    A = 2\n    B = 1", ["REV003", "REV003"], id="swapped members"),
        pytest.param(ENUM + "    A = 1\n    B = 2", ENUM + "    A = 1\n    B = 3", ["REV001"], id="a member stored otherwise"),
        pytest.param(ENUM + "    A = 1", ENUM + "    A = 1\n    B = 2", [], id="a member appended"),
        pytest.param(ENUM + "    A = enum.auto()\n    B = enum.auto()", ENUM + "    C = enum.auto()\n    A = enum.auto()\n    B = enum.auto()", ["REV001", "REV003", "REV003"], id="auto() counts on"),
        pytest.param(ENUM + "    A = 1", ENUM + "    NEW = 1", [], id="a member renamed keeps its number"),
        pytest.param("class Sizes:\n    A = 1\n    B = 2", "class Sizes:\n    A = 2\n    B = 1", [], id="no enumeration"),
        pytest.param("# MAGIC = 1\nx = 'MAGIC = 1'", "# MAGIC = 2\nx = 'MAGIC = 2'", [], id="a comment and a string"),
    ],
)  # fmt: skip
def test_what_becomes_of_data_written_before(before: str, after: str, expected: list[str]) -> None:
    head = "import pickle, struct\n"
    assert codes({PATH: (f"{head}{before}\n", f"{head}{after}\n")}) == expected
    assert codes({f"tests/{PATH}": (f"{head}{before}\n", f"{head}{after}\n")}) == []


def test_a_module_that_no_longer_parses_counts_as_irreversible() -> None:
    found = undoing({PATH: ("MAGIC = 1\n", "MAGIC = (\n")})
    assert (found.crashed, [one.reversibility for one in found.findings]) == ((), ["irreversible"])
