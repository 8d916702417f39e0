"""Mutants judged per minute and their verdicts: ours, cosmic-ray's and reprove's, on one change and the same tests.

    python benchmarks/evidence/bench_mutants.py CLONE --base REV --tests tests/test_a.py [--seconds 600]
    python benchmarks/evidence/bench_mutants.py CLONE --whole src/package/module.py --tests tests/test_module.py

CLONE is a clone this script may commit in and in which cosmic-ray may mutate files. The change under review goes from
REV to the commit that is checked out, or is all of a module. The peers are used where they are installed in the same
environment. All get at most so many seconds. Printed are mutants per minute of the clock and of the processor, the
verdicts that differ on mutants two tools have in common, what the peers try and we do not, and our survivors.
"""

from __future__ import annotations

import argparse
import ast
import collections
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from mutant_peers import Change, Trial, Verdict, cosmic_ray, installed, program_of, reprove

from pytest_syncpoints.testing.mutants import mutants_of

JUDGED = ("killed", "survived")


def git(folder: str, *words: str) -> str:
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def ours(change: Change) -> Trial:
    """Let this project judge the change; timed is all that comes after the tests, the start of the judge included."""
    notes = Path(change.folder, ".git", "verdicts")
    notes.unlink(missing_ok=True)
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "note_verdicts", *change.tests]
    words += ["--syncpoints", f"--syncpoints-base={change.base}", "--syncpoints-no-fail"]
    words += [f"--syncpoints-mutate={change.seconds}"]
    places = [os.path.dirname(os.path.realpath(__file__)), change.environment["PYTHONPATH"]]
    environment = {**change.environment, "NOTE_VERDICTS": str(notes), "PYTHONPATH": os.pathsep.join(places)}
    done = subprocess.run(words, cwd=change.folder, env=environment, capture_output=True, text=True, check=False)
    if not notes.exists():
        sys.exit(done.stdout[-3000:] + done.stderr[-1000:])
    rows = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    cost = rows.pop()
    print(*(line for line in done.stdout.splitlines() if "mutants" in line), sep="\n")
    return Trial("ours", _our_verdicts(change, rows), cost["wall"], cost["cpu"])


def _our_verdicts(change: Change, rows: list[dict[str, Any]]) -> list[Verdict]:
    programs: dict[tuple[str, int, int, str, str], str] = {}
    for path in {row["path"] for row in rows}:
        tree = ast.parse(Path(change.folder, path).read_bytes())
        lines = frozenset(row["line"] for row in rows if row["path"] == path)
        for mutant in mutants_of(tree, lines):
            mutant.put(mutant.new)
            column = getattr(mutant.old, "col_offset", -1)
            programs[path, mutant.line, column, mutant.before, mutant.after] = program_of(ast.unparse(tree))
            mutant.put(mutant.old)
    found = []
    for row in rows:
        program = programs[row["path"], row["line"], row["column"], row["before"], row["after"]]
        verdict = "killed" if row["verdict"] == "timeout" else row["verdict"]
        found.append(Verdict(row["path"], row["line"], f"{row['before']} -> {row['after']}", program, verdict))
    return found


def told(trial: Trial) -> None:
    counts = collections.Counter(one.verdict for one in trial.verdicts)
    judged = sum(counts[name] for name in JUDGED)
    clock, processor = (judged * 60 / seconds if seconds else 0.0 for seconds in (trial.wall, trial.cpu))
    print(f"{trial.name}: {judged} judged in {trial.wall:.1f} s ({trial.cpu:.1f} s of CPU): {clock:.0f} a minute, ")
    print(f"    {processor:.0f} a minute of CPU; {dict(counts)}")


def compared(mine: Trial, peer: Trial) -> None:
    """Print the verdicts that differ on common mutants, and what only the peer tried on the changed lines."""
    known = {one.program: one for one in mine.verdicts}
    common = [(known[one.program], one) for one in peer.verdicts if one.program in known and one.verdict in JUDGED]
    same = sum(a.verdict == b.verdict for a, b in common)
    print(f"\ncommon with {peer.name}: {len(common)} mutants, {same} with the same verdict")
    for a, b in common:
        if a.verdict != b.verdict:
            print(f"    {a.path}:{a.line} {a.shown}: ours {a.verdict}, {peer.name} {b.verdict}")
    others = [one for one in peer.verdicts if one.program not in known and one.verdict in JUDGED]
    classes = collections.Counter((one.shown.split("_")[0], one.verdict) for one in others)
    print(f"only {peer.name} tried {len(others)}")
    if peer.name == "cosmic-ray":
        for (name, verdict), count in sorted(classes.items()):
            print(f"    {name} {verdict}: {count}")
    for one in others:
        if one.verdict == "survived":
            print(f"    survived {one.path}:{one.line} {one.shown}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone")
    change_of = parser.add_mutually_exclusive_group(required=True)
    change_of.add_argument("--base")
    change_of.add_argument("--whole")
    parser.add_argument("--tests", nargs="+", required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--only", choices=["ours", "cosmic-ray", "reprove"], action="append")
    parser.add_argument("--kept", help="A file for what the peers found: read where it is there, written else.")
    parser.add_argument("--common", action="store_true", help="Let cosmic-ray judge the common mutants only.")
    options = parser.parse_args()
    change = _change(options)
    mine = ours(change)
    if options.common:
        change = change._replace(common=frozenset(one.program for one in mine.verdicts))
    trials = [mine, *_peers(change, options)]
    for trial in trials:
        told(trial)
    for one in trials[0].verdicts:
        if one.verdict == "survived":
            print(f"    survived {one.path}:{one.line} {one.shown}")
    for trial in trials[1:]:
        compared(trials[0], trial)


def _peers(change: Change, options: argparse.Namespace) -> list[Trial]:
    if options.kept and os.path.exists(options.kept):
        kept = json.loads(Path(options.kept).read_text(encoding="utf-8"))
        return [Trial(name, [Verdict(*one) for one in verdicts], *cost) for name, verdicts, *cost in kept]
    trials = []
    for name, peer in (("cosmic-ray", cosmic_ray), ("reprove", reprove)):
        if installed(name) and (not options.only or name in options.only):
            trials.append(peer(change))
    if options.kept:
        Path(options.kept).write_text(json.dumps(trials), encoding="utf-8")
    return trials


def _change(options: argparse.Namespace) -> Change:
    folder = os.path.realpath(options.clone)
    base = options.base
    if options.whole:
        git(folder, "rm", "-q", "--cached", options.whole)
        git(folder, "commit", "-q", "-m", "without")
        base = git(folder, "rev-parse", "HEAD")
        git(folder, "add", options.whole)
        git(folder, "commit", "-q", "-m", "with")
    names = git(folder, "diff", "--name-only", "--diff-filter=d", base, "HEAD", "--", "*.py").splitlines()
    modules = [name for name in names if "test" not in name and not name.startswith("docs/")]
    places = [f"{folder}/src", folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "CI": "true"}
    return Change(folder, base, modules, options.tests, options.seconds, environment)


if __name__ == "__main__":
    main()
