"""Coverage data: which test ran which line, as coverage.py recorded it with contexts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.testing.recording import IMPORT, Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.testing.watch import WatchedFile


class CoverageFile:
    """One data file. Contexts are those of pytest-cov: ``nodeid|run``; the empty one is import."""

    def __init__(self, path: str) -> None:
        """Open it; raises UsageError where it cannot be read, or coverage.py is not installed."""
        try:
            from coverage import CoverageData
            from coverage.exceptions import CoverageException
        except ImportError as error:
            raise UsageError("coverage.py is needed to read its data", remedy="pip install coverage") from error
        if not os.path.isfile(path):
            raise UsageError(f"there is no coverage data at {path}", remedy="pytest --cov --cov-context=test")
        self.path = path
        self._data = CoverageData(basename=path)
        try:
            self._data.read()
            self._files = {os.path.realpath(name): name for name in self._data.measured_files()}
        except CoverageException as error:
            self._data.close()
            raise UsageError(
                f"{path} is not coverage data: {error}", remedy="pytest --cov --cov-context=test"
            ) from error

    def tests_by_line(self, file: WatchedFile) -> dict[int, list[str]]:
        """Return the node ids of the tests that ran each line of a file (as recorded, maybe none)."""
        name = self._files.get(file.filename)
        if name is None:
            return {}
        lines = dict.fromkeys(self._data.lines(name) or (), ())
        contexts = self._data.contexts_by_lineno(name)
        return {line: sorted({_nodeid(one) for one in contexts.get(line, ())} - {""}) for line in lines}

    def everybody(self) -> frozenset[str]:
        """Return the node ids of all tests the data knows."""
        return frozenset(_nodeid(context) for context in self._data.measured_contexts()) - {""}

    def recording(self, files: Sequence[WatchedFile]) -> Recording:
        """Return the data as a recording of the watched lines."""
        made = Recording(len(files))
        for number, file in enumerate(files):
            for line, tests in self.tests_by_line(file).items():
                first = file.first.get(line, line)
                if first in file.lines:
                    made.add(IMPORT, number, frozenset((first,)))
                    for nodeid in tests:
                        made.add((nodeid, "call"), number, frozenset((first,)))
        return made

    def troubles(self, files: Sequence[WatchedFile]) -> list[str]:
        """Return why the data may not be of these files: not measured, or older than they are."""
        found = []
        measured_at = os.stat(self.path).st_mtime
        for file in files:
            if not file.lines:
                continue
            if file.filename not in self._files:
                found.append(f"the coverage data does not know {file.path}")
            elif os.stat(file.filename).st_mtime > measured_at:
                found.append(f"{file.path} is newer than the coverage data")
        return found


def _nodeid(context: str) -> str:
    """Return a context's node id: pytest-cov appends the phase after the last bar."""
    return context.rpartition("|")[0] or context
