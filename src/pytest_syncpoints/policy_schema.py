"""The policy's schema as one literal table: what keys there are, what they hold, and what they are for.

The reader validates by it, and the JSON Schema and the reference page are written from it.
"""

from __future__ import annotations

from pytest_syncpoints.policy import ACCEPTANCES, BINDINGS, DIALECTS, PURPOSES, TIERS, TRIGGERS
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal[
        "text",
        "texts",
        "choice",
        "choices",
        "count",
        "positive",
        "switch",
        "patterns",
        "date",
        "duration",
        "capacity",
        "table",
        "named",
        "list-of-tables",
        "levels",
        "members",
        "identities",
        "module-names",
        "file",
        "fingerprints",
        "globs",
        "selector",
    ]

LEVELS = ("off", "note", "warn", "block")
DOORS = ("local", "ci")


class Key(Record):
    """One key: its kind, what it is for, and, where the kind needs them, its choices or the keys below it.

    ``filled`` marks a list that may be left out but not be empty: empty, it would say the opposite of what it seems to.
    """

    kind: Kind
    about: str
    required: bool = False
    filled: bool = False
    choices: tuple[str, ...] = ()
    keys: dict[str, Key] = {}  # noqa: RUF012  # a record's default is never changed
    example: str = ""


PARTICIPANT = {
    "team": Key("text", "the loop that meets: a team, or an @org/team that needs no table", required=True),
    "purpose": Key(
        "choices", "what for: permission, compliance and accountability block", required=True, choices=PURPOSES
    ),
    "approvals": Key("positive", "how many different people of the team must sign (default 1)"),
    "unless_norms": Key("texts", "norms that, proven on this diff, stand in for compliance"),
}
CHANGE = {
    "budget": Key("positive", "effective changed lines that fit one sitting (default 400): more warn"),
    "limit": Key("positive", "effective changed lines that block (default none)"),
    "exclude": Key("patterns", "paths whose lines do not count, besides generated and vendored ones"),
}
OWNERSHIP = {
    "dialect": Key("choice", "whose rules the owners files follow (default auto)", choices=DIALECTS),
    "require": Key("patterns", "paths below which every changed file must have an owner (default none)"),
}
TEAM = {
    "members": Key("members", "people, @handles, e-mails or @org/teams; teams may overlap", filled=True),
    "tempo": Key("duration", "the loop expects to meet its code at least this often (default 30d)"),
    "capacity": Key("capacity", "review time, as in 6h/week"),
}
COMPONENT = {
    "paths": Key("patterns", "where it lies", required=True, filled=True),
    "tier": Key("choice", "how much hangs on it (default normal)", choices=TIERS),
    "budget": Key("positive", "effective changed lines for this part alone"),
    "follows": Key("patterns", "what should move when it moves: runbook, docs, dashboards"),
    "contract_tests": Key("patterns", "tests that speak for it"),
    "until": Key("date", "the day an experiment ends (tier experiment only)"),
}
SYNCPOINT = {
    "components": Key("texts", "the parts it watches", filled=True),
    "paths": Key("patterns", "the paths it watches: an implicit component of its name", filled=True),
    "when": Key("choices", "any of these touches it (default touched)", choices=TRIGGERS),
    "content": Key("texts", "literals in changed lines that touch it"),
    "participants": Key("list-of-tables", "who meets", required=True, keys=PARTICIPANT),
    "accept": Key("choices", "what counts as a sign-off (default review, signature)", choices=ACCEPTANCES),
    "bind": Key("choice", "what a sign-off is bound to (default hunks; blobs if critical)", choices=BINDINGS),
    "waivable_by": Key("texts", "teams or people who may waive it (default the participant's team)"),
}
NORM = {
    "call": Key("text", "qualified name of a call, aliases resolved; * for the rest"),
    "import": Key("text", "qualified name of an import"),
    "attribute": Key("text", "qualified name of an attribute"),
    "decorator": Key("text", "qualified name of a decorator"),
    "base_class": Key("text", "qualified name of a base class"),
    "require_keyword": Key("text", "a keyword that such a call must pass"),
    "forbid_keyword": Key("text", "a keyword that such a call must not pass"),
    "within": Key("patterns", "only below these paths", filled=True),
    "except_in": Key("patterns", "not below these paths"),
    "replace": Key("text", "the fix: a qualified name, {name} for the last part"),
    "ratchet": Key("switch", "count per file instead: it may not rise"),
    "supersedes": Key("texts", "norms that this one replaces"),
    "why": Key("text", "what it was learned from"),
}
INCIDENT = {
    "components": Key("texts", "the parts it hit", required=True, filled=True),
    "date": Key("date", "the day it began", required=True),
    "half_life": Key("duration", "for so long awareness on these parts becomes permission (default 90d)"),
    "norm": Key("text", "the norm that came of it"),
}
FLOW = {
    "open_changes": Key(
        "table",
        "how many changes may be open at once",
        keys={
            "per_author": Key("positive", "by one author"),
            "per_component": Key("positive", "on one component"),
            "per_team": Key("positive", "that one team meets over"),
            "per_machine": Key("positive", "written by one machine"),
        },
    ),
    "stale_after": Key("duration", "a change untouched for so long is stale (default 14d)"),
}
SIGNERS = {
    "file": Key("file", "an ssh allowed-signers file, read at the target's tip"),
    "fingerprints": Key("fingerprints", "gpg key fingerprints: 40 or 64 hexadecimal digits"),
}
MACHINE = {
    "authors": Key("globs", "names or e-mails of machines, with * and ?, besides the built-in list"),
    "lines_per_week": Key("positive", "machine-written lines one person may answer for in a week"),
    "team_lines_per_week": Key("positive", "machine-written lines the people of one team may answer for in a week"),
    "machine_lines_per_week": Key("positive", "lines one machine may write in a week"),
}
EXEMPTION = {
    "rule": Key("selector", "a rule's code, or the beginning of some", required=True),
    "because": Key("text", "why", required=True),
    "paths": Key("patterns", "where (default everywhere)", filled=True),
    "until": Key("date", "the last day it holds"),
}
POLICY: dict[str, Key] = {
    "plugins": Key("module-names", "installed modules whose checks and renderers take part"),
    "change": Key("table", "how large a change may be", keys=CHANGE),
    "ownership": Key("table", "where owners come from, and where they are required", keys=OWNERSHIP),
    "people": Key("identities", "one person, many identities: @handles and e-mails"),
    "teams": Key("named", "loops: who, how often they meet the code, how much time they have", keys=TEAM),
    "components": Key("named", "named parts of the tree", keys=COMPONENT),
    "syncpoints": Key("named", "who meets over which change, for what purpose", keys=SYNCPOINT),
    "norms": Key("named", "rules written down ahead and checked by machine", keys=NORM),
    "incidents": Key("named", "what went wrong, remembered for a while", keys=INCIDENT),
    "flow": Key("table", "limits on open work", keys=FLOW),
    "signers": Key("table", "whose signatures count", keys=SIGNERS),
    "machine": Key("table", "machine-written changes", keys=MACHINE),
    "rules": Key("levels", "a level per rule or family: off, note, warn, block, or one per door"),
    "exemptions": Key("list-of-tables", "findings that do not count, with the reason", keys=EXEMPTION),
}
