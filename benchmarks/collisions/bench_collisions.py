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
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.merges import tried
from pytest_syncpoints.gather.touches import with_touches
from pytest_syncpoints.loops.collisions import pairs
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


def measure(folder: str, *, oracle: bool) -> None:
    """Print what each step takes, and against all-pairs merges what was missed."""
    repository = Discovery(folder).repository()
    target = git(folder, "rev-parse", "refs/heads/main").strip()
    start = time.perf_counter()
    branches = unmerged(repository, target)
    listed = time.perf_counter()
    known = with_touches(repository, branches, target)
    read = time.perf_counter()
    found = pairs(known, {})
    swept = time.perf_counter()
    kinds = {kind: sum(pair.kind == kind for pair in found) for kind in ("file", "hunk", "migration")}
    print(f"{len(branches)} branches, {len({b.base for b in branches})} merge bases; sharing pairs {kinds}")
    print(f"list and merge bases {listed - start:.2f} s, hunks {read - listed:.2f} s, pairs {swept - read:.2f} s")
    again = time.perf_counter()
    alone = pairs(known, {}, known[0].name)
    print(f"one branch against all: {len(alone)} pairs, {time.perf_counter() - again:.3f} s")
    if not oracle:
        return
    tips = {branch.name: branch.sha for branch in known}
    again = time.perf_counter()
    judged = read_collisions(repository, target, NO_POLICY, merges=10**6)
    print(f"whole command with {kinds['hunk'] + kinds['migration']} merges {time.perf_counter() - again:.2f} s")
    names = sorted(tips)
    again = time.perf_counter()
    truth = tried(repository, [(tips[a], tips[b]) for a, b in itertools.combinations(names, 2)])
    print(f"all {len(truth)} merges {time.perf_counter() - again:.1f} s")
    said = {frozenset((tips[pair.a], tips[pair.b])) for pair in judged if pair.conflict}
    likely = {frozenset((tips[p.a], tips[p.b])) for p in judged if p.kind in ("hunk", "migration", "conflict")}
    real = {frozenset(couple) for couple, conflict in truth.items() if conflict}
    bases = {branch.sha: branch.base for branch in known}
    missed = [tuple(couple) for couple in real - said]
    behind = tried(repository, [(a, bases[b]) for a, b in missed] + [(b, bases[a]) for a, b in missed])
    own = [(a, b) for a, b in missed if not behind.get((a, bases[b])) and not behind.get((b, bases[a]))]
    print(
        f"conflicting pairs: {len(real)}; reported {len(said & real)}, falsely {len(said - real)}, missed {len(missed)}"
    )
    print(f"of the missed, one side already conflicts with what the other is based on: {len(missed) - len(own)}")
    print(f"candidates that merge cleanly: {len(likely - real)} of {len(likely)}")
    print("missed otherwise:", own[:5])


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
