"""Standing: the sentences that say of a sign-off why it holds or lapsed, and what is left to read."""

from __future__ import annotations

from pytest_syncpoints.claims import SHORT
from pytest_syncpoints.signoff import changed_paths, same_digest, scope_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.claims import Scope
    from pytest_syncpoints.signoff import SignOff

_MOST_NAMED = 3  # more changed files than these are counted, not listed
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_")
_KINDS = {"review": "approval", "signature": "signature", "trailer": "sign-off"}


def whose(claim: SignOff, context: ReviewContext) -> str:
    """Return what people call whoever gave a claim."""
    return context.people.called(claim.person)


def holds(claim: SignOff, scope: Scope, context: ReviewContext) -> str:
    """Return why a sign-off still counts: what it covers is as it was, whatever happened around it since."""
    where = "of" if claim.source == "review" else "in"
    given = f"{whose(claim, context)}'s {_KINDS[claim.source]} {where} {claim.where[:SHORT]} holds"
    if scope.bind == "none":
        return f"{given}: it is not bound to content"
    caveat = f"; {claim.caveat}" if claim.caveat else ""
    return f"{given}: {_covered(scope)} unchanged{_since(claim, context)}{caveat}"


def _covered(scope: Scope) -> str:
    label = f"{scope.names[0]} " if len(scope.names) == 1 else ""
    tail = "" if label else " it covers"
    if len(scope.files) == 1:
        return f"the {label}file{tail} is"
    return f"the {len(scope.files)} {label}files{tail} are"


def _since(claim: SignOff, context: ReviewContext) -> str:
    """Return what came after the commit a sign-off was given on; only the change's own history is looked at."""
    commits = [commit.sha for commit in context.change.commits]
    if not claim.commit or not commits or context.change.head is None:
        return ""
    if claim.commit not in commits:
        return " (rebased since)"
    later = commits.index(claim.commit)
    return f" ({later} commit{'s' * (later > 1)} since)" if later else ""


def lapsed(claim: SignOff, scope: Scope, context: ReviewContext) -> str:
    """Return why a sign-off no longer counts, and the command that shows what is left to read."""
    paths = _changed_since(claim, scope, context)
    given = f"{whose(claim, context)}'s {_KINDS[claim.source]}"
    if not paths:
        return f"{given} in {claim.where[:SHORT]} lapsed: what {scope.syncpoint.name} covers changed since"
    command = " ".join(quoted(word) for word in _reading(claim.commit, paths, context))
    return f"{given} lapsed: {_named(paths)} changed; read only: {command}"


def _changed_since(claim: SignOff, scope: Scope, context: ReviewContext) -> tuple[str, ...]:
    """Return the files of the scope that differ from what was signed; none where that cannot be told."""
    at = context.reviewed.get(claim.commit)
    if at is None or at.fault:
        return ()
    before = [file for file in at.files if scope.covers(file.path)]
    if not same_digest(claim.digest, scope_digest(before, at.old_blobs, bind=scope.bind)):
        return ()  # the commit itself was rewritten: what it was given on is gone
    return changed_paths(before, at.old_blobs, scope.files, context.old_blobs, bind=scope.bind)


def _named(paths: Sequence[str]) -> str:
    names = [path.rpartition("/")[2] for path in paths]
    if len(names) == 1:
        return names[0]
    if len(names) <= _MOST_NAMED:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"


def _reading(commit: str, paths: Sequence[str], context: ReviewContext) -> list[str]:
    sides = {"staged": ["--cached", commit[:SHORT]], "worktree": [commit[:SHORT]]}
    if len(paths) <= _MOST_NAMED:
        shown = list(paths)
    else:
        folder = _common_folder(paths)
        shown = [folder] if folder else []
    literal = [f"./{path}" if path.startswith(":") else path for path in shown]  # a colon begins pathspec magic
    return [
        "git",
        "diff",
        *sides.get(context.change.kind, [commit[:SHORT], "HEAD"]),
        *(["--", *literal] if literal else []),
    ]


def _common_folder(paths: Sequence[str]) -> str:
    first, last = min(paths), max(paths)
    length = next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))
    return first[: first.rfind("/", 0, length) + 1]


def quoted(word: str) -> str:
    """Return a word as a POSIX shell reads it back."""
    if word and _PLAIN.issuperset(word):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"
