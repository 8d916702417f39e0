"""Review: facts and checks in, report out; no disk, no network, no clock."""

from __future__ import annotations

from pytest_syncpoints.check import CheckOutcome, Skip
from pytest_syncpoints.exemption import exemption, expired
from pytest_syncpoints.finding import LEVELS, Finding
from pytest_syncpoints.loops.news import news_for
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.plan import make_plan, touched_mode
from pytest_syncpoints.record import Record
from pytest_syncpoints.report import (
    News,
    PolicySource,
    Report,
    ReportAuthor,
    ReportChange,
    ReportCommit,
    ReportFile,
    ReportParticipant,
    ReportSize,
    ReportSyncpoint,
    Verdict,
)
from pytest_syncpoints.rules import RULE_BY_CODE, selects
from pytest_syncpoints.signoff import sha256
from pytest_syncpoints.summary import summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.check import Check, ReviewContext
    from pytest_syncpoints.finding import Level
    from pytest_syncpoints.loops.participation import Drift
    from pytest_syncpoints.meeting import Touched
    from pytest_syncpoints.report import Risk

# The review itself knows which exemptions were used.
EXEMPTION_RULES = ("POL004", "POL005")
_ORDER: dict[str, int] = {"block": 0, "warn": 1, "note": 2, "off": 3}


