"""Signatures: whose they are is judged now, by the target's signers; a sign-off is spent once its content landed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.project import Project
from tests.signing import CHANGED, LEDGER, POLICY, SIGNERS, Keys, Story

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.signed_note import from_line

NOTES = "refs/notes/syncpoints"
LONG_AGO = 'valid-before="20200101" '
PAST = "2019-06-01T10:00:00+00:00"


def note_of(story: Story) -> str:
    return story.project.git("notes", f"--ref={NOTES}", "show", "HEAD")


def rewrite_note(story: Story, old: str, new: str) -> None:
    text = note_of(story)
    assert old in text
    story.project.git("notes", f"--ref={NOTES}", "add", "-f", "-m", text.replace(old, new), "HEAD")


def signers_become(text: Callable[[Keys], str], name: str = SIGNERS) -> Callable[[Story], None]:
    return lambda story: story.on_main({name: text(story.keys)})


def sign_with(namespace: str) -> Callable[[Story], None]:
    """Replace the signature by one of the same key over the same text, made for another purpose."""

    def event(story: Story) -> None:
        line = note_of(story)
        text, _, old = line.rpartition("\tssh=")
        words = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(story.keys.private("bob"))]
        done = subprocess.run(words, input=text.encode(), capture_output=True, check=True)
        rewrite_note(story, old, "".join(done.stdout.decode().splitlines()[1:-1]))

    return event


def local_program(story: Story) -> None:
    """Have the repository's own configuration name a program that calls everything good."""
    liar = story.project.path / ".git" / "liar"
    liar.write_text("#!/bin/sh\necho 'Good \"git\" signature for bob@example.org'\n")
    liar.chmod(0o755)
    story.project.git("config", "gpg.ssh.program", str(liar))
    rewrite_note(story, "digest=sha256:", "digest=sha256:")


# After Bob signed a note: what happens, and what his signature is worth then.
AFTERWARDS = [
    pytest.param(lambda story: None, "met", "bob's signature in", id="nothing"),
    pytest.param(local_program, "met", "holds", id="a program configured here does not matter"),
    pytest.param(
        signers_become(lambda keys: keys.signers("alice", "carol")),
        "open",
        "not among the target's signers",
        id="the key is no signer's any more",
    ),
    pytest.param(
        signers_become(lambda keys: keys.signers("bob", options=LONG_AGO)),
        "open",
        "the key has expired",
        id="the key expired before now",
    ),
    pytest.param(
        signers_become(lambda keys: keys.public("bob") + "\n", f"{SIGNERS}.revoked"),
        "open",
        "the key was revoked",
        id="the key was revoked",
    ),
    pytest.param(
        signers_become(lambda keys: f"alice@example.org {keys.public('bob')}\n"),
        "met",
        "alice's signature",
        id="the key is another member's now",
    ),
    pytest.param(
        signers_become(lambda keys: f"carol@example.org {keys.public('bob')}\n"),
        "open",
        "an author of these lines",
        id="the key is the author's now",
    ),
    pytest.param(
        signers_become(lambda keys: f"dan@example.org {keys.public('bob')}\n"),
        "open",
        "not in ops",
        id="the key is a stranger's now",
    ),
    pytest.param(
        signers_become(lambda keys: f"*@example.org {keys.public('bob')}\n"),
        "open",
        "not",
        id="the signers name no person but a pattern",
    ),
    pytest.param(
        signers_become(lambda keys: f"bob {keys.public('bob')}\n"),
        "met",
        "bob's",
        id="the signers name an entry of [people]",
    ),
    pytest.param(
        lambda story: story.project.commit_as("carol@example.org", {SIGNERS: story.keys.signers("carol")}),
        "met",
        "holds",
        id="the change edits the signers",
    ),
    pytest.param(
        lambda story: rewrite_note(story, "purpose=permission", "purpose=compliance,permission"),
        "open",
        "not of this text",
        id="a word of the note is changed",
    ),
    pytest.param(
        lambda story: rewrite_note(story, "team=ops", "team=dev"),
        "open",
        "nobody has signed",
        id="the team of the note is changed",
    ),
    pytest.param(sign_with("git"), "open", "made for something else", id="the signature was made for git"),
    pytest.param(sign_with("syncpoints"), "met", "holds", id="the signature was made again"),
    pytest.param(
        lambda story: rewrite_note(story, "ssh=", "ssh=!"), "open", "not base64", id="the signature is garbage"
    ),
    pytest.param(
        lambda story: rewrite_note(story, "\tpurpose=", "\tpurpose=permission\tpurpose="),
        "open",
        "nobody has signed",
        id="the line is not as we write it",
    ),
    pytest.param(
        lambda story: story.on_main({SIGNERS: None}), "open", "no allowed-signers file", id="the signers' file is gone"
    ),
    pytest.param(
        lambda story: story.on_main({"syncpoints.toml": POLICY.replace(f'[signers]\nfile = "{SIGNERS}"\n', "")}),
        "open",
        "nobody has signed",
        id="the policy has no signers",
    ),
]


