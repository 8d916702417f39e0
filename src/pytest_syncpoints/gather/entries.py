"""Entries: the paths that each of many branches changes, listed by one git process."""

from __future__ import annotations

import os

from pytest_syncpoints.gather.git import evaluation_error
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.gather.git import StandIn

    Blobs = tuple[str, str]  # old and new content, "" for none

_LISTING = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none")


class Entry(Record):
    """One changed path of a branch, against its merge base: git's status letter, modes and contents."""

    path: str
    status: str
    modes: tuple[str, str]
    blobs: Blobs


def listed_paths(stand_in: StandIn, sides: Iterable[tuple[str, str]]) -> dict[str, list[Entry]]:
    """Return what each commit changes against the one named behind it, by the commit: paths alone, no content."""
    asked = "".join(f"{new} {old}\n" for new, old in sides).encode()
    result = stand_in.ask(*_LISTING, stdin=asked)
    if result.status != 0:
        raise evaluation_error(result, "diff-tree")
    found: dict[str, list[Entry]] = {}
    rows: list[Entry] = []
    fields = iter(os.fsdecode(result.stdout).split("\0")[:-1])
    for field in fields:
        if field[0] != ":":
            rows = found.setdefault(field, [])
            continue
        old_mode, new_mode, old, new, status = field.split(" ")
        blobs = ("" if status == "A" else old, "" if status == "D" else new)
        rows.append(Entry(next(fields), status, (old_mode[1:], new_mode), blobs))
    return found
