"""Collect: recordings and what is known of the files, as the evidence of a report."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pytest_syncpoints.evidence import FileEvidence
from pytest_syncpoints.testing.recording import IMPORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.testing.monitor import LineMonitor
    from pytest_syncpoints.testing.probes import ProbeMonitor
    from pytest_syncpoints.testing.recording import Recording
    from pytest_syncpoints.testing.watch import WatchedFile

    Monitor = LineMonitor | ProbeMonitor


def make_monitor(files: Sequence[WatchedFile]) -> Monitor:
    """Return what measures lines on this Python."""
    if sys.version_info >= (3, 12):
        from pytest_syncpoints.testing.monitor import LineMonitor

        return LineMonitor(files)
    from pytest_syncpoints.testing.probes import ProbeMonitor

    return ProbeMonitor(files)


def imported_before(files: Sequence[WatchedFile], recording: Recording) -> Iterator[str]:
    """Note the lines that surely ran in modules imported before measuring began; yield what cannot be told."""
    loaded = {
        os.path.realpath(name): True
        for module in list(sys.modules.values())
        if isinstance(name := getattr(module, "__file__", None), str)
    }
    for number, file in enumerate(files):
        if file.filename not in loaded or not file.lines:
            continue
        recording.add(IMPORT, number, file.lines & file.on_import)
        unknown = (
            file.lines & file.at_import - file.on_import if sys.version_info >= (3, 12) else file.lines - file.on_import
        )
        if unknown:
            yield f"{file.path} was imported before measuring began: {len(unknown)} of its changed lines cannot be told"


def file_evidence(
    files: Sequence[WatchedFile], recording: Recording, nodeids: Sequence[str]
) -> dict[str, FileEvidence]:
    """Return the evidence on each file; a line run by no test but at import has an empty list of tests."""
    numbers = {nodeid: number for number, nodeid in enumerate(nodeids)}
    known: dict[frozenset[str], tuple[int, ...]] = {}  # lines that the same tests ran share the tuple

    def numbered(tests: frozenset[str]) -> tuple[int, ...]:
        if tests not in known:
            known[tests] = tuple(sorted(numbers[nodeid] for nodeid in tests if nodeid in numbers))
        return known[tests]

    found = {}
    for place, file in enumerate(files):
        tests = {} if file.fault else recording.tests_by_line(place)
        executed = {str(line): numbered(tests[line]) for line in file.changed if line in tests}
        missed = tuple(line for line in file.changed if str(line) not in executed)
        found[file.path] = FileEvidence(file.blob, file.changed, executed, missed)
    return {path: found[path] for path in sorted(found)}
