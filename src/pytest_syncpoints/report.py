"""Report: everything one review found, as one value; ``report_json.py`` writes and reads it as JSON."""

from __future__ import annotations

from pytest_syncpoints.evidence import Contract as Contract  # noqa: PLC0414  # part of a report, read from here too
from pytest_syncpoints.evidence import Evidence as Evidence  # noqa: PLC0414  # part of a report, read from here too
from pytest_syncpoints.evidence import FileEvidence as FileEvidence  # noqa: PLC0414  # part of a report, read from here too
from pytest_syncpoints.evidence import Mutants as Mutants  # noqa: PLC0414  # part of a report, read from here too
from pytest_syncpoints.evidence import Survivor as Survivor  # noqa: PLC0414  # part of a report, read from here too
from pytest_syncpoints.loops.participation import Drift as Drift  # noqa: PLC0414  # part of this format
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pytest_syncpoints.check import CheckOutcome
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.meeting import ParticipantStatus
    from pytest_syncpoints.policy import Purpose
    from pytest_syncpoints.rules import Door

    Mode = Literal["automated", "async-text", "async-audit", "call", "pairing", "design-session"]

SCHEMA = 1
# Versions of the format. Readers refuse what they do not know.
# 1: first published form.


class PolicySource(Record):
    """Which policy judged: its path and the commit and blob it was read from (``None``: not committed)."""

    path: str
    commit: str | None
    blob: str | None


class ReportAuthor(Record):
    """An author of the change; ``machine`` where the identity is a bot's."""

    name: str
    email: str
    machine: bool


class ReportCommit(Record):
    """One commit of the change; ``author`` is an e-mail."""

    sha: str
    subject: str
    author: str
    machine: bool
    trailers: tuple[tuple[str, str], ...]


class ReportFile(Record):
    """One changed path. Lines are counts; ``hunks`` are ``(old_start, old_lines, new_start, new_lines)``."""

    path: str
    old_path: str | None
    status: str
    added: int
    deleted: int
    effective: int
    binary: bool
    generated: bool
    mode: str
    owners: tuple[str, ...]
    components: tuple[str, ...]
    hunks: tuple[tuple[int, int, int, int], ...]


class ReportSize(Record):
    """Size of the change: ``files`` and lines; ``excluded`` lines do not count; ``review_minutes`` to read it."""

    files: int
    added: int
    deleted: int
    effective: int
    tests_effective: int
    excluded: int
    budget: int
    limit: int | None
    review_minutes: int


class ReportChange(Record):
    """What was reviewed. ``chosen`` says in words which range this is and why."""

    kind: str
    base: str | None
    head: str | None
    merge_base: str | None
    tree: str | None
    title: str
    branch: str | None
    chosen: str
    authors: tuple[ReportAuthor, ...]
    commits: tuple[ReportCommit, ...]
    files: tuple[ReportFile, ...]
    size: ReportSize


class ReportParticipant(Record):
    """One loop at one syncpoint for one purpose. ``by`` is a person, ``source`` how; ``because`` is for people."""

    team: str
    purpose: Purpose
    status: ParticipantStatus
    by: str | None = None
    source: str | None = None
    because: str = ""
    drift: Drift | None = None


class ReportSyncpoint(Record):
    """One touched syncpoint: ``why`` says what touched it, ``digest`` binds its sign-offs."""

    name: str
    components: tuple[str, ...]
    why: tuple[str, ...]
    mode: Mode
    digest: str
    participants: tuple[ReportParticipant, ...]


class RiskModel(Record):
    """Which model judged, fitted on how many changes of what."""

    name: str
    calibrated_on: str
    n: int


class Factor(Record):
    """One reason for the risk: ``effect`` is its share of the logit, ``text`` says it in words."""

    name: str
    value: float
    effect: float
    text: str


class Risk(Record):
    """Chance of a later fix within a year, with its parts."""

    probability: float
    percentile: float | None
    level: str
    base_rate: float
    model: RiskModel
    factors: tuple[Factor, ...]
    missing: tuple[str, ...]


class News(Record):
    """Something other loops learned about this code since the author's last change."""

    kind: str
    text: str
    sha: str | None
    path: str | None


class Loops(Record):
    """Loops (teams) that this change closes, leaves open, or skips."""

    closes: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    skips: tuple[str, ...] = ()


class SuggestedReviewer(Record):
    """A person who could close what is open; ``load`` in review minutes, ``None`` where unknown."""

    who: str
    for_: tuple[str, ...]
    reasons: tuple[str, ...]
    load: float | None


class Part(Record):
    """One part of a split plan: paths that can land apart."""

    title: str
    paths: tuple[str, ...]


class Reason(Record):
    """One reason for a score of the plan: what it is, in words, and its weight between 0 and 1."""

    text: str
    weight: float


class Plan(Record):
    """Who must meet over this change, how, and in what order to read it; the two scores lie in [0, 1].

    The reasons behind the scores are for ``--explain``: JSON carries the scores alone, so a report read back has none.
    """

    mode: Mode
    sentence: str
    synchronicity: float
    fidelity: float
    loops: Loops
    reviewers: tuple[SuggestedReviewer, ...]
    order: tuple[str, ...]
    split: tuple[Part, ...]
    synchronicity_reasons: tuple[Reason, ...] = ()
    fidelity_reasons: tuple[Reason, ...] = ()


class Verdict(Record):
    """Whether the change is blocked, by which findings (fingerprints), in one line."""

    blocked: bool
    blocking: tuple[str, ...]
    summary: str


class Report(Record):
    """One review, whole. ``evaluated_at`` is seconds since the epoch (RFC 3339 in JSON)."""

    tool_version: str
    evaluated_at: float
    door: Door
    simulated: tuple[str, ...]
    policy: PolicySource | None
    change: ReportChange
    outcomes: tuple[CheckOutcome, ...]
    findings: tuple[Finding, ...]
    syncpoints: tuple[ReportSyncpoint, ...]
    evidence: Evidence | None
    risk: Risk | None
    news: tuple[News, ...]
    plan: Plan
    verdict: Verdict
