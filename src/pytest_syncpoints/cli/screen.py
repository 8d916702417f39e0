"""Screen: colour, width and the way out: where a command's text goes, and how it looks there."""

from __future__ import annotations

import os
import sys
from typing import Any

MOST_COLUMNS = 100


def screen_width() -> int:
    """Return how many columns to fill: the terminal's, at most 100; 100 where nobody looks, so that logs are alike."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else MOST_COLUMNS
    except (OSError, ValueError):
        columns = MOST_COLUMNS
    return min(columns or MOST_COLUMNS, MOST_COLUMNS)


def wants_color(asked: str, environment: Any, *, to_file: bool = False) -> bool:
    """Decide about colour: the option, then NO_COLOR (no-color.org), FORCE_COLOR, then whether stdout is a terminal."""
    if asked != "auto":
        return asked == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return not to_file and sys.stdout.isatty() and environment.get("TERM") != "dumb"


def write(text: str, output: str) -> None:
    """Write a command's text to a file, or to standard output for ``-``."""
    from pytest_syncpoints.output import write_atomically

    write_atomically(output, text.encode("utf-8", "backslashreplace"))
