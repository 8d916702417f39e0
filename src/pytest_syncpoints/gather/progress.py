"""Progress: one line on a terminal's stderr while work takes long, and nothing anywhere else."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TextIO, TypeVar

    Item = TypeVar("Item")

AFTER = 1.0  # seconds of silence: short work needs no line
BETWEEN = 0.1  # seconds from one line to the next
_EVERY = 64  # items between two looks at the clock
_asked_for = {"quiet": False}


def be_quiet(quiet: bool) -> None:  # noqa: FBT001  # it is the value of --quiet
    """Show no progress from now on, or show it again."""
    _asked_for["quiet"] = quiet


class Progress:
    """How far a piece of work is. Use it as a context: at its end the line is gone, however it ended."""

    def __init__(self, what: str, *, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what is being done (``reading history``); the stream is stderr where none is given."""
        self._what = what
        self._stream = stream if stream is not None else sys.stderr
        self._clock = clock
        self._next = clock() + AFTER
        self._shown = False
        self._possible = not _asked_for["quiet"] and _is_terminal(self._stream)

    def __enter__(self) -> Progress:
        """Start the clock."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, done: int, whole: int = 0) -> None:
        """Say how many are done, of how many where that is known."""
        if not self._possible or self._clock() < self._next:
            return
        self._next = self._clock() + BETWEEN
        self._shown = True
        of = f" of {whole:,}" if whole else ""
        self._stream.write(f"\r\x1b[Ksyncpoints: {self._what}: {done:,}{of}")
        self._stream.flush()


def watched(items: Iterable[Item], what: str) -> Iterator[Item]:
    """Yield the items, with their count shown where they take long."""
    with Progress(what) as progress:
        for number, item in enumerate(items, 1):
            yield item
            if number % _EVERY == 0:
                progress(number)


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"
