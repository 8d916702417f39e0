"""Ownership of many paths, whole process, against PyPI's codeowners and pathspec: seeded data, paired runs, ratios.

python benchmarks/owners/bench_owners.py [--paths 100000] [--rounds 5] [--wild]
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RULES = 3000
WILD = ("*w{}*", "**/w{}", "w{}*", "*.w{}", "/src/*/w{}/", "/lib/**/w{}.py", "a*w{}?b")
SLOW_SHARE = 20  # codeowners is asked one path in twenty, and its time per path scaled: it takes minutes

OURS = """
import sys
from pytest_syncpoints.owners import load
text = open(sys.argv[1], "rb").read()
owned = load("github", {"CODEOWNERS": text}.get)
ask, found = owned.owners_of, 0
for path in open(sys.argv[2], encoding="utf-8").read().split("\\n"):
    found += ask(path).matched
print(found)
"""
CODEOWNERS = """
import sys
from codeowners import CodeOwners
owned = CodeOwners(open(sys.argv[1], encoding="utf-8").read())
found = 0
for path in open(sys.argv[2], encoding="utf-8").read().split("\\n"):
    found += owned.matching_line(path)[1] is not None
print(found)
"""
PATHSPEC = """
import sys
from pathspec import PathSpec
lines = [line.split()[0] for line in open(sys.argv[1], encoding="utf-8").read().splitlines()]
spec = PathSpec.from_lines("gitignore", lines, backend="re2")
found = 0
for path in open(sys.argv[2], encoding="utf-8").read().split("\\n"):
    found += spec.match_file(path)
print(found)
"""
READ = "import sys; open(sys.argv[1], 'rb').read()"
ONE = """
import sys, time
from pytest_syncpoints.owners import github, load
start = time.perf_counter()
text = open(sys.argv[1], "rb").read()
read = time.perf_counter()
load("github", {"CODEOWNERS": text}.get).owners_of(sys.argv[2])
print((time.perf_counter() - start) / (read - start))
"""


def rules_and_paths(*, wild: bool, size: int) -> tuple[list[str], list[str]]:
    """Return 3,000 rules (with --wild: 200 wildcards behind them) and paths, the same on every run."""
    draw = random.Random(20260105)
    parts = [
        (a, f"mod{b}", f"part{c}") for a in ("src", "lib", "components", "tests") for b in range(60) for c in range(12)
    ]
    folders = ["/".join(each) for each in parts]
    rules = [f"/{folder}/ @org/team{draw.randint(0, 99)}" for folder in draw.sample(folders, RULES - 300)]
    rules += [f"*.e{n} @u{n}" for n in range(100)] + [f"name{n}.py @u{n}" for n in range(100)]
    rules += [f"/src/mod{n}/* @u{n}" for n in range(100)]
    draw.shuffle(rules)
    if wild:
        rules += [draw.choice(WILD).format(n) + " @w" for n in range(200)]
    ends = ("py", "md", "e5", "txt", "w7")
    paths = [
        f"{draw.choice(folders)}/{draw.choice('abc')}/f{draw.randint(0, 30000)}.{draw.choice(ends)}"
        for _ in range(size)
    ]
    return rules, paths


def timed(code: str, *arguments: str) -> tuple[float, str]:
    """Return a whole process's wall time, in seconds, and what it printed."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, done.stdout.strip()


def main() -> None:
    """Print one JSON object of medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--wild", action="store_true")
    given = parser.parse_args()
    rules, paths = rules_and_paths(wild=given.wild, size=given.paths)
    with tempfile.TemporaryDirectory() as folder:
        owners, many, few = (str(Path(folder, name)) for name in ("CODEOWNERS", "many", "few"))
        Path(owners).write_text("\n".join(rules) + "\n")
        Path(many).write_text("\n".join(paths))
        Path(few).write_text("\n".join(paths[::SLOW_SHARE]))
        rows: dict[str, list[float]] = {"ours": [], "pathspec_re2": [], "codeowners": [], "one_by_read": []}
        for _ in range(given.rounds):
            ours, found = timed(OURS, owners, many)
            rows["ours"].append(ours)
            peer, also = timed(PATHSPEC, owners, many)
            rows["pathspec_re2"].append(peer / ours)
            rows["one_by_read"].append(float(timed(ONE, owners, paths[0])[1]))
            assert found == also, (found, also)
            start = timed(CODEOWNERS, owners, "/dev/null")[0]
            rows["codeowners"].append((start + (timed(CODEOWNERS, owners, few)[0] - start) * SLOW_SHARE) / ours)
        print(json.dumps({name: round(statistics.median(found), 2) for name, found in rows.items()}))


if __name__ == "__main__":
    main()
