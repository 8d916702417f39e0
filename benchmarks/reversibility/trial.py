"""What the reversibility detectors say of a repository's own commits: counts, and every finding for reading by hand.

python benchmarks/reversibility/trial.py REPOSITORY -n 300 [-o FILE] [-- PATHSPEC...]
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import sys
import time
from pathlib import Path

from pytest_syncpoints.errors import SyncpointsError
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.ranges import RangeRequest
from pytest_syncpoints.run import Request, run


def main() -> None:
    """Review each commit as ``check --commit`` does, and write one line of JSON for each finding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("-n", type=int, default=300)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("pathspec", nargs="*")
    options = parser.parse_intermixed_args()
    listed = ["git", "-C", str(options.repository), "log", "--first-parent", f"-n{options.n}", "--format=%H", "HEAD"]
    shas = subprocess.run([*listed, "--", *options.pathspec], capture_output=True, text=True, check=True).stdout.split()
    rows, outcomes, rules, kinds = [], collections.Counter(), collections.Counter(), collections.Counter()
    touched, started = 0, time.perf_counter()
    for sha in shas:
        try:
            report = run(Request(range=RangeRequest(commit=sha), door="local"), Discovery())
        except SyncpointsError as error:
            print(sha, error.message, file=sys.stderr)
            continue
        found = [finding for finding in report.findings if finding.rule.startswith("REV")]
        touched += bool(found)
        for outcome in report.outcomes:
            if outcome.check.startswith("reversibility."):
                outcomes[f"{outcome.check} {outcome.status}: {outcome.reason[:90]}"] += 1
        for finding in found:
            rules[finding.rule + (" exempted" if finding.exempted else "")] += 1
            kinds[" ".join(finding.message.split()[:2])] += 1
            where = f"{finding.path}:{finding.line or ''}"
            rows.append({"sha": sha[:12], "rule": finding.rule, "at": where, "message": finding.message,
                         "exempted": finding.exempted.because if finding.exempted else None})  # fmt: skip
    seconds = time.perf_counter() - started
    if options.output:
        options.output.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    print(
        f"{len(shas)} commits, {touched} with findings, {len(rows)} findings, "
        f"{seconds / max(1, len(shas)) * 1000:.0f} ms each"
    )
    print(dict(rules))
    for counter in (outcomes, kinds):
        for name, count in counter.most_common(30):
            print(f"{count:6} {name}")


if __name__ == "__main__":
    main()
