"""Warm: a single-threaded process that has collected the tests, and forks once for each mutant it judges.

A mutant is code in the memory of one forked child: the functions that hold it get other code, the tests run, the child
ends. Nothing is written but the verdicts, to a file outside the repository.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import select
import signal
import time
from contextlib import suppress
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from pytest_syncpoints.record import Record
from pytest_syncpoints.testing.executable import first_line
from pytest_syncpoints.testing.mutants import mutants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from pytest_syncpoints.testing.mutants import Mutant

    RunTest = Callable[[str, str | None], bool]  # node id, the one that follows: did it pass?
    Key = tuple[str, int, int]

PLAN = "SYNCPOINTS_MUTATE"
KILLED, SURVIVED, BROKEN = 1, 0, 3
# How many times its usual time a mutant may take before it counts as hanging, and seconds besides: of the clock, and of
# the processor, which a loaded machine does not stretch.
_SLOWER = 10
_BESIDES = 2.0
_BESIDES_BUSY = 0.5
_PARENT = os.getppid()


class Job(Record):
    """One mutant of one file with the tests to ask, fastest first, and those to confirm a survivor with."""

    path: str
    filename: str
    tree: ast.Module
    mutant: Mutant
    tests: tuple[str, ...]
    confirm: tuple[str, ...]


def judge(plan: dict[str, Any], known: set[str], run_test: RunTest) -> dict[str, Any]:
    """Judge the mutants of a plan until its time is up; returns counts, survivors and why some were not judged."""
    threads = _threads()
    if threads > 1:
        return {"because": f"the process that is to fork has {threads} threads"}
    deadline = time.monotonic() + plan["seconds"]
    jobs = list(_jobs(plan, known))
    durations = plan["durations"]
    needed = sorted(
        {test for job in jobs for test in (*job.tests, *job.confirm)}, key=lambda test: durations.get(test, 0)
    )
    sound, shared = _sound(needed, run_test, durations)
    functions = _functions({job.filename for job in jobs})
    counts = {"killed": 0, "survived": 0, "timeout": 0, "skipped": 0}
    survivors: list[Job] = []
    for job in jobs:
        tests = [test for test in job.tests if test in sound]
        more = [test for test in job.confirm if test in sound and test not in job.tests]
        implied = any(job.mutant.follows_from(one.mutant) for one in survivors)
        if time.monotonic() > deadline or not tests or implied or os.getppid() != _PARENT:
            counts["skipped"] += 1
            continue
        usual = shared / _SLOWER + sum(durations.get(test, 0.0) for test in tests + more)
        verdict = _verdict(job, functions, tests + more, run_test, usual)
        counts[verdict] += 1
        if verdict == "survived":
            survivors.append(job)
    return {"counts": counts, "survivors": [_told(job) for job in survivors], "unsound": sorted(set(needed) - sound)}


def _told(job: Job) -> dict[str, Any]:
    one = job.mutant
    return {"path": job.path, "line": one.line, "before": one.before, "after": one.after}


def _threads() -> int:
    """Return how many threads this process has, those of C libraries included where the system tells."""
    import threading

    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _jobs(plan: dict[str, Any], known: set[str]) -> Iterator[Job]:
    """Yield the mutants of all files by turns, each file's most telling first."""
    durations = plan["durations"]

    def fastest(tests: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted((test for test in tests if test in known), key=lambda test: (durations.get(test, 0), test)))

    queues = []
    for file in plan["files"]:
        with open(file["filename"], "rb") as opened:
            tree = ast.parse(opened.read(), file["filename"])
        first = {int(line): start for line, start in file["first"].items()}
        lines = file["tests"]
        queues.append(
            [
                Job(
                    file["path"],
                    file["filename"],
                    tree,
                    mutant,
                    fastest(lines[str(first.get(mutant.line, mutant.line))]),
                    fastest(file["reach"].get(str(mutant.function), ())),
                )
                for mutant in mutants_of(tree, frozenset(file["edited"]))
                if lines.get(str(first.get(mutant.line, mutant.line)))
            ]
        )
    longest = max(map(len, queues), default=0)
    yield from (queue[at] for at in range(longest) for queue in queues if at < len(queue))


