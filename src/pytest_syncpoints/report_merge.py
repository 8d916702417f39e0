"""Report merge: the reports of a CI's shards and matrix jobs as one; where they disagree, an error and no guess."""

from __future__ import annotations

from pytest_syncpoints.errors import CannotEvaluate
from pytest_syncpoints.report import Evidence, FileEvidence, Mutants
from pytest_syncpoints.report_difference import EVIDENCE_CHECK, is_evidence, verdict_of
from pytest_syncpoints.report_json import to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from pytest_syncpoints.check import CheckOutcome
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Report

# What every shard must say alike, since it comes from git, the policy and the forge alone.
_SHARED = ("tool_version", "door", "simulated", "policy", "change", "syncpoints", "risk", "news")
_WORST_FIRST = ("crashed", "raised", "passed", "skipped")
_LEVELS = ("block", "warn", "note", "off")


def merged(reports: Sequence[Report]) -> Report:
    """Return one report for several of the same change; the order they are given in makes no difference.

    Evidence is united: a line one shard's tests ran was run. A finding that lines are run by no test goes where
    the shards together run them all; every other finding stays. The time is the latest. Raises CannotEvaluate,
    naming the field, where two reports say different things of the same change.
    """
    ordered = sorted(reports, key=to_json)
    first = ordered[0]
    for other in ordered[1:]:
        for field in _SHARED:
            _agree(getattr(first, field), getattr(other, field), field)
    evidence = _evidence([report.evidence for report in ordered if report.evidence is not None])
    whole = first._replace(
        evaluated_at=max(report.evaluated_at for report in ordered),
        outcomes=_outcomes(ordered),
        findings=_findings(ordered, evidence),
        evidence=evidence,
        plan=max((report.plan for report in ordered), key=lambda plan: (plan.synchronicity, plan.fidelity)),
    )
    return whole._replace(verdict=verdict_of(whole))


def _agree(one: Any, other: Any, what: str) -> None:
    if one != other:
        raise CannotEvaluate(
            f"the reports disagree about {what}, so they are not of one change",
            remedy="give merge the reports of one run: same head, base, policy, door, reviews and version",
        )


def _outcomes(reports: Sequence[Report]) -> tuple[CheckOutcome, ...]:
    """Return each check's worst outcome; that no tests ran is not said where they did in another shard."""
    found: dict[str, CheckOutcome] = {}
    for report in reports:
        for outcome in report.outcomes:
            known = found.get(outcome.check)
            if known is None or _badness(outcome) < _badness(known):
                found[outcome.check] = outcome
    said_nothing = any(report.evidence is not None for report in reports)
    return tuple(
        o for o in found.values() if not (said_nothing and o.check == EVIDENCE_CHECK and o.status == "skipped")
    )


def _badness(outcome: CheckOutcome) -> tuple[int, str]:
    return _WORST_FIRST.index(outcome.status), outcome.reason


def _findings(reports: Sequence[Report], evidence: Evidence | None) -> tuple[Finding, ...]:
    found: dict[str, Finding] = {}
    for report in reports:
        for finding in report.findings:
            known = found.setdefault(finding.fingerprint, finding)
            if not is_evidence(finding):
                _agree(known, finding, f"finding {finding.rule} ({finding.fingerprint[:12]})")
                _everywhere(finding, reports)
            elif _LEVELS.index(finding.level) < _LEVELS.index(known.level):
                found[finding.fingerprint] = finding
    kept = [finding for finding in found.values() if not (evidence is not None and _is_run(finding, evidence))]
    return tuple(sorted(kept, key=_order))


def _everywhere(finding: Finding, reports: Sequence[Report]) -> None:
    """Raise CannotEvaluate where a finding that needs no tests is not in every report."""
    for report in reports:
        _agree(finding in report.findings, True, f"finding {finding.rule} ({finding.fingerprint[:12]})")


