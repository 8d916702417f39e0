"""Our answers for every path of real repositories against pathspec's; disagreements are listed.

python benchmarks/owners/real_files.py GIT_DIR...
"""

from __future__ import annotations

import subprocess
import sys
import time

from pathspec import PathSpec

from pytest_syncpoints.owners import load

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


def git(directory: str, *words: str) -> bytes:
    """Return what git prints, empty where it fails."""
    return subprocess.run(["git", f"--git-dir={directory}", *words], check=False, capture_output=True).stdout


def main(directories: list[str]) -> int:
    """Print one line a repository; return 1 where any path is judged differently."""
    differing = 0
    for directory in directories:
        files = {place: git(directory, "cat-file", "blob", f"HEAD:{place}") for place in PLACES}
        ownership = load("github", {place: text for place, text in files.items() if text}.get)
        if not ownership.files:
            continue
        paths = [
            path.decode("utf-8", "surrogateescape")
            for path in git(directory, "ls-tree", "-rz", "--name-only", "HEAD").split(b"\0")
            if path
        ]
        rules = ownership.rules
        lines = {number: rule.line for number, rule in enumerate(rules)}
        spec = PathSpec.from_lines("gitignore", [rule.pattern for rule in rules], backend="simple")
        start = time.perf_counter()
        ours = [ownership.owners_of(path).source for path in paths]
        seconds = time.perf_counter() - start
        theirs = [spec.check_file(path) for path in paths]
        wrong = [
            (path, our and our.line, lines.get(peer.index) if peer.include else None)
            for path, our, peer in zip(paths, ours, theirs, strict=True)
            if (our and our.line) != (lines.get(peer.index) if peer.include else None)
        ]
        differing += len(wrong)
        cost = seconds / len(paths) * 1e6
        counts = f"{len(rules)} rules, {len(paths)} paths, {len(ownership.faults)} faults"
        print(f"{directory}: {counts}, {cost:.2f} us a path, {len(wrong)} differ")
        for row in wrong[:10]:
            print("  ", *row)
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
