"""Which tests are known to reach a change: never fewer than reach it."""

from __future__ import annotations

import pytest
from tests.builders import NEW_BLOB, a_file_evidence, an_evidence

from pytest_syncpoints.testing.selection import from_coverage, from_report
from pytest_syncpoints.testing.watch import WatchedFile

PATH = "src/billing/post.py"
NODES = ("tests/test_post.py::test_posts", "tests/test_post.py::test_rounds")


def watched(*lines: int, blob: str = NEW_BLOB, path: str = PATH) -> WatchedFile:
    return WatchedFile(path, f"/{path}", blob, lines, lines, frozenset(lines), {}, frozenset(), frozenset())


def test_the_same_content_and_known_lines_choose_exactly() -> None:
    known = from_report([watched(10, 11)], an_evidence())
    assert (known.selected, known.tests, known.because) == (frozenset(NODES[:1]), frozenset(NODES), "")


@pytest.mark.parametrize(
    ("file", "earlier"),
    [
        pytest.param(watched(10), None, id="no earlier report"),
        pytest.param(watched(10), an_evidence(complete=False), id="an incomplete one"),
        pytest.param(watched(10, blob="0" * 40), an_evidence(), id="other content"),
        pytest.param(watched(10, 99), an_evidence(), id="a line not looked at then"),
        pytest.param(watched(10, path="src/new.py"), an_evidence(), id="a file not looked at then"),
        pytest.param(
            watched(10), an_evidence(files={PATH: a_file_evidence(executed={"10": ()})}), id="a line run at import"
        ),
    ],
)
def test_anything_less_chooses_everything_and_says_why(file: WatchedFile, earlier: object) -> None:
    known = from_report([file], earlier)  # type: ignore[arg-type]
    assert known.selected is None
    assert known.because


def test_coverage_data_chooses_every_test_of_the_file() -> None:
    assert from_coverage([watched(10)], [{3: [NODES[0]], 10: [NODES[1]]}]).selected == frozenset(NODES)


def test_coverage_data_that_knows_nothing_of_one_file_chooses_everything() -> None:
    files = [watched(10), watched(1, path="src/new.py")]
    assert from_coverage(files, [{10: [NODES[0]]}, {}]).selected is None
