"""Lexicon: which lines of a text in another language than Python are code, comment or blank.

One scan over the whole text, without a grammar. Wherever the scan loses its way, all that follows is code: a comment
may be taken for code, code never knowingly for a comment.
"""

from __future__ import annotations

from pytest_syncpoints.alignment import aligned
from pytest_syncpoints.languages import FAMILIES
from pytest_syncpoints.line_kinds import CODE, Line, as_code, squeezed
from pytest_syncpoints.margins import by_margin
from pytest_syncpoints.scanning import Scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.alignment import Region

_STRANGE = ("\0", "\1", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")


def lines_of(content: bytes, family: str) -> tuple[Line, ...] | None:
    """Return what each line is, or ``None`` where git and the language may not agree on what a line is."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    if "\r" in text or any(char in text for char in _STRANGE):
        return None
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    syntax = FAMILIES[family]
    if (syntax.kind == "go" and 'import "C"' in text) or (family == "java" and "\\u" in text):
        return tuple(map(as_code, rows))
    if syntax.kind in ("yaml", "make", "margin"):
        return tuple(by_margin(rows, syntax))
    return tuple(Scan(rows, syntax).lines())


def differences(
    old: Sequence[Line], new: Sequence[Line], regions: Sequence[Region], family: str
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the lines of code that differ on each side, as ``(number of the hunk, index of the line)``.

    A line that did not change and is code on one side alone is among them: somebody commented it out.
    """
    left: list[tuple[int, int]] = []
    arrived: list[tuple[int, int]] = []
    a = b = 0
    for at, region in enumerate(regions):
        for x, y in zip(range(a, region.old_start), range(b, region.new_start), strict=False):
            if old[x] != new[y]:
                left += [(at, x)] * (old[x].kind == CODE)
                arrived += [(at, y)] * (new[y].kind == CODE)
        gone, came = _apart(old, new, region, family)
        left += [(at, x) for x in gone]
        arrived += [(at, y) for y in came]
        a, b = region.old_end, region.new_end
    for x, y in zip(range(a, len(old)), range(b, len(new)), strict=False):
        if old[x] != new[y]:
            left += [(len(regions), x)] * (old[x].kind == CODE)
            arrived += [(len(regions), y)] * (new[y].kind == CODE)
    return left, arrived


def _apart(old: Sequence[Line], new: Sequence[Line], region: Region, family: str) -> tuple[list[int], list[int]]:
    xs = [x for x in range(region.old_start, region.old_end) if old[x].kind == CODE]
    ys = [y for y in range(region.new_start, region.new_end) if new[y].kind == CODE]
    before, after = [old[x].said for x in xs], [new[y].said for y in ys]
    free = FAMILIES[family].spaces == "free" and not any(_is_directive(said) for said in before + after)
    if free and squeezed("\n".join(before)) == squeezed("\n".join(after)):
        return [], []
    same = aligned(before, after)
    olds, news = {a for a, _ in same}, {b for _, b in same}
    return [x for a, x in enumerate(xs) if a not in olds], [y for b, y in enumerate(ys) if b not in news]


def _is_directive(said: str) -> bool:
    """Say whether a line's end means something to a preprocessor."""
    return said.startswith("#") or said.endswith("\\")
