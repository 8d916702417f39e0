"""`syncpoints check --commit` against git itself, on real commits of repositories you have here.

    python benchmarks/agreement/agree.py [--commits 200] REPOSITORY...

For each commit the file list (path, status, modes) is compared byte for byte with
`git diff-tree -r -z --raw --no-abbrev --no-renames --root` (parent 1), and the line counts of each file with
`git diff --numstat OLD_BLOB NEW_BLOB`, which knows no attributes. Commits are spread evenly over history.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import io
import json
import os
import subprocess
import time

from pytest_syncpoints.cli import main as syncpoints

EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
Row = tuple[bytes, str, str]


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], capture_output=True, check=True).stdout


def spread(count: int) -> list[str]:
    commits = git("rev-list", "HEAD").decode().split()
    step = max(1, len(commits) // count)
    return [*commits[::step][: count - 1], commits[-1]]


def raw(commit: str) -> list[tuple[bytes, list[str]]]:
    parents = git("rev-list", "--parents", "-n1", commit).decode().split()[1:]
    sides = [parents[0], commit] if parents else ["--root", commit]
    fields = git("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-commit-id", *sides).split(b"\0")
    return [(path, header.decode()[1:].split(" ")) for header, path in zip(fields[::2], fields[1::2], strict=False)]


def blob_counts(header: list[str]) -> tuple[int, int] | None:
    """Return added and deleted lines of two blobs; None where they are binary or not blobs."""
    old_mode, new_mode, old, new, status = header
    if "160000" in (old_mode, new_mode):
        return (int(new_mode == "160000"), int(old_mode == "160000"))
    zero = "0" * 40
    if status == "T" or old == new:
        return None if status == "T" else (0, 0)
    sides = [EMPTY_BLOB if side == zero else side for side in (old, new)]
    line = git("diff", "--numstat", "--no-ext-diff", "--no-textconv", *sides).decode("utf-8", "replace").split("\t")
    if len(line) < 2:
        return (0, 0)
    return None if line[0] == "-" else (int(line[0]), int(line[1]))


def ours(commit: str) -> dict[bytes, dict[str, object]]:
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out):
        status = syncpoints(["check", "--commit", commit, "--format", "json"])
    out.flush()
    assert status in (0, 1), f"exit {status} for {commit}"
    report = json.loads(out.buffer.getvalue())  # type: ignore[attr-defined]
    return {
        base64.b64decode(f["path_b64"]) if "path_b64" in f else f["path"].encode(): f for f in report["change"]["files"]
    }


def differences(commit: str) -> list[str]:
    mine, theirs = ours(commit), dict(raw(commit))
    faults = [f"{commit} {path!r}: only on one side" for path in mine.keys() ^ theirs.keys()]
    for path, header in theirs.items():
        file = mine.get(path)
        if file is None:
            continue
        mode = header[0] if header[4] == "D" else header[1]
        if (file["status"], file["mode"]) != (header[4], mode):
            faults.append(f"{commit} {path!r}: status or mode {file['status']} {file['mode']}, git says {header}")
        counts = blob_counts(header)
        if header[4] == "T":
            continue
        if (counts is None) != bool(file["binary"]) or (counts and (file["added"], file["deleted"]) != counts):
            faults.append(f"{commit} {path!r}: {file['added']}+ {file['deleted']}-, git says {counts}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("repositories", nargs="+")
    options = parser.parse_args()
    wrong = 0
    for repository in map(os.path.abspath, options.repositories):
        os.chdir(repository)
        os.environ.pop("GIT_DIR", None)
        os.environ["GIT_DIR"] = (
            git("rev-parse", "--absolute-git-dir").decode().rstrip("\n")
        )  # a bare one is never guessed
        started, files, crashed, faults = time.perf_counter(), 0, 0, []
        commits = spread(options.commits)
        for commit in commits:
            try:
                faults += differences(commit)
                files += len(raw(commit))
            except AssertionError as error:
                crashed += 1
                faults.append(str(error))
        wrong += len(faults)
        seconds = time.perf_counter() - started
        name = os.path.basename(os.path.dirname(repository)) or repository
        tracked = len(git("ls-tree", "-r", "-z", "--name-only", "HEAD").split(b"\0")) - 1
        print(
            f"{name}: {tracked:,} files, {len(commits)} commits, {files:,} changed files, "
            f"{crashed} crashes, {len(faults)} differences, {seconds:.0f} s"
        )
        for fault in faults[:10]:
            print(f"  {fault}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
