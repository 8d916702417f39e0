"""Policy: what a team wrote in ``syncpoints.toml`` or ``[tool.syncpoints]``, as plain values with defaults."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from pytest_syncpoints.finding import Level
    from pytest_syncpoints.rules import Door

    Tier = Literal["critical", "shared", "normal", "experiment"]
    Purpose = Literal["permission", "compliance", "accountability", "awareness", "learning"]
    Trigger = Literal[
        "touched", "public-api", "schema", "irreversible", "dependency", "machine-written", "size", "incident", "drift"
    ]
    Acceptance = Literal["review", "signature", "trailer"]
    Binding = Literal["hunks", "blobs", "none"]

TIERS: tuple[Tier, ...] = ("critical", "shared", "normal", "experiment")
PURPOSES: tuple[Purpose, ...] = ("permission", "compliance", "accountability", "awareness", "learning")
BLOCKING_PURPOSES: frozenset[Purpose] = frozenset(("permission", "compliance", "accountability"))
TRIGGERS: tuple[Trigger, ...] = (
    "touched",
    "public-api",
    "schema",
    "irreversible",
    "dependency",
    "machine-written",
    "size",
    "incident",
    "drift",
)
ACCEPTANCES: tuple[Acceptance, ...] = ("review", "signature", "trailer")
BINDINGS: tuple[Binding, ...] = ("hunks", "blobs", "none")
DIALECTS: tuple[str, ...] = ("auto", "github", "gitlab", "gitea", "bitbucket", "prow", "chromium", "gerrit")

DEFAULT_BUDGET = 400
DEFAULT_TEMPO_DAYS = 30
DEFAULT_STALE_AFTER_DAYS = 14
POLICY_PATHS: tuple[str, ...] = ("syncpoints.toml", "pyproject.toml")


class PersonEntry(Record):
    """``[people]``: one person and the identities (``@handle`` or e-mail) that are theirs."""

    name: str
    identities: tuple[str, ...]


class Team(Record):
    """``[teams.NAME]``: a loop. ``tempo_days``: it expects to meet its code at least this often.

    ``capacity_minutes`` is review time a week. ``declared`` is false for an ``@org/team`` a participant
    names without a table of its own.
    """

    name: str
    members: tuple[str, ...] = ()
    tempo_days: float = DEFAULT_TEMPO_DAYS
    capacity_minutes: int | None = None
    declared: bool = True


class Component(Record):
    """``[components.NAME]``: a named part of the tree. ``until`` is an ISO date (experiments only).

    ``implicit`` marks the component a syncpoint makes of its own ``paths``.
    """

    name: str
    paths: tuple[str, ...]
    tier: Tier = "normal"
    budget: int | None = None
    follows: tuple[str, ...] = ()
    contract_tests: tuple[str, ...] = ()
    until: str | None = None
    implicit: bool = False


class Participant(Record):
    """One loop that meets at a syncpoint, for one or more purposes."""

    team: str
    purposes: tuple[Purpose, ...]
    approvals: int = 1
    unless_norms: tuple[str, ...] = ()


class Syncpoint(Record):
    """``[syncpoints.NAME]``: when these components change so, these loops meet, for these purposes.

    ``components`` names components (its own implicit one included); with none the scope is the whole change.
    ``bind`` is ``None`` where the policy is silent: blobs for critical components and irreversible changes,
    hunks otherwise. ``waivable_by`` is ``None`` for the default, the participant's own team.
    """

    name: str
    components: tuple[str, ...]
    participants: tuple[Participant, ...]
    when: tuple[Trigger, ...] = ("touched",)
    content: tuple[str, ...] = ()
    accept: tuple[Acceptance, ...] = ("review", "signature")
    bind: Binding | None = None
    waivable_by: tuple[str, ...] | None = None


class Norm(Record):
    """``[norms.NAME]``: a rule written down ahead, machine-checked; its fields are declarative patterns."""

    name: str
    why: str = ""
    call: str | None = None
    import_: str | None = None
    attribute: str | None = None
    decorator: str | None = None
    base_class: str | None = None
    require_keyword: str | None = None
    forbid_keyword: str | None = None
    within: tuple[str, ...] = ()
    except_in: tuple[str, ...] = ()
    replace: str | None = None
    ratchet: bool = False
    supersedes: tuple[str, ...] = ()


class Incident(Record):
    """``[incidents.NAME]``: for one half-life awareness on its components becomes permission."""

    name: str
    components: tuple[str, ...]
    date: str
    half_life_days: float = 90
    norm: str | None = None


class FlowLimits(Record):
    """``[flow]``: limits on open work."""

    per_author: int | None = None
    per_component: int | None = None
    stale_after_days: float = DEFAULT_STALE_AFTER_DAYS
    per_team: int | None = None
    per_machine: int | None = None


class Signers(Record):
    """``[signers]``: who may sign: an ssh allowed-signers file at the target tip, or gpg fingerprints."""

    file: str | None = None
    fingerprints: tuple[str, ...] = ()


class MachineLimits(Record):
    """``[machine]``: who counts as a machine besides the built-in list, and how many lines a week are answered for.

    ``lines_per_week`` is for one person, the others for the people of one team, and for what one machine writes.
    """

    authors: tuple[str, ...] = ()
    lines_per_week: int | None = None
    team_lines_per_week: int | None = None
    machine_lines_per_week: int | None = None


class RuleLevels(Record):
    """One line of ``[rules]``: a code or family prefix, and its level at each door."""

    selector: str
    local: Level | None
    ci: Level | None


class Exemption(Record):
    """``[[exemptions]]``: findings of ``rule`` below ``paths`` do not count until the ISO date ``until``."""

    rule: str
    because: str
    paths: tuple[str, ...] = ()
    until: str | None = None


class Policy(Record):
    """The whole policy. ``path`` is ``None`` where the repository has none; then every field is its default.

    ``commit`` and ``blob`` say which stored version was read (``blob`` alone for the index).
    """

    path: str | None = None
    commit: str | None = None
    blob: str | None = None
    plugins: tuple[str, ...] = ()
    budget: int = DEFAULT_BUDGET
    limit: int | None = None
    exclude: tuple[str, ...] = ()
    dialect: str = "auto"
    require: tuple[str, ...] = ()
    people: tuple[PersonEntry, ...] = ()
    teams: tuple[Team, ...] = ()
    components: tuple[Component, ...] = ()
    syncpoints: tuple[Syncpoint, ...] = ()
    norms: tuple[Norm, ...] = ()
    incidents: tuple[Incident, ...] = ()
    flow: FlowLimits = FlowLimits()
    signers: Signers = Signers()
    machine: MachineLimits = MachineLimits()
    rules: tuple[RuleLevels, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    def team(self, name: str) -> Team:
        """Return the team of that name; one that is used but not declared has no members and default tempo."""
        return next((team for team in self.teams if team.name == name), Team(name, declared=False))

    def level(self, code: str, door: Door, default: Level) -> Level:
        """Return the level ``[rules]`` gives a rule at a door: the longest selector wins, then the last line."""
        best: RuleLevels | None = None
        for row in self.rules:
            if code.startswith(row.selector) and (best is None or len(row.selector) >= len(best.selector)):
                best = row
        if best is None:
            return default
        stated = best.ci if door == "ci" else best.local
        return default if stated is None else stated


NO_POLICY = Policy()
