"""Wrapping: a sentence as lines of a bounded width."""

from __future__ import annotations

from pytest_syncpoints.render.escape import visible


def wrapped(text: str, width: int, *, hanging: int = 0) -> list[str]:
    """Return text, made visible, as lines of at most ``width``; words are never cut, so that paths can be copied."""
    lines, room = [""], width
    for word in visible(text).split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = width - hanging
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines
