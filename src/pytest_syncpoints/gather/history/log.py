"""Log: git's commits with their changed paths, parsed from one `git log --raw -z` as it runs."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_syncpoints.gather.git import StandIn

    # One path a commit changed against its first parent: the path, git's status letter, where a renamed file was.
    # A plain tuple: half a million of them pass while a repository is taken in.
    LoggedFile = tuple[bytes, str, bytes | None]

_FIELDS = (
    *("%H", "%P", "%at", "%ct", "%an", "%ae", "%cn", "%ce", "%s", "%b"),
    "%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)",
)
_COUNT = len(_FIELDS)
_FORMAT = "%x00".join(_FIELDS) + "%x00"
_RAW = ("-r", "-z", "--raw", "--no-abbrev", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv", "-O/dev/null")
RENAMES = ("-M", "-l400")
_LETTERS = {letter.encode(): letter for letter in "AMDT"}  # any other has a number behind it
EXACT_RENAMES = ("-M100%", "-l400")  # compares object ids alone: needs no blob


class LoggedCommit(Record):
    """One commit as git prints it."""

    sha: str
    parents: tuple[str, ...]
    authored_at: int
    committed_at: int
    author: tuple[bytes, bytes]
    committer: tuple[bytes, bytes]
    subject: bytes
    body: bytes
    trailers: bytes
    files: list[LoggedFile]


def read_log(git: StandIn, tips: Sequence[str], known: Sequence[str], renames: Sequence[str]) -> Iterator[LoggedCommit]:
    """Yield the commits reachable from ``tips`` and not from ``known``, newest first; merges come without files."""
    words = ("log", *_RAW, *renames, "--encoding=UTF-8", "--no-color", f"--format={_FORMAT}", "--ignore-missing")
    process = git.start("-c", "log.showRoot=true", *words, "--stdin", "--")
    try:
        process.write("".join(f"{tip}\n" for tip in (*tips, *(f"^{sha}" for sha in known))).encode("ascii"))
        process.end_input()
        yield from parse_log(_tokens(process.read))
        result = process.collect()
    except BaseException:
        process.kill()
        raise
    if result.status != 0:
        raise git.failed(result, "log")


def read_merges(
    git: StandIn, merges: Sequence[tuple[str, str]], renames: Sequence[str]
) -> Iterator[tuple[str, list[LoggedFile]]]:
    """Yield the files of merges against the parents named beside them."""
    process = git.start("diff-tree", *_RAW, *renames, "--always", "--stdin")
    stdin = "".join(f"{merge} {parent}\n" for merge, parent in merges).encode("ascii")
    result = process.collect(stdin)
    if result.status != 0:
        raise git.failed(result, "diff-tree")
    yield from _by_commit(result.stdout.split(b"\0"))


def _by_commit(tokens: list[bytes]) -> Iterator[tuple[str, list[LoggedFile]]]:
    at = 0
    while at < len(tokens) and tokens[at]:
        sha = tokens[at].decode("ascii")
        files, at = _files(tokens, at + 1)
        yield sha, files


def _tokens(read: Callable[[int], bytes]) -> Iterator[list[bytes]]:
    """Yield what comes between NULs, in batches as they arrive."""
    rest = b""
    while chunk := read(1 << 20):
        pieces = (rest + chunk).split(b"\0")
        rest = pieces.pop()
        yield pieces
    if rest:
        yield [rest]


def parse_log(batches: Iterator[list[bytes]]) -> Iterator[LoggedCommit]:
    """Read the tokens: a commit's fields are counted, the records behind them start with a colon."""
    tokens: list[bytes] = []
    for batch in batches:
        tokens += batch
        found, at = _whole_commits(tokens)
        yield from found
        tokens = tokens[at:]
    if tokens:
        found, at = _whole_commits([*tokens, b"", b".", b""])
        yield from found
        if any(tokens[at:]):
            raise CannotEvaluate("git's log ended in the middle of a commit", remedy="git fsck --connectivity-only")


def _whole_commits(tokens: list[bytes]) -> tuple[list[LoggedCommit], int]:
    """Return the commits these tokens hold to their end, and where the first that is not whole begins."""
    found: list[LoggedCommit] = []
    at, end = 0, len(tokens)
    while True:
        while at < end and tokens[at] in (b"", b"\n"):
            at += 1
        fields_end = at + _COUNT
        if fields_end >= end:
            return found, at
        while fields_end < end and tokens[fields_end] in (b"", b"\n"):
            fields_end += 1
        files, after = _files(tokens, fields_end)
        if after >= end - 1:  # what follows may belong to it
            return found, at
        found.append(_commit(tokens[at : at + _COUNT], files))
        at = after


def _files(tokens: list[bytes], at: int) -> tuple[list[LoggedFile], int]:
    files: list[LoggedFile] = []
    end = len(tokens)
    while at < end - 1:
        token = tokens[at]
        if not token.startswith((b":", b"\n:")):  # git sometimes puts an end of line between message and list
            break
        letter = _LETTERS.get(token[-1:]) or chr(token[token.rindex(b" ") + 1])
        if letter in "RC":
            if at + 2 >= end:
                return files, end
            files.append((tokens[at + 2], letter, tokens[at + 1]))
            at += 3
        else:
            files.append((tokens[at + 1], letter, None))
            at += 2
    return files, at


def _commit(fields: list[bytes], files: list[LoggedFile]) -> LoggedCommit:
    sha, parents, authored, committed, an, ae, cn, ce, subject, body, trailers = fields
    return LoggedCommit(
        sha.decode("ascii"),
        tuple(parents.decode("ascii").split()),
        _date(authored),
        _date(committed),
        (an, ae),
        (cn, ce),
        subject,
        body,
        trailers,
        files,
    )


def _date(text: bytes) -> int:
    """Return a date git could read; a commit without one it prints empty."""
    return min(int(text), (1 << 62)) if text.isdigit() else 0
