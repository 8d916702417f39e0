"""Source: which statements of a Python file a change alters; formatting, comments and docstrings are not statements.

Two texts that Python reads as the same syntax tree are the same here. What is handed out is plain data, so that
``gather/child.py`` can pass it on.
"""

from __future__ import annotations

from pytest_syncpoints.alignment import Region, aligned, closed_regions, region_of_hunk
from pytest_syncpoints.growth import only_grew
from pytest_syncpoints.statements import IN_FUNCTION, Side, TooDeep, Unreadable, bound, form, scope_of, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.statements import Parent, Unit


_FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")


class WasUnreadable(Unreadable):
    """The same of the old side alone: the new one can be read, only not compared."""


def differences(old: bytes, new: bytes, hunks: bytes) -> dict[str, list[list[Any]]]:
    """Return the statements that a change takes out of a file (``old``) and brings in (``new``), as plain data.

    ``hunks`` holds git's ``old_start old_lines new_start new_lines``, one hunk a line. A statement is
    ``[text, lines, letters, indent, scope, free, imports]``: its text without its indentation; how many of its lines
    changed, at least 1; its letters and digits; its column; the function or class it stands in; whether that is itself
    new or gone; and what it binds if it is an import. ``imports`` holds one list: the names the new side imports.
    ``grew`` holds an empty one where others can see of the file what they saw, and more. ``beside`` holds the names
    that either side imports, where what others see of the change depends on the modules they come from.
    Raises Unreadable.
    """
    sides = _sides(old, new)
    whole = [region_of_hunk(*map(int, line.split())) for line in hunks.splitlines()]
    regions = closed_regions(whole, lambda which, ranges: sides[which].spans(ranges))
    units = [side.units([region.side(which) for region in regions]) for which, side in enumerate(sides)]
    kept = _kept(sides, units, regions)
    if _could_be_same(sides, units, kept) and _is_same(sides, regions):
        return {"old": [], "new": [], "imports": [list(sides[1].imports())], "grew": [], "beside": [[]]}
    rivals = sides[0].rivals() | sides[1].rivals()
    changed = [{n for region in whole for n in range(*region.side(which))} for which in (0, 1)]
    old_side, new_side = (list(_plain(sides[at], units[at], kept[at], changed[at], rivals)) for at in (0, 1))
    seen = any(IN_FUNCTION not in piece[4] for piece in (*old_side, *new_side))
    grew: list[list[Any]] = [[]] if seen and only_grew(*sides) else []
    return {
        "old": old_side,
        "new": new_side,
        "imports": [list(sides[1].imports())],
        "grew": grew,
        "beside": [_beside(sides, units, kept)],
    }


def _sides(old: bytes, new: bytes) -> tuple[Side, Side]:
    arrived = Side(new)
    try:
        return Side(old), arrived
    except TooDeep:
        raise
    except Unreadable as error:
        raise WasUnreadable(str(error)) from None


def _kept(
    sides: tuple[Side, Side], units: list[list[Unit]], regions: list[Region]
) -> tuple[dict[int, int], dict[int, int]]:
    """Return which statements are on both sides, by position: the same words in the same order under the same heads."""
    there: dict[int, int] = {}
    at = [0, 0]
    for region in regions:
        mine: list[list[int]] = [[], []]
        for which in (0, 1):
            first, last = region.side(which)
            while at[which] < len(units[which]) and units[which][at[which]].start < max(last, first + 1):
                mine[which].append(at[which])
                at[which] += 1
        there.update(_matched(sides, units, mine))
    back = {b: a for a, b in there.items()}
    for a, b in list(there.items()):  # heads come before what they hold, so one that goes takes nothing for granted
        if not _same_place((units[0][a].parent, units[1][b].parent), there, back, regions):
            del there[a], back[b]
    return there, back


def _matched(sides: tuple[Side, Side], units: list[list[Unit]], mine: list[list[int]]) -> dict[int, int]:
    """Match statements of one region: by their text first, which is cheap, and by what they say in what is left."""
    old, new = ([at for at in mine[which] if units[which][at].kind != "doc"] for which in (0, 1))
    texts = [
        [(text_of(sides[which], units[which][at]), units[which][at].kind) for at in (old, new)[which]]
        for which in (0, 1)
    ]
    result: dict[int, int] = {}
    last_a, last_b = 0, 0
    for a, b in [*aligned(*texts), (len(old), len(new))]:
        gap_a, gap_b = old[last_a:a], new[last_b:b]
        if gap_a and gap_b:
            forms = [sides[0].form(units[0][at]) for at in gap_a], [sides[1].form(units[1][at]) for at in gap_b]
            result.update((gap_a[x], gap_b[y]) for x, y in aligned(*forms))
        if a < len(old):
            result[old[a]] = new[b]
        last_a, last_b = a + 1, b + 1
    return result


