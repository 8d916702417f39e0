"""Collisions against all-pairs merges on made repositories: edits, additions, deletions, moves, several merge bases.

Usage: fuzz_collisions.py [REPOSITORIES [BRANCHES]]; needs the package on the path.
"""

from __future__ import annotations

import itertools
import random
import sys
import tempfile

from bench_collisions import git

from pytest_syncpoints.gather.collisions import read_collisions
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.merges import tried
from pytest_syncpoints.policy import NO_POLICY

FOLDERS, FILES, LINES = 4, 24, 30


def grown(tree: dict[str, str], chance: random.Random, steps: int) -> dict[str, str]:
    """Return a tree after some steps: lines edited, files added, deleted, moved, now and then a whole folder."""
    tree = dict(tree)
    for _ in range(steps):
        path = chance.choice(sorted(tree))
        what = chance.random()
        if what < 0.75:
            lines = tree[path].splitlines(keepends=True)
            at = chance.randrange(len(lines)) if lines else 0
            word = f"changed {chance.randrange(4)}\n"
            lines[at : at + chance.randrange(3)] = [word] * chance.randrange(3)
            tree[path] = "".join(lines)
        elif what < 0.83:
            tree[f"d{chance.randrange(FOLDERS)}/new{chance.randrange(6)}"] = f"new {chance.randrange(3)}\n" * 5
        elif what < 0.89:
            del tree[path]
        elif what < 0.97:
            tree[f"d{chance.randrange(FOLDERS)}/moved{chance.randrange(6)}"] = tree.pop(path)
        else:
            folder = path.rpartition("/")[0]
            for old in [name for name in tree if name.startswith(f"{folder}/")]:
                tree[f"{folder}x/{old.rpartition('/')[2]}"] = tree.pop(old)
    return tree


def commit(ref: str, mark: int, parent: int, tree: dict[str, str]) -> str:
    """Return a commit with this whole tree, as fast-import reads it."""
    head = f"commit {ref}\nmark :{mark}\ncommitter A <a@example.org> {1767600000 + mark} +0000\ndata 1\nx\n"
    head += f"from :{parent}\n" if parent else ""
    return head + "deleteall\n" + "".join(f"M 100644 inline {p}\ndata {len(t)}\n{t}\n" for p, t in tree.items())


def made(folder: str, seed: int, branches: int) -> None:
    """Make a repository whose main moves on while branches leave it."""
    chance = random.Random(seed)
    tree = {f"d{n % FOLDERS}/f{n}": "".join(f"{n} line {line}\n" for line in range(LINES)) for n in range(FILES)}
    stream, trees = [commit("refs/heads/main", 1, 0, tree)], {1: tree}
    for mark in range(2, 7):
        trees[mark] = grown(trees[mark - 1], chance, chance.randrange(1, 4))
        stream.append(commit("refs/heads/main", mark, mark - 1, trees[mark]))
    for number in range(branches):
        base = chance.randrange(1, 7)
        own = grown(trees[base], chance, chance.randrange(1, 5))
        stream.append(commit(f"refs/heads/b{number}", 100 + number, base, own))
    git(folder, "init", "-q", "-b", "none", ".")
    git(folder, "fast-import", "--quiet", stdin="".join(stream).encode())


def main(words: list[str]) -> None:
    """Make repositories, and count the conflicting pairs that were missed or made up."""
    repositories, branches = (*map(int, words), *(20, 40)[len(words) :])
    counts = dict.fromkeys(("conflicting", "missed", "falsely", "candidates", "clean candidates"), 0)
    for seed in range(repositories):
        with tempfile.TemporaryDirectory() as folder:
            made(folder, seed, branches)
            repository = Discovery(folder).repository()
            target = git(folder, "rev-parse", "refs/heads/main").strip()
            found = read_collisions(repository, target, NO_POLICY, merges=10**6)
            tips = {branch.name: branch.sha for branch in found.branches}
            couples = {frozenset((tips[a], tips[b])): (a, b) for a, b in itertools.combinations(sorted(tips), 2)}
            truth = tried(repository, [(tips[a], tips[b]) for a, b in couples.values()])
        real = {frozenset(couple) for couple, conflict in truth.items() if conflict}
        said = {frozenset((tips[pair.a], tips[pair.b])) for pair in found.pairs if pair.conflict}
        likely = {frozenset((tips[pair.a], tips[pair.b])) for pair in found.pairs if pair.kind != "api"}
        steps = (len(real), len(real - said), len(said - real), len(likely), len(likely - real))
        for name, count in zip(counts, steps, strict=True):
            counts[name] += count
        for couple in list(real - said)[:2]:
            print(f"seed {seed}: missed {couples[couple]}")
    print(f"{repositories} repositories of {branches} branches: {counts}")


if __name__ == "__main__":
    main(sys.argv[1:])
