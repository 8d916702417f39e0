"""Measure the history index against git itself, in paired rounds, on a copy that borrows a repository's objects.

PYTHONPATH=src python benchmarks/index/bench_index.py REPOSITORY.git [--all] [--rounds 3] [--kills 100]
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pytest_syncpoints.gather.git import Discovery, Repository
from pytest_syncpoints.gather.history import History, open_history
from pytest_syncpoints.gather.history.changes import PastChange, past_changes
from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.lines import FileCounts
from pytest_syncpoints.risk.model import Facts, score
from pytest_syncpoints.risk.past import YEAR, Past

UPDATE = """
import sys
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.history import open_history
with open_history(Discovery().repository()) as history:
    history.update(sys.stdin.read().split())
    history.count_lines()
"""


def borrow(source: str, folder: str) -> str:
    """Return a bare repository of our own that uses the objects of another."""
    target = f"{folder}/borrowed.git"
    subprocess.run(["git", "init", "-q", "--bare", target], check=True)
    Path(target, "objects/info/alternates").write_text(f"{os.path.realpath(source)}/objects\n", encoding="utf-8")
    for name in ("packed-refs", "HEAD"):
        if Path(source, name).exists():
            shutil.copy(Path(source, name), Path(target, name))
    return target


def tips(*, everything: bool) -> list[str]:
    words = ["for-each-ref", "--format=%(objectname) %(objecttype)"] if everything else ["rev-parse", "HEAD"]
    told = subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout
    lines = [line.split() for line in told.splitlines()]
    return list(dict.fromkeys(line[0] for line in lines if line[1:] in ([], ["commit"])))


def timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


class Took(NamedTuple):
    """What an action took: seconds on the clock, and of processor time with its children's."""

    wall: float
    cpu: float

    @classmethod
    def by(cls, action: Callable[[], object]) -> Took:
        before = os.times()
        wall = timed(action)
        return cls(wall, sum(os.times()[:4]) - sum(before[:4]))

    def plus(self, other: Took) -> Took:
        return Took(self.wall + other.wall, self.cpu + other.cpu)


def git(*words: str, stdin: str = "") -> None:
    subprocess.run(["git", *words], input=stdin, text=True, check=True, stdout=subprocess.DEVNULL)


def forget(repository: Repository) -> None:
    shutil.rmtree(f"{repository.common_dir}/syncpoints", ignore_errors=True)


def passes(repository: Repository, heads: list[str], rounds: int, *, lines: bool) -> None:
    stdin = "\n".join(heads) + "\n"
    pairs = []
    for _ in range(rounds):
        forget(repository)
        theirs = Took.by(lambda: git("log", "--raw", "-z", "--stdin", stdin=stdin))
        with open_history(repository) as history:
            ours = Took.by(lambda: history.update(heads))
            pairs.append(("first pass", theirs, ours))
            if lines:
                ours = ours.plus(Took.by(history.count_lines))
                numstat = Took.by(lambda: git("log", "--raw", "--numstat", "-z", "--stdin", stdin=stdin))
                pairs.append(("whole index", numstat, ours))
            commits = history.database.execute("SELECT count(*) FROM commits").fetchone()[0]
    print(f"{commits:,} commits, {len(heads)} heads, load {os.getloadavg()[0]:.1f}")
    for title, theirs, ours in pairs:
        wall = f"git {theirs.wall:.2f} s, ours {ours.wall:.2f} s, {ours.wall / theirs.wall:.2f} x"
        print(f"{title}: {wall}; processor {theirs.cpu:.2f}, {ours.cpu:.2f}, {ours.cpu / theirs.cpu:.2f} x")


def nothing_new(heads: list[str]) -> None:
    def ours() -> None:
        with open_history(Discovery().repository()) as history:
            history.update(heads[:1])

    theirs = [timed(lambda: git("rev-parse", "HEAD")) for _ in range(60)]
    own = [timed(ours) for _ in range(60)]
    a, b = statistics.median(theirs), statistics.median(own)
    print(
        f"nothing new: git rev-parse {1000 * a:.1f} ms, ours {1000 * b:.1f} ms (discovery and opening too), {b / a:.2f} x"  # noqa: E501
    )


def factors(history: History, head: str) -> None:
    """Time what a review asks: the two years before a change, read once, then the factors of each change in them."""
    newest = history.commit(head)
    since = newest.committed_at - 2 * YEAR

    def read() -> list[PastChange]:
        return past_changes(history, history.line_since(head, since), since)

    changes = read()
    reading = statistics.median(timed(read) for _ in range(5))
    past, took = Past(), []
    for change in changes:

        def one(change: PastChange = change) -> None:
            known = past.before(change.at, change.paths)
            score(BUILT_IN, Facts(FileCounts(10, 5, 2, 1, 4, 8), fix=False, not_code=False, known=known))

        took.append(timed(one))
        past.add(change.at, change.paths, fix=change.fix)
    took.sort()
    median, most = (1000 * seconds for seconds in (statistics.median(took), took[len(took) * 95 // 100]))
    print(f"two years of {len(changes)} changes read in {1000 * reading:.1f} ms, once")
    print(f"factors of a change from them: median {median:.2f} ms, 95 % {most:.2f} ms")


def content(history: History) -> list:
    """Return everything an index says, without the numbers it uses inside."""
    queries = (
        "SELECT c.sha, p.sha, c.subject, c.line FROM commits c LEFT JOIN commits p ON p.id = c.parent",
        "SELECT c.sha, p.path, t.status FROM files t JOIN commits c ON c.id = commit_id JOIN paths p ON p.id = path_id",
        "SELECT sha, p.path, added, deleted FROM lines "  # noqa: ISC004
        "JOIN commits c ON c.id = commit_id JOIN paths p ON p.id = path_id",
    )
    return [sorted(history.database.execute(query), key=repr) for query in queries]


def kills(repository: Repository, heads: list[str], count: int) -> None:
    """Kill an indexing process at random moments, letting each go on where the last was stopped, then compare."""
    stdin = "\n".join(heads).encode()
    forget(repository)
    took = timed(lambda: subprocess.run([sys.executable, "-c", UPDATE], input=stdin, check=True))
    with open_history(repository) as history:
        fresh = content(history)
    dice = random.Random(7)
    opened = finished = equal = 0
    forget(repository)
    for number in range(count):
        process = subprocess.Popen([sys.executable, "-c", UPDATE], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdin.write(stdin)
        process.stdin.close()
        time.sleep(dice.random() * took * 1.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with open_history(repository) as history:
            opened += 1
            if history.database.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                print(f"damaged after kill {number}")
            if not history.uncounted() and history.has(heads[0]):
                finished += 1
                equal += content(history) == fresh
                forget(repository)
    with open_history(repository) as history:
        history.update(heads)
        history.count_lines()
        equal_at_end = content(history) == fresh
    print(
        f"{count} kills over {took:.1f} s of work: opened {opened}, whole in between {finished} (equal to fresh {equal}), "  # noqa: E501
        f"at the end equal: {equal_at_end}"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("repository")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-lines", action="store_true")
    parser.add_argument("--kills", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GIT_DIR"] = borrow(arguments.repository, folder)
        repository = Discovery().repository()
        heads = tips(everything=arguments.all)
        if arguments.kills:
            kills(repository, heads, arguments.kills)
            return
        passes(repository, heads, arguments.rounds, lines=not arguments.no_lines)
        nothing_new(heads)
        with open_history(repository) as history:
            factors(
                history,
                subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip(),
            )


if __name__ == "__main__":
    main()
