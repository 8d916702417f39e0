"""Does the evidence agree with coverage.py and diff-cover? Both watch the same test run of recent commits.

    python benchmarks/evidence/agree.py CLONE COMMITS [TESTS...]

CLONE is a clone this script may check commits out in; its tests must run in the Python that runs this script, with
`src/` (or the top) on the path. For each of the last COMMITS commits that change Python files, one run of the tests has
both `--syncpoints` and `--cov --cov-context=test`; compared are, by file, the executable changed lines, those that ran,
the tests that ran each (outside import), and n/m of `diff-cover` over coverage's XML.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from coverage import CoverageData


def git(folder: str, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def environment(folder: str) -> dict[str, str]:
    places = [f"{folder}/src", folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places), "CI": "true", "COVERAGE_CORE": "ctrace"}


def run(folder: str, tests: list[str]) -> Any:
    for name in ("report.json", ".coverage", "coverage.xml", "diff.json"):
        if os.path.exists(f"{folder}/{name}"):
            os.unlink(f"{folder}/{name}")
    with open(f"{folder}/empty.cfg", "w", encoding="ascii") as file:
        file.write("[run]\nrelative_files = true\n")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests]
    words += ["--syncpoints", "--syncpoints-base=HEAD^", "--syncpoints-json=report.json", "--syncpoints-no-fail"]
    words += ["--cov=.", "--cov-config=empty.cfg", "--cov-context=test", "--cov-report=xml:coverage.xml"]
    done = subprocess.run(words, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
    if not os.path.exists(f"{folder}/report.json") or not os.path.exists(f"{folder}/coverage.xml"):
        print(done.stdout[-500:], done.stderr[-300:])
        return None
    differ = [sys.executable, "-m", "diff_cover.diff_cover_tool", "coverage.xml", "--compare-branch=HEAD^"]
    subprocess.run(
        [*differ, "--diff-range-notation=..", "--format", "json:diff.json"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        check=False,
    )
    with open(f"{folder}/report.json", encoding="utf-8") as file:
        return json.load(file)


def differences(folder: str, report: Any) -> tuple[int, int, int, list[str]]:
    """Return files, changed lines and (test, line) pairs compared, and what differs."""
    evidence, data, found = report["evidence"], CoverageData(f"{folder}/.coverage"), []
    data.read()
    files = lines = pairs = 0
    if not os.path.exists(f"{folder}/diff.json"):  # coverage.py saw none of the changed files
        return 0, 0, 0, []
    with open(f"{folder}/diff.json", encoding="utf-8") as file:
        diff = json.load(file)["src_stats"]
    for path, one in evidence["files"].items():
        theirs = diff.get(path)
        name = next((n for n in data.measured_files() if n == path or n.endswith("/" + path)), None)
        if theirs is None:
            if one["changed"]:
                found.append(f"{path}: {len(one['changed'])} lines, diff-cover has none")
            continue
        files += 1
        lines += len(one["changed"])
        missed = sorted(line for line in theirs["violation_lines"])
        total = sorted({*theirs["covered_lines"], *missed}) if "covered_lines" in theirs else None
        if missed != one["missed"]:
            found.append(f"{path}: missed {one['missed']} against {missed}")
        if total is not None and total != one["changed"]:
            found.append(f"{path}: changed {one['changed']} against {total}")
        contexts = data.contexts_by_lineno(name) if name else {}
        for line, tests in one["executed"].items():
            ours = {evidence["nodeids"][number] for number in tests}
            said = {context.rpartition("|")[0] for context in contexts.get(int(line), ())} - {""}
            pairs += len(ours | said)
            if ours != said and ours:
                more, less = sorted(ours - said)[:2], sorted(said - ours)[:2]
                found.append(f"{path}:{line}: {len(ours - said)} tests more {more}, {len(said - ours)} fewer {less}")
    return files, lines, pairs, found


def main() -> None:
    folder, commits, tests = os.path.realpath(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    start = git(folder, "rev-parse", "HEAD")
    listed = git(folder, "log", "--no-merges", "--first-parent", "--format=%H", "--", "*.py").split()
    done, totals, differing = 0, [0, 0, 0], 0
    for sha in listed:
        if done >= commits:
            break
        git(folder, "checkout", "-q", "--detach", sha)
        report = run(folder, tests)
        if report is None or not report["evidence"]:
            print(f"{sha[:10]} could not be run")
            continue
        done += 1
        files, lines, pairs, found = differences(folder, report)
        totals = [a + b for a, b in zip(totals, (files, lines, pairs), strict=True)]
        differing += bool(found)
        print(f"{sha[:10]} {files} files, {lines} lines, {pairs} pairs; {len(found)} differences", flush=True)
        for line in found[:6]:
            print(f"    {line}")
    git(folder, "checkout", "-q", start)
    files, lines, pairs = totals
    print(
        f"{done} commits, {files} files, {lines} changed lines, {pairs} (test, line) pairs; {differing} commits differ"
    )


if __name__ == "__main__":
    main()
