"""Margins: languages in which a comment has its line for itself, and spaces mean something."""

from __future__ import annotations

from pytest_syncpoints.line_kinds import BLANK, CODE, COMMENT, Line, is_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.languages import Syntax


def by_margin(rows: list[str], syntax: Syntax) -> Iterator[Line]:
    """Read languages in which a comment has its line for itself, and spaces mean something."""
    text_of = -1  # in a block scalar: the column of the line that opened it
    lost = goes_on = False
    for row in rows:
        bare = row.strip()
        margin = len(row) - len(row.lstrip())
        if not bare:
            yield Line(CODE if text_of >= 0 else BLANK, "")
            goes_on = False
            continue
        if text_of >= 0 and margin <= text_of:
            text_of = -1
        comment = bare.startswith(syntax.line) and not (lost or goes_on or text_of >= 0 or is_order(bare))
        if comment and not (syntax.kind == "make" and row[0] == "\t"):
            goes_on = bare.endswith("\\")
            yield Line(COMMENT, "")
            continue
        goes_on = bare.endswith("\\")
        if syntax.kind == "yaml" and text_of < 0 and not lost:
            lost = _yaml_lost(bare)
            text_of = margin if _opens_text(bare) else -1
        lost = lost or any(mark in row for mark in syntax.lost)
        yield Line(CODE, row.rstrip() if syntax.kind != "yaml" or text_of < 0 else row)


def _opens_text(row: str) -> bool:
    head = row.partition(" #")[0].rstrip()
    word = head.split()[-1] if head else ""
    return word[:1] in ("|", ">") and not word[1:].strip("+-0123456789")


def _yaml_lost(row: str) -> bool:
    """Say whether a quoted text may go on in the next line."""
    head = row.partition(" #")[0]
    if head.count('"') % 2 or head.count("'") % 2:
        head = row
    if head.count('"') % 2:
        return True
    starts = any(mark in f" {head}" for mark in (" '", "['", "{'", ",'"))
    return starts and head.count("'") % 2 == 1
