"""The command `flow` and the notes before a push: limits on open work and review budgets."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.forge_server import CANARY, Reply, forge_server

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from tests.project import Outcome, Project

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


def dated(days_ago: float = 0.0, author: str = "") -> Any:
    moment: Any = dict.fromkeys(
        ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"@{int(time.time() - days_ago * 86400)} +0000"
    )
    name, _, mail = author.partition(" <")
    return moment | ({"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail.rstrip(">")} if author else {})


def branch(project: Project, name: str, lines: int, author: str = "") -> None:
    path = f"ledger/{name.replace('/', '_')}.py"
    project.branch(name, "main").commit({path: "value = 1\n" * lines}, **dated(author=author))


def test_before_a_push_the_budget_names_what_to_finish_first(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    branch(project, "others", 100, "Bob Example <bob@example.org>")
    branch(project, "feature/rates", 475)
    branch(project, "tariffs", 100)
    outcome = project.hook("push")
    assert outcome.code == 0, outcome
    sentence = "ops has 40 minutes left this week; your open work already needs 95. Finish feature/rates first."
    assert sentence in outcome.out
    assert "FLO001" not in outcome.out


def test_open_work_that_would_fit_alone_is_not_called_too_much(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    branch(project, "rates", 250)
    branch(project, "tariffs", 100)
    sentence = (
        "ops has 60 minutes left this week; your open work needs 50 of them, and this change 20. Finish rates first."
    )
    assert sentence in project.hook("push").out


def test_who_waits_for_the_same_team_blames_nobody_where_there_is_room(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    branch(project, "rates", 100)
    branch(project, "tariffs", 100)
    assert "FLO003" not in project.hook("push").out


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


def test_the_page_draws_what_the_json_says(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    branch(project, "rates", 475)
    found = project.run("flow", "--format", "json").json
    assert [week["open"] for week in found["history"]][-1] == 1
    assert [step["days"] for step in found["forecast"]["course"]] == [7, 14, 21, 28]
    outcome = project.run("flow", "--format", "html")
    assert outcome.code == 0, outcome
    assert "1 open now" in outcome.out
    assert "1.6 weeks" in outcome.out


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


PULL: dict[str, Any] = {
    "number": 9,
    "author": {"login": "alice"},
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
    "reviewRequests": [{"login": "bob"}, {"login": "carol"}],
    "files": [{"path": "ledger/rates.py", "additions": 250, "deletions": 50}],
    "additions": 300,
    "deletions": 50,
}


def test_an_exports_paths_tell_component_and_team_and_its_requests_who_is_loaded(
    project: Project, tmp_path: Path
) -> None:
    people = '[people]\nbob = ["@bob", "bob@example.org"]\n'
    members = 'members = ["bob", "dan@example.org"]'
    project.commit({"syncpoints.toml": people + POLICY.replace('members = ["@acme/ops"]', members)})
    (tmp_path / "pulls.json").write_text(json.dumps([PULL]), encoding="utf-8")
    found = project.run("flow", "--changes", str(tmp_path / "pulls.json"), "--format", "json").json
    assert found["open"][0]["components"] == ["ledger"]
    assert found["load"] == [
        {"team": "ops", "changes": 1, "minutes": 60, "capacity_minutes": 60},
        {"person": "bob", "changes": 1, "minutes": 30, "capacity_minutes": 30},
        {"person": "carol", "changes": 1, "minutes": 30, "capacity_minutes": None},
    ]


def test_an_exports_commits_tell_of_machines_and_who_answers(project: Project, tmp_path: Path) -> None:
    project.commit({"a": "1\n"})
    written = {"committedDate": "2026-01-01T00:00:00Z", "messageHeadline": "x", "messageBody": "Assisted-by: Maker:4"}
    word = f"Accountable: Alice <alice@example.org> # machine sha256:{'0' * 32}"
    answered = {**written, "messageBody": f"Assisted-by: Maker:4\n{word}"}
    pulls = [{**PULL, "number": number, "commits": [commit]} for number, commit in ((1, answered), (2, written))]
    (tmp_path / "pulls.json").write_text(json.dumps([PULL, *pulls]), encoding="utf-8")
    found = project.run("flow", "--changes", str(tmp_path / "pulls.json"), "--format", "json").json
    assert [line.partition(" with thanks")[0] for line in found["advice"]] == ["close #2", "close #1", "close #9"]
    assert "machine-written, nobody answers for it, and untouched" in found["advice"][0]


def test_what_is_over_its_limit_is_listed_with_what_to_finish(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    for name in ("one", "two", "three"):
        branch(project, name, 1)
    found = project.run("flow", "--format", "json").json
    (over,) = found["limits"]
    assert over.pop("first") in ("one", "two", "three")
    assert over == {"kind": "author", "name": "alice@example.org", "open": 3, "limit": 2}
    assert any("3 changes of alice@example.org are open (limit 2)" in line for line in found["advice"])


def test_what_a_stale_branch_would_cost(project: Project) -> None:
    """Changes landed since, whether it conflicts, what to read again, and the tests to run again."""
    contract = '[components.ledger]\npaths = ["ledger/"]\ncontract_tests = ["tests/contracts/"]\n'
    files: dict[str, Any] = {"syncpoints.toml": contract, "ledger/a.py": "a = 1\n" * 30, "ledger/b.py": "b = 1\n"}
    project.commit(files)
    old: dict[str, Any] = {"ledger/a.py": "a = 2\n" * 30, "tests/test_a.py": "def test_a(): pass\n"}
    project.branch("old").commit(old, **dated(40))
    project.branch("quiet", "main").commit({"ledger/b.py": "b = 2\n"}, **dated(30))
    project.git("switch", "-q", "main")
    project.commit({"ledger/a.py": "a = 3\n" * 30}, **dated(20))
    project.commit({"other": "1\n"}, **dated(10))
    found = project.run("flow", "--format", "json").json
    conflicting, quiet = found["stale"]
    assert conflicting == {
        "ref": "old",
        "behind": 2,
        "conflicts": True,
        "paths": ["ledger/a.py"],
        "minutes": 12,
        "tests": ["tests/contracts/", "tests/test_a.py"],
    }
    assert (quiet["ref"], quiet["behind"], quiet["conflicts"], quiet["minutes"]) == ("quiet", 2, False, 0)
    assert (
        "2 changes landed since, it conflicts, 12 minutes to read again, 2 test paths to run again"
        in found["advice"][0]
    )


def node(number: int, **given: Any) -> dict[str, Any]:
    """Return a pull request as GitHub's GraphQL tells it."""
    empty: dict[str, Any] = {"nodes": []}
    plain = dict.fromkeys(("reviews", "reviewRequests", "comments", "files", "commits"), empty)
    dates = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z", "closedAt": None}
    return {**plain, **dates, "number": number, "author": {"login": "alice", "__typename": "User"}, **given}


