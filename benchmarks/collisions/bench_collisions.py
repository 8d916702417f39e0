"""Collisions measured: 2,500 made branches, and real ones of a bare clone against all-pairs merges.

Usage: bench_collisions.py [BARE-CLONE [NUMBER]]; needs the package on the path.
"""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_syncpoints.gather.branches import unmerged
from pytest_syncpoints.gather.collisions import read_collisions
from pytest_syncpoints.gather.entries import listed_paths
from pytest_syncpoints.gather.git import Discovery, Repository, StandIn
from pytest_syncpoints.gather.merges import tried
from pytest_syncpoints.gather.touches import with_touches
from pytest_syncpoints.loops.collisions import apart, pairs
from pytest_syncpoints.policy import NO_POLICY

FILES, LINES, BRANCHES, SEED = 5000, 120, 2500, 9


def git(folder: str, *words: str, stdin: bytes = b"") -> str:
    """Run git in a folder and return what it said."""
    return subprocess.run(["git", "-C", folder, *words], input=stdin, capture_output=True, check=True).stdout.decode()


def made(folder: str) -> None:
    """Make a repository with branches whose files are as popular as Zipf's law has it."""
    chance = random.Random(SEED)
    weights = [1 / rank for rank in range(1, FILES + 1)]
    git(folder, "init", "-q", "-b", "none", ".")
    text = [f"line {n}\n" for n in range(LINES)]
    stream = ["commit refs/heads/main\nmark :1\ncommitter A <a@example.org> 1767600000 +0000\ndata 1\nx\n"]
    stream += [f"M 100644 inline d{n % 70}/f{n}.py\ndata {len(''.join(text))}\n{''.join(text)}\n" for n in range(FILES)]
    for number in range(BRANCHES):
        stream.append(f"commit refs/heads/b{number}\ncommitter B{number % 300} <b@example.org> 1767700000 +0000\n")
        stream.append("data 1\nx\nfrom :1\n")
        for at in set(chance.choices(range(FILES), weights, k=min(40, int(chance.paretovariate(0.9)) + 1))):
            lines, start = list(text), chance.randrange(LINES - 4)
            lines[start : start + chance.randrange(1, 4)] = [f"changed {number}\n"] * chance.randrange(4)
            whole = "".join(lines)
            stream.append(f"M 100644 inline d{at % 70}/f{at}.py\ndata {len(whole)}\n{whole}\n")
    git(folder, "fast-import", "--quiet", stdin="".join(stream).encode())


def borrowed(folder: str, clone: str, number: int) -> None:
    """Make a repository on a clone's objects, with its default branch and its newest unmerged pull requests."""
    git(folder, "init", "-q", "-b", "none", ".")
    Path(folder, ".git/objects/info/alternates").write_text(os.path.abspath(f"{clone}/objects") + "\n")
    target = git(clone, "rev-parse", "HEAD").strip()
    listed = git(
        clone,
        "for-each-ref",
        "--sort=-committerdate",
        "--count=4000",
        "--format=%(objectname)",
        "refs/pull",
        "refs/heads",
    )
    git(folder, "update-ref", "refs/heads/main", target)
    kept = 0
    for sha in dict.fromkeys(listed.split()):
        base = subprocess.run(["git", "-C", clone, "merge-base", target, sha], capture_output=True, check=False).stdout
        if base and base.decode().strip() != sha:
            git(folder, "update-ref", f"refs/heads/p{kept}", sha)
            kept += 1
        if kept == number:
            return


class Clock:
    """Seconds since it was last read: by the wall, and of processors (ours and git's)."""

    def __init__(self) -> None:
        """Start now."""
        self._wall, self._processors = self._now()

    def __call__(self) -> str:
        """Return what went by as text, and start anew."""
        wall, processors = self._wall, self._processors
        self._wall, self._processors = self._now()
        return f"{self._wall - wall:.2f} s ({self._processors - processors:.2f} s of processors)"

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.perf_counter(), sum(os.times()[:4])


def measure(folder: str, *, oracle: bool) -> None:
    """Print what each step takes, and against all-pairs merges what was missed."""
    repository = Discovery(folder).repository()
    target = git(folder, "rev-parse", "refs/heads/main").strip()
    clock = Clock()
    branches = unmerged(repository, target)
    print(f"{len(branches)} branches, {len({b.base for b in branches})} merge bases: {clock()}")
    with StandIn(repository) as stand_in:
        listed = listed_paths(stand_in, ((branch.sha, branch.base) for branch in branches))
    print(f"{sum(map(len, listed.values()))} changed paths: {clock()}")
    known = with_touches(repository, branches, target)
    print(f"paths once more, and hunks: {clock()}")
    found = pairs(known, {})
    print(f"{len(found)} pairs closer than a file: {clock()}")
    print(f"{sum(1 for _ in apart(known, found))} pairs that share files only: {clock()}")
    print(f"one branch against all: {len(pairs(known, {}, known[0].name))} pairs, {clock()}")
    if oracle:
        compare(repository, target, clock)


def compare(repository: Repository, target: str, clock: Clock) -> None:
    """Hold the whole command against a merge of every pair."""
    clock()
    judged = read_collisions(repository, target, NO_POLICY, merges=10**6)
    print(f"the whole command, its merges too: {clock()}")
    tips = {branch.name: branch.sha for branch in judged.branches}
    truth = tried(repository, [(tips[a], tips[b]) for a, b in itertools.combinations(sorted(tips), 2)])
    print(f"all {len(truth)} merges: {clock()}")
    said = {frozenset((tips[pair.a], tips[pair.b])) for pair in judged.pairs if pair.conflict}
    likely = {frozenset((tips[p.a], tips[p.b])) for p in judged.pairs if p.kind != "api"}
    real = {frozenset(couple) for couple, conflict in truth.items() if conflict}
    print(f"conflicting pairs: {len(real)}; reported {len(said & real)}, falsely {len(said - real)}")
    print(f"candidates that merge cleanly: {len(likely - real)} of {len(likely)}")
    print(f"branches that conflict with the target: {len(judged.behind)}")
    print("missed:", [tuple(couple) for couple in real - said][:5])


def main(words: list[str]) -> None:
    """Measure the made repository, or the named one."""
    with tempfile.TemporaryDirectory() as folder:
        if words:
            borrowed(folder, words[0], int(words[1]) if len(words) > 1 else 150)
        else:
            made(folder)
        measure(folder, oracle=bool(words))


if __name__ == "__main__":
    main(sys.argv[1:])
