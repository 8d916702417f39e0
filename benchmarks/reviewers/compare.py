"""Hold reviewer suggestions against who really reviewed, in time order, beside two published baselines.

    python benchmarks/reviewers/compare.py [--every N] REPOSITORY...

Each commit that names a reviewer is first predicted from what landed before it, then learned. Baselines: the last
committers of the changed files, latest first; and cHRev (Zanjani, Kagdi and Bird, IEEE TSE 42(6), 2016): per file the
share of its reviews, the share of its review days, and how near the last one is to the file's latest. `git blame` of
each change takes long: `--every 50` predicts one change of 50, the same by all methods.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable

from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.history import History, open_history
from pytest_syncpoints.gather.landed import Identities, Line
from pytest_syncpoints.gather.lines_known import lines_known
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.works import works
from pytest_syncpoints.loops.familiarity import Familiarity, LinesFrom, Work
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY

MOST_FILES = 50  # larger changes are learned and not predicted, by any of the three
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? ")
LOOK_BACK = 3 * 365 * 86_400
WARM = 0.2  # of the reviewed changes are learned before any is predicted


class LastCommitter:
    """Whoever wrote the changed files last."""

    def __init__(self) -> None:
        self._last: dict[str, dict[str, int]] = defaultdict(dict)

    def learn(self, work: Work) -> None:
        for path in work.paths:
            self._last[path][work.author] = work.at

    def names(self, work: Work) -> list[str]:
        latest: dict[str, int] = {}
        for path in work.paths:
            for who, at in self._last.get(path, {}).items():
                latest[who] = max(latest.get(who, 0), at)
        return sorted(latest.keys() - {work.author}, key=lambda who: (-latest[who], who))


class CHRev:
    """Reviews, review days and recency per file, each as a share of the file's own."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, tuple[int, set[int], int]]] = defaultdict(dict)

    def learn(self, work: Work) -> None:
        day = work.at // 86_400
        for path in work.paths:
            for who in work.reviewers:
                count, days, _ = self._files[path].get(who, (0, set(), 0))
                self._files[path][who] = (count + 1, days | {day}, day)

    def names(self, work: Work) -> list[str]:
        scores: dict[str, float] = defaultdict(float)
        for path in work.paths:
            known = self._files.get(path, {})
            reviews = sum(count for count, _, _ in known.values())
            days = len(set().union(*(days for _, days, _ in known.values()))) if known else 0
            latest = max((last for _, _, last in known.values()), default=0)
            for who, (count, own, last) in known.items():
                scores[who] += count / reviews + len(own) / days + 1 / (latest - last + 1)
        return sorted(scores.keys() - {work.author}, key=lambda who: (-scores[who], who))


class Ours:
    """What `syncpoints reviewers` ranks by, without the lines themselves."""

    def __init__(self) -> None:
        self._known = Familiarity()

    def learn(self, work: Work) -> None:
        self._known.learn(work)

    def names(self, work: Work) -> list[str]:
        return [known.who for known in self._known.rank(work.paths, work.author, work.at)]


class OursWithLines(Ours):
    """The same with who wrote and reviewed the changed lines and their neighbours."""

    def __init__(self, lines: Callable[[Work], list[LinesFrom]]) -> None:
        super().__init__()
        self._lines = lines

    def names(self, work: Work) -> list[str]:
        return [known.who for known in self._known.rank(work.paths, work.author, work.at, self._lines(work))]


def main() -> None:
    """Print a table row per repository and method."""
    options = argparse.ArgumentParser()
    options.add_argument("--every", type=int, default=1)
    options.add_argument("repositories", nargs="+")
    asked = options.parse_args()
    print(f"{'repository':<24}{'changes':>8}  {'method':<16}{'top-1':>7}{'top-3':>7}{'top-5':>7}{'MRR':>7}")
    means: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for place in asked.repositories:
        name, count, found = measured(place, asked.every)
        for method, row in found.items():
            means[method].append(row)
            print(f"{name:<24}{count:>8}  {method:<16}" + "".join(f"{value:7.3f}" for value in row), flush=True)
    for method, rows in means.items():
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        print(f"{'mean':<24}{'':>8}  {method:<16}" + "".join(f"{value:7.3f}" for value in mean))


def measured(place: str, every: int) -> tuple[str, int, dict[str, tuple[float, ...]]]:
    """Return the repository's name, the number of predicted changes, and the figures of each method."""
    bare = {"GIT_DIR": os.path.abspath(place)} if os.path.isdir(f"{place}/objects") else {}
    repository = Discovery(place, {**os.environ, **bare}).repository()
    head = resolve(repository, "HEAD")
    with Objects(repository) as objects, open_history(repository) as history:
        history.update([head])
        mailmap = objects.file(head, ".mailmap")
        people = People.build(NO_POLICY, mailmap[1] if mailmap else b"")
        line = Line(history, head)
        identities = Identities(history.database, people)
        landed = list(works(history, line, identities))
        with StandIn(repository) as git:
            return predicted(
                os.path.basename(os.path.dirname(place)), landed, every, blamed(history, line, identities, git)
            )


def blamed(history: History, line: Line, identities: Identities, git: StandIn) -> Callable[[Work], list[LinesFrom]]:
    """Return what tells of a commit where the lines around its hunks came from."""

    def lines(work: Work) -> list[LinesFrom]:
        patch = git.ask("diff-tree", "-p", "-U0", "--no-renames", "--diff-filter=M", f"{work.sha}^", work.sha).stdout
        hunks: dict[str, list[tuple[int, int]]] = {}
        path = ""
        for row in patch.decode("utf-8", "surrogateescape").split("\n"):
            if row.startswith("--- a/"):
                path = row.removeprefix("--- a/")
            elif path and (found := HUNK.match(row)):
                hunks.setdefault(path, []).append((int(found[1]), int(found[2] or 1)))
        files = sorted(hunks.items(), key=lambda item: (-sum(count for _, count in item[1]), item[0]))
        known = [(name, tuple(spans)) for name, spans in files]
        return list(lines_known(history, line, identities, git, f"{work.sha}^", known, work.at - LOOK_BACK))

    return lines


def predicted(
    name: str, landed: list[Work], every: int, lines: Callable[[Work], list[LinesFrom]]
) -> tuple[str, int, dict[str, tuple[float, ...]]]:
    """Predict, then learn, each change in turn."""
    eligible = [work for work in landed if work.reviewers and len(work.paths) <= MOST_FILES]
    start = eligible[int(len(eligible) * WARM)].at
    methods: dict[str, LastCommitter | CHRev | Ours] = {
        "last committer": LastCommitter(),
        "cHRev": CHRev(),
        "files alone": Ours(),
        "syncpoints": OursWithLines(lines),
    }
    turn = 0
    ranks: dict[str, list[int | None]] = {kind: [] for kind in methods}
    began = time.monotonic()
    for work in landed:
        if work.reviewers and work.at >= start and len(work.paths) <= MOST_FILES:
            turn += 1
            for kind, method in methods.items() if turn % every == 0 else ():
                names = method.names(work)
                ranks[kind].append(next((at for at, who in enumerate(names, 1) if who in work.reviewers), None))
        for method in methods.values():
            method.learn(work)
    print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return name, len(ranks["cHRev"]), {kind: _figures(found) for kind, found in ranks.items()}


def _figures(ranks: list[int | None]) -> tuple[float, ...]:
    tops = [sum(rank is not None and rank <= most for rank in ranks) / len(ranks) for most in (1, 3, 5)]
    return (*tops, sum(1 / rank for rank in ranks if rank) / len(ranks))


if __name__ == "__main__":
    main()
