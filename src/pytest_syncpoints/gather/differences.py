"""Differences: git's byte-exact list of changed paths with the changed lines, as FileChange values."""

from __future__ import annotations

from pytest_syncpoints.change import GITLINK, NO_MODE, FileChange, Hunk
from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import REFETCH, error_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.process import Result

# Said in full, so that no configuration can change a byte; Myers because the digest of a sign-off names it. One
# line of context, never none: with none git cuts off the common end of both files before it compares (trim_common_tail
# in its xdiff-interface.c), and then counts other lines as changed than `git diff --numstat` and every forge show.
LIST_OPTIONS = (
    "-r",
    "-z",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--ignore-submodules=none",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--no-color",
    "-O/dev/null",
)
OPTIONS = (
    *LIST_OPTIONS,
    "-p",
    "--full-index",
    "-U1",
    "--inter-hunk-context=0",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--submodule=short",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


class _Raw:
    """One record of the raw list."""

    __slots__ = ("new_mode", "new_oid", "old_mode", "old_oid", "path", "status")

    def __init__(self, header: bytes, path: bytes) -> None:
        fields = header.decode("ascii").split(" ")
        if len(fields) != 5 or not header.startswith(b":"):
            raise CannotEvaluate(f"git listed a change in a form that is not known: {header!r}", remedy="git --version")
        self.old_mode, self.new_mode = fields[0][1:], fields[1]
        self.old_oid, self.new_oid, self.status = fields[2], fields[3], fields[4]
        self.path = path.decode("utf-8", "surrogateescape")


def parse_differences(result: Result) -> tuple[FileChange, ...]:
    """Read the output of ``diff-tree``/``diff-index`` run with ``OPTIONS``.

    The list comes first, NUL-separated, then the patch, whose blocks follow in the same order: each block is
    matched to its record by position *and* by both object ids, and line counts come from the hunk headers, so
    no file name and no content can be taken for structure. Raises CannotEvaluate where anything disagrees.
    """
    if result.status != 0:
        raise CannotEvaluate(f"git could not compare the two sides: {error_line(result)}", remedy=REFETCH)
    output = result.stdout
    records, patch_at = _records(output)
    if any(record.status == "U" for record in records):
        paths = ", ".join(sorted({record.path for record in records if record.status == "U"})[:3])
        raise CannotEvaluate(f"the index has unmerged paths: {paths}", remedy="resolve them, then: git add <path>")
    blocks = _blocks(output[patch_at:])
    return tuple(_file(record, blocks) for record in records)


def _records(output: bytes) -> tuple[list[_Raw], int]:
    records = []
    at = 0
    while output.startswith(b":", at):
        header_end = output.index(b"\0", at)
        path_end = output.index(b"\0", header_end + 1)
        records.append(_Raw(output[at:header_end], output[header_end + 1 : path_end]))
        at = path_end + 1
    return records, at + 1  # one NUL parts the list from the patch


class _Block:
    """One ``diff --git`` block: object ids, whether git calls the sides binary, and its hunks."""

    __slots__ = ("binary", "hunks", "ids")

    def __init__(self) -> None:
        self.ids: tuple[str, str] | None = None
        self.binary = False
        self.hunks: list[Hunk] = []


def _blocks(patch: bytes) -> Iterator[_Block]:
    """Yield the blocks of a patch. Content is consumed by the counts of its hunk header, never by its look."""
    lines = patch.split(b"\n")
    at, end = 0, len(lines) - 1  # the last piece follows the final newline
    block: _Block | None = None
    while at < end:
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            if block is not None:
                yield block
            block = _Block()
        elif block is None:
            raise CannotEvaluate(
                f"git printed a patch in a form that is not known: {line[:60]!r}", remedy="git --version"
            )
        elif line.startswith(b"@@ "):
            hunks, at = _hunks(line, lines, at)
            block.hunks += hunks
        elif line.startswith(b"index "):
            old, _, new = line[6:].split(b" ", 1)[0].decode("ascii").partition("..")
            block.ids = (old, new)
        elif line.startswith(b"Binary files "):
            block.binary = True
    if block is not None:
        yield block


def _hunks(header: bytes, lines: list[bytes], at: int) -> tuple[list[Hunk], int]:
    """Read one printed hunk, and part it at its context lines into hunks without any."""
    old_start, old_lines, new_start, new_lines = _positions(header)
    old_at, new_at = old_start + (not old_lines), new_start + (not new_lines)  # an empty side names the line before it
    old_end, new_end = old_at + old_lines, new_at + new_lines
    hunks = []
    while old_at < old_end or new_at < new_end:
        same, at = _side(lines, at, min(old_end - old_at, new_end - new_at), b" ")
        old_at, new_at = old_at + len(same), new_at + len(same)
        removed, at = _side(lines, at, old_end - old_at, b"-")
        added, at = _side(lines, at, new_end - new_at, b"+")
        if removed or added:
            starts = (old_at - (not removed), len(removed), new_at - (not added), len(added))
            hunks.append(Hunk(*starts, removed, added))
        elif not same:
            raise CannotEvaluate("git printed a hunk shorter than its header says", remedy="git --version")
        old_at, new_at = old_at + len(removed), new_at + len(added)
    return hunks, at


def _positions(header: bytes) -> tuple[int, int, int, int]:
    old, new = header[3 : header.index(b" @@", 3)].split(b" ")
    old_start, _, old_lines = old[1:].partition(b",")
    new_start, _, new_lines = new[1:].partition(b",")
    return int(old_start), int(old_lines or 1), int(new_start), int(new_lines or 1)


def _side(lines: list[bytes], at: int, most: int, sign: bytes) -> tuple[tuple[bytes, ...], int]:
    """Take the lines that start with a sign, at most so many, and give each its end back."""
    start, stop = at, min(at + most, len(lines))
    while at < stop and lines[at].startswith(sign):
        at += 1
    whole = [line[1:] + b"\n" for line in lines[start:at]]
    if whole and lines[at].startswith(b"\\"):  # "\ No newline at end of file"
        whole[-1] = whole[-1][:-1]
        at += 1
    return tuple(whole), at


def _file(record: _Raw, blocks: Iterator[_Block]) -> FileChange:
    sides = [_take(record, blocks)]
    if _is_split(record):
        sides.append(_take(record, blocks))
    hunks = tuple(hunk for side in sides for hunk in side.hunks)
    if record.status not in ("A", "D", "M", "T"):
        raise CannotEvaluate(f"git reported the unknown status {record.status!r}", remedy="git --version")
    return FileChange(
        path=record.path,
        status=record.status,  # type: ignore[arg-type]  # narrowed by the line above
        old_mode=record.old_mode,
        new_mode=record.new_mode,
        old_oid=record.old_oid,
        new_oid=record.new_oid,
        added=sum(hunk.new_lines for hunk in hunks),
        deleted=sum(hunk.old_lines for hunk in hunks),
        binary=any(side.binary for side in sides),
        hunks=hunks,
    )


def _is_split(record: _Raw) -> bool:
    """Say whether git prints two blocks: where the kind of file changes it prints a deletion and an addition."""
    kinds = {mode[:3] for mode in (record.old_mode, record.new_mode) if mode != NO_MODE}
    return len(kinds) == 2


def _take(record: _Raw, blocks: Iterator[_Block]) -> _Block:
    block = next(blocks, None)
    if block is None:
        raise CannotEvaluate(f"git listed {record.path!r} but printed no patch for it", remedy="git --version")
    if block.ids is not None and not _belongs(block.ids, record):
        raise CannotEvaluate(f"git's list and its patch disagree about {record.path!r}", remedy="git --version")
    return block


def _belongs(ids: tuple[str, str], record: _Raw) -> bool:
    old, new = ids
    return old in (record.old_oid, "0" * len(old)) and (
        new in (record.new_oid, "0" * len(new)) or record.new_mode == GITLINK
    )


def pair_renames(files: tuple[FileChange, ...], pairs: dict[str, str]) -> tuple[FileChange, ...]:
    """Return the list with each addition told its source and each source told where it went.

    ``pairs`` maps new to old paths as git's similarity found them; identical content is paired here (empty
    files are not: any two of them are alike, which says nothing).
    """
    gone = {file.old_oid: file.path for file in reversed(files) if file.status == "D" and _has_content(file)}
    together = dict(pairs)
    taken = set(together.values())
    for file in files:
        source = gone.get(file.new_oid)
        if file.status == "A" and file.path not in together and source is not None and source not in taken:
            together[file.path] = source
            taken.add(source)
    backwards = {old: new for new, old in together.items()}
    return tuple(
        file._replace(old_path=together[file.path])
        if file.path in together
        else (file._replace(renamed_to=backwards[file.path]) if file.path in backwards else file)
        for file in files
    )


def _has_content(file: FileChange) -> bool:
    return not file.is_gitlink and (file.binary or bool(file.hunks))


def unpaired(files: tuple[FileChange, ...]) -> bool:
    """Say whether git's similarity search could find a rename: something was added and something deleted."""
    added = any(file.status == "A" and file.old_path is None and not file.is_gitlink for file in files)
    return added and any(file.status == "D" and file.renamed_to is None and not file.is_gitlink for file in files)


def parse_renames(output: bytes) -> dict[str, str]:
    """Read ``diff-tree -r -z --raw -M --diff-filter=R``: new path to old path."""
    fields = output.split(b"\0")
    pairs = {}
    for at in range(0, len(fields) - 2, 3):
        old, new = (name.decode("utf-8", "surrogateescape") for name in fields[at + 1 : at + 3])
        pairs[new] = old
    return pairs
