"""Patches: a stream of commits with their changed lines, read from one `git log -p` as it runs."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.git import REFETCH, error_line
from pytest_syncpoints.gather.process import Result
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_syncpoints.gather.git import StandIn

_MARK = b"\0\0"
_FORMAT = "%x00%x00%H%x00%P%x00%ct%x00%an <%ae>%x00%s%x00%b%x00"
_OPTIONS = (
    *(
        "-p",
        "--diff-merges=first-parent",
        "-U0",
        "-M",
        "-l400",
        f"--format={_FORMAT}",
        "--encoding=UTF-8",
        "--full-index",
        "--no-color",
    ),
    *("--no-ext-diff", "--no-textconv", "--no-relative", "--submodule=short", "--ignore-submodules=all"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=myers", "--inter-hunk-context=0", "-O/dev/null"),
)
# Plain lists, not records: hundreds of thousands of them pass in a second.
_ESCAPES = {b"n": b"\n", b"t": b"\t", b'"': b'"', b"\\": b"\\", b"r": b"\r", b"a": b"\a", b"b": b"\b"}


class PatchHunk(Record):
    """One run of changed lines without context: where it starts on both sides, and the lines without terminators."""

    old_start: int
    new_start: int
    removed: list[bytes]
    added: list[bytes]


class PatchFile:
    """One changed path of a patch; a renamed one has the ``old_path`` it came from, a deleted one is ``gone``."""

    __slots__ = ("gone", "hunks", "new", "old_path", "path")

    def __init__(self) -> None:
        """Start empty; the parser fills it line by line."""
        self.path = self.old_path = ""
        self.new = self.gone = False
        self.hunks: list[PatchHunk] = []


class Patch(Record):
    """One commit with its changes against its first parent; ``at`` is the committer's date, seconds since the epoch."""

    sha: str
    parents: tuple[str, ...]
    at: int
    author: str
    subject: str
    body: str
    files: list[PatchFile]
    unread: tuple[str, ...] = ()


def read_patches(git: StandIn, commits: Sequence[str]) -> Iterator[Patch]:
    """Yield these commits in this order, each against its first parent.

    A blob this clone does not have (a partial clone, a snapshot without its largest files) ends git's stream; that
    commit is then read path by path, and what stays unread is named in ``unread``.
    """
    at = 0
    while at < len(commits):
        stream = _Stream(git, commits[at:])
        held: Patch | None = None
        for patch in stream:  # one is held back: where git stops, the last it began is not whole
            if held is not None:
                yield held
                at += 1
            held = patch
        if held is not None:
            yield held if stream.whole else _path_by_path(git, held)
            at += 1
        elif at < len(commits):
            yield _path_by_path(git, _without_files(git, commits[at], stream.result))
            at += 1


class _Stream:
    """One run of `git log` over a list of commits, and how it ended."""

    def __init__(self, git: StandIn, commits: Sequence[str]) -> None:
        self._process = git.start("log", "--no-walk=unsorted", *_OPTIONS, "--stdin", "--")
        self._commits = commits
        self.whole = False
        self.result = Result(0, b"", b"")

    def __iter__(self) -> Iterator[Patch]:
        process = self._process
        try:
            process.write("".join(f"{commit}\n" for commit in self._commits).encode("ascii"))
            process.end_input()
            yield from parse_patches(_lines(process.read))
            self.result = process.collect()
            self.whole = self.result.status == 0
        except BaseException:
            process.kill()
            raise


def _without_files(git: StandIn, commit: str, stopped: Result) -> Patch:
    """Return a commit whose difference git could not even begin to print."""
    found = git.ask("log", "--no-walk", "-s", f"--format={_FORMAT}", "--encoding=UTF-8", commit, "--")
    patch = next(parse_patches(iter(found.stdout.split(b"\n"))), None)
    if found.status or patch is None:
        raise missing_objects(stopped)
    return patch


def _path_by_path(git: StandIn, patch: Patch) -> Patch:
    listing = ("diff-tree", "-r", "-m", "--root", "--first-parent", "--no-commit-id", "--no-renames")
    listed = git.ask(*listing, "-z", "--name-only", "--ignore-submodules=all", patch.sha)
    names = [name for name in listed.stdout.split(b"\0") if name]
    files: list[PatchFile] = []
    unread = []
    for name in names:
        path = name.decode("utf-8", "surrogateescape")
        found = git.ask(*listing, "-p", "-U0", "--full-index", patch.sha, "--", path)
        lines = iter([_EMPTY_HEADER, *found.stdout.split(b"\n")])
        if found.status:
            unread.append(path)
        else:
            files += next(parse_patches(lines)).files
    return patch._replace(files=files, unread=tuple(unread))


