"""One path looked up in a file of 3,000 rules, against reading that file, in pairs.

    python benchmarks/owners/lookup.py [--rounds N]

Whole processes: an interpreter that reads the file, and one that reads it, looks one path up and prints the owners.
Through git, as a hook reads it: the same two with the file read by ``git cat-file``. Then the look-up alone.
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

SOURCE = Path(__file__).parents[2] / "src"
READ = "import sys\nwith open(sys.argv[1], 'rb') as file: data = file.read()\n"
READ_BY_GIT = (
    "import sys, os\nr, w = os.pipe()\n"
    "pid = os.posix_spawnp('git', ['git', 'cat-file', 'blob', sys.argv[3]], os.environ, "
    "file_actions=[(os.POSIX_SPAWN_DUP2, w, 1), (os.POSIX_SPAWN_CLOSE, r)])\nos.close(w)\n"
    "with open(r, 'rb') as file: data = file.read()\nos.waitpid(pid, 0)\n"
)
LOOK_UP = (
    "from pytest_syncpoints.owners import load\n"
    "owned = load('github', lambda path: data if path == 'CODEOWNERS' else None).owners_of(sys.argv[2])\n"
    "print(owned.owners, owned.source.line)\n"
)


def spent(code: str, arguments: list[str], folder: Path) -> float:
    """Return the seconds one interpreter takes for some code."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "GIT_DIR": str(folder / ".git")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages are compiled, so this one is, too
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    start = time.perf_counter()
    command = [sys.executable, "-S", "-P", "-c", code, *arguments]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def alone(owners_file: Path, path: str) -> tuple[float, float]:
    """Return the seconds to read the file, and to look one path up, in this process."""
    sys.path.insert(0, str(SOURCE))
    from pytest_syncpoints.owners import load

    start = time.perf_counter()
    data = owners_file.read_bytes()
    middle = time.perf_counter()
    load("github", lambda name: data if name == "CODEOWNERS" else None).owners_of(path)
    return middle - start, time.perf_counter() - middle


def main() -> None:
    """Run the three comparisons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        owners_file, paths_file = write(folder, paths=20_000, literal=3000, wild=0)
        subprocess.run(["git", "init", "-q", name], check=True)
        hashed = ["git", "-C", name, "hash-object", "-w", str(owners_file)]
        blob = subprocess.run(hashed, capture_output=True, text=True, check=True).stdout.strip()
        path = paths_file.read_text(encoding="utf-8").splitlines()[4321]
        arguments = [str(owners_file), path, blob]
        for title, reading in (("from disk", READ), ("by git cat-file", READ_BY_GIT)):
            spent(reading + LOOK_UP, arguments, folder)
            both = (reading, reading + LOOK_UP)
            pairs = [tuple(spent(code, arguments, folder) for code in both) for _ in range(rounds)]
            ratio = statistics.median(look / read for read, look in pairs)
            read, look = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
            print(f"process, read {title}: {read:.1f} ms; with one look-up: {look:.1f} ms; {ratio:.2f} x")
        read, look = (min(side) * 1e6 for side in zip(*(alone(owners_file, path) for _ in range(rounds)), strict=True))
        print(f"alone: reading {read:.0f} us, looking up {look:.0f} us")


if __name__ == "__main__":
    main()
