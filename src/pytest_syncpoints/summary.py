"""Summary: the one sentence a review comes down to, the same in every format."""

from __future__ import annotations

from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.rules import RULE_BY_CODE
from pytest_syncpoints.size import is_test

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.check import CheckOutcome
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Evidence, ReportSize, ReportSyncpoint

MOST_PARTS = 4
MOST_NAMES = 3
SIGN_OFF_RULES = frozenset(("SYN001", "SYN002"))
# Where Django, Flyway, Rails and Alembic keep them.
MIGRATION_FOLDERS = frozenset(("migrations", "migration", "migrate", "versions"))

# What findings of a rule come to, for one and for several of them; in this order where levels are equal.
PHRASES: dict[str, tuple[str, str]] = {
    "REV003": ("1 change cannot be undone", "{n} changes cannot be undone"),
    "NRM001": ("1 norm is broken", "norms are broken in {n} places"),
    "NRM002": ("1 ratchet rose", "{n} ratchets rose"),
    "NRM003": ("1 exemption has no reason", "{n} exemptions have no reason"),
    "SYN004": ("1 norm no longer stands in for a sign-off", "{n} norms no longer stand in for sign-offs"),
    "OWN001": ("1 file has no owner", "{n} files have no owner"),
    "HUM001": ("no person answers for the machine-written lines", "no person answers for the machine-written lines"),
    "SIZ002": ("over the limit", "over the limit"),
    "EVD002": ("1 contract test did not run", "{n} contract tests did not run"),
    "EVD003": ("1 contract test is weaker", "{n} contract tests are weaker"),
    "EVD001": ("changed lines run by no test", "changed lines run by no test"),
    "EVD004": ("1 mutant survived", "{n} mutants survived"),
    "EVD005": ("test evidence is incomplete", "test evidence is incomplete"),
    "REV002": ("1 change has no way back", "{n} changes have no way back"),
    "SIZ001": ("over the budget", "over the budget"),
    "SIZ003": ("1 file cannot be read as lines", "{n} files cannot be read as lines"),
    "HUM002": ("more machine-written lines than one person answers for",) * 2,
    "SYN005": ("members of a team cannot be told", "members of {n} teams cannot be told"),
    "POL001": ("the policy is edited", "the policy is edited"),
    "POL002": ("an owners file is edited", "owners files are edited"),
    "POL003": ("1 gate file is edited", "{n} gate files are edited"),
    "POL004": ("1 exemption matches nothing", "{n} exemptions match nothing"),
    "POL005": ("1 exemption has expired", "{n} exemptions have expired"),
    "API001": ("1 public name is removed", "{n} public names are removed"),
    "API002": ("1 public signature changes", "{n} public signatures change"),
    "API003": ("1 public name changes its kind", "{n} public names change their kind"),
    "API004": ("1 public name is no longer exported", "{n} public names are no longer exported"),
    "OWN002": ("1 file changes hands", "{n} files change hands"),
    "OWN003": ("1 fault in the owners file", "{n} faults in the owners file"),
    "DRF001": ("1 team lost touch with this code", "{n} teams have lost touch with this code"),
}
_ORDER = tuple(PHRASES)


def summary(
    findings: Sequence[Finding],
    syncpoints: Sequence[ReportSyncpoint],
    size: ReportSize,
    *,
    outcomes: Sequence[CheckOutcome] = (),
    evidence: Evidence | None = None,
) -> str:
    """Return one line: what blocks, whose sign-off is missing, what else must be known; "clear" where nothing is.

    Exempted findings and notes are left out, except notes of rules that block in CI: these are what a merge
    will need. The line opens with "blocked:" where something other than a missing sign-off blocks.
    """
    counted = [finding for finding in findings if counts(finding) and finding.rule not in SIGN_OFF_RULES]
    blocking = [finding for finding in counted if finding.level == "block"]
    others = [finding for finding in counted if finding.level != "block"]
    parts = [
        *_phrases(blocking, size, evidence),
        *(f"check {outcome.check} crashed" for outcome in outcomes if outcome.status == "crashed"),
        *_sign_offs(syncpoints),
        *_phrases(others, size, evidence),
    ]
    if len(parts) > MOST_PARTS:
        parts[MOST_PARTS:] = [f"and {len(parts) - MOST_PARTS} more"]
    line = "; ".join(parts) or "; ".join(("clear", *_waived(syncpoints)))
    return " ".join(("blocked: " + line if blocking else line).split())


