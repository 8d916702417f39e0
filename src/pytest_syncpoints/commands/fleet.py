"""`syncpoints fleet`: many repositories at once, on this machine's cores or on a cluster, into Parquet tables."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CLEAR, NOT_EVALUATED, UsageError
from pytest_syncpoints.gather.survey import TABLES, survey

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

_EXTRA = "pip install 'pytest-syncpoints[fleet]'"


def fleet_command(
    repositories: Sequence[str],
    *,
    scheduler: str | None,
    workers: int | None,
    folder: str,
    write: Callable[[str], object],
) -> int:
    """Survey each repository and write one Parquet file per table; 3 where one of them could not be read.

    A cluster's workers read the repositories by the paths named here. Raises UsageError where the extra is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UsageError(f"fleet needs a library that is not installed: {error.name}", remedy=_EXTRA) from error
    paths = list(dict.fromkeys(os.path.abspath(path) for path in repositories))
    if scheduler is not None:
        with Client(scheduler) as client:
            tables = _surveyed(client, paths, write)
    else:
        count = min(workers or os.cpu_count() or 1, len(paths))
        with (
            LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            tables = _surveyed(client, paths, write)
    os.makedirs(folder, exist_ok=True)
    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    for name, columns in TABLES.items():
        schema = pa.schema([(column, types[kind]) for column, kind in columns.items()])
        target = f"{folder}/{name}.parquet"
        pq.write_table(pa.Table.from_pylist(tables[name], schema=schema), f"{target}.new")
        os.replace(f"{target}.new", target)
    failed = [row for row in tables["repositories"] if row["error"]]
    write(f"{len(paths) - len(failed)} of {len(paths)} repositories in {folder}/: {', '.join(TABLES)}")
    return NOT_EVALUATED if failed else CLEAR


def _surveyed(client: Any, paths: list[str], write: Callable[[str], object]) -> dict[str, list[dict[str, Any]]]:
    """Return every repository's rows, in the order the repositories were named, whichever worker was first."""
    futures = client.map(survey, paths, pure=False, retries=1)
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for path, future in zip(paths, futures, strict=True):
        found = _result(future, path)
        for name in TABLES:
            tables[name] += found[name]
        (row,) = found["repositories"]
        if row["error"]:
            write(f"{path}: {row['error']}")
    return tables


def _result(future: Any, path: str) -> dict[str, list[dict[str, Any]]]:
    try:
        found: dict[str, list[dict[str, Any]]] = future.result()
    except Exception as error:  # noqa: BLE001  # a worker may die of anything; the other repositories are still told
        row = dict.fromkeys(TABLES["repositories"]) | {"repository": path, "error": f"{type(error).__name__}: {error}"}
        return {name: [row] if name == "repositories" else [] for name in TABLES}
    return found
