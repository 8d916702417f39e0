"""Kept reports: what the reports of one change, in the order of time, tell of its meetings and findings."""

from __future__ import annotations

from pytest_syncpoints.loops.audit import Meeting, Outcomes
from pytest_syncpoints.policy import BLOCKING_PURPOSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.report import Report, ReportParticipant

_HOUR = 3600
_SIGNED = {"SYN001": "signed", "SYN002": "signed", "SYN003": "waived"}


def by_change(reports: Iterable[Report]) -> list[list[Report]]:
    """Return the reports of each change, oldest first: those of one branch, of one head where there is no branch."""
    found: dict[str, list[Report]] = {}
    for report in sorted(reports, key=lambda report: report.evaluated_at):
        found.setdefault(report.change.branch or report.change.head or report.change.title, []).append(report)
    return list(found.values())


def meetings_in(reports: Sequence[Report]) -> Iterator[Meeting]:
    """Yield each participant that was open in one report of a change and met in a later one.

    The code changed where what the sync point covers had another digest when it was met than when it was opened.
    """
    opened: dict[tuple[str, str, str], tuple[float, str]] = {}
    for report in reports:
        for syncpoint in report.syncpoints:
            for one in syncpoint.participants:
                key = (syncpoint.name, one.team, one.purpose)
                if one.status in ("open", "stale"):
                    opened.setdefault(key, (report.evaluated_at, syncpoint.digest))
                elif one.status == "met" and _blocks(one) and key in opened:
                    since, digest = opened.pop(key)
                    hours = (report.evaluated_at - since) / _HOUR
                    yield Meeting(syncpoint.name, hours, syncpoint.digest != digest)


def _blocks(one: ReportParticipant) -> bool:
    return one.purpose in BLOCKING_PURPOSES


def waived_in(reports: Sequence[Report]) -> Iterator[str]:
    """Yield the sync points that a participant was waived for in the last report of a change."""
    for syncpoint in reports[-1].syncpoints:
        if any(one.status == "waived" for one in syncpoint.participants):
            yield syncpoint.name


def outcomes_in(changes: Iterable[Sequence[Report]]) -> dict[str, Outcomes]:
    """Return, per rule, what became of its findings: gone by the last report, or still there."""
    found: dict[str, Outcomes] = {}
    for reports in changes:
        last = {finding.fingerprint: finding for finding in reports[-1].findings}
        seen = {finding.fingerprint: finding for report in reports for finding in report.findings}
        for fingerprint, finding in seen.items():
            counts = found.get(finding.rule, Outcomes())
            left = last.get(fingerprint)
            if left is None:
                name = _SIGNED.get(finding.rule, "fixed")
            else:
                name = "waived" if left.exempted is not None or left.rule == "SYN003" else "ignored"
            found[finding.rule] = counts._replace(fired=counts.fired + 1, **{name: getattr(counts, name) + 1})
    return found
