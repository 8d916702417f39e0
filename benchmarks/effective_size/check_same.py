"""A second opinion on commits that come to nothing: is each Python file, docstrings aside, the same tree for `ast`?

    python benchmarks/effective_size/check_same.py REPOSITORY ROWS.jsonl

Reads the rows that bench_size.py wrote, measures those without effective lines again with this code, and prints one
line a commit: ``same`` (equal trees by ast.dump), ``other`` (imports in another order, moves, other files), or
``counts`` (this code counts it by now).
"""

from __future__ import annotations

import ast
import collections
import json
import os
import sys
import warnings

from bench_size import one

from pytest_syncpoints.change import new_content
from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.ranges import commit_range

warnings.simplefilter("ignore")


def bare(content: bytes) -> str:
    tree = ast.parse(content)
    for node in ast.walk(tree):
        for name, block in ast.iter_fields(node):
            if name in ("body", "orelse", "finalbody") and isinstance(block, list):
                setattr(node, name, [each for each in block if not is_string(each)])
    return ast.dump(tree)


def is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def main() -> None:
    path, rows = sys.argv[1:]
    with open(rows, encoding="utf-8") as lines:
        nothing = [row for row in map(json.loads, lines) if not row["effective"]]
    os.chdir(path)
    if os.path.exists("HEAD"):
        os.environ["GIT_DIR"] = os.getcwd()
    repository = Discovery().repository()
    counts: collections.Counter[str] = collections.Counter()
    with Objects(repository) as objects:
        for row in nothing:
            verdict = judge(repository, objects, row["sha"])
            counts[verdict] += 1
            if verdict != "same":
                print(row["sha"], verdict)
    print(dict(counts))


def judge(repository: object, objects: Objects, sha: str) -> str:
    again = one(repository, objects, sha)
    if again is None or again["effective"]:
        return "counts"
    with Reading(repository, commit_range(repository, sha)) as reading:  # type: ignore[arg-type]
        files = reading.files()
    for file in files:
        if not file.hunks:
            continue
        if file.status != "M" or not file.path.endswith((".py", ".pyi")):
            return "other"
        before = objects.blob(file.old_oid)
        if bare(before) != bare(new_content(before, file)):
            return "other"
    return "same"


if __name__ == "__main__":
    main()
