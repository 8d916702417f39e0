"""Public API between consecutive releases: what griffe's own check reports, and what `syncpoints check` does.

    run.py FOLDER [-o FILE] [--packages FOLDER]

FOLDER holds installed releases as NAME-VERSION (pip install --no-deps --target NAME-VERSION NAME==VERSION). Each pair
is committed to a repository of its own and reviewed by the command line. With ``--packages`` (a folder of what the
releases need), whatever griffe calls removed and we do not is looked up in the new release as it is imported.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import griffe

PACKAGES = {"attrs": ("attr", "attrs")}
GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
LOOK_UP = r"""
import importlib, inspect, re, sys

def has(thing, name):
    if hasattr(thing, name):
        return True
    written = (inspect.getsource(one) for one in getattr(thing, "__mro__", ())[:-1])  # set on each instance
    return any(re.search(rf"self\.{name}\s*[:=]", source) for source in written)

for path in sys.argv[1:]:
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        break
    there = True
    for part in parts[count:]:
        there = there and has(found, part)
        found = getattr(found, part, None)
    print(path, there)
"""


def put(release: Path, packages: tuple[str, ...], work: Path) -> None:
    for package in packages:
        shutil.rmtree(work / package, ignore_errors=True)
        if (release / package).is_dir():
            wanted = shutil.ignore_patterns("__pycache__", "*.so", "*.pyc")
            shutil.copytree(release / package, work / package, ignore=wanted)


def ours(old: Path, new: Path, packages: tuple[str, ...]) -> tuple[list[dict[str, str]], str]:
    """Return our findings and, where the check was skipped, why."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)

        def git(*words: str) -> None:
            subprocess.run((*GIT, *words), cwd=work, check=True, capture_output=True)

        git("init", "-q", "-b", "main")
        for release in (old, new):
            put(release, packages, work)
            git("add", "-A", "-f")
            git("commit", "-q", "--allow-empty", "-m", release.name)
        command = (sys.executable, "-m", "pytest_syncpoints", "check", "--commit", "HEAD", "--format", "json")
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout)
    (outcome,) = [one for one in report["outcomes"] if one["check"] == "api"]
    found = [one for one in report["findings"] if one["rule"].startswith("API")]
    for one in found:
        one["anchor"] = re.match(r"[\w.]+", one["message"])[0].rstrip(".")  # type: ignore[index]  # each starts with it
    return found, (outcome["reason"] or "") if outcome["status"] == "skipped" else ""


def load(root: Path, package: str, *, implicit: bool) -> griffe.Module:
    loader = griffe.GriffeLoader(search_paths=[root], allow_inspection=False)
    module = loader.load(package)
    loader.resolve_aliases(implicit=implicit, external=None if not implicit else False)
    return module  # type: ignore[return-value]


