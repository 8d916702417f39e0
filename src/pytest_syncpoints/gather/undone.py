"""Undone: the earlier commit whose content a change exactly takes back, if there is one."""

from __future__ import annotations

from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.git import answer
from pytest_syncpoints.gather.ranges import commit_range
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.gather.git import Repository

MOST_COMMITS = 300  # of the target's history, that touch one of the changed paths
MOST_PATHS = 200  # a larger change is not looked up
MOST_COMPARED = 5  # commits whose lines are compared, after those whose blobs are


class Undone(Record):
    """A commit that a change takes back."""

    sha: str
    subject: str


def find_undone(repository: Repository, change: Change) -> Undone | None:
    """Return the latest commit below the merge base that changed the same paths just the other way round.

    Same paths and swapped object ids prove it; where other commits have changed the files since, the very lines that
    the commit added must be removed and those it removed be added, file by file and in order.
    """
    if change.merge_base is None or not change.files or len(change.files) > MOST_PATHS:
        return None
    paths = {file.path for file in change.files}
    alike = []
    for sha, subject, sides in _history(repository, change):
        if set(sides) != paths:
            continue
        if all(sides[file.path] == (file.new_oid, file.old_oid) for file in change.files):
            return Undone(sha, subject)
        alike.append(Undone(sha, subject))
    return next((one for one in alike[:MOST_COMPARED] if _takes_back(repository, one.sha, change)), None)


def _history(repository: Repository, change: Change) -> Iterator[tuple[str, str, dict[str, tuple[str, str]]]]:
    """Yield commits with their subject and, for each path, both object ids; merges against their first parent."""
    options = ("--raw", "-z", "-r", "--no-abbrev", "--no-renames", "--full-diff", "--diff-merges=first-parent")
    listed = answer(
        repository,
        "log",
        *options,
        "--no-show-signature",
        f"--max-count={MOST_COMMITS}",
        "--format=%x01%H%x00%s%x00",
        change.merge_base or "",
        "--",
        *sorted(file.path for file in change.files),
    )
    for part in listed.split(b"\x01")[1:]:
        sha, _, rest = part.partition(b"\0")
        subject, _, raw = rest.partition(b"\0")
        yield sha.decode("ascii", "replace"), subject.decode("utf-8", "replace"), dict(_sides(raw))


def _sides(raw: bytes) -> Iterator[tuple[str, tuple[str, str]]]:
    fields = raw.strip(b"\n\0").split(b"\0")
    for header, path in zip(fields[::2], fields[1::2], strict=False):
        words = header.strip().decode("ascii", "replace").split(" ")
        if len(words) == 5 and words[0].startswith(":"):
            yield path.decode("utf-8", "surrogateescape"), (words[2], words[3])


def _takes_back(repository: Repository, sha: str, change: Change) -> bool:
    theirs = {file.path: file for file in Reading(repository, commit_range(repository, sha)).files()}
    return all(_mirrors(file, theirs.get(file.path)) for file in change.files)


def _mirrors(file: FileChange, other: FileChange | None) -> bool:
    if other is None or file.binary or other.binary or file.is_gitlink:
        return False
    same_modes = (file.old_mode, file.new_mode) == (other.new_mode, other.old_mode)
    return same_modes and [(h.removed, h.added) for h in file.hunks] == [(h.added, h.removed) for h in other.hunks]
