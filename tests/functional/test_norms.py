"""Norms of the policy on real changes: what breaks one, what only looks like it, and what nobody can tell."""

from __future__ import annotations

# ruff: noqa: RUF001
import pytest
from tests.project import Project

POLICY = """
[norms.http-timeout]
call = "requests.*"
require_keyword = "timeout"
except_in = ["tests/"]
why = "an unbounded call stopped billing"
[norms.no-print]
call = "print"
ratchet = true
[norms.no-oldlib]
import = "oldlib"
[norms.no-environ]
attribute = "os.environ"
[norms.task-acks]
decorator = "celery.task"
require_keyword = "acks_late"
[norms.no-testcase]
base_class = "unittest.TestCase"
[norms.verify]
call = "acme.web.fetch"
forbid_keyword = "verify"
"""


@pytest.fixture
def normed(project: Project) -> Project:
    """Return a repository with norms, on a branch."""
    project.commit({"syncpoints.toml": POLICY, "acme/__init__.py": "", "acme/a.py": "x = 1\n"})
    project.branch("feature")
    return project


def found(project: Project, *words: str) -> list[tuple[str, int | None, str]]:
    report = project.check(*(words or ("--base", "main")))
    assert [one for one in report["outcomes"] if one["status"] == "crashed"] == []
    return [(one["rule"], one["line"], one["message"].partition(":")[0]) for one in report["findings"]]


BROKEN = [
    pytest.param("import requests\nrequests.get(u)\n", ("http-timeout", 2), id="the plain call"),
    pytest.param("import requests as r\nr.get(u)\n", ("http-timeout", 2), id="a module under another name"),
    pytest.param("from requests import get as g\ng(u)\n", ("http-timeout", 2), id="a function under another name"),
    pytest.param("import requests\ng = requests.get\ng(u)\n", ("http-timeout", 3), id="an alias by assignment"),
    pytest.param(
        "def f():\n    import requests\n    requests.get(u)\n", ("http-timeout", 3), id="an import in a function"
    ),
    pytest.param(
        "import requests.sessions\nrequests.sessions.Session(a)\n", ("http-timeout", 2), id="deeper below the star"
    ),
    pytest.param(
        "try:\n    import requests\nexcept ImportError:\n    requests = None\nrequests.get(u)\n",
        ("http-timeout", 5),
        id="an import that may have failed",
    ),
    pytest.param(
        "import requests\ndef f():\n    requests.get(u)\n", ("http-timeout", 3), id="a module's name in a function"
    ),
    pytest.param("r = 1\nimport requests as r\nr.get(u)\n", ("http-timeout", 3), id="a rebinding before"),
    pytest.param("import requests\nf = lambda u: requests.get(u)\n", ("http-timeout", 2), id="in a lambda"),
    pytest.param("import requests\n[requests.get(u) for u in us]\n", ("http-timeout", 2), id="in a comprehension"),
    pytest.param("import requests\nrequests.get(\n    u,\n)\n", ("http-timeout", 2), id="over several lines"),
    pytest.param(
        "def f():\n    global r\n    import requests as r\ndef g():\n    r.get(u)\n",
        ("http-timeout", 5),
        id="a global import",
    ),
    pytest.param("from oldlib import x\n", ("no-oldlib", 1), id="a from-import"),
    pytest.param("import oldlib.deep as d\n", ("no-oldlib", 1), id="an import of what lies below"),
    pytest.param("from os import environ as e\ne['x']\n", ("no-environ", 2), id="an attribute under another name"),
    pytest.param("import os\nos.environ.get('x')\n", ("no-environ", 2), id="an attribute inside a longer one"),
    pytest.param("import celery\n@celery.task\ndef f(): ...\n", ("task-acks", 2), id="a bare decorator"),
    pytest.param("import celery\n@celery.task(a=1)\ndef f(): ...\n", ("task-acks", 2), id="a called decorator"),
    pytest.param("import unittest as u\nclass T(u.TestCase): ...\n", ("no-testcase", 2), id="a base class"),
    pytest.param(
        "from .web import fetch\nfetch(verify=False)\n", ("verify", 2), id="a relative import, a forbidden keyword"
    ),
    pytest.param("from . import web\nweb.fetch(verify=False)\n", ("verify", 2), id="a relative import of a module"),
    pytest.param(
        "import requests\nrequests.get(u, \ufb01=1)\n", ("http-timeout", 2), id="names that Python normalises"
    ),
    pytest.param(
        "import ｒｅｑｕｅｓｔｓ\nｒｅｑｕｅｓｔｓ.get(u)\n", ("http-timeout", 2), id="a module in wide letters"
    ),
]


