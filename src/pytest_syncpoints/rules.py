"""The rules: code, name and default level at each door; every rule has a page in ``docs/rules/``."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pytest_syncpoints.finding import Level

    Door = Literal["local", "ci"]


class Rule(Record):
    """One rule: ``local`` and ``ci`` are its levels where the policy says nothing."""

    code: str
    name: str
    local: Level
    ci: Level

    @property
    def family(self) -> str:
        """Return the three letters that select the whole family in ``[rules]`` and ``--select``."""
        return self.code[:3]

    def default_level(self, door: Door) -> Level:
        """Return the level this rule has at a door before the policy is asked."""
        return self.ci if door == "ci" else self.local


# The table of design section 4, one row a rule. EVD is skipped at a commit (no tests ran there); where
# tests did run locally its level is "warn". OWN003 blocks for faults the change itself brings in: its
# check sets that level, the table holds the one for faults that were there before.
RULES: tuple[Rule, ...] = (
    Rule("OWN001", "no-owner", "warn", "block"),
    Rule("OWN002", "owner-reassigned", "note", "warn"),
    Rule("OWN003", "owners-file-fault", "warn", "warn"),
    Rule("OWN004", "owner-quiet", "note", "note"),
    Rule("SIZ001", "over-budget", "warn", "warn"),
    Rule("SIZ002", "over-limit", "warn", "block"),
    Rule("SIZ003", "unreadable", "note", "warn"),
    Rule("SYN001", "sign-off-open", "note", "block"),
    Rule("SYN002", "sign-off-stale", "note", "block"),
    Rule("SYN003", "waived", "note", "note"),
    Rule("SYN004", "norm-withdrawn", "note", "block"),
    Rule("SYN005", "members-unknown", "note", "warn"),
    Rule("POL001", "policy-edited", "note", "warn"),
    Rule("POL002", "owners-edited", "note", "warn"),
    Rule("POL003", "gate-edited", "note", "warn"),
    Rule("POL004", "exemption-unused", "note", "warn"),
    Rule("POL005", "exemption-expired", "note", "warn"),
    Rule("REV001", "costly-to-undo", "note", "note"),
    Rule("REV002", "no-reverse", "warn", "warn"),
    Rule("REV003", "irreversible", "warn", "warn"),
    Rule("API001", "removed", "warn", "warn"),
    Rule("API002", "signature-changed", "warn", "warn"),
    Rule("API003", "kind-changed", "warn", "warn"),
    Rule("API004", "no-longer-exported", "warn", "warn"),
    Rule("NRM001", "norm-broken", "block", "block"),
    Rule("NRM002", "ratchet-rose", "block", "block"),
    Rule("NRM003", "exemption-without-reason", "block", "block"),
    Rule("EVD001", "changed-lines-not-run", "warn", "warn"),
    Rule("EVD002", "contract-not-run", "warn", "block"),
    Rule("EVD003", "contract-weakened", "warn", "block"),
    Rule("EVD004", "mutant-survived", "warn", "warn"),
    Rule("EVD005", "evidence-incomplete", "warn", "warn"),
    Rule("HUM001", "no-accountable-human", "note", "block"),
    Rule("HUM002", "machine-lines-over-budget", "note", "warn"),
    Rule("FLO001", "too-many-open", "note", "note"),
    Rule("FLO002", "collision", "note", "note"),
    Rule("FLO003", "review-budget-over", "note", "note"),
    Rule("DRF001", "drifted", "note", "warn"),
    Rule("DRF002", "debt-open", "note", "note"),
    Rule("DRF003", "follower-not-moved", "note", "note"),
    Rule("DRF004", "incident-without-norm", "note", "note"),
    Rule("DRF005", "no-active-owner", "note", "note"),
)
RULE_BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(rule.family for rule in RULES))


def selects(selector: str, code: str) -> bool:
    """Say whether a selector (a code or the beginning of one, as in ``SIZ`` or ``SIZ0``) covers a rule."""
    return code.startswith(selector)


def is_selector(text: str) -> bool:
    """Say whether a text selects at least one known rule."""
    return len(text) >= 3 and any(rule.code.startswith(text) for rule in RULES)
