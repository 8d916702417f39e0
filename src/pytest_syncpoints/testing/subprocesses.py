"""Subprocesses: the lines that Python processes run which a test starts, where that is asked for.

A folder of its own, first on ``PYTHONPATH`` while the tests run, holds a ``sitecustomize`` that starts measuring in a
process a test started, then runs the one it hides. Nothing is written beside an interpreter, and nothing is left.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

from pytest_syncpoints.testing.orders import published_orders
from pytest_syncpoints.testing.recording import CALL, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.testing.recording import Segment

FOLDER = "SYNCPOINTS_SUBPROCESSES"
_TEST = "PYTEST_CURRENT_TEST"  # set by pytest while a test runs: its node id and its phase
_STARTED, _TOLD = ".started", ".json"
_SITECUSTOMIZE = """\
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [place for place in sys.path if os.path.abspath(place) != here]
# The tracker of multiprocessing runs nobody's code, and ends last.
tracker = any("multiprocessing.resource_tracker" in word for word in sys.orig_argv)
asked = "PYTEST_CURRENT_TEST" in os.environ and os.environ.get("SYNCPOINTS_SUBPROCESSES") == here
if asked and not tracker:
    with open(os.path.join(here, "%d.started" % os.getpid()), "w"):
        pass
    sys.path.append({package!r})
    try:
        from pytest_syncpoints.testing.subprocesses import measure
        measure(here)
    except Exception:  # the process that is tested must not notice; that it told nothing is noticed
        pass
    finally:
        sys.path.remove({package!r})
itself = sys.modules.pop("sitecustomize")
try:
    import sitecustomize
except ImportError:
    sys.modules["sitecustomize"] = itself
"""


class Subprocesses:
    """The controller's side: measures processes that tests start until ``withdraw``."""

    def __init__(self) -> None:
        """Tell processes started from now on to measure, through the environment."""
        self._folder = os.path.realpath(tempfile.mkdtemp(prefix="syncpoints-"))
        package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        with open(f"{self._folder}/sitecustomize.py", "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(_SITECUSTOMIZE.format(package=package))
        self._before = {name: os.environ.get(name) for name in ("PYTHONPATH", FOLDER)}
        os.environ[FOLDER] = self._folder
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (self._folder, self._before["PYTHONPATH"])))

    def recordings(self, files: int) -> Iterator[Recording]:
        """Yield what each process told that has ended."""
        for name in sorted(os.listdir(self._folder)):
            if name.endswith(_TOLD):
                with open(f"{self._folder}/{name}", encoding="utf-8", errors="surrogateescape") as file:
                    yield Recording.from_plain(files, json.load(file))

    def trouble(self) -> str | None:
        """Return how many processes began to measure and told nothing: killed, still running, or not able to."""
        silent = sum(name.endswith(_STARTED) for name in os.listdir(self._folder))
        return f"{silent} processes that tests started did not tell which lines they ran" if silent else None

    def withdraw(self) -> None:
        """Restore the environment and remove the folder."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(self._folder, ignore_errors=True)


def measure(folder: str) -> None:
    """Measure this process, which a test started, and tell when it ends."""
    from pytest_syncpoints.testing.collect import make_monitor

    orders = published_orders()
    if orders is None:
        return
    monitor = make_monitor(orders.files)
    if monitor.start() is not None:
        return
    monitor.begin(_segment(os.environ[_TEST]))

    def tell() -> None:
        monitor.stop()
        path = f"{folder}/{os.getpid()}"
        if not os.path.isdir(folder):  # the session is over
            return
        with open(f"{path}.part", "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(monitor.recording().to_plain(), file)
        os.replace(f"{path}.part", f"{path}-{os.urandom(4).hex()}{_TOLD}")  # a process id may come again
        if os.path.exists(path + _STARTED):  # a fork of a measured process has none
            os.unlink(path + _STARTED)

    atexit.register(tell)


def _segment(current: str) -> Segment:
    nodeid, _, phase = current.rpartition(" (")
    return (nodeid, phase.rstrip(")") or CALL)