@pytest.mark.parametrize(("event", "status", "because"), AFTERWARDS)
def test_a_signature_is_judged_now_by_the_targets_signers(
    story: Story, event: Callable[[Story], None], status: str, because: str
) -> None:
    story.by_note()
    event(story)
    ops = story.ops()
    assert (ops.status, because in ops.because) == (status, True), ops


def test_a_note_is_found_by_its_digest_wherever_it_hangs(story: Story) -> None:
    story.by_note()
    line = note_of(story)
    story.project.git("update-ref", "-d", NOTES)
    story.project.git("notes", f"--ref={NOTES}", "add", "-m", line, "main")
    assert story.ops().status == "met"


def test_notes_of_two_clones_merge_line_by_line(story: Story, tmp_path: Path) -> None:
    story.project.git("clone", "-q", str(story.project.path), str(tmp_path / "clone"))
    other = Project.at(tmp_path / "clone")
    story.by_note("bob")
    story.project.git("push", "-q", str(other.path), f"{NOTES}:refs/notes/theirs")
    story.project.git("update-ref", "-d", NOTES)
    story.by_note("alice")
    story.project.git("fetch", "-q", str(other.path), "refs/notes/theirs:refs/notes/theirs")
    story.project.git("notes", f"--ref={NOTES}", "merge", "-q", "-s", "cat_sort_uniq", "refs/notes/theirs")
    assert len([line for line in note_of(story).splitlines() if from_line(line)]) == 2
    story.on_main({"syncpoints.toml": POLICY.replace('"permission" }', '"permission", approvals = 2 }')})
    assert story.ops().status == "met", story.ops()


def test_a_note_of_another_repository_does_not_count(story: Story) -> None:
    story.by_note()
    line = note_of(story)
    story.project.git("switch", "-q", "--orphan", "elsewhere")
    story.project.git("checkout", "-q", "main", "--", ".")
    story.project.commit_as("root@example.org", None, "Another beginning")
    story.project.branch("copy").commit_as("carol@example.org", {"ledger/post.py": CHANGED})
    story.project.git("notes", f"--ref={NOTES}", "add", "-m", line, "HEAD")
    story.project.git("branch", "-f", "main", "elsewhere")
    ops = story.ops()
    assert (ops.status, "another repository" in ops.because) == ("open", True), ops


