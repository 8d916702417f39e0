"""The server hook: what a push to a guarded branch may bring, through git itself."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.project import Outcome, Project
from tests.signing import CHANGED, LEDGER, SIGNERS, Keys

from syncpoints_hooks.server.pre_receive import main

HOOK = Path(__file__).parents[2] / "hooks" / "server" / "pre-receive"
NOTES = "refs/notes/syncpoints"
POLICY = f"""
[people]
bob = ["@bob", "bob@example.org"]
[teams.ops]
members = ["bob"]
[syncpoints.ledger-ops]
paths = ["ledger/"]
participants = [{{ team = "ops", purpose = "permission" }}]
[signers]
file = "{SIGNERS}"
[rules]
SIZ003 = "off" # the ledger of these stories is prose, not Python
"""


class Server:
    """A bare repository with the hook installed, and what people push to it."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.path = folder / "served" / "repo.git"
        self.bin = folder / "bin"
        self.url = f"file://{self.path}"
        subprocess.run(
            ["git", "clone", "-q", "--bare", str(project.path), str(self.path)], check=True, capture_output=True
        )
        self.path.joinpath("hooks").mkdir(exist_ok=True)
        shutil.copy(HOOK, self.path / "hooks" / "pre-receive")
        self.program("syncpoints-pre-receive", f'exec {sys.executable} -m syncpoints_hooks.server.pre_receive "$@"')

    def program(self, name: str, line: str) -> None:
        """Put a program on the server's PATH."""
        self.bin.mkdir(exist_ok=True)
        self.bin.joinpath(name).write_text(f"#!/bin/sh\n{line}\n")
        self.bin.joinpath(name).chmod(0o755)

    def push(self, *words: str) -> Outcome:
        """Push and return what git said; the server's PATH has our programs first."""
        done = subprocess.run(
            ["git", "push", self.url, *words],
            cwd=self.project.path,
            capture_output=True,
            env={**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"},
            check=False,
        )
        return Outcome(("push", *words), done.returncode, "", done.stderr.decode("utf-8", "replace"))

    def git(self, *words: str) -> str:
        """Run git on the server."""
        return Project.at(self.path).git(*words)

    def has(self, ref: str) -> str:
        """Return the commit a ref of the server is at; empty where there is none."""
        words = ["git", "rev-parse", "-q", "--verify", f"{ref}^{{commit}}"]
        return subprocess.run(words, cwd=self.path, capture_output=True, check=False).stdout.decode().strip()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    tmp_path.joinpath("keys").mkdir()
    return Keys(tmp_path / "keys")


@pytest.fixture
def server(project: Project, tmp_path: Path, keys: Keys) -> Server:
    """Return a server whose main holds the policy, the ledger and Bob's key."""
    project.commit_as(
        "root@example.org",
        {"syncpoints.toml": POLICY, SIGNERS: keys.signers("bob"), "ledger/post.txt": LEDGER, "other.txt": "x\n"},
    )
    return Server(project, tmp_path)


def change_the_ledger(server: Server) -> str:
    return server.project.commit_as("carol@example.org", {"ledger/post.txt": CHANGED})


def change_something_else(server: Server) -> str:
    return server.project.commit_as("carol@example.org", {"other.txt": "y\n"})


def sign(server: Server, keys: Keys) -> None:
    server.project.git("config", "gpg.format", "ssh")
    server.project.git("config", "user.signingkey", str(keys.private("bob")))
    outcome = server.project.run("signoff", "ledger-ops", "--base", "HEAD~1")
    assert outcome.code == 0, outcome


def said(outcome: Outcome) -> list[str]:
    """Return the lines the server said."""
    return [line[8:].rstrip() for line in outcome.err.splitlines() if line.startswith("remote: ")]


def test_a_clear_push_passes_without_a_word(server: Server) -> None:
    new = change_something_else(server)
    pushed = server.push("main")
    assert (pushed.code, said(pushed), server.has("main")) == (0, [], new), pushed


def test_an_open_sign_off_refuses_the_push_and_leaves_nothing_behind(server: Server) -> None:
    old, new = server.has("main"), change_the_ledger(server)
    pushed = server.push("main")
    assert pushed.code == 1, pushed
    assert said(pushed)[0] == "syncpoints: main:"
    assert "push stopped; 1 sign-off missing (ops)" in pushed.err
    assert "SYN001 sign-off-open" in pushed.err
    assert f"git push origin {NOTES}; then push this again" in pushed.err
    assert "pre-receive hook declined" in pushed.err
    assert (server.has("main"), server.has(new)) == (old, "")


def test_a_signed_note_opens_the_branch_whether_it_comes_first_or_along(server: Server, keys: Keys) -> None:
    new = change_the_ledger(server)
    sign(server, keys)
    assert server.push("main").code == 1
    along = server.push("--atomic", NOTES, "main")
    assert (along.code, server.has("main")) == (0, new), along
    server.project.commit_as("carol@example.org", {"ledger/post.txt": CHANGED.replace("line 3", "LINE 3")})
    sign(server, keys)
    assert server.push(NOTES).code == 0
    assert server.push("main").code == 0


def test_another_branch_is_nobodys_business(server: Server) -> None:
    new = change_the_ledger(server)
    assert (server.push("main:feature").code, server.has("feature")) == (0, new)
    assert server.push("--force", "main~1:feature").code == 0
    assert server.push(":feature").code == 0


@pytest.mark.parametrize("atomic", [("--atomic",), ()], ids=["atomic", "ref by ref"])
def test_one_refused_ref_refuses_the_push(server: Server, atomic: tuple[str, ...]) -> None:
    change_the_ledger(server)
    pushed = server.push(*atomic, "main", "main:feature")
    assert (pushed.code, server.has("feature")) == (1, ""), pushed


def test_a_change_cannot_relax_the_policy_for_itself(server: Server) -> None:
    server.project.write({"syncpoints.toml": '[rules]\nSYN = "off"\n'})
    change_the_ledger(server)
    pushed = server.push("main")
    assert "SYN001" in pushed.err
    assert "POL001" in pushed.err
    assert pushed.code == 1


def test_a_policy_that_does_not_validate_cannot_land(server: Server) -> None:
    """It would stop every later push, the one that mends it included."""
    server.project.commit({"syncpoints.toml": POLICY + "[syncpoint.x]\n"})
    pushed = server.push("main")
    assert pushed.code == 1
    assert "syncpoints: main: syncpoints.toml:" in pushed.err
    assert "syncpoint" in pushed.err


def test_a_guarded_branch_is_neither_rewritten_nor_deleted(server: Server) -> None:
    old = server.has("main")
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    server.project.git("commit", "-q", "--amend", "-m", "Another first commit")
    forced, deleted = server.push("--force", "main"), server.push(":main")
    assert "this push would take back what is on it" in forced.err
    assert "no push can delete it" in deleted.err
    assert (forced.code, deleted.code, server.has("main")) == (1, 1, old)


def test_where_rewriting_is_allowed_it_is_reviewed(server: Server) -> None:
    change_something_else(server)
    assert server.push("main").code == 0
    server.git("config", "syncpoints.rewrites", "review")
    server.project.git("reset", "-q", "--hard", "HEAD~1")
    change_the_ledger(server)
    assert "SYN001" in server.push("--force", "main").err
    server.project.git("reset", "-q", "--hard", "HEAD~1")
    new = server.project.commit({"other.txt": "z\n"})
    assert (server.push("--force", "main").code, server.has("main")) == (0, new)


def test_a_new_guarded_branch_is_held_against_the_default_branch(server: Server) -> None:
    server.git("config", "--add", "syncpoints.guard", "main")
    server.git("config", "--add", "syncpoints.guard", "release/*")
    assert server.push("main:release/1").code == 0
    change_the_ledger(server)
    assert said(server.push("main:release/2"))[0] == "syncpoints: release/2:"
    assert server.has("release/2") == ""


def test_the_first_push_must_bring_a_policy_that_validates(project: Project, tmp_path: Path) -> None:
    server = Server(project, tmp_path)
    project.commit({"syncpoints.toml": "[change]\nbudget = -1\n"})
    assert server.push("main").code == 1
    project.commit({"syncpoints.toml": "[change]\nbudget = 1\n"})
    born = server.push("main")
    assert born.code == 0
    assert "first branch here, accepted unread" in born.err


def test_tags_pass_unless_they_are_guarded(server: Server) -> None:
    change_the_ledger(server)
    server.project.git("tag", "-a", "-m", "one", "v1")
    server.project.git("tag", "-m", "old", "v0", "HEAD~1")
    assert server.push("v1:refs/tags/free").code == 0
    server.git("config", "syncpoints.guard", "refs/tags/v*")
    assert "SYN001" in server.push("v1").err
    assert server.push("v0").code == 0
    assert "take back" in server.push("--force", "v1:refs/tags/v0").err
    blob = server.project.git("hash-object", "-w", "other.txt")
    assert "name no commit" in server.push(f"{blob}:refs/tags/v2").err
    assert (server.has("v1"), server.has("v2")) == ("", "")


def test_notes_of_sign_offs_can_be_added_to_and_not_taken_back(server: Server, keys: Keys) -> None:
    change_the_ledger(server)
    sign(server, keys)
    assert server.push(NOTES).code == 0
    assert "no push can delete it" in server.push(f":{NOTES}").err
    server.project.git("update-ref", "-d", NOTES)
    server.project.git("notes", f"--ref={NOTES}", "add", "-m", "forged", "HEAD")
    assert "take back" in server.push("--force", NOTES).err


def test_a_server_that_reports_says_all_and_refuses_nothing(server: Server) -> None:
    new = change_the_ledger(server)
    server.git("config", "syncpoints.mode", "report")
    pushed = server.push("main")
    assert "SYN001" in pushed.err
    assert said(pushed)[-1].startswith("syncpoints: accepted all the same")
    assert server.has("main") == new


def test_where_a_policy_is_required_its_absence_refuses(project: Project, tmp_path: Path) -> None:
    server = Server(project, tmp_path)
    project.commit({"a.txt": "1\n"})
    assert server.push("main").code == 0
    server.git("config", "syncpoints.requirePolicy", "true")
    project.commit({"a.txt": "2\n"})
    assert "no policy at the target's tip" in server.push("main").err


def test_a_program_that_is_gone_refuses_every_push(server: Server) -> None:
    program = server.bin / "syncpoints-pre-receive"
    server.git("config", "syncpoints.program", str(program))  # by its place: there may be others on the path
    program.unlink()
    change_something_else(server)
    pushed = server.push("main")
    assert pushed.code == 1
    assert said(pushed)[0].startswith(f"syncpoints: {program} cannot be run on this server")
    server.program("judge", f"exec {sys.executable} -m syncpoints_hooks.server.pre_receive")
    server.git("config", "syncpoints.program", str(server.bin / "judge"))
    assert server.push("main").code == 0


def test_names_and_texts_of_a_push_cannot_steer_a_terminal(server: Server) -> None:
    server.git("config", "syncpoints.guard", "main*")
    change_the_ledger(server)
    server.project.write({"ledger/\x1b[31mred\nremote: accepted": "x\n"}).commit()
    pushed = server.push("main:main-\N{RIGHT-TO-LEFT OVERRIDE}x")
    assert pushed.code == 1
    assert "\x1b[31m" not in pushed.err
    assert not any(line.startswith("accepted") for line in said(pushed))


def hand_in(monkeypatch: pytest.MonkeyPatch, server: Server, line: bytes) -> int:
    """Run the hook in this process with one line of git's."""
    monkeypatch.chdir(server.path)
    monkeypatch.setenv("GIT_DIR", ".")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    return main([])


def test_the_hook_installs_itself_and_overwrites_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    installed = server.path / "hooks" / "pre-receive"
    installed.unlink()
    server.bin.rename(server.path.parent / "elsewhere")
    program = server.path.parent / "elsewhere" / "syncpoints-pre-receive"
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert main(["install", str(server.path)]) == 0
    assert (installed.read_bytes(), os.access(installed, os.X_OK)) == (HOOK.read_bytes(), True)
    change_the_ledger(server)
    assert "SYN001" in server.push("main").err
    assert main(["install", str(server.path)]) == 2
    assert "is there already" in capfd.readouterr().err


@pytest.mark.parametrize("words", [["install"], ["install", "/nowhere"], ["remove", "."]], ids=" ".join)
def test_other_words_are_answered_with_its_use(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "syncpoints-pre-receive install REPOSITORY" in capfd.readouterr().err


def test_an_answer_that_does_not_come_in_time_refuses(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    line = f"{server.has('main')} {change_something_else(server)} refs/heads/main\n"
    assert server.push("main:feature").code == 0
    server.git("config", "syncpoints.timeout", "1")
    server.program("git", f'case "$*" in *merge-base*) exec sleep 60;; esac\nexec {shutil.which("git")} "$@"')
    monkeypatch.setenv("PATH", f"{server.bin}:{os.environ['PATH']}")
    assert hand_in(monkeypatch, server, line.encode()) == 3
    assert capfd.readouterr().err.startswith("syncpoints: main: no answer within 1 seconds")


@pytest.mark.parametrize(
    ("key", "value"),
    [("gaurd", "main"), ("mode", "warn"), ("timeout", "soon"), ("rewrites", "true"), ("requirePolicy", "maybe")],
    ids=str,
)
def test_a_setting_nobody_knows_opens_no_branch(
    server: Server, key: str, value: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server.git("config", f"syncpoints.{key}", value)
    assert hand_in(monkeypatch, server, f"{'0' * 40} {server.has('main')} refs/heads/free\n".encode()) == 2
    assert f"this server's configuration says syncpoints.{key}" in capfd.readouterr().err


def test_a_repository_whose_head_is_no_branch_guards_nothing_silently(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tip = server.has("main")
    server.git("update-ref", "--no-deref", "HEAD", tip)
    assert hand_in(monkeypatch, server, f"{tip} {'0' * 40} refs/heads/main\n".encode()) == 2
    assert "has no default branch" in capfd.readouterr().err


@pytest.mark.parametrize(
    "line",
    [b"hello\n", b"0 1 refs/heads/main\n", b"\xff" * 200, b"%s %s main\n" % (b"a" * 40, b"b" * 40)],
    ids=["words", "short ids", "bytes", "no ref"],
)
def test_what_git_never_says_is_refused(
    server: Server, line: bytes, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert hand_in(monkeypatch, server, line) == 3
    assert "this is not what git tells a pre-receive hook" in capfd.readouterr().err


def test_an_object_that_is_not_there_is_refused_without_a_traceback(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    line = f"{server.has('main')} {'b' * 40} refs/heads/main\n".encode()
    assert hand_in(monkeypatch, server, line) in (1, 3)
    told = capfd.readouterr().err
    assert told.startswith("syncpoints: main: ")
    assert "Traceback" not in told


def test_a_client_that_went_away_changes_no_verdict(server: Server) -> None:
    new = change_the_ledger(server)
    assert server.push("main:feature").code == 0
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "syncpoints_hooks.server.pre_receive"],
        cwd=server.path,
        input=f"{server.has('main')} {new} refs/heads/main\n".encode(),
        stdout=write,
        stderr=write,
        env={**os.environ, "GIT_DIR": "."},
        check=False,
    )
    os.close(write)
    assert done.returncode == 1


@pytest.fixture
def daemon(server: Server) -> Iterator[Server]:
    """Serve the repository by ``git daemon`` on this machine's loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = server.path.parent
    git_daemon = f"{server.project.git('--exec-path')}/git-daemon"
    words = [git_daemon, "--enable=receive-pack", "--export-all", f"--base-path={base}", "--reuseaddr"]
    served = subprocess.Popen(
        [*words, "--listen=127.0.0.1", f"--port={port}"],
        env={**os.environ, "PATH": f"{server.bin}:{os.environ['PATH']}"},
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    server.url = f"git://127.0.0.1:{port}/{server.path.name}"
    yield server
    served.terminate()
    served.wait()


def test_over_the_wire_a_push_is_refused_signed_and_accepted(daemon: Server, keys: Keys) -> None:
    new = change_the_ledger(daemon)
    refused = daemon.push("main")
    assert refused.code == 1
    assert "remote: block  SYN001 sign-off-open" in refused.err
    sign(daemon, keys)
    accepted = daemon.push("--atomic", NOTES, "main")
    assert (accepted.code, daemon.has("main")) == (0, new), accepted
