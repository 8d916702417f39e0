"""What the plugin costs a test run: without the flag at start, and with `--syncpoints` over a whole suite.

    python benchmarks/pytest_overhead/bench_overhead.py [--rounds 15] [--tests 1000]

Run by the Python that has the plugin installed. Each round runs every command once, in turn, so that load on the
machine hits all alike; the figures are medians of the ratio of CPU time (process and children, user and system) to
the first command of the same round. First the start, with one empty test; then so many generated tests, once of
no work at all and once of a few milliseconds each, in a repository of 50 changed files with a policy and owners.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
POLICY = """\
[syncpoints.ledger-ops]
paths = ["src/part1/"]
participants = [{ team = "@acme/ops", purpose = "permission" }]
"""
WORK = ((0, "nothing"), (250_000, "about 4 ms"))
MODULES = (
    "import pytest, sys; pytest.main(['-q', '-p', 'no:cacheprovider']); "
    "print(sorted(name for name in sys.modules if name.startswith('pytest_syncpoints')))"
)


def write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def git(folder: str, *words: str) -> None:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def build(folder: str, tests: int, work: int) -> None:
    """Make a branch whose change is 50 files, with so many tests, 20 a file, each adding up ``work`` numbers."""
    write(f"{folder}/syncpoints.toml", POLICY)
    write(f"{folder}/CODEOWNERS", "".join(f"/src/part{n}/ @acme/team{n % 9}\n" for n in range(200)))
    for number in range(200):
        write(f"{folder}/src/part{number % 10}/module{number}.py", f"value = {number}\n" * 50)
    for number in range(0, tests, 20):
        body = "".join(f"def test_{n}():\n    assert sum(range({work})) >= 0\n\n\n" for n in range(20))
        write(f"{folder}/tests/test_part{number}.py", body)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    git(folder, "switch", "-q", "-c", "feature")
    for number in range(50):
        write(f"{folder}/src/part{number % 10}/module{number}.py", f"changed = {number}\n" * 60)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "change")


def spent(words: list[str], folder: str) -> tuple[float, float]:
    """Return wall and CPU seconds of a command and its children."""
    before, started = children(), time.perf_counter()
    done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
    wall = time.perf_counter() - started
    assert done.returncode in (0, 1), done
    return wall, children() - before


def children() -> float:
    """Return the CPU seconds of all children that ended, to the microsecond (os.times knows hundredths)."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compare(commands: dict[str, list[str]], folder: str, rounds: int) -> None:
    measured: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in commands}
    first = next(iter(commands))
    names = list(commands)
    for number in range(rounds + 1):
        times = {name: spent(commands[name], folder) for name in (names if number % 2 else reversed(names))}
        if number:  # the first warms caches
            for name, (wall, cpu) in times.items():
                measured[name].append((wall, cpu, wall / times[first][0], cpu / times[first][1]))
    for name, rows in measured.items():
        wall, cpu, by_wall, by_cpu = (statistics.median(row[column] for row in rows) for column in range(4))
        ratios = f"x wall {by_wall:.3f}   x CPU {by_cpu:.3f}"
        print(f"  {name:<26} {wall * 1000:7.0f} ms wall {cpu * 1000:7.0f} ms CPU   {ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tests", type=int, default=1000)
    options = parser.parse_args()
    for name in list(os.environ):
        if name == "CI" or name.startswith(("GITHUB_", "GITLAB_", "CI_")):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/test_nothing.py", "def test_nothing():\n    pass\n")
        print(f"start, {options.rounds} paired rounds, Python {sys.version.split()[0]}")
        off = [*PYTEST, "-p", "no:syncpoints"]
        compare(
            {"-p no:syncpoints": off, "plugin, no flag": PYTEST, "-p no:syncpoints again": off}, folder, options.rounds
        )
        done = subprocess.run([sys.executable, "-c", MODULES], cwd=folder, capture_output=True, text=True, check=True)
        print(f"  modules of ours without the flag: {done.stdout.splitlines()[-1]}")
    for work, described in WORK:
        with tempfile.TemporaryDirectory() as folder:
            build(folder, options.tests, work)
            print(f"{options.tests:,} tests of {described}, 50 changed files, {options.rounds} paired rounds")
            flag = [*PYTEST, "--syncpoints", "--syncpoints-json=report.json"]
            compare({"bare": PYTEST, "--syncpoints": flag, "bare again": PYTEST}, folder, options.rounds)


if __name__ == "__main__":
    main()
