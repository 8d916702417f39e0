"""The one screen: what stands on it, in which order and in which words, before any format lays it out.

Nothing here is escaped: what comes from a change is still untrusted in every value returned.
"""

from __future__ import annotations

from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.record import Record
from pytest_syncpoints.summary import PHRASES, counts, missed_lines, missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.evidence import Contract
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import (
        Drift,
        Evidence,
        News,
        Report,
        ReportChange,
        ReportParticipant,
        ReportSyncpoint,
    )

MOST_ROWS = 5
NO_REVIEWS = "reviews not given"  # what a participant says where only a review could still meet it
SHORT = 7  # characters of an object id that people read
REPRODUCIBLE = 12  # and that a command takes, unique in the largest repositories known

LEVEL_ORDER = ("block", "warn", "note", "off")
STATUS_ORDER = ("open", "stale", "waived", "by-norm", "met", "not-needed")
# Rules that a table of participants already tells.
PARTICIPANT_RULES = frozenset(("SYN001", "SYN002", "SYN003", "SYN004"))
_RULE_ORDER = ("REV003", "SYN001", "SYN002", *(rule for rule in PHRASES if rule != "REV003"))

# Kinds of news that speak of the changed lines themselves, and not of what happened since.
MEMORY = ("lines of a fix", "lines of a revert")
CHECK_WORDS = {"reversibility.sql": "SQL", "signoffs": "sign-offs", "policy_edits": "policy edits", "api": "public API"}
RANGE_WORDS = {"staged": "staged", "worktree": "in the worktree"}
WAITING_WORDS = {"open": "open", "stale": "stale", "not-needed": "to read, not to sign"}


class Row(Record):
    """One finding on the screen, and how many more of its rule stand behind it."""

    finding: Finding
    more: int


class Meeting(Record):
    """One team at one syncpoint: every purpose with the same state, and the finding to look at first."""

    syncpoint: ReportSyncpoint
    participant: ReportParticipant
    purposes: tuple[str, ...]
    look: Finding | None

    @property
    def is_unmet(self) -> bool:
        """Say whether a sign-off is still to come."""
        return self.participant.status in ("open", "stale") and self.participant.purpose in BLOCKING_PURPOSES


