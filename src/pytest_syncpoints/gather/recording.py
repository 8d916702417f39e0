"""Recording: a sign-off written into the repository, whole or not at all; index and worktree stay as they are."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import answer, ask, error_line
from pytest_syncpoints.gather.keys import writing
from pytest_syncpoints.signed_note import NOTES_REF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.git import Repository


def add_note_line(repository: Repository, commit: str, line: str) -> None:
    """Add a line to a commit's note, in the form that ``cat_sort_uniq`` merges leave: sorted, each line once."""
    own = writing(repository)
    present = ask(own, "notes", f"--ref={NOTES_REF}", "show", commit)
    lines = set(present.stdout.split(b"\n") if present.status == 0 else ()) - {b""}
    content = b"".join(found + b"\n" for found in sorted(lines | {line.encode("utf-8", "surrogateescape")}))
    blob = answer(own, "hash-object", "-w", "--stdin", stdin=content).decode("ascii").strip()
    _write(own, "notes", f"--ref={NOTES_REF}", "add", "-f", "-C", blob, commit)


def add_empty_commit(repository: Repository, head: str, message: str) -> str:
    """Put an empty commit on top of HEAD, if HEAD is still ``head``, and return its id.

    It is made of HEAD's own tree and only then becomes HEAD: what is staged stays staged.
    """
    own = writing(repository)
    tree = answer(own, "rev-parse", "--verify", f"{head}^{{tree}}").decode("ascii").strip()
    text = message.encode("utf-8", "surrogateescape")
    made = ask(own, "commit-tree", tree, "-p", head, "-F", "-", stdin=text)
    commit = made.stdout.decode("ascii", "replace").strip()
    if made.status != 0:
        raise _not_written(error_line(made))
    _write(own, "update-ref", "-m", "syncpoints signoff", "HEAD", commit, head)
    return commit


def _write(repository: Repository, *words: str) -> None:
    result = ask(repository, *words)
    if result.status != 0:
        raise _not_written(error_line(result))


def _not_written(said: str) -> CannotEvaluate:
    return CannotEvaluate(f"the sign-off was not written: {said}", remedy="git status")
