"""Touches: what each of many branches does to which lines, by one listing of paths and one difference of contents."""

from __future__ import annotations

import re

from pytest_syncpoints.gather.entries import listed_paths
from pytest_syncpoints.gather.git import StandIn, evaluation_error
from pytest_syncpoints.gather.target_since import target_since
from pytest_syncpoints.loops.collisions import Touch, mapped, near, span
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.gather.entries import Blobs, Entry
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.target_since import TargetSince
    from pytest_syncpoints.loops.collisions import Branch

    Moves = tuple[tuple[int, int, int, int], ...]

# `git merge` itself compares contents by the histogram algorithm (git-merge, ort): other hunks could miss a conflict.
_CONTENTS = ("diff-tree", "-p", "-U0", "--no-renames", "--full-index", "--diff-algorithm=histogram")
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-prefix")
_PUBLIC = re.compile(rb"^[-+] {0,4}(?:async )?(?:def|class) ([A-Za-z]\w*)", re.MULTILINE)
_LINES = frozenset(("100644", "100755", "120000"))  # modes of what has lines; a submodule has none


class _Difference(Record):
    """What changes from one content to another: its hunks, and the public names whose ``def`` or ``class`` moves."""

    hunks: Moves
    api: tuple[str, ...]
    lines: int


def with_touches(
    repository: Repository, branches: tuple[Branch, ...], target: str, *, counted: bool = False
) -> tuple[Branch, ...]:
    """Return the branches with what each touches, in lines of the target's tip.

    Contents are compared only where another branch, or the target since, changes the same path; with ``counted``
    everywhere, and ``Touch.lines`` says how many lines each change has.
    """
    with StandIn(repository, writable=True) as stand_in:
        listed = listed_paths(stand_in, ((branch.sha, branch.base) for branch in branches))
        since = target_since(repository, stand_in, branches, listed, target)
        wanted = set(_wanted(branches, listed, since, target, counted=counted))
        names = {entry.blobs for rows in listed.values() for entry in rows if entry.path.endswith(".py")}
        known = _differences(stand_in, sorted(wanted), names)
    return tuple(_touching(branch, listed.get(branch.sha, []), since, known, target) for branch in branches)


def _wanted(
    branches: tuple[Branch, ...],
    listed: dict[str, list[Entry]],
    since: TargetSince,
    target: str,
    *,
    counted: bool,
) -> Iterable[Blobs]:
    """Yield the pairs of contents whose lines are needed: of shared paths, and from a merge base to the target."""
    count: dict[str, int] = {}
    for rows in listed.values():
        for entry in rows:
            count[entry.path] = count.get(entry.path, 0) + 1
    for branch in branches:
        for entry in listed.get(branch.sha, ()):
            moved = branch.base != target and since.blob(entry.path) != entry.blobs[0]
            if _LINES.issuperset(mode for mode in entry.modes if mode != "000000"):
                if counted or (entry.status == "M" and (moved or count[entry.path] > 1)):
                    yield entry.blobs
                if moved and entry.status == "M" and since.files.get(entry.path, ("",))[0] in _LINES:
                    yield entry.blobs[0], since.blob(entry.path)


def _touching(
    branch: Branch, rows: list[Entry], since: TargetSince, known: dict[Blobs, _Difference], target: str
) -> Branch:
    touches: dict[str, Touch] = {}
    overtaken = []
    taken = {entry.path for entry in rows if entry.status == "D"}
    for entry in rows:
        found = known.get(entry.blobs)
        hunks = found.hunks if found and entry.status == "M" and _same_mode(entry.modes) else ()
        spans: tuple[tuple[int, int], ...] | None = tuple(span(old, lines) for old, lines, _, _ in hunks) or None
        if branch.base != target and since.blob(entry.path) != entry.blobs[0]:
            moves = known.get((entry.blobs[0], since.blob(entry.path))) if spans else None
            if moves is None or spans is None or near(spans, _old_spans(moves)):
                overtaken.append(entry.path)
            spans = mapped(spans, moves.hunks) if spans and moves and moves.hunks else None
        elif branch.base != target and since.moved_under(entry, taken):
            overtaken.append(entry.path)
        touch = Touch(entry.status, spans, found.api if found else (), found.lines if found else 0)
        touches[entry.path] = touch
        elsewhere = since.moved.get((branch.base, entry.path))
        if elsewhere is not None:  # git will follow it there; lines are not compared
            touches.setdefault(elsewhere, Touch("M"))
    return branch._replace(touches=touches, overtaken=tuple(overtaken))


