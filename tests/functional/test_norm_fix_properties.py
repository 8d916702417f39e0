"""Any module: a fix parses, changes the broken uses and their imports alone, and has nothing left to do."""

from __future__ import annotations

import ast
import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_syncpoints.norms.fixing import fix
from pytest_syncpoints.norms.reading import read

NORM = {"name": "http", "call": "requests.*"}
IMPORTS = ("import requests", "import requests as r", "from requests import get as g", "import os  # kept")
CALLS = ("requests.get(u)", "r.get(u, timeout=3)", "g('é')", "requests . post( u )  # why", "os.getcwd()", "get(1)")
line = st.sampled_from([*CALLS, "x = 1", "# only words", "", "s = 'requests.get(u)'"])
blocks = st.sampled_from(
    ["if x:", "def f(get, q):", "class A:", "for post in x:", "with a as b:", "def g2():\n    r = 1"]
)


@st.composite
def modules(draw: st.DrawFn) -> str:
    """Return a module of imports, calls and blocks around them, in any order."""
    lines = [draw(st.sampled_from(['"""Doc."""', "# head", ""]))]
    lines += draw(st.lists(st.sampled_from(IMPORTS), max_size=4))
    for _ in range(draw(st.integers(0, 5))):
        body = draw(st.lists(line, min_size=1, max_size=3))
        if draw(st.booleans()):
            lines += [draw(blocks), *(f"    {one}" for one in body), "    pass"]
        else:
            lines += body
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["\n", ""]))


def broken(source: bytes) -> list[dict[str, object]]:
    asked = json.dumps({"module": "m", "package": False, "norms": [NORM]}).encode()
    return [use for use in read(asked, source)["uses"] if use["sure"]]


def mended(source: bytes) -> bytes:
    wanted = [
        {
            "line": use["line"],
            "column": use["column"],
            "kind": use["kind"],
            "to": f"acme.http.{str(use['qualified']).rpartition('.')[2]}",
            "written": use["bound"],
        }
        for use in broken(source)
    ]
    answer = fix(json.dumps({"replacements": wanted, "keep_imports": False}).encode(), source)
    return base64.b64decode(answer["fixed"])


class Neutral(ast.NodeTransformer):
    """Take imports out, and call every name of a call one thing."""

    def visit_Import(self, node: ast.Import) -> ast.Pass:
        return ast.Pass()

    visit_ImportFrom = visit_Import  # type: ignore[assignment]  # noqa: N815

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.func = ast.Name("called", ast.Load())
        return node


def shape(source: bytes) -> list[str]:
    body = Neutral().visit(ast.parse(source)).body
    return [dumped for dumped in map(ast.dump, body) if dumped != "Pass()"]


@settings(max_examples=150, deadline=None)
@given(modules())
def test_a_fix_parses_keeps_the_rest_and_is_done_after_one_run(text: str) -> None:
    source = text.encode()
    fixed = mended(source)
    assert shape(fixed) == shape(source)
    assert broken(fixed) == []
    assert mended(fixed) == fixed
    comments = [part for part in (b"# why", b"# kept", b"# only words", b"# head") if part in source]
    assert all(fixed.count(part) == source.count(part) for part in comments)
    assert (b"\r\n" in fixed) == (b"\r\n" in source) or source.count(b"\n") < 1
