"""What measuring costs a real test suite: CPU against the bare suite, in paired rounds, with other tools beside it.

    python benchmarks/evidence/bench_evidence.py CLONE HOT [--rounds 5] [--peers] [TESTS...]

CLONE is a clone this script may commit in; HOT the module whose every line is the worst-case change. `idle` reviews a
change of one new module that no test imports, `diff` the last five commits, `hot` a change in which HOT is new. Each
round runs every configuration once, in turn; the figures are medians of the ratio of CPU time (the process and its
children) to `bare` in the same round. `tests` is that ratio without the start and the end of the session, `once` the
seconds that start and end take more than those of `bare`: the review, and the report. `--peers` runs pytest-cov with
contexts, pytest-testmon and slipcover too, as far as they are installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "bench_parts"]


def git(folder: str, *words: str) -> str:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def spent(words: list[str], folder: str) -> tuple[float, float, int]:
    """Return the seconds of a run, those of its start and end, and its status."""
    here = os.path.dirname(os.path.abspath(__file__))
    places = [f"{folder}/src", folder, here, *filter(None, [os.environ.get("PYTHONPATH")])]
    parts = f"{folder}/.git/parts.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "CI": "true", "BENCH_PARTS": parts}
    for name in (parts, f"{folder}/.testmondata"):
        if os.path.exists(name):
            os.unlink(name)
    before = children()
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, check=False)
    cpu = children() - before
    if not os.path.exists(parts):
        return cpu, 0.0, -1
    with open(parts, encoding="ascii") as file:
        return cpu, sum(json.load(file).values()), done.returncode


def children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone")
    parser.add_argument("hot")
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", action="store_true")
    options = parser.parse_intermixed_args()
    folder = os.path.realpath(options.clone)
    head = git(folder, "rev-parse", "HEAD")
    changes(folder, head, options.hot)
    commands = configurations(head, options.tests, peers=options.peers)
    rounds = []
    for number in range(options.rounds):
        names = list(commands) if number % 2 else list(reversed(commands))
        rounds.append({name: spent(commands[name], folder) for name in names})
    git(folder, "checkout", "-q", head)
    print(f"{os.path.basename(folder)} {head[:10]}, Python {sys.version.split()[0]}, {options.rounds} rounds")
    for name in commands:
        print(f"  {name:<22} {figures([(one[name], one['bare']) for one in rounds])}")


Run = tuple[float, float, int]


def figures(pairs: list[tuple[Run, Run]]) -> str:
    """Return the medians over rounds; pairs are a run and the bare one of the same round."""
    if any(status not in (0, 1) for (_, _, status), _ in pairs):
        return f"did not run: status {[status for (_, _, status), _ in pairs]}"
    ratios = [cpu / bare for (cpu, _, _), (bare, _, _) in pairs]
    tests = [(cpu - apart) / (bare - bare_apart) for (cpu, apart, _), (bare, bare_apart, _) in pairs]
    once = [apart - bare_apart for (_, apart, _), (_, bare_apart, _) in pairs]
    cpu = statistics.median(cpu for (cpu, _, _), _ in pairs)
    return (
        f"{cpu:7.2f} s CPU   x {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        f"   tests x {statistics.median(tests):.3f} ({min(tests):.3f} to {max(tests):.3f})"
        f"   once {statistics.median(once):+.2f} s"
    )


def changes(folder: str, head: str, hot: str) -> None:
    """Make the two made-up changes, and check out the tree that is the same in all of them."""
    git(folder, "checkout", "-q", "--detach", head)
    git(folder, "rm", "-q", "--cached", hot)
    git(folder, "commit", "-q", "-m", "without")
    git(folder, "branch", "-f", "without-hot")
    git(folder, "add", hot)
    git(folder, "commit", "-q", "-m", "with")
    git(folder, "branch", "-f", "before-idle")
    with open(f"{folder}/idle.py", "w", encoding="ascii") as file:
        file.write("def idle():\n    return 1\n")
    git(folder, "add", "idle.py")
    git(folder, "commit", "-q", "-m", "idle")


def configurations(head: str, tests: list[str], *, peers: bool) -> dict[str, list[str]]:
    evidence = ["--syncpoints", "--syncpoints-no-fail", "--syncpoints-json=report.json"]
    bare = [*PYTEST, *tests]
    made = {
        "bare": bare,
        "bare again": bare,
        "evidence, idle": [*bare, *evidence, "--syncpoints-base=before-idle"],
        "evidence, diff": [*bare, *evidence, f"--syncpoints-base={head}~5"],
        "evidence, hot": [*bare, *evidence, "--syncpoints-base=without-hot"],
    }
    if not peers:
        return made
    made["pytest-cov, contexts"] = [*bare, "--cov=src", "--cov-config=/dev/null", "--cov-context=test", "--cov-report="]
    if importlib.util.find_spec("testmon"):
        made["pytest-testmon, fresh"] = [*bare, "--testmon"]
    if importlib.util.find_spec("slipcover"):
        quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
        made["slipcover"] = [sys.executable, "-m", "slipcover", "--source", "src", "-m", *bare[2:], *quiet]
    return made


if __name__ == "__main__":
    main()
