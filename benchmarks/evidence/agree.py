"""Does the evidence agree with coverage.py and diff-cover? Both watch the same test run of recent commits.

    python benchmarks/evidence/agree.py CLONE COMMITS [PYTEST-ARGUMENTS...]

CLONE is a clone this script may check commits out in and clean; its tests must run in the Python that runs this script,
with `src/` (or the top) on the path. Its commits are those of `git log --no-merges -- '*.py'` from its HEAD, newest
first. One counts if pytest collected the suite (it ended with 0 or 1) and either side found an executable changed line;
what does not count is named with the reason. For each, one run of the tests has both `--syncpoints` and
`--cov --cov-context=test`, coverage.py without the project's own settings. Compared are, by file and both ways, the
executable changed lines, those no test runs, n/m, and for each line that ran the tests that ran it.

What both are known to see differently is counted by kind and shown with its lines; the rest is "other". Where the only
cause is that coverage.py does not report a file nobody imported, the tests run again with its folder as `--cov` too;
where lines differ, with coverage.py begun before pytest (which imports pluggy, say, before pytest-cov begins).
The last lines are a row for a Markdown table and what the run needs to be repeated.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from coverage import CoverageData
from coverage.parser import PythonParser

if TYPE_CHECKING:
    from collections.abc import Iterator

MADE = ("report.json", ".coverage", "coverage.xml", "diff.json", "empty.cfg")
TOOLS = ("pytest", "pytest-cov", "coverage", "diff-cover")

UNREPORTED = "no test imports it: coverage.py does not report the file"
AGREES = f"{UNREPORTED}; named to it, both say the same"
IMPORTED_IN_TEST = "import inside a test: no test's here, that test's for coverage.py"
INSIDE = "line inside a statement: its first line's here and in coverage.py's report, its own in coverage.py's contexts"
LINES = "other lines"
EARLY = "imported before coverage.py began: it misses lines that ran at import; begun earlier, both say the same"
OTHER = "other"


class NotCountedError(Exception):
    """Why a commit does not count."""


class Compared(NamedTuple):
    """What was compared, and what differs, each with its kind; ``ours`` and ``theirs`` are n/m."""

    files: int
    lines: int
    pairs: int
    ours: tuple[int, ...]
    theirs: tuple[int, ...]
    differences: list[tuple[str, str]]


def git(folder: str, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def environment(folder: str) -> dict[str, str]:
    """Return the environment of the runs; no bytecode is kept, since commits follow each other within a second."""
    places = [f"{folder}/src", folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    fixed = {"CI": "true", "COVERAGE_CORE": "ctrace", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **fixed, "PYTHONPATH": os.pathsep.join(places)}


def told(folder: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)


def run(folder: str, arguments: list[str], *, early: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the evidence and diff-cover's files of the commit that is checked out.

    With ``early`` coverage.py begins before pytest is imported; then it cannot tell tests apart.
    """
    for name in MADE:
        if os.path.exists(f"{folder}/{name}"):
            os.unlink(f"{folder}/{name}")
    with open(f"{folder}/empty.cfg", "w", encoding="ascii") as file:
        file.write("[run]\nrelative_files = true\n")
    words = ["pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments]
    words += ["--syncpoints", "--syncpoints-base=HEAD^", "--syncpoints-json=report.json", "--syncpoints-no-fail"]
    if early:
        words = ["coverage", "run", "--rcfile=empty.cfg", "--source=.", "-m", *words]
    else:
        words += ["--cov=.", "--cov-config=empty.cfg", "--cov-context=test", "--cov-report=xml:coverage.xml"]
    done = told(folder, [sys.executable, "-m", *words])
    if done.returncode not in (0, 1):
        said = (done.stdout + done.stderr).splitlines()
        why = next((line.strip() for line in said if line.startswith(("E ", "ERROR", "INTERN"))), "?")
        raise NotCountedError(f"pytest ended with {done.returncode}: {why[:110]}")
    if early:
        told(folder, [sys.executable, "-m", "coverage", "xml", "--rcfile=empty.cfg", "-q"])
    if not os.path.exists(f"{folder}/coverage.xml"):
        raise NotCountedError("coverage.py wrote no XML")
    words = [sys.executable, "-m", "diff_cover.diff_cover_tool", "coverage.xml", "--compare-branch=HEAD^"]
    asked = told(folder, [*words, "--diff-range-notation=..", "--format", "json:diff.json"])
    if not os.path.exists(f"{folder}/diff.json"):
        raise NotCountedError(f"diff-cover: {asked.stderr.strip()[-110:]}")
    with open(f"{folder}/report.json", encoding="utf-8") as ours, open(f"{folder}/diff.json", encoding="utf-8") as file:
        return json.load(ours)["evidence"] or {"files": {}, "tests": {}, "nodeids": []}, json.load(file)["src_stats"]


def compare(folder: str, evidence: dict[str, Any], theirs: dict[str, Any]) -> Compared:
    """Return files, changed lines and (test, line) pairs compared, and what differs."""
    data = CoverageData(f"{folder}/.coverage")
    data.read()
    names = {name.replace(os.sep, "/"): name for name in data.measured_files()}
    files = {path for path, one in evidence["files"].items() if one["changed"]}
    files |= {path for path, one in theirs.items() if one["covered_lines"] or one["violation_lines"]}
    lines, pairs, found = 0, 0, []
    ours_all, theirs_all = [0, 0], [0, 0]
    for path in sorted(files):
        here = evidence["files"].get(path, {"changed": [], "missed": [], "executed": {}})
        there = theirs.get(path, {"covered_lines": [], "violation_lines": []})
        changed, missed = {*here["changed"]}, {*here["missed"]}
        not_run = {*there["violation_lines"]}
        total = not_run.union(there["covered_lines"])
        lines += len(changed | total)
        ours_all = [ours_all[0] + len(changed - missed), ours_all[1] + len(changed)]
        theirs_all = [theirs_all[0] + len(total - not_run), theirs_all[1] + len(total)]
        if path not in names and not total and missed == changed:
            found.append((UNREPORTED, f"{path}: {len(changed)} lines"))
            continue
        found += [(LINES, f"{path}: {text}") for text in line_sets(changed, missed, total, not_run)]
        contexts = tests_by_line(data, names[path]) if path in names else {}
        joined, inside = by_statement(f"{folder}/{path}", contexts), inside_functions(f"{folder}/{path}")
        for line, numbers in here["executed"].items():
            ran = {evidence["nodeids"][number] for number in numbers}
            others = contexts.get(int(line), set())
            pairs += len(ran | others)
            kind = kind_of(ran, others, joined.get(int(line), set()), is_import=int(line) not in inside)
            if kind:
                found.append((kind, f"{path}:{line}: {how_differs(ran, others)}"))
    return Compared(len(files), lines, pairs, tuple(ours_all), tuple(theirs_all), found)


def line_sets(changed: set[int], missed: set[int], total: set[int], not_run: set[int]) -> Iterator[str]:
    """Yield how the executable changed lines of a file differ, and those no test runs."""
    for what, ours, theirs in (("changed", changed, total), ("missed", missed, not_run)):
        if ours != theirs:
            yield f"{what} here only {sorted(ours - theirs)[:9]}, there only {sorted(theirs - ours)[:9]}"


def tests_by_line(data: CoverageData, name: str) -> dict[int, set[str]]:
    """Return the tests that ran each line as coverage.py noted them; it names a phase after the last `|`."""
    found = data.contexts_by_lineno(name)
    return {line: {one.rpartition("|")[0] for one in contexts} - {""} for line, contexts in found.items()}


def by_statement(filename: str, contexts: dict[int, set[str]]) -> dict[int, set[str]]:
    """Join the tests of a statement's lines at its first line, as coverage.py's own report joins the lines."""
    parser = PythonParser(filename=filename)
    parser.parse_source()
    joined: dict[int, set[str]] = {}
    for line, tests in contexts.items():
        joined.setdefault(parser.first_line(line), set()).update(tests)
    return joined


def inside_functions(filename: str) -> set[int]:
    """Return the lines of function bodies: what runs at import stands outside them."""
    if not os.path.exists(filename):
        return set()
    with open(filename, "rb") as file:
        nodes = ast.walk(ast.parse(file.read()))
    bodies = [node.body for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return {line for body in bodies for line in range(body[0].lineno, (body[-1].end_lineno or 0) + 1)}


def kind_of(ours: set[str], theirs: set[str], joined: set[str], *, is_import: bool) -> str | None:
    """Return how the tests differ that are said to have run a line; ``joined`` is theirs for the whole statement."""
    if ours == theirs:
        return None
    if ours == joined:
        return INSIDE
    return IMPORTED_IN_TEST if is_import and not ours else OTHER


def how_differs(ours: set[str], theirs: set[str]) -> str:
    more, fewer = sorted(ours - theirs), sorted(theirs - ours)
    return f"{len(more)} tests here only {more[:2]}, {len(fewer)} there only {fewer[:2]}"


def asked_for(folder: str, arguments: list[str], found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Run the tests again with the folders of unreported files named to coverage.py; does it say the same then?"""
    unreported = [text for kind, text in found if kind == UNREPORTED]
    if not unreported:
        return found
    folders = sorted({os.path.dirname(text.partition(":")[0]) or "." for text in unreported})
    again = compare(folder, *run(folder, [*arguments, *(f"--cov={one}" for one in folders)])).differences
    rest = [(OTHER, f"with --cov for {folders}: {one[1]}") for one in again if one not in found or one[0] == UNREPORTED]
    return found + rest if rest else [(AGREES if kind == UNREPORTED else kind, text) for kind, text in found]


def begun_earlier(folder: str, arguments: list[str], found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where lines differ, run the tests again with coverage.py begun before pytest; does it say the same then?"""
    if not any(kind == LINES for kind, _ in found):
        return found
    again = compare(folder, *run(folder, arguments, early=True)).differences
    rest = any(kind == LINES for kind, _ in again)
    return found if rest else [(EARLY if kind == LINES else kind, text) for kind, text in found]


def main() -> None:
    folder, commits, arguments = os.path.realpath(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    start = git(folder, "rev-parse", "HEAD")
    done: list[tuple[str, Compared]] = []
    left_out: Counter[str] = Counter()
    looked_at = 0
    for sha in git(folder, "log", "--no-merges", "--format=%H", start, "--", "*.py").split():
        if len(done) >= commits:
            break
        looked_at += 1
        git(folder, "checkout", "-q", "--force", "--detach", sha)
        git(folder, "clean", "-fdq")
        one, reason = None, "no executable changed line"
        try:
            evidence, theirs = run(folder, arguments)
            one = compare(folder, evidence, theirs)
            found = asked_for(folder, arguments, one.differences)
            one = one._replace(differences=begun_earlier(folder, arguments, found))
        except NotCountedError as why:
            one, reason = None, str(why)
        if one is None or not one.lines:
            left_out[reason.partition(":")[0]] += 1
            print(f"{sha[:10]} does not count: {reason}", flush=True)
            continue
        done.append((sha, one))
        tests = ", ".join(f"{count} {what}" for what, count in sorted(evidence["tests"].items()) if count)
        print(
            f"{sha[:10]} {one.files} files, {one.lines} lines, {one.pairs} pairs; "
            f"n/m {'/'.join(map(str, one.ours))} and {'/'.join(map(str, one.theirs))}; "
            f"{len(one.differences)} differences; {tests}",
            flush=True,
        )
        for kind, told_of in one.differences[:12]:
            print(f"    {kind}: {told_of}")
    git(folder, "checkout", "-q", "--force", start)
    summary(os.path.basename(folder), start, looked_at, done, left_out, arguments)


def summary(
    name: str,
    start: str,
    looked_at: int,
    done: list[tuple[str, Compared]],
    left_out: Counter[str],
    arguments: list[str],
) -> None:
    """Print a row of the table, the differences by kind, and what repeats the run."""
    files, lines, pairs = (sum(getattr(one, key) for _, one in done) for key in ("files", "lines", "pairs"))
    same = sum(one.ours == one.theirs for _, one in done)
    kinds = Counter(kind for _, one in done for kind, _ in one.differences)
    by_kind = {kind: sum(any(kind == its for its, _ in one.differences) for _, one in done) for kind in kinds}
    said = "; ".join(f"{kind}: {kinds[kind]} in {by_kind[kind]} commits" for kind in sorted(kinds)) or "none"
    newest, oldest = (done[0][0][:8], done[-1][0][:8]) if done else ("", "")
    print("| project | commits (looked at) | newest, oldest | files | lines | pairs | same n/m | differences |")
    print(f"| {name} | {len(done)} ({looked_at}) | {newest}, {oldest} | {files:,} | {lines:,}", end=" ")
    print(f"| {pairs:,} | {same} | {said} |")
    print(f"left out: {dict(left_out)}")
    tools = ", ".join(f"{tool} {version(tool)}" for tool in TOOLS)
    print(f"from {start}, Python {platform.python_version()}, {tools}, arguments {arguments}")


if __name__ == "__main__":
    main()
