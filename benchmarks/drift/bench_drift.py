"""Measure drift from a warm index, and what a commit hook pays for its lines of drift and news.

    python benchmarks/drift/bench_drift.py REPOSITORY NAME=PATH...

Works in a shared clone with a policy of its own; each NAME=PATH becomes a component that two teams meet over. Prints
medians of RUNS runs, by the clock and of processor time: the facts inside a running process, the whole command, and a
staged review with and without them.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_syncpoints.commands.drift import drifted
from pytest_syncpoints.gather.memory import memory_path

RUNS = 5
HOOK_RUNS = 31
HOOK = [sys.executable, "-c", "from syncpoints_hooks.staged import main; main()"]
WHO = {
    f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "A"), ("EMAIL", "a@b"))
}


def main() -> None:
    """Clone, index, measure, print."""
    source, *named = sys.argv[1:]
    parts = dict(text.split("=", 1) for text in named)
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", folder]
        subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", source, folder], check=True)
        people = subprocess.run(
            [*git, "log", "-n", "400", "--format=%ae"], check=True, capture_output=True, text=True
        ).stdout.split()
        teams = sorted(set(people))
        (Path(folder) / "syncpoints.toml").write_text(policy(parts, teams[::2], teams[1::2]))
        subprocess.run([*git, "read-tree", "HEAD"], check=True)
        subprocess.run([*git, "add", "syncpoints.toml"], check=True)
        subprocess.run([*git, "commit", "-qm", "Policy"], check=True, env={**os.environ, **WHO})
        measure(folder, parts)


def policy(parts: dict[str, str], one: list[str], two: list[str]) -> str:
    """Return a policy in which two teams meet over every part."""
    components = "".join(f'[components.{name}]\npaths = ["{path}"]\n' for name, path in parts.items())
    return (
        f"[teams.one]\nmembers = {one}\n[teams.two]\nmembers = {two}\n{components}[syncpoints.all]\n"
        f"components = {list(parts)}\nparticipants = [{{ team = 'one', purpose = 'permission' }}, "
        "{ team = 'two', purpose = 'permission' }]\n"
    ).replace("'", '"')


def measure(folder: str, parts: dict[str, str]) -> None:
    """Print the figures of one repository."""
    os.chdir(folder)
    gc.disable()  # as the command does
    count = subprocess.run(["git", "rev-list", "--count", "HEAD"], check=True, capture_output=True, text=True)
    began = time.perf_counter()
    drifted(None, time.time())
    print(f"{int(count.stdout):,} commits, {len(parts)} components, 2 teams")
    print(f"cold: {time.perf_counter() - began:.1f} s with making the index")
    print(f"warm, in the process: {told(middle(lambda: drifted(None, time.time()), RUNS))}")
    command = [sys.executable, "-m", "pytest_syncpoints", "drift", "--format", "json"]
    print(f"warm, the command: {told(middle(lambda: run(command), RUNS))}")
    blob = subprocess.run(["git", "ls-tree", "-r", "HEAD", "--", *parts.values()], check=True, capture_output=True)
    mode = blob.stdout.split(b"\n")[0].partition(b"\t")[0].split()[0]
    path = os.fsdecode(blob.stdout.split(b"\n")[0].partition(b"\t")[2])
    other = subprocess.run(["git", "rev-parse", "HEAD:syncpoints.toml"], check=True, capture_output=True, text=True)
    entry = f"{mode.decode()},{other.stdout.strip()},{path}"
    subprocess.run(["git", "update-index", "--cacheinfo", entry], check=True)
    check = [sys.executable, "-m", "pytest_syncpoints", "check", "--staged"]
    run(check)
    print(f"check --staged, index and memory warm: {told(middle(lambda: run(check), RUNS))}")
    (Path(".git") / "syncpoints" / "history.sqlite").rename("history.aside")  # the risk of a change is not our subject
    memory = Path(memory_path(".git", "drift"))
    differences: list[tuple[float, float]] = []
    without: list[tuple[float, float]] = []
    for _ in range(HOOK_RUNS):
        with_drift = middle(lambda: run(HOOK), 1)
        memory.rename("memory.aside")
        without.append(middle(lambda: run(HOOK), 1))
        Path("memory.aside").rename(memory)
        differences.append((with_drift[0] - without[-1][0], with_drift[1] - without[-1][1]))
    base = [statistics.median(row[at] for row in without) for at in (0, 1)]
    more = [statistics.median(row[at] for row in differences) for at in (0, 1)]
    print(f"hook: {base[0]:.1f} ms without drift, {more[0]:+.1f} ms with it (median of pairs)")
    print(f"hook, processor: {base[1]:.1f} ms without drift, {more[1]:+.1f} ms with it (median of pairs)")
    said = subprocess.run(HOOK, check=False, capture_output=True, text=True).stdout
    print("drift told at the hook:", "DRF" in said or "drift" in said)
    print(f"remembered: {memory.stat().st_size:,} bytes")


def run(command: list[str]) -> None:
    """Run a command, whatever it returns."""
    subprocess.run(command, check=False, capture_output=True)


def middle(action: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the medians of some runs in milliseconds: by the clock, and of processor time, children included."""
    walls, works = [], []
    for _ in range(runs):
        began, spent = time.perf_counter(), processor()
        action()
        walls.append((time.perf_counter() - began) * 1000)
        works.append((processor() - spent) * 1000)
    return statistics.median(walls), statistics.median(works)


def processor() -> float:
    """Return the seconds of processor time that this process and its children took so far."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def told(both: tuple[float, float]) -> str:
    """Return two medians in words."""
    return f"{both[0]:.0f} ms, {both[1]:.0f} ms of processor"


if __name__ == "__main__":
    main()
