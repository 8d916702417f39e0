"""The two hooks on the commit message: what they add, what they refuse, and when they keep out of the way."""

from __future__ import annotations

import pytest
from tests.project import Project

POLICY = """
[teams.ops]
members = ["bob@example.org"]
[syncpoints.ledger-ops]
paths = ["ledger/"]
accept = ["review", "trailer"]
participants = [{ team = "ops", purpose = "permission" }]
"""
DIGEST = "sha256:" + "0123456789abcdef" * 4
TEMPLATE = "\n# Please enter the commit message for your changes.\n#\n# Changes to be committed:\n"


@pytest.fixture
def staged(project: Project) -> Project:
    """Return a repository where a change that ops must meet over is staged."""
    project.commit({"syncpoints.toml": POLICY, "other": "1\n"})
    return project.stage({"ledger/post.py": "x = 1\n"})


def prepare(project: Project, message: str, source: str | None = "", **environment: str) -> str:
    path = project.path / ".git" / "COMMIT_EDITMSG"
    path.write_text(message)
    words = [".git/COMMIT_EDITMSG", *([source] if source else [])]
    outcome = project.hook("prepare_message", *words, **environment)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", ""), outcome
    return path.read_text()


@pytest.mark.parametrize("source", ["", "template"])
def test_who_is_needed_is_proposed_in_comments_above_gits_own(staged: Project, source: str) -> None:
    written = prepare(staged, TEMPLATE, source)
    added = written[: written.index("# Please enter")]
    assert all(line.startswith("#") for line in added.splitlines() if line)
    assert "ledger-ops needs ops (permission)" in added
    assert "Acked-by: Name <mail> # ledger-ops/ops sha256:" in added
    assert written.endswith(TEMPLATE.lstrip("\n"))


@pytest.mark.parametrize("source", ["message", "merge", "squash", "commit"])
def test_where_no_editor_opens_nothing_is_added(staged: Project, source: str) -> None:
    assert prepare(staged, "Subject\n", source) == "Subject\n"


def test_pre_commit_tells_the_source_in_the_environment(staged: Project) -> None:
    assert prepare(staged, TEMPLATE, None, PRE_COMMIT_COMMIT_MSG_SOURCE="message") == TEMPLATE
    assert prepare(staged, TEMPLATE, None, PRE_COMMIT_COMMIT_MSG_SOURCE="template") != TEMPLATE


def test_a_clear_change_adds_nothing(project: Project) -> None:
    project.commit({"syncpoints.toml": POLICY})
    project.stage({"other": "2\n"})
    assert prepare(project, TEMPLATE) == TEMPLATE


def test_the_comment_character_is_the_users(staged: Project) -> None:
    staged.git("config", "core.commentChar", ";")
    added = prepare(staged, TEMPLATE.replace("#", ";"))
    assert "; ledger-ops needs ops" in added
    assert "#" not in added.replace(" # ledger-ops/ops", "")


def test_an_automatic_comment_character_is_read_off_the_message(staged: Project) -> None:
    staged.git("config", "core.commentChar", "auto")
    assert "; ledger-ops needs ops" in prepare(staged, "# a heading of mine\n" + TEMPLATE.replace("#", ";"))


@pytest.mark.parametrize("cleanup", ["verbatim", "whitespace", "scissors"])
def test_where_git_keeps_comments_none_are_added(staged: Project, cleanup: str) -> None:
    staged.git("config", "commit.cleanup", cleanup)
    assert prepare(staged, TEMPLATE) == TEMPLATE


def test_a_broken_policy_never_stops_the_message(project: Project) -> None:
    project.commit({"syncpoints.toml": "[nonsense\n"})
    project.stage({"a": "1\n"})
    path = project.path / ".git" / "COMMIT_EDITMSG"
    path.write_text(TEMPLATE)
    outcome = project.hook("prepare_message", ".git/COMMIT_EDITMSG")
    assert outcome.code == 0
    assert "Traceback" not in outcome.err
    assert path.read_text() == TEMPLATE


@pytest.mark.parametrize(
    ("trailer", "fragment"),
    [
        pytest.param(f"Acked-by: Bob <bob@example.org> # ledger-ops/ops {DIGEST}", "", id="a sign-off as it should be"),
        pytest.param("Acked-by: Bob <bob@example.org>", "", id="an ordinary trailer is nobody's business"),
        pytest.param(f"Acked-by: bob # ledger-ops/ops {DIGEST}", "Name <mail>", id="nobody is named"),
        pytest.param("Acked-by: Bob <bob@example.org> # ledger-ops/ops sha256:123", "32", id="a digest too short"),
        pytest.param(f"Acked-by: Bob <bob@example.org> # ledger-ops {DIGEST}", "team", id="no team"),
        pytest.param(
            f"Acked-by: Bob <bob@example.org> # ledgers/ops {DIGEST}", "ledger-ops", id="a sync point unknown"
        ),
        pytest.param(
            f"Acked-by: Bob <bob@example.org> # ledger-ops/dev {DIGEST}",
            "does not meet",
            id="a team that does not meet",
        ),
        pytest.param(
            f"Acked-by: Eve <eve@example.org> # ledger-ops/ops {DIGEST}", "not a member", id="somebody not in the team"
        ),
        pytest.param(f"Syncpoint-Waived: ledger-ops/ops Bob <bob@example.org> # {DIGEST} late", "", id="a waiver"),
        pytest.param(
            f"Syncpoint-Waived: ledger-ops/ops Bob <bob@example.org> # {DIGEST}", "reason", id="a waiver without reason"
        ),
        pytest.param(
            f"syncpoint-waived: ledger-ops/ops Eve <eve@example.org> # {DIGEST} late",
            "not a member of ops",
            id="a waiver by somebody who may not",
        ),
        pytest.param(f"Accountable: Eve <eve@example.org> # machine {DIGEST}", "", id="who answers for a machine"),
        pytest.param("Accountable: Eve <eve@example.org> # machine sha256:12", "machine-written", id="for nothing"),
        pytest.param("Accountable: Eve", "Name <mail>", id="nobody answers"),
    ],
)
def test_trailers_are_well_formed_and_people_known(project: Project, trailer: str, fragment: str) -> None:
    project.commit({"syncpoints.toml": POLICY})
    (project.path / "message").write_text(f"Subject\n\nBody\n\n{trailer}\n")
    outcome = project.hook("message", "message")
    assert outcome.code == (1 if fragment else 0), outcome
    assert fragment in outcome.out
    assert outcome.err == ""


def test_a_message_that_cannot_be_read(project: Project) -> None:
    for words in ([], ["nowhere"]):
        outcome = project.hook("message", *words)
        assert outcome.code == 2
        assert outcome.err.startswith("syncpoints: ")


def test_a_message_that_cannot_be_prepared_is_said_and_stops_nothing(staged: Project) -> None:
    outcome = staged.hook("prepare_message", "nowhere")
    said = "syncpoints: 'nowhere' cannot be read: No such file or directory\n"
    assert (outcome.code, outcome.err) == (0, f"{said}  name the file git wrote: .git/COMMIT_EDITMSG\n")


def test_a_push_that_only_deletes_a_branch_is_nobodys_business(staged: Project) -> None:
    outcome = staged.hook("push", PRE_COMMIT_TO_REF="0" * 40)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
