"""The command `flow` and the notes before a push: limits on open work and review budgets."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.project import Project

POLICY = """
[teams.ops]
members = ["@acme/ops"]
capacity = "1h/week"
[flow]
open_changes = { per_author = 2 }
[syncpoints.ledger]
paths = ["ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
"""


def branch(project: Project, name: str, lines: int) -> None:
    now: Any = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(time.time())} +0000")
    project.branch(name, "main").commit({f"ledger/{name}.py": f"{name} = 1\n" * lines}, **now)


def test_before_a_push_the_budget_names_what_to_finish_first(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    branch(project, "rates", 475)
    branch(project, "tariffs", 100)
    outcome = project.hook("push")
    assert outcome.code == 0, outcome
    assert "ops has 60 minutes left this week; your open work already needs 95" in outcome.out
    assert "finish rates first" in outcome.out
    assert "FLO001" not in outcome.out


def test_work_in_progress_is_counted_per_author(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    for name in ("one", "two", "three"):
        branch(project, name, 1)
    out = project.hook("push").out
    assert "with this one you have 3 open changes (limit 2)" in out
    assert "FLO003" not in out


def test_work_in_progress_is_counted_per_team_and_machine(project: Project) -> None:
    limits = "open_changes = { per_team = 2, per_machine = 2 }"
    project.commit({"syncpoints.toml": POLICY.replace("open_changes = { per_author = 2 }", limits)})
    now: Any = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(time.time())} +0000")
    for name in ("one", "two", "three"):
        files: dict[str, Any] = {f"ledger/{name}.py": "x = 1\n"}
        project.branch(name, "main").commit(files, f"{name}\n\nAssisted-by: Maker:4\n", **now)
    out = project.hook("push").out
    assert "with this one 3 changes that ops meets over are open (limit 2)" in out
    assert "with this one 3 changes written by maker are open (limit 2)" in out


def test_the_json_has_what_the_design_names(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    branch(project, "rates", 475)
    found = project.run("flow", "--format", "json").json
    (row,) = found["open"]
    assert set(row) == {"ref", "author", "age_days", "turn", "review_minutes", "risk", "components", "stale"}
    assert (row["ref"], row["turn"], row["review_minutes"], row["stale"]) == ("rates", "reviewer", 95, False)
    assert found["load"] == [{"team": "ops", "changes": 1, "minutes": 95, "capacity_minutes": 60}]
    assert found["forecast"]["backlog"] == 1


def test_a_forges_export_is_read(project: Project, tmp_path: Path) -> None:
    project.commit({"a": "1\n"})
    pull = {
        "number": 7,
        "author": {"login": "alice"},
        "createdAt": "2026-01-01T00:00:00Z",
        "reviewDecision": "CHANGES_REQUESTED",
        "reviews": [{"author": {"login": "bob"}, "submittedAt": "2026-01-03T00:00:00Z"}],
        "commits": [{"committedDate": "2026-01-04T00:00:00Z"}],
        "mergeable": "MERGEABLE",
        "additions": 100,
        "deletions": 0,
    }
    merge = {"iid": 8, "author": {"username": "carol"}, "created_at": "2026-01-01T00:00:00Z", "has_conflicts": True}
    (tmp_path / "changes.json").write_text(json.dumps([pull, merge]), encoding="utf-8")
    rows = project.run("flow", "--changes", str(tmp_path / "changes.json"), "--format", "json").json["open"]
    assert [(row["ref"], row["author"], row["turn"]) for row in rows] == [
        ("#7", "alice", "reviewer"),
        ("!8", "carol", "author"),
    ]


def test_what_cannot_be_supposed_or_read_is_a_usage_error(project: Project, tmp_path: Path) -> None:
    project.commit({"a": "1\n"})
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for words in (["--what-if", "moon=full"], ["--changes", str(tmp_path / "broken.json")]):
        assert project.run("flow", *words).code == 2
