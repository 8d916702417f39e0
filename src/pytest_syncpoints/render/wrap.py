"""Wrapping: a sentence as lines of a bounded width, in the columns a terminal gives each character."""

from __future__ import annotations

from pytest_syncpoints.render.escape import visible


def wrapped(text: str, width: int, *, hanging: int = 0) -> list[str]:
    """Return text, made visible, as lines of at most ``width``; words are never cut, so that paths can be copied."""
    lines, room, used = [""], width, 0
    for word in visible(text).split(" "):
        needed = columns(word)
        if lines[-1] and used + 1 + needed > room:
            lines.append(word)
            room, used = width - hanging, needed
        else:
            used += needed + (1 if lines[-1] else 0)
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


def columns(text: str) -> int:
    """Return how many columns a terminal gives a text: two for wide characters, none for marks that combine.

    Widths are those of Unicode's East Asian Width (UAX 11) as Python knows it; wide and fullwidth take two columns.
    """
    if text.isascii():
        return len(text)
    import unicodedata  # a hook that shows plain names needs none of it

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
