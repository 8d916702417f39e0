"""A pytest plugin of the benchmark: writes the CPU seconds of a session's start, its tests and its end, apart."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

SECONDS = {"start": 0.0, "end": 0.0}


def _spent() -> float:
    return sum(os.times()[:4])  # of this process and the children it waited for


def _timed(part: str) -> Generator[None, Any, Any]:
    before = _spent()
    try:
        return (yield)
    finally:
        SECONDS[part] += _spent() - before


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, Any, Any]:
    """Time the start: conftest files, and with `--syncpoints` the whole review."""
    return (yield from _timed("start"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish() -> Generator[None, Any, Any]:
    """Time the end: the report, and the summary in the terminal."""
    return (yield from _timed("end"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_unconfigure() -> Generator[None, Any, Any]:
    """Write the figures."""
    try:
        return (yield from _timed("end"))
    finally:
        path = os.environ.get("BENCH_PARTS")
        if path:
            with open(path, "w", encoding="ascii") as file:
                json.dump(SECONDS, file)
