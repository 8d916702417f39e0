"""Explain: the tree of results behind a verdict: what each check expected and found, and where levels come from."""

from __future__ import annotations

from pytest_syncpoints.render.screen import check_words, command, drift_words, place, plural, ranked, size_words
from pytest_syncpoints.render.wrap import wrapped
from pytest_syncpoints.rules import RULE_BY_CODE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import CheckOutcome
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Reason, Report, ReportParticipant, ReportSyncpoint

# What a change that raises nothing looks like, and the rules that say otherwise, by check.
EXPECTED: dict[str, tuple[str, str]] = {
    "ownership": ("OWN", "every file below `require` has an owner, and the owners file has no faults"),
    "size": ("SIZ", "at most {budget} effective lines{limit}, all of them readable"),
    "signoffs": ("SYN", "every team with a blocking purpose has signed this very content"),
    "policy_edits": ("POL", "the change leaves policy, owners and gate files alone, and every exemption has its use"),
    "reversibility": ("REV", "nothing that is costly or impossible to undo"),
    "api": ("API", "every public name keeps its kind and signature"),
    "norms": ("NRM", "no norm is broken, and no ratchet rises"),
    "tests": ("EVD", "tests run every changed line and notice when one is wrong"),
    "accountability": ("HUM", "a person answers for what a machine wrote"),
    "flow": ("FLO", "no more open work than people can review"),
    "drift": ("DRF", "teams keep in touch with the code they meet over"),
}


def tree(report: Report, width: int) -> Iterator[str]:
    """Yield the tree as lines of at most ``width``: the change, its checks, its syncpoints, the levels."""
    for depth, text in _branches(report):
        first, *rest = wrapped(text, width - 2 * depth, hanging=4)
        yield "  " * depth + first
        yield from ("  " * depth + "    " + line for line in rest)


def _branches(report: Report) -> Iterator[tuple[int, str]]:
    yield 0, f"Change: {report.change.chosen}"
    yield from _change(report)
    yield 0, "Checks"
    for outcome in report.outcomes:
        yield from _outcome(outcome, report)
    yield from _unclaimed(report)
    yield 0, "Sync points" if report.syncpoints else "Sync points: none is touched"
    for syncpoint in report.syncpoints:
        yield from _syncpoint(syncpoint)
    yield from _plan(report)
    yield from _risk(report)
    yield 0, f"Verdict at the {report.door} door: {'blocked' if report.verdict.blocked else 'not blocked'}"
    yield 1, report.verdict.summary
    yield 1, f"the same again: {command(report.change)} --door {report.door}"


def _change(report: Report) -> Iterator[tuple[int, str]]:
    change, policy = report.change, report.policy
    yield 1, f"{size_words(change)}; {change.size.added:,} added, {change.size.deleted:,} deleted"
    yield 1, f"merge base {change.merge_base or 'none: everything is new'}; head {change.head or 'not committed'}"
    authors = ", ".join(f"{one.name} <{one.email}>{' (machine)' if one.machine else ''}" for one in change.authors)
    yield 1, f"by {authors or 'nobody yet'}"
    if policy is None:
        yield 1, "policy: none; owners files and defaults judge"
    else:
        yield 1, f"policy: {policy.path} of {policy.commit or 'the index'}"
    for fact in report.simulated:
        yield 1, f"simulated: {fact}"


def _outcome(outcome: CheckOutcome, report: Report) -> Iterator[tuple[int, str]]:
    family, expected = EXPECTED.get(outcome.check, ("", ""))
    reason = f": {outcome.reason}" if outcome.reason else ""
    yield 1, f"{outcome.status:<8} {check_words(outcome.check)}{reason}"
    if expected:
        limit = "" if report.change.size.limit is None else f" (limit {report.change.size.limit:,})"
        yield 2, f"expected: {expected.format(budget=f'{report.change.size.budget:,}', limit=limit)}"
    for finding in _found(family, report) if family else ():
        yield from _finding(finding, report)


def _unclaimed(report: Report) -> Iterator[tuple[int, str]]:
    """Yield findings of checks this program does not know: a plugin's."""
    known = {EXPECTED[outcome.check][0] for outcome in report.outcomes if outcome.check in EXPECTED}
    others = [finding for finding in _found("", report) if finding.rule[:3] not in known]
    if others:
        yield 1, "raised   by other checks"
        for finding in others:
            yield from _finding(finding, report)


