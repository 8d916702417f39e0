"""Mine repositories: each first-parent change as the model sees it, and whether a fix within a year traced back to it.

    PYTHONPATH=src python benchmarks/risk/mine.py FOLDER REPOSITORY.git...

The labels are those of `syncpoints calibrate` (gather/labels.py); beside the model's own terms each row has what
added lines alone and Kamei's model look at. The last year of a repository has no label yet and is left out.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path

from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.labels import Labeller
from pytest_syncpoints.gather.patches import Patch, first_parents, read_patches
from pytest_syncpoints.marks import is_production, marks_of, production_paths
from pytest_syncpoints.risk.model import vector
from pytest_syncpoints.risk.past import DAY

MOST = 12_000


class Sizes:
    """What Kamei's model (TSE 2013) looks at, its three features of the author's experience and ndev aside."""

    def __init__(self) -> None:
        self.touched: dict[str, int] = {}
        self.touches: dict[str, int] = {}

    def of(self, patch: Patch, at: int, lines: dict[str, list[int]]) -> dict:
        added = sum(len(hunk.added) for file in patch.files for hunk in file.hunks)
        removed = sum(len(hunk.removed) for file in patch.files for hunk in file.hunks)
        paths = [file.path for file in patch.files]
        weights = [sum(len(h.added) + len(h.removed) for h in file.hunks) for file in patch.files]
        whole = sum(weights) or 1
        ages = [(at - self.touched[path]) / DAY for path in paths if path in self.touched]
        kamei = [
            math.log1p(len({path.partition("/")[0] for path in paths})),
            math.log1p(len({os.path.dirname(path) for path in paths})),
            math.log1p(len(paths)),
            -sum(weight / whole * math.log2(weight / whole) for weight in weights if weight),
            math.log1p(added),
            math.log1p(removed),
            math.log1p(sum(len(lines.get(path, ())) for path in paths)),
            float(marks_of(patch.subject, patch.body).fix),
            math.log1p(max(0, sum(ages) / len(ages)) if ages else 0),
            math.log1p(sum(self.touches.get(path, 0) for path in paths)),
        ]
        return {"added": added, "size": added + removed, "kamei": kamei}

    def take(self, patch: Patch, at: int) -> None:
        for name in production_paths((file.path, file.old_path or None) for file in patch.files):
            self.touched[name] = at
            self.touches[name] = self.touches.get(name, 0) + 1


def mine(path: str) -> dict:
    began = time.monotonic()
    os.environ["GIT_DIR"] = path
    repository = Discovery().repository()
    head = resolve(repository, "HEAD")
    labeller, sizes = Labeller(), Sizes()
    extra = {}
    with StandIn(repository) as git:
        for patch in read_patches(git, first_parents(git, head)[-MOST:]):
            at = max(labeller.latest, patch.at)
            if any(is_production(file.path) for file in patch.files):
                extra[patch.sha] = sizes.of(patch, at, labeller.origins.files)
            labeller.take(patch)
            sizes.take(patch, at)
    found = labeller.labels().changes
    rows = [
        {"sha": one.sha, "at": one.at, "y": int(one.fixed), "x": vector(one.facts), **extra[one.sha]} for one in found
    ]
    fixed = sum(row["y"] for row in rows)
    print(f"{path}: {len(rows)} changes, {fixed} fixed, {time.monotonic() - began:.0f} s", file=sys.stderr)
    source = [Path(name).suffix for name in sizes.touched]
    return {"language": max(sorted(set(source)), key=source.count, default=""), "head": head, "rows": rows}


def main(folder: str, *repositories: str) -> None:
    for path in repositories:
        name = Path(path).parent.name if Path(path).name == "repo" else Path(path).stem
        Path(folder, f"{name}.json").write_text(json.dumps(mine(path)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
