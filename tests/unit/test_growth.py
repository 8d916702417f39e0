"""A file that only gained names need not be compared; whatever might break somebody must."""

from __future__ import annotations

import pytest

from pytest_syncpoints.growth import only_grew
from pytest_syncpoints.statements import Side

GREW = [
    pytest.param("x = 1\n", "import os\nx = 1\n", id="an import"),
    pytest.param("def f(): ...\n", "def f(): return 2\ndef g(): ...\n", id="a function"),
    pytest.param(
        "class A:\n    def m(self): ...\n", "class A:\n    def n(self): ...\n    def m(self): 1\n", id="a method"
    ),
    pytest.param("def f(): ...\n", "LIMIT = 1\nNAME: str = ''\ndef f(): ...\n", id="constants"),
    pytest.param("import a\nimport b\n", "import b\nimport a\n", id="imports in another order"),
    pytest.param("'''Old.'''\nx = 1\n", "'''New.'''\nx = 1\n", id="a docstring"),
]
CHANGED = [
    pytest.param("def f(): ...\n", "", id="a function is gone"),
    pytest.param("def f(a): ...\n", "def f(b): ...\n", id="a signature"),
    pytest.param("import a\n", "", id="an import is gone"),
    pytest.param("import a\n", "import a\nfrom b import *\n", id="a star may hide a name"),
    pytest.param("from a import f\n", "from a import f\nfrom b import f\n", id="an import over another"),
    pytest.param("def f(): ...\n", "def f(): ...\nfrom b import f\n", id="an import over a function"),
    pytest.param("def f(): ...\n", "def f(): ...\nf = g\n", id="an assignment over a function"),
    pytest.param(
        "if X:\n    def f(): ...\n", "if X:\n    def f(): ...\ndef f(a): ...\n", id="a function under a condition"
    ),
    pytest.param(
        "class A(B):\n    x = 1\n", "class A(B):\n    x = 1\n    def m(self): ...\n", id="a method over a base's"
    ),
    pytest.param("class A:\n    x = 1\n", "class A:\n    x = 1\n    def __init__(self, a): ...\n", id="a constructor"),
    pytest.param("@dataclass\nclass A:\n    x: int\n", "@dataclass\nclass A:\n    x: int\n    y: int\n", id="a field"),
    pytest.param("x = 1\n", "x = 1\n__all__ = ['x']\n", id="__all__"),
    pytest.param("def f(): ...\n", "def f(): ...\ndel f\n", id="what runs on import"),
    pytest.param("def f(): ...\ndef g(): ...\n", "def g(): ...\ndef f(): ...\n", id="another order"),
    pytest.param(
        "try:\n    import a\nexcept E:\n    a = 1\n", "try:\n    import a\nexcept E:\n    a = 2\n", id="a fallback"
    ),
]


@pytest.mark.parametrize(("before", "after"), GREW)
def test_what_only_grew(before: str, after: str) -> None:
    assert only_grew(Side(before.encode()), Side(after.encode()))


@pytest.mark.parametrize(("before", "after"), CHANGED)
def test_what_may_break_somebody(before: str, after: str) -> None:
    assert not only_grew(Side(before.encode()), Side(after.encode()))
