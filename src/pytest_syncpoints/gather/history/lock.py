"""Lock: one writer of the index at a time, in this process and in others; a killed one lets go by itself."""

from __future__ import annotations

import fcntl
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class Lock:
    """An exclusive lock on a file of its own, held inside ``with``; not to be taken twice by one holder."""

    def __init__(self, path: str) -> None:
        """Open the file, making it where there is none; raises OSError where it cannot be written."""
        self._end = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def __enter__(self) -> None:
        """Wait for the lock; where a file system knows no locks, SQLite's own must do."""
        try:
            fcntl.flock(self._end, fcntl.LOCK_EX)
        except OSError:
            return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        try:
            fcntl.flock(self._end, fcntl.LOCK_UN)
        except OSError:
            return

    def close(self) -> None:
        """Close the file."""
        os.close(self._end)
