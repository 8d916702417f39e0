"""Children: the lines that run in other Python processes a test starts, where that was asked for.

A child finds ``at_start/sitecustomize.py`` on its path and its orders in the environment, and knows its test by
``PYTEST_CURRENT_TEST``, which pytest sets for every phase (its documentation, "PYTEST_CURRENT_TEST environment
variable"). What it saw it writes beside the orders when it ends.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from typing import TYPE_CHECKING

from pytest_syncpoints.testing.collect import make_monitor
from pytest_syncpoints.testing.orders import VARIABLE, published_orders
from pytest_syncpoints.testing.recording import Recording

if TYPE_CHECKING:
    from pytest_syncpoints.testing.collect import Monitor

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "at_start")
_TOLD = ".json"
_PREFIX = "child-"


def measure() -> None:
    """Measure this process to its end, if a test started it and there is something to look at."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    orders = published_orders() if test else None
    if orders is None or not any(file.lines for file in orders.files):
        return
    monitor = make_monitor(orders.files)
    if monitor.start() is not None:
        return
    nodeid, _, phase = test.rpartition(" (")
    monitor.begin((nodeid, phase.rstrip(")")))
    mark = os.path.join(os.path.dirname(os.environ[VARIABLE]), f"{_PREFIX}{os.getpid()}-{time.time_ns()}")
    with open(mark, "x", encoding="ascii"):
        pass  # says that there is a child, in case it never gets to say more
    atexit.register(_tell, monitor, mark)


def _tell(monitor: Monitor, mark: str) -> None:
    monitor.stop()
    with open(mark, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(monitor.recording().to_plain(), file)
    os.replace(mark, f"{mark}{_TOLD}")


def told_by_children(folder: str, files: int) -> tuple[Recording, int]:
    """Return what the children saw of so many files, and how many of them ended, or go on, without a word."""
    found, silent = Recording(files), 0
    for name in os.listdir(folder):
        if not name.startswith(_PREFIX):
            continue
        if not name.endswith(_TOLD):
            silent += 1
            continue
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
            found.update(Recording.from_plain(files, json.load(file)))
    return found, silent
