"""Doors: what every way in shares: a run that ends in an exit status, and errors said for people."""

from __future__ import annotations

import os
import sys

from pytest_syncpoints.errors import BLOCKED, CLEAR, NOT_EVALUATED, SyncpointsError

MOST_LINES = 48  # of an error
LONGEST_LINE = 700  # characters: a message with two long paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import NoReturn

    from pytest_syncpoints.report import Report
else:
    import _signal as signal  # the module behind `signal`, whose enumerations cost more to make than a hook needs


def guarded(action: Callable[[], int], *, program: str = "syncpoints") -> int:
    """Run a door's action and return its exit status; whatever goes wrong becomes one clear message, no traceback.

    130 and 143 are the signals' own statuses; a reader that went away (``| head``) is no error of ours.
    """
    signal.signal(signal.SIGTERM, _terminated)
    try:
        status = action()
        sys.stdout.flush()
    except SyncpointsError as error:
        say(one_screen(f"{program}: {error}"))
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except _Terminated:
        return 143
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return CLEAR
    except Exception as error:  # noqa: BLE001  # our own bug: said as one, with what to report
        say(one_screen(f"{program}: internal error: {bug(error)}"))
        return NOT_EVALUATED
    return status


def leave(status: int) -> NoReturn:
    """End the process here and now, its output written; only for a program whose work is done.

    Taking the interpreter down in order costs a hook 3 of its 30 ms and frees what the process gives back anyway.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class _Terminated(BaseException):
    """SIGTERM arrived; unwinding removes what is half done."""


def _terminated(_signal: int, _frame: object) -> None:
    raise _Terminated


def bug(error: Exception) -> str:
    """Say an error of our own for people: what, where, and what to report."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace is not None else None
    where = (
        f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if code is not None and trace is not None else "?"
    )
    from pytest_syncpoints.version import VERSION

    python = ".".join(map(str, sys.version_info[:3]))
    return (
        f"{type(error).__name__}: {error} ({where})\n"
        "  please report it with these words and the command: "
        f"pytest-syncpoints {VERSION}, Python {python}, {sys.platform}"
    )


def one_screen(text: str) -> str:
    """Return an error's text in at most ``MOST_LINES`` lines, none endless: what begins and what mends it stay."""
    from pytest_syncpoints.render.escape import clipped

    lines = [clipped(line, LONGEST_LINE) for line in text.split("\n")]
    left_out = len(lines) - MOST_LINES + 1
    if left_out > 1:
        more = f"  ... {left_out} lines are not shown: mend these first ..."
        lines = [*lines[: MOST_LINES - 3], more, *lines[-2:]]
    return "\n".join(lines)


def say(text: str) -> None:
    """Write a message for people to stderr; what the terminal cannot show is escaped."""
    from pytest_syncpoints.render.escape import visible

    shown = "\n".join(visible(line) for line in text.split("\n"))
    sys.stderr.write(shown.encode("utf-8", "backslashreplace").decode() + "\n")


def verdict_status(report: Report) -> int:
    """Return the exit status of a report: blocked or clear; a check that crashed could not be evaluated."""
    if any(outcome.status == "crashed" for outcome in report.outcomes):
        return NOT_EVALUATED
    return BLOCKED if report.verdict.blocked else CLEAR