@pytest.mark.parametrize(("source", "expected"), BROKEN)
def test_a_broken_norm_is_found_on_its_line(normed: Project, source: str, expected: tuple[str, int]) -> None:
    normed.stage({"acme/b.py": source})
    assert found(normed, "--staged") == [("NRM001", expected[1], expected[0])]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import requests\nrequests.get(u, timeout=3)\n", id="the keyword is there"),
        pytest.param("requests.get(u)\n", id="a name nobody imported"),
        pytest.param("import requests\nrequests = Fake()\nrequests.get(u)\n", id="rebound before the call"),
        pytest.param("import requests\ndef f(requests):\n    requests.get(u)\n", id="shadowed by a parameter"),
        pytest.param("import requests\n[requests.get(u) for requests in us]\n", id="shadowed in a comprehension"),
        pytest.param(
            "import requests\ndef f():\n    requests.get(u)\n    requests = 1\n", id="local before it is bound"
        ),
        pytest.param(
            "class A:\n    import requests\n    def f(self):\n        requests.get(u)\n",
            id="a class's name in its method",
        ),
        pytest.param("from mine import requests\nrequests.get(u)\n", id="another module of that name"),
        pytest.param("import requestsx\nrequestsx.get(u)\n", id="a longer name"),
        pytest.param("# requests.get(u)\nx = 'requests.get(u)'\n", id="a comment, a string"),
        pytest.param("import oldlibrary\n", id="an import of a longer name"),
        pytest.param("from mine import print\nprint(1)\n", id="a builtin's name, imported"),
    ],
)
def test_what_only_looks_like_it_is_left_alone(normed: Project, source: str) -> None:
    normed.stage({"acme/b.py": source})
    assert found(normed, "--staged") == []


def test_only_changed_lines_answer_for_a_norm(normed: Project) -> None:
    normed.git("switch", "-q", "main")
    normed.commit({"acme/b.py": "import requests\nrequests.get(u)\n\n\n\n\ny = 1\n"})
    normed.git("switch", "-q", "-C", "feature")
    normed.commit({"acme/b.py": "import requests\nrequests.get(u)\n\n\n\n\ny = 2\n"})
    assert found(normed) == []


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        pytest.param(
            "import requests\nrequests.get(\n  u,\n  timeout=3,\n)\n",
            "import requests\nrequests.get(\n  u,\n)\n",
            2,
            id="the keyword's line is taken out",
        ),
        pytest.param(
            "import fake as r\n\n\n\nr.get(u)\n",
            "import requests as r\n\n\n\nr.get(u)\n",
            5,
            id="only the import changed",
        ),
    ],
)
def test_a_call_that_the_change_breaks_from_afar_is_its_own(
    normed: Project, before: str, after: str, line: int
) -> None:
    normed.git("switch", "-q", "main")
    normed.commit({"acme/b.py": before})
    normed.git("switch", "-q", "-C", "feature")
    normed.commit({"acme/b.py": after})
    assert found(normed) == [("NRM001", line, "http-timeout")]


def test_paths_left_out_are_left_alone(normed: Project) -> None:
    normed.stage({"tests/b.py": "import requests\nrequests.get(u)\n"})
    assert found(normed, "--staged") == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(2, 2, [], id="as many as before"),
        pytest.param(2, 1, [], id="fewer"),
        pytest.param(2, 3, [("NRM002", 3, "no-print")], id="one more"),
        pytest.param(0, 1, [("NRM002", 1, "no-print")], id="the first in a file"),
    ],
)
def test_a_ratchet_may_only_fall(normed: Project, before: int, after: int, expected: object) -> None:
    normed.git("switch", "-q", "main")
    normed.commit({"acme/p.py": "print(1)\n" * before + "\n\nx = 1\n"})
    normed.git("switch", "-q", "-C", "feature")
    normed.commit({"acme/p.py": "print(1)\n" * after + "\n\nx = 2\n"})
    assert found(normed) == expected


def test_a_fall_that_landed_is_the_new_ceiling(normed: Project) -> None:
    normed.git("switch", "-q", "main")
    normed.commit({"acme/p.py": "print(1)\nprint(2)\n"})
    normed.commit({"acme/p.py": "print(1)\n"})
    normed.git("switch", "-q", "-C", "feature")
    normed.commit({"acme/p.py": "print(1)\nprint(2)\n"})
    assert found(normed) == [("NRM002", 2, "no-print")]


def test_a_renamed_file_keeps_its_count(normed: Project) -> None:
    normed.git("switch", "-q", "main")
    normed.commit({"acme/p.py": "print(1)\n" * 9})
    normed.git("switch", "-q", "-C", "feature")
    normed.commit({"acme/p.py": None, "acme/q.py": "print(1)\n" * 9})
    assert found(normed, "--base", "main", "--select", "NRM") == []


