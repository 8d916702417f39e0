"""Alignment: which lines of the two sides of a file belong together, and which pieces of two lists are the same."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Range = tuple[int, int]

MOST_EDITS = 400  # beyond so many differences between two lists, what was not found equal yet counts as different


class Region(Record):
    """Lines of the old side that became lines of the new one; both ranges count from 0, the second number is past it.

    Outside the regions of a file, both sides have the same lines in the same order.
    """

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    def side(self, which: int) -> Range:
        """Return the range of the old side (0) or the new one (1)."""
        return (self.new_start, self.new_end) if which else (self.old_start, self.old_end)

    def widened(self, before: int, after: int) -> Region:
        """Return the region with so many unchanged lines more on each end."""
        return Region(self.old_start - before, self.old_end + after, self.new_start - before, self.new_end + after)


def region_of_hunk(old_start: int, old_lines: int, new_start: int, new_lines: int) -> Region:
    """Return the lines of a hunk as git numbers them: from 1, and an empty side names the line before it."""
    old, new = old_start - (old_lines > 0), new_start - (new_lines > 0)
    return Region(old, old + old_lines, new, new + new_lines)


def touches(start: int, end: int, place: Range) -> bool:
    """Say whether lines overlap a range; an empty range is a point, touched only from both of its sides."""
    first, last = place
    return start < last and end > first if first < last else start < first < end


def closed_regions(regions: Sequence[Region], spans: Callable[[int, list[Range]], Iterable[Range]]) -> list[Region]:
    """Return regions widened until no statement of either side lies half in one.

    ``spans(which, ranges)`` gives the lines of the statements of one side that touch any of the ranges.
    """
    joined = _joined(regions)
    while True:
        before = joined
        for which in (0, 1):
            joined = _covering(joined, which, sorted(spans(which, [region.side(which) for region in joined])))
        if joined == before:
            return joined


def _covering(regions: list[Region], which: int, spans: list[Range]) -> list[Region]:
    widened = []
    at = 0
    for region in regions:
        start, end = region.side(which)
        while at < len(spans) and spans[at][1] < start:
            at += 1
        low, high = start, end
        for span in spans[at:]:
            if span[0] > end:
                break
            if touches(*span, (start, end)):
                low, high = min(low, span[0]), max(high, span[1])
        widened.append((region, start - low, high - end))
    return _joined_widened(widened, which)


def _joined_widened(widened: list[tuple[Region, int, int]], which: int) -> list[Region]:
    """Widen each region over the unchanged lines beside it, joining those that meet."""
    result: list[Region] = []
    reach = -1  # how far the region before wants to go
    for region, before, after in widened:
        low = region.side(which)[0] - before
        if result and (reach >= region.side(which)[0] or low <= result[-1].side(which)[1]):
            last = result[-1]
            reach = max(reach, region.side(which)[1] + after)
            first = min(last.side(which)[0], low)
            joined = Region(last.old_start, region.old_end, last.new_start, region.new_end)
            result[-1] = joined.widened(last.side(which)[0] - first, 0)
        else:
            _settle(result, which, reach)
            result.append(region.widened(before, 0))
            reach = region.side(which)[1] + after
    _settle(result, which, reach)
    return _joined(result)


def _settle(result: list[Region], which: int, reach: int) -> None:
    if result:
        result[-1] = result[-1].widened(0, max(0, reach - result[-1].side(which)[1]))


def _joined(regions: Iterable[Region]) -> list[Region]:
    """Join regions that overlap or meet."""
    result: list[Region] = []
    for region in sorted(regions):
        if result and (region.old_start <= result[-1].old_end or region.new_start <= result[-1].new_end):
            last = result[-1]
            first = (min(last.old_start, region.old_start), min(last.new_start, region.new_start))
            ends = (max(last.old_end, region.old_end), max(last.new_end, region.new_end))
            result[-1] = Region(first[0], ends[0], first[1], ends[1])
        else:
            result.append(region)
    return result


def aligned(old: Sequence[object], new: Sequence[object]) -> list[tuple[int, int]]:
    """Return the positions of equal items of two lists, in order (Myers, Algorithmica 1, 1986; ends trimmed first)."""
    low = 0
    while low < min(len(old), len(new)) and old[low] == new[low]:
        low += 1
    tail = 0
    while tail < min(len(old), len(new)) - low and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = _myers(old[low : len(old) - tail], new[low : len(new) - tail])
    return [
        *((at, at) for at in range(low)),
        *((a + low, b + low) for a, b in middle),
        *((len(old) - at, len(new) - at) for at in range(tail, 0, -1)),
    ]


def _myers(old: Sequence[object], new: Sequence[object]) -> list[tuple[int, int]]:
    """Return a longest common subsequence, or of very different lists none."""
    if not old or not new or not set(old) & set(new):
        return []
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
            a = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            b = a - diagonal
            while a < len(old) and b < len(new) and old[a] == new[b]:
                a, b = a + 1, b + 1
            furthest[diagonal] = a
            if a >= len(old) and b >= len(new):
                return _walked_back(trace, len(old), len(new))
    return []


def _walked_back(trace: list[dict[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    pairs = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest, diagonal = trace[edits], a - b
        down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start = furthest[before] if edits else 0
        at_a, at_b = (start, start - before) if edits else (0, 0)
        while a > at_a and b > at_b:
            a, b = a - 1, b - 1
            pairs.append((a, b))
        a, b = at_a, at_b
    return pairs[::-1]
