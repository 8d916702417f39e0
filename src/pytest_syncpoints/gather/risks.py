"""Risks: the risk of each change of a range, from what was known before it, as its history streams by."""

from __future__ import annotations

from pytest_syncpoints.gather.history.changes import changes_to, counts_of, dates, past_changes
from pytest_syncpoints.record import Record
from pytest_syncpoints.risk.model import Facts, band, score
from pytest_syncpoints.risk.past import WINDOW, YEAR, Past
from pytest_syncpoints.risk.ranking import Ranking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.gather.git import StandIn
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.gather.history.changes import PastChange
    from pytest_syncpoints.report import Factor
    from pytest_syncpoints.risk.lines import FileCounts
    from pytest_syncpoints.risk.model import Model, Scored


class ChangeRisk(Record):
    """One change's risk as `syncpoints risk` prints it."""

    sha: str
    probability: float
    percentile: float | None
    level: str
    logit: float
    factors: tuple[Factor, ...]
    missing: tuple[str, ...]


class Stream:
    """Scores changes in order; each is judged by those before it alone, then becomes part of what is known."""

    def __init__(self, model: Model, blind_until: int = 0) -> None:
        """Start without any past; before ``blind_until`` too little of it is in this clone to be judged by."""
        self.model = model
        self.blind_until = blind_until
        self.past = Past()
        self.ranking = Ranking()

    def known(self, change: PastChange) -> None:
        """Take a change in without judging it."""
        self.past.add(change.at, change.paths, fix=change.fix)

    def judge(self, change: PastChange, counts: FileCounts) -> Scored:
        """Judge a change, then take it in."""
        self.ranking.before(change.at)
        known = self.past.before(change.at, change.paths) if change.at >= self.blind_until else None
        facts = Facts(counts, change.fix, change.not_code, known)
        scored = score(self.model, facts)
        self.known(change)
        return scored

    def rank(self, change: PastChange, scored: Scored) -> tuple[float | None, float]:
        """Return a change's percentile in the year before it and that year's mean; then count it among them."""
        found = self.ranking.percentile(scored.probability), self.ranking.mean(self.model.base_rate)
        if change.paths:
            self.ranking.add(change.at, scored.probability)
        return found


def risks_of(
    history: History, git: StandIn, head: str, judged: Sequence[str], model: Model, *, first_parent: bool
) -> Iterator[ChangeRisk]:
    """Yield the risk of each of the ``judged`` changes, oldest first; they lie in the history of ``head``."""
    wanted = set(judged)
    shas = changes_to(git, head, first_parent=first_parent)
    when = dates(history, shas)
    start = min((when[sha] for sha in judged if sha in when), default=0)
    changes = past_changes(history, shas, start - 2 * YEAR)
    if not first_parent:  # branches lie side by side: what was known is what was committed before
        changes.sort(key=lambda change: change.at)
    counted = [change.sha for change in changes if change.sha in wanted or _ranks(change, start)]
    counts = counts_of(history, git, counted)
    stream = Stream(model, min(when.values(), default=0) + WINDOW if history.shallow else 0)
    for change in changes:
        if change.sha not in wanted and not _ranks(change, start):
            stream.known(change)
            continue
        _, found, unread = next(counts)
        scored = stream.judge(change, found)
        percentile, base_rate = stream.rank(change, scored)
        if change.sha in wanted:
            missing = scored.missing + tuple(f"the lines of {path}: not in this clone" for path in unread)
            level = band(scored.probability, base_rate)
            yield ChangeRisk(change.sha, scored.probability, percentile, level, scored.logit, scored.factors, missing)


def _ranks(change: PastChange, start: int) -> bool:
    return start - YEAR <= change.at and bool(change.paths)
