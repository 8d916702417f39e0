"""Child: functions of ours run over hostile bytes in a process that may crash, hang or eat memory, and is killed then.

The caller names a function (never by words of a change) and hands it bytes; what comes back is plain data (what JSON
can say), or the reason why there is none. No reason is ever a pass: a caller treats it as the highest class.
"""

from __future__ import annotations

import os
import sys

from pytest_syncpoints.gather.process import Process
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

# Isolated: neither the folder it stands in, nor PYTHONPATH, nor the user's own packages can put code into it.
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from pytest_syncpoints.gather.child_process import main; main()"
)


class Job(Record):
    """One call: a function as ``module:function``, and the byte strings it is given.

    ``Job("pytest_syncpoints.source:read", (b"x = 1",))`` calls ``read(b"x = 1")`` there.
    """

    function: str
    parts: tuple[bytes, ...]


class Limits(Record):
    """What one child may use: ``seconds`` of processor and of waiting for one answer; ``memory`` and ``answer``: bytes.

    ``largest`` is the number of bytes of one job above which it is not even tried, ``restarts`` how many children
    may be lost in one run before what is left is given up.
    """

    seconds: float = 10.0
    memory: int = 512 << 20
    answer: int = 64 << 20
    largest: int = 4 << 20
    restarts: int = 4


class Answer(Record):
    """What a job came to: its ``value``, or why there is none (``fault`` completes "it was not read: ...")."""

    value: Any = None
    fault: str = ""


LIMITS = Limits()


def run_in_child(jobs: Sequence[Job], limits: Limits = LIMITS, *, packages: bool = False) -> list[Answer]:
    """Run each job, in order, in one child process, and return one answer per job.

    A job that raises, crashes or outlasts the child costs its own answer alone: the rest goes to a new child, until
    ``limits.restarts`` of them are lost. ``packages`` lets the child import what is installed beside us (libcst,
    griffe), at the price of a slower start. Never raises for anything a job does.
    """
    answers: list[Answer | None] = [
        Answer(fault=f"more than {limits.largest >> 10:,} KiB") if _size(job) > limits.largest else None for job in jobs
    ]
    lost = 0
    while (waiting := [index for index, answer in enumerate(answers) if answer is None]) and lost <= limits.restarts:
        fault = "its process could not be started"
        conversation = _conversation([jobs[index] for index in waiting], limits, packages=packages)
        for index in waiting:
            found = next(conversation)
            if isinstance(found, str):
                fault = found
                break
            answers[index] = found
        else:
            break
        answers[index] = Answer(fault=fault)
        lost += 1
    return [answer or Answer(fault="too much beside it crashed") for answer in answers]


def _size(job: Job) -> int:
    return sum(len(part) for part in job.parts)


def _conversation(jobs: Sequence[Job], limits: Limits, *, packages: bool) -> Iterator[Answer | str]:
    """Yield the answer to each job in turn; a ``str`` says how the child was lost, and is the last."""
    try:
        process = Process(sys.executable, _arguments(limits, packages=packages), _environment())
    except OSError:
        yield "its process could not be started"
        return
    try:
        for line in process.lines(b"".join(map(_frame, jobs)), seconds=limits.seconds, most=limits.answer):
            yield _answer(line)
        yield _ending(process.close())
    except TimeoutError:
        yield f"it took longer than {limits.seconds:g} s"
    except ValueError:
        yield f"what was found in it is more than {limits.answer >> 20:,} MiB"
    finally:
        process.kill()


def _arguments(limits: Limits, *, packages: bool) -> list[str]:
    above = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    isolated = ["-I"] if packages else ["-I", "-S"]
    return [*isolated, "-X", "utf8", "-c", _PROGRAM, above, str(limits.memory), str(int(limits.seconds) + 1)]


def _environment() -> dict[str, str]:
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")  # what starting Python itself may need
    return {name: os.environ[name] for name in kept if name in os.environ}


def _frame(job: Job) -> bytes:
    name = job.function.encode("ascii")
    head = b" ".join([name, *(b"%d" % len(part) for part in job.parts)])
    return head + b"\n" + b"".join(job.parts)


def _answer(line: bytes) -> Answer:
    import json  # 12 ms, and only where a child was needed

    try:
        said = json.loads(line)
        return Answer(said.get("value"), str(said.get("fault", "")))
    except (ValueError, AttributeError, RecursionError):
        return Answer(fault="its process answered nonsense")


def _ending(status: int) -> str:
    if status == -24:  # SIGXCPU
        return "it took too much processor time"
    return f"its process was stopped by signal {-status}" if status < 0 else f"its process ended early ({status})"
