"""Blame: which removed or changed lines an earlier fix or revert had added; the change may reopen what it mended."""

from __future__ import annotations

from pytest_syncpoints.report import News
from pytest_syncpoints.risk.lines import comment_starts, is_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.gather.git import StandIn
    from pytest_syncpoints.gather.history import History, IndexedCommit
    from pytest_syncpoints.gather.process import Process

# Bounds, so that a change of ten thousand files costs what one of twenty does.
_MOST_FILES = 20
_MOST_LINES = 400
_MOST_NEWS = 10


def fixed_lines(history: History, git: StandIn, base: str, files: Iterable[FileChange]) -> Iterator[News]:
    """Yield, per file and fix, the old lines that this change alters and that a fix or a revert had added.

    Asked of `git blame` at the base, for files the index knows a fix of; lines without code are not looked at. At
    most ten are told, of at most 20 files and 400 lines each.
    """
    told = 0
    candidates = [file for file in files if _could_undo(file, history)]
    for file in candidates[:_MOST_FILES]:
        for commit, lines in _fixes(history, _blamed(git, base, file), _code_lines(file)):
            if told < _MOST_NEWS:
                yield _news(file.path, commit, lines)
            told += 1


def _could_undo(file: FileChange, history: History) -> bool:
    if file.status != "M" or not any(hunk.removed for hunk in file.hunks):
        return False
    return any(commit.fix or commit.revert for commit in history.touching(file.path))


def _code_lines(file: FileChange) -> frozenset[int]:
    comments = comment_starts(file.path)
    return frozenset(
        hunk.old_start + offset
        for hunk in file.hunks
        for offset, line in enumerate(hunk.removed)
        if is_code(line.strip(), comments)
    )


def _blamed(git: StandIn, base: str, file: FileChange) -> dict[int, str]:
    """Return the commit that each removed line of a file is from, by its line number at the base."""
    spans, left = [], _MOST_LINES
    for hunk in file.hunks:
        count = min(len(hunk.removed), left)
        left -= count
        if count:
            spans.append((hunk.old_start, count))
    return commits_of_lines(blame(git, base, file.path, spans).collect().stdout)


def blame(git: StandIn, base: str, path: str, spans: Iterable[tuple[int, int]], *more: str) -> Process:
    """Start `git blame` of some spans of a file at a commit, each its first line (from 1) and how many."""
    ranges = (f"-L{start},+{count}" for start, count in spans)
    return git.start("blame", "--incremental", "-w", *more, *ranges, base, "--", path)


def commits_of_lines(output: bytes) -> dict[int, str]:
    """Return the commit that each line is from, by its line number, as `git blame --incremental` prints them."""
    found: dict[int, str] = {}
    for line in output.split(b"\n"):
        fields = line.split(b" ")
        if len(fields) == 4 and len(fields[0]) in (40, 64) and fields[3].isdigit():
            start, count = int(fields[2]), int(fields[3])
            found.update(dict.fromkeys(range(start, start + count), fields[0].decode("ascii")))
    return found


def _fixes(history: History, blamed: dict[int, str], code: frozenset[int]) -> Iterator[tuple[IndexedCommit, list[int]]]:
    by_commit: dict[str, list[int]] = {}
    for number in sorted(blamed):
        if number in code:
            by_commit.setdefault(blamed[number], []).append(number)
    for sha, lines in by_commit.items():
        commit = history.commit(sha)
        if commit is not None and (commit.fix or commit.revert):
            yield commit, lines


def _news(path: str, commit: IndexedCommit, lines: list[int]) -> News:
    kind = "revert" if commit.revert else "fix"
    where = f"line {lines[0]}" if len(lines) == 1 else f"{len(lines)} lines from {lines[0]} on"
    verb = "was" if len(lines) == 1 else "were"
    text = f"{where}, removed or changed here, {verb} added by a {kind}: {commit.subject}"
    return News(f"lines of a {kind}", text, commit.sha, path)
