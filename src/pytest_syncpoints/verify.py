"""Verify: a report from elsewhere held against what git itself says, at the target tip's policy."""

from __future__ import annotations

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.git import Discovery
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.ranges import RangeRequest, named_base
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.record import Record
from pytest_syncpoints.report_difference import EVIDENCE_CHECK, contradictions, differences, is_evidence, verdict_of
from pytest_syncpoints.rules import RULES
from pytest_syncpoints.run import Request, run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.rules import Door
    from pytest_syncpoints.signoff import ForgeFacts

    AskForge = Callable[[tuple[str, ...]], ForgeFacts]

_CONTRACTS = ("EVD002", "EVD003")  # rules about a component's contract tests


class Verification(Record):
    """What verifying came to: ``differences``, one line each (none: the report is true), and ``report``.

    ``report`` is the recomputed one, with the given one's evidence and the findings that rest on it, each marked as
    not verified: nobody can recompute what tests did without running them.
    """

    differences: tuple[str, ...]
    unverified: tuple[str, ...]
    report: Report


def verify(report: Report, *, base: str, head: str, door: Door, ask_forge: AskForge | None = None) -> Verification:
    """Recompute a report from the repository in the current directory, and compare.

    ``base`` is the branch the change is meant for: its tip's policy judges. ``ask_forge`` returns what the forge says
    (given the forge teams the policy names); it is asked where the report had reviews. Raises UsageError for a
    report of suppositions, and whatever ``run`` raises.
    """
    refuse_simulated(report)
    policy = _policy(base)
    reviewed = all(outcome.check != "reviews" for outcome in report.outcomes)
    forge = ask_forge(_forge_teams(policy, report)) if ask_forge is not None and reviewed else None
    # As `check` judges, also where the report has evidence: a test run is lenient where reviews were not given.
    request = Request(range=RangeRequest(base=base, head=head), door=door, forge=forge, build_history=True)
    recomputed = run(request)._replace(evaluated_at=report.evaluated_at)
    faults = (
        *(["reviews: the report counts them, and none are at hand: --reviews FILE"] * (reviewed and forge is None)),
        *contradictions(report),
        *differences(report, recomputed),
        *_evidence_faults(report, recomputed, policy, door),
    )
    return Verification(faults, tuple(_unverified(report)), _with_evidence(recomputed, report))


def refuse_simulated(report: Report) -> None:
    """Raise UsageError for a report that supposes facts or leaves rules out."""
    if report.simulated:
        raise UsageError(
            f"the report supposes facts or leaves rules out ({', '.join(report.simulated)[:200]}), and proves nothing",
            remedy="write it again without --as-if, --select and --ignore",
        )


def _policy(base: str) -> Policy:
    repository = Discovery().repository()
    with Objects(repository) as objects:
        return TrustRoots(objects, named_base(repository, base).sha).policy()


def _forge_teams(policy: Policy, report: Report) -> tuple[str, ...]:
    """Return the forge's own teams that may matter: those of the policy, and owners the report names."""
    named = {member for team in policy.teams for member in team.members}
    named |= {participant.team for syncpoint in policy.syncpoints for participant in syncpoint.participants}
    named |= {owner for file in report.change.files for owner in file.owners}
    return tuple(sorted(name for name in named if name.startswith("@") and "/" in name))


def _evidence_faults(report: Report, recomputed: Report, policy: Policy, door: Door) -> Iterator[str]:
    """Yield why test evidence cannot be relied on; none is needed where the policy asks for none."""
    evidence = report.evidence
    asks = _asks(recomputed, policy, door)
    if evidence is None:
        if asks:
            yield f"evidence: missing, and the policy asks for it ({asks})"
        return
    if not evidence.complete:
        yield f"evidence: incomplete ({evidence.incomplete_because or 'it does not say why'})"
    elif asks and evidence.tree != recomputed.change.tree:
        yield f"evidence: of another tree than the head's, and the policy asks for it ({asks})"
    elif asks and evidence.ran == 0:
        yield f"evidence: no test ran, and the policy asks for it ({asks})"


def _asks(report: Report, policy: Policy, door: Door) -> str:
    """Return what in the policy asks for evidence on this change, empty where nothing does."""
    for rule in RULES:
        stated = policy.level(rule.code, door, "off")
        if rule.code.startswith("EVD") and stated == "block":
            return f"[rules] {rule.code} is at block"
    touched = {name for file in report.change.files for name in file.components}
    blocks = any(
        policy.level(rule.code, door, rule.default_level(door)) == "block" for rule in RULES if rule.code in _CONTRACTS
    )
    for component in policy.components:
        if blocks and component.contract_tests and component.name in touched:
            return f"[components.{component.name}] contract_tests"
    return ""


def _unverified(report: Report) -> Iterator[str]:
    for finding in report.findings:
        if is_evidence(finding):
            yield f"{finding.rule} {finding.name}: {finding.message}"
    if report.evidence is not None:
        yield f"test evidence: {report.evidence.ran} tests ran, as the test job says"


def _with_evidence(recomputed: Report, report: Report) -> Report:
    carried = tuple(
        finding._replace(message=f"not verified: {finding.message}")
        for finding in report.findings
        if is_evidence(finding)
    )
    of_git = tuple(outcome for outcome in recomputed.outcomes if outcome.check != EVIDENCE_CHECK)
    of_tests = tuple(outcome for outcome in report.outcomes if outcome.check == EVIDENCE_CHECK)
    whole = recomputed._replace(
        findings=recomputed.findings + carried, outcomes=of_git + of_tests, evidence=report.evidence
    )
    return whole._replace(verdict=verdict_of(whole))