CALL = "import requests\nrequests.get(u)"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(CALL + "  # syncpoints: NRM http-timeout because the proxy bounds it\n", [], id="with a reason"),
        pytest.param(
            "import requests\n# syncpoints: NRM http-timeout because x\n\nrequests.get(u)\n", [], id="on the line above"
        ),
        pytest.param(
            CALL + "  # syncpoints: NRM http-timeout\n",
            [("NRM001", 2, "http-timeout"), ("NRM003", 2, '"# syncpoints')],
            id="without a reason",
        ),
        pytest.param(
            "x = 1  # syncpoints: NRM http-timeout because x\n",
            [("POL004", 1, "the inline waiver of http-timeout covers nothing here")],
            id="of nothing",
        ),
        pytest.param(
            "x = 1  # syncpoints: NRM http-timeuot because x\n",
            [("POL004", 1, "the inline waiver of http-timeuot names a norm that the policy does not have")],
            id="of no norm",
        ),
        pytest.param('x = "# syncpoints: NRM http-timeout"\n', [], id="in a string"),
    ],
)
def test_inline_waivers(normed: Project, source: str, expected: object) -> None:
    normed.stage({"acme/b.py": source})
    assert found(normed, "--staged") == expected


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("from requests import *\nget(u)\n", "from requests import *", id="a star import"),
        pytest.param("import requests\nrequests.get(u, **kw)\n", "keywords come from **", id="unpacked keywords"),
    ],
)
def test_what_nobody_can_tell_is_said_and_blocks_nobody(normed: Project, source: str, words: str) -> None:
    normed.stage({"acme/b.py": source})
    (finding,) = normed.check("--staged")["findings"]
    assert (finding["rule"], finding["level"]) == ("NRM001", "note")
    assert words in finding["message"]


@pytest.mark.parametrize(
    ("source", "level"),
    [
        pytest.param(b"import requests\nprint 'x'\n", "warn", id="Python 2"),
        pytest.param(b"import requests\nx = (\n", "warn", id="a syntax error"),
        pytest.param(b"import requests\n" + b"x = 1\n" * 900_000, "block", id="five megabytes"),
        pytest.param(b"import requests\n" + b"(" * 5000, "warn", id="five thousand parentheses"),
        pytest.param(b"import requests\nx = " + b"-" * 200_000 + b"1\n", None, id="two hundred thousand minus signs"),
        pytest.param(b"import requests\n\0\n", "block", id="a NUL byte"),
        pytest.param(b"# coding: utf-7\nimport requests\n+AAAA-(\n", None, id="a utf-7 cookie"),
        pytest.param(b"# coding: nonsense\nimport requests\n", "warn", id="an unknown encoding"),
    ],
)
def test_a_file_that_cannot_be_read_is_never_a_pass(normed: Project, source: bytes, level: str | None) -> None:
    normed.stage({"acme/b.py": source})
    report = normed.check("--staged", "--select", "NRM")
    levels = {one["level"] for one in report["findings"] if "could not be read" in one["message"]}
    assert levels == {level} if level else levels <= {"warn", "block"} and levels


def test_a_disguised_import_is_read_as_python_reads_it(normed: Project) -> None:
    normed.stage(
        {
            "acme/b.py": b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- +AHIAZQBxAHUAZQBzAHQAcw-\n"
            b"+AHIAZQBxAHUAZQBzAHQAcw-.get(u)\n"
        }
    )
    assert ("NRM001", 3, "http-timeout") in found(normed, "--staged")


SAVING = (
    POLICY
    + """
[teams.platform]
members = ["bob@example.org"]
[syncpoints.web]
paths = ["acme/"]
participants = [{ team = "platform", purpose = "compliance", unless_norms = ["http-timeout"] }]
"""
)


@pytest.mark.parametrize(
    ("source", "status", "rules"),
    [
        pytest.param("x = 2\n", "by-norm", [], id="nothing the norm is about"),
        pytest.param("import requests\nrequests.get(u, timeout=1)\n", "by-norm", [], id="the norm is kept"),
        pytest.param(CALL + "\n", "open", ["NRM001", "SYN001", "SYN004"], id="the norm is broken"),
        pytest.param(
            CALL + "  # syncpoints: NRM http-timeout because x\n",
            "open",
            ["SYN001", "SYN004"],
            id="broken under a waiver",
        ),
        pytest.param("from requests import *\nget(u)\n", "open", ["NRM001", "SYN001"], id="nobody can tell"),
    ],
)
def test_a_norm_stands_in_for_compliance_only_while_proven(
    project: Project, source: str, status: str, rules: list[str]
) -> None:
    project.commit({"syncpoints.toml": SAVING, "acme/b.py": "x = 1\n"})
    project.branch("feature").commit_as("carol@example.org", {"acme/b.py": source})
    report = project.check("--base", "main", "--door", "ci")
    assert report["syncpoints"][0]["participants"][0]["status"] == status
    assert sorted(one["rule"] for one in report["findings"]) == rules