def is_clear(report: Report) -> bool:
    """Say whether nobody need do or know anything: nothing blocks, warns, crashed, or waits for a sign-off."""
    return not (
        report.verdict.blocked
        or report.simulated
        or any(counts(finding) for finding in report.findings)
        or any(outcome.status == "crashed" for outcome in report.outcomes)
        or missing(report.syncpoints, "open", "stale")
    )


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings worst first, without exempted ones."""
    return sorted((finding for finding in findings if finding.exempted is None), key=_badness)


def _badness(finding: Finding) -> tuple[int, int, str, str, int]:
    rule = _RULE_ORDER.index(finding.rule) if finding.rule in _RULE_ORDER else len(_RULE_ORDER)
    return LEVEL_ORDER.index(finding.level), rule, finding.rule, finding.path or "", finding.line or 0


def level_words(findings: Sequence[Finding]) -> str:
    """Return how many findings there are of each level, ``1 block, 3 warn, 1 exempted``; empty for none."""
    levels = ["exempted" if finding.exempted is not None else finding.level for finding in findings]
    return ", ".join(f"{levels.count(level):,} {level}" for level in (*LEVEL_ORDER, "exempted") if level in levels)


def rows(findings: Iterable[Finding], *, most: int = MOST_ROWS) -> tuple[list[Row], int]:
    """Return the worst findings, at most ``most`` rows, and how many findings no row stands for.

    Where there are more findings than rows, those of one rule and level share a row, so that three hundred
    files without an owner do not hide the one migration.
    """
    order = ranked(findings)
    if len(order) <= most:
        return [Row(finding, 0) for finding in order], 0
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in order:
        groups.setdefault((finding.rule, finding.level), []).append(finding)
    shown = [Row(group[0], len(group) - 1) for group in groups.values()][:most]
    return shown, len(order) - sum(1 + row.more for row in shown)


def meetings(report: Report) -> list[Meeting]:
    """Return who meets, those to be waited for first; purposes that share a state share a row."""
    grouped: dict[tuple[object, ...], Meeting] = {}
    for syncpoint in report.syncpoints:
        for one in syncpoint.participants:
            key = (syncpoint.name, one.team, one.status, one.by, one.purpose in BLOCKING_PURPOSES)
            known = grouped.get(key) or Meeting(syncpoint, one, (), _worth_a_look(report, syncpoint))
            grouped[key] = known._replace(purposes=(*known.purposes, one.purpose))
    return sorted(grouped.values(), key=_urgency)


def _urgency(meeting: Meeting) -> tuple[bool, int]:
    return not meeting.is_unmet, STATUS_ORDER.index(meeting.participant.status)


def _worth_a_look(report: Report, syncpoint: ReportSyncpoint) -> Finding | None:
    """Return the worst finding with a place that lies within a syncpoint."""
    inside = {
        file.path
        for file in report.change.files
        if not syncpoint.components or set(file.components) & set(syncpoint.components)
    }
    for finding in ranked(report.findings):
        near = finding.syncpoint == syncpoint.name or finding.path in inside
        if near and finding.path and finding.rule not in PARTICIPANT_RULES:
            return finding
    return None


def state(participant: ReportParticipant) -> str:
    """Return the state of a participant: "open", "met by alice (review)", "met by norm http-timeout"."""
    if participant.status in WAITING_WORDS:
        return WAITING_WORDS[participant.status]
    if participant.status == "by-norm":
        return f"met by norm {participant.by}" if participant.by else "met by a norm"
    by = f" by {participant.by.partition(' <')[0]}" if participant.by else ""
    source = f" ({participant.source})" if participant.source else ""
    return f"{participant.status}{by}{source}"


def open_because(participant: ReportParticipant) -> str:
    """Return why a participant is open, where that is more than that nobody looked for reviews."""
    return "" if participant.because == NO_REVIEWS else participant.because


def meeting_words(participant: ReportParticipant) -> str:
    """Return what to tell of a participant on one line: why a sign-off holds or lapsed, else its state and why."""
    if participant.because and participant.status in ("met", "stale", "waived"):
        return participant.because
    return f"{state(participant)}: {participant.because}" if participant.because else state(participant)


def drift_words(team: str, drift: Drift) -> str:
    """Return how far a team has drifted, with the numbers the ratio is made of."""
    days, changes = plural(round(drift.days), "day"), plural(drift.changes, "change")
    return f"{team} last met this code {days} and {changes} ago (drift {drift.ratio:.1f})"


def place(path: str, line: int | None, end_line: int | None = None) -> str:
    """Return ``path:14`` or ``path:14-20``."""
    if line is None:
        return path
    return f"{path}:{line}-{end_line}" if end_line is not None and end_line > line else f"{path}:{line}"


def remedy_words(finding: Finding) -> str:
    """Return what would settle a finding; of one about undoing, what would make the change reversible."""
    return f"reversible way: {finding.remedy}" if finding.reversibility and finding.remedy else finding.remedy


def ways_out(finding: Finding) -> Iterator[str]:
    """Yield how to undo what a finding is about, and what would settle it, each with its heading."""
    if finding.undo:
        yield f"Undo: {finding.undo}"
    if finding.remedy:
        yield f"{'Reversible way' if finding.reversibility else 'To settle'}: {finding.remedy}"


def facts(report: Report, *, reading_time: bool) -> Iterator[str]:
    """Yield the facts of the change, each with its counts: size, reversibility, tests, reading time, base."""
    change = report.change
    yield size_words(change)
    if change.size.excluded:
        yield f"{change.size.excluded:,} lines generated or excluded"
    said = reversibility_words(report)
    if said:
        yield said
    if report.evidence is not None:
        yield from _tests(report.evidence)
    if reading_time and change.size.review_minutes:
        yield f"about {time_words(change.size.review_minutes)} to read"
    if change.kind == "commit" and change.head:
        yield f"commit {change.head[:SHORT]}"
    elif change.kind == "range":
        yield f"base {change.merge_base[:SHORT] if change.merge_base else 'empty'}"


def reversibility_words(report: Report) -> str:
    """Return ``nothing irreversible``; empty where something is (said elsewhere), or where nobody could look."""
    found = [finding for finding in report.findings if finding.reversibility and finding.exempted is None]
    looked = [outcome for outcome in report.outcomes if outcome.check.partition(".")[0] == "reversibility"]
    lost = any(finding.reversibility == "irreversible" for finding in found)
    if lost or not looked or any(outcome.status in ("skipped", "crashed") for outcome in looked):
        return ""
    return f"nothing irreversible, {len(found)} costly to undo" if found else "nothing irreversible"


def size_words(change: ReportChange) -> str:
    """Return ``140 lines and 60 of tests in 7 files, staged``: lines that count, not those of generated files."""
    size = change.size
    tests = f" and {size.tests_effective:,} of tests" if size.tests_effective else ""
    where = f", {RANGE_WORDS[change.kind]}" if change.kind in RANGE_WORDS else ""
    return f"{plural(size.effective, 'line')}{tests} in {plural(size.files, 'file')}{where}"


def _tests(evidence: Evidence) -> Iterator[str]:
    missed, changed = missed_lines(evidence)
    if changed:
        yield f"{changed - missed:,} of {changed:,} changed lines are run by tests"
    yield from _contracts(evidence.contracts)
    if evidence.mutants is not None:
        judged = evidence.mutants.killed + evidence.mutants.survived
        yield f"tests notice {evidence.mutants.killed:,}/{judged:,} mutants"


def _contracts(contracts: Iterable[Contract]) -> Iterator[str]:
    """Say of each component whose contract tests all passed how many these are; what did not pass is a finding."""
    by_component: dict[str, list[str]] = {}
    for contract in contracts:
        by_component.setdefault(contract.component, []).append(contract.outcome)
    for component, outcomes in by_component.items():
        if set(outcomes) == {"passed"}:
            yield f"{component}'s {plural(len(outcomes), 'contract test')} passed"


def unseen(report: Report) -> list[tuple[str, str]]:
    """Return what was not looked at and why, as far as this review knows that it did not."""
    found = [(check_words(outcome.check), outcome.reason) for outcome in report.outcomes if outcome.status == "skipped"]
    if report.evidence is not None and not report.evidence.complete:
        found.append(("the rest of the tests", report.evidence.incomplete_because or "the session did not end"))
    waiting = (one for syncpoint in report.syncpoints for one in syncpoint.participants)
    if not any(what == "reviews" for what, _ in found) and any(NO_REVIEWS in one.because for one in waiting):
        found.append(("reviews", "not given"))
    return found


def unseen_by_reason(report: Report) -> list[tuple[str, str]]:
    """Return the same with each reason once, for everything it holds for."""
    grouped: dict[str, list[str]] = {}
    for what, why in unseen(report):
        grouped.setdefault(why, []).append(what)
    return [(", ".join(names), why) for why, names in grouped.items()]


def crashed(report: Report) -> list[tuple[str, str]]:
    """Return the checks that crashed, and how."""
    return [(outcome.check, outcome.reason) for outcome in report.outcomes if outcome.status == "crashed"]


def check_words(check: str) -> str:
    """Return a check's name as people say it."""
    return CHECK_WORDS.get(check, check.replace("_", " "))