def theirs(old: Path, new: Path, packages: tuple[str, ...]) -> dict[tuple[str, str], set[str]]:
    """Return kind and path of what ``griffe check`` reports, and every public name that leads there.

    Aliases are resolved as the command does by default, and once more the implicit ones too.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for package in packages:
        if not ((old / package).is_dir() and (new / package).is_dir()):
            continue
        for implicit in (False, True):
            try:
                sides = [load(root, package, implicit=implicit) for root in (old, new)]
            except griffe.AliasResolutionError as error:  # attrs/__init__.pyi beside attr, which is not loaded
                print(f"griffe cannot load {package} of {new.name}: {error}", file=sys.stderr)
                continue
            names = public_names(sides[0])
            for one in griffe.find_breaking_changes(*sides):
                kind = f"{one.kind.name}{harmless(one, sides[0])}"
                found.setdefault((kind, one.obj.path), set()).update(reached(one.obj.path, names))
    return found


def harmless(one: griffe.Breakage, before: griffe.Module) -> str:
    """Return why a breakage breaks nobody, empty where it may."""
    kind, old = one.kind.name, one.old_value
    if kind == "CLASS_REMOVED_BASE":
        kept = [str(base) for base in old if str(base) != "object" and "with_metaclass(" not in str(base)]
        return ": the base is `object`, or was with_metaclass()" * (kept == [str(base) for base in one.new_value])
    if (
        kind == "PARAMETER_REMOVED"
        and "var" in old.kind.name
        and old.kind in [each.kind for each in one.obj.parameters]
    ):  # type: ignore[union-attr]
        return ": what takes the rest only has another name"
    if kind == "PARAMETER_CHANGED_KIND" and old.name == "self":
        return ": nobody passes `self` by its name"
    if kind == "PARAMETER_ADDED_REQUIRED":
        names = [each.name for each in one.obj.parameters]  # type: ignore[union-attr]
        place = names.index(one.new_value.name)
        was = [each.name for each in before[one.obj.path.partition(".")[2]].parameters][place : place + 1]
        if was and was[0].startswith("__"):
            return ": a parameter that is passed by position has another name"
    return ""


def public_names(package: griffe.Module) -> dict[str, set[str]]:
    """Return by where a thing lives all names without an underscore under which the package has it."""
    names: dict[str, set[str]] = {}
    waiting: list[tuple[str, griffe.Object | griffe.Alias]] = [(package.path, package)]
    while waiting:
        name, thing = waiting.pop()
        for key, member in thing.members.items():
            if key.startswith("_"):
                continue
            try:
                home = member.final_target.path if member.is_alias else member.path  # type: ignore[union-attr]
            except (griffe.AliasResolutionError, griffe.CyclicAliasError):
                continue
            names.setdefault(home, set()).add(f"{name}.{key}")
            if not member.is_alias and member.is_module:
                waiting.append((f"{name}.{key}", member))
    return names


def reached(path: str, names: dict[str, set[str]]) -> set[str]:
    parts = path.split(".")
    found = {path}
    for count in range(len(parts), 0, -1):
        rest = parts[count:]
        found |= {".".join([name, *rest]) for name in names.get(".".join(parts[:count]), ())}
    return found


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def matched(names: set[str], said: set[str], gone: set[str]) -> bool:
    """Say whether a finding names one of these, or says that something which holds it is gone."""
    rows = [name.split(".") for name in names]
    above = {".".join(parts[:count]) for parts in rows for count in range(1, len(parts))}
    return bool(names & said or above & gone)


def still_there(new: Path, packages: Path | None, paths: list[str]) -> set[str]:
    if packages is None or not paths:
        return set()
    environment = {**os.environ, "PYTHONPATH": f"{new}{os.pathsep}{packages}"}
    done = subprocess.run(
        (sys.executable, "-c", LOOK_UP, *paths), capture_output=True, text=True, check=True, env=environment, cwd="/"
    )
    return {row.split()[0] for row in done.stdout.splitlines() if row.endswith("True")}


def one_pair(old: Path, new: Path, packages: tuple[str, ...], needed: Path | None) -> dict[str, object]:
    reported = theirs(old, new, packages)
    found, skipped = ours(old, new, packages)
    said = {one["anchor"] for one in found}
    gone = {one["anchor"] for one in found if one["rule"] in ("API001", "API004")}
    left = {key: names for key, names in reported.items() if not matched(names, said, gone)}
    removed = [path for kind, path in left if kind == "OBJECT_REMOVED"]
    there = still_there(new, needed, removed)
    why = {f"{kind} {path}": reason(kind, path, left[kind, path], there) for kind, path in sorted(left)}
    known = set().union(*reported.values()) if reported else set()
    lines = sorted((one["anchor"] in known, f"{one['level']} {one['rule']} {one['message']}") for one in found)
    return {
        "pair": f"{old.name} {new.name}",
        "griffe": len(reported),
        "matched": len(reported) - len(left),
        "ours": dict(Counter(one["level"] for one in found)),
        "skipped": skipped,
        "not_ours": why,
        "beyond": [text for shared, text in lines if not shared],
        "shared": [text for shared, text in lines if shared],
    }


def reason(kind: str, path: str, names: set[str], there: set[str]) -> str:
    if path in there:
        return "the new release, imported, still has it"
    if ": " in kind:
        return kind.partition(": ")[2]
    if all(map(is_private, names)):
        return "no public name leads to it"
    return "the annotation of what it returns was dropped" if kind == "RETURN_CHANGED_TYPE" else "MISSED"


def main() -> None:
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", type=Path)
    parser.add_argument("--packages", type=Path)
    options = parser.parse_args()
    releases: dict[str, list[tuple[tuple[int, ...], Path]]] = {}
    for path in options.folder.iterdir():
        name, _, version = path.name.rpartition("-")
        if path.is_dir():
            releases.setdefault(name, []).append((tuple(map(int, version.split("."))), path))
    rows = []
    for name in sorted(releases):
        for (_, old), (_, new) in pairwise(sorted(releases[name])):
            row = one_pair(old.resolve(), new.resolve(), PACKAGES.get(name, (name,)), options.packages)
            rows.append(row)
            left = Counter(row["not_ours"].values())  # type: ignore[attr-defined]
            print(row["pair"], row["griffe"], row["matched"], row["ours"], dict(left), row["skipped"], file=sys.stderr)
    text = json.dumps(rows, indent=1) + "\n"
    (options.o.write_text(text) if options.o else print(text))


if __name__ == "__main__":
    main()
