"""Random byte file names, written with mktree and read back: none may be missing, mangled or raise.

    python benchmarks/names/fuzz_names.py [--names 1000000] [--seed 1]

The oracle is what went into `git mktree -z`: no reader of ours or of anybody else's is asked. Names use every
byte but NUL and slash, with the bytes that break parsers (newline, colon, quote, space, 0x80..0xff) made likely.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import tempfile
import time

from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.git import Discovery, Repository, empty_tree
from pytest_syncpoints.gather.ranges import Range

ALPHABETS = (
    bytes(range(1, 256)),
    b"ab:\n",
    b':\n\t "\\',
    bytes(range(0x80, 0x100)),
    b"abcdefghijklmnopqrstuvwxyz0123456789_-.",
    b"-=@{}[]*?!#~^$",
)
FORBIDDEN = (b"", b".", b"..", b".git")


def random_name(source: random.Random) -> bytes:
    alphabet = source.choice(ALPHABETS)
    size = source.choice((1, 2, 3, 5, 8, 13, 40, 200))
    return bytes(source.choices(alphabet, k=size)).replace(b"/", b"_").replace(b"\0", b"_")


def random_names(source: random.Random, count: int) -> list[bytes]:
    names: set[bytes] = set()
    while len(names) < count:
        name = random_name(source)
        if name.lower() not in FORBIDDEN:
            names.add(name)
    return sorted(names)


def write_tree(names: list[bytes], blob: bytes) -> str:
    listed = b"".join(b"100644 blob " + blob + b"\t" + name + b"\0" for name in names)
    return (
        subprocess.run(["git", "mktree", "-z"], input=listed, capture_output=True, check=True).stdout.decode().strip()
    )


def mismatches(repository: Repository, tree: str, names: list[bytes]) -> int:
    chosen = Range("range", (), tree, None, None, "a tree of random names")
    found = {os.fsencode(file.path) for file in Reading(repository, chosen).files()}
    return len(found.symmetric_difference(names))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--per-tree", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    source = random.Random(options.seed)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        subprocess.run(["git", "init", "-q"], check=True)
        blob = subprocess.run(["git", "hash-object", "-w", "--stdin"], input=b"x\n", capture_output=True, check=True)
        repository = Discovery().repository()
        assert empty_tree(repository)
        read = wrong = trees = 0
        while read < options.names:
            names = random_names(source, options.per_tree)
            wrong += mismatches(repository, write_tree(names, blob.stdout.strip()), names)
            read += len(names)
            trees += 1
        os.chdir("/")
    seconds = time.perf_counter() - started
    print(f"{read:,} names in {trees:,} trees, seed {options.seed}: {wrong} mismatches, {seconds:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
