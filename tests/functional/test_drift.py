"""Drift: who took part in what landed, how far teams are from it, and what they owe."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from tests.project import Project

from pytest_syncpoints.commands.drift import drift_output, drifted

DAY = 86_400
START = 1_767_225_600  # 2026-01-01T00:00:00Z
POLICY = """\
[people]
bob = ["bob@example.org", "bob@home.example"]
[teams.ops]
members = ["bob", "carol@example.org"]
tempo = "10d"
[teams.payments]
members = ["dora@example.org"]
tempo = "10d"
[components.ledger]
paths = ["src/ledger/"]
follows = ["docs/ledger.md"]
[components.rates]
paths = ["src/rates/"]
[components.web]
paths = ["src/web/"]
[syncpoints.money]
components = ["ledger", "rates"]
participants = [{ team = "ops", purpose = "permission" }, { team = "payments", purpose = "awareness" }]
[syncpoints.pages]
components = ["web"]
participants = [{ team = "payments", purpose = "permission" }]
"""
BOB = "Bob Example <bob@example.org>"


class History:
    """A repository with the policy in its first commit, and commits on the days the test says."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.land(0, {"syncpoints.toml": POLICY, "docs/ledger.md": "how\n"})

    def land(self, day: float, files: dict[str, str | bytes | None], message: str = "Work", author: str = "") -> str:
        """Commit files on a day of the year, by Alice unless named."""
        self.project.stage(files)
        return self._commit(day, message, author)

    def _commit(self, day: float, message: str, author: str, *words: str) -> str:
        when = f"{int(START + day * DAY)} +0000"
        name, _, email = (author or "Alice Example <alice@example.org>").rstrip(">").partition(" <")
        self.project.git(
            *(words or ("commit", "-q", "--allow-empty", "-m", message)),
            GIT_AUTHOR_NAME=name,
            GIT_AUTHOR_EMAIL=email,
            GIT_AUTHOR_DATE=when,
            GIT_COMMITTER_DATE=when,
        )
        return self.project.head()

    def merge(self, day: float, branch: str, message: str) -> str:
        """Merge a branch as the integrator does."""
        return self._commit(day, message, "", "merge", "-q", "--no-ff", "-m", message, branch)

    def rows(self, day: float) -> dict[tuple[str, str], Any]:
        """Return standings by component and team, as of a day."""
        return {(row.component, row.team): row for row in drifted(None, START + day * DAY).facts.standings}


@pytest.fixture
def past(project: Project) -> History:
    return History(project)


def test_drift_of_three_components_recomputed_by_hand(past: History) -> None:
    """The table below was counted from the commits by hand: days since, changes and lines since, days over tempo."""
    past.land(1, {"src/ledger/a.py": "1\n2\n3\n"}, f"Ledger\n\nReviewed-by: {BOB}")
    past.land(3, {"src/ledger/a.py": "1\n2\n4\n"})  # one line out, one in
    past.land(5, {"src/ledger/b.py": "1\n", "src/rates/r.py": "1\n"}, author="Dora Example <dora@example.org>")
    past.land(7, {"src/rates/r.py": "2\n"}, "Rates\n\nSigned-off-by: Carol Example <carol@example.org>")
    past.land(8, {"src/web/w.py": "1\n2\n"})
    past.land(9, {"src/web/w.py": "1\n"})
    found = {key: tuple(row.drift) for key, row in past.rows(25).items()}
    assert found == {
        ("ledger", "ops"): (2, 3, 24.0, 2.4),  # since day 1: days 3 and 5, 2 + 1 lines
        ("ledger", "payments"): (0, 0, 20.0, 0.0),  # wrote on day 5, nothing landed since
        ("rates", "ops"): (0, 0, 18.0, 0.0),  # signed on day 7
        ("rates", "payments"): (1, 2, 20.0, 2.0),  # since day 5: day 7, one line out, one in
        ("web", "payments"): (2, 3, 17.0, 1.7),  # never: from the first change on day 8, 2 + 1 lines
    }