def page(*nodes: dict[str, Any], more: bool = False) -> Reply:
    requests = {"pageInfo": {"hasNextPage": more, "endCursor": "x"}, "nodes": list(nodes)}
    return Reply(200, {"data": {"repository": {"pullRequests": requests}}})


def asked(project: Project, monkeypatch: pytest.MonkeyPatch, forge: str, *script: tuple[str, Reply]) -> Outcome:
    for name in ("CI_PROJECT_ID", "GITHUB_REPOSITORY", "GITHUB_GRAPHQL_URL", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    project.commit({"a": "1\n"})
    project.git("remote", "add", "origin", "git@forge.example:acme/ledger.git")
    with forge_server() as state:
        state.script = list(script)
        monkeypatch.setenv("GITHUB_API_URL", state.url)
        monkeypatch.setenv("CI_API_V4_URL", state.url)
        monkeypatch.setenv("GITHUB_TOKEN", CANARY)
        monkeypatch.setenv("GITLAB_TOKEN", CANARY)
        return project.run("flow", "--forge", forge, "--format", "json")


def test_github_is_asked_for_what_is_open_and_what_closed_lately(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = {"nodes": [{"requestedReviewer": {"login": "bob"}}]}
    bot = {"login": "renovate", "__typename": "Bot"}
    script = (page(node(1, reviewRequests=changed), more=True), page(node(2, author=bot)), page(node(3)))
    outcome = asked(project, monkeypatch, "github", *(("POST /graphql", reply) for reply in script))
    assert outcome.code == 0, outcome
    assert [row["ref"] for row in outcome.json["open"]] == ["#1", "#2"]  # the third was closed too long ago
    assert [load["person"] for load in outcome.json["load"]] == ["bob"]
    assert "close #2 with thanks: machine-written" in outcome.json["advice"][0]


def test_gitlab_is_asked_too(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    merge = {"iid": 8, "author": {"username": "carol"}, "created_at": "2026-01-01T00:00:00Z", "draft": True}
    replies = (Reply(200, [merge]), Reply(200, []), Reply(200, []))
    outcome = asked(project, monkeypatch, "gitlab", *(("acme/ledger/merge_requests", reply) for reply in replies))
    assert outcome.code == 0, outcome
    assert [(row["ref"], row["turn"]) for row in outcome.json["open"]] == [("!8", "author")]


def test_what_github_refuses_is_said_in_its_words(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Reply(200, {"data": {"repository": None}, "errors": [{"message": "Could not resolve to a Repository"}]})
    outcome = asked(project, monkeypatch, "github", ("POST /graphql", refused))
    assert outcome.code == 3
    assert "GitHub does not list the pull requests: Could not resolve to a Repository" in outcome.err
    assert CANARY not in outcome.err


def test_what_cannot_be_supposed_or_read_is_a_usage_error(project: Project, tmp_path: Path) -> None:
    project.commit({"a": "1\n"})
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for words in (["--what-if", "moon=full"], ["--changes", str(tmp_path / "broken.json")]):
        assert project.run("flow", *words).code == 2


def test_without_a_remote_no_project_is_asked_for(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", CANARY)
    project.commit({"a": "1\n"})
    outcome = project.run("flow", "--forge", "github")
    assert outcome.code == 2
    assert "no project of a forge is known here" in outcome.err
