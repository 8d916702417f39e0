"""Selection: which tests are known to reach a change, from an earlier report or from coverage data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_syncpoints.change import FileChange, Hunk
    from pytest_syncpoints.evidence import Evidence
    from pytest_syncpoints.testing.watch import WatchedFile


class Known(Record):
    """What is known of tests: ``selected`` reach the change, of all ``tests``; ``because`` says why nothing is."""

    selected: frozenset[str] | None
    tests: frozenset[str]
    because: str = ""


def is_test_module(path: str) -> bool:
    """Say whether a file holds tests, by its name; conftest files and helpers do not: any test may use them."""
    name = path.rpartition("/")[2]
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def taken_away(changed: Iterable[FileChange], files: Sequence[WatchedFile], *, by_file: bool) -> str:
    """Return what the change takes away where no line is left that tests could be known to reach; else nothing.

    ``by_file``: tests are known by file, so that only a file that is gone matters.
    """
    watched = {file.path: file for file in files}
    for change in changed:
        if not change.path.endswith(".py") or is_test_module(change.path) or not change.hunks:
            continue
        if change.status == "D":
            return f"{change.path} is gone"
        for hunk in change.hunks if not by_file else ():
            if _loses_code(hunk) and not _left(hunk, watched.get(change.path)):
                return f"{change.path} lost code before line {hunk.new_start + 1}"
    return ""


def _loses_code(hunk: Hunk) -> bool:
    return any(line.strip() and not line.lstrip().startswith(b"#") for line in hunk.removed)


def _left(hunk: Hunk, file: WatchedFile | None) -> bool:
    lines = range(hunk.new_start, hunk.new_start + hunk.new_lines)
    return file is not None and any(file.first.get(line, line) in file.lines for line in lines)


def from_report(files: Sequence[WatchedFile], earlier: Evidence | None) -> Known:
    """Return what an earlier run's evidence knows.

    It knows tests of the lines that were changed then, in the files as they were then: a file of other content, a
    line nobody looked at, or an incomplete run, and nothing is known.
    """
    if earlier is None:
        return _nothing("there is no earlier report to choose tests from")
    if not earlier.complete:
        return _nothing("the earlier report is incomplete")
    selected: set[str] = set()
    for file in files:
        known = earlier.files.get(file.path)
        if known is None or known.blob != file.blob or not set(file.changed) <= set(known.changed):
            return _nothing(f"the earlier report knows nothing of {file.path} as it is now")
        for line in file.changed:
            tests = known.executed.get(str(line), ())
            if not tests and str(line) in known.executed:
                return _nothing(f"{file.path}:{line} runs at import, which any test may depend on")
            selected.update(earlier.nodeids[number] for number in tests)
    return Known(frozenset(selected), frozenset(earlier.nodeids))


def from_coverage(files: Sequence[WatchedFile], lines: Sequence[dict[int, list[str]]]) -> Known:
    """Return what coverage data knows: every test that ran any line of a changed file, whatever its lines were then."""
    tests = {nodeid for file in lines for nodeids in file.values() for nodeid in nodeids}
    if not tests:
        return _nothing("the coverage data has no test contexts for the changed files (pytest-cov: --cov-context=test)")
    for file, seen in zip(files, lines, strict=True):
        if file.lines and not any(seen.values()):
            return _nothing(f"the coverage data knows no test that runs {file.path}")
    return Known(frozenset(tests), frozenset())


def _nothing(because: str) -> Known:
    return Known(None, frozenset(), because)