def test_plain_git_commands_come_to_the_same(past: History) -> None:
    """A small share of benchmarks/drift/by_hand.py, which walks through histories of public repositories."""
    hand = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "drift" / "by_hand.py"))
    past.land(1, {"src/ledger/a.py": "1\n2\n3\n"}, f"Ledger\n\nReviewed-by: {BOB}")
    past.project.git("switch", "-q", "-c", "topic")
    past.land(2, {"src/ledger/a.py": "1\n2\n4\n", "src/rates/r.py": "1\n"}, author="Dora Example <dora@example.org>")
    past.land(3, {"src/rates/r.py": "2\n", "README": "read\n"})
    past.project.git("switch", "-q", "main")
    past.land(4, {"src/ledger/b.py": "1\n2\n"})
    past.merge(5, "topic", "Merge topic")
    past.project.git("mv", "src/ledger/b.py", "src/ledger/c.py")
    past.land(6, {})
    past.land(7, {"src/rates/r.py": None, "README": "read on\n"}, f"Out\n\nAcked-by: {BOB}")
    past.project.git("switch", "-q", "-c", "again")
    past.land(8, {"src/rates/s.py": "1\n"})
    past.project.git("switch", "-q", "main")
    past.land(9, {"src/web/w.py": "1\n"})
    past.merge(10, "again", f"Merge again\n\nReviewed-by: {BOB}")
    git, now = hand["Git"]("."), START + 10 * DAY
    parts = {"ledger": ["src/ledger/"], "rates": ["src/rates/"], "web": ["src/web/"]}
    members = ["bob@example.org", "dora@example.org", "carol@example.org"]
    found = {(name, who): hand["by_hand"](git, paths, who, now) for name, paths in parts.items() for who in members}
    assert found["ledger", "bob@example.org"] == (3, 4, 9.0)  # days 4, 5 and 6: 2 lines, 2 lines, none
    assert found["rates", "dora@example.org"] == (2, 2, 5.0)  # days 7 and 10: one line out, one in
    assert found == hand["by_syncpoints"](git, ".", parts, members, now)


