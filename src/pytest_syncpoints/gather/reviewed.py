"""Reviewed changes: the change as it stood at another commit, so that what was signed can be compared with the head."""

from __future__ import annotations

from pytest_syncpoints.errors import SyncpointsError
from pytest_syncpoints.gather.base import Base
from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.git import is_object_id, resolve_quietly
from pytest_syncpoints.gather.ranges import base_range
from pytest_syncpoints.signoff import ReviewedChange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.ranges import Range


def read_reviewed(
    repository: Repository, objects: Objects, context: ReviewContext, commits: Iterable[str]
) -> dict[str, ReviewedChange]:
    """Return the change from its merge base with the target to each commit that is in this clone."""
    found = {}
    for commit in commits:
        if is_object_id(commit) and resolve_quietly(repository, commit) == commit:
            found[commit] = _at(repository, objects, context, commit)
    return found


def _at(repository: Repository, objects: Objects, context: ReviewContext, commit: str) -> ReviewedChange:
    try:
        chosen = base_range(repository, Base("", context.change.base or "", ""), commit)
        return change_of(repository, objects, context, chosen)
    except SyncpointsError as error:  # one commit that cannot be compared must not hide what the others say
        return ReviewedChange((), {}, f"{error.message}; {error.remedy}")


def change_of(repository: Repository, objects: Objects, context: ReviewContext, chosen: Range) -> ReviewedChange:
    """Return the files of a range, with the old contents its sync points bind."""
    files = Reading(repository, chosen).files()
    return ReviewedChange(files, {file.old_oid: objects.blob(file.old_oid) for file in _bound(files, context)})


def _bound(files: tuple[FileChange, ...], context: ReviewContext) -> list[FileChange]:
    scopes = [touched.scope for touched in context.touched]
    modified = (file for file in files if file.status in ("M", "T") and file.hunks and not file.is_gitlink)
    return [file for file in modified if any(scope.covers(file.path) for scope in scopes)]
