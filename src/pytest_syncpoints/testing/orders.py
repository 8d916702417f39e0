"""Orders: what a process that runs tests is told to look at, as a file that xdist workers and subprocesses read."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record
from pytest_syncpoints.testing.watch import WatchedFile

if TYPE_CHECKING:
    from typing import Any

VARIABLE = "SYNCPOINTS_ORDERS"


class Orders(Record):
    """The files to watch, the contract tests' paths by component, the touched components, and which tests to run.

    ``selected`` are node ids (``None``: all tests), among those ``known``; a test nobody knows is run. ``always`` are
    paths whose tests are run in any case. ``top`` is the worktree.
    """

    top: str
    files: tuple[WatchedFile, ...] = ()
    contracts: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  # a record's default is never changed
    touched: tuple[str, ...] = ()
    selected: frozenset[str] | None = None
    known: frozenset[str] = frozenset()
    always: frozenset[str] = frozenset()

    def runs(self, nodeid: str, path: str) -> bool:
        """Say whether a test is to run: it reaches the change, is new, or stands in a changed file."""
        return self.selected is None or nodeid in self.selected or nodeid not in self.known or path in self.always


class Published:
    """Orders written to a folder of their own, named in the environment until withdrawn."""

    def __init__(self, orders: Orders) -> None:
        """Write them, for processes this one starts."""
        self._folder = tempfile.mkdtemp(prefix="syncpoints-")
        path = os.path.join(self._folder, "orders.json")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            json.dump(_plain(orders), file)
        self._before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = path

    def withdraw(self) -> None:
        """Remove the folder and the name."""
        if self._before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = self._before
        shutil.rmtree(self._folder, ignore_errors=True)


def published_orders() -> Orders | None:
    """Return the orders this process was started with, ``None`` where there are none."""
    try:
        with open(os.environ.get(VARIABLE, ""), encoding="utf-8", errors="surrogateescape") as file:
            return _orders(json.load(file))
    except (OSError, ValueError):
        return None


def _plain(orders: Orders) -> dict[str, Any]:
    files = [
        file._asdict() | {name: sorted(getattr(file, name)) for name in ("lines", "on_import", "at_import")}
        for file in orders.files
    ]
    selected = None if orders.selected is None else sorted(orders.selected)
    return orders._asdict() | {
        "files": files,
        "selected": selected,
        "known": sorted(orders.known),
        "always": sorted(orders.always),
    }


def _orders(plain: dict[str, Any]) -> Orders:
    files = tuple(
        WatchedFile(
            **file
            | {name: frozenset(file[name]) for name in ("lines", "on_import", "at_import")}
            | {name: tuple(file[name]) for name in ("edited", "changed")}
            | {"first": {int(line): first for line, first in file["first"].items()}}
        )
        for file in plain["files"]
    )
    return Orders(
        top=plain["top"],
        files=files,
        contracts={name: tuple(paths) for name, paths in plain["contracts"].items()},
        touched=tuple(plain["touched"]),
        selected=None if plain["selected"] is None else frozenset(plain["selected"]),
        known=frozenset(plain["known"]),
        always=frozenset(plain["always"]),
    )
