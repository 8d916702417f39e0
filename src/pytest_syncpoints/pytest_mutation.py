"""Mutation of one session: plan which tests to ask about which changed lines, start the judge, read its verdicts."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from typing import TYPE_CHECKING

from pytest_syncpoints.evidence import Mutants, Survivor
from pytest_syncpoints.gather.process import Process
from pytest_syncpoints.size import is_test
from pytest_syncpoints.testing.warm import PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pytest

    from pytest_syncpoints.testing.orders import Orders
    from pytest_syncpoints.testing.recording import Recording


# What may not run in the judge: other processes, measuring, and a plugin that keeps a thread (no fork beside one).
_SWITCHED_OFF = (("xdist", "-n0"), ("_cov", "--no-cov"), ("rerunfailures", "-pno:rerunfailures"))
_RERUNS = ("--reruns", "--reruns-delay", "--only-rerun", "--rerun-except")


def judge_mutants(
    config: pytest.Config, orders: Orders, recording: Recording, durations: dict[str, float], seconds: float
) -> tuple[Mutants | None, str]:
    """Return the verdicts and what is to be said about them; no verdicts where none could be given.

    ``durations`` are the seconds of the tests that passed: no other can notice, one that is to fail least of all.
    """
    folder = tempfile.mkdtemp(prefix="syncpoints-")
    try:
        plan = _plan(orders, recording, durations, seconds) | {"result": os.path.join(folder, "result.json")}
        if not plan["files"]:
            return Mutants(0, 0, 0, 0, ()), ""
        path = os.path.join(folder, "plan.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        ended = _start(config, path)
        return _read(plan["result"], ended)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plan(orders: Orders, recording: Recording, durations: dict[str, float], seconds: float) -> dict[str, Any]:
    files = []
    for number, file in enumerate(orders.files):
        if file.fault or is_test(file.path):
            continue
        tests = {line: names & durations.keys() for line, names in recording.tests_by_line(number).items()}
        if any(line > 0 for line in tests):
            files.append(
                {
                    "path": file.path,
                    "filename": file.filename,
                    "edited": file.edited,
                    "first": file.first,
                    "tests": {line: sorted(names) for line, names in tests.items() if line > 0},
                    "reach": {-line: sorted(names) for line, names in tests.items() if line < 0},
                }
            )
    return {"files": files, "durations": durations, "seconds": seconds}


def _start(config: pytest.Config, plan: str) -> str:
    """Run the judge to its end, in the folder and with the words of this session; returns what it said last."""
    words = [*_kept([str(word) for word in config.invocation_params.args])]
    words += [word for plugin, word in _SWITCHED_OFF if config.pluginmanager.hasplugin(plugin)]
    words.append(f"--basetemp={os.path.join(os.path.dirname(plan), 'tests')}")
    environment = {**os.environ, PLAN: plan, "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    os.chdir(config.invocation_params.dir)
    process = Process(sys.executable, ["-m", "pytest", *words], environment)
    result = process.collect()
    said = (result.stdout + result.stderr).decode("utf-8", "replace").strip().split("\n")
    return said[-1]


def _read(path: str, said: str) -> tuple[Mutants | None, str]:
    try:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
    except (OSError, ValueError):
        return None, f"mutants were not judged: the process that was to judge them ended early ({said[:200]})"
    if "because" in result:
        return None, f"mutants were not judged: {result['because']}"
    survivors = tuple(Survivor(**one) for one in result["survivors"])
    unsound = result["unsound"]
    gap = f"{len(unsound)} tests fail when run alone and judged no mutant: {unsound[0]}" if unsound else ""
    return Mutants(**result["counts"], survivors=tuple(sorted(survivors))), gap


def _kept(words: list[str]) -> Iterator[str]:
    """Yield the words without those of the plugin for reruns, which is switched off in the judge."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _RERUNS:
            skip = True
        elif not word.startswith(_RERUNS):
            yield word
