"""Does a killed run leave anything behind? Random signals at random moments of a run that judges mutants.

    python benchmarks/evidence/kill.py [--kills 200] [--seed 6] [--latest 4]

Each round starts `pytest --syncpoints --syncpoints-mutate` in a small repository, sends SIGINT, SIGTERM or SIGKILL
after up to `--latest` seconds, and compares every file of the worktree (compiled ones aside) with what it was, byte for
byte. Also counted are processes of the run that are still there two seconds later.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FUNCTION = """\
def fee{n}(amount):
    if amount < 0:
        raise ValueError(amount)
    return amount // 10 + 1
"""
TESTS = "import time, product\n" + "".join(
    f"def test_{n}():\n    time.sleep(0.01)\n    assert product.fee{n}(100) == 11\n" for n in range(20)
)


def content(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and not {".git", "__pycache__"} & {*path.parts})
    return {str(path): path.read_bytes() for path in found}


def left_running(folder: Path) -> int:
    found = 0
    for process in Path("/proc").iterdir():
        try:
            found += process.name.isdigit() and os.readlink(process / "cwd") == str(folder)
        except OSError:
            continue
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--latest", type=float, default=4.0, help="Seconds; more on a loaded machine.")
    options = parser.parse_args()
    folder = Path(os.path.realpath(tempfile.mkdtemp()))
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (folder / "product.py").write_text("".join(FUNCTION.format(n=n) for n in range(20)), encoding="utf-8")
    (folder / "test_product.py").write_text(TESTS, encoding="utf-8")
    before, random_source = content(folder), random.Random(options.seed)
    signals: collections.Counter[str] = collections.Counter()
    differing = running = judging = 0
    for _ in range(options.kills):
        words = [sys.executable, "-m", "pytest", "--syncpoints", "--syncpoints-mutate", "-p", "no:cacheprovider"]
        environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
        run = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random_source.uniform(0.5, options.latest))
        judging += left_running(folder) > 1
        number = random_source.choice([signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
        run.send_signal(number)
        run.wait(timeout=120)
        signals[number.name] += 1
        differing += content(folder) != before
        time.sleep(2.0)
        running += left_running(folder)
    print(f"{dict(signals)}: {judging} while mutants were judged; {differing} left a file changed, {running} processes")


if __name__ == "__main__":
    main()
