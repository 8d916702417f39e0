"""Every dialect answers as its documents say: one case a line of tests/data/owners, each with its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_syncpoints.owners import Owned, load

DATA = Path(__file__).parents[2] / "data" / "owners"
LEAST = {"github": 300, "gitlab": 150, "gitea": 30, "bitbucket": 30, "prow": 30, "chromium": 30, "gerrit": 30}
TABLES = {dialect: json.loads((DATA / f"{dialect}.json").read_text("utf-8")) for dialect in LEAST}
CASES = [pytest.param(dialect, case, id=f"{dialect}: {case['name']}") for dialect in TABLES for case in TABLES[dialect]]


@pytest.mark.parametrize(("dialect", "case"), CASES)
def test_owner_answer(dialect: str, case: dict[str, Any]) -> None:
    """Asked once (read from the end) and asked often (by the index), the answer is the documented one."""
    files = {path: text.encode() for path, text in case["files"].items()}
    ownership = load(dialect, files.get)
    for owned in (ownership.owners_of(case["path"]) for _ in range(7)):
        assert _facts(owned, case) == {
            key: case[key] for key in ("owners", "matched", "sections", "roles") if key in case
        }


@pytest.mark.parametrize(("dialect", "case"), CASES)
def test_explanation_agrees_with_the_answer(dialect: str, case: dict[str, Any]) -> None:
    """A path is matched just where some rule is given as a reason, and every reason is a sentence."""
    if dialect == "prow":
        pytest.skip("Prow's reasons are told by role")
    files = {path: text.encode() for path, text in case["files"].items()}
    reasons = load(dialect, files.get).explain(case["path"])
    assert all(str(reason).startswith(reason.file) for reason in reasons)
    winning = [reason for reason in reasons if reason.verdict.startswith(("wins", "counts", "adds"))]
    assert bool(winning) == case["matched"]


@pytest.mark.parametrize(("dialect", "least"), LEAST.items())
def test_the_table_is_as_long_as_promised(dialect: str, least: int) -> None:
    assert len(TABLES[dialect]) >= least
    assert all(case["source"] for case in TABLES[dialect])


def _facts(owned: Owned, case: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"owners": list(owned.owners), "matched": owned.matched}
    if "sections" in case:
        facts["sections"] = [{**section._asdict(), "owners": list(section.owners)} for section in owned.sections]
    if "roles" in case:
        facts["roles"] = {role: list(people) for role, people in owned.roles.items()}
    return facts
