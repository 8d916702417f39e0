"""Breaks of the public API, held against real changes: what callers meet, what they do not, and what cannot be told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.project import Project

pytest.importorskip("griffe", reason="griffelib (the extra `api`) is not installed")


def raised(project: Project, before: dict[str, str | bytes | None], after: dict[str, str | bytes | None]) -> list[Any]:
    project.commit(before)
    project.branch("feature").commit(after)
    report = project.check("--base", "main")
    assert [one for one in report["outcomes"] if one["status"] == "crashed"] == []
    assert [one for one in report["outcomes"] if one["check"] == "api" and one["status"] == "skipped"] == []
    return [(one["rule"], one["level"], one["message"]) for one in report["findings"] if one["rule"].startswith("API")]


ONE_FILE = [
    pytest.param("def f(): ...\n", "", [("API001", "warn", "pkg.m.f is gone")], id="a function is gone"),
    pytest.param(
        "class A:\n    def m(self): ...\n",
        "class A: ...\n",
        [("API001", "warn", "pkg.m.A.m is gone")],
        id="a method is gone",
    ),
    pytest.param(
        "def f(a): ...\n",
        "def f(a, b): ...\n",
        [("API002", "warn", "pkg.m.f() now requires b")],
        id="a required parameter",
    ),
    pytest.param(
        "def f(a, b=1): ...\n",
        "def f(a): ...\n",
        [("API002", "warn", "pkg.m.f(): parameter b is gone")],
        id="a parameter is gone",
    ),
    pytest.param(
        "def f(a=1): ...\n",
        "def f(a): ...\n",
        [("API002", "warn", "pkg.m.f(): parameter a is now required")],
        id="now required",
    ),
    pytest.param(
        "class A: ...\n",
        "def A(): ...\n",
        [("API003", "warn", "pkg.m.A: is another kind of thing (class before, now function)")],
        id="another kind",
    ),
    pytest.param(
        "class B: ...\nclass A(B): ...\n",
        "class B: ...\nclass A: ...\n",
        [("API003", "warn", "pkg.m.A: has lost a base class")],
        id="a lost base",
    ),
    pytest.param(
        "def f(): ...\n",
        "async def f(): ...\n",
        [("API002", "warn", "pkg.m.f() was a plain function and is now a coroutine")],
        id="now a coroutine",
    ),
    pytest.param(
        "def f(a: int): ...\n",
        "def f(a: str): ...\n",
        [("API002", "note", "pkg.m.f() takes a: str, int before")],
        id="a parameter's annotation",
    ),
    pytest.param(
        "def f() -> int: ...\n",
        "def f() -> str: ...\n",
        [("API002", "note", "pkg.m.f() returns str, int before")],
        id="the returned type",
    ),
    pytest.param(
        "LIMIT = 1\n", "LIMIT = 2\n", [("API002", "note", "pkg.m.LIMIT is 2, 1 before")], id="a constant's value"
    ),
    pytest.param(
        "LIMIT = 1\n", "LIMIT = '1'\n", [("API002", "warn", "pkg.m.LIMIT is '1', 1 before")], id="a constant's type"
    ),
    pytest.param(
        "__all__ = ['f', 'g']\ndef f(): ...\ndef g(): ...\n",
        "__all__ = ['f']\ndef f(): ...\ndef g(): ...\n",
        [("API004", "warn", "pkg.m.g is no longer in __all__")],
        id="dropped from __all__",
    ),
    pytest.param(
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n",
        "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n    y: int\n",
        [("API002", "warn", "pkg.m.A.__init__() now requires y")],
        id="a required dataclass field",
    ),
    pytest.param(
        "import attrs\n@attrs.define\nclass A:\n    x: int\n",
        "import attrs\n@attrs.define\nclass A:\n    x: int\n    y: int\n",
        [("API002", "warn", "pkg.m.A() now requires the field y")],
        id="a required attrs field",
    ),
    pytest.param(
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        "def f(a): ...\n",
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\ndef f(a): ...\n",
        [("API002", "warn", "pkg.m.f() has lost 1 overload")],
        id="an overload is gone",
    ),
    pytest.param(
        "from warnings import deprecated\n@deprecated('use g')\ndef f(): ...\n",
        "",
        [("API001", "note", "pkg.m.f is gone")],
        id="deprecated before",
    ),
    pytest.param("def f(): ...\n", "def f(a=1, *, b=2): ...\n", [], id="optional parameters"),
    pytest.param("def f(): return 1\n", "def f():\n    '''Doc.'''\n    return 2\n", [], id="only what is inside"),
    pytest.param("def _f(): ...\n", "", [], id="a private name"),
    pytest.param("def f(a, /): ...\n", "def f(b, /): ...\n", [], id="a positional-only parameter's name"),
    pytest.param("def f(__a): ...\n", "def f(b, /): ...\n", [], id="a private parameter's name"),
    pytest.param(
        "import warnings\ndef f():\n    warnings.warn('use g', DeprecationWarning)\n",
        "import warnings\n",
        [("API001", "note", "pkg.m.f is gone")],
        id="warned of before",
    ),
    pytest.param(
        "VERSION = 1\n",
        "def __getattr__(name):\n    if name == 'VERSION':\n        return 1\n    raise AttributeError(name)\n",
        [("API001", "note", "pkg.m.VERSION is gone")],
        id="served by the module's __getattr__",
    ),
    pytest.param(
        "class A:\n    def __ne__(self, other): ...\n",
        "class A: ...\n",
        [("API001", "note", "pkg.m.A.__ne__ is gone")],
        id="a method of Python 2",
    ),
    pytest.param("class A(object): ...\n", "class A: ...\n", [], id="the base that every class has"),
    pytest.param("def f(**attrs): ...\n", "def f(**kwargs): ...\n", [], id="the name of what takes the rest"),
    pytest.param(
        "class A:\n    def m(self, a): ...\n", "class A:\n    def m(self, /, a): ...\n", [], id="self by position alone"
    ),
    pytest.param("def f(__a, *args): ...\n", "def f(b, /, *args): ...\n", [], id="a private name before the rest"),
    pytest.param(
        "import enum\nclass A(enum.Enum):\n    def __repr__(self): ...\n",
        "import enum\nclass A(enum.Enum): ...\n",
        [("API001", "note", "pkg.m.A.__repr__ is gone")],
        id="what a base elsewhere may have",
    ),
    pytest.param(
        "class M(type): ...\nclass A(with_metaclass(M)): ...\n",
        "class M(type): ...\nclass A(metaclass=M): ...\n",
        [],
        id="a metaclass said in another way",
    ),
    pytest.param("def f(a: 'int'): ...\n", "def f(a: int): ...\n", [], id="quotes around an annotation"),
    pytest.param("import os\nfrom re import sub\n", "", [], id="imports of other packages"),
    pytest.param(
        "class B:\n    pass\nclass A(B):\n    def m(self): ...\n",
        "class B:\n    def m(self): ...\nclass A(B):\n    pass\n",
        [],
        id="a method moved up",
    ),
    pytest.param("", "def f(): ...\n", [], id="an addition"),
]


@pytest.mark.parametrize(("before", "after", "expected"), ONE_FILE)
def test_breaks_of_one_module(project: Project, before: str, after: str, expected: object) -> None:
    assert raised(project, {"src/pkg/__init__.py": "", "src/pkg/m.py": before}, {"src/pkg/m.py": after}) == expected


INIT = "from ._impl import f\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            {"pkg/__init__.py": INIT, "pkg/_impl.py": "def f(a): ...\n"},
            {"pkg/_impl.py": "async def f(a): ...\n"},
            ["pkg.f() was a plain function and is now a coroutine"],
            id="through a re-export",
        ),
        pytest.param(
            {"pkg/__init__.py": INIT, "pkg/_impl.py": "def f(a): ...\n"},
            {"pkg/__init__.py": ""},
            ["pkg.f is no longer exported; it lives on as pkg._impl.f"],
            id="a re-export is gone",
        ),
        pytest.param(
            {"pkg/__init__.py": "from .a import *\n", "pkg/a.py": "def f(): ...\n"},
            {"pkg/__init__.py": "from .a import f\n"},
            [],
            id="a star import spelt out",
        ),
        pytest.param(
            {"pkg/__init__.py": "", "pkg/m.py": "def f(): ...\n"},
            {"pkg/m.py": None},
            ["pkg.m is gone"],
            id="a module is gone",
        ),
        pytest.param(
            {"pkg/__init__.py": "", "pkg/_m.py": "def f(): ...\n"},
            {"pkg/_m.py": None},
            [],
            id="a private module is gone",
        ),
        pytest.param(
            {"pkg/__init__.py": "", "pkg/tests/__init__.py": "", "pkg/tests/a.py": "def f(): ...\n"},
            {"pkg/tests/a.py": ""},
            [],
            id="tests",
        ),
        pytest.param({"script.py": "def f(): ...\n"}, {"script.py": ""}, [], id="a script in no package"),
        pytest.param(
            {"pkg/__init__.py": "from other import f, g as g\n__all__ = ['f', 'g']\n"},
            {"pkg/__init__.py": "from other import f\n__all__ = ['f']\n"},
            ["pkg.g is gone"],
            id="a re-export of another package",
        ),
        pytest.param(
            {"pkg/__init__.py": "def f(): ...\n", "pkg/__init__.pyi": "def f() -> int: ...\n"},
            {"pkg/__init__.pyi": "from other import f as f\n"},
            ["pkg.f() no longer says what it returns (int before)"],
            id="a stub that speaks of another package",
        ),
        pytest.param(
            {"pkg/__init__.py": "from .a import f\n", "pkg/a.py": "def f(): ...\n"},
            {
                "pkg/__init__.py": "def __getattr__(name):\n    if name == 'f':\n        return print\n",
                "pkg/a.py": "",
            },
            ["pkg.a.f is gone", "pkg.f is gone"],
            id="a re-export that __getattr__ serves",
        ),
        pytest.param({"bin/x.py": "def f(): ...\n"}, {"bin/x.py": ""}, [], id="a script in a folder"),
        pytest.param(
            {"pkg/__init__.py": "", "pkg/m.py": "def f(a): ...\n", "pkg/m.pyi": "def f(a: int) -> int: ...\n"},
            {"pkg/m.pyi": "def f(a: int, b: int = ...) -> str: ...\n"},
            ["pkg.m.f() returns str, int before"],
            id="a stub",
        ),
        pytest.param(
            {"pkg/__init__.py": "", "pkg/_speedups.c": "", "pkg/fast.pyi": "def f(a: int) -> int: ...\n"},
            {"pkg/fast.pyi": ""},
            ["pkg.fast.f is gone"],
            id="a stub without a module",
        ),
        pytest.param(
            {"src/acme/billing/__init__.py": "", "src/acme/billing/m.py": "def f(): ...\n"},
            {"src/acme/billing/m.py": ""},
            ["acme.billing.m.f is gone"],
            id="a package in a namespace",
        ),
        pytest.param(
            {"src/acme/m.py": "def f(): ...\n"}, {"src/acme/m.py": ""}, [], id="folders without any __init__: scripts"
        ),
        pytest.param({"src/six.py": "def f(): ...\n"}, {"src/six.py": ""}, ["six.f is gone"], id="a module alone"),
        pytest.param(
            {
                "pkg/__init__.py": "from .app import A\n",
                "pkg/app.py": "class A:\n    def m(self): ...\n",
            },
            {
                "pkg/app.py": "from .plain.app import B\nclass A(B): ...\n",
                "pkg/plain/app.py": "class B:\n    def m(self): ...\n",
            },
            [],
            id="a method moved up into a folder without __init__",
        ),
        pytest.param(
            {"pkg/__init__.py": "__all__ = ['f']\n__all__ += ['g']\ndef f(): ...\ndef g(): ...\n"},
            {"pkg/__init__.py": "__all__ = ['f']\ndef f(): ...\ndef g(): ...\n"},
            ["pkg.g is no longer in __all__"],
            id="dropped from an __all__ in parts",
        ),
        pytest.param(
            {
                "pkg/__init__.py": "from . import a\nfrom .a import *\n__all__ = [*a.__all__]\n",
                "pkg/a.py": "__all__ = ['f', 'g']\ndef f(): ...\ndef g(): ...\n",
            },
            {"pkg/a.py": "__all__ = ['f']\ndef f(): ...\ndef g(): ...\n"},
            ["pkg.g is no longer exported; it lives on as pkg.a.g", "pkg.a.g is no longer in __all__"],
            id="an __all__ of others' __all__",
        ),
        pytest.param(
            {
                "pkg/__init__.py": "from . import a\nfrom .a import *\n__all__ = ['h']\n__all__ += a.__all__\nh = 1\n",
                "pkg/a.py": "__all__ = ['f', 'g']\ndef f(): ...\ndef g(): ...\n",
            },
            {"pkg/a.py": "__all__ = ['f']\ndef f(): ...\n"},
            ["pkg.g is gone", "pkg.a.g is gone"],
            id="an __all__ with another's added",
        ),
        pytest.param(
            {"pkg/__init__.py": "from .a import f\n", "pkg/a.py": "def f(): ...\n", "pkg/b.py": "def f(): ...\n"},
            {"pkg/__init__.py": "from .b import f\n"},
            [],
            id="the same name from elsewhere",
        ),
        pytest.param(
            {
                "pkg/base.py": "class B:\n    def f(self): ...\n",
                "pkg/m.py": "from .base import B\nclass A(B):\n    def f(self): ...\n",
            },
            {"pkg/m.py": "from .base import B\nclass A(B):\n    x: int\n"},
            [],
            id="a method is inherited now",
        ),
        pytest.param(
            {"pkg/__init__.py": "", "pkg/m.py": "def f(): ...\n", "typing-tests/script.py": "x = 1\n"},
            {"pkg/m.py": "def f(a): ...\n", "typing-tests/script.py": "y = 1\n"},
            ["pkg.m.f() now requires a"],
            id="beside a file nobody can import",
        ),
    ],
)
def test_breaks_across_a_package(
    project: Project, before: dict[str, str | bytes | None], after: dict[str, str | bytes | None], expected: list[str]
) -> None:
    assert [message for _, _, message in raised(project, before, after)] == expected


def test_what_cannot_be_read_is_skipped_with_the_reason(project: Project) -> None:
    project.commit({"pkg/__init__.py": "", "pkg/m.py": "def f(): ...\n"})
    project.branch("feature").commit({"pkg/m.py": "def f(:\n"})
    (outcome,) = [one for one in project.check("--base", "main")["outcomes"] if one["check"] == "api"]
    assert (outcome["status"], "pkg/m.py could not be read: SyntaxError" in outcome["reason"]) == ("skipped", True)


POLICY = """
[syncpoints.callers]
paths = ["pkg/"]
when = ["public-api"]
participants = [{ team = "@acme/users", purpose = "permission" }]
"""


@pytest.mark.parametrize(
    ("after", "why"),
    [
        pytest.param("def f(a): ...\n", ["breaks the public API: pkg.m.f"], id="a break"),
        pytest.param("def f(): return 1\n", None, id="no break"),
        pytest.param("def f(:\n", ["may break the public API"], id="nobody can tell"),
    ],
)
def test_a_sync_point_may_wait_for_the_public_api(project: Project, after: str, why: list[str] | None) -> None:
    project.commit({"syncpoints.toml": POLICY, "pkg/__init__.py": "", "pkg/m.py": "def f(): ...\n"})
    project.branch("feature").commit({"pkg/m.py": after})
    touched = project.check("--base", "main")["syncpoints"]
    if why is None:
        assert touched == []
    else:
        assert touched[0]["why"][0].startswith(why[0])


def test_an_exemption_with_its_reason_lets_an_intended_break_pass(project: Project) -> None:
    policy = '[[exemptions]]\nrule = "API"\npaths = ["pkg/m.py"]\nbecause = "documented as provisional"\n'
    project.commit({"syncpoints.toml": policy, "pkg/__init__.py": "", "pkg/m.py": "def f(): ...\n"})
    project.branch("feature").commit({"pkg/m.py": ""})
    (finding,) = [one for one in project.check("--base", "main")["findings"] if one["rule"] == "API001"]
    assert (finding["exempted"]["because"], finding["class"]) == ("documented as provisional", "costly")
