"""How long `syncpoints init` takes on given clones, and whether what it proposes lints clean.

python benchmarks/init/bench_init.py CLONE...   (clones with an index; nothing is left in them)
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


def main(clones: list[str]) -> None:
    print("| repository | commits | tracked files | init, seconds (best of 3) | lines | lint |")
    print("|---|---|---|---|---|---|")
    for clone in map(Path, clones):
        git = ["git", "-C", str(clone)]
        commits = subprocess.check_output([*git, "rev-list", "--count", "HEAD"], text=True).strip()
        tracked = len(subprocess.check_output([*git, "ls-files", "-z"]).split(b"\0")) - 1
        best, policy = min(run(clone) for _ in range(3))
        (clone / "syncpoints.toml").write_text(policy, encoding="utf-8")
        lint = subprocess.run(
            [sys.executable, "-m", "pytest_syncpoints", "lint"], cwd=clone, capture_output=True, text=True, check=False
        )
        (clone / "syncpoints.toml").unlink()
        words = lint.stdout.strip().split("\n")[-1].partition(";")[0]
        print(f"| {clone.name} | {int(commits):,} | {tracked:,} | {best:.1f} | {policy.count(chr(10))} | {words} |")


def run(clone: Path) -> tuple[float, str]:
    """Return the seconds of one run and the policy it shows."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest_syncpoints", "init"], cwd=clone, capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - start
    shown = done.stdout.partition("+++ b/syncpoints.toml\n")[2].partition("\n--- ")[0].split("\n")[1:]
    return seconds, "".join(f"{line[1:]}\n" for line in shown if line.startswith("+"))


if __name__ == "__main__":
    main(sys.argv[1:])
