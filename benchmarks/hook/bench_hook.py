"""The commit hook's whole process against the physical floor and its peers, paired in one run.

    python benchmarks/hook/bench_hook.py [--files 20000] [--rounds 15]

Makes a repository of so many files with 500 owner rules, a policy and three staged files. Each round runs every
command once, in turn, so that load on the machine hits all alike; figures are medians of the ratio to the floor
of the same round. Floor F: `python -I -S -c pass` and then `git diff --cached --raw --numstat -z`.
Peers are measured where they are installed: pre-commit's own no-op hook, danger local, GitPython's index diff.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
POLICY = """\
[teams.ops]
members = ["@acme/ops", "alice@example.org", "bob@example.org"]
[syncpoints.ledger-ops]
paths = ["src/billing/ledger/"]
participants = [{ team = "ops", purpose = "permission" }]
"""
GITPYTHON = "import git; r = git.Repo('.'); print(len(r.index.diff(r.head.commit)))"


def build(folder: str, count: int) -> None:
    for number in range(count):
        path = os.path.join(folder, f"src/part{number % 200:03}/area{number % 7}", f"module_{number:05}.py")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(f"value_{number}_{line} = {line}\n" for line in range(20)))
    os.makedirs(f"{folder}/src/billing/ledger")
    write(f"{folder}/src/billing/ledger/post.py", "a = 1\n" * 50)
    os.makedirs(f"{folder}/.github")
    rules = "".join(f"/src/part{n % 200:03}/area{n % 7}/ @acme/team{n % 40}\n" for n in range(500))
    write(f"{folder}/.github/CODEOWNERS", f"* @acme/all\n{rules}")
    write(f"{folder}/syncpoints.toml", POLICY)
    write(f"{folder}/.pre-commit-config.yaml", NOOP)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "start")
    write(f"{folder}/src/billing/ledger/post.py", "a = 1\n" * 40 + "b = 2\n" * 20)
    write(f"{folder}/src/part000/area0/module_00000.py", "changed = 1\n")
    write(f"{folder}/src/part001/area1/brand_new.py", "new = 1\n" * 10)
    git(folder, "add", "-A")


NOOP = """\
repos:
  - repo: local
    hooks:
      - { id: noop, name: noop, language: system, entry: "true", always_run: true, pass_filenames: false }
"""


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def git(folder: str, *words: str) -> None:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def commands() -> dict[str, list[list[str]]]:
    folder = os.path.dirname(sys.executable)
    hook = os.path.join(folder, "syncpoints-staged")
    git_floor = ["git", "diff", "--cached", "--raw", "--numstat", "-z"]
    found = {
        "floor F": [[sys.executable, "-I", "-S", "-c", "pass"], git_floor],
        "python -c pass": [[sys.executable, "-c", "pass"]],
        "syncpoints-staged": [[hook]],
        "syncpoints check --staged": [[os.path.join(folder, "syncpoints"), "check", "--staged"]],
        "GitPython index.diff": [[sys.executable, "-c", GITPYTHON]],
    }
    pre_commit = os.path.join(folder, "pre-commit")
    if os.path.exists(pre_commit):
        found["pre-commit no-op"] = [[pre_commit, "run", "noop"]]
    danger = os.environ.get("DANGER") or shutil.which("danger")
    if danger:
        found["danger local"] = [[danger, "local", "--staging"]]
    return found


def timed(words: list[list[str]], folder: str) -> float:
    started = time.perf_counter()
    for each in words:
        subprocess.run(each, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def git_processes(words: list[str], folder: str) -> int:
    """Count the git processes one run starts, through a wrapper first on PATH."""
    with tempfile.TemporaryDirectory() as box:
        log = f"{box}/log"
        write(f"{box}/git", f'#!/bin/sh\necho x >> {log}\nexec {shutil.which("git")} "$@"\n')
        os.chmod(f"{box}/git", 0o755)
        subprocess.run(
            words,
            cwd=folder,
            env={**os.environ, "PATH": f"{box}:{os.environ['PATH']}"},
            capture_output=True,
            check=False,
        )
        with open(log, encoding="ascii") as file:
            return len(file.readlines())


def peak_memory(words: list[str], folder: str) -> float:
    """Return the peak resident size of one run in MB (of the process itself or its largest child)."""
    report = "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    code = f"import resource, subprocess; subprocess.run({words!r}, capture_output=True); {report}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    folder = tempfile.mkdtemp()
    try:
        build(folder, options.files)
        os.environ.update(GIT_AUTHOR_NAME="Bench", GIT_AUTHOR_EMAIL="bench@example.org")  # git tells its hooks
        measured = {name: [] for name in commands()}
        for round_number in range(options.rounds + 1):
            times = {name: timed(words, folder) for name, words in commands().items()}
            if round_number:  # the first warms caches
                for name, seconds in times.items():
                    measured[name].append((seconds, seconds / times["floor F"]))
        print(f"{options.files:,} files, 3 staged, {options.rounds} paired rounds, Python {sys.version.split()[0]}")
        for name, rows in measured.items():
            wall, ratio = (statistics.median(row[column] for row in rows) for column in (0, 1))
            print(f"  {name:<28} {wall * 1000:7.1f} ms   {ratio:6.2f} F")
        hook = commands()["syncpoints-staged"][0]
        count, memory = git_processes(hook, folder), peak_memory(hook, folder)
        print(f"  git processes of the hook: {count}; peak memory {memory:.0f} MB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
