"""Shape of the report in JSON: every key of every object, in the order they are written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.check import CheckOutcome
from pytest_syncpoints.finding import LEVELS, Exempted, Finding
from pytest_syncpoints.json_paths import PATH, ByPath, Path, Paths
from pytest_syncpoints.json_shape import (
    COUNT,
    FLAG,
    LINE,
    NUMBER,
    TEXT,
    TEXTS,
    UNIT,
    ListOf,
    MapOf,
    Maybe,
    Object,
    Row,
    ShapeFault,
    Text,
    an_object,
    refuse_keys,
)
from pytest_syncpoints.policy import PURPOSES
from pytest_syncpoints.report import (
    Contract,
    Drift,
    Evidence,
    Factor,
    FileEvidence,
    Loops,
    Mutants,
    News,
    Part,
    Plan,
    PolicySource,
    Report,
    ReportAuthor,
    ReportChange,
    ReportCommit,
    ReportFile,
    ReportParticipant,
    ReportSize,
    ReportSyncpoint,
    Risk,
    RiskModel,
    SuggestedReviewer,
    Survivor,
    Verdict,
)

if TYPE_CHECKING:
    from pytest_syncpoints.change import Kind, Status
    from pytest_syncpoints.check import Status as CheckStatus
    from pytest_syncpoints.meeting import ParticipantStatus
    from pytest_syncpoints.report import Mode
    from pytest_syncpoints.rules import Door

TOOL = "pytest-syncpoints"
DOORS: tuple[Door, ...] = ("local", "ci")
KINDS: tuple[Kind, ...] = ("staged", "worktree", "range", "commit")
FILE_STATUSES: tuple[Status, ...] = ("A", "D", "M", "T")
CHECK_STATUSES: tuple[CheckStatus, ...] = ("passed", "raised", "skipped", "crashed")
PARTICIPANT_STATUSES: tuple[ParticipantStatus, ...] = ("met", "open", "stale", "waived", "by-norm", "not-needed")
MODES: tuple[Mode, ...] = ("automated", "async-text", "async-audit", "call", "pairing", "design-session")

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Tool:
    """Name and version of the program; a report of another program is not ours to read."""

    def write(self, value: str) -> dict[str, str]:
        return {"name": TOOL, "version": TEXT.write(value)}

    def read(self, data: Any, at: str) -> str:
        given = an_object(data, at)
        refuse_keys(given, at, required=("name", "version"))
        Text(TOOL).read(given["name"], f"{at}.name")
        return TEXT.read(given["version"], f"{at}.version")


class _Moment:
    """Seconds since the epoch as RFC 3339 in UTC: whole seconds, or as many decimals as there are (at most six)."""

    def write(self, value: float) -> str:
        moment = _EPOCH + timedelta(microseconds=round(value * 1_000_000))
        decimals = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
        return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}{decimals}Z"

    def read(self, data: Any, at: str) -> float:
        found = _MOMENT.fullmatch(TEXT.read(data, at))
        try:
            moment = datetime.fromisoformat(found[1] + "+00:00") if found else None
        except ValueError:
            moment = None
        if found is None or moment is None:
            raise ShapeFault(at, "expected a time such as 2026-03-02T09:30:00Z", data)
        whole = (moment - _EPOCH) // timedelta(seconds=1)
        return (whole * 1_000_000 + int((found[2] or "").ljust(6, "0"))) / 1_000_000


def _line_key(key: str) -> int:
    """Return the line a key names; ValueError for anything but plain digits."""
    if not key.isascii() or not key.isdecimal() or key.startswith("0"):
        raise ValueError(key)
    return int(key)


_OPTIONAL_TEXT = Maybe(TEXT)
_OPTIONAL_PATH = Path(maybe=True)
_LINES = ListOf(LINE)
_PATHS = Paths()

POLICY = Object(PolicySource, {"path": PATH, "commit": _OPTIONAL_TEXT, "blob": _OPTIONAL_TEXT})
AUTHOR = Object(ReportAuthor, {"name": TEXT, "email": TEXT, "machine": FLAG})
COMMIT = Object(
    ReportCommit,
    {"sha": TEXT, "subject": TEXT, "author": TEXT, "machine": FLAG, "trailers": ListOf(Row(TEXT, TEXT))},
)
FILE = Object(
    ReportFile,
    {
        "path": PATH,
        "old_path": _OPTIONAL_PATH,
        "status": Text(*FILE_STATUSES),
        "added": COUNT,
        "deleted": COUNT,
        "effective": COUNT,
        "binary": FLAG,
        "generated": FLAG,
        "mode": TEXT,
        "owners": TEXTS,
        "components": TEXTS,
        "hunks": ListOf(Row(COUNT, COUNT, COUNT, COUNT)),
    },
)
SIZE = Object(
    ReportSize,
    {
        "files": COUNT,
        "added": COUNT,
        "deleted": COUNT,
        "effective": COUNT,
        "tests_effective": COUNT,
        "excluded": COUNT,
        "budget": COUNT,
        "limit": Maybe(COUNT),
        "review_minutes": COUNT,
    },
)
CHANGE = Object(
    ReportChange,
    {
        "kind": Text(*KINDS),
        "base": _OPTIONAL_TEXT,
        "head": _OPTIONAL_TEXT,
        "merge_base": _OPTIONAL_TEXT,
        "tree": _OPTIONAL_TEXT,
        "title": TEXT,
        "branch": _OPTIONAL_TEXT,
        "chosen": TEXT,
        "authors": ListOf(AUTHOR),
        "commits": ListOf(COMMIT),
        "files": ListOf(FILE),
        "size": SIZE,
    },
)
OUTCOME = Object(CheckOutcome, {"check": TEXT, "status": Text(*CHECK_STATUSES), "reason": TEXT})
EXEMPTED = Object(Exempted, {"because": TEXT, "until": _OPTIONAL_TEXT, "position": COUNT})
FINDING = Object(
    Finding,
    {
        "rule": TEXT,
        "name": TEXT,
        "level": Text(*LEVELS),
        "message": TEXT,
        "remedy": TEXT,
        "path": _OPTIONAL_PATH,
        "line": Maybe(LINE),
        "end_line": Maybe(LINE),
        "component": _OPTIONAL_TEXT,
        "syncpoint": _OPTIONAL_TEXT,
        "who": TEXTS,
        "class": ("reversibility", _OPTIONAL_TEXT),
        "undo": _OPTIONAL_TEXT,
        "exempted": Maybe(EXEMPTED),
        "fingerprint": TEXT,
    },
)
DRIFT = Object(Drift, {"changes": COUNT, "lines": COUNT, "days": NUMBER, "ratio": NUMBER})
PARTICIPANT = Object(
    ReportParticipant,
    {
        "team": TEXT,
        "purpose": Text(*PURPOSES),
        "status": Text(*PARTICIPANT_STATUSES),
        "by": _OPTIONAL_TEXT,
        "source": _OPTIONAL_TEXT,
        "because": TEXT,
        "drift": Maybe(DRIFT),
    },
)
SYNCPOINT = Object(
    ReportSyncpoint,
    {
        "name": TEXT,
        "components": TEXTS,
        "why": TEXTS,
        "mode": Text(*MODES),
        "digest": TEXT,
        "participants": ListOf(PARTICIPANT),
    },
)
FILE_EVIDENCE = Object(
    FileEvidence,
    {"blob": TEXT, "changed": _LINES, "executed": MapOf(ListOf(COUNT), key=_line_key), "missed": _LINES},
)
CONTRACT = Object(Contract, {"component": TEXT, "nodeid": TEXT, "outcome": TEXT})
SURVIVOR = Object(Survivor, {"path": PATH, "line": LINE, "before": TEXT, "after": TEXT})
MUTANTS = Object(
    Mutants,
    {"killed": COUNT, "survived": COUNT, "timeout": COUNT, "skipped": COUNT, "survivors": ListOf(SURVIVOR)},
)
EVIDENCE = Object(
    Evidence,
    {
        "python": TEXT,
        "platform": TEXT,
        "tree": _OPTIONAL_TEXT,
        "nonce": _OPTIONAL_TEXT,
        "complete": FLAG,
        "incomplete_because": _OPTIONAL_TEXT,
        "collected": COUNT,
        "ran": COUNT,
        "tests": MapOf(COUNT),
        "nodeids": TEXTS,
        "files": ByPath(FILE_EVIDENCE),
        "contracts": ListOf(CONTRACT),
        "mutants": Maybe(MUTANTS),
    },
)
MODEL = Object(RiskModel, {"name": TEXT, "calibrated_on": TEXT, "n": COUNT})
FACTOR = Object(Factor, {"name": TEXT, "value": NUMBER, "effect": NUMBER, "text": TEXT})
RISK = Object(
    Risk,
    {
        "probability": UNIT,
        "percentile": Maybe(NUMBER),
        "level": TEXT,
        "base_rate": UNIT,
        "model": MODEL,
        "factors": ListOf(FACTOR),
        "missing": TEXTS,
    },
)
NEWS = Object(News, {"kind": TEXT, "text": TEXT, "sha": _OPTIONAL_TEXT, "path": _OPTIONAL_PATH})
LOOPS = Object(Loops, {"closes": TEXTS, "open": TEXTS, "skips": TEXTS})
REVIEWER = Object(
    SuggestedReviewer,
    {"who": TEXT, "for": ("for_", TEXTS), "reasons": TEXTS, "load": Maybe(NUMBER)},
)
PART = Object(Part, {"title": TEXT, "paths": _PATHS})
PLAN = Object(
    Plan,
    {
        "mode": Text(*MODES),
        "sentence": TEXT,
        "synchronicity": UNIT,
        "fidelity": UNIT,
        "loops": LOOPS,
        "reviewers": ListOf(REVIEWER),
        "order": _PATHS,
        "split": ListOf(PART),
    },
)
VERDICT = Object(Verdict, {"blocked": FLAG, "blocking": TEXTS, "summary": TEXT})
REPORT = Object(
    Report,
    {
        "tool": ("tool_version", _Tool()),
        "evaluated_at": _Moment(),
        "door": Text(*DOORS),
        "simulated": TEXTS,
        "policy": Maybe(POLICY),
        "change": CHANGE,
        "outcomes": ListOf(OUTCOME),
        "findings": ListOf(FINDING),
        "syncpoints": ListOf(SYNCPOINT),
        "evidence": Maybe(EVIDENCE),
        "risk": Maybe(RISK),
        "news": ListOf(NEWS),
        "plan": PLAN,
        "verdict": VERDICT,
    },
)
