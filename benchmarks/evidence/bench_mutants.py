"""Mutants judged per minute, ours, cosmic-ray's and reprove's, on the same module and the same tests.

    python benchmarks/evidence/bench_mutants.py CLONE MODULE TEST [--seconds 60]

CLONE is a clone this script may commit in and in which cosmic-ray may mutate MODULE; the change under review is all of
MODULE. `cosmic-ray` and `reprove` must be on PATH. Both get the same time; the tests stop at the first failure in both.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from typing import Any

CONFIG = """\
[cosmic-ray]
module-path = "{module}"
timeout = 60.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {test}"
[cosmic-ray.distributor]
name = "local"
"""


def git(folder: str, *words: str) -> str:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def ours(folder: str, options: argparse.Namespace, environment: dict[str, str]) -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", options.test, "--syncpoints"]
    plain = [*words, "--syncpoints-base=without", "--syncpoints-no-fail", "--syncpoints-json=report.json"]
    started = time.perf_counter()
    subprocess.run(plain, cwd=folder, env=environment, capture_output=True, check=False)
    tests = time.perf_counter() - started
    started = time.perf_counter()
    mutate = [*plain, f"--syncpoints-mutate={options.seconds}"]
    subprocess.run(mutate, cwd=folder, env=environment, capture_output=True, check=False)
    spent = time.perf_counter() - started - tests
    with open(f"{folder}/report.json", encoding="utf-8") as file:
        mutants = json.load(file)["evidence"]["mutants"]
    judged = mutants["killed"] + mutants["survived"] + mutants["timeout"]
    counts = {name: mutants[name] for name in ("killed", "survived", "timeout", "skipped")}
    print(f"ours: {judged} judged in {spent:.1f} s: {judged * 60 / spent:.0f} a minute; {counts}")
    print(f"      (the tests alone take {tests:.1f} s, which are not counted)")


def theirs(folder: str, options: argparse.Namespace, environment: dict[str, str]) -> None:
    with open(f"{folder}/cosmic.toml", "w", encoding="utf-8") as file:
        file.write(CONFIG.format(module=options.module, python=sys.executable, test=options.test))
    session = f"{folder}/cosmic.sqlite"
    if os.path.exists(session):
        os.unlink(session)
    cosmic = shutil.which("cosmic-ray") or "cosmic-ray"
    subprocess.run([cosmic, "init", "cosmic.toml", session], cwd=folder, env=environment, check=True)
    started = time.perf_counter()
    running = subprocess.Popen([cosmic, "exec", "cosmic.toml", session], cwd=folder, env=environment)
    try:
        running.wait(options.seconds)
    except subprocess.TimeoutExpired:
        running.terminate()
        running.wait()
    spent = time.perf_counter() - started
    database = sqlite3.connect(session)
    found = dict(database.execute("select test_outcome, count(*) from work_results group by 1").fetchall())
    total = database.execute("select count(*) from work_items").fetchone()[0]
    judged = sum(found.values())
    print(f"cosmic-ray: {judged} of {total} judged in {spent:.1f} s: {judged * 60 / spent:.0f} a minute; {found}")
    git(folder, "checkout", "-q", "--", options.module)


def reproves(folder: str, options: argparse.Namespace, environment: dict[str, str]) -> None:
    """Let reprove judge the same change; its start and its run of the whole tests are counted, as ours are not."""
    out = f"{folder}/.git/reprove.json"
    words = [shutil.which("reprove") or "reprove", "verify", "--base", "without", "--no-llm", "--fail-on", "never"]
    words += ["--format", "json", "--out", out, "--max-mutants", "1000", f"--time-budget={int(options.seconds)}"]
    started = time.perf_counter()
    words += ["--tests", options.test]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - started
    if not os.path.exists(out):
        print(f"reprove did not run: {done.stdout[-300:]} {done.stderr[-300:]}")
        return
    with open(out, encoding="utf-8") as file:
        found = _counts(json.load(file))
    judged = sum(found.get(name, 0) for name in ("killed", "survived", "timeout"))
    print(f"reprove: {judged} judged in {spent:.1f} s: {judged * 60 / spent:.0f} a minute; {found}")


def _counts(report: Any) -> dict[str, int]:
    """Return the first table of a report that counts killed mutants, wherever it stands."""
    if isinstance(report, dict):
        if isinstance(report.get("killed"), int):
            return {name: value for name, value in report.items() if isinstance(value, int)}
        return next((found for value in report.values() if (found := _counts(value))), {})
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone")
    parser.add_argument("module")
    parser.add_argument("test")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    folder = os.path.realpath(options.clone)
    places = [f"{folder}/src", folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "CI": "true"}
    git(folder, "rm", "-q", "--cached", options.module)
    git(folder, "commit", "-q", "-m", "without")
    git(folder, "branch", "-f", "without")
    git(folder, "add", options.module)
    git(folder, "commit", "-q", "-m", "with")
    ours(folder, options, environment)
    theirs(folder, options, environment)
    reproves(folder, options, environment)


if __name__ == "__main__":
    main()
