"""Real CODEOWNERS files over every path of their trees: our answers held against pathspec's.

    python benchmarks/owners/real_files.py GIT_DIRECTORY...

Needs only git directories (no worktree). Lists each path on which the two disagree, with both lines: expected are
only patterns that GitHub does not read as gitignore does (brackets, '!') and lines it skips, which pathspec takes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from pathspec import PathSpec

sys.path.insert(0, str(Path(__file__).parents[2] / "src"))

from pytest_syncpoints.owners import load


def show(directory: str, path: str) -> bytes | None:
    """Return a file of a repository's newest commit."""
    done = subprocess.run(["git", "-C", directory, "show", f"HEAD:{path}"], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def tracked(directory: str) -> list[str]:
    """Return every path of the newest commit."""
    command = ["git", "-C", directory, "ls-tree", "-r", "-z", "--name-only", "HEAD"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    return [path.decode("utf-8", "surrogateescape") for path in listed.split(b"\0") if path]


def pathspec_lines(text: str, paths: list[str]) -> list[int]:
    """Return the line pathspec holds for the last that matches each path, 0 for none."""
    found_in = ((number, re.match(r"\s*((?:\\.|[^\s\\])+)", line)) for number, line in enumerate(text.splitlines(), 1))
    rows = [(number, word[1]) for number, word in found_in if word and not word[1].startswith("#")]
    spec = PathSpec.from_lines("gitignore", [pattern for _, pattern in rows], backend="re2")
    found = (spec.check_file(path) for path in paths)
    return [0 if hit.index is None else rows[hit.index][0] for hit in found]


def compare(directory: str) -> None:
    """Print one line for a repository, and one for each disagreement."""
    ownership = load("github", lambda path: show(directory, path))
    if not ownership.files:
        print(f"{directory}: no CODEOWNERS")
        return
    text = (show(directory, ownership.files[0]) or b"").decode()
    paths = tracked(directory)
    start = time.perf_counter()
    ours = [owned.source.line if owned.source else 0 for _, owned in ownership.owned(paths)]
    spent = time.perf_counter() - start
    theirs = pathspec_lines(text, paths)
    differing = [(path, mine, other) for path, mine, other in zip(paths, ours, theirs, strict=True) if mine != other]
    owned = sum(1 for line in ours if line)
    name = Path(directory).parent.name.replace("+", "/")
    print(
        f"| {name} | {len(ownership.rules)} | {len(ownership.faults)} | {len(paths):,} | {owned:,} | "
        f"{spent * 1e6 / len(paths):.2f} | {len(differing)} |"
    )
    for path, mine, other in differing[:10]:
        print(f"    {path}: line {mine}, pathspec {other}")


if __name__ == "__main__":
    print("| repository | rules | faults | paths | owned | us a path | disagreements |\n|---|---|---|---|---|---|---|")
    for each in sys.argv[1:]:
        compare(each)
