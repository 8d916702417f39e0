"""Golden files: how each situation reads in every format, kept as files a person can look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from tests.situations import SITUATIONS

from pytest_syncpoints import report_shape
from pytest_syncpoints.render import json, markdown, terminal
from pytest_syncpoints.report import Report
from pytest_syncpoints.report_json import from_json
from pytest_syncpoints.strict_json import parse

TESTS = Path(__file__).parents[1]
GOLDEN, ACTUAL = TESTS / "golden", TESTS / "actual"
ACCEPT = "cp -R tests/actual/. tests/golden/"
FILE_URL = "https://github.com/acme/ledger/blob/4f1c66e/"

FILES: dict[str, Callable[[Report], str]] = {
    "report.json": json.render,
    "report.md": lambda report: markdown.render(report, file_url=FILE_URL),
    "report.txt": terminal.render,
    "hook.txt": lambda report: terminal.render(report, mode="hook"),
    "explain.txt": lambda report: terminal.render(report, explain=True),
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_situation_reads_as_its_golden_file(situation: str, file: str) -> None:
    text = FILES[file](SITUATIONS[situation]())
    golden, actual = GOLDEN / situation / file, ACTUAL / situation / file
    if golden.is_file() and golden.read_text(encoding="utf-8") == text:
        actual.unlink(missing_ok=True)
        return
    actual.parent.mkdir(parents=True, exist_ok=True)
    actual.write_text(text, encoding="utf-8")
    pytest.fail(
        f"{golden.relative_to(TESTS.parent)} differs: git diff --no-index tests/golden tests/actual\naccept: {ACCEPT}"
    )


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_golden_report_is_read_back_and_fits_the_schema(situation: str) -> None:
    data = (GOLDEN / situation / "report.json").read_bytes()
    assert from_json(data) == SITUATIONS[situation]()
    schema = (Path(report_shape.__file__).parent / "schemas" / "report.schema.json").read_bytes()
    jsonschema.validate(parse(data, what="the report"), parse(schema, what="the schema"))


@pytest.mark.parametrize("situation", SITUATIONS)
def test_markdown_has_one_screen_before_the_first_fold(situation: str) -> None:
    screen = (
        (GOLDEN / situation / "report.md").read_text(encoding="utf-8").partition("<details>")[0].strip().split("\n")
    )
    assert len(screen) <= 25
    assert sum(line.startswith("- **") for line in screen) <= 12
    assert sum(line.startswith("| ") for line in screen) <= 6


def test_every_golden_folder_belongs_to_a_situation() -> None:
    assert {folder.name for folder in GOLDEN.iterdir() if folder.is_dir()} == set(SITUATIONS)
