"""Mine repositories: each first-parent change as the model sees it, and whether a fix within a year traced back to it.

    PYTHONPATH=src python benchmarks/risk/mine.py FOLDER REPOSITORY.git...

One pass over the first-parent line, oldest change first. `origins.py` knows who wrote every line, so the code a fix
removed names its origin without a single `git blame`. Of several the latest is taken (R-SZZ); a revert names what it
reverts. A unit is a change to production source of at most 100 files and 10,000 lines, not by a bot. The last year
of a repository has no label yet and is left out.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path

from origins import Origins

from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.patches import Patch, first_parents, read_patches
from pytest_syncpoints.marks import Marks, is_production, marks_of, production_paths, reverted_commit
from pytest_syncpoints.risk.lines import NOTHING, FileCounts, count_file
from pytest_syncpoints.risk.model import Facts, vector
from pytest_syncpoints.risk.past import DAY, YEAR, Past

MOST = 12_000
BOTS = ("[bot]", "dependabot", "renovate", "pre-commit-ci", "pyup", "weblate", "proposal bot", "greenkeeper")


class Miner:
    """One repository on the way through its history."""

    def __init__(self) -> None:
        self.origins = Origins()
        self.past = Past()
        self.units: list[dict] = []
        self.fixed: dict[int, list[int]] = {}
        self.numbers: dict[str, int] = {}
        self.touched: dict[str, int] = {}
        self.touches: dict[str, int] = {}
        self.latest = 0

    def take(self, number: int, patch: Patch) -> None:
        self.numbers[patch.sha] = number
        self.latest = at = max(self.latest, patch.at)
        marks = marks_of(patch.subject, patch.body)
        production = [file for file in patch.files if is_production(file.path)]
        names = production_paths((file.path, file.old_path or None) for file in patch.files)
        known = self.past.before(at, names)
        if is_unit(patch, production):
            facts = Facts(counts(patch), marks.fix, marks.not_code, known)
            self.units.append(
                {"number": number, "sha": patch.sha, "at": at, "x": vector(facts), **self.size(patch, marks, at)}
            )
        origins = [origin for file in production for origin in self.origins.apply(number, file)]
        self.label(number, at, patch, marks, origins)
        self.past.add(at, names, fix=marks.fix)
        for name in names:
            self.touched[name] = at
            self.touches[name] = self.touches.get(name, 0) + 1

    def label(self, number: int, at: int, patch: Patch, marks: Marks, origins: list[int]) -> None:
        sha = reverted_commit(patch.body) if marks.revert else None
        target = self.numbers.get(sha) if sha else None
        if target is None and (marks.fix or marks.revert) and len(patch.files) <= 100:
            target = max(origins, default=None)
        if target is not None and target != number:
            self.fixed.setdefault(target, []).append(at)

    def size(self, patch: Patch, marks: Marks, at: int) -> dict:
        """What Kamei's model (TSE 2013) looks at, its three features of the author's experience and ndev aside."""
        added = sum(len(hunk.added) for file in patch.files for hunk in file.hunks)
        removed = sum(len(hunk.removed) for file in patch.files for hunk in file.hunks)
        paths = [file.path for file in patch.files]
        weights = [sum(len(h.added) + len(h.removed) for h in file.hunks) for file in patch.files]
        whole = sum(weights) or 1
        entropy = -sum(weight / whole * math.log2(weight / whole) for weight in weights if weight)
        ages = [(at - self.touched[path]) / DAY for path in paths if path in self.touched]
        kamei = [
            *(
                math.log1p(value)
                for value in (len({p.partition("/")[0] for p in paths}), len({os.path.dirname(p) for p in paths}))
            ),
            math.log1p(len(paths)),
            entropy,
            math.log1p(added),
            math.log1p(removed),
            math.log1p(sum(len(self.origins.files.get(path, ())) for path in paths)),
            float(marks.fix),
            math.log1p(sum(ages) / len(ages) if ages else 0),
            math.log1p(sum(self.touches.get(path, 0) for path in paths)),
        ]
        return {"added": added, "size": added + removed, "kamei": kamei}

    def rows(self) -> list[dict]:
        rows = []
        for unit in self.units:
            number, at = unit.pop("number"), unit["at"]
            if at <= self.latest - YEAR:
                rows.append({**unit, "y": int(any(0 <= fixed - at <= YEAR for fixed in self.fixed.get(number, ())))})
        return rows


def is_unit(patch: Patch, production: list) -> bool:
    lines = sum(len(hunk.added) + len(hunk.removed) for file in patch.files for hunk in file.hunks)
    by_bot = any(bot in patch.author.lower() for bot in BOTS)
    return bool(production) and len(patch.files) <= 100 and lines <= 10_000 and not by_bot and not patch.unread


def counts(patch: Patch) -> FileCounts:
    total = NOTHING
    for file in patch.files:
        removed = (line for hunk in file.hunks for line in hunk.removed)
        added = (line for hunk in file.hunks for line in hunk.added)
        total = total.plus(count_file(file.path, removed, added))
    return total


def mine(path: str) -> dict:
    began = time.monotonic()
    os.environ["GIT_DIR"] = path
    repository = Discovery().repository()
    head = resolve(repository, "HEAD")
    miner = Miner()
    with StandIn(repository) as git:
        for number, patch in enumerate(read_patches(git, first_parents(git, head)[-MOST:])):
            miner.take(number, patch)
    rows = miner.rows()
    print(
        f"{path}: {len(rows)} changes, {sum(row['y'] for row in rows)} fixed, {time.monotonic() - began:.0f} s",
        file=sys.stderr,
    )
    source = [Path(name).suffix for name in miner.touched]
    return {"language": max(sorted(set(source)), key=source.count, default=""), "head": head, "rows": rows}


def main(folder: str, *repositories: str) -> None:
    for path in repositories:
        name = Path(path).parent.name if Path(path).name == "repo" else Path(path).stem
        Path(folder, f"{name}.json").write_text(json.dumps(mine(path)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