def _sound(tests: Sequence[str], run_test: RunTest, durations: dict[str, float]) -> tuple[set[str], float]:
    """Return the tests that pass here without any mutant (no other can tell anything), and what set-up costs.

    The set-up that tests share (a session's fixture) was paid by the first of them; here any test can be the first.
    """
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        try:
            for at, test in enumerate(tests):
                following = tests[at + 1] if at + 1 < len(tests) else None
                started = time.monotonic()
                passed = run_test(test, following)
                os.write(write, f"{int(passed)} {time.monotonic() - started:.6f}\n".encode())
        finally:
            os._exit(0)
    os.close(write)
    said = b""
    allowed = time.monotonic() + _BESIDES + _SLOWER * sum(durations.get(test, 0.0) for test in tests) + 60
    while select.select([read], [], [], max(0.0, allowed - time.monotonic()))[0]:
        chunk = os.read(read, 1 << 16)
        if not chunk:
            break
        said += chunk
    os.close(read)
    _end(child)
    rows = [line.split() for line in said[: said.rfind(b"\n") + 1].splitlines()]
    took = [
        float(seconds) - 2 * durations.get(test, 0.0) - 0.05 for test, (_, seconds) in zip(tests, rows, strict=False)
    ]
    sound = {test for test, (passed, _) in zip(tests, rows, strict=False) if passed == b"1"}
    return sound, sum(more for more in took if more > 0)


def _verdict(
    job: Job,
    functions: dict[str, dict[Key, list[FunctionType]]],
    tests: list[str],
    run_test: RunTest,
    usual: float,
) -> str:
    """Fork, swap the code in the child, run the tests until one fails; ``usual`` are the seconds they take."""
    codes = _mutated(job)
    live = functions.get(job.filename, {})
    swaps = [
        (function, code)
        for key, code in codes.items()
        for function in live.get(key, ())
        if not _same(function.__code__, code)
    ]
    if not swaps:
        return "skipped"  # the same bytecode, or a function nobody holds: there is nothing to notice
    child = os.fork()
    if not child:
        status = BROKEN
        try:
            die_with_parent()
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, _BESIDES_BUSY + _SLOWER * usual)
            for function, code in swaps:
                function.__code__ = code
            status = SURVIVED
            for at, test in enumerate(tests):
                if not run_test(test, tests[at + 1] if at + 1 < len(tests) else None):
                    status = KILLED
                    break
        except ValueError:  # other free variables: such code cannot take the place of this one
            status = BROKEN
        except BaseException:  # noqa: BLE001  # whatever a mutant throws past pytest is a mutant noticed
            status = KILLED
        finally:
            os._exit(status)
    ended = _waited(child, _BESIDES + _SLOWER * usual)
    return {SURVIVED: "survived", BROKEN: "skipped", -signal.SIGPROF: "timeout", None: "timeout"}.get(ended, "killed")


