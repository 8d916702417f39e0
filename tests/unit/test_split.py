"""The split plan: what can land apart, in which order, and what is best left whole."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builders import a_change, a_file

from pytest_syncpoints.check import ReviewContext
from pytest_syncpoints.finding import Finding
from pytest_syncpoints.owners import load
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY, Component
from pytest_syncpoints.report import Part
from pytest_syncpoints.size import FileSize, Size, is_test
from pytest_syncpoints.split import imports_among, split

TOO_LARGE = Finding("SIZ001", "over")
GONE = Finding("REV003", "dropped", path="ledger/0042.py", reversibility="irreversible")
COMPONENTS = (Component("ledger", ("ledger/",)), Component("rates", ("rates/",)))


def a_context(lines: dict[str, int], imports: dict[str, tuple[str, ...]] | None = None) -> ReviewContext:
    """A change of files with so many effective lines each; files below ``ledger/`` and ``rates/`` are components."""
    sizes = {path: FileSize(count, is_test(path)) for path, count in lines.items()}
    given: dict[str, Any] = {
        "change": a_change(files=tuple(a_file(path=path) for path in lines)),
        "door": "ci",
        "policy": NO_POLICY._replace(path="syncpoints.toml", components=COMPONENTS),
        "people": People.build(NO_POLICY, b""),
        "ownership": load("auto", lambda _: None),
        "size": Size(sizes, 0, 0, sum(lines.values()), 0, 0, 0),
        "evaluated_at": 0.0,
        "components": {path: tuple(c.name for c in COMPONENTS if path.startswith(c.paths)) for path in lines},
        "old_blobs": {},
        "imports": imports or {},
    }
    return ReviewContext(**given)


def test_what_cannot_be_undone_lands_apart_and_last() -> None:
    parts = split(a_context({"ledger/0042.py": 12, "ledger/post.py": 100, "docs/a.md": 28}), [GONE])
    assert parts == (
        Part("128 lines can land without them; no sync point", ("ledger/post.py", "docs/a.md")),
        Part("12 lines cannot be undone; no sync point", ("ledger/0042.py",)),
    )


@pytest.mark.parametrize(
    ("lines", "findings"),
    [
        pytest.param({"ledger/0042.py": 12}, [GONE], id="nothing but the irreversible part"),
        pytest.param({"ledger/0042.py": 12, "uv.lock": 0}, [GONE], id="what else there is has nothing to read"),
        pytest.param({"ledger/post.py": 9, "rates/a.py": 9}, [], id="neither large nor irreversible"),
        pytest.param({"ledger/a.py": 900, "ledger/b.py": 900}, [TOO_LARGE], id="one component of one owner"),
        pytest.param({"ledger/0042.py": 9, "b.py": 9}, [GONE._replace(reversibility="costly")], id="costly alone"),
    ],
)
def test_what_is_best_left_whole_has_no_parts(lines: dict[str, int], findings: list[Finding]) -> None:
    assert split(a_context(lines), findings) == ()


def test_a_large_change_is_parted_by_component_and_tests_go_with_what_they_import() -> None:
    lines = {"ledger/a.py": 300, "rates/b.py": 300, "tests/test_b.py": 50, "uv.lock": 0}
    parts = split(a_context(lines, {"tests/test_b.py": ("rates/b.py",)}), [TOO_LARGE])
    assert {frozenset(part.paths) for part in parts} == {
        frozenset(("ledger/a.py",)),
        frozenset(("rates/b.py", "tests/test_b.py", "uv.lock")),
    }
    assert [part.title for part in parts] == [
        "300 lines in ledger; no sync point",
        "350 lines in rates; no sync point",
    ]


def test_a_part_lands_after_what_it_imports() -> None:
    lines = {"ledger/a.py": 300, "rates/b.py": 300}
    parts = split(a_context(lines, {"ledger/a.py": ("rates/b.py",)}), [TOO_LARGE])
    assert [part.paths for part in parts] == [("rates/b.py",), ("ledger/a.py",)]


def test_parts_that_import_each_other_land_together() -> None:
    lines = {"ledger/a.py": 300, "rates/b.py": 300, "web/c.py": 300}
    imports: dict[str, tuple[str, ...]] = {"ledger/a.py": ("rates/b.py",), "rates/b.py": ("ledger/a.py",)}
    parts = split(a_context(lines, imports), [TOO_LARGE])
    assert sorted(sorted(part.paths) for part in parts) == [["ledger/a.py", "rates/b.py"], ["web/c.py"]]


def test_every_changed_path_is_in_exactly_one_part() -> None:
    lines = {"ledger/0042.py": 3, "ledger/a.py": 300, "rates/b.py": 300, "gen/x": 0, "tests/test_z.py": 5}
    parts = split(a_context(lines), [TOO_LARGE, GONE])
    assert sorted(path for part in parts for path in part.paths) == sorted(lines)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        pytest.param(("billing.post",), ("src/billing/post.py",), id="a module below a source root"),
        pytest.param(("billing.post.entry",), ("src/billing/post.py",), id="a name in it"),
        pytest.param(("billing",), ("src/billing/__init__.py",), id="a package"),
        pytest.param(("src.billing.post",), ("src/billing/post.py",), id="the whole path"),
        pytest.param(("os.path", "json"), (), id="nothing of ours"),
    ],
)
def test_imports_name_changed_files(names: tuple[str, ...], found: tuple[str, ...]) -> None:
    paths = ("src/billing/post.py", "src/billing/__init__.py", "web/app.py")
    assert imports_among(paths, {"web/app.py": names})["web/app.py"] == found
