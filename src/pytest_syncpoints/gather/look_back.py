"""Look back: what history says of a change: its risk, in which order to read it, which fixes it touches."""

from __future__ import annotations

import os
import sqlite3

from pytest_syncpoints.check import CheckOutcome
from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.gather.blame import fixed_lines
from pytest_syncpoints.gather.git import StandIn
from pytest_syncpoints.gather.history import open_history
from pytest_syncpoints.gather.history.changes import counts_of, past_changes
from pytest_syncpoints.gather.risks import Stream
from pytest_syncpoints.marks import marks_of, production_paths
from pytest_syncpoints.report import Risk, RiskModel
from pytest_syncpoints.review import NOTHING_SAID, WhatPastSays
from pytest_syncpoints.risk.builtin import BUILT_IN
from pytest_syncpoints.risk.lines import NOTHING, count_file
from pytest_syncpoints.risk.model import Facts, band, score
from pytest_syncpoints.risk.past import WINDOW, YEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.risk.lines import FileCounts
    from pytest_syncpoints.risk.model import Model

_MOST_PATCHES = 1500  # read for the year's ranking in one run; the next run goes on from there
_FEWEST_RANKED = 0.5  # of the year's changes must have been counted before a percentile is told


def look_back(repository: Repository, change: Change) -> WhatPastSays:
    """Return what the past says, from the index, which is brought up to date first."""
    if change.merge_base is None:
        return NOTHING_SAID
    try:
        with open_history(repository) as history, StandIn(repository) as git:
            history.update([change.merge_base])
            return _look(history, git, change, change.merge_base, _model(repository))
    except (CannotEvaluate, OSError, sqlite3.Error) as error:
        reason = str(error).partition("\n")[0]
        return WhatPastSays(outcomes=(CheckOutcome("risk", "skipped", reason),))


def _model(repository: Repository) -> Model:
    """Return the model for this repository; without a calibration nothing is loaded that could read one."""
    if not os.path.exists(f"{repository.common_dir}/syncpoints/risk.json"):
        return BUILT_IN
    from pytest_syncpoints.gather.calibrations import read_model

    return read_model(repository.common_dir)[0]


def _look(history: History, git: StandIn, change: Change, base: str, model: Model) -> WhatPastSays:
    at, stream, ranked = _year_before(history, git, base, model)
    marks = marks_of(change.title)
    names = production_paths((file.path, file.old_path) for file in change.files if file.renamed_to is None)
    per_file = dict(_counted_files(change))
    total = NOTHING
    for counts in per_file.values():
        total = total.plus(counts)
    stream.ranking.before(at)
    known = stream.past.before(at, names) if at >= stream.blind_until else None
    scored = score(stream.model, Facts(total, marks.fix, marks.not_code, known))
    percentile = stream.ranking.percentile(scored.probability) if ranked else None
    rate = stream.ranking.mean(stream.model.base_rate)
    unranked = () if ranked else ("the year's ranking; what reads it: syncpoints risk --first-parent",)
    by = RiskModel(model.name, model.calibrated_on, model.n)
    level = band(scored.probability, rate)
    risk = (
        Risk(scored.probability, percentile, level, rate, by, scored.factors, (*scored.missing, *unranked))
        if names
        else None
    )
    weights = dict(_weights(change, per_file, stream, at))
    news = tuple(fixed_lines(history, git, base, change.files))
    return WhatPastSays(risk, news, weights)


def _year_before(history: History, git: StandIn, base: str, model: Model) -> tuple[int, Stream, bool]:
    """Return the time of the base, what was known then, and whether the year's ranking is whole enough."""
    found = history.commit(base)
    at = found.committed_at if found else 0
    changes = past_changes(history, history.line_since(base, at - 2 * YEAR), at - 2 * YEAR)
    year = [change for change in changes if change.at >= at - YEAR and change.paths]
    counts = _counts(history, git, [change.sha for change in year])
    stream = Stream(model, history.oldest() + WINDOW if history.shallow else 0)
    for change in changes:
        if change.sha in counts:
            stream.rank(change, stream.judge(change, counts[change.sha]))
        else:
            stream.known(change)
    return at, stream, len(counts) >= _FEWEST_RANKED * len(year)


def _counts(history: History, git: StandIn, shas: list[str]) -> dict[str, FileCounts]:
    return {sha: counts for sha, counts, unread in counts_of(history, git, shas[-_MOST_PATCHES:]) if not unread}


def _counted_files(change: Change) -> Iterator[tuple[str, FileCounts]]:
    """Yield what each file's changed lines count; a renamed file only counts the lines that differ."""
    sources = {file.path: file for file in change.files if file.renamed_to is not None}
    for file in change.files:
        if file.renamed_to is None:
            removed, added = _lines(file, "removed"), _lines(file, "added")
            if file.old_path in sources:
                removed, added = _differing(_lines(sources[file.old_path], "removed"), added)
            yield file.path, count_file(file.path, removed, added)


def _lines(file: FileChange, side: str) -> list[bytes]:
    return [line for hunk in file.hunks for line in getattr(hunk, side)]


def _differing(old: list[bytes], new: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    return _without(old, new), _without(new, old)


def _without(lines: list[bytes], others: list[bytes]) -> list[bytes]:
    left: dict[bytes, int] = {}
    for line in others:
        left[line] = left.get(line, 0) + 1
    kept = []
    for line in lines:
        if left.get(line, 0):
            left[line] -= 1
        else:
            kept.append(line)
    return kept


def _weights(change: Change, per_file: dict[str, FileCounts], stream: Stream, at: int) -> Iterator[tuple[str, float]]:
    """Yield expected defects per changed line of each file: its own chance, as if it were the whole change."""
    marks = marks_of(change.title)
    for file in change.files:
        counts = per_file.get(file.path, NOTHING)
        lines = counts.code_added + counts.code_deleted
        names = production_paths([(file.path, file.old_path)])
        if lines and names:
            facts = Facts(counts, marks.fix, marks.not_code, stream.past.before(at, names))
            yield file.path, score(stream.model, facts).probability / lines
