"""Generations of norms: what is left in the whole tree of each norm that newer ones superseded, and since when."""

from __future__ import annotations

import marshal
from pathlib import Path
from typing import Any

import pytest
from tests.functional.test_drift import DAY, POLICY, START, History
from tests.project import Project

from pytest_syncpoints.commands.drift import drift_output, drifted

FIRST = '[norms.timeout]\ncall = "requests.*"\nrequire_keyword = "timeout"\n'
SECOND = """\
[norms.wrapped]
call = "requests.*"
replace = "acme.http.{name}"
except_in = ["acme/"]
supersedes = ["timeout"]
"""
THIRD = '[norms.client]\ncall = "acme.http.*"\nreplace = "acme.client.Client"\nsupersedes = ["wrapped"]\n'


@pytest.fixture
def past(project: Project) -> History:
    """Return a history in which three norms followed one another, on days 10, 20 and 30."""
    past = History(project)
    for day, norms in ((10, FIRST), (20, FIRST + SECOND), (30, FIRST + SECOND + THIRD)):
        past.land(day, {"syncpoints.toml": POLICY + norms})
    return past


def rows(past: History, day: float = 40) -> dict[str, tuple[Any, ...]]:
    """Return uses, breaches and files of each generation."""
    found = drifted(None, START + day * DAY).generations
    return {row.norm: (row.uses, row.broken, row.files) for row in found}


def test_each_generation_that_the_code_carries_is_counted(past: History) -> None:
    past.land(
        31,
        {
            "a.py": "import requests\nrequests.get('a', timeout=1)\nrequests.get('b')\n",
            "b.py": "from requests import get as g\ng('a', timeout=1)\n",
            "c.py": "import acme.http\nacme.http.get('a')\nacme.http.get('b')\n",
            "d.py": "from acme.client import Client\nClient()\n",
            "acme/http.py": "import requests\ndef get(url): return requests.get(url, timeout=9)\n",
            "e.js": "requests.get()\n",
        },
    )
    assert rows(past) == {
        "timeout": (3, 1, 3),  # a.py and b.py pass the keyword, so does the wrapper; a.py once does not
        "wrapped": (2, 3, 3),  # c.py goes through the wrapper; three calls of a.py and b.py do not
        "client": (1, 2, 2),  # d.py alone; c.py goes through what is superseded
    }


def test_each_generation_says_since_when(past: History) -> None:
    past.land(31, {"a.py": "import requests\nrequests.get('a', timeout=1)\n"})
    found = {row.norm: row for row in drifted(None, START + 40 * DAY).generations}
    days = {name: tuple(at and (at - START) / DAY for at in (r.since, r.superseded)) for name, r in found.items()}
    assert days == {"timeout": (10, 20), "wrapped": (20, 30), "client": (30, None)}
    text = drift_output(None, "text", now=START + 40 * DAY)
    assert " gens  timeout: 1 use left in 1 file, superseded by wrapped since 2026-01-21, 20 days\n" in text
    assert (
        " gens  wrapped: 0 uses and 1 breach left in 1 file, superseded by client since 2026-01-31, 10 days\n" in text
    )
    assert " gens  client: 0 uses, the newest, since 2026-01-31, 10 days\n" in text


def test_a_norm_of_which_nothing_is_left_may_go(past: History) -> None:
    assert " gens  timeout: nothing is left of it; take it out of the policy\n" in drift_output(None, "text")


def test_norms_that_superseded_nothing_have_no_generations(project: Project) -> None:
    past = History(project)
    past.land(1, {"syncpoints.toml": POLICY + FIRST, "a.py": "import requests\nrequests.get('a')\n"})
    assert rows(past) == {}
    assert not Path(".git/syncpoints/uses").exists()


def test_json_carries_them_and_what_could_not_be_read(past: History) -> None:
    past.land(31, {"a.py": "import requests\nrequests.get('a', timeout=1)\n", "b.py": "requests.get(\n"})
    value = past.project.run("drift", "--format", "json").json
    assert value["generations"][0] == {
        "norm": "timeout",
        "superseded_by": ["wrapped"],
        "uses": 1,
        "broken": 0,
        "files": 1,
        "since": "2026-01-11T00:00:00Z",
        "superseded": "2026-01-21T00:00:00Z",
    }
    assert "what is left of norms in b.py: not Python that can be parsed here" in value["missing"]


def test_a_file_is_read_again_only_when_it_changes(past: History) -> None:
    past.land(31, {"a.py": "import requests\nrequests.get('a', timeout=1)\n", "b.py": "import requests\n"})
    assert rows(past)["timeout"] == (1, 0, 1)
    memory = Path(".git/syncpoints/uses")
    form, values = marshal.loads(memory.read_bytes())
    memory.write_bytes(marshal.dumps((form, {name: uses * 2 for name, uses in values.items()}), 2))
    past.land(32, {"b.py": "import requests\nrequests.get('c', timeout=1)\n"})
    assert rows(past)["timeout"] == (2, 0, 2)
    kept = marshal.loads(memory.read_bytes())[1]
    doubled = [uses for uses in kept.values() if len(uses) == 4]  # a.py was not asked anew
    assert len(doubled) == 1


@pytest.mark.parametrize("content", [b"", b"no marshal"])
def test_a_damaged_memory_of_uses_is_none(past: History, content: bytes) -> None:
    past.land(31, {"a.py": "import requests\nrequests.get('a', timeout=1)\n"})
    Path(".git/syncpoints").mkdir(exist_ok=True)
    Path(".git/syncpoints/uses").write_bytes(content)
    assert rows(past)["timeout"] == (1, 0, 1)


def test_what_nobody_can_tell_is_not_counted(past: History) -> None:
    past.land(31, {"a.py": "from requests import *\nget('a')\n", "b.py": "import requests\nrequests.get('a', **k)\n"})
    assert rows(past)["timeout"] == (1, 0, 1)  # the star may bring anything; the keywords may hold a timeout


def test_two_policies_of_one_second_keep_their_order(project: Project) -> None:
    past = History(project)
    for day, norms in ((10, FIRST), (10, FIRST + SECOND), (10, FIRST + SECOND + THIRD), (10, FIRST + SECOND)):
        past.land(day, {"syncpoints.toml": POLICY + norms})
    found = drifted(None, START + 40 * DAY).generations
    assert [row.since for row in found] == [START + 10 * DAY] * 2