def test_a_merge_is_one_change_and_its_commits_are_its_authors(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"})
    past.project.git("switch", "-q", "-c", "topic")
    past.land(2, {"src/ledger/a.py": "2\n"}, author=BOB)
    past.land(3, {"src/rates/r.py": "1\n"}, author="Dora Example <dora@example.org>")
    past.project.git("switch", "-q", "main")
    step = past.merge(4, "topic", "Merge topic")
    rows = past.rows(10)
    assert rows["ledger", "ops"].last.sha == step
    assert rows["ledger", "ops"].role == "author"
    assert rows["ledger", "payments"].last is None  # dora's commit of the merge touches rates only
    assert rows["rates", "payments"].last.sha == step
    assert rows["rates", "ops"].drift.changes == 1


def test_who_reviewed_a_merge_reviewed_all_of_it(past: History) -> None:
    past.project.git("switch", "-q", "-c", "topic")
    past.land(2, {"src/ledger/a.py": "2\n", "src/rates/r.py": "1\n"})
    past.project.git("switch", "-q", "main")
    past.merge(4, "topic", f"Merge topic\n\nReviewed-by: {BOB}")
    rows = past.rows(10)
    assert {rows[name, "ops"].role for name in ("ledger", "rates")} == {"reviewer"}


@pytest.mark.parametrize(
    ("message", "author"),
    [
        pytest.param("Ledger\n\nReviewed-by: Bob <bob@home.example>", "", id="another e-mail of theirs in [people]"),
        pytest.param("Ledger\n\nReviewed-by: Robert <bob@old.example>", "", id="an e-mail .mailmap knows"),
        pytest.param("Ledger\n\nReviewed-by: Bob Example", "Bob Example <bob@example.org>", id="a name beside e-mails"),
    ],
)
def test_one_person_under_many_names_took_part(past: History, message: str, author: str) -> None:
    past.land(1, {".mailmap": "Bob Example <bob@example.org> <bob@old.example>\n", "x": "1\n"}, author=BOB)
    past.land(2, {"src/ledger/a.py": "1\n"}, message)
    assert past.rows(10)["ledger", "ops"].drift.changes == 0


def test_a_machine_takes_no_part(past: History) -> None:
    past.land(0.5, {"syncpoints.toml": POLICY.replace('"carol@example.org"', '"dependabot@example.org"')})
    past.land(2, {"src/ledger/a.py": "1\n"}, author="dependabot <dependabot@example.org>")
    assert past.rows(10)["ledger", "ops"].last is None


def test_a_renamed_folder_keeps_its_history(past: History) -> None:
    past.land(1, {"src/old/a.py": "1\n2\n3\n4\n"}, f"Old\n\nReviewed-by: {BOB}")
    past.project.git("mv", "src/old", "src/ledger")
    past.land(2, {}, "Move")
    row = past.rows(10)["ledger", "ops"]
    assert (row.role, row.drift.changes) == ("reviewer", 1)


def test_a_renamed_component_keeps_its_history(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"}, f"Ledger\n\nReviewed-by: {BOB}")
    past.land(2, {"syncpoints.toml": POLICY.replace("ledger]", "books]").replace('"ledger"', '"books"')})
    assert past.rows(10)["books", "ops"].drift.changes == 0


def test_waiving_leaves_a_debt_until_the_team_takes_part(past: History) -> None:
    waiver = f"Syncpoint-Waived: money/ops {BOB} # sha256:{'0' * 32} ledger is down"
    sha = past.land(2, {"src/ledger/a.py": "1\n"}, f"Mend\n\n{waiver}")
    (debt,) = drifted(None, START + 10 * DAY).facts.debts
    assert (debt.sha, debt.kind, debt.reason, debt.settled_by) == (sha, "waived", "ledger is down", None)
    assert past.rows(10)["ledger", "ops"].last is None  # a waiver is no meeting
    later = past.land(5, {"src/ledger/a.py": "2\n"}, f"More\n\nReviewed-by: {BOB}")
    (debt,) = drifted(None, START + 10 * DAY).facts.debts
    assert debt.settled_by == later


def test_skipped_meetings_are_owed_where_history_records_reviews(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"}, f"Ledger\n\nReviewed-by: {BOB}")
    sha = past.land(2, {"src/ledger/a.py": "2\n"})
    debts = [debt for debt in drifted(None, START + 9 * DAY).facts.debts if debt.component == "ledger"]
    assert [(debt.sha, debt.kind, debt.team) for debt in debts] == [(sha, "skipped", "ops")]


def test_a_history_without_reviews_owes_none(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"})
    assert drifted(None, START + 9 * DAY).facts.debts == ()


def test_a_team_is_told_what_landed_since_it_last_looked(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"}, f"Ledger\n\nReviewed-by: {BOB}")
    past.land(2, {"src/ledger/a.py": "2\n"}, "Round half up")
    text = drift_output("ops", "text", now=START + 9 * DAY)
    assert "landed on ledger since ops last took part:" in text
    assert "2026-01-03 Round half up" in text


def test_the_command_speaks_json_and_html_and_names_unknown_teams(past: History) -> None:
    past.land(1, {"src/ledger/a.py": "1\n"}, "<b>Ledger</b>")
    done = past.project.run("drift", "--format", "json")
    assert set(done.json) >= {"participation", "debts", "pacing", "knowledge"}
    assert set(done.json["participation"][0]) == {"component", "team", "drift", "last"}
    page = past.project.run("drift", "--format", "html").out
    assert page.startswith("<!doctype html>")
    assert "Who is how far from what" in page
    assert past.project.run("drift", "--team", "opps").code == 2


def test_a_repository_without_a_policy_has_nothing_that_drifts(project: Project) -> None:
    project.stage({"a": "1\n"}).git("commit", "-q", "-m", "Start")
    assert "nothing can drift" in project.run("drift").out


def test_reviews_that_only_a_forge_knows_count_once_it_is_asked(past: History, tmp_path: Path) -> None:
    """By the commit a change landed as, by the tip that was merged, and by its number in the subject."""
    past.land(0.5, {"syncpoints.toml": POLICY.replace("bob = [", 'bob = ["@bobby", ')})
    landed = past.land(1, {"src/ledger/a.py": "1\n"}, "Ledger")
    past.project.git("switch", "-q", "-c", "topic")
    tip = past.land(2, {"src/rates/r.py": "1\n"})
    past.project.git("switch", "-q", "main")
    past.merge(3, "topic", "Merge topic")
    past.land(4, {"src/web/w.py": "1\n"}, "Web (#14)")
    rows = [
        _pull(12, {"mergeCommit": {"oid": landed}}, ["bobby", "alice"]),
        _pull(13, {"headRefOid": tip}, ["bobby"]),
        _pull(14, {}, ["dora-e"], commits=[{"authors": [{"login": "dora-e", "email": "dora@example.org"}]}]),
        _pull(15, {"mergeCommit": {"oid": "0" * 40}}, ["bobby"]),
    ]
    (tmp_path / "merged.json").write_text(json.dumps(rows), encoding="utf-8")
    assert past.rows(10)["ledger", "ops"].last is None
    found = past.project.run("drift", "--changes", str(tmp_path / "merged.json"), "--format", "json").json
    last = {(row["component"], row["team"]): row["last"] and row["last"]["as"] for row in found["participation"]}
    assert last == {
        ("ledger", "ops"): "reviewer",
        ("ledger", "payments"): None,
        ("rates", "ops"): "reviewer",
        ("rates", "payments"): None,
        ("web", "payments"): "reviewer",
    }
    assert not [text for text in found["missing"] if text.startswith("who reviewed")]


@pytest.mark.parametrize(
    "review",
    [
        pytest.param({"author": {"login": "alice"}, "state": "COMMENTED"}, id="the author's own"),
        pytest.param({"author": {"login": "bobby", "is_bot": True}, "state": "APPROVED"}, id="a bot's"),
        pytest.param({"author": {"login": "bobby"}, "state": "DISMISSED"}, id="dismissed"),
        pytest.param({"author": {"login": "bobby"}, "state": "PENDING"}, id="not sent yet"),
        pytest.param({"author": None, "state": "APPROVED"}, id="of an account that is gone"),
    ],
)
def test_what_is_no_review_there_is_none_here(past: History, tmp_path: Path, review: dict[str, Any]) -> None:
    past.land(0.5, {"syncpoints.toml": POLICY.replace("bob = [", 'bob = ["@bobby", "@alice", ')})
    landed = past.land(1, {"src/ledger/a.py": "1\n"}, "Ledger")
    row = {**_pull(12, {"mergeCommit": {"oid": landed}}, []), "reviews": [review]}
    (tmp_path / "merged.json").write_text(json.dumps([row]), encoding="utf-8")
    rows = drifted(None, START + 10 * DAY, str(tmp_path / "merged.json")).facts.standings
    assert {row.last for row in rows} == {None}


def test_approvals_of_gitlab_count(past: History, tmp_path: Path) -> None:
    past.land(0.5, {"syncpoints.toml": POLICY.replace("bob = [", 'bob = ["@bobby", ')})
    landed = past.land(1, {"src/ledger/a.py": "1\n"}, "Ledger")
    approved = [{"user": {"username": "bobby"}}]
    row = {"iid": 3, "author": {"username": "alice"}, "squash_commit_sha": landed, "approved_by": approved}
    (tmp_path / "merged.json").write_text(json.dumps([row]), encoding="utf-8")
    rows = drifted(None, START + 10 * DAY, str(tmp_path / "merged.json")).facts.standings
    assert {(row.component, row.team) for row in rows if row.last} == {("ledger", "ops")}


@pytest.mark.parametrize("content", ["{", "[1]", '[{"reviews": []}]', "7"])
def test_a_file_that_holds_no_reviews_is_refused(past: History, tmp_path: Path, content: str) -> None:
    (tmp_path / "merged.json").write_text(content, encoding="utf-8")
    done = past.project.run("drift", "--changes", str(tmp_path / "merged.json"))
    assert (done.code, "gh pr list" in done.err) == (2, True)


def _pull(number: int, places: dict[str, Any], reviewers: list[str], **more: Any) -> dict[str, Any]:
    reviews = [{"author": {"login": login}, "state": "APPROVED"} for login in reviewers]
    return {"number": number, "author": {"login": "alice"}, "reviews": reviews, **places, **more}


def test_what_follows_a_component_is_none_itself(past: History) -> None:
    """A hotfix of a follower is no incident of a component to record, nor is the follower's history blind."""
    past.land(1, {"docs/ledger.md": "how, anew\n"}, "Hotfix the page")
    facts = drifted(None, START + 9 * DAY).facts
    assert facts.candidates == ()
    assert {*facts.blind, *facts.last_touch, *(row.component for row in facts.told)} <= {"ledger", "rates", "web"}
