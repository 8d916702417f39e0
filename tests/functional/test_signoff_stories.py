"""Sign-offs by trailer, bound to content: what keeps them, what makes them lapse, and who may give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from project import Project

POLICY = """
[people]
alice = ["@alice", "alice@example.org", "alice@home.example"]
[teams.ops]
members = ["alice", "bob@example.org"]
[syncpoints.ledger-ops]
paths = ["ledger/"]
accept = ["trailer"]
participants = [{ team = "ops", purpose = "permission" }]
"""
LEDGER = "".join(f"line {number}\n" for number in range(40))


@pytest.fixture
def story(project: Project) -> Project:
    """Return a repository on the branch feature, where Carol has changed one line of the ledger."""
    project.commit_as("root@example.org", {"syncpoints.toml": POLICY, "ledger/post.py": LEDGER, "other.py": "x\n"})
    project.branch("feature").commit_as("carol@example.org", {"ledger/post.py": LEDGER.replace("line 20\n", "LINE 20\n")})
    return project


def report(project: Project) -> Any:
    return project.check("--base", "main", "--door", "ci")


def ops(project: Project) -> dict[str, Any]:
    (point,) = report(project)["syncpoints"]
    (participant,) = point["participants"]
    return dict(participant)


def sign(project: Project, who: str = "Bob <bob@example.org>", scope: str = "ledger-ops/ops", by: str = "") -> None:
    """Record a sign-off on what stands now, in an empty commit."""
    digest = report(project)["syncpoints"][0]["digest"]
    project.commit_as(by or who.partition("<")[2].strip(">"), None, f"Sign off\n\nAcked-by: {who} # {scope} {digest}\n")


def edit(path: str, old: str, new: str) -> Callable[[Project], None]:
    def apply(project: Project) -> None:
        text = (project.path / path).read_text()
        assert old in text
        project.commit_as("carol@example.org", {path: text.replace(old, new)})

    return apply


def rebase_on(files: dict[str, str | None]) -> Callable[[Project], None]:
    def apply(project: Project) -> None:
        project.git("switch", "-q", "main")
        project.commit_as("root@example.org", dict(files))
        project.git("switch", "-q", "feature")
        project.git("rebase", "-q", "main")

    return apply


def squash(project: Project) -> None:
    message = project.git("log", "-1", "--format=%B")
    project.git("reset", "-q", "--soft", "main")
    project.commit_as("carol@example.org", None, message)


def amend_message(project: Project) -> None:
    project.git("commit", "-q", "--amend", "--allow-empty", "--no-edit", "--trailer", "Note: amended")


def base_moves(project: Project) -> None:
    project.git("switch", "-q", "main")
    project.commit_as("root@example.org", {"elsewhere.py": "1\n"})
    project.git("switch", "-q", "feature")


def make_executable(project: Project) -> None:
    (project.path / "ledger/post.py").chmod(0o755)
    project.commit_as("carol@example.org")


def rename(project: Project) -> None:
    project.git("mv", "ledger/post.py", "ledger/book.py")
    project.commit_as("carol@example.org")


def revert_and_reapply(project: Project) -> None:
    project.git("revert", "--no-edit", "HEAD~1")
    project.git("revert", "--no-edit", "HEAD")


def force_push_back(project: Project) -> None:
    signed = project.git("rev-parse", "HEAD")
    edit("ledger/post.py", "line 3\n", "other\n")(project)
    project.git("reset", "-q", "--hard", signed)


def evil_merge(project: Project) -> None:
    base_moves(project)
    project.git("merge", "-q", "--no-commit", "main")
    project.commit_as("carol@example.org", {"ledger/post.py": LEDGER.replace("line 20\n", "EVIL\n")}, "Merge main")


@pytest.mark.parametrize(
    ("event", "status"),
    [
        pytest.param(lambda project: None, "met", id="nothing happens"),
        pytest.param(rebase_on({"elsewhere.py": "1\n"}), "met", id="a rebase over changes elsewhere"),
        pytest.param(rebase_on({"ledger/post.py": "top\n" + LEDGER}), "met", id="a rebase over lines far away in the same file"),
        pytest.param(
            rebase_on({"ledger/post.py": LEDGER.replace("line 18\n", "near\n")}), "stale", id="a rebase over lines in its context"
        ),
        pytest.param(squash, "met", id="a squash"),
        pytest.param(amend_message, "met", id="an amended message"),
        pytest.param(base_moves, "met", id="the base moves elsewhere"),
        pytest.param(edit("other.py", "x", "y"), "met", id="an edit out of scope"),
        pytest.param(edit("ledger/post.py", "line 3\n", "line  3\n"), "stale", id="a space more in scope"),
        pytest.param(edit("ledger/post.py", "LINE 20\n", "Line 20\n"), "stale", id="the signed line itself changes"),
        pytest.param(
            edit("ledger/post.py", "LINE 20\nline 21\n", "line 21\nLINE 20\n"), "stale", id="the signed line moves in its file"
        ),
        pytest.param(make_executable, "stale", id="the file becomes executable"),
        pytest.param(rename, "stale", id="the file is renamed"),
        pytest.param(
            lambda project: project.commit_as("carol@example.org", {"ledger/new.bin": b"\0\1"}), "stale", id="a binary joins"
        ),
        pytest.param(
            lambda project: project.commit_as("carol@example.org", {"ledger/__init__.py": ""}), "stale", id="an empty file joins"
        ),
        pytest.param(revert_and_reapply, "met", id="it is reverted and applied again"),
        pytest.param(force_push_back, "met", id="a force-push back to what was signed"),
        pytest.param(evil_merge, "stale", id="a merge that edits in scope by hand"),
    ],
)
def test_a_sign_off_lives_as_long_as_what_was_signed(
    story: Project, event: Callable[[Project], None], status: str
) -> None:
    sign(story)
    event(story)
    assert ops(story)["status"] == status, ops(story)


@pytest.mark.parametrize(
    ("who", "status", "because"),
    [
        pytest.param("Bob <bob@example.org>", "met", "holds", id="a member"),
        pytest.param("Alice <alice@home.example>", "met", "holds", id="a member by another identity"),
        pytest.param("Carol <carol@example.org>", "open", "author", id="the author"),
        pytest.param("Dan <dan@example.org>", "open", "not in ops", id="somebody else"),
        pytest.param("ops-bot[bot] <bob@example.org>", "open", "machine", id="a machine in a member's name"),
    ],
)
def test_who_may_sign(story: Project, who: str, status: str, because: str) -> None:
    sign(story, who, by="carol@example.org")
    participant = ops(story)
    assert participant["status"] == status
    assert because in participant["because"]


def test_a_co_author_cannot_sign(story: Project) -> None:
    edit("ledger/post.py", "line 1\n", "one\n")(story)
    story.git("commit", "-q", "--amend", "-m", "Two of us\n\nCo-authored-by: Bob <bob@example.org>")
    sign(story)
    assert ops(story)["status"] == "open"


def test_an_author_elsewhere_may_sign_for_what_others_wrote(story: Project) -> None:
    story.commit_as("bob@example.org", {"other.py": "bob was here\n"})
    sign(story)
    assert ops(story)["status"] == "met"


def test_two_identities_of_one_person_are_one_approval(story: Project) -> None:
    story.git("switch", "-q", "main")
    story.commit_as("root@example.org", {"syncpoints.toml": POLICY.replace('"permission" }', '"permission", approvals = 2 }')})
    story.git("switch", "-q", "feature")
    story.git("rebase", "-q", "main")
    sign(story, "Alice <alice@example.org>")
    sign(story, "Alice <alice@home.example>")
    assert ops(story)["status"] == "open"
    sign(story, "Bob <bob@example.org>")
    assert ops(story)["status"] == "met"


def test_the_mailmap_of_the_base_joins_identities_and_the_changes_own_does_not(story: Project) -> None:
    story.commit_as("carol@example.org", {".mailmap": "Bob <bob@example.org> <dan@example.org>\n"})
    sign(story, "Dan <dan@example.org>")
    assert ops(story)["status"] == "open"
    story.git("switch", "-q", "main")
    story.commit_as("root@example.org", {".mailmap": "Bob <bob@example.org> <dan@example.org>\n"})
    story.git("switch", "-q", "feature")
    assert ops(story)["status"] == "met"


def test_a_policy_the_change_edits_does_not_judge_it(story: Project) -> None:
    story.commit_as("carol@example.org", {"syncpoints.toml": POLICY.replace("bob@", "carol-friend@")})
    found = report(story)
    assert found["syncpoints"][0]["participants"][0]["status"] == "open"
    (edited,) = [finding for finding in found["findings"] if finding["rule"] == "POL001"]
    assert "takes bob@example.org from the members of team ops" in edited["message"]


def test_an_older_policy_is_not_kept_by_forking_early(story: Project) -> None:
    story.git("switch", "-q", "main")
    story.commit_as("root@example.org", {"syncpoints.toml": POLICY.replace('"bob@example.org"', '"eve@example.org"')})
    story.git("switch", "-q", "feature")
    sign(story)
    assert ops(story)["status"] == "open"


def test_a_short_digest_or_another_team_is_no_sign_off(story: Project) -> None:
    digest = report(story)["syncpoints"][0]["digest"]
    for scope, words in (("ledger-ops/ops", digest[:20]), ("ledger-ops/dev", digest), ("other/ops", digest)):
        story.commit_as("bob@example.org", None, f"Sign\n\nAcked-by: Bob <bob@example.org> # {scope} {words}\n")
    assert ops(story)["status"] == "open"


def test_a_waiver_satisfies_the_gate_and_stays_on_record(story: Project) -> None:
    digest = report(story)["syncpoints"][0]["digest"]
    text = f"Syncpoint-Waived: ledger-ops/ops Bob <bob@example.org> # {digest} hotfix at night"
    story.commit_as("bob@example.org", None, f"Waive\n\n{text}\n")
    found = report(story)
    participant = found["syncpoints"][0]["participants"][0]
    assert (participant["status"], participant["because"]) == ("waived", "hotfix at night")
    assert [finding["rule"] for finding in found["findings"]] == ["SYN003"]
    assert not found["verdict"]["blocked"]
    edit("ledger/post.py", "line 3\n", "other\n")(story)
    assert ops(story)["status"] == "stale"


def test_a_waiver_by_an_author_is_none(story: Project) -> None:
    digest = report(story)["syncpoints"][0]["digest"]
    text = f"Syncpoint-Waived: ledger-ops/ops Carol <carol@example.org> # {digest} trust me"
    story.commit_as("carol@example.org", None, f"Waive\n\n{text}\n")
    assert ops(story)["status"] == "open"


def test_a_trailer_counts_only_where_the_policy_accepts_it(story: Project) -> None:
    story.git("switch", "-q", "main")
    story.commit_as("root@example.org", {"syncpoints.toml": POLICY.replace('accept = ["trailer"]', "")})
    story.git("switch", "-q", "feature")
    sign(story)
    participant = ops(story)
    assert participant["status"] == "open"
    assert "not accepted" in participant["because"]


def test_supposing_a_signature_shows_what_would_settle_it(story: Project) -> None:
    outcome = story.run("check", "--base", "main", "--door", "ci", "--as-if", "signed:ops=bob@example.org", "--format", "json")
    assert outcome.code == 0, outcome
    assert outcome.json["simulated"] == ["signed:ops=bob@example.org"]


def test_supposing_in_ci_proves_nothing(story: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    for words in (("--as-if", "signed:ops=bob@example.org"), ("--ignore", "SYN")):
        assert story.run("check", "--base", "main", *words).code == 3
