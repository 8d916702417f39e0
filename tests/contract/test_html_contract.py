"""The HTML page in a real browser: accessible by axe-core's rules, nothing loaded, nothing wider than the screen.

Needs node, npm, Chromium and SYNCPOINTS_CONTRACT=1. SYNCPOINTS_SCREENSHOTS names a folder for pictures to look at.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.node import asked_for, node_modules
from tests.situations import SITUATIONS
from tests.unit.test_html import CODE, a_tested_report
from tests.unit.test_loop_pages import PAGES

from pytest_syncpoints.render.html import render

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
LOOK = Path(__file__).with_name("look_at_page.cjs")

pytestmark = [*asked_for, pytest.mark.skipif(not CHROMIUM, reason="Chromium is not there")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Open every situation in light, dark and on a phone, and return what was seen of each."""
    modules = node_modules("page", "axe-core@4", "puppeteer-core@24")
    folder = tmp_path_factory.mktemp("pages")
    for situation, made in SITUATIONS.items():
        (folder / f"{situation}.html").write_text(render(made()), encoding="utf-8")
    (folder / "code-and-tests.html").write_text(render(a_tested_report(), code=CODE), encoding="utf-8")
    for name, page in PAGES.items():
        (folder / f"{name}.html").write_text(page("ledger"), encoding="utf-8")
    pictures = os.environ.get("SYNCPOINTS_SCREENSHOTS", "-")
    command = ["node", str(LOOK), str(modules), CHROMIUM, pictures, *map(str, sorted(folder.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_every_page_was_seen_in_light_dark_and_on_a_phone(seen: list[dict[str, Any]]) -> None:
    assert len(seen) == 3 * (len(SITUATIONS) + 1 + len(PAGES))


def test_axe_finds_nothing(seen: list[dict[str, Any]]) -> None:
    assert [(one["file"], one["name"], one["violations"]) for one in seen if one["violations"]] == []


def test_nothing_is_loaded_and_nothing_is_refused(seen: list[dict[str, Any]]) -> None:
    assert [one for one in seen if len(one["asked"]) != 1 or one["said"]] == []


def test_nothing_is_wider_than_the_screen(seen: list[dict[str, Any]]) -> None:
    assert [(one["file"], one["name"], one["wide"]) for one in seen if one["wide"] > 0] == []


def test_the_first_stop_of_the_keyboard_skips_to_what_the_page_is_about(seen: list[dict[str, Any]]) -> None:
    assert {one["reached"][0] for one in seen} == {"Skip to the review", "Skip to the plots"}
