"""Measure drift from a warm index, and what a commit hook pays for its lines of drift and news.

    python benchmarks/drift/bench_drift.py REPOSITORY NAME=PATH...

Works in a shared clone with a policy of its own; each NAME=PATH becomes a component that two teams meet over. Prints
medians of RUNS runs: the facts inside a running process, the whole command, and a staged review with and without them.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pytest_syncpoints.commands.drift import drifted
from pytest_syncpoints.gather.drift_memory import memory_path

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
    print(f"warm, in the process: {middle(lambda: drifted(None, time.time()), RUNS):.0f} ms")
    command = [sys.executable, "-m", "pytest_syncpoints", "drift", "--format", "json"]
    print(f"warm, the command: {middle(lambda: run(command), RUNS):.0f} ms")
    blob = subprocess.run(["git", "ls-tree", "-r", "HEAD", "--", *parts.values()], check=True, capture_output=True)
    mode = blob.stdout.split(b"\n")[0].partition(b"\t")[0].split()[0]
    path = os.fsdecode(blob.stdout.split(b"\n")[0].partition(b"\t")[2])
    other = subprocess.run(["git", "rev-parse", "HEAD:syncpoints.toml"], check=True, capture_output=True, text=True)
    entry = f"{mode.decode()},{other.stdout.strip()},{path}"
    subprocess.run(["git", "update-index", "--cacheinfo", entry], check=True)
    check = [sys.executable, "-m", "pytest_syncpoints", "check", "--staged"]
    run(check)
    print(f"check --staged, index and memory warm: {middle(lambda: run(check), RUNS):.0f} ms")
    (Path(".git") / "syncpoints" / "history.sqlite").rename("history.aside")  # the risk of a change is not our subject
    memory = Path(memory_path(".git"))
    differences: list[float] = []
    without: list[float] = []
    for _ in range(HOOK_RUNS):
        with_drift = middle(lambda: run(HOOK), 1)
        memory.rename("memory.aside")
        without.append(middle(lambda: run(HOOK), 1))
        Path("memory.aside").rename(memory)
        differences.append(with_drift - without[-1])
    more = statistics.median(differences)
    print(f"hook: {statistics.median(without):.1f} ms without drift, {more:+.1f} ms with it (median of pairs)")
    said = subprocess.run(HOOK, check=False, capture_output=True, text=True).stdout
    print("drift told at the hook:", "DRF" in said or "drift" in said)
    print(f"remembered: {memory.stat().st_size:,} bytes")


def run(command: list[str]) -> None:
    """Run a command, whatever it returns."""
    subprocess.run(command, check=False, capture_output=True)


def middle(action: Callable[[], object], runs: int) -> float:
    """Return the median of some runs in milliseconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
