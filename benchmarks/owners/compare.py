"""Owners against the peers, whole processes, in rounds: each runs ours and then each peer once.

    python benchmarks/owners/compare.py [--rounds N] [--paths N] [--peers codeowners,pathspec-re2,pathspec,library]

Ours is `syncpoints owners --stdin --format jsonl`, which writes a line of JSON for each path; the peers only find the
line that decides (`library` is our resolver asked the same). Prints for each set of rules the least and the median
seconds, the ratio of the least to ours, and whether all name the same line for every path.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from data import write

HERE = Path(__file__).parent
SETS = ((3000, 0, "3,000 rules"), (2800, 200, "2,800 rules, then 200 wildcards"))
COMMAND = (
    f"import sys; sys.path.insert(0, {str(HERE.parents[1] / 'src')!r}); "
    "from pytest_syncpoints.cli import main; raise SystemExit(main())"
)


def words(kind: str, owners_file: Path, paths_file: Path) -> list[str]:
    """Return the command of one kind."""
    if kind == "ours":
        return [sys.executable, "-I", "-c", COMMAND, "owners", "--stdin", "--format", "jsonl",
                "--dialect", "github", "--codeowners", str(owners_file)]  # fmt: skip
    isolated = ["-S", "-P"] if kind == "library" else ["-I"]
    return [sys.executable, *isolated, str(HERE / "resolve.py"), kind, str(owners_file), str(paths_file)]


def seconds(kind: str, owners_file: Path, paths_file: Path) -> tuple[float, str]:
    """Run one process and return its wall time and the checksum of the lines it found."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages are compiled, so this one is, too
    environment["PYTHONPYCACHEPREFIX"] = str(paths_file.parent / "compiled")
    if kind == "ours":  # isolated mode takes no variables
        command = words(kind, owners_file, paths_file)
        command[2:2] = ["-X", f"pycache_prefix={paths_file.parent / 'compiled'}"]
    else:
        command = words(kind, owners_file, paths_file)
    out = paths_file.parent / "out"
    with paths_file.open("rb") as stdin, out.open("wb") as stdout:
        start = time.perf_counter()
        subprocess.run(command, stdin=stdin, stdout=stdout, check=True, env=environment, cwd=paths_file.parent)
        spent = time.perf_counter() - start
    return spent, told(out) if kind == "ours" else out.read_text(encoding="utf-8").strip()


def told(out: Path) -> str:
    """Return the same checksum of what the command wrote."""
    sources = (json.loads(line)["source"] for line in out.read_text(encoding="utf-8").splitlines())
    lines = [0 if source is None else source["line"] for source in sources]
    return str(zlib.crc32(" ".join(map(str, lines)).encode()))


def compare(owners_file: Path, paths_file: Path, peers: list[str], rounds: int) -> None:
    """Time ours and each peer in turn, and print what came out."""
    times: dict[str, list[float]] = {kind: [] for kind in ["ours", *peers]}
    answers: dict[str, str] = {}
    seconds("ours", owners_file, paths_file)
    for _ in range(rounds):
        for kind, spent in times.items():
            took, answers[kind] = seconds(kind, owners_file, paths_file)
            spent.append(took)
    for kind, spent in times.items():
        ratio = min(spent) / min(times["ours"])
        same = "same answers" if answers[kind] == answers["ours"] else "OTHER ANSWERS"
        print(
            f"  {kind:14} {min(spent):8.3f} s least, {statistics.median(spent):8.3f} s median  {ratio:8.1f} x  {same}"
        )


def main() -> None:
    """Read the options and run every set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--peers", default="pathspec-re2,codeowners,library")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        for literal, wild, title in SETS:
            owners_file, paths_file = write(Path(folder), paths=options.paths, literal=literal, wild=wild)
            print(f"{title} x {options.paths:,} paths, {options.rounds} rounds")
            compare(owners_file, paths_file, options.peers.split(","), options.rounds)


if __name__ == "__main__":
    main()
