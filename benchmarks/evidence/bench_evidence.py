"""What measuring costs a real test suite: CPU against the bare suite, in paired rounds, with pytest-cov beside it.

    python benchmarks/evidence/bench_evidence.py CLONE HOT [--rounds 5] [TESTS...]

CLONE is a clone this script may commit in; HOT the module whose every line is the worst-case change. `diff` reviews
the last five commits, `hot` a change in which HOT is new. Each round runs every configuration once, in turn; the
figures are medians of the ratio of CPU time (the process and its children) to `bare` in the same round.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


def git(folder: str, *words: str) -> str:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def spent(words: list[str], folder: str) -> tuple[float, int]:
    places = [f"{folder}/src", folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "CI": "true"}
    before = children()
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)
    return children() - before, done.returncode


def children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone")
    parser.add_argument("hot")
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_intermixed_args()
    folder = os.path.realpath(options.clone)
    head = git(folder, "rev-parse", "HEAD")
    git(folder, "checkout", "-q", "--detach", head)
    git(folder, "rm", "-q", "--cached", options.hot)
    git(folder, "commit", "-q", "-m", "without")
    git(folder, "branch", "-f", "without-hot")
    git(folder, "add", options.hot)
    git(folder, "commit", "-q", "-m", "with")
    evidence = ["--syncpoints", "--syncpoints-no-fail", "--syncpoints-json=report.json"]
    bare = [*PYTEST, *options.tests]
    commands = {
        "bare": bare,
        "bare again": bare,
        "evidence, diff": [*bare, *evidence, f"--syncpoints-base={head}~5"],
        "evidence, hot": [*bare, *evidence, "--syncpoints-base=without-hot"],
        "pytest-cov, contexts": [*bare, "--cov=src", "--cov-config=/dev/null", "--cov-context=test", "--cov-report="],
    }
    ratios: dict[str, list[float]] = {name: [] for name in commands}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(options.rounds):
        names = list(commands) if number % 2 else list(reversed(commands))
        times = {name: spent(commands[name], folder) for name in names}
        for name, (cpu, status) in times.items():
            assert status in (0, 1), (name, status)
            ratios[name].append(cpu / times["bare"][0])
            seconds[name].append(cpu)
    git(folder, "checkout", "-q", head)
    print(f"{os.path.basename(folder)} {head[:10]}, Python {sys.version.split()[0]}, {options.rounds} rounds")
    for name in commands:
        cpu, ratio = statistics.median(seconds[name]), statistics.median(ratios[name])
        print(f"  {name:<22} {cpu:7.2f} s CPU   x {ratio:.3f}   ({min(ratios[name]):.3f} to {max(ratios[name]):.3f})")


if __name__ == "__main__":
    main()
