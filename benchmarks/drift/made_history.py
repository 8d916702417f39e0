"""Make a history of so many commits, for what no repository at hand is large enough for.

    python benchmarks/drift/made_history.py FOLDER [COMMITS]

Half of the commits land by merges of three, as topics do; 400 people write 4,000 files in 40 folders, the first of each
far more often than the others, and most commits name a reviewer. The same at every run.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator

PEOPLE, FOLDERS, FILES = 400, 40, 100
END = 1_790_000_000
STEP = 3_000  # seconds between two commits


def main() -> None:
    """Feed git fast-import."""
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    subprocess.run(["git", "init", "-q", "-b", "main", folder], check=True)
    words = ["git", "-C", folder, "fast-import", "--quiet"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.writelines(commits(count))
    subprocess.run(["git", "-C", folder, "reset", "-q", "--mixed"], check=True)


def commits(count: int) -> Iterator[bytes]:
    """Yield the commands: an ordinary commit on main, or three on a topic and their merge, in turns."""
    chance = random.Random(8)
    at = END - count * STEP
    made = mark = tip = 0
    while made < count:
        if chance.random() < 0.75:
            mark, tip = mark + 1, mark + 1
            yield commit(mark, "main", at, chance, change(chance, mark))
            made, at = made + 1, at + STEP
            continue
        brought = ""
        for part in range(3):
            mark, content = mark + 1, change(chance, mark + 1)
            brought += content
            yield commit(mark, "topic", at, chance, content, f"from :{tip}\n" if part == 0 and tip else "")
            at += STEP
        mark, tip = mark + 1, mark + 1
        yield commit(mark, "main", at, chance, brought, f"merge :{mark - 1}\n")  # it has to say what it brings
        made, at = made + 4, at + STEP
    yield b"reset refs/heads/topic\nfrom 0000000000000000000000000000000000000000\n\n"


def commit(mark: int, branch: str, at: int, chance: random.Random, content: str, parents: str = "") -> bytes:
    """Return one commit; parents are named where the branch alone does not tell them."""
    who = person(chance)
    reviewer = f"\nReviewed-by: {person(chance)}\n" if chance.random() < 0.7 else ""
    subject = "Merge topic" if parents.startswith("merge") else "Fix part" if chance.random() < 0.2 else "Extend part"
    message = f"{subject} {mark}\n{reviewer}"
    return (
        f"commit refs/heads/{branch}\nmark :{mark}\nauthor {who} {at} +0000\ncommitter {who} {at} +0000\n"
        f"data {len(message)}\n{message}{parents}{content}\n"
    ).encode()


def change(chance: random.Random, mark: int) -> str:
    """Return one or two new contents of files of one folder."""
    folder = min(int(chance.expovariate(0.1)), FOLDERS - 1)
    names = {min(int(chance.expovariate(0.05)), FILES - 1) for _ in range(chance.choice((1, 1, 2)))}
    content = f"x = {mark}\n" * 5
    rows = (f"M 100644 inline part{folder:02}/file{name:02}.py\ndata {len(content)}\n{content}" for name in names)
    return "".join(rows)


def person(chance: random.Random) -> str:
    """Return somebody: the first few by far the most."""
    number = min(int(chance.expovariate(0.02)), PEOPLE - 1)
    return f"Person {number} <p{number}@example.org>"


if __name__ == "__main__":
    main()
