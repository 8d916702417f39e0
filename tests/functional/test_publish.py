"""`syncpoints publish`: one comment, edited in place, of nothing but what git itself confirms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import stamina
from tests.forge_server import BOT, CANARY, Reply, State, forge_server

from pytest_syncpoints.forge.http import ATTEMPTS
from pytest_syncpoints.gather.reviews import reviews_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.project import Outcome, Project

pytestmark = pytest.mark.once

POLICY = """
[change]
budget = 10
[teams.ops]
members = ["@carol", "carol@example.org"]
[components.ledger]
paths = ["ledger/"]
[syncpoints.ledger-ops]
components = ["ledger"]
participants = [{ team = "ops", purpose = "permission" }]
accept = ["trailer"]
"""
SIGN = "ledger-ops needs ops"


@dataclass
class Desk:
    """A clone with a change, a host with its request, and the command that publishes there."""

    project: Project
    host: State
    files: Path
    monkeypatch: pytest.MonkeyPatch
    to: str
    runs: int = 100

    def push(self, files: dict[str, Any], message: str = "A change") -> str:
        """Commit, and let the request stand there."""
        self.host.head = self.project.commit(files, message)
        return self.host.head

    def report(self, name: str = "report.json", *words: str) -> Path:
        """Review the branch as the gate does."""
        path = self.files / name
        outcome = self.project.run(
            "check", "--base", "main", "--head", "HEAD", "--format", "json", *words, "-o", str(path)
        )
        assert outcome.code in (0, 1, 3), outcome
        return path

    def publish(self, report: Path, *words: str, head: str = "", run: int | None = None) -> Outcome:
        """Publish in a run of its own for a head (the present one)."""
        self.runs += 1
        self.event(head or self.host.head, run or self.runs)
        return self.project.run("publish", str(report), "--to", self.to, *words)

    def event(self, head: str, run: int) -> None:
        """Tell the run what it is about, as the host's own CI does."""
        event = {"action": "synchronize", "pull_request": {"number": 7, "head": {"sha": head}, "base": {"ref": "main"}}}
        (self.files / "event.json").write_text(json.dumps(event))
        github = {
            "GITHUB_API_URL": self.host.url,
            "GITHUB_EVENT_PATH": str(self.files / "event.json"),
            "GITHUB_REPOSITORY": "acme/ledger",
            "GITHUB_RUN_ID": str(run),
            "GITHUB_TOKEN": CANARY,
        }
        gitlab = {
            "CI_API_V4_URL": self.host.url,
            "CI_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_COMMIT_SHA": head,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_JOB_ID": str(run),
            "GITLAB_TOKEN": CANARY,
        }
        for name, value in (github if self.to == "github" else gitlab).items():
            self.monkeypatch.setenv(name, value)

    @property
    def texts(self) -> list[str]:
        """Return what people see of the comments, the hidden first line left out."""
        return [comment["body"].partition("\n")[2] for comment in self.host.comments]