def learned(report: Report) -> tuple[News, ...]:
    """Return what other loops learned since the author was last here."""
    return tuple(news for news in report.news if news.kind not in MEMORY)


def remembered(report: Report) -> tuple[News, ...]:
    """Return the old lines of this change that a fix or a revert had added."""
    return tuple(news for news in report.news if news.kind in MEMORY)


def news_words(report: Report) -> str:
    """Return what others learned as counts, ``1 incident, 2 norms``; empty where nothing is new."""
    kinds = [news.kind for news in learned(report)]
    return ", ".join(plural(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))


def risk_words(report: Report) -> str:
    """Return where the change stands among last year's, and the reasons that are not size; empty where unknown."""
    risk = report.risk
    if risk is None or risk.percentile is None:
        return ""
    from pytest_syncpoints.risk.model import telling  # most reports at a hook have no risk, and need no model

    rate = f"{risk.level} the {risk.base_rate:.0%} of any change" if risk.level != "typical" else "as any change"
    reasons = [factor.text for factor in telling(risk.factors)[:2]]
    return "; ".join((f"above {risk.percentile:.0f} of 100 changes here for a later fix, {rate}", *reasons))


def command(change: ReportChange) -> str:
    """Return the command that reviews the same change again."""
    if change.kind in RANGE_WORDS:
        return f"syncpoints check --{change.kind}"
    if change.kind == "commit":
        return f"syncpoints check --commit {(change.head or 'HEAD')[:REPRODUCIBLE]}"
    base = f" --base {change.base[:REPRODUCIBLE]}" if change.base else ""
    head = f" --head {change.head[:REPRODUCIBLE]}" if change.head else ""
    return f"syncpoints check{base}{head}"


def time_words(minutes: int) -> str:
    """Return ``25 min``, or whole hours where minutes would pretend to know better."""
    return f"{minutes} min" if minutes < 100 else f"{round(minutes / 60):,} h"


def plural(count: int, noun: str) -> str:
    """Return ``1 line``, ``2 lines``, ``1,200 lines``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(words: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)
