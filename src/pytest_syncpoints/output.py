"""Output: bytes to a file that is always either the old one or the new one, whole, or to standard output."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys

from pytest_syncpoints.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_OUTPUT = "-"


def write_atomically(path: str, data: bytes) -> None:
    """Write ``data`` to the file at ``path``, or to standard output for ``-``.

    The data goes to a new file in the same directory, reaches the disk, and then takes the name in one step:
    whoever reads ``path`` sees the old content or the new, and no failure, full disk or signal leaves a part
    of either behind. Only a regular file is replaced; it keeps its permissions. A symbolic link is refused
    rather than followed (the change under review may have put it there to have another file overwritten) and
    rather than replaced (a person may have put it there); one that appears in the last moment is replaced
    itself. Devices and pipes are refused, since the new file would take their place.

    Raises UsageError, with what to type instead, where the file cannot be written.
    """
    if path == STANDARD_OUTPUT:
        _write_standard_output(data)
        return
    mode = _mode_of(path)
    try:
        with _signals_held():
            _replace(path, data, mode)
    except OSError as error:
        raise _cannot(path, error) from None


def write_new(path: str, data: bytes) -> bool:
    """Write a file that is not there yet, with the folders it needs; false, and nothing changed, where one is.

    Raises UsageError where it cannot be written.
    """
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    except FileExistsError:
        return False
    except OSError as error:
        raise _cannot(path, error) from None
    try:
        _write_all(file, data)
    finally:
        os.close(file)
    return True


def _mode_of(path: str) -> int | None:
    """Return the permissions of the file to replace, ``None`` where there is none yet."""
    if not path:
        raise UsageError("no output file is named", remedy="--output FILE, or - for standard output")
    try:
        found = os.lstat(path).st_mode
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from None
    if stat.S_ISREG(found):
        return stat.S_IMODE(found)
    if stat.S_ISDIR(found):
        raise UsageError(f"{path!a} is a directory", remedy="name a file in it")
    if stat.S_ISLNK(found):
        raise UsageError(f"{path!a} is a symbolic link", remedy="name the file it points to; links are not followed")
    raise UsageError(f"{path!a} is not a regular file", remedy="name another, or - for standard output")


def _replace(path: str, data: bytes, mode: int | None) -> None:
    directory = os.path.dirname(path) or "."
    scratch = os.path.join(directory, f".syncpoints-{os.urandom(8).hex()}.tmp")
    file = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
    try:
        try:
            _write_all(file, data)
            if mode is not None:
                os.fchmod(file, mode)
            os.fsync(file)
        finally:
            os.close(file)
        os.replace(scratch, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
        raise
    _sync_directory(directory)


def _write_all(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sync_directory(directory: str) -> None:
    """Make the new name last through a power cut, where the file system lets directories be synced."""
    try:
        file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.fsync(file)
    os.close(file)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Keep the signals that end a process waiting until the file is whole and has its name."""
    ending = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write_standard_output(data: bytes) -> None:
    """Write bytes as they are, whatever encoding the terminal has; a reader that went away is no failure."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        with contextlib.suppress(OSError):  # what is still buffered would fail again at exit, with status 120
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise _cannot(STANDARD_OUTPUT, error) from None


def _cannot(path: str, error: OSError | ValueError) -> UsageError:
    place = "standard output" if path == STANDARD_OUTPUT else ascii(path)
    why = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
    directory = os.path.dirname(path)
    missing = isinstance(error, FileNotFoundError) and directory
    remedy = f"mkdir -p {directory!a}" if missing else "name a file in a directory you may write to"
    return UsageError(f"cannot write {place}: {why}", remedy=remedy)
