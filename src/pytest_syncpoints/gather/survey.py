"""Survey: one repository's index, calibration and last year of risks, as plain rows for a table."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import PolicyError, SyncpointsError
from pytest_syncpoints.gather.git import Discovery, StandIn, resolve
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.labels import read_labels
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.patches import first_parents
from pytest_syncpoints.gather.risks import risks_of
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy import NO_POLICY
from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.calibration import Example, calibrate
from pytest_syncpoints.risk.past import YEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.history import History

    Row = dict[str, Any]

# The columns of each table, and the type of each: what DuckDB will see.
TABLES: dict[str, dict[str, type]] = {
    "repositories": {
        "repository": str,
        "head": str,
        "commits": int,
        "labelled": int,
        "fixed": int,
        "shift": float,
        "base_rate": float,
        "refit": str,
        "missing": str,
        "error": str,
    },
    "changes": {
        "repository": str,
        "sha": str,
        "committed_at": int,
        "subject": str,
        "probability": float,
        "percentile": float,
        "level": str,
    },
    "rates": {"repository": str, "year": int, "changes": int, "expected": float, "observed": float},
    "participation": {
        "repository": str,
        "folder": str,
        "component": str,
        "email": str,
        "changes": int,
        "last_at": int,
        "landed_since": int,
    },
}


def survey(path: str) -> dict[str, list[Row]]:
    """Return the rows of every table for one repository; one that cannot be read is a row with its error."""
    tables: dict[str, list[Row]] = {name: [] for name in TABLES}
    try:
        _fill(path, tables)
    except (SyncpointsError, OSError) as error:
        tables = {name: [] for name in TABLES}
        tables["repositories"] = [_row("repositories", repository=path, error=str(error).partition("\n")[0])]
    return tables


def _fill(path: str, tables: dict[str, list[Row]]) -> None:
    repository = _repository(path)
    head = resolve(repository, "HEAD")
    with open_history(repository) as history, StandIn(repository) as git:
        history.update([head])
        history.count_lines()
        labels = read_labels(git, head)
        found = calibrate(BUILT_IN, [Example(one.at, one.facts, one.fixed) for one in labels.changes])
        counted = history.database.execute("SELECT count(*) FROM commits").fetchone()[0]
        tables["repositories"].append(
            _row(
                "repositories",
                repository=path,
                head=head,
                commits=counted,
                labelled=found.n,
                fixed=found.positives,
                shift=found.shift,
                base_rate=found.base_rate,
                refit=found.refit,
                missing="; ".join(history.missing),
                error="",
            )
        )
        tables["rates"] += [
            {"repository": path, "year": one.year, "changes": one.n, "expected": one.expected, "observed": one.observed}
            for one in found.drift
        ]
        tables["changes"] += _changes(path, history, git, head, since=labels.known_at - YEAR)
        tables["participation"] += _participation(path, history, head, _component_names(repository, head))


def _repository(path: str) -> Repository:
    if os.path.isdir(f"{path}/objects"):  # bare: read because it is named
        return Discovery(path, {**os.environ, "GIT_DIR": os.path.abspath(path)}).repository()
    return Discovery(path, {key: value for key, value in os.environ.items() if key != "GIT_DIR"}).repository()


def _changes(path: str, history: History, git: StandIn, head: str, *, since: int) -> Iterator[Row]:
    judged = first_parents(git, f"--since={since}", head)
    for risk in risks_of(history, git, head, judged, (BUILT_IN, 0), first_parent=True):
        commit = history.commit(risk.sha)
        yield {
            "repository": path,
            "sha": risk.sha,
            "committed_at": commit.committed_at if commit else 0,
            "subject": (commit.subject if commit else "").encode("utf-8", "replace").decode(),
            "probability": risk.probability,
            "percentile": risk.percentile,
            "level": risk.level,
        }


def _component_names(repository: Repository, head: str) -> Callable[[Iterable[str]], set[tuple[str, str]]]:
    """Return what tells which parts some paths belong to, each a top folder or a component of the policy at a commit.

    Where there is no policy that can be read, or none with components, it is the top folders.
    """
    try:
        with Objects(repository) as objects:
            policy = TrustRoots(objects, head).policy()
    except PolicyError:
        policy = NO_POLICY
    parts = [(part.name, PathPatterns(part.paths)) for part in policy.components]
    if not parts:
        return lambda paths: {(path.partition("/")[0] if "/" in path else ".", "") for path in paths}
    known: dict[str, list[str]] = {}

    def components(paths: Iterable[str]) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for path in paths:
            if path not in known:
                known[path] = [name for name, matcher in parts if matcher.match(path)]
            found.update(("", name) for name in known[path])
        return found

    return components


def _participation(
    path: str, history: History, head: str, parts_of: Callable[[Iterable[str]], set[tuple[str, str]]]
) -> Iterator[Row]:
    """Yield, per part and author, the last change of the last two years and how many landed there since."""
    found = history.commit(head)
    since = (found.committed_at if found else 0) - 2 * YEAR
    landed: dict[tuple[str, str], int] = {}
    seen: dict[tuple[tuple[str, str], str], list[int]] = {}
    for commit in history.commits_since(since):  # newest first
        for part in sorted(parts_of(file.path for file in history.files(commit.sha))):
            entry = seen.setdefault((part, commit.author.email), [0, commit.committed_at, landed.get(part, 0)])
            entry[0] += 1
            landed[part] = landed.get(part, 0) + 1
    for ((folder, component), email), (changes, last, landed_since) in sorted(seen.items()):
        yield {
            "repository": path,
            "folder": _readable(folder) or None,
            "component": component or None,
            "email": _readable(email),
            "changes": changes,
            "last_at": last,
            "landed_since": landed_since,
        }


def _readable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _row(table: str, **given: Any) -> Row:
    return {column: given.get(column) for column in TABLES[table]}