def _is_run(finding: Finding, evidence: Evidence) -> bool:
    """Say whether the shards together run every line that one of them found not run."""
    file = evidence.files.get(finding.path or "")
    if finding.rule != "EVD001" or file is None or finding.line is None:
        return False
    lines = set(range(finding.line, (finding.end_line or finding.line) + 1))
    return not lines.intersection(file.missed) and bool(lines.intersection(file.changed))


def _order(finding: Finding) -> tuple[bool, int, str, str, int, str, str]:
    return (
        finding.exempted is not None,
        _LEVELS.index(finding.level),
        finding.rule,
        finding.path or "",
        finding.line or 0,
        finding.message,
        finding.fingerprint,
    )


def _evidence(parts: Sequence[Evidence]) -> Evidence | None:
    """Return what the sessions say together, their tests numbered anew in the order of their names."""
    if not parts:
        return None
    for part in parts[1:]:
        _agree(parts[0].tree, part.tree, "evidence.tree")
        _agree(parts[0].nonce, part.nonce, "evidence.nonce")
    nodeids = tuple(sorted({nodeid for part in parts for nodeid in part.nodeids}))
    disjoint = len(nodeids) == sum(len(part.nodeids) for part in parts)
    collected = [part.collected for part in parts]
    return Evidence(
        python=_joined(part.python for part in parts),
        platform=_joined(part.platform for part in parts),
        tree=parts[0].tree,
        nonce=parts[0].nonce,
        complete=all(part.complete for part in parts),
        incomplete_because=_joined(part.incomplete_because or "" for part in parts) or None,
        collected=max(sum(collected) if disjoint else max(collected), len(nodeids)),
        ran=len(nodeids) if nodeids else sum(part.ran for part in parts),
        tests=_summed([part.tests for part in parts]),
        nodeids=nodeids,
        files=_files(parts, {nodeid: index for index, nodeid in enumerate(nodeids)}),
        contracts=tuple(sorted({contract for part in parts for contract in part.contracts})),
        mutants=_mutants([part.mutants for part in parts if part.mutants is not None]),
    )


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted({word for word in words if word}))


def _summed(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    names = sorted({name for count in counts for name in count})
    return {name: sum(count.get(name, 0) for count in counts) for name in names}


def _files(parts: Sequence[Evidence], numbers: dict[str, int]) -> dict[str, FileEvidence]:
    """Return evidence by path; a file must be the same blob wherever it was tested."""
    found: dict[str, FileEvidence] = {}
    for part in parts:
        renumbered = [numbers[nodeid] for nodeid in part.nodeids]
        for path, file in part.files.items():
            executed = {line: tuple(sorted(renumbered[i] for i in indexes)) for line, indexes in file.executed.items()}
            fresh = file._replace(executed=executed)
            known = found.get(path)
            if known is not None:
                _agree(known.blob, file.blob, f"evidence.files[{path!a}].blob")
            found[path] = fresh if known is None else _united(known, fresh)
    return {path: found[path] for path in sorted(found)}


def _united(one: FileEvidence, other: FileEvidence) -> FileEvidence:
    changed = sorted({*one.changed, *other.changed})
    lines = sorted({*one.executed, *other.executed}, key=int)
    executed = {line: tuple(sorted({*one.executed.get(line, ()), *other.executed.get(line, ())})) for line in lines}
    missed = tuple(line for line in changed if str(line) not in executed)  # run at import is run, by no test
    return FileEvidence(one.blob, tuple(changed), executed, missed)


def _mutants(parts: Sequence[Mutants]) -> Mutants | None:
    """Return what was found of mutants in all shards; the same run told twice counts once."""
    distinct = list(dict.fromkeys(parts))
    if not distinct:
        return None
    survivors = tuple(sorted({survivor for part in distinct for survivor in part.survivors}))
    return Mutants(
        killed=sum(part.killed for part in distinct),
        survived=sum(part.survived for part in distinct),
        timeout=sum(part.timeout for part in distinct),
        skipped=sum(part.skipped for part in distinct),
        survivors=survivors,
    )
