"""The command `signoff`: what it writes, whom it refuses, and that nothing else of the repository changes."""

from __future__ import annotations

import pytest
from tests.project import Outcome
from tests.signing import POLICY, SIGNERS, Keys, Story

NOTES = "refs/notes/syncpoints"
DEV = '[teams.dev]\nmembers = ["bob", "dan@example.org"]\n[signers]'
TWO_TEAMS = POLICY.replace("[signers]", DEV).replace(
    '"permission" }]', '"permission" }, { team = "dev", purpose = ["compliance", "learning"] }]'
)


def signoff(story: Story, *words: str) -> Outcome:
    return story.project.run("signoff", *words, "--base", "main")


def as_(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", who.title())
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", f"{who}@example.org")


def refs(story: Story) -> str:
    return story.project.git("for-each-ref", "--format=%(refname) %(objectname)")


def test_with_a_key_it_writes_a_signed_note_and_tells_how_to_push_it(story: Story) -> None:
    head = story.head
    story.sign_as("bob")
    outcome = signoff(story, "ledger-ops")
    assert outcome.code == 0, outcome
    assert "ledger-ops/ops signed by bob <bob@example.org> for permission: 1 file, sha256:" in outcome.out
    assert f"git push origin {NOTES}" in outcome.out
    assert story.head == head
    assert story.ops().source == "signature"


def test_signing_twice_keeps_what_was_there(story: Story) -> None:
    story.project.git("notes", f"--ref={NOTES}", "add", "-m", "a line by hand", "HEAD")
    for who in ("bob", "alice"):
        story.sign_as(who)
        assert signoff(story, "ledger-ops").code == 0
    lines = story.project.git("notes", f"--ref={NOTES}", "show", "HEAD").splitlines()
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_without_a_key_it_makes_an_empty_commit_beside_index_and_worktree(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_("bob", monkeypatch)
    story.project.write({"other.py": "staged\n"})
    story.project.git("add", "other.py")
    story.project.write({"other.py": "in the worktree\n"})
    before, state = story.head, story.project.git("status", "--porcelain")
    outcome = signoff(story, "ledger-ops")
    assert outcome.code == 0, outcome
    assert outcome.out.rstrip().endswith("share it: git push")
    assert story.project.git("status", "--porcelain") == state == "MM other.py"
    assert story.project.git("rev-parse", "HEAD^") == before
    assert story.project.git("diff", "HEAD^", "HEAD") == ""
    assert story.ops().because == f"bob's sign-off in {story.head[:7]} holds: the ledger-ops file is unchanged"


def test_a_waiver_is_readable_from_history_alone(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    as_("bob", monkeypatch)
    assert signoff(story, "ledger-ops", "--waive", "the ledger is down").code == 0
    assert "Syncpoint-Waived: ledger-ops/ops Bob <bob@example.org> # sha256:" in story.project.git("log", "-1")
    assert story.ops().status == "waived"
    story.sign_as("bob")
    assert signoff(story, "ledger-ops", "--waive", "the ledger is still down").code == 0
    assert "waived=the ledger is still down" in story.project.git("log", f"--notes={NOTES}", "-2")


def test_a_key_is_for_sync_points_that_accept_signatures(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    as_("bob", monkeypatch)
    story.on_main({"syncpoints.toml": POLICY.replace(', "signature"]', "]")})
    story.sign_as("bob")
    assert "the trailer of the empty commit" in signoff(story, "ledger-ops").out


@pytest.mark.parametrize(
    ("who", "key", "code", "said"),
    [
        pytest.param("carol", None, 1, "an author of these lines cannot sign for them", id="the author"),
        pytest.param("bob", "carol", 1, "an author of these lines cannot sign for them", id="with the author's key"),
        pytest.param("dan", None, 1, "not in ops", id="a stranger"),
        pytest.param("dan", "dan", 1, "not in ops", id="a stranger with a known key"),
        pytest.param("bob", "eve", 1, "not among the target's signers", id="a member with an unknown key"),
        pytest.param("robot", None, 1, "a machine cannot sign", id="a machine"),
    ],
)
def test_who_is_refused_leaves_no_trace(
    story: Story, monkeypatch: pytest.MonkeyPatch, who: str, key: str | None, code: int, said: str
) -> None:
    as_(who, monkeypatch)
    if key:
        story.sign_as(key)
    before = refs(story)
    outcome = signoff(story, "ledger-ops")
    assert (outcome.code, said in outcome.err) == (code, True), outcome
    assert refs(story) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(("leger-ops",), 2, "did you mean 'ledger-ops'?", id="an unknown sync point"),
        pytest.param(("ledger-ops", "--team", "opps"), 2, "did you mean 'ops'?", id="an unknown team"),
        pytest.param(("untouched",), 1, "does not touch untouched", id="a sync point the change does not touch"),
        pytest.param(("ledger-ops", "--waive", " "), 2, "needs a reason", id="a waiver without a reason"),
        pytest.param(("ledger-ops", "--waive", "a\nb"), 2, "on one line", id="a waiver of two lines"),
        pytest.param(("reviewed",), 1, "accepts reviews only", id="a sync point that takes reviews only"),
        pytest.param(("read",), 1, "nobody has to sign", id="a sync point nobody signs"),
    ],
)
def test_what_cannot_be_signed(
    story: Story, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    as_("bob", monkeypatch)
    more = """
[syncpoints.untouched]
paths = ["docs/"]
participants = [{ team = "ops", purpose = "permission" }]
[syncpoints.reviewed]
paths = ["ledger/"]
accept = ["review"]
participants = [{ team = "ops", purpose = "permission" }]
[syncpoints.read]
paths = ["ledger/"]
participants = [{ team = "ops", purpose = "learning" }]
"""
    story.on_main({"syncpoints.toml": POLICY + more})
    before = refs(story)
    outcome = signoff(story, *words)
    assert (outcome.code, said in outcome.err) == (code, True), outcome
    assert refs(story) == before


def test_it_never_chooses_what_is_staged(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    as_("bob", monkeypatch)
    story.project.stage({"ledger/staged.py": "1\n"})
    assert story.project.run("signoff", "ledger-ops", "--staged").code == 2
    outcome = story.project.run("signoff", "ledger-ops")
    assert "1 file" in outcome.out, outcome


def test_who_is_in_two_teams_says_for_which(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    story.on_main({"syncpoints.toml": TWO_TEAMS})
    as_("bob", monkeypatch)
    outcome = signoff(story, "ledger-ops")
    assert (outcome.code, "--team ops or --team dev" in outcome.err or "--team ops --team dev" in outcome.err) == (
        2,
        True,
    ), outcome
    assert "for compliance" in signoff(story, "ledger-ops", "--team", "dev").out
    as_("dan", monkeypatch)
    assert "ledger-ops/dev signed by Dan" in signoff(story, "ledger-ops").out


def test_without_signers_or_trailers_it_says_what_to_do(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    as_("bob", monkeypatch)
    signatures = POLICY.replace('["trailer", "review", "signature"]', '["signature"]')
    story.on_main({"syncpoints.toml": signatures})
    assert "git config user.signingkey" in signoff(story, "ledger-ops").err
    story.on_main({"syncpoints.toml": signatures.replace(f'[signers]\nfile = "{SIGNERS}"\n', "")})
    story.sign_as("bob")
    outcome = signoff(story, "ledger-ops")
    assert (outcome.code, "no [signers]" in outcome.err) == (1, True)


def test_a_key_that_cannot_sign_is_said_and_nothing_is_written(story: Story) -> None:
    story.project.git("config", "gpg.format", "ssh")
    story.project.git("config", "user.signingkey", str(story.project.path / "no-such-key"))
    before = refs(story)
    outcome = signoff(story, "ledger-ops")
    assert (outcome.code, "could not sign" in outcome.err) == (3, True), outcome
    assert refs(story) == before


def test_what_is_signed_is_known_to_be_ours_by_its_first_words(story: Story, keys: Keys) -> None:
    """The ssh signature covers the whole line before it, and its namespace keeps it from being anything else's."""
    story.by_note()
    line = story.project.git("notes", f"--ref={NOTES}", "show", "HEAD")
    fields = line.split("\t")
    assert fields[0] == "syncpoints sign-off 1"
    names = [field.partition("=")[0] for field in fields[1:]]
    assert names == ["repository", "syncpoint", "team", "purpose", "digest", "time", "ssh"]
    assert fields[1] == f"repository={story.project.git('rev-list', '--max-parents=0', 'main')}"
