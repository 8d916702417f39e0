"""Source that no parser should be trusted with: each kind is the highest class, and passes at no check."""

from __future__ import annotations

import pytest
from tests.project import Project

POLICY = """
[norms.http-timeout]
call = "requests.*"
require_keyword = "timeout"
why = "an unbounded call stopped billing"
"""
KINDS = [
    pytest.param(b"import requests\ndef f(:\n", id="a syntax error"),
    pytest.param(b"import requests\nprint 'x'\n", id="Python 2"),
    pytest.param(b"import requests\ntry: f()\nexcept A, B as c: 1\n", id="syntax that no version here has"),
    pytest.param(b"# coding: utf-7\nimport requests\n+AGk-mport os\n", id="a utf-7 cookie"),
    pytest.param(b"import requests\nx = 1\0\n", id="a NUL byte"),
    pytest.param(b"import requests\nx = " + b"(" * 3000 + b")" * 3000 + b"\n", id="deep nesting"),
]


@pytest.mark.parametrize("content", KINDS)
def test_source_that_cannot_be_read_passes_nowhere(project: Project, content: bytes) -> None:
    before = {"syncpoints.toml": POLICY, "acme/__init__.py": "", "acme/m.py": "def f(): ...\n", "acme/n.py": "x = 1\n"}
    project.commit({**before, "shop/migrations/__init__.py": "", "shop/migrations/0001_a.py": "x = 1\n"})
    project.stage({"acme/m.py": content, "shop/migrations/0002_b.py": content})
    result = project.run("check", "--staged", "--format", "json")
    assert result.code in (0, 1), result.err
    assert "Traceback" not in result.err + result.out
    report = result.json
    assert [one for one in report["outcomes"] if one["status"] == "crashed"] == []
    found = {(one["rule"], one["path"]) for one in report["findings"]}
    assert ("SIZ003", "acme/m.py") in found
    if b"utf-7" not in content:  # which the detector decodes as Python would: there is no migration in it
        assert ("REV003", "shop/migrations/0002_b.py") in found
    (api,) = [one for one in report["outcomes"] if one["check"] == "api"]
    assert api["status"] == "skipped" or any(rule.startswith("API") for rule, _ in found)
