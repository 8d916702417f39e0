"""Detection of norms over a repository's Python files, against ``ast.parse`` of the same files.

    run.py FOLDER [-n FILES]

Three norms: one that few files mention, one that many do, one that most do. One process, best of two.
"""

from __future__ import annotations

import argparse
import ast
import json
import time
import warnings
from pathlib import Path

from pytest_syncpoints.gather.norm_readings import mentioning
from pytest_syncpoints.norms.reading import read
from pytest_syncpoints.policy import Norm

NORMS = {
    "few": Norm("few", call="subprocess.Popen", require_keyword="env"),
    "many": Norm("many", call="print"),
    "most": Norm("most", call="os.*"),
}


def timed(action: object) -> float:
    best = float("inf")
    for _ in range(2):
        started = time.process_time()
        action()  # type: ignore[operator]
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=1000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sources = []
    for path in sorted(options.folder.rglob("*.py")):
        content = path.read_bytes()
        try:
            ast.parse(content)
        except (SyntaxError, ValueError):
            continue
        sources.append(content)
        if len(sources) == options.n:
            break

    def parse_all() -> None:
        for source in sources:
            ast.parse(source)

    parse = timed(parse_all)
    print(f"{len(sources)} files, {sum(map(len, sources)) >> 10:,} KiB: ast.parse {parse:.2f} s")

    def detect(norm: Norm) -> None:
        asked = json.dumps(
            {"module": "m", "package": False, "norms": [{**norm._asdict(), "import": norm.import_}]}
        ).encode()
        for source in sources:
            if mentioning(source, "m", [norm]):
                read(asked, source)

    for name, norm in NORMS.items():
        parsed = sum(1 for source in sources if mentioning(source, "m", [norm]))
        seconds = timed(lambda norm=norm: detect(norm))  # type: ignore[misc]
        print(f"{name}: {parsed} files mention it, {seconds:.2f} s, {seconds / parse:.2f} x ast.parse")


if __name__ == "__main__":
    main()
