"""The command at a terminal and in a pipe: colour, width, how much it says, help, typos and completion."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from tests.project import Project

from pytest_syncpoints.cli import GROUPS, syncpoints, wants_color

POLICY = '[ownership]\nrequire = ["src/"]\n[rules]\nOWN001 = "block"\n'


@pytest.fixture
def blocked(project: Project) -> Project:
    """A repository whose staged change is blocked by seven findings."""
    project.commit({"syncpoints.toml": POLICY, "CODEOWNERS": "/docs/ @acme/docs\n"})
    return project.stage({f"src/{'deep/' * 12}{name}.py": "1\n" for name in "abcdefg"})


class TestColour:
    @pytest.mark.parametrize(
        ("asked", "environment", "wanted"),
        [
            pytest.param("auto", {}, False, id="a pipe is plain"),
            pytest.param("auto", {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR colours a pipe"),
            pytest.param("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, id="NO_COLOR stands above FORCE_COLOR"),
            pytest.param("auto", {"NO_COLOR": ""}, False, id="an empty NO_COLOR says nothing, a pipe stays plain"),
            pytest.param("always", {"NO_COLOR": "1"}, True, id="the option stands above the environment"),
            pytest.param("never", {"FORCE_COLOR": "1"}, False, id="likewise never"),
        ],
    )
    def test_who_decides(self, asked: str, environment: dict[str, str], wanted: bool) -> None:
        assert wants_color(asked, environment) is wanted

    def test_a_file_is_plain_whatever_the_terminal(self) -> None:
        assert not wants_color("auto", {}, to_file=True)

    def test_a_pipe_gets_no_escape_and_a_terminal_does(self, blocked: Project) -> None:
        assert "\x1b" not in blocked.run("check", "--staged").out
        assert "\x1b[1;31mblock\x1b[0m" in at_a_terminal(blocked, "check", "--staged")
        assert "\x1b" not in at_a_terminal(blocked, "check", "--staged", NO_COLOR="1")
        assert "\x1b" not in at_a_terminal(blocked, "check", "--staged", TERM="dumb")


class TestWidth:
    def test_a_pipe_has_at_most_100_columns(self, blocked: Project) -> None:
        lines = blocked.run("check", "--staged").out.splitlines()
        assert all(len(line) <= 100 or " " not in line.strip() for line in lines), lines

    def test_a_narrow_terminal_is_filled_and_not_more(self, blocked: Project) -> None:
        lines = at_a_terminal(blocked, "check", "--staged", NO_COLOR="1", columns=60).splitlines()
        wide = [line for line in lines if len(line.rstrip()) > 60 and not line.startswith("why: ")]
        assert all("deep" in line for line in wide), wide


class TestHowMuch:
    def test_quiet_says_one_line_where_something_is_to_be_done(self, blocked: Project) -> None:
        ran = blocked.run("check", "--staged", "--quiet")
        assert (ran.code, ran.out) == (1, "syncpoints: blocked: 7 files have no owner\n")

    def test_quiet_says_nothing_where_all_is_clear(self, project: Project) -> None:
        project.commit({"a": "1\n"})
        project.stage({"a": "2\n"})
        ran = project.run("check", "--staged", "-q")
        assert (ran.code, ran.out) == (0, "")

    def test_verbose_says_every_finding(self, blocked: Project) -> None:
        assert blocked.run("check", "--staged").out.count("OWN001") == 1
        assert blocked.run("check", "--staged", "-v").out.count("OWN001") == 7

    def test_the_two_exclude_each_other(self, blocked: Project) -> None:
        ran = blocked.run("check", "--staged", "-q", "-v")
        assert ran.code == 2
        assert "--quiet and --verbose exclude each other\n  give --quiet alone" in ran.err

    def test_other_formats_are_whole_all_the_same(self, blocked: Project) -> None:
        assert len(blocked.run("check", "--staged", "-q", "--format", "json").json["findings"]) == 7


class TestHelp:
    def test_help_opens_with_examples_and_names_every_command(self, project: Project) -> None:
        out = project.run("--help").out
        assert out.index("syncpoints check --base origin/main") < out.index("Every change")
        assert sorted(name for _, names in GROUPS for name in names) == sorted(syncpoints.commands)

    @pytest.mark.parametrize("command", sorted(syncpoints.commands))
    def test_the_help_of_a_command_fits_a_screen_and_keeps_its_examples_apart(
        self, project: Project, command: str
    ) -> None:
        ran = project.run(command, "--help")
        assert ran.code == 0
        assert "\b" not in ran.out
        assert all(len(line) <= 100 for line in ran.out.splitlines())
        assert len(ran.out.splitlines()) <= 60

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            pytest.param(("chek",), "did you mean 'check'?", id="a command"),
            pytest.param(("check", "--stagd"), "--staged", id="an option"),
            pytest.param(("check", "--format", "htm"), "did you mean 'html'?", id="a format"),
            pytest.param(("check", "--select", "SYN00"), "", id="a beginning of codes is none"),
            pytest.param(("explain", "SYN01"), "SYN001", id="a rule"),
        ],
    )
    def test_a_typo_is_answered_with_the_nearest_name(
        self, blocked: Project, words: tuple[str, ...], said: str
    ) -> None:
        assert said in blocked.run(*words).err


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_a_shell_has_its_script(self, project: Project, shell: str) -> None:
        ran = project.run("completion", shell)
        assert ran.code == 0
        assert "_SYNCPOINTS_COMPLETE" in ran.out

    @pytest.mark.parametrize(
        ("typed", "offered"),
        [
            pytest.param("syncpoints do", ["doctor"], id="a command"),
            pytest.param("syncpoints check --sta", ["--staged"], id="an option"),
            pytest.param("syncpoints check --format s", ["sarif"], id="a format"),
            pytest.param("syncpoints explain SYN00", [f"SYN00{n}" for n in range(1, 6)], id="a rule by its code"),
            pytest.param("syncpoints explain over-b", ["over-budget"], id="a rule by its name"),
        ],
    )
    def test_what_is_typed_is_completed(self, project: Project, typed: str, offered: list[str]) -> None:
        words = {"_SYNCPOINTS_COMPLETE": "bash_complete", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}
        ran = project.spawn("pytest_syncpoints", **words)
        assert [line.partition(",")[2] for line in ran.out.splitlines()] == offered, ran


def at_a_terminal(project: Project, *words: str, columns: int = 120, **environment: str) -> str:
    """Run the command with a terminal as its output, and return what that shows."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    import fcntl
    import struct
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    command = [sys.executable, "-m", "pytest_syncpoints", *words]
    given = {**os.environ, "TERM": "xterm", **environment}
    with subprocess.Popen(command, cwd=project.path, stdout=theirs, stderr=theirs, env=given):
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # how a terminal of Linux says that nobody writes any more
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")
