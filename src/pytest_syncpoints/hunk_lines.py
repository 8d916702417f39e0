"""Hunk lines: the code behind a report's hunks, which the report itself does not hold."""

from __future__ import annotations

from pytest_syncpoints.record import Record


class HunkCode(Record):
    """The lines one hunk takes away and adds, as text without line ends."""

    removed: tuple[str, ...]
    added: tuple[str, ...]
