"""Hold reviewer suggestions against who really reviewed, in time order, beside two published baselines.

    python benchmarks/reviewers/compare.py REPOSITORY...

Each commit that names a reviewer is first predicted from what landed before it, then learned. Baselines: the last
committers of the changed files, latest first; and cHRev (Zanjani, Kagdi and Bird, IEEE TSE 42(6), 2016): per file the
share of its reviews, the share of its review days, and how near the last one is to the file's latest.
"""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict

from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.landed import Identities, Line
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.works import works
from pytest_syncpoints.loops.familiarity import Familiarity, Work
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY

MOST_FILES = 50  # larger changes are learned and not predicted, by any of the three
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
    """What `syncpoints reviewers` ranks by."""

    def __init__(self) -> None:
        self._known = Familiarity()

    def learn(self, work: Work) -> None:
        self._known.learn(work)

    def names(self, work: Work) -> list[str]:
        return [known.who for known in self._known.rank(work.paths, work.author, work.at)]


def main() -> None:
    """Print a table row per repository and method."""
    print(f"{'repository':<24}{'changes':>8}  {'method':<16}{'top-1':>7}{'top-3':>7}{'top-5':>7}{'MRR':>7}")
    means: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for place in sys.argv[1:]:
        name, count, found = measured(place)
        for method, row in found.items():
            means[method].append(row)
            print(f"{name:<24}{count:>8}  {method:<16}" + "".join(f"{value:7.3f}" for value in row), flush=True)
    for method, rows in means.items():
        mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        print(f"{'mean':<24}{'':>8}  {method:<16}" + "".join(f"{value:7.3f}" for value in mean))


def measured(place: str) -> tuple[str, int, dict[str, tuple[float, ...]]]:
    """Return the repository's name, the number of predicted changes, and the figures of each method."""
    os.chdir(place)
    repository = Discovery().repository()
    head = resolve(repository, "HEAD")
    with Objects(repository) as objects, open_history(repository) as history:
        history.update([head])
        mailmap = objects.file(head, ".mailmap")
        people = People.build(NO_POLICY, mailmap[1] if mailmap else b"")
        line = Line(history, head)
        landed = list(works(history, line, Identities(history.database, people)))
    eligible = [work for work in landed if work.reviewers and len(work.paths) <= MOST_FILES]
    start = eligible[int(len(eligible) * WARM)].at
    methods: dict[str, LastCommitter | CHRev | Ours] = {
        "last committer": LastCommitter(),
        "cHRev": CHRev(),
        "syncpoints": Ours(),
    }
    ranks: dict[str, list[int | None]] = {name: [] for name in methods}
    began = time.monotonic()
    for work in landed:
        if work.reviewers and work.at >= start and len(work.paths) <= MOST_FILES:
            for name, method in methods.items():
                names = method.names(work)
                ranks[name].append(next((at for at, who in enumerate(names, 1) if who in work.reviewers), None))
        for method in methods.values():
            method.learn(work)
    print(f"{os.path.basename(place)}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return os.path.basename(place), len(ranks["cHRev"]), {name: _figures(found) for name, found in ranks.items()}


def _figures(ranks: list[int | None]) -> tuple[float, ...]:
    tops = [sum(rank is not None and rank <= most for rank in ranks) / len(ranks) for most in (1, 3, 5)]
    return (*tops, sum(1 / rank for rank in ranks if rank) / len(ranks))


if __name__ == "__main__":
    main()
