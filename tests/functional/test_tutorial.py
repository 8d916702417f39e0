"""docs/tutorial.md: every command of ours that stands there prints what stands below it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from tests.functional.test_first_minute import BLOCK, assert_shows
from tests.project import Project, captured

from pytest_syncpoints.cli import main

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[2] / "docs/tutorial.md"


def commands() -> list[tuple[str, list[str]]]:
    """Return what is typed, each with the lines that stand below it."""
    typed = [
        piece for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")) for piece in re.split(r"(?m)^\$ ", block)
    ]
    return [(lines[0], lines[1:]) for lines in (piece.split("\n") for piece in typed)]


def test_the_first_hour_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "ledger"
    assert captured(lambda: main(["demo", str(place)]), ("demo",)).code == 0
    monkeypatch.chdir(place)
    story = Project.at(place)
    story.git("switch", "-q", "drop-balance")
    ran = 0
    for command, lines in commands():
        if command.startswith("syncpoints ") and not command.startswith("syncpoints demo"):
            outcome = story.run(*shlex.split(command)[1:])
            assert outcome.code in (0, 1), outcome
            assert_shows(outcome, lines)
            ran += 1
    assert ran >= 8