def _same_place(
    heads: tuple[Parent, Parent], there: dict[int, int], back: dict[int, int], regions: list[Region]
) -> bool:
    """Say whether two like statements stand under the same head, or under heads of which one counts itself."""
    (kind, above), (new_kind, new_above) = heads
    if (kind == "unit" and above not in there) or (new_kind == "unit" and new_above not in back):
        return True
    if kind == new_kind == "unit":
        return there[above] == new_above
    return kind == new_kind and _line_there(above, regions) == new_above


def _line_there(line: int, regions: list[Region]) -> int:
    """Return the new number of a line that did not change."""
    shift = 0
    for region in regions:
        if region.old_end > line:
            break
        shift = region.new_end - region.old_end
    return line + shift if line >= 0 else line


def _plain(
    side: Side, units: list[Unit], kept: dict[int, int], changed: set[int], rivals: set[str]
) -> Iterator[list[Any]]:
    counted = [unit for at, unit in enumerate(units) if at not in kept and unit.kind != "doc"]
    scopes = {scope_of(unit.scope, unit.name, unit.indent, unit.kind) for unit in counted if unit.name}
    for unit in counted:
        text = text_of(side, unit)
        letters = sum(map(str.isalnum, text))
        free = unit.scope in scopes
        yield [text, _lines(side, unit, changed), letters, unit.indent, unit.scope, free, _imports(unit, rivals)]


def _beside(
    sides: tuple[Side, Side], units: list[list[Unit]], kept: tuple[dict[int, int], dict[int, int]]
) -> list[str]:
    """Return the names both sides import, unless others see of the change only how the same functions are called.

    What an import, a base class or ``__all__`` leads to is told by other modules, and so is whether what is gone from a
    class is inherited now; the parameters of a function that stays stand in it alone.
    """
    seen = [
        {
            (unit.kind, unit.scope, unit.name)
            for at, unit in enumerate(units[which])
            if at not in kept[which] and unit.kind != "doc" and IN_FUNCTION not in unit.scope
        }
        for which in (0, 1)
    ]
    if seen[0] == seen[1] and all(kind in _FUNCTIONS for kind, _, _ in seen[0]):
        return []
    return [name for side in sides for name in side.imports()]


def _could_be_same(
    sides: tuple[Side, Side], units: list[list[Unit]], kept: tuple[dict[int, int], dict[int, int]]
) -> bool:
    """Say whether both sides are left with the same statements: of equal ones, a diff may pair the wrong two."""
    left = [[u for at, u in enumerate(units[side]) if at not in kept[side] and u.kind != "doc"] for side in (0, 1)]
    if not left[0] or sorted(unit.kind for unit in left[0]) != sorted(unit.kind for unit in left[1]):
        return False
    return sorted(map(sides[0].form, left[0])) == sorted(map(sides[1].form, left[1]))


def _is_same(sides: tuple[Side, Side], regions: list[Region]) -> bool:
    """Say whether all statements from the first region to the last are the same, in the same order and places."""
    first, last = regions[0], regions[-1]
    region = Region(first.old_start, last.old_end, first.new_start, last.new_end)
    units = [sides[which].units([region.side(which)]) for which in (0, 1)]
    old, new = ([at for at, unit in enumerate(side) if unit.kind != "doc"] for side in units)
    if len(old) != len(new):
        return False
    there = dict(zip(old, new, strict=True))
    back = {b: a for a, b in there.items()}
    return all(
        form(units[0][a]) == form(units[1][b])
        and _same_place((units[0][a].parent, units[1][b].parent), there, back, [region])
        for a, b in there.items()
    )


def _lines(side: Side, unit: Unit, changed: set[int]) -> int:
    """Count changed lines of a statement that are neither blank nor a comment; one that changed has at least one."""
    lines = [side.lines[at].strip() for at in range(unit.start, unit.end) if at in changed]
    in_string = '"""' in "".join(lines) or "'''" in "".join(lines)
    return max(1, sum(1 for line in lines if line and (in_string or not line.startswith("#"))))


def _imports(unit: Unit, rivals: set[str]) -> list[list[str]]:
    """Return what an import binds; a name that rivals bind too is ``*``, for there the order decides."""
    if unit.kind not in ("Import", "ImportFrom"):
        return []
    names = dict(
        zip(("module", "names", "level") if unit.kind == "ImportFrom" else ("names",), unit.parts, strict=True)
    )
    return [[what, "*" if name in rivals else name] for what, name in bound(unit.kind, **names)]