def test_without_ssh_keygen_a_note_that_matters_cannot_be_evaluated(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    story.by_note()
    only_git = tmp_path / "bin"
    only_git.mkdir()
    git = next(f"{p}/git" for p in os.environ["PATH"].split(":") if os.access(f"{p}/git", os.X_OK))
    (only_git / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(only_git))
    with pytest.raises(CannotEvaluate, match="ssh-keygen was not found"):
        story.ops()
    assert story.project.run("check", "--base", "main").code == 3
    story.on_main({"syncpoints.toml": POLICY.replace(', "signature"]', "]")})
    assert story.ops().status == "open"  # nobody asks for signatures: nothing is missing


def test_a_shallow_clone_cannot_tell_whose_repository_a_note_is_for(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.on_main({"a": "1\n"})
    story.rebase({"b": "1\n"})
    story.by_note()
    url = f"file://{story.project.path}"
    story.project.git(
        "clone", "-q", "--depth", "2", "--no-single-branch", "-b", "feature", url, str(tmp_path / "clone")
    )
    shallow = Project.at(tmp_path / "clone")
    shallow.git("fetch", "-q", "origin", f"{NOTES}:{NOTES}")
    monkeypatch.chdir(shallow.path)
    outcome = shallow.run("check", "--base", "origin/main")
    assert (outcome.code, "git fetch --unshallow" in outcome.err) == (3, True), outcome


def commit_signed(story: Story, who: str, named: str | None = None, **environment: str) -> None:
    """Sign off in a trailer of an empty commit that is itself signed."""
    story.sign_as(who)
    name = named or who
    text = f"Sign\n\nAcked-by: {name.title()} <{name}@example.org> # ledger-ops/ops {story.digest}\n"
    story.project.git("commit", "-q", "-S", "--allow-empty", "-F", "-", stdin=text.encode(), **environment)


ONLY_SIGNATURES = POLICY.replace('["trailer", "review", "signature"]', '["signature"]')


def signed_then_rebased(story: Story) -> None:
    commit_signed(story, "bob")
    story.rebase({"elsewhere.py": "1\n"})


@pytest.mark.parametrize(
    ("act", "status", "because"),
    [
        pytest.param(
            lambda s: commit_signed(s, "bob"), "met", "a signed commit does not survive a rebase", id="by a member"
        ),
        pytest.param(
            lambda s: commit_signed(s, "dan", "bob"), "open", "is signed by dan", id="in a member's name, by a stranger"
        ),
        pytest.param(lambda s: commit_signed(s, "carol"), "open", "an author of these lines", id="by the author"),
        pytest.param(
            lambda s: commit_signed(s, "eve", "bob"),
            "open",
            "git does not know the commit's signer",
            id="by a key that is no signer's",
        ),
        pytest.param(lambda s: s.by_trailer("bob"), "open", "a trailer is not accepted", id="not signed at all"),
        pytest.param(
            signed_then_rebased,
            "open",
            "a trailer is not accepted",
            id="by a member, then rebased",
        ),
    ],
)
def test_a_signed_commit_counts_for_the_person_its_trailer_names(
    story: Story, act: Callable[[Story], None], status: str, because: str
) -> None:
    story.rebase({"syncpoints.toml": ONLY_SIGNATURES})
    act(story)
    ops = story.ops()
    assert (ops.status, because in ops.because) == (status, True), ops


def test_a_back_dated_commit_does_not_revive_an_expired_key(story: Story) -> None:
    expired = story.keys.signers("bob", options=LONG_AGO)
    story.rebase({"syncpoints.toml": ONLY_SIGNATURES, SIGNERS: expired})
    commit_signed(story, "bob", GIT_COMMITTER_DATE=PAST, GIT_AUTHOR_DATE=PAST)
    signers = story.project.path / ".git" / "signers"
    signers.write_text(expired)
    fooled = story.project.git("-c", f"gpg.ssh.allowedSignersFile={signers}", "log", "-1", "--format=%G?")
    assert fooled == "G"
    ops = story.ops()
    assert (ops.status, "the key has expired" in ops.because) == ("open", True), ops


def at(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, moment)


def land_by_merge(story: Story) -> None:
    story.project.git("switch", "-q", "main")
    story.project.git("merge", "-q", "--no-ff", "--no-edit", "feature")


def land_by_squash(story: Story) -> None:
    story.project.git("switch", "-q", "main")
    story.project.git("merge", "-q", "--squash", "feature")
    story.project.commit_as("carol@example.org", None, "Tell (#1)")


def land_by_rebase(story: Story) -> None:
    story.project.git("switch", "-q", "main")
    story.project.commit_as("root@example.org", {"elsewhere.py": "1\n"})
    story.project.git("cherry-pick", "--allow-empty", "main..feature")


LANDINGS = {"a merge": land_by_merge, "a squash": land_by_squash, "a rebase": land_by_rebase}


def revert_on_main(story: Story) -> None:
    story.project.commit_as("root@example.org", {"ledger/post.py": LEDGER}, "Take it back")


@pytest.mark.parametrize("source", ["trailer", "note"])
@pytest.mark.parametrize("landing", LANDINGS)
def test_a_sign_off_is_spent_once_its_content_landed(
    story: Story, monkeypatch: pytest.MonkeyPatch, landing: str, source: str
) -> None:
    """Signed, landed, taken back, applied again with the old sign-off: it must be signed anew."""
    at("2026-11-01T10:00:00+00:00", monkeypatch)
    story.edit("ledger/post.py", "end\n", "End\n")  # two commits, so that a rebase lands a run of them
    monkeypatch.setattr("time.gmtime", lambda *_: (2026, 11, 1, 10, 0, 0, 0, 0, 0))
    (story.by_trailer if source == "trailer" else story.by_note)()
    assert story.ops().status == "met"
    at("2026-11-02T10:00:00+00:00", monkeypatch)
    LANDINGS[landing](story)
    at("2026-11-03T10:00:00+00:00", monkeypatch)
    revert_on_main(story)
    story.project.git("switch", "-q", "-c", "again")
    story.project.git(
        "cherry-pick", "--allow-empty", "feature~3..feature" if source == "trailer" else "feature~2..feature"
    )
    ops = story.ops()
    assert (ops.status, "the sign-off is spent: what it was given for landed in" in ops.because) == ("open", True), ops
    at("2026-11-04T10:00:00+00:00", monkeypatch)
    monkeypatch.setattr("time.gmtime", lambda *_: (2026, 11, 4, 10, 0, 0, 0, 0, 0))
    (story.by_trailer if source == "trailer" else story.by_note)()
    assert story.ops().status == "met", story.ops()


@pytest.mark.parametrize("landing", LANDINGS)
def test_a_back_dated_landing_spends_a_note_too(story: Story, monkeypatch: pytest.MonkeyPatch, landing: str) -> None:
    story.by_note()
    assert story.ops().status == "met"
    at("2020-11-02T10:00:00+00:00", monkeypatch)
    LANDINGS[landing](story)
    revert_on_main(story)
    story.project.git("switch", "-q", "-c", "again")
    story.project.git("cherry-pick", "main@{0}~1" if landing == "a squash" else "feature")
    ops = story.ops()
    assert (ops.status, "is spent: what it was given for landed in" in ops.because) == ("open", True), ops