def _old_spans(moves: _Difference) -> tuple[tuple[int, int], ...]:
    return tuple(span(old, lines) for old, lines, _, _ in moves.hunks)


def _same_mode(modes: tuple[str, str]) -> bool:
    return modes[0] == modes[1]


def _differences(stand_in: StandIn, wanted: list[Blobs], names: set[Blobs]) -> dict[Blobs, _Difference]:
    """Return what changes between pairs of contents; nothing of those that have no lines or are missing here.

    All pairs are compared by one git: as two folders, made in the stand-in, whose files are the pairs.
    """
    if not wanted:
        return {}
    result = _compared(stand_in, wanted)
    if result is None:  # git stops at the first content that is missing here (a partial clone)
        wanted = _present(stand_in, wanted)
        result = _compared(stand_in, wanted) if wanted else b""
    if result is None:
        raise evaluation_error(stand_in.ask("fsck", "--connectivity-only"), "diff-tree")
    numbers: dict[bytes, tuple[int, int, int, int]] = {}
    found = {}
    for block in (b"\n" + result).split(b"\ndiff --git ")[1:]:  # a line of content starts with a sign
        blobs = wanted[int(block[: block.index(b" ")])]
        hunks = []
        for piece in block.split(b"\n@@ ")[1:]:
            head = piece[: piece.index(b" @@")]
            if head not in numbers:
                numbers[head] = _numbers(head)
            hunks.append(numbers[head])
        if hunks:
            api = _PUBLIC.findall(block) if blobs in names and (b"def " in block or b"class " in block) else ()
            lines = sum(old + new for _, old, _, new in hunks)
            found[blobs] = _Difference(tuple(hunks), tuple(sorted({name.decode() for name in api})), lines)
    return found


def _compared(stand_in: StandIn, wanted: list[Blobs]) -> bytes | None:
    sides = (
        "".join(f"100644 blob {blobs[side]}\t{at}\n" for at, blobs in enumerate(wanted) if blobs[side])
        for side in (0, 1)
    )
    made = stand_in.ask("mktree", "--missing", "--batch", stdin="\n".join(sides).encode() + b"\n")
    trees = made.stdout.decode("ascii", "replace").split()
    if made.status != 0 or len(trees) != 2:
        raise evaluation_error(made, "mktree")
    result = stand_in.ask(*_CONTENTS, *_PLAIN, *trees)
    return result.stdout if result.status == 0 else None


def _present(stand_in: StandIn, wanted: list[Blobs]) -> list[Blobs]:
    oids = sorted({oid for blobs in wanted for oid in blobs if oid})
    asked = "".join(f"{oid}\n" for oid in oids).encode()
    said = stand_in.answer("cat-file", "--batch-check=%(objecttype)", stdin=asked).splitlines()
    here = {oid for oid, kind in zip(oids, said, strict=True) if kind == b"blob"} | {""}
    return [blobs for blobs in wanted if here.issuperset(blobs)]


def _numbers(head: bytes) -> tuple[int, int, int, int]:
    old, new = head.split(b" ")
    old_start, _, old_count = old[1:].partition(b",")
    new_start, _, new_count = new[1:].partition(b",")
    return int(old_start), int(old_count or 1), int(new_start), int(new_count or 1)
