"""Owners against the peers, whole processes, in pairs: each round runs ours and then each peer once.

    python benchmarks/owners/compare.py [--rounds N] [--paths N] [--peers codeowners,pathspec-re2,pathspec]

Prints for each set of rules the median seconds and the median ratio to ours, and whether all answers agree.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from data import write

HERE = Path(__file__).parent
SETS = ((3000, 0, "3,000 rules"), (2800, 200, "2,800 rules, then 200 wildcards"))


def seconds(kind: str, owners_file: Path, paths_file: Path) -> tuple[float, str]:
    """Run one process and return its wall time and its checksum."""
    command = [sys.executable, "-I", str(HERE / "resolve.py"), kind, str(owners_file), str(paths_file)]
    if kind == "ours":
        command[1:2] = ["-S", "-P"]
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages are compiled, so this one is, too
    environment["PYTHONPYCACHEPREFIX"] = str(paths_file.parent / "compiled")
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return time.perf_counter() - start, done.stdout.strip()


def compare(owners_file: Path, paths_file: Path, peers: list[str], rounds: int) -> None:
    """Time ours and each peer in turn, and print what came out."""
    times: dict[str, list[float]] = {kind: [] for kind in ["ours", *peers]}
    answers: dict[str, str] = {}
    seconds("ours", owners_file, paths_file)
    for _ in range(rounds):
        for kind in times:
            spent, answers[kind] = seconds(kind, owners_file, paths_file)
            times[kind].append(spent)
    for kind, spent in times.items():
        ratios = [peer / own for peer, own in zip(spent, times["ours"], strict=True)]
        same = "same answers" if answers[kind] == answers["ours"] else "OTHER ANSWERS"
        print(f"  {kind:14} {statistics.median(spent):8.3f} s  {statistics.median(ratios):8.1f} x  {same}")


def main() -> None:
    """Read the options and run every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--peers", default="pathspec-re2,codeowners")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for literal, wild, title in SETS:
            owners_file, paths_file = write(Path(folder), paths=options.paths, literal=literal, wild=wild)
            print(f"{title} x {options.paths:,} paths, median of {options.rounds} rounds")
            compare(owners_file, paths_file, options.peers.split(","), options.rounds)


if __name__ == "__main__":
    main()
