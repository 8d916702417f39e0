"""Reports: a report file from outside, read with a limit and taken whole or not at all."""

from __future__ import annotations

import sys

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.report_json import WRITE_ANEW, from_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.report import Report

SIZE_LIMIT = 64 << 20  # a report of 100,000 files has about 30 MB


def read_report(path: str) -> Report:
    """Return the report in a file (``-``: stdin); raises UsageError for what cannot be read or is no report."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(SIZE_LIMIT + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"the report {path!r} cannot be read: {reason}", remedy=WRITE_ANEW) from None
    if len(data) > SIZE_LIMIT:
        raise UsageError(f"the report {path!r} has more than {SIZE_LIMIT >> 20} MiB", remedy=WRITE_ANEW)
    return from_json(data, what=repr(path))
