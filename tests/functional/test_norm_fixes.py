"""Norms that fix themselves: exactly the broken uses change, once, and only in files of this worktree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.project import Project

POLICY = """
[norms.http]
call = "requests.*"
replace = "acme.http.{name}"
[norms.lib]
import = "oldlib"
replace = "newlib"
[norms.task]
decorator = "celery.task"
replace = "acme.task"
[norms.env]
attribute = "os.environ"
replace = "acme.settings.environ"
"""

FIXES = [
    pytest.param(
        "import requests\n\nx = requests.get(u)  # why\n",
        "from acme.http import get\n\nx = get(u)  # why\n",
        id="a call",
    ),
    pytest.param(
        '"""Doc."""\nfrom __future__ import annotations\nimport os, requests as r\nr.get(u)\nr.put(u)\nos.x\n',
        '"""Doc."""\nfrom __future__ import annotations\nfrom acme.http import get\nfrom acme.http import put\n'
        "import os, requests as r\nget(u)\nput(u)\nos.x\n",
        id="after the docstring; an import that says more is kept",
    ),
    pytest.param(
        "import requests\nget = 1\nrequests.get(u)\n",
        "from acme.http import get as http_get\nget = 1\nhttp_get(u)\n",
        id="a name that is taken",
    ),
    pytest.param(
        "from acme.http import get as g\nimport requests\ng(1)\nrequests.get(u)\n",
        "from acme.http import get as g\ng(1)\ng(u)\n",
        id="what is imported already is used",
    ),
    pytest.param(
        "import requests  # the one client\nrequests.get(u)\n",
        "from acme.http import get\nimport requests  # the one client\nget(u)\n",
        id="an import with a comment is kept",
    ),
    pytest.param(
        "import requests\n__all__ = ['requests']\nrequests.get(u)\n",
        "from acme.http import get\nimport requests\n__all__ = ['requests']\nget(u)\n",
        id="an import that is exported is kept",
    ),
    pytest.param(
        "import requests\nx = (  # a\n    requests\n    # b\n    .get\n)(u)\n", None, id="a comment inside the name"
    ),
    pytest.param("import oldlib\noldlib.f()\n", "import newlib as oldlib\noldlib.f()\n", id="an import"),
    pytest.param("import oldlib.deep as d\n", "import newlib.deep as d\n", id="an import below, under a name"),
    pytest.param(
        "from oldlib import (\n    a,  # x\n    b as c,\n)\n",
        "from newlib import (\n    a,  # x\n    b as c,\n)\n",
        id="a from-import",
    ),
    pytest.param("import oldlib.deep\noldlib.deep.f()\n", None, id="an import whose uses spell it out"),
    pytest.param(
        "import celery\n@celery.task(a=1)\ndef f(): ...\n",
        "from acme import task\n@task(a=1)\ndef f(): ...\n",
        id="a decorator",
    ),
    pytest.param(
        "import os\nos.environ.get('é', os.environ)\n",
        "from acme.settings import environ\nenviron.get('é', environ)\n",
        id="attributes",
    ),
    pytest.param("import os\nos.environ = {}\n", None, id="an attribute that is assigned to"),
    pytest.param(
        "try:\n    import requests\nexcept ImportError:\n    requests = None\nrequests.get(u)\n", None, id="not sure"
    ),
    pytest.param(
        "import requests\nx = 'é'; requests.get(u)\n",
        "from acme.http import get\nx = 'é'; get(u)\n",
        id="after letters of two bytes",
    ),
]


@pytest.fixture
def normed(project: Project) -> Project:
    """Return a repository whose norms name replacements."""
    project.commit({"syncpoints.toml": POLICY})
    return project


@pytest.mark.parametrize(("before", "after"), FIXES)
def test_a_fix_changes_what_is_broken_and_nothing_else(normed: Project, before: str, after: str | None) -> None:
    file = normed.path / "a.py"
    normed.stage({"a.py": before})
    outcome = normed.hook("fix")
    assert file.read_text(encoding="utf-8") == (after or before), outcome
    assert outcome.code == (1 if after else 0), outcome
    normed.stage()
    again = normed.hook("fix")
    assert (again.code, file.read_text(encoding="utf-8")) == (0, after or before), again


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"import requests\r\nrequests.get(u)\r\n", b"from acme.http import get\r\nget(u)\r\n", id="CRLF"),
        pytest.param(
            b"\xef\xbb\xbfimport requests\nrequests.get(u)\n",
            b"\xef\xbb\xbffrom acme.http import get\nget(u)\n",
            id="a BOM",
        ),
        pytest.param(
            b"# coding: latin-1\nimport requests\nx = '\xe9'; requests.get(u)\n",
            b"# coding: latin-1\nfrom acme.http import get\nx = '\xe9'; get(u)\n",
            id="an encoding cookie",
        ),
        pytest.param(b"import requests\nrequests.get(u)", b"from acme.http import get\nget(u)", id="no last newline"),
        pytest.param(
            b"import requests\nx = ' \x0c'\nif x:\n\trequests.get(u)\n",
            b"from acme.http import get\nx = ' \x0c'\nif x:\n\tget(u)\n",
            id="tabs and a form feed",
        ),
    ],
)
def test_bytes_stay_as_they_are(normed: Project, before: bytes, after: bytes) -> None:
    normed.stage({"a.py": before})
    outcome = normed.hook("fix")
    assert (normed.path / "a.py").read_bytes() == after, outcome


def test_a_ratchet_that_rose_is_mended_on_the_new_lines_only(normed: Project) -> None:
    normed.commit({"syncpoints.toml": POLICY.replace('call = "requests.*"', 'call = "requests.*"\nratchet = true')})
    normed.commit({"a.py": "import requests\nrequests.get(1)\n\n"})
    normed.stage({"a.py": "import requests\nrequests.get(1)\n\nrequests.get(2)\n"})
    normed.hook("fix")
    assert (normed.path / "a.py").read_text() == (
        "from acme.http import get\nimport requests\nrequests.get(1)\n\nget(2)\n"
    )


BROKEN = "import requests\nrequests.get(u)\n"


def test_what_differs_from_what_was_reviewed_is_not_touched(normed: Project) -> None:
    normed.stage({"a.py": BROKEN})
    normed.write({"a.py": "# mine\n" + BROKEN})
    outcome = normed.hook("fix")
    assert (outcome.code, (normed.path / "a.py").read_text()) == (0, "# mine\n" + BROKEN)
    assert "not the one that was reviewed" in outcome.out


def test_a_symbolic_link_is_not_followed(normed: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text(BROKEN)
    normed.stage({"pkg/a.py": BROKEN, "b.py": BROKEN})
    (normed.path / "pkg" / "a.py").unlink()
    (normed.path / "pkg").rmdir()
    os.symlink(outside, normed.path / "pkg")
    (normed.path / "b.py").unlink()
    os.symlink(outside / "a.py", normed.path / "b.py")
    outcome = normed.hook("fix")
    assert (outcome.code, (outside / "a.py").read_text()) == (0, BROKEN), outcome


def test_a_file_that_would_crash_the_fixer_costs_only_its_own_fix(normed: Project) -> None:
    deep = "import requests\nx = " + "[" * 90 + "requests.get(u)" + "]" * 90 + "\n" + "y = " + "-" * 60_000 + "1\n"
    normed.stage({"a.py": deep, "b.py": BROKEN})
    outcome = normed.hook("fix")
    assert (normed.path / "b.py").read_text() == "from acme.http import get\nget(u)\n", outcome
    assert (normed.path / "a.py").read_text() == deep


def test_check_with_fix_mends_first_and_reviews_then(normed: Project) -> None:
    normed.write({"a.py": BROKEN})
    outcome = normed.run("check", "--worktree", "--fix")
    assert (outcome.code, (normed.path / "a.py").read_text()) == (0, "from acme.http import get\nget(u)\n"), outcome
    assert "a.py: 1 use replaced" in outcome.err