def _found(family: str, report: Report) -> list[Finding]:
    exempted = [finding for finding in report.findings if finding.exempted is not None]
    return [finding for finding in (*ranked(report.findings), *exempted) if finding.rule.startswith(family)]


def _finding(finding: Finding, report: Report) -> Iterator[tuple[int, str]]:
    where = f"{place(finding.path, finding.line, finding.end_line)}: " if finding.path else ""
    yield 2, f"found: {finding.rule} {finding.name}: {where}{finding.message}"
    yield 3, _level(finding, report)
    if finding.who:
        yield 3, f"who: {', '.join(finding.who)}"
    if finding.reversibility:
        yield 3, f"class: {finding.reversibility}{f'; undo: {finding.undo}' if finding.undo else ''}"
    if finding.remedy:
        yield 3, f"{'reversible way' if finding.reversibility else 'to settle'}: {finding.remedy}"


def _level(finding: Finding, report: Report) -> str:
    """Say a finding's level and whether it is the rule's own or somebody's."""
    if finding.exempted is not None:
        until = f" until {finding.exempted.until}" if finding.exempted.until else ""
        return f"exempted{until}: {finding.exempted.because} (exemption {finding.exempted.position + 1} of the policy)"
    rule = RULE_BY_CODE.get(finding.rule)
    if rule is None:
        return f"level {finding.level}, set by the plugin or the policy"
    default = rule.default_level(report.door)
    if finding.level == default:
        return f"level {finding.level}, the rule's own at the {report.door} door"
    own = f"the rule's own at the {report.door} door is {default}"
    return f"level {finding.level}, set by the policy or for this case; {own}"


def _syncpoint(syncpoint: ReportSyncpoint) -> Iterator[tuple[int, str]]:
    yield 1, f"{syncpoint.name}: {syncpoint.mode}"
    for why in syncpoint.why:
        yield 2, f"because {why}"
    yield 2, f"binds {syncpoint.digest}"
    for participant in syncpoint.participants:
        yield from _participant(participant)


def _participant(one: ReportParticipant) -> Iterator[tuple[int, str]]:
    by = f" by {one.by}" if one.by else ""
    source = f" ({one.source})" if one.source else ""
    because = f": {one.because}" if one.because else ""
    yield 2, f"{one.status:<10} {one.team} for {one.purpose}{by}{source}{because}"
    if one.drift is not None and one.drift.changes:
        yield 3, drift_words(one.team, one.drift)


def _plan(report: Report) -> Iterator[tuple[int, str]]:
    plan = report.plan
    yield 0, f"Plan: {plan.sentence or plan.mode}"
    yield 1, f"synchronicity {plan.synchronicity:.2f} of 1, how much it needs people at the same time"
    yield from _reasons(plan.synchronicity_reasons)
    yield 1, f"fidelity {plan.fidelity:.2f} of 1, how rich the exchange must be"
    yield from _reasons(plan.fidelity_reasons)
    for word, teams in (("closes", plan.loops.closes), ("leaves open", plan.loops.open), ("skips", plan.loops.skips)):
        if teams:
            yield 1, f"{word}: {', '.join(teams)}"
    for one in plan.reviewers:
        load = "" if one.load is None else f"; {one.load:.0f} minutes already waiting"
        yield 1, f"reviewer {one.who} for {', '.join(one.for_)}: {', '.join(one.reasons)}{load}"


def _reasons(reasons: tuple[Reason, ...]) -> Iterator[tuple[int, str]]:
    for reason in reasons:
        yield 2, f"{reason.weight:.2f} {reason.text}"


def _risk(report: Report) -> Iterator[tuple[int, str]]:
    risk = report.risk
    if risk is None:
        return
    rank = "" if risk.percentile is None else f", above {risk.percentile:.0f} % of the changes here"
    yield 0, f"Risk: {risk.probability:.0%} for a later fix{rank} (any change: {risk.base_rate:.0%})"
    yield 1, f"by {risk.model.name}, calibrated on {risk.model.calibrated_on}, {plural(risk.model.n, 'change')}"
    for factor in risk.factors:
        yield 1, f"{factor.effect:+.2f} {factor.name}: {factor.text}"
    if risk.missing:
        yield 1, f"not measured: {', '.join(risk.missing)}"
