"""The forecast measured on held-back months of real merge histories, beside last month's rate.

Usage: bench_forecast.py BARE-CLONE...; needs the package on the path. A change is what one step of the first parents
brought in: it came with its earliest author date (at most a year before), and left when it landed.
"""

from __future__ import annotations

import random
import subprocess
import sys
from math import sqrt
from pathlib import Path

from pytest_syncpoints.loops.queueing import forecast

DAY, HISTORY, AHEAD, SEED, Z80 = 86400, 168, 28, 9, 1.2816
MONTHS = 120  # the last ten years of 28-day months


def steps(clone: str) -> list[tuple[int, int]]:
    """Return when each change came and landed, in days, oldest landing first."""
    words = ["git", "-C", clone, "log", "--topo-order", "--format=%H %at %ct %P", "HEAD"]
    known: dict[str, tuple[int, int, list[str]]] = {}
    head = ""
    for line in subprocess.run(words, capture_output=True, check=True, text=True).stdout.splitlines():
        sha, at, landed, *parents = line.split()
        head = head or sha
        known[sha] = (int(at), int(landed), parents)
    line_of = [head]
    while known[line_of[-1]][2]:
        line_of.append(known[line_of[-1]][2][0])
    seen = set(line_of)
    found = []
    for sha in reversed(line_of):
        at, landed, parents = known[sha]
        came = at if len(parents) < 2 else landed
        waiting = [parent for parent in parents[1:] if parent not in seen]
        seen.update(waiting)
        while waiting:
            own, _, rest = known[waiting.pop()]
            came = min(came, own)
            fresh = [parent for parent in rest if parent not in seen]
            seen.update(fresh)
            waiting += fresh
        found.append((max(came, landed - 365 * DAY) // DAY, landed // DAY))
    return found


def months(changes: list[tuple[int, int]]) -> list[tuple[float, list[int], list[int], float]]:
    """Return, for each held-back month, what was open, came and left before it, and what was open at its end."""
    last = max(landed for _, landed in changes) - 60  # what came lately has not landed yet, so nobody here knows of it
    found = []
    for number in range(MONTHS):
        start = last - AHEAD * (number + 1)
        came = [0] * HISTORY
        left = [0] * HISTORY
        for at, landed in changes:
            if 0 <= start - at - 1 < HISTORY:
                came[HISTORY - start + at] += 1
            if 0 <= start - landed - 1 < HISTORY:
                left[HISTORY - start + landed] += 1
        open_then = sum(at < start <= landed for at, landed in changes)
        open_after = sum(at < start + AHEAD <= landed for at, landed in changes)
        if sum(left) >= HISTORY // 7:
            found.append((open_then, came, left, open_after))
    return found


def measure(clone: str) -> None:
    """Print how often the interval held the truth, how wide it was, and how far both middles were off."""
    inside = naive_inside = 0
    wide: list[float] = []
    naive_wide: list[float] = []
    off: list[float] = []
    naive_off: list[float] = []
    held = months(steps(clone))
    for backlog, came, left, truth in held:
        ahead = forecast(backlog, came, left, AHEAD, random.Random(SEED).random)
        inside += ahead.low <= truth <= ahead.high
        wide.append(ahead.high - ahead.low)
        off.append(abs(ahead.median - truth))
        came_lately, left_lately = sum(came[-AHEAD:]), sum(left[-AHEAD:])
        naive = max(0.0, backlog + came_lately - left_lately)
        spread = Z80 * sqrt(came_lately + left_lately)  # as if both were Poisson, at last month's rate
        naive_inside += naive - spread <= truth <= naive + spread
        naive_wide.append(2 * spread)
        naive_off.append(abs(naive - truth))
    count = len(held)
    name = Path(clone).resolve().parent.name
    mean_open = sum(backlog for backlog, *_ in held) / count
    print(
        f"| {name} | {count} | {mean_open:.0f} | {inside / count:.0%}, {sum(wide) / count:.0f} wide "
        f"| {sum(off) / count:.1f} | {naive_inside / count:.0%}, {sum(naive_wide) / count:.0f} wide "
        f"| {sum(naive_off) / count:.1f} | {sum(abs(b - t) for b, _, _, t in held) / count:.1f} |"
    )


if __name__ == "__main__":
    for word in sys.argv[1:]:
        measure(word)
