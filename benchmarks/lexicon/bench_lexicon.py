"""Compare lines of code and comment with those Pygments tells, on the changed files of a repository's last commits.

python benchmarks/lexicon/bench_lexicon.py REPOSITORY COMMITS [SECONDS]
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter

import pygments.lexers
from pygments.token import Comment, String
from pygments.util import ClassNotFound

from pytest_syncpoints.languages import family_of
from pytest_syncpoints.lexicon import lines_of
from pytest_syncpoints.line_kinds import CODE, COMMENT

MOST = 128 << 10


def git(repository: str, *words: str) -> bytes:
    return subprocess.run(("git", "-C", repository, *words), check=True, capture_output=True).stdout


def pygments_kinds(content: bytes, path: str) -> list[int] | None:
    """Return what Pygments says of each line: preprocessor lines, and the first one of a script, are code."""
    try:
        lexer = pygments.lexers.get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    text = content.decode().replace("\r\n", "\n")
    rows = [0] * (text.count("\n") + 1)
    at = 0
    for kind, value in lexer.get_tokens(text):
        comment = kind in Comment and kind not in Comment.Preproc and kind not in Comment.PreprocFile
        comment = (comment and kind not in Comment.Hashbang) or kind in String.Doc
        for n, part in enumerate(value.split("\n")):
            at += n > 0
            if part.strip():
                rows[at] = max(rows[at], COMMENT if comment else CODE)
    return rows


def main(repository: str, commits: int, seconds: float) -> None:
    shas = git(repository, "log", "--no-merges", f"-{commits}", "--format=%H").decode().split()
    totals: Counter[str] = Counter()
    fewer: list[str] = []
    ours = theirs = 0.0
    seen: set[str] = set()
    started, done = time.monotonic(), 0
    for sha in shas:
        if time.monotonic() - started > seconds:
            break
        done += 1
        raw = git(repository, "show", "--format=", "--raw", "--no-abbrev", "--no-renames", "-z", sha).split(b"\0")
        for meta, name in zip(raw[::2], raw[1::2], strict=False):
            path, (_, mode, _, oid, _) = name.decode("utf-8", "replace"), meta.decode().split()
            if not family_of(path) or oid in seen or mode not in ("100644", "100755"):
                continue
            seen.add(oid)
            content = git(repository, "cat-file", "blob", oid)
            if len(content) > MOST:
                totals["too large"] += 1
                continue
            start = time.process_time()
            lines = lines_of(content, family_of(path))
            ours += time.process_time() - start
            if lines is None:
                totals["not told"] += 1
                continue
            start = time.process_time()
            other = pygments_kinds(content, path)
            theirs += time.process_time() - start
            if other is None:
                totals["Pygments knows it not"] += 1
                continue
            totals["files"] += 1
            totals["bytes"] += len(content)
            for at, (line, kind) in enumerate(zip(lines, other, strict=False)):
                if line.kind == kind:
                    totals["same"] += 1
                    totals["same comments"] += kind == COMMENT
                elif kind == CODE:
                    totals["FEWER"] += 1
                    fewer.append(f"{oid[:10]} {path}:{at + 1} {content.splitlines()[at][:90]!r}")
                elif kind == COMMENT:
                    totals["comments we call code"] += 1
                else:
                    totals["blank lines in strings we call code"] += 1
    print(repository, f"{done} commits", dict(totals), f"ours {ours:.1f} s, Pygments {theirs:.1f} s")
    print(*fewer[:: max(1, len(fewer) // 30)], sep="\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 1e9)
