"""Reviews at every door: the same review counts in `check`, in pytest, in `verify` and in what `publish` fetches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import stamina
from tests.forge_server import CANARY, State, forge_server

from pytest_syncpoints.forge.http import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.project import Project

POLICY = """
[people]
alice = ["@alice", "alice@example.org"]
[teams.ops]
members = ["@carol"]
[components.ledger]
paths = ["ledger/"]
[syncpoints.ledger-ops]
components = ["ledger"]
participants = [{ team = "ops", purpose = "permission" }]
"""


@pytest.fixture
def head(project: Project) -> str:
    project.commit({"syncpoints.toml": POLICY, "ledger/post.py": "a = 1\n"})
    project.branch("feature")
    return project.commit({"ledger/post.py": "a = 2\n"})


def approval(commit: str, login: str = "carol") -> dict[str, Any]:
    return {
        "id": 80,
        "user": {"login": login, "type": "User"},
        "state": "APPROVED",
        "commit_id": commit,
        "submitted_at": "2026-03-02T09:30:00Z",
    }


def saved(tmp_path: Path, document: Any) -> str:
    path = tmp_path / "reviews.json"
    path.write_text(json.dumps(document))
    return str(path)


def ops(report: Any) -> tuple[str, str]:
    (participant,) = report["syncpoints"][0]["participants"]
    return participant["status"], participant["because"]


def test_without_reviews_a_participant_waits_because_nobody_looked(project: Project, head: str) -> None:
    assert ops(project.check("--base", "main", "--head", head)) == ("open", "reviews not given")


def test_reviews_that_are_given_and_empty_were_looked_at(project: Project, head: str, tmp_path: Path) -> None:
    report = project.check("--base", "main", "--head", head, "--reviews", saved(tmp_path, []))
    assert ops(report)[0] == "open"
    assert "not given" not in ops(report)[1]
    assert "reviews" not in [outcome["check"] for outcome in report["outcomes"]]


def test_an_approval_of_the_head_meets(project: Project, head: str, tmp_path: Path) -> None:
    report = project.check("--base", "main", "--head", head, "--reviews", saved(tmp_path, [approval(head)]))
    assert ops(report)[0] == "met", ops(report)


def test_it_holds_in_pytest_too(project: Project, head: str, tmp_path: Path) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.git("commit", "-q", "--allow-empty", "-m", "x")
    words = ("--syncpoints", "--syncpoints-base", "main", "--syncpoints-reviews", saved(tmp_path, [approval(head)]))
    outcome = project.spawn("pytest", "-p", "no:cacheprovider", *words, "--syncpoints-json", str(tmp_path / "r.json"))
    assert outcome.code == 0, outcome
    assert ops(json.loads((tmp_path / "r.json").read_text()))[0] == "met"


@pytest.mark.parametrize("words", [("check",), ("verify", "r.json", "--base", "main", "--head", "HEAD")])
@pytest.mark.parametrize(
    "content", ["", "[", "{}", '[{"state": 1}]', None], ids=["empty", "cut", "hollow", "odd", "absent"]
)
def test_a_bad_file_is_one_clear_error(
    project: Project, head: str, tmp_path: Path, content: str | None, words: tuple[str, ...]
) -> None:
    assert project.run("check", "--base", "main", "--format", "json", "-o", "r.json").code in (0, 1)
    path = tmp_path / "reviews.json"
    if content is not None:
        path.write_text(content)
    outcome = project.run(*words, "--reviews", str(path))
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert len(outcome.err.splitlines()) == 2


def test_a_bad_file_ends_the_pytest_session(project: Project, head: str, tmp_path: Path) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    outcome = project.spawn("pytest", "--syncpoints", "--syncpoints-reviews", str(tmp_path / "absent"))
    assert outcome.code == 4, outcome


@pytest.fixture
def host(project: Project, head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    with forge_server() as state, stamina.set_testing(True, attempts=ATTEMPTS):
        state.head = head
        event = {"pull_request": {"number": 7, "head": {"sha": head}, "base": {"ref": "main"}}}
        (tmp_path / "event.json").write_text(json.dumps(event))
        for name, value in {
            "CI": "true",
            "GITHUB_API_URL": state.url,
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "acme/ledger",
            "GITHUB_TOKEN": CANARY,
        }.items():
            monkeypatch.setenv(name, value)
        yield state


def gate(project: Project, head: str, tmp_path: Path, reviews: list[dict[str, Any]]) -> str:
    path = tmp_path / "report.json"
    given = saved(tmp_path, {"reviews": reviews, "pull_request": {"user": {"login": "bob"}}})
    words = ("--base", "main", "--head", head, "--reviews", given, "--format", "json", "-o", str(path))
    assert project.run("check", *words).code in (0, 1)
    return str(path)


def test_what_is_fetched_confirms_what_the_gate_was_given(
    project: Project, head: str, host: State, tmp_path: Path
) -> None:
    host.reviews = [approval(head)]
    report = gate(project, head, tmp_path, host.reviews)
    assert project.run("verify", report, "--base", "main", "--head", head).code == 0
    assert project.run("publish", report, "--to", "github").code == 0
    assert [status["state"] for status in host.statuses] == ["success"]


def test_a_review_nobody_gave_is_not_believed(project: Project, head: str, host: State, tmp_path: Path) -> None:
    report = gate(project, head, tmp_path, [approval(head)])
    outcome = project.run("verify", report, "--base", "main", "--head", head)
    assert outcome.code == 1
    assert "participants[ops permission].status: the report says 'met', git says 'open'" in outcome.out
    assert project.run("publish", report, "--to", "github").code == 1
    assert (host.comments, host.statuses) == ([], [])