class Selection(Record):
    """Which rules count in this run: those that ``select`` names (all, if empty) less those ``ignore`` names."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        """Say whether a rule counts."""
        chosen = not self.select or any(selects(selector, code) for selector in self.select)
        return chosen and not any(selects(selector, code) for selector in self.ignore)


EVERYTHING = Selection()


class WhatPastSays(Record):
    """What history says of a change: ``weights`` are expected defects per changed line by path, to read by."""

    risk: Risk | None = None
    news: tuple[News, ...] = ()
    weights: dict[str, float] = {}  # noqa: RUF012  # a record's default is never changed
    outcomes: tuple[CheckOutcome, ...] = ()


NOTHING_SAID = WhatPastSays()


def review(
    context: ReviewContext,
    checks: Iterable[Check],
    *,
    tool_version: str,
    selection: Selection = EVERYTHING,
    past: WhatPastSays = NOTHING_SAID,
) -> Report:
    """Ask every check about the change and return the report; a check that crashes is an outcome, never a pass.

    ``past`` is shown and orders the reading; it never has a part in the verdict.
    """
    outcomes, raised = _ask(context, tuple(checks))
    outcomes += _crashed_detectors(context)
    judged, used = _judged(raised, context, selection)
    judged += _exemption_findings(used, context, selection)
    findings = _fingerprinted(sorted(judged, key=_worst_first))
    crashed = any(outcome.status == "crashed" for outcome in outcomes)
    change = _change(context)
    syncpoints = _syncpoints(context, findings)
    evidence = None if context.tests is None else context.tests.evidence
    blocking = tuple(f.fingerprint for f in findings if f.level == "block" and f.exempted is None)
    return Report(
        tool_version=tool_version,
        evaluated_at=context.evaluated_at,
        door=context.door,
        simulated=context.simulated + _deselected(selection),
        policy=_policy_source(context),
        change=change,
        outcomes=outcomes + _not_looked_at(context) + past.outcomes,
        findings=findings,
        syncpoints=syncpoints,
        evidence=evidence,
        risk=past.risk,
        news=(*_news(context), *past.news),
        plan=make_plan(context, findings, past.weights),
        verdict=Verdict(
            bool(blocking) or crashed,
            blocking,
            summary(findings, syncpoints, change.size, outcomes=outcomes, evidence=evidence),
        ),
    )


def _ask(context: ReviewContext, checks: tuple[Check, ...]) -> tuple[tuple[CheckOutcome, ...], list[Finding]]:
    outcomes: list[CheckOutcome] = []
    findings: list[Finding] = []
    for check in checks:
        try:
            answer = check.run(context)
            found = () if isinstance(answer, Skip) else tuple(answer)
        except Exception as error:  # noqa: BLE001  # whatever a plugin does wrong must not pass for "nothing found"
            outcomes.append(CheckOutcome(check.name, "crashed", f"{type(error).__name__}: {error}"))
            continue
        if isinstance(answer, Skip):
            outcomes.append(CheckOutcome(check.name, "skipped", answer.reason))
            continue
        outcomes.append(CheckOutcome(check.name, "raised" if found else "passed"))
        findings += found
    return tuple(outcomes), findings


def _crashed_detectors(context: ReviewContext) -> tuple[CheckOutcome, ...]:
    return tuple(
        CheckOutcome(f"reversibility.{name}", "crashed", why) for name, why, _ in context.reversibility.crashed
    )


def _judged(
    raised: list[Finding], context: ReviewContext, selection: Selection
) -> tuple[list[Finding], frozenset[int]]:
    """Give each finding its name, level and exemption; return also which exemptions were used."""
    judged, used = [], set()
    for finding in raised:
        level = _level(finding, context)
        if level == "off" or not selection.has(finding.rule):
            continue
        exempted = exemption(finding, context)
        if exempted is not None:
            used.add(exempted.position)
        exempted = exempted or finding.exempted  # a check may know of its own why one does not count
        rule = RULE_BY_CODE.get(finding.rule)
        judged.append(
            finding._replace(level=level, name=finding.name or (rule.name if rule else ""), exempted=exempted)
        )
    return judged, frozenset(used)


def _level(finding: Finding, context: ReviewContext) -> Level:
    rule = RULE_BY_CODE.get(finding.rule)
    default: Level = rule.default_level(context.door) if rule else "warn"
    if finding.level != "off":  # the check knows better than the table
        default = finding.level
    level = context.policy.level(finding.rule, context.door, default)
    return min(level, finding.at_most, key=LEVELS.index)


def _exemption_findings(used: frozenset[int], context: ReviewContext, selection: Selection) -> list[Finding]:
    """Say of exemptions that they have expired, or that a change they could have covered no longer needs them."""
    raised = []
    for index, waived in enumerate(context.policy.exemptions):
        shown = f"the exemption from {waived.rule} ({waived.because})"
        if expired(waived.until, context):
            message, rule = f"{shown} expired on {waived.until}", "POL005"
        elif index not in used and _touches(waived.paths, context):
            message, rule = f"{shown} covers nothing in this change", "POL004"
        else:
            continue
        raised.append(
            Finding(rule, message, remedy="remove it from the policy", path=context.policy.path, anchor=f"{index}")
        )
    return _judged(raised, context, selection)[0]


def _touches(paths: tuple[str, ...], context: ReviewContext) -> bool:
    patterns = PathPatterns(paths)
    return not paths or any(patterns.match(file.path) for file in context.change.files)


def _worst_first(finding: Finding) -> tuple[bool, int, str, str, int, str]:
    return (
        finding.exempted is not None,
        _ORDER[finding.level],
        finding.rule,
        finding.path or "",
        finding.line or 0,
        finding.message,
    )


def _fingerprinted(findings: list[Finding]) -> tuple[Finding, ...]:
    """Give each finding its fingerprint: rule, path, symbol or line text, and ordinal among equals."""
    seen: dict[tuple[str, str, str], int] = {}
    result = []
    for finding in findings:
        anchor = " ".join(finding.anchor.split()) or finding.syncpoint or finding.component or ""
        key = (finding.rule, finding.path or "", anchor)
        seen[key] = ordinal = seen.get(key, -1) + 1
        text = "\0".join((*key, str(ordinal))).encode("utf-8", "surrogateescape")
        result.append(finding._replace(anchor="", at_most="block", fingerprint=sha256(text).hexdigest()[:32]))
    return tuple(result)


def _deselected(selection: Selection) -> tuple[str, ...]:
    return tuple(f"select={code}" for code in selection.select) + tuple(f"ignore={code}" for code in selection.ignore)


def _not_looked_at(context: ReviewContext) -> tuple[CheckOutcome, ...]:
    """Say what a later door will know and this one cannot."""
    outcomes = [
        CheckOutcome(f"reversibility.{name}", "skipped", f"{why} ({len(paths)} file{'s' * (len(paths) != 1)})")
        for name, why, paths in context.reversibility.skipped
    ]
    if not context.reviews_given:
        outcomes.append(CheckOutcome("reviews", "skipped", "not given"))
    return tuple(outcomes)


def _policy_source(context: ReviewContext) -> PolicySource | None:
    policy = context.policy
    return None if policy.path is None else PolicySource(policy.path, policy.commit, policy.blob)


def _change(context: ReviewContext) -> ReportChange:
    from pytest_syncpoints.machines import is_machine_written

    change = context.change
    return ReportChange(
        kind=change.kind,
        base=change.base,
        head=change.head,
        merge_base=change.merge_base,
        tree=change.tree,
        title=change.title,
        branch=change.branch,
        chosen=change.chosen,
        authors=tuple(ReportAuthor(who.name, who.email, context.people.is_machine(who)) for who in change.authors),
        commits=tuple(
            ReportCommit(c.sha, c.subject, c.author.email, is_machine_written(c, context.people), c.trailers)
            for c in change.commits
        ),
        files=tuple(_files(context)),
        size=_size(context),
    )


def _files(context: ReviewContext) -> Iterator[ReportFile]:
    for file in context.change.files:
        size = context.size.files[file.path]
        yield ReportFile(
            path=file.path,
            old_path=file.old_path,
            status=file.status,
            added=file.added,
            deleted=file.deleted,
            effective=size.effective,
            binary=file.binary,
            generated=size.reason == "generated",
            mode=file.new_mode if file.status != "D" else file.old_mode,
            owners=context.ownership.owners_of(file.path).owners,
            components=context.components.get(file.path, ()),
            hunks=tuple((h.old_start, h.old_lines, h.new_start, h.new_lines) for h in file.hunks),
        )


def _size(context: ReviewContext) -> ReportSize:
    size, policy = context.size, context.policy
    return ReportSize(
        files=len(context.change.files),
        added=size.added,
        deleted=size.deleted,
        effective=size.effective,
        tests_effective=size.tests_effective,
        excluded=size.excluded,
        budget=policy.budget,
        limit=policy.limit,
        review_minutes=size.review_minutes,
    )


def _drift(context: ReviewContext, touched: Touched, team: str) -> Drift | None:
    """Return how far a loop is from the furthest component here; ``None`` where history cannot tell."""
    facts = context.drift
    row = facts.worst(touched.components, team) if facts is not None else None
    return row.drift if row is not None and facts is not None and row.component not in facts.blind else None


def _news(context: ReviewContext) -> tuple[News, ...]:
    """Return what others learned of the touched components since the author last changed them."""
    if context.drift is None or not context.change.authors:
        return ()
    author = context.people.resolve(context.change.authors[0])
    names = dict.fromkeys(name for names in context.components.values() for name in names)
    return tuple(News(row.kind, row.text, row.sha, None) for row in news_for(author, names, context.drift))


def _syncpoints(context: ReviewContext, findings: tuple[Finding, ...]) -> tuple[ReportSyncpoint, ...]:
    return tuple(
        ReportSyncpoint(
            name=touched.syncpoint.name,
            components=touched.components,
            why=touched.why,
            mode=touched_mode(context, touched, findings),
            digest=touched.digest,
            participants=tuple(
                ReportParticipant(
                    *(m.participant.team, m.purpose, m.status, m.by, m.source, m.because),
                    drift=_drift(context, touched, m.participant.team),
                )
                for m in touched.meetings
            ),
        )
        for touched in context.touched
    )
