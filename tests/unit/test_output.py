"""Output: whole files or none."""

from __future__ import annotations

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_syncpoints.errors import USAGE, UsageError
from pytest_syncpoints.output import write_atomically

SOURCES = Path(__file__).parents[2] / "src"


def test_a_new_file_holds_the_bytes_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "report.json"), b"{}\n")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.json", b"{}\n")]


def test_a_file_in_the_current_directory_needs_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomically("report.json", b"here")
    assert (tmp_path / "report.json").read_bytes() == b"here"


def test_a_new_file_has_the_permissions_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(str(tmp_path / "report.json"), b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == 0o640


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    target.chmod(0o600)
    write_atomically(str(target), b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_name_as_long_as_the_file_system_allows_is_written(tmp_path: Path) -> None:
    target = tmp_path / ("r" * 255)
    write_atomically(str(target), b"x")
    assert target.read_bytes() == b"x"


def test_a_symbolic_link_is_neither_followed_nor_replaced(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"old")
    link = tmp_path / "report.json"
    link.symlink_to(precious)
    with pytest.raises(UsageError, match="symbolic link"):
        write_atomically(str(link), b"new")
    assert precious.read_bytes() == b"old"
    assert link.is_symlink()


def test_a_link_put_there_in_the_last_moment_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"old")
    link = tmp_path / "report.json"
    fsync = os.fsync

    def plant(file: int) -> None:
        if not link.is_symlink():
            link.symlink_to(precious)
        fsync(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", plant)
        patched.setattr("pytest_syncpoints.output._sync_directory", lambda _: None)
        write_atomically(str(link), b"new")
    assert precious.read_bytes() == b"old"
    assert not link.is_symlink()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        pytest.param("", "no output file is named", id="an empty name"),
        pytest.param(".", "is a directory", id="a directory"),
        pytest.param("fifo", "not a regular file", id="a pipe"),
        pytest.param("/dev/null", "not a regular file", id="a device"),
        pytest.param("nowhere/report.json", "no such file or directory", id="a folder that is not there"),
        pytest.param("file/report.json", "not a directory", id="a folder that is a file"),
        pytest.param("nul\0.json", "null", id="a name with a NUL"),
        pytest.param("r" * 300, "name too long", id="a name too long"),
    ],
)
def test_what_cannot_be_written_is_a_usage_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("fifo")
    Path("file").touch()
    with pytest.raises(UsageError, match=said) as caught:
        write_atomically(target, b"data")
    assert caught.value.exit_status == USAGE
    assert caught.value.remedy
    assert "\n" not in caught.value.message
    assert sorted(os.listdir(".")) == ["fifo", "file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_one_may_not_write_to_is_a_usage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="permission denied"):
        write_atomically(str(tmp_path / "report.json"), b"data")


def test_a_file_size_limit_leaves_the_old_file_and_no_part_of_the_new(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(UsageError, match="file too large"):
            write_atomically(str(target), b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.json", b"old")]


@pytest.mark.parametrize("failing", ["write", "fsync", "close", "replace"])
def test_a_full_disk_at_any_step_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    real_close = os.close

    def fail(*arguments: object) -> None:
        if failing == "close":
            real_close(arguments[0])  # type: ignore[arg-type]
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, fail)
        with pytest.raises(UsageError, match="no space left on device"):
            write_atomically(str(target), b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.json", b"old")]


def test_an_interrupt_in_the_middle_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(str(target), b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.json", b"old")]


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pytest_syncpoints import output
fsync = os.fsync
signal.signal(int(sys.argv[3]), signal.SIG_DFL)  # a run under nohup has its children ignore a hang-up
def end_meanwhile(file):
    os.kill(os.getpid(), int(sys.argv[3]))
    fsync(file)
os.fsync = end_meanwhile
output.write_atomically(sys.argv[2], b"new")
print("still here")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_writing_ends_the_process_after_the_file_is_whole(tmp_path: Path, number: int) -> None:
    target = tmp_path / "report.json"
    target.write_bytes(b"old")
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(SOURCES), str(target), str(int(number))], capture_output=True, check=False
    )
    assert ended.returncode == -number
    assert ended.stdout == b""
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("report.json", b"new")]


PRINTED = """
import sys
sys.path.insert(0, sys.argv[1])
from pytest_syncpoints.output import write_atomically
write_atomically("-", {data})
"""


def printing(data: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", PRINTED.format(data=data), str(SOURCES)]
    return subprocess.run(command, check=False, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload, no-any-return]


def test_standard_output_gets_the_bytes_whatever_its_encoding() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    assert printing("'é'.encode()", stdout=subprocess.PIPE, env=environment).stdout == "é".encode()


def test_a_reader_that_went_away_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = printing("b'x' * 1_000_000", stdout=writing)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_full_standard_output_is_a_usage_error() -> None:
    with open("/dev/full", "wb") as full:
        ended = printing("b'x'", stdout=full)
    assert ended.returncode == 1  # the traceback of a script; the command turns the error into status 2
    assert b"cannot write standard output: no space left on device" in ended.stderr
