"""Effective size on the last commits of a repository: its cost beside ast.parse, and which commits come to nothing.

    python benchmarks/effective_size/bench_size.py REPOSITORY N OUTPUT.jsonl [SECONDS]

Stops after so many seconds and says how many commits it came to. Merges, commits without Python, commits of more than
300 files and those whose objects the copy lacks are passed over.
Each line of the output is one commit: its id, files, raw and effective lines, why nothing counts, and CPU seconds.
"""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from typing import Any

from pytest_syncpoints.change import new_content
from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.changes import Reading
from pytest_syncpoints.gather.contents import read_contents
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.ranges import commit_range
from pytest_syncpoints.policy import NO_POLICY
from pytest_syncpoints.size import measure

warnings.simplefilter("ignore")


def parse_seconds(texts: list[bytes]) -> float:
    start = time.process_time()
    for text in texts:
        try:
            ast.parse(text)
        except (SyntaxError, ValueError):
            continue
    return time.process_time() - start


def one(repository: Any, objects: Objects, sha: str) -> dict[str, Any] | None:
    with Reading(repository, commit_range(repository, sha)) as reading:
        files = reading.files()
    python = [file for file in files if file.path.endswith((".py", ".pyi")) and file.hunks]
    if not python or len(files) > 300:
        return None
    blobs = {file.old_oid: objects.blob(file.old_oid) for file in files if file.status == "M" and not file.is_gitlink}
    start = time.process_time()
    contents = read_contents(files, NO_POLICY, frozenset(), lambda oid: blobs.get(oid) or objects.blob(oid))
    size = measure(files, NO_POLICY, frozenset(), contents)
    ours = time.process_time() - start
    new = [new_content(blobs.get(file.old_oid, b""), file) for file in python if file.status in "AM"]
    old = [blobs[file.old_oid] for file in python if file.status == "M"]
    old += [b"".join(line for hunk in file.hunks for line in hunk.removed) for file in python if file.status == "D"]
    return {
        "sha": sha,
        "files": len(files),
        "python": len(python),
        "only_python": len(python) == len(files),
        "raw": size.added + size.deleted,
        "effective": size.effective + size.tests_effective,
        "moved": sum(each.moved for each in size.files.values()),
        "reasons": sorted({each.reason for each in size.files.values()}),
        "faults": sorted(contents.faults.values()),
        "ours": ours,
        "parse_new": parse_seconds(new),
        "parse_both": parse_seconds([*old, *new]),
    }


def main() -> None:
    path, wanted, output, *seconds = sys.argv[1:]
    end = time.monotonic() + float(seconds[0] if seconds else "inf")
    listed = ("git", "-C", path, "rev-list", "--no-merges", f"-n{int(wanted) * 3}", "HEAD")
    commits = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    out = open(os.path.abspath(output), "w", encoding="utf-8")  # noqa: SIM115  # closed with the process
    os.chdir(path)
    if os.path.exists("HEAD"):
        os.environ["GIT_DIR"] = os.getcwd()  # a bare repository is read where it is named
    repository = Discovery().repository()
    rows: list[dict[str, Any]] = []
    missing = 0
    with Objects(repository) as objects:
        for sha in commits:
            try:
                row = one(repository, objects, sha)
            except CannotEvaluate:
                missing += 1
                continue
            if row is None:
                continue
            rows.append(row)
            out.write(json.dumps(row) + "\n")
            if len(rows) >= int(wanted) or time.monotonic() > end:
                break
    out.close()
    print(f"{missing} commits passed over: objects missing in this copy")
    report(rows)


def report(rows: list[dict[str, Any]]) -> None:
    ours = sum(row["ours"] for row in rows)
    timed = [row for row in rows if row["parse_both"] > 0.001]
    for name in ("parse_new", "parse_both"):
        ratios = sorted(row["ours"] / row[name] for row in timed if row[name] > 0.001)
        total = ours / sum(row[name] for row in rows)
        middle, high = statistics.median(ratios), ratios[len(ratios) * 95 // 100]
        print(f"{name}: total {total:.2f}, median {middle:.2f}, p95 {high:.2f}")
    nothing = [row for row in rows if not row["effective"]]
    moved = sum(1 for row in nothing if row["moved"])
    raw, effective = (sum(row[name] for row in rows) for name in ("raw", "effective"))
    print(f"{len(rows)} commits, {raw} raw lines, {effective} effective")
    print(f"{len(nothing)} come to nothing, {moved} of them with moves")
    print(f"{sum(1 for row in rows if row['faults'])} commits with unreadable files")


if __name__ == "__main__":
    main()
