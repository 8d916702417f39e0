"""cosmic-ray and reprove on a change: every mutant they judge with its verdict, and what judging cost.

Both are used through their own programs or functions and must be installed beside this project. A mutant is known by
the program it makes (`program_of`), so that the same mutant of two tools is the same whatever they call it.
"""

from __future__ import annotations

import ast
import hashlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

CONFIG = """\
[cosmic-ray]
module-path = {modules}
timeout = 60.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider {tests}"
[cosmic-ray.distributor]
name = "local"
[cosmic-ray.filters.git-filter]
branch = "{base}"
"""


class Verdict(NamedTuple):
    """What a tool found out about one mutant: ``killed`` (a time-out too), ``survived`` or anything else."""

    path: str
    line: int
    shown: str
    program: str
    verdict: str


class Trial(NamedTuple):
    """What a tool judged of a change, in seconds of the clock and of the processor."""

    name: str
    verdicts: list[Verdict]
    wall: float
    cpu: float


class Change(NamedTuple):
    """The change in a clone, the tests to run, and the time there is."""

    folder: str
    base: str
    modules: list[str]
    tests: list[str]
    seconds: float
    environment: dict[str, str]
    common: frozenset[str] = frozenset()  # programs to which cosmic-ray keeps, where there are any


def program_of(source: str) -> str:
    """Return a short name of what a source means: equal for sources that differ in form only."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ""
    return hashlib.sha256(ast.unparse(tree).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def cpu_used() -> float:
    """Return the seconds of the processor this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def timed(task: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return a task's result, and the seconds of the clock and of the processor it took."""
    cpu, started = cpu_used(), time.perf_counter()
    result = task()
    return result, time.perf_counter() - started, cpu_used() - cpu


def cosmic_ray(change: Change) -> Trial:
    """Let cosmic-ray judge the change through its git filter; only `cosmic-ray exec` is timed."""
    session, config = f"{change.folder}/.git/cosmic.sqlite", f"{change.folder}/.git/cosmic.toml"
    words = {"modules": change.modules, "python": sys.executable, "tests": " ".join(change.tests), "base": change.base}
    Path(config).write_text(CONFIG.format(**words), encoding="utf-8")
    Path(session).unlink(missing_ok=True)
    shared: dict[str, Any] = {"cwd": change.folder, "env": change.environment}
    folder = os.path.dirname(sys.executable)
    subprocess.run([f"{folder}/cosmic-ray", "init", config, session], check=True, **shared)
    subprocess.run([f"{folder}/cr-filter-git", "--config", config, session], check=True, **shared)
    if change.common:
        _skip_others(change, session)
    running = [f"{folder}/cosmic-ray", "exec", config, session]
    _, wall, cpu = timed(lambda: _until(running, change.seconds, shared))
    subprocess.run(["git", "checkout", "-q", "--", *change.modules], check=True, **shared)
    return Trial("cosmic-ray", _cosmic_verdicts(change, session), wall, cpu)


def _until(words: list[str], seconds: float, shared: dict[str, Any]) -> None:
    running = subprocess.Popen(words, **shared)
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        running.terminate()
        running.wait()


def _skip_others(change: Change, session: str) -> None:
    """Mark as skipped what is not common, as cosmic-ray's own filters do."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select job_id, module_path, operator_name, occurrence from mutation_specs"
            " where job_id not in (select job_id from work_results)"
        ).fetchall()
        others = [(job,) for job, *spec in rows if _cosmic_program(change, *spec) not in change.common]
        database.executemany("insert into work_results (job_id, worker_outcome) values (?, 'SKIPPED')", others)


def _cosmic_program(change: Change, path: str, operator: str, occurrence: int) -> str:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = Path(change.folder, path).read_text(encoding="utf-8")
    return program_of(mutate_code(source, get_operator(operator)(), occurrence) or "")


def _cosmic_verdicts(change: Change, session: str) -> list[Verdict]:
    rows = sqlite3.connect(session).execute(
        "select module_path, operator_name, occurrence, start_pos_row, test_outcome from mutation_specs"
        " join work_results using (job_id) where test_outcome is not null"
    )
    return [
        Verdict(
            path, line, operator.removeprefix("core/"), _cosmic_program(change, path, operator, at), outcome.lower()
        )
        for path, operator, at, line, outcome in rows
    ]


def reprove(change: Change) -> Trial:
    """Let reprove judge the change; its run of all tests under coverage comes before and is not timed."""
    from reprove import mutate, pipeline

    spent = [0.0, 0.0]
    run = mutate.run_mutation

    def measured(plan: Any) -> Any:
        result, *spent[:] = timed(lambda: run(plan))
        return result

    mutate.run_mutation = measured
    before = dict(os.environ)
    os.environ.update(change.environment)
    try:
        options = pipeline.VerifyOptions(
            base=change.base, no_llm=True, max_mutants=10000, time_budget=change.seconds, tests=tuple(change.tests)
        )
        report = pipeline.verify(Path(change.folder), options)
    finally:
        os.environ.clear()
        os.environ.update(before)
        mutate.run_mutation = run
    if not report.mutation.results:
        print(f"reprove judged nothing: {report.mutation.status}: {report.mutation.note}")
    return Trial("reprove", _reprove_verdicts(change, report.mutation.results), *spent)


def _reprove_verdicts(change: Change, results: list[Any]) -> list[Verdict]:
    from reprove.fsutil import read_text
    from reprove.mutate import apply_mutant

    found = []
    for one in results:
        mutant = one.mutant
        source = read_text(Path(change.folder, mutant.path))
        status = "killed" if one.status == "timeout" else one.status
        shown = f"{mutant.original} -> {mutant.replacement}"
        found.append(Verdict(mutant.path, mutant.line, shown, program_of(apply_mutant(source, mutant)), status))
    return found


def installed(program: str) -> bool:
    """Say whether a peer is installed beside this interpreter."""
    return shutil.which(program, path=os.path.dirname(sys.executable)) is not None