_EMPTY_HEADER = b"\0\0" + b"0\0\x000\0" + b"\0" * 4


def first_parents(git: StandIn, *revisions: str) -> list[str]:
    """Return the commits on the first-parent line of a range, oldest first."""
    return _rev_list(git, "--first-parent", *revisions)


def ordinary_commits(git: StandIn, *revisions: str) -> list[str]:
    """Return the commits of a range that have one parent or none, oldest first."""
    return _rev_list(git, "--no-merges", *revisions)


def _rev_list(git: StandIn, *words: str) -> list[str]:
    return git.answer("rev-list", "--reverse", "--topo-order", *words, "--").decode("ascii").split()


def missing_objects(result: Result) -> CannotEvaluate:
    """Return the error for a log that stopped: nearly always an object this clone does not have."""
    return CannotEvaluate(f"git could not read this history: {error_line(result)}", remedy=REFETCH)


def _lines(read: Callable[[int], bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := read(1 << 20):
        pieces = (rest + chunk).split(b"\n") if rest else chunk.split(b"\n")
        rest = pieces.pop()
        yield from pieces
    if rest:
        yield rest


def parse_patches(lines: Iterator[bytes]) -> Iterator[Patch]:
    """Read the log's lines. Content is consumed by the counts of its hunk header, never by its look."""
    patch: Patch | None = None
    file = PatchFile()
    for line in lines:
        if line.startswith(b"@@ ") and patch is not None:
            file.hunks.append(_hunk(line, lines))
        elif line.startswith(b"diff --git ") and patch is not None:
            file = PatchFile()
            patch.files.append(file)
        elif line.startswith(_MARK):
            if patch is not None:
                yield patch
            patch = _header(line, lines)
        elif line.startswith(_KNOWN):
            _describe(line, file)
    if patch is not None:
        yield patch


_KNOWN = (b"--- ", b"+++ ", b"rename ", b"new file", b"deleted file")


def _describe(line: bytes, file: PatchFile) -> None:
    if line.startswith((b"--- a/", b'--- "a/')):
        file.path = file.path or _name(line[4:], 2)
    elif line.startswith((b"+++ b/", b'+++ "b/')):
        file.path = _name(line[4:], 2)
    elif line.startswith(b"rename from "):
        file.old_path = _name(line[12:], 0)
    elif line.startswith(b"rename to "):
        file.path = _name(line[10:], 0)
    elif line.startswith(b"new file"):
        file.new = True
    elif line.startswith(b"deleted file"):
        file.gone = True


def _name(text: bytes, prefix: int) -> str:
    """Return a path as git wrote it: perhaps quoted like a C string, perhaps followed by a tab."""
    if text.startswith(b'"'):
        text = _unquoted(text[1 : text.rindex(b'"')])
    elif text.endswith(b"\t"):
        text = text[:-1]
    return text[prefix:].decode("utf-8", "surrogateescape")


def _unquoted(text: bytes) -> bytes:
    result, at = bytearray(), 0
    while at < len(text):
        if text[at] != 0x5C:
            result.append(text[at])
            at += 1
        elif text[at + 1 : at + 4].isdigit():
            result.append(int(text[at + 1 : at + 4], 8))
            at += 4
        else:
            result += _ESCAPES.get(text[at + 1 : at + 2], text[at + 1 : at + 2])
            at += 2
    return bytes(result)


def _hunk(header: bytes, lines: Iterator[bytes]) -> PatchHunk:
    old, new = header[3 : header.index(b" @@", 3)].split(b" ")
    old_start, _, old_count = old[1:].partition(b",")
    new_start, _, new_count = new[1:].partition(b",")
    removed = _side(lines, int(old_count or 1))
    added = _side(lines, int(new_count or 1))
    return PatchHunk(int(old_start), int(new_start), removed, added)


def _side(lines: Iterator[bytes], count: int) -> list[bytes]:
    side: list[bytes] = []
    while len(side) < count:
        line = next(lines, None)
        if line is None:
            raise CannotEvaluate("git's log ended in the middle of a patch", remedy="git fsck --connectivity-only")
        if not line.startswith(b"\\"):  # "\ No newline at end of file"
            side.append(line[1:])
    return side


def _header(line: bytes, lines: Iterator[bytes]) -> Patch:
    while line.count(b"\0") < 8:
        following = next(lines, None)
        if following is None:
            raise CannotEvaluate("git's log ended in the middle of a commit", remedy="git fsck --connectivity-only")
        line += b"\n" + following
    fields = [field.decode("utf-8", "surrogateescape") for field in line[2:].split(b"\0")]
    sha, parents, at, author, subject, body = fields[:6]
    return Patch(sha, tuple(parents.split()), int(at), author, subject, body, [])
