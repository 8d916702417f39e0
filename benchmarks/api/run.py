"""Public API between consecutive releases: what griffe's own check reports, what we report, and what differs.

    run.py FOLDER [-o FILE]

FOLDER holds installed releases as NAME-VERSION (pip install --no-deps --target NAME-VERSION NAME==VERSION).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import griffe

from pytest_syncpoints.api.comparing import compare
from pytest_syncpoints.api.model import is_test_path

PACKAGES = {"attrs": "attr", "flask": "flask", "jinja2": "jinja2"}


def modules(root: Path, package: str) -> list[tuple[str, str, bytes]]:
    found = []
    for path in sorted((root / package).rglob("*.py")):
        inside = path.relative_to(root).as_posix()
        if not is_test_path(inside):
            name = inside.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            found.append((name, inside, path.read_bytes()))
    return found


def ours(old: Path, new: Path, package: str) -> list[dict[str, object]]:
    sources: list[bytes] = []
    asked: dict[str, object] = {"package": package}
    for side, root in (("old", old), ("new", new)):
        rows = []
        for name, path, content in modules(root, package):
            rows.append([name, path, len(sources)])
            sources.append(content)
        asked[side] = rows
    return compare(json.dumps(asked).encode(), *sources)["breaks"]


def theirs(old: Path, new: Path, package: str) -> list[tuple[str, str]]:
    """Return kind and path of each breakage of ``griffe check``, which loads both from disk."""
    sides = []
    for root in (old, new):
        loader = griffe.GriffeLoader(search_paths=[root], allow_inspection=False)
        sides.append(loader.load(package))
        loader.resolve_aliases(implicit=True, external=False)
    return sorted({(one.kind.name, one.obj.path) for one in griffe.find_breaking_changes(*sides)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", type=Path)
    options = parser.parse_args()
    releases: dict[str, list[tuple[tuple[int, ...], Path]]] = {}
    for path in options.folder.iterdir():
        name, _, version = path.name.rpartition("-")
        releases.setdefault(name, []).append((tuple(map(int, version.split("."))), path))
    rows = []
    for name in sorted(releases):
        for (_, old), (_, new) in pairwise(sorted(releases[name])):
            package = PACKAGES.get(name, name)
            reported = theirs(old, new, package)
            started = time.process_time()
            found = ours(old, new, package)
            seconds = time.process_time() - started
            paths = {str(one["name"]) for one in found}
            tails = {
                path.rpartition(".")[2] for path in paths
            }  # what lies in a private module is reported where it is reached
            missed = [
                f"{kind} {path}"
                for kind, path in reported
                if path not in paths
                and not (
                    "._" in path.replace("__", "")
                    and path.removesuffix(".__init__").rpartition(".")[2]
                    in tails | {one.split(".")[-2] for one in paths}
                )
            ]
            known = {path for _, path in reported}
            rows.append(
                {
                    "pair": f"{old.name} {new.name}",
                    "griffe": len(reported),
                    "ours": len(found),
                    "seconds": round(seconds, 2),
                    "missed": missed,
                    "beyond": [
                        f"{one['rule']}{' (soft)' if one['soft'] else ''} {one['text']}"
                        for one in found
                        if one["name"] not in known
                    ],
                }
            )
            print(
                f"{rows[-1]['pair']}: griffe {len(reported)}, ours {len(found)}, missed {len(missed)}, {seconds:.2f} s",
                file=sys.stderr,
            )
    text = json.dumps(rows, indent=1) + "\n"
    (options.o.write_text(text) if options.o else print(text))


if __name__ == "__main__":
    main()