def counts(finding: Finding) -> bool:
    """Say whether a finding is worth a person's time now: warned of or blocking, here or at the merge."""
    if finding.exempted is not None or finding.level == "off":
        return False
    rule = RULE_BY_CODE.get(finding.rule)
    return finding.level != "note" or (rule is not None and rule.ci == "block")


def missing(syncpoints: Iterable[ReportSyncpoint], *statuses: str) -> list[tuple[str, str]]:
    """Return syncpoint and team of every sign-off with one of the statuses, for purposes that block."""
    found = (
        (syncpoint.name, participant.team)
        for syncpoint in syncpoints
        for participant in syncpoint.participants
        if participant.status in statuses and participant.purpose in BLOCKING_PURPOSES
    )
    return list(dict.fromkeys(found))


def needed(syncpoints: Iterable[ReportSyncpoint]) -> str:
    """Return how many sign-offs are still to come and whose, as in "2 sign-offs (ops, platform)"; else nothing."""
    return _counted(missing(syncpoints, "open", "stale"), "")


def _sign_offs(syncpoints: Sequence[ReportSyncpoint]) -> Iterator[str]:
    for status, word in (("open", " missing"), ("stale", " stale")):
        found = _counted(missing(syncpoints, status), word)
        if found:
            yield found


def _waived(syncpoints: Sequence[ReportSyncpoint]) -> Iterator[str]:
    found = _counted(missing(syncpoints, "waived"), " waived")
    if found:
        yield found


def _counted(sign_offs: list[tuple[str, str]], word: str) -> str:
    if not sign_offs:
        return ""
    teams = list(dict.fromkeys(team for _, team in sign_offs))
    more = [f"{len(teams) - MOST_NAMES} more"] if len(teams) > MOST_NAMES else []
    plural = "" if len(sign_offs) == 1 else "s"
    return f"{len(sign_offs)} sign-off{plural}{word} ({', '.join(teams[:MOST_NAMES] + more)})"


def _phrases(findings: list[Finding], size: ReportSize, evidence: Evidence | None) -> Iterator[str]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule in sorted(by_rule, key=lambda rule: (_ORDER.index(rule) if rule in PHRASES else len(_ORDER), rule)):
        yield _phrase(rule, by_rule[rule], size, evidence)


def _phrase(rule: str, findings: list[Finding], size: ReportSize, evidence: Evidence | None) -> str:
    count = len(findings)
    if rule == "REV003" and all(_is_migration(finding.path) for finding in findings):
        return "the migration cannot be undone" if count == 1 else f"{count} migrations cannot be undone"
    if rule == "SIZ002" and size.limit is not None:
        return f"{size.effective:,} lines, over the limit of {size.limit:,}"
    if rule == "SIZ001":
        return _over_budget(findings, size)
    if rule == "EVD001" and evidence is not None:
        missed, changed = missed_lines(evidence)
        return f"{missed}/{changed} changed lines run by no test"
    if rule == "EVD004" and evidence is not None and evidence.mutants is not None:
        count = evidence.mutants.survived
    if rule == "DRF001" and count == 1 and findings[0].who:
        return f"{findings[0].who[0]} lost touch with {findings[0].component or 'this code'}"
    if rule in PHRASES:
        return PHRASES[rule][0 if count == 1 else 1].format(n=count)
    return f"{count} findings of {rule} {findings[0].name}" if count > 1 else f"{rule} {findings[0].name}"


def _over_budget(findings: list[Finding], size: ReportSize) -> str:
    components = list(dict.fromkeys(finding.component for finding in findings if finding.component))
    if components:
        return f"{', '.join(components[:MOST_NAMES])} over budget"
    return f"{size.effective:,} lines, over the budget of {size.budget:,}"


def _is_migration(path: str | None) -> bool:
    return path is not None and any(folder in MIGRATION_FOLDERS for folder in path.split("/")[:-1])


def missed_lines(evidence: Evidence) -> tuple[int, int]:
    """Return how many executable changed lines no test ran, and how many there are; lines of tests are left out."""
    files = [file for path, file in evidence.files.items() if not is_test(path)]
    return sum(len(file.missed) for file in files), sum(len(file.changed) for file in files)
