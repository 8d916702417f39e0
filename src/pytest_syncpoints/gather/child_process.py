"""Child process: the far side of ``child.py``: limits itself, then answers one job after the other."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def main() -> None:
    """Read jobs from stdin until it ends, and write one line of JSON for each to what was stdout."""
    memory, seconds = int(sys.argv[2]), int(sys.argv[3])
    _limit(RLIMIT_AS=memory, RLIMIT_CORE=0, RLIMIT_FSIZE=0)
    answers = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)  # whatever a job prints is not an answer
    os.dup2(silence, 2)
    jobs = sys.stdin.buffer
    while head := jobs.readline():
        function, *sizes = head.split()
        parts = [jobs.read(int(size)) for size in sizes]
        _limit(RLIMIT_CPU=int(time.process_time()) + seconds)
        answers.write(_run(function.decode("ascii"), parts) + b"\n")
        answers.flush()
    answers.flush()
    os._exit(0)  # tearing a large tree down takes longer than leaving


def _limit(**bounds: int) -> None:
    """Bound this process where the platform can: elsewhere (Windows) the parent's clock is the only bound."""
    try:
        import resource
    except ImportError:
        return
    for name, most in bounds.items():
        try:
            kind = getattr(resource, name)
            hard = resource.getrlimit(kind)[1]
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        except (AttributeError, OSError, ValueError):  # macOS has no working RLIMIT_AS
            continue


def _run(name: str, parts: list[bytes]) -> bytes:
    import json

    try:
        return json.dumps({"value": _function(name)(*parts)}, allow_nan=False).encode("ascii")
    except MemoryError:
        return b'{"fault": "it needs too much memory"}'
    except RecursionError:
        return b'{"fault": "it is nested too deeply"}'
    except Exception as error:  # noqa: BLE001  # whatever a job does is an answer, never the end of the others
        return json.dumps({"fault": f"{type(error).__name__}: {error}"[:400]}).encode("ascii")


def _function(name: str) -> Callable[..., Any]:
    import importlib

    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
