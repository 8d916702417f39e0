"""Mine a repository: each first-parent change's features, and whether a fix within a year traced back to it.

    PYTHONPATH=src python benchmarks/risk/mine.py REPOSITORY.git OUT.json [--most 12000]

One pass over `git log --first-parent -p --reverse`. Every production file is kept as a list that says which change
wrote each line, so a fix's removed lines name their origin without a single `git blame`. The origin of a fix is the
latest change among those of its removed lines that hold code (R-SZZ: Davies, Roper, Wood, 2014); a line that only
changed its blanks keeps its origin. A revert names what it reverts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict, deque

from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.patches import first_parents, read_patches
from pytest_syncpoints.marks import is_production, marks_of, reverted_commit, title_of
from pytest_syncpoints.risk.lines import comment_starts, count_file, first_word, is_code
from pytest_syncpoints.size import is_test

DAY = 86400
YEAR = 365 * DAY
BOTS = ("[bot]", "dependabot", "renovate", "pre-commit-ci", "pyup", "weblate", "openstack proposal bot", "greenkeeper")
WORDS = ("add", "support", "implement", "feature", "feat", "refactor", "remove", "drop", "rename", "move", "move",
    "perf", "performance", "optimize", "cache", "async", "thread", "parse", "parser", "test", "tests", "update", "use",
    "allow", "make", "new", "improve", "deprecate", "cleanup", "clean", "simplify", "error", "handle", "wip", "initial",
    "rewrite", "rework", "merge", "security", "windows", "type", "types", "version", "release", "log", "logging")


class Origins:
    """Which change wrote each line of each production file."""

    def __init__(self) -> None:
        self.files: dict[str, list[int]] = {}

    def apply(self, number: int, file, *, blame: bool) -> set[int]:
        """Take a patch in; return the changes whose code it removed."""
        found: set[int] = set()
        if file.old_path and file.old_path in self.files:
            self.files[file.path] = self.files.pop(file.old_path)
        lines = self.files.setdefault(file.path, [])
        comments = comment_starts(file.path)
        for hunk in reversed(file.hunks):
            removed, added = hunk.removed, hunk.added
            at = hunk.old_start - 1 if removed else hunk.old_start
            if len(lines) < at + len(removed):
                lines.extend([-1] * (at + len(removed) - len(lines)))
            old = lines[at : at + len(removed)]
            kept: dict[bytes, list[int]] = defaultdict(list)
            for text, origin in zip(removed, old):
                kept[b"".join(text.split())].append(origin)
            new = []
            for text in added:
                same = kept.get(b"".join(text.split()))
                new.append(same.pop() if same else number)
            if blame:
                for text, origin in zip(removed, old):
                    stripped = text.strip()
                    if is_code(stripped, comments) and not (kept_has(kept, text, origin)):
                        found.add(origin)
            lines[at : at + len(removed)] = new
        if file.gone:
            self.files.pop(file.path, None)
        found.discard(-1)
        return found


def kept_has(kept, text: bytes, origin: int) -> bool:
    """A removed line that came back with other blanks was not removed."""
    return origin not in kept.get(b"".join(text.split()), ())


def mine(path: str, most: int) -> dict:
    os.environ["GIT_DIR"] = path
    repository = Discovery(path).repository()
    rows, labels = [], {}
    by_sha: dict[str, int] = {}
    origins = Origins()
    fixes: dict[str, deque] = defaultdict(deque)
    touches: dict[str, deque] = defaultdict(deque)
    last: dict[str, float] = {}
    count: dict[str, int] = defaultdict(int)
    recent: deque = deque()
    recent_fixes = 0
    latest = 0
    began = time.time()
    git = StandIn(repository)
    head = resolve(repository, "HEAD")
    for number, patch in enumerate(read_patches(git, first_parents(git, head)[-most:])):
        by_sha[patch.sha] = number
        marks = marks_of(patch.subject, patch.body)
        at = latest = max(latest, patch.at)
        while recent and recent[0][0] < at - YEAR:
            recent_fixes -= recent.popleft()[1]
        production = [f for f in patch.files if is_production(f.path)]
        blamed: set[int] = set()
        size = sum(len(h.added) + len(h.removed) for f in patch.files for h in f.hunks)
        unit = bool(production) and not patch.unread and len(patch.files) <= 100 and size <= 10_000
        unit = unit and not any(bot in patch.author.lower() for bot in BOTS)
        names = [n for f in production for n in ((f.path, f.old_path) if f.old_path else (f.path,))]
        for table in (fixes, touches):
            for name in names:
                q = table[name]
                while q and q[0] < at - 90 * DAY:
                    q.popleft()
        if unit:
            row = features(patch, production, marks)
            f90 = [len(fixes[n]) for n in names]
            c90 = [len(touches[n]) for n in names]
            ages = [(at - last[n]) / DAY for n in names if n in last]
            row.update(
                fix90_sum=sum(f90), fix90_max=max(f90), ch90_sum=sum(c90), ch90_max=max(c90),
                age_min=min(ages, default=0), age_mean=sum(ages) / len(ages) if ages else 0,
                new_files=sum(1 for n in names if n not in last), nuc=sum(count[n] for n in names) / len(names),
                lt=sum(len(origins.files.get(n, ())) for n in names),
                rate=(recent_fixes + 5) / (len(recent) + 25), year_changes=len(recent),
            )
            rows.append((number, patch.sha, at, row))
        is_fix = (marks.fix or marks.revert)
        for file in production:
            blamed |= origins.apply(number, file, blame=is_fix and len(patch.files) <= 100)
        target = None
        if marks.revert:
            sha = reverted_commit(patch.body)
            target = by_sha.get(sha) if sha else None
        if target is None and is_fix and blamed:
            target = max(blamed)
        if target is not None and target != number:
            labels.setdefault(target, []).append(at)
        if production:
            recent.append((at, marks.fix)); recent_fixes += marks.fix
        for name in names:
            touches[name].append(at); last[name] = at; count[name] += 1
            if marks.fix:
                fixes[name].append(at)
    git.remove()
    out = []
    for number, sha, at, row in rows:
        if at > latest - YEAR:
            continue
        when = [fixed - at for fixed in labels.get(number, ())]
        out.append({"sha": sha, "at": at, "y": int(any(0 <= w <= YEAR for w in when)), **row})
    print(path, len(out), sum(r["y"] for r in out), f"{time.time() - began:.0f}s", file=sys.stderr, flush=True)
    return {"repository": path, "rows": out}


def features(patch, production, marks) -> dict:
    counts = {}
    totals = defaultdict(int)
    per_file = []
    for file in patch.files:
        removed = [l for h in file.hunks for l in h.removed]
        added = [l for h in file.hunks for l in h.added]
        c = count_file(file.path, removed, added)
        for key in c._fields:
            totals[key] += getattr(c, key)
        totals["la"] += len(added); totals["ld_all"] += len(removed)
        if is_test(file.path):
            totals["test_files"] += 1
        if file in production:
            per_file.append(c.code_added + c.code_deleted)
            totals["hunks"] += len(file.hunks)
            totals["la_prod"] += len(added)
            comments = comment_starts(file.path)
            code = [l for l in added if is_code(l.strip(), comments)]
            for l in code:
                s = l.strip()
                w = first_word(s)
                totals["defs"] += w in (b"def", b"class", b"func", b"function", b"async", b"fn", b"static", b"type", b"struct")
                indent = len(l) - len(l.lstrip(b" \t"))
                if l.startswith(b"\t"):
                    indent *= 4
                totals["deep"] += indent >= 12
                totals["long"] += len(l) > 80
                totals["calls"] += l.count(b"(")
                totals["ops"] += l.count(b" and ") + l.count(b" or ") + l.count(b"&&") + l.count(b"||") + l.count(b" not ")
                totals["assigns"] += b" = " in l
                totals["none"] += (b"None" in l) + (b"null" in l) + (b"nil" in l)
                totals["strings"] += (b'"' in l) or (b"'" in l)
                totals["index"] += b"[" in l
                totals["slf"] += b"self." in l or b"this." in l
                totals["sigs"] += 0
            totals["cont_hunks"] += sum(1 for h in file.hunks if h.removed and h.added)
            totals["pure_add"] += sum(1 for h in file.hunks if h.added and not h.removed)
            totals["new_prod"] += file.new
            totals["gone_prod"] += file.gone
            totals["renamed"] += bool(file.old_path)
    total = sum(per_file) or 1
    import math
    entropy = -sum(p / total * math.log2(p / total) for p in per_file if p)
    words = title_of(patch.subject, patch.body).lower().split()
    row = dict(totals)
    row.update(
        nf=len(patch.files), nf_prod=len(production), dirs=len({f.path.rpartition("/")[0] for f in production}),
        entropy=entropy, fix=int(marks.fix), revert=int(marks.revert), not_code=int(marks.not_code),
        merge=int(len(patch.parents) > 1), title_len=len(" ".join(words)), body_len=len(patch.body),
        words=[w for w in WORDS if w in words],
        top=production[0].path.rpartition(".")[2],
    )
    return row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repository")
    parser.add_argument("out")
    parser.add_argument("--most", type=int, default=12000)
    arguments = parser.parse_args()
    found = mine(arguments.repository, arguments.most)
    with open(arguments.out, "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
