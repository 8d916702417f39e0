"""Hunk code: the lines behind a report's hunks, read from git where this clone has them."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import SyncpointsError
from pytest_syncpoints.gather.git import Discovery, empty_tree
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.hunk_lines import HunkCode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.report import Report, ReportFile

MOST_LINES = 200  # of one file
MOST_CHARACTERS = 260_000  # of a page, its files and findings included: it opens at once, and mails
PER_ENTRY = 450  # characters of a file or finding without its code
MOST_BYTES = 4 << 20  # of a file that is read at all
LONGEST = 400  # characters of a line


def hunk_code(report: Report, directory: str = "") -> dict[str, tuple[HunkCode, ...]]:
    """Return the lines of hunks by path, in reading order until the page would grow too large.

    Empty where there is no repository, or it does not have the commits: code is a convenience, and nothing is judged
    by it. A file whose lines do not fit is left out whole.
    """
    try:
        repository = Discovery(directory).repository()
        with Objects(repository) as objects:
            return _collect(report, repository, objects)
    except SyncpointsError:
        return {}


def _collect(report: Report, repository: Repository, objects: Objects) -> dict[str, tuple[HunkCode, ...]]:
    rank = {path: number for number, path in enumerate(report.plan.order)}
    found: dict[str, tuple[HunkCode, ...]] = {}
    room = MOST_CHARACTERS - PER_ENTRY * (len(report.change.files) + min(len(report.findings), 100))
    for file in sorted(report.change.files, key=lambda file: rank.get(file.path, len(rank))):
        lines = sum(old + new for _, old, _, new in file.hunks)
        if file.binary or not file.hunks or lines > MOST_LINES:
            continue
        code = _of_file(report, file, repository, objects)
        size = sum(len(line) + 90 for hunk in code for side in hunk for line in side)  # 90: the markup of a line
        if code and size <= room:
            found[file.path] = code
            room -= size
    return found


def _of_file(report: Report, file: ReportFile, repository: Repository, objects: Objects) -> tuple[HunkCode, ...]:
    base = report.change.merge_base or empty_tree(repository)
    found = objects.file(base, file.path) if file.status != "A" else None
    old = found[1] if found else b""
    new = b"" if file.status == "D" else _new_side(report, file, repository, objects)
    if max(len(old), len(new)) > MOST_BYTES:
        return ()
    before, after = old.split(b"\n"), new.split(b"\n")
    hunks = tuple(
        HunkCode(_lines(before, old_start, old_lines), _lines(after, new_start, new_lines))
        for old_start, old_lines, new_start, new_lines in file.hunks
    )
    whole = all(
        (len(code.removed), len(code.added)) == (old_lines, new_lines)
        for code, (_, old_lines, _, new_lines) in zip(hunks, file.hunks, strict=True)
    )
    return hunks if whole else ()


def _new_side(report: Report, file: ReportFile, repository: Repository, objects: Objects) -> bytes:
    if report.change.head is not None:
        found = objects.file(report.change.head, file.path)
        return found[1] if found else b""
    if report.change.kind == "staged":
        staged = None if "\n" in file.path else objects.ask(f":0:{file.path}")
        return staged[2] if staged and staged[1] == "blob" else b""
    full = os.path.join(repository.top or "", file.path)
    if os.path.islink(full) or not os.path.isfile(full):
        return b""
    with open(full, "rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _lines(content: list[bytes], start: int, count: int) -> tuple[str, ...]:
    wanted = content[start - 1 : start - 1 + count] if count else []
    texts = (line.decode("utf-8", "surrogateescape").rstrip("\r").expandtabs(4) for line in wanted)
    return tuple(text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..." for text in texts)
