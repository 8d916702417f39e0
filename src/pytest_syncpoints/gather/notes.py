"""Notes: every signed line below ``refs/notes/syncpoints``, with the commit its note hangs on."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import answer, ask, is_object_id
from pytest_syncpoints.signed_note import NOTES_REF, from_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.signed_note import SignedNote

_LARGEST_NOTE = 1 << 20


def read_notes(repository: Repository, objects: Objects, ref: str = NOTES_REF) -> Iterator[tuple[str, SignedNote]]:
    """Yield commit and line of every well-formed signed line; a note of more than 1 MiB is passed over."""
    if objects.ask(ref) is None:
        return
    output = answer(repository, "ls-tree", "-r", "-z", "-l", "--full-tree", ref)
    for record in output.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        facts, _, path = record.partition("\t")
        _, kind, oid, size = facts.split()
        commit = path.replace("/", "")  # git spreads notes over folders once they are many
        if kind != "blob" or not size.isdigit() or int(size) > _LARGEST_NOTE or not is_object_id(commit):
            continue
        for line in objects.blob(oid).decode("utf-8", "surrogateescape").split("\n"):
            note = from_line(line)
            if note is not None:
                yield commit, note


def repository_id(repository: Repository, base: str) -> str:
    """Return what names a repository in a note: the first commit of the target along first parents.

    Raises CannotEvaluate in a shallow clone, which lacks it.
    """
    if repository.shallow:
        raise CannotEvaluate(
            "signed notes name the repository's first commit, which this shallow clone lacks",
            remedy="git fetch --unshallow",
        )
    result = ask(repository, "rev-list", "--first-parent", "--max-parents=0", base, "--")
    found = result.stdout.decode("ascii", "replace").split()
    if result.status != 0 or not found:
        raise CannotEvaluate("the repository's first commit cannot be read", remedy="git fsck --connectivity-only")
    return found[-1]
