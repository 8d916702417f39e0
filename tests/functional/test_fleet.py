"""`syncpoints fleet`: many repositories on two real workers, into tables that DuckDB reads."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.project import Project

from pytest_syncpoints.gather.survey import survey

LATER = {"GIT_AUTHOR_DATE": "1602000000 +0000", "GIT_COMMITTER_DATE": "1602000000 +0000"}


def a_repository(path: Path, subjects: tuple[str, ...]) -> Project:
    """Return a repository with a change to production source for each subject, ten days apart."""
    made = Project(path)
    for number, subject in enumerate(subjects):
        stamp = f"{1600000000 + number * 864000} +0000"
        made.commit({"src/a.py": f"x = {number}\n"}, subject, GIT_AUTHOR_DATE=stamp, GIT_COMMITTER_DATE=stamp)
    return made


def test_one_repository_becomes_rows_of_every_table(tmp_path: Path) -> None:
    made = a_repository(tmp_path / "one", ("Start", "Extend", "Fix the sum"))
    tables = survey(str(made.path))
    (row,) = tables["repositories"]
    assert (row["head"], row["commits"], row["error"]) == (made.git("rev-parse", "HEAD"), 3, "")
    assert [change["subject"] for change in tables["changes"]] == ["Start", "Extend", "Fix the sum"]
    (who,) = tables["participation"]
    assert (who["folder"], who["component"], who["email"]) == ("src", None, "alice@example.org")
    assert (who["changes"], who["landed_since"]) == (3, 0)


def test_a_policys_own_components_stand_in_for_folders(tmp_path: Path) -> None:
    made = a_repository(tmp_path / "one", ("Start", "Extend"))
    made.commit(
        {"syncpoints.toml": '[components.sums]\npaths = ["src/a.py"]\n[components.texts]\npaths = ["docs/"]\n'}, **LATER
    )
    made.commit({"src/b.py": "x = 1\n"}, **LATER)
    rows = survey(str(made.path))["participation"]
    assert [(row["folder"], row["component"], row["changes"]) for row in rows] == [(None, "sums", 2)]


def test_a_policy_that_cannot_be_read_leaves_the_folders(tmp_path: Path) -> None:
    made = a_repository(tmp_path / "one", ("Start",))
    made.commit({"syncpoints.toml": "[components\n"}, **LATER)
    tables = survey(str(made.path))
    assert {row["folder"] for row in tables["participation"]} == {"src", "."}
    assert tables["repositories"][0]["error"] == ""


def test_a_bare_repository_is_read_by_its_path(tmp_path: Path) -> None:
    made = a_repository(tmp_path / "one", ("Start",))
    made.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    (row,) = survey(str(tmp_path / "bare.git"))["repositories"]
    assert (row["commits"], row["error"]) == (1, "")


def test_what_cannot_be_read_is_a_row_with_its_error(tmp_path: Path) -> None:
    tables = survey(str(tmp_path))
    (row,) = tables["repositories"]
    assert "not a git repository" in row["error"]
    assert tables["changes"] == []


def test_without_the_extra_it_says_what_to_install(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    outcome = project.run("fleet", ".")
    assert outcome.code == 2
    assert "pytest-syncpoints[fleet]" in outcome.err


@pytest.fixture
def cluster() -> Any:
    """Return a cluster of two worker processes; skipped where the extra is not installed."""
    distributed = pytest.importorskip("distributed")
    pytest.importorskip("pyarrow")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started:
        yield started


@pytest.mark.filterwarnings("ignore")  # the libraries' own, about ports and closing loops
def test_two_workers_of_a_scheduler_write_what_duckdb_reads(cluster: Any, project: Project, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    paths = [str(a_repository(tmp_path / name, ("Start", "Fix it")).path) for name in ("one", "two", "three")]
    outcome = project.run("fleet", *paths, str(tmp_path), "--scheduler", cluster.scheduler_address, "-o", "out")
    assert outcome.code == 3
    assert "3 of 4 repositories in out/" in outcome.out
    rows = pq.read_table(project.path / "out/repositories.parquet").to_pylist()
    assert [row["repository"] for row in rows] == [*paths, str(tmp_path)]
    assert [bool(row["error"]) for row in rows] == [False, False, False, True]
    duckdb = pytest.importorskip("duckdb")
    query = f"select repository, count(*) from '{project.path}/out/changes.parquet' group by 1 order by 1"
    assert duckdb.sql(query).fetchall() == [(path, 2) for path in sorted(paths)]


@pytest.mark.filterwarnings("ignore")
def test_the_same_without_a_scheduler_starts_workers_here(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    pq = pytest.importorskip("pyarrow.parquet")
    path = str(a_repository(tmp_path / "one", ("Start", "Fix it")).path)
    outcome = project.run("fleet", path, "--workers", "1", "-o", "out")
    assert outcome.code == 0, outcome
    assert pq.read_table(project.path / "out/participation.parquet").num_rows == 1