def _mutated(job: Job) -> dict[Key, CodeType]:
    """Return the code of the functions around the mutant with it in place; the tree is as before afterwards."""
    job.mutant.put(job.mutant.new)
    try:
        code = compile(_around(job.tree, job.mutant.line), job.filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return {}
    finally:
        job.mutant.put(job.mutant.old)
    return dict(_keyed(code))


def _around(module: ast.Module, line: int) -> ast.Module:
    """Return a module of the function that holds a line, the classes it is in, and the module's imports.

    All else beside a function changes nothing in its code: the compiler calls what was imported in another way, obeys
    ``from __future__``, and mangles names by the class's name alone.
    """
    imports = list(_imports(module.body))
    return ast.Module([*imports, *_narrowed(module.body, line)], [])


def _imports(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for one in body:
        if isinstance(one, (ast.Import, ast.ImportFrom)):
            yield one
        elif not isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for part in ("body", "handlers", "orelse", "finalbody", "cases"):
                yield from _imports(getattr(one, part, []))


def _narrowed(body: list[ast.stmt], line: int) -> list[ast.stmt]:
    found = _on_line(body, line)
    if len(found) != 1 or not isinstance(found[0], ast.ClassDef):
        return found
    whole = found[0]
    inner = _narrowed(whole.body, line)
    rest = {name: getattr(whole, name) for name in whole._fields if name != "body"}
    return [ast.copy_location(ast.ClassDef(**rest, body=inner), whole)] if inner else found


def _on_line(body: list[ast.stmt], line: int) -> list[ast.stmt]:
    """Return the statement on a line, with those that share a line with it: lines tell code objects apart."""
    first = last = line
    found: list[ast.stmt] = []
    while True:
        more = [one for one in body if first_line(one) <= last and (one.end_lineno or one.lineno) >= first]
        if len(more) == len(found):
            return found
        found = more
        first = min(map(first_line, found))
        last = max(one.end_lineno or one.lineno for one in found)


def _keyed(module: CodeType) -> Iterator[tuple[Key, CodeType]]:
    """Yield all code objects below a module by qualified name, first line and ordinal among equals."""
    seen: dict[tuple[str, int], int] = {}
    waiting = [module]
    while waiting:
        for const in waiting.pop(0).co_consts:
            if isinstance(const, CodeType):
                name = (const.co_qualname, const.co_firstlineno)
                seen[name] = ordinal = seen.get(name, -1) + 1
                yield (*name, ordinal), const
                waiting.append(const)


def _functions(filenames: set[str]) -> dict[str, dict[Key, list[FunctionType]]]:
    """Return every live function of the files, by file and the key of its code."""
    keys: dict[str, dict[CodeType, Key]] = {}
    found: dict[str, dict[Key, list[FunctionType]]] = {name: {} for name in filenames}
    real: dict[str, str] = {}
    gc.unfreeze()  # what was frozen is not listed
    for one in gc.get_objects():
        if not isinstance(one, FunctionType):
            continue
        name = one.__code__.co_filename
        name = real.setdefault(name, os.path.realpath(name))
        if name not in found:
            continue
        if name not in keys:
            with open(name, "rb") as file:
                keys[name] = {
                    code: key
                    for key, code in _keyed(compile(file.read(), one.__code__.co_filename, "exec", dont_inherit=True))
                }
        key = keys[name].get(one.__code__) or (one.__code__.co_qualname, one.__code__.co_firstlineno, 0)
        found[name].setdefault(key, []).append(one)
    return found


def _same(one: CodeType, other: CodeType) -> bool:
    """Say whether two code objects do the same (trivial compiler equivalence)."""
    if one.co_code != other.co_code or one.co_names != other.co_names or len(one.co_consts) != len(other.co_consts):
        return False
    return all(
        _same(a, b) if isinstance(a, CodeType) and isinstance(b, CodeType) else type(a) is type(b) and a == b
        for a, b in zip(one.co_consts, other.co_consts, strict=True)
    )


def _waited(child: int, seconds: float) -> int | None:
    """Return how a child ended, ``None`` where it had to be killed."""
    deadline = time.monotonic() + seconds
    end = _end_of(child)
    pause = 0.0005
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            if end is not None:
                os.close(end)
            return os.waitstatus_to_exitcode(status)
        left = deadline - time.monotonic()
        if left < 0 or os.getppid() != _PARENT:
            if end is not None:
                os.close(end)
            _end(child)
            return None
        if end is not None:
            select.select([end], [], [], min(left, 0.5))
        else:
            time.sleep(pause)
            pause = min(pause * 1.5, 0.02)


def _end_of(child: int) -> int | None:
    """Return what can be waited on until a child ends (pidfd_open(2)), ``None`` where the system has no such thing."""
    try:
        return os.pidfd_open(child)
    except (AttributeError, OSError):
        return None


def _end(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, however that happens (prctl(2), PR_SET_PDEATHSIG)."""
    if _PRCTL is not None:
        _PRCTL(1, signal.SIGKILL)


def _prctl() -> Any:
    try:
        import ctypes

        return ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return None


_PRCTL = _prctl()


def write_result(plan: dict[str, Any], result: dict[str, Any]) -> None:
    """Write the verdicts where the plan says."""
    with open(plan["result"], "w", encoding="utf-8") as file:
        json.dump(result, file)