@pytest.fixture(params=["github", "gitlab"])
def desk(
    request: pytest.FixtureRequest, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("CI", "true")
    project.commit({"syncpoints.toml": POLICY, "ledger/post.py": "a = 1\n", "docs/x.md": "x\n"})
    project.branch("feature")
    with forge_server() as host, stamina.set_testing(True, attempts=ATTEMPTS):
        yield Desk(project, host, tmp_path, monkeypatch, request.param)


def test_a_change_that_needs_people_gets_one_comment_and_a_status(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    outcome = desk.publish(desk.report())
    assert outcome.code == 0, outcome
    (text,) = desk.texts
    assert "1 sign-off missing (ops)" in text
    assert desk.host.comments[0]["body"].startswith("<!-- syncpoints:v1 ")
    (status,) = desk.host.statuses
    assert status["state"] in ("failure", "failed")
    assert status["sha"] == desk.host.head


def test_a_clear_change_gets_no_comment(desk: Desk) -> None:
    desk.push({"docs/x.md": "y\n"})
    assert desk.publish(desk.report()).code == 0
    assert desk.texts == []
    assert [status["state"] for status in desk.host.statuses] == ["success"]


def test_publishing_again_writes_nothing(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    for _ in range(3):
        assert desk.publish(desk.report()).code == 0
    assert len(desk.host.writes()) == 1


def test_a_new_push_edits_the_comment_and_says_what_came_and_went(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.publish(desk.report())
    desk.push({"ledger/post.py": "a = 1\n", "docs/x.md": "".join(f"{n}\n" for n in range(30))})
    desk.publish(desk.report())
    (text,) = desk.texts
    assert "Since the last push: 1 resolved, 1 new." in text
    first = list(desk.texts)
    desk.publish(desk.report())
    assert desk.texts == first


def test_a_change_that_has_become_clear_shortens_its_comment(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.publish(desk.report())
    desk.push({"ledger/post.py": "a = 1\n", "docs/x.md": "y\n"})
    desk.publish(desk.report())
    (text,) = desk.texts
    assert text.startswith("### Sync points: clear\n")
    assert "|" not in text
    assert "<details>" not in text


def test_a_comment_on_a_later_page_is_found(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.page = 2
    for number in range(5):
        desk.host.say("eve", str(number))
    desk.publish(desk.report())
    desk.push({"ledger/post.py": "a = 3\nb = 4\n"})
    desk.publish(desk.report())
    assert len(desk.host.comments) == 6


def test_a_marker_somebody_else_typed_is_left_alone(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    forged = f"<!-- syncpoints:v1 head={'f' * 40} run=999999999 now=- before=- -->\n### Sync points: clear"
    desk.host.say("eve", forged)
    desk.publish(desk.report())
    assert desk.host.comments[0]["body"] == forged
    assert len(desk.host.comments) == 2


def test_our_own_other_comments_are_left_alone(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.say(BOT, "quoted:\n<!-- syncpoints:v1 -->")
    desk.publish(desk.report())
    assert len(desk.host.comments) == 2


def test_a_comment_whose_marker_was_damaged_is_written_anew(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.say(BOT, "<!-- syncpoints:v1 what -->\n### Sync points: clear")
    desk.publish(desk.report())
    (text,) = desk.texts
    assert "1 sign-off missing" in text


def test_a_comment_somebody_edited_is_put_right(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.publish(desk.report())
    before = list(desk.texts)
    desk.host.comments[0]["body"] = desk.host.comments[0]["body"].partition("\n")[0] + "\n### Sync points: clear"
    desk.publish(desk.report())
    assert desk.texts == before


def test_an_earlier_run_of_the_same_commit_does_not_replace_a_later_ones_word(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.publish(desk.report(), run=200)
    later = list(desk.texts)
    desk.host.comments[0]["body"] = desk.host.comments[0]["body"].replace("missing", "MISSING")
    changed = list(desk.texts)
    outcome = desk.publish(desk.report(), run=150)
    assert "a later run" in outcome.out
    assert desk.texts == changed
    assert changed != later


def test_a_run_of_a_commit_the_change_has_left_publishes_nothing(desk: Desk) -> None:
    old = desk.push({"ledger/post.py": "a = 2\n"})
    report = desk.report()
    desk.push({"ledger/post.py": "a = 3\n"})
    outcome = desk.publish(report, head=old)
    assert (outcome.code, desk.texts, desk.host.statuses) == (0, [], [])
    assert "nothing published" in outcome.out


def test_a_report_of_another_commit_is_refused(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    report = desk.report()
    desk.push({"ledger/post.py": "a = 3\n"})
    outcome = desk.publish(report)
    assert outcome.code == 2
    assert desk.host.writes() == []


def test_a_report_of_suppositions_is_refused(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    outcome = desk.publish(desk.report("r.json", "--as-if", "signed:ops=carol@example.org"))
    assert outcome.code == 2
    assert desk.host.writes() == []


def _clear(report: dict[str, Any]) -> None:
    report["verdict"] = {"blocked": False, "blocking": [], "summary": "clear"}


def _no_findings(report: dict[str, Any]) -> None:
    report["findings"] = []
    _clear(report)


def _all_met(report: dict[str, Any]) -> None:
    _no_findings(report)
    for syncpoint in report["syncpoints"]:
        for participant in syncpoint["participants"]:
            participant |= {"status": "met", "by": "Carol <carol@example.org>", "because": "holds"}
    report["plan"] |= {"sentence": "", "loops": {"closes": ["ops"], "open": [], "skips": []}}


def _no_syncpoints(report: dict[str, Any]) -> None:
    _no_findings(report)
    report["syncpoints"] = []


def _another_policy(report: dict[str, Any]) -> None:
    _no_syncpoints(report)
    report["policy"] = None


def _another_file(report: dict[str, Any]) -> None:
    _no_syncpoints(report)
    report["change"]["files"][0]["path"] = "docs/x.md"


FORGERIES = [_clear, _no_findings, _all_met, _no_syncpoints, _another_policy, _another_file]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__.strip("_"))
def test_a_forged_report_is_never_published_as_clear(desk: Desk, forge: Callable[[dict[str, Any]], None]) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    path = desk.report()
    report = json.loads(path.read_text())
    forge(report)
    path.write_text(json.dumps(report))
    outcome = desk.publish(path)
    assert outcome.code in (1, 2), outcome
    assert (desk.texts, desk.host.statuses) == ([], [])


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[" * 100_000, b'{"schema": 1}', b'{"schema": 99}', b"\xff\xfe", b" " * (33 << 20), b'{"a":1,"a":2}'],
    ids=["empty", "cut", "deep", "hollow", "of another schema", "not text", "huge", "a key twice"],
)
def test_an_artifact_that_is_no_report_is_refused(desk: Desk, data: bytes) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    path = desk.files / "artifact.json"
    path.write_bytes(data)
    assert desk.publish(path).code == 2
    assert desk.host.asked == [] or desk.host.writes() == []
    assert desk.host.statuses == []


def test_a_report_cut_anywhere_is_refused(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    path = desk.report()
    data = path.read_bytes()
    for end in range(0, len(data) - 1, len(data) // 9):
        path.write_bytes(data[:end])
        assert desk.publish(path).code == 2
    assert (desk.texts, desk.host.statuses) == ([], [])


def test_what_this_clone_cannot_verify_is_labelled_and_never_a_success(desk: Desk, tmp_path: Path) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.publish(desk.report())
    desk.host.statuses.clear()
    desk.push({"ledger/post.py": "a = 1\n", "docs/x.md": "y\n"})
    report = desk.report()
    (tmp_path / "elsewhere").mkdir()
    desk.monkeypatch.chdir(tmp_path / "elsewhere")
    assert desk.publish(report).code == 0
    (text,) = desk.texts
    assert "**Not verified:**" in text
    assert [status["state"] for status in desk.host.statuses] == ["pending"]


def test_a_dry_run_writes_nothing_and_shows_the_comment(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    outcome = desk.publish(desk.report(), "--dry-run")
    assert outcome.code == 0
    assert "1 sign-off missing (ops)" in outcome.out
    assert (desk.host.writes(), desk.host.statuses) == ([], [])


def test_a_dry_run_needs_no_token(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    report = desk.report()
    desk.event(desk.host.head, 1)
    desk.monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    desk.monkeypatch.delenv("GITLAB_TOKEN", raising=False)
    outcome = desk.project.run("publish", str(report), "--to", desk.to, "--dry-run")
    assert outcome.code == 0, outcome
    assert "1 sign-off missing (ops)" in outcome.out
    assert desk.host.asked == []
    assert desk.project.run("publish", str(report), "--to", desk.to).code == 2


def test_a_status_the_token_may_not_set_is_said(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.script = [("/statuses/", Reply(403, {"message": "Resource not accessible by integration"}))]
    outcome = desk.publish(desk.report())
    assert outcome.code == 0
    assert "status: not set" in outcome.out


def test_a_host_that_stays_down_is_exit_3_and_the_remedy(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.script = [("", Reply(503))] * 50
    assert desk.publish(desk.report()).code == 3


def test_a_comment_the_token_may_not_write_is_exit_3_and_the_permission_to_give(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.script = [("POST", Reply(403, {"message": "Resource not accessible by integration"}))]
    outcome = desk.publish(desk.report())
    assert outcome.code == 3
    assert "pull-requests: write" in outcome.err or "GITLAB_TOKEN" in outcome.err


def test_a_report_too_large_for_a_comment_still_fits(desk: Desk) -> None:
    names = {f"ledger/{'é@x' * 20}{n:04}.py": f"a = {n}\n" for n in range(600)}
    desk.push(names)
    outcome = desk.publish(desk.report())
    assert outcome.code == 0, outcome
    assert len(desk.host.comments) == 1


def test_the_token_is_in_no_output_comment_or_report(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"}, f"Take {CANARY[:4]} care")
    report = desk.report()
    outcomes = [desk.publish(report)]
    for reply in (
        Reply(401, {"message": CANARY}),
        Reply(500, {"message": CANARY}),
        Reply(302, None, {"Location": CANARY}),
    ):
        desk.host.script = [("GET", reply)] * ATTEMPTS
        outcomes.append(desk.publish(report))
    assert [outcome for outcome in outcomes if CANARY in outcome.out + outcome.err] == []
    assert CANARY not in json.dumps(desk.host.comments) + json.dumps(desk.host.statuses) + report.read_text()


@pytest.fixture
def github(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CI", "true")
    project.commit({"syncpoints.toml": POLICY, "ledger/post.py": "a = 1\n", "docs/x.md": "x\n"})
    project.branch("feature")
    with forge_server() as host, stamina.set_testing(True, attempts=ATTEMPTS):
        yield Desk(project, host, tmp_path, monkeypatch, "github")


def follow(desk: Desk, report: Path, *, head: str) -> Outcome:
    """Publish from a workflow that follows the change's own run."""
    desk.event(head, 300)
    owner = {"owner": {"login": "bob"}}
    event = {"workflow_run": {"head_sha": head, "head_branch": "feature", "head_repository": owner}}
    (desk.files / "event.json").write_text(json.dumps(event))
    return desk.project.run("publish", str(report), "--to", "github")


def open_request(desk: Desk, head: str) -> None:
    desk.host.pulls = [
        {"number": 3, "head": {"sha": "e" * 40}, "base": {"ref": "main"}},
        {"number": 7, "head": {"sha": head}, "base": {"ref": "main"}},
    ]


def test_a_following_run_finds_the_request_by_the_commit_it_follows(github: Desk) -> None:
    head = github.push({"ledger/post.py": "a = 2\n"})
    open_request(github, head)
    assert follow(github, github.report(), head=head).code == 0
    assert github.host.writes() == ["POST /repos/acme/ledger/issues/7/comments"]


def test_a_following_run_without_a_request_at_its_commit_publishes_nothing(github: Desk) -> None:
    head = github.push({"ledger/post.py": "a = 2\n"})
    open_request(github, "d" * 40)
    assert follow(github, github.report(), head=head).code == 2
    assert github.host.writes() == []


def test_a_following_run_that_cannot_verify_publishes_nothing(github: Desk, tmp_path: Path) -> None:
    head = github.push({"ledger/post.py": "a = 2\n"})
    open_request(github, head)
    report = github.report()
    (tmp_path / "elsewhere").mkdir()
    github.monkeypatch.chdir(tmp_path / "elsewhere")
    outcome = follow(github, report, head=head)
    assert outcome.code == 3
    assert "git fetch" in outcome.err
    assert (github.texts, github.host.statuses) == ([], [])


@pytest.mark.parametrize(
    "graphql", [Reply(200, {"data": {"viewer": {"login": BOT}}}), Reply(404)], ids=["told", "not told"]
)
def test_the_token_of_a_workflow_which_may_not_ask_who_it_is_knows_its_comments(github: Desk, graphql: Reply) -> None:
    github.push({"ledger/post.py": "a = 2\n"})
    github.host.say("mallory", f"<!-- syncpoints:v1 head={'f' * 40} run=1 now=- before=- -->\nx")
    github.host.say(BOT, f"<!-- syncpoints:v1 head={'f' * 40} run=1 now=- before=- -->\nx")
    github.host.script = [("GET /user", Reply(403)), ("POST /graphql", graphql)]
    github.publish(github.report())
    assert github.host.writes() == ["PATCH /repos/acme/ledger/issues/comments/1001"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("", "cannot be read"),
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ("{}", "about no pull request"),
        ('{"pull_request": {"number": "7"}}', "expected a number"),
        ('{"pull_request": {"number": 7, "head": {}}}', "sha"),
    ],
)
def test_an_event_that_names_no_request_is_one_clear_error(github: Desk, event: str, said: str) -> None:
    github.push({"ledger/post.py": "a = 2\n"})
    report = github.report()
    github.event(github.host.head, 1)
    (github.files / "event.json").write_text(event) if event else (github.files / "event.json").unlink()
    outcome = github.project.run("publish", str(report), "--to", "github")
    assert outcome.code == 2
    assert said in outcome.err
    assert len(outcome.err.splitlines()) <= 2


def test_the_report_goes_to_the_jobs_summary(github: Desk, tmp_path: Path) -> None:
    github.push({"ledger/post.py": "a = 2\n"})
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    github.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    github.publish(github.report())
    assert summary.read_text().startswith("before\n### Sync points: 1 sign-off missing (ops)")


def test_a_summary_that_is_full_already_is_not_exceeded(github: Desk, tmp_path: Path) -> None:
    github.push({"ledger/post.py": "a = 2\n"})
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * ((1 << 20) - 600))
    github.monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    github.publish(github.report())
    assert summary.stat().st_size <= 1 << 20


def test_without_the_extra_the_command_names_it(github: Desk) -> None:
    github.push({"ledger/post.py": "a = 2\n"})
    github.monkeypatch.setattr("pytest_syncpoints.forge.http._INSTALLED", False)
    outcome = github.publish(github.report())
    assert outcome.code == 2
    assert "pip install 'pytest-syncpoints[forge]'" in outcome.err


def test_what_the_host_says_can_be_written_down_for_the_gate(desk: Desk) -> None:
    desk.push({"ledger/post.py": "a = 2\n"})
    desk.host.reviews = [
        {
            "user": {"login": "carol"},
            "state": "APPROVED",
            "commit_id": desk.host.head,
            "submitted_at": "2026-03-02T09:30:00Z",
        }
    ]
    desk.event(desk.host.head, 1)
    outcome = desk.project.spawn("pytest_syncpoints.forge", "@acme/ops")
    assert outcome.code == 0, outcome
    assert [review.person.handle for review in reviews_from_json(outcome.out.encode()).reviews] == ["carol"]
    assert CANARY not in outcome.out + outcome.err
    reviews = desk.files / "reviews.json"
    reviews.write_text(outcome.out)
    report = desk.report("report.json", "--reviews", str(reviews))
    assert desk.publish(report).code == 0
    assert len(desk.texts) == 1
