"""A pytest plugin that notes every verdict of `--syncpoints-mutate` and what judging cost, for `bench_mutants.py`.

Loaded with `-p note_verdicts`; writes to the file named in NOTE_VERDICTS. The report itself names survivors only.
"""

from __future__ import annotations

import json
import os
import resource
import time
from typing import Any

import pytest_syncpoints.pytest_mutation as session_side
from pytest_syncpoints.testing import warm


def _note(**words: Any) -> None:
    with open(os.environ["NOTE_VERDICTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(words) + "\n")


def _noting(verdict_of: Any) -> Any:
    def verdict(job: warm.Job, *others: Any) -> str:
        started = time.perf_counter()
        found: str = verdict_of(job, *others)
        one, old = job.mutant, job.mutant.old
        place = {"path": job.path, "line": one.line, "column": getattr(old, "col_offset", -1)}
        spent = time.perf_counter() - started
        _note(**place, before=one.before, after=one.after, verdict=found, seconds=spent)
        return found

    return verdict


def _timed(judge: Any) -> Any:
    def judged(*words: Any) -> Any:
        cpu, started = _cpu(), time.perf_counter()
        result = judge(*words)
        _note(wall=time.perf_counter() - started, cpu=_cpu() - cpu)
        return result

    return judged


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


warm._verdict = _noting(warm._verdict)  # noqa: SLF001  # no other place tells what was killed
session_side.judge_mutants = _timed(session_side.judge_mutants)
