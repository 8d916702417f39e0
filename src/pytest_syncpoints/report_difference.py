"""Report difference: what a report says that another one, or its own findings, does not; pure."""

from __future__ import annotations

from pytest_syncpoints.report import Verdict
from pytest_syncpoints.report_shape import REPORT
from pytest_syncpoints.summary import summary
from pytest_syncpoints.syncpoint import DAYS_AGO, HAS_DRIFTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Drift, Report

EVIDENCE_RULES = "EVD"
EVIDENCE_CHECK = "tests"
HISTORY_CHECKS = ("risk", "drift")
DRIFT_RULES = "DRF"

# What depends on when and where a review ran, not on the change: the words that name the range, the tip the base
# had reached by then, the installed version, how much history the clone held. The policy is compared by its blob.
_CIRCUMSTANCES = ("tool", "evaluated_at", "evidence", "risk", "news")
_CIRCUMSTANCES_OF_CHANGE = ("base", "branch", "chosen")
# By which of its keys an object is found again in a list of its kind.
_NAMES = {
    "findings": ("fingerprint",),
    "syncpoints": ("name",),
    "participants": ("team", "purpose"),
    "outcomes": ("check",),
    "files": ("path",),
    "commits": ("sha",),
}


def is_evidence(finding: Finding) -> bool:
    """Say whether a finding rests on what a test session said of itself."""
    return finding.rule.startswith(EVIDENCE_RULES)


def verdict_of(report: Report) -> Verdict:
    """Return the verdict a report's own findings, outcomes and sync points come to."""
    blocking = tuple(f.fingerprint for f in report.findings if f.level == "block" and f.exempted is None)
    crashed = any(outcome.status == "crashed" for outcome in report.outcomes)
    line = summary(
        report.findings, report.syncpoints, report.change.size, outcomes=report.outcomes, evidence=report.evidence
    )
    return Verdict(bool(blocking) or crashed, blocking, line)


def contradictions(report: Report) -> tuple[str, ...]:
    """Return where a report's verdict is not what its own findings come to; a report nobody edited has none."""
    said, meant = report.verdict, verdict_of(report)
    plain = verdict_of(report._replace(evidence=None))
    found = []
    if said.blocked != meant.blocked:
        found.append(f"verdict.blocked is {_shown(said.blocked)}, but its findings say {_shown(meant.blocked)}")
    if sorted(said.blocking) != sorted(meant.blocking):
        found.append("verdict.blocking does not name the findings that block")
    if said.summary not in (meant.summary, plain.summary):
        found.append("verdict.summary is not what its findings come to")
    fingerprints = [finding.fingerprint for finding in report.findings]
    if len(set(fingerprints)) != len(fingerprints):
        found.append("two findings have one fingerprint")
    return tuple(found)


def differences(report: Report, recomputed: Report) -> tuple[str, ...]:
    """Return, one line each, where a report differs from one recomputed from git, test evidence aside."""
    given, ours = _comparable(report), _comparable(recomputed)
    if any(map(is_evidence, report.findings)):  # evidence may have changed how to meet
        given.pop("plan")
        ours.pop("plan")
    elif _drifts(report) != _drifts(recomputed):  # what landed since has its part in how to meet
        for written in (given, ours):
            written.pop("plan")
            for syncpoint in written["syncpoints"]:
                syncpoint.pop("mode")
    return tuple(_compared(given, ours, ""))


def _drifts(report: Report) -> tuple[Drift | None, ...]:
    return tuple(one.drift for syncpoint in report.syncpoints for one in syncpoint.participants)


def without_evidence(report: Report) -> Report:
    """Return a report as it would be had no tests run with it."""
    bare = report._replace(
        findings=tuple(finding for finding in report.findings if not is_evidence(finding)),
        outcomes=tuple(outcome for outcome in report.outcomes if outcome.check != EVIDENCE_CHECK),
        evidence=None,
    )
    return bare._replace(verdict=verdict_of(bare))


def _without_drift(written: dict[str, Any]) -> None:
    """Leave out what changes whenever something else lands: it informs, and decides how to meet, never whether."""
    written["findings"] = [finding for finding in written["findings"] if not finding["rule"].startswith(DRIFT_RULES)]
    for syncpoint in written["syncpoints"]:
        syncpoint["why"] = [why for why in syncpoint["why"] if HAS_DRIFTED not in why and DAYS_AGO not in why]
        for participant in syncpoint["participants"]:
            participant.pop("drift", None)


def _comparable(report: Report) -> dict[str, Any]:
    written = REPORT.write(without_evidence(report))
    _without_drift(written)
    for key in _CIRCUMSTANCES:
        written.pop(key, None)
    for key in _CIRCUMSTANCES_OF_CHANGE:
        written["change"].pop(key, None)
    written["plan"].pop("order", None)
    written["outcomes"] = [outcome for outcome in written["outcomes"] if outcome["check"] not in HISTORY_CHECKS]
    if written["policy"] is not None:
        written["policy"].pop("commit", None)
    return written


def _compared(given: Any, ours: Any, at: str) -> Iterator[str]:
    """Yield the places at which two JSON values differ."""
    if isinstance(given, dict) and isinstance(ours, dict):
        for key in [*ours, *(key for key in given if key not in ours)]:
            yield from _compared(given.get(key), ours.get(key), f"{at}.{key}" if at else key)
        return
    names = _NAMES.get(at.rpartition(".")[2].partition("[")[0])
    if names and isinstance(given, list) and isinstance(ours, list) and not at.endswith("]"):
        yield from _compared_lists(_named(given, names), _named(ours, names), at)
    elif given != ours:
        yield f"{at}: the report says {_shown(given)}, git says {_shown(ours)}"


def _compared_lists(given: dict[str, Any], ours: dict[str, Any], at: str) -> Iterator[str]:
    for name in [*ours, *(name for name in given if name not in ours)]:
        place = f"{at}[{name}]"
        if name not in given:
            yield f"{place}: missing from the report{_title(ours[name])}"
        elif name not in ours:
            yield f"{place}: only in the report{_title(given[name])}"
        else:
            yield from _compared(given[name], ours[name], place)
    if list(given) != list(ours) and set(given) == set(ours):
        yield f"{at}: in another order"


def _named(items: list[Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return objects by name; equal names are told apart by number, so that none can hide another."""
    found: dict[str, Any] = {}
    for item in items:
        name = " ".join(str(item.get(key)) for key in names)
        ordinal = 2
        unique = name
        while unique in found:
            unique, ordinal = f"{name} ({ordinal})", ordinal + 1
        found[unique] = item
    return found


def _title(item: dict[str, Any]) -> str:
    return f" ({item['rule']} {item['name']}, {item['level']})" if "rule" in item else ""


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = value if isinstance(value, str) else ascii(value)
    return ascii(text if len(text) <= 60 else text[:57] + "...")
