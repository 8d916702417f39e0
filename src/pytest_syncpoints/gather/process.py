"""Processes: start one, feed it, and collect what it says; without the 10 ms that ``subprocess`` costs to import."""

from __future__ import annotations

import os
import select
import time

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_CHUNK = 1 << 16


class Result(Record):
    """How a process ended: its exit status (negative: the signal), and what it wrote."""

    status: int
    stdout: bytes
    stderr: bytes


class Process:
    """A running program with pipes for its three streams. Start several, then collect each."""

    def __init__(self, program: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start ``program`` (an absolute path) at once; raises OSError where it cannot be started."""
        self.started: list[int] = []  # pipe ends still open in this process
        stdin_read, self._stdin = self._pipe()
        self._stdout, stdout_write = self._pipe()
        self._stderr, stderr_write = self._pipe()
        try:
            self._pid: int | None = os.posix_spawn(
                program,
                [program, *arguments],
                environment,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, stdin_read, 0),
                    (os.POSIX_SPAWN_DUP2, stdout_write, 1),
                    (os.POSIX_SPAWN_DUP2, stderr_write, 2),
                ],
            )
        except OSError:
            for end in list(self.started):
                self._close(end)
            raise
        for end in (stdin_read, stdout_write, stderr_write):
            self._close(end)

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self.started.extend(ends)
        return ends

    def _close(self, end: int) -> None:
        if end in self.started:
            self.started.remove(end)
            os.close(end)

    def collect(self, stdin: bytes = b"") -> Result:
        """Write ``stdin``, read both outputs to their end and wait; kills the process if interrupted."""
        outputs: dict[int, list[bytes]] = {self._stdout: [], self._stderr: []}
        waiting = set(outputs)
        pending = memoryview(stdin)
        try:
            if not pending:
                self._close(self._stdin)
            while waiting:
                writable = [self._stdin] if self._stdin in self.started else []
                readable, ready, _ = select.select(list(waiting), writable, [])
                for end in readable:
                    chunk = os.read(end, _CHUNK)
                    outputs[end].append(chunk)
                    if not chunk:
                        waiting.discard(end)
                if ready:
                    pending = self._feed(pending)
            status = self._wait()
        except BaseException:
            self.kill()
            raise
        stdout, stderr = (b"".join(chunks) for chunks in outputs.values())
        return Result(status, stdout, stderr)

    def lines(self, stdin: bytes, *, seconds: float, most: int) -> Iterator[bytes]:
        """Yield each line the program prints while ``stdin`` is fed to it; what it says on stderr is dropped.

        Raises TimeoutError where ``seconds`` pass without a whole line, ValueError where it prints more than ``most``
        bytes. Whoever stops asking must ``kill``; where the lines end, ``close`` tells how the program ended.
        """
        pending, rest, printed = memoryview(stdin), b"", 0
        listening = {self._stdout, self._stderr}
        deadline = time.monotonic() + seconds
        while self._stdout in listening:
            writable = [self._stdin] if pending and self._stdin in self.started else []
            readable, ready, _ = select.select(list(listening), writable, [], max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline:
                raise TimeoutError
            if ready:
                pending = self._feed(pending)
            for end in readable:
                chunk = os.read(end, _CHUNK)
                if not chunk:
                    listening.discard(end)
                elif end == self._stdout:
                    printed += len(chunk)
                    if printed > most:
                        raise ValueError
                    *whole, rest = (rest + chunk).split(b"\n")
                    yield from whole
                    if whole:
                        deadline = time.monotonic() + seconds

    def _feed(self, pending: memoryview) -> memoryview:
        try:
            pending = pending[os.write(self._stdin, pending[: select.PIPE_BUF]) :]
        except BrokenPipeError:  # it stopped listening; its exit status tells why
            pending = pending[:0]
        if not pending:
            self._close(self._stdin)
        return pending

    def write(self, data: bytes) -> None:
        """Write a request to a program that answers as it goes (``cat-file --batch``)."""
        while data:
            data = data[os.write(self._stdin, data) :]

    def read(self, size: int) -> bytes:
        """Read at most ``size`` bytes of its answer; nothing means it ended."""
        return os.read(self._stdout, size)

    def end_input(self) -> None:
        """Tell it that no more requests come."""
        self._close(self._stdin)

    def close(self) -> int:
        """End a conversation: no more requests, wait for its end, and return how it ended (negative: the signal)."""
        self._close(self._stdin)
        return self._wait()

    def kill(self) -> None:
        """Stop it whatever it does, and forget it."""
        if self._pid is not None:
            os.kill(self._pid, 9)
            self._wait()

    def _wait(self) -> int:
        for end in list(self.started):
            self._close(end)
        pid, self._pid = self._pid, None
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if pid is not None else 0


def find_program(name: str) -> str | None:
    """Return the absolute path of a program on PATH, passing over relative entries (a checkout may hold anything)."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = f"{folder}/{name}"
        if folder.startswith("/") and os.access(candidate, os.X_OK) and not os.path.isdir(candidate):
            return candidate
    return None
