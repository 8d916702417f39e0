"""Watch: which lines of which files a test session looks at, and whether these files are the ones under review."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from pytest_syncpoints.alignment import aligned
from pytest_syncpoints.change import SYMLINK
from pytest_syncpoints.record import Record
from pytest_syncpoints.testing.exclusions import excluded_in
from pytest_syncpoints.testing.executable import EXCLUDED, executable

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from pytest_syncpoints.change import FileChange


class WatchedFile(Record):
    """One changed Python file. ``path`` as in the change, ``filename`` absolute and real, ``blob`` what is on disk.

    ``edited`` are all changed lines, ``changed`` those of them that are executable, ``lines`` the first lines of all
    statements with a changed line; ``first`` maps a statement's other lines to its first. ``on_import`` and
    ``at_import`` as in Executable. ``fault`` says why the file cannot be measured.
    """

    path: str
    filename: str
    blob: str
    edited: tuple[int, ...]
    changed: tuple[int, ...]
    lines: frozenset[int]
    first: dict[int, int]
    on_import: frozenset[int]
    at_import: frozenset[int]
    fault: str = ""


def watched_files(
    files: Iterable[FileChange], top: str, object_format: str, project: str | None = None
) -> tuple[WatchedFile, ...]:
    """Return the Python files of a change as they are on disk below ``top``, with the lines to look at.

    ``project`` is the folder whose configuration of coverage.py says which lines to leave out.
    """
    files = tuple(files)
    sources = {file.path: file for file in files if file.renamed_to is not None}
    watched = [
        file
        for file in files
        if file.path.endswith(".py") and file.status != "D" and file.new_mode != SYMLINK and file.hunks
    ]
    excluded = excluded_in(project) if project is not None and watched else EXCLUDED
    return tuple(
        _watched(file, _edited(file, sources.get(file.old_path or "")), top, object_format, excluded)
        for file in watched
    )


def _edited(file: FileChange, source: FileChange | None) -> tuple[int, ...]:
    """Return the changed lines of a file; of a renamed one those that its source did not have, as git counts them."""
    lines = tuple(line for hunk in file.hunks for line in range(hunk.new_start, hunk.new_start + hunk.new_lines))
    if source is None:
        return lines
    old = [line for hunk in source.hunks for line in hunk.removed]
    new = [line for hunk in file.hunks for line in hunk.added]
    kept = {index for _, index in aligned(old, new)}
    return tuple(line for index, line in enumerate(lines) if index not in kept)


def _watched(
    file: FileChange, edited: tuple[int, ...], top: str, object_format: str, excluded: re.Pattern[str]
) -> WatchedFile:
    filename = os.path.realpath(os.path.join(top, file.path))
    blank = WatchedFile(file.path, filename, "", edited, (), frozenset(), {}, frozenset(), frozenset())
    try:
        with open(filename, "rb") as opened:
            source = opened.read()
    except OSError:
        return blank._replace(changed=edited, fault="is not on disk")
    blob = _blob(source, object_format)
    if blob != file.new_oid and b"\r\n" in source:  # git may write other line ends than it keeps: the code is the same
        kept = _blob(source.replace(b"\r\n", b"\n"), object_format)
        blob = kept if kept == file.new_oid else blob
    blank = blank._replace(blob=blob)
    if blank.blob != file.new_oid:
        return blank._replace(changed=edited, fault="is on disk with other content than under review")
    found = executable(source, edited, excluded)
    if found is None:
        return blank._replace(changed=edited, fault="is not Python that this interpreter can compile")
    return blank._replace(
        changed=tuple(line for line in edited if line in found.lines),
        lines=frozenset(found.first_of(line) for line in edited) & found.lines,
        first=found.first,
        on_import=found.on_import,
        at_import=found.at_import,
    )


def _blob(content: bytes, object_format: str) -> str:
    """Return the object id git gives a blob (gitformat-pack: the type, the length, NUL, the content)."""
    digest = hashlib.sha256() if object_format == "sha256" else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content) + content)
    return digest.hexdigest()
