"""Progress of long work: a line on a terminal after a second, and nothing anywhere else."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator

import pytest

from pytest_syncpoints.gather.progress import Progress, be_quiet, watched


class Terminal(io.StringIO):
    """A stream that says that somebody looks at it."""

    def isatty(self) -> bool:
        return True


def ticking(step: float) -> Callable[[], float]:
    """Return a clock that goes on by so many seconds each time it is looked at."""
    times: Iterator[float] = iter(number * step for number in range(1_000))
    return lambda: next(times)


@pytest.fixture(autouse=True)
def a_usual_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TERM", "xterm")
    yield
    be_quiet(False)


def shown(stream: io.StringIO, step: float) -> str:
    with Progress("reading history, commits", stream=stream, clock=ticking(step)) as progress:
        for number in (64, 128, 12_800):
            progress(number)
        progress(20_000, 50_000)
    return stream.getvalue()


def test_long_work_is_one_line_that_is_gone_in_the_end() -> None:
    said = shown(Terminal(), 1.0)
    assert "\n" not in said
    assert said.startswith("\r\x1b[Ksyncpoints: reading history, commits: 64\r\x1b[K")
    assert said.endswith("syncpoints: reading history, commits: 20,000 of 50,000\r\x1b[K")


def test_short_work_says_nothing() -> None:
    assert shown(Terminal(), 0.1) == ""


def test_a_pipe_gets_nothing_however_long_it_takes() -> None:
    assert shown(io.StringIO(), 60.0) == ""


def test_quiet_switches_it_off() -> None:
    be_quiet(True)
    assert shown(Terminal(), 60.0) == ""


def test_a_terminal_without_movement_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert shown(Terminal(), 60.0) == ""


def test_the_line_is_gone_after_a_failure_too() -> None:
    stream = Terminal()
    with contextlib.suppress(KeyError), Progress("reading", stream=stream, clock=ticking(2.0)) as progress:
        progress(1)
        raise KeyError
    assert stream.getvalue().endswith("\r\x1b[K")


def test_what_is_watched_comes_through_unchanged() -> None:
    assert list(watched(iter("abc"), "reading")) == ["a", "b", "c"]
