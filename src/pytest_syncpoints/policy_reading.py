"""Reading a policy: a parsed TOML table into a Policy, with every fault found in one go; pure."""

from __future__ import annotations

from pytest_syncpoints import policy as values
from pytest_syncpoints.policy_schema import COMPONENT, DOORS, LEVELS, MACHINE, NORM, POLICY
from pytest_syncpoints.policy_values import (
    MOST_FAULTS,
    VALUES,
    Fault,
    is_known_selector,
    kind_of,
    nearest,
    rule_names,
    shown,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.policy_schema import Key
    from pytest_syncpoints.toml_locator import Path

    Table = dict[str, Any]

_LONGEST_NAME = 100


def build_policy(document: Table, root: Path = ()) -> tuple[values.Policy, list[Fault]]:
    """Return the policy a table states, and its faults; the policy is of use only where there are none."""
    faults: list[Fault] = []
    read = read_table(document, POLICY, root, faults)
    policy = values.Policy(
        plugins=read.get("plugins") or (),
        budget=_below(read, "change").get("budget") or values.DEFAULT_BUDGET,
        limit=_below(read, "change").get("limit"),
        exclude=_below(read, "change").get("exclude") or (),
        dialect=_below(read, "ownership").get("dialect") or "auto",
        require=_below(read, "ownership").get("require") or (),
        people=tuple(values.PersonEntry(name, ids) for name, ids in _below(read, "people").items()),
        teams=tuple(_team(name, entry) for name, entry in _below(read, "teams").items()),
        norms=tuple(_norm(name, entry) for name, entry in _below(read, "norms").items()),
        incidents=tuple(_incident(name, entry) for name, entry in _below(read, "incidents").items()),
        flow=_flow(_below(read, "flow")),
        signers=_signers(_below(read, "signers")),
        machine=_machine(_below(read, "machine")),
        rules=read.get("rules") or (),
        exemptions=tuple(_exemption(entry) for entry in read.get("exemptions") or ()),
    )
    components = tuple(_component(name, entry) for name, entry in _below(read, "components").items())
    points = tuple(_syncpoint(name, entry) for name, entry in _below(read, "syncpoints").items())
    implicit = tuple(
        values.Component(name, entry["paths"], implicit=True)
        for name, entry in _below(read, "syncpoints").items()
        if entry.get("paths")
    )
    policy = policy._replace(components=components + implicit, syncpoints=points)
    return _with_undeclared_teams(policy), faults


def read_table(table: Any, keys: dict[str, Key], path: Path, faults: list[Fault]) -> Table:
    """Return a table's values by key, each in its final form; unknown, missing and wrong ones are faults."""
    if not isinstance(table, dict):
        faults.append(Fault(path, f"{path[-1] if path else 'the policy'} is {kind_of(table)}, expected a table"))
        return {}
    if len(faults) >= MOST_FAULTS:
        return {}
    for name in [name for name in table if name not in keys][:MOST_FAULTS]:
        if len(faults) < MOST_FAULTS:
            place = f" in {_shown(path)}" if path else ""
            faults.append(Fault((*path, name), f"there is no key {shown(name)}{place}", nearest(name, tuple(keys))))
    for name, key in keys.items():
        if key.required and name not in table:
            faults.append(Fault(path, f"{_shown(path)} needs {name!r}: {key.about}"))
    read = {name: _value(table[name], key, (*path, name), faults) for name, key in keys.items() if name in table}
    return {name: value for name, value in read.items() if value is not None}


def _shown(path: Path) -> str:
    names = ".".join(str(step) for step in path if isinstance(step, str))
    return f"[{names}]"


def _value(value: Any, key: Key, path: Path, faults: list[Fault]) -> Any:
    if key.kind == "table":
        return read_table(value, key.keys, path, faults)
    if key.kind == "named":
        return _named(value, key, path, faults)
    if key.kind == "list-of-tables":
        return _tables(value, key, path, faults)
    if key.kind == "levels":
        return _levels(value, path, faults)
    if key.kind == "identities":
        return _identities(value, path, faults)
    return VALUES[key.kind](value, key, path, faults)


def _named(value: Any, key: Key, path: Path, faults: list[Fault]) -> Table:
    if not isinstance(value, dict):
        faults.append(Fault(path, f"{path[-1]} is {kind_of(value)}, expected tables [{path[-1]}.NAME]"))
        return {}
    for name in value:
        problem = _name_problem(name, str(path[-1]))
        if problem:
            faults.append(Fault((*path, name), f"{shown(name)} cannot be a name here: {problem}"))
    return {name: read_table(entry, key.keys, (*path, name), faults) for name, entry in value.items()}


def _name_problem(name: str, table: str) -> str:
    """Say why a name cannot stand in reports and trailers (``# ledger-ops/ops sha256:...``)."""
    if not name.strip():
        return "it is empty"
    if not name.isprintable():
        return "it holds a control character"
    if len(name) > _LONGEST_NAME:
        return f"it has more than {_LONGEST_NAME} characters"
    if table in ("syncpoints", "teams") and (" " in name or name.startswith("#")):
        return "a trailer could not hold it (a space, or # first)"
    if table == "syncpoints" and "/" in name:
        return "a trailer ends a sync point's name at the first slash"
    return "it starts or ends with a space" if name != name.strip() else ""


def _tables(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[Table, ...]:
    if not isinstance(value, list):
        faults.append(Fault(path, f"{path[-1]} is {kind_of(value)}, expected an array of tables"))
        return ()
    if not value and key.required:
        faults.append(Fault(path, f"{path[-1]} is empty: a rule that asks nobody would approve everything"))
    return tuple(read_table(entry, key.keys, (*path, number), faults) for number, entry in enumerate(value))


def _levels(value: Any, path: Path, faults: list[Fault]) -> tuple[values.RuleLevels, ...]:
    if not isinstance(value, dict):
        faults.append(Fault(path, f"rules is {kind_of(value)}, expected a table of levels by rule"))
        return ()
    rows = []
    for name, level in value.items():
        at = (*path, name)
        if len(faults) >= MOST_FAULTS:
            break
        if not is_known_selector(name):
            faults.append(Fault(at, f"no rule is called {shown(name)}", nearest(name, rule_names())))
        by_door = level if isinstance(level, dict) else dict.fromkeys(DOORS, level)
        faults += _level_faults(level, at)
        rows.append(values.RuleLevels(name, by_door.get("local"), by_door.get("ci")))
    return tuple(rows)


def _level_faults(level: Any, at: Path) -> Iterator[Fault]:
    """Yield what is wrong with one level, or with the levels of a rule by door."""
    stated = {(*at, door): value for door, value in level.items()} if isinstance(level, dict) else {at: level}
    if not stated:
        yield Fault(at, f"{at[-1]} has no level", 'a level, or { local = "note", ci = "block" }')
    for where, value in stated.items():
        if isinstance(level, dict) and where[-1] not in DOORS:
            yield Fault(where, f"there is no door {shown(where[-1])}", nearest(str(where[-1]), DOORS))
        elif value not in LEVELS:
            remedy = nearest(value, LEVELS) if isinstance(value, str) else f"one of: {', '.join(LEVELS)}"
            what = shown(value) if isinstance(value, (str, int, float)) else kind_of(value)
            yield Fault(where, f"there is no level {what}", remedy)


def _identities(value: Any, path: Path, faults: list[Fault]) -> Table:
    if not isinstance(value, dict):
        faults.append(Fault(path, f'people is {kind_of(value)}, expected alice = ["@alice", "alice@example.org"]'))
        return {}
    people: Table = {}
    owner: dict[str, str] = {}
    for name, listed in value.items():
        at = (*path, name)
        found = VALUES["texts"](listed, POLICY["people"], at, faults) or ()
        for number, identity in enumerate(found):
            if not _is_identity(identity):
                faults.append(Fault((*at, number), f"{identity!r} is neither an @handle nor an e-mail"))
            elif owner.setdefault(identity.lower(), name) != name:
                faults.append(Fault((*at, number), f"{identity!r} is listed for {owner[identity.lower()]} too"))
        if not found and isinstance(listed, list):
            faults.append(Fault(at, f"{name} has no identity"))
        people[name] = tuple(found)
    return people


def _is_identity(text: str) -> bool:
    local, _, host = text.partition("@")
    return bool(host) and " " not in text and ("@" not in host if local else "/" not in host)


def _below(read: Table, name: str) -> Table:
    found = read.get(name)
    return found if isinstance(found, dict) else {}


def _given(entry: Table, keys: Iterable[str]) -> Table:
    return {key: entry[key] for key in keys if key in entry}


def _team(name: str, entry: Table) -> values.Team:
    tempo = entry.get("tempo", values.DEFAULT_TEMPO_DAYS)
    own = (name,) if name.startswith("@") else ()  # a table for @org/team need not repeat it
    return values.Team(name, entry.get("members", own), tempo, entry.get("capacity"))


def _component(name: str, entry: Table) -> values.Component:
    return values.Component(name, entry.get("paths", ()), **_given(entry, [key for key in COMPONENT if key != "paths"]))


def _syncpoint(name: str, entry: Table) -> values.Syncpoint:
    own = (name,) if entry.get("paths") else ()
    when = entry.get("when", () if entry.get("content") else ("touched",))
    return values.Syncpoint(
        name=name,
        components=tuple(dict.fromkeys((*entry.get("components", ()), *own))),
        participants=tuple(_participant(part) for part in entry.get("participants", ())),
        when=when,
        **_given(entry, ("content", "accept", "bind", "waivable_by")),
    )


def _participant(entry: Table) -> values.Participant:
    given = _given(entry, ("approvals", "unless_norms"))
    return values.Participant(entry.get("team", ""), entry.get("purpose", ()), **given)


def _norm(name: str, entry: Table) -> values.Norm:
    given = _given(entry, NORM)
    if "import" in given:
        given["import_"] = given.pop("import")
    return values.Norm(name, **given)


def _incident(name: str, entry: Table) -> values.Incident:
    half_life = entry.get("half_life", 90.0)
    return values.Incident(name, entry.get("components", ()), entry.get("date", ""), half_life, entry.get("norm"))


def _flow(entry: Table) -> values.FlowLimits:
    limits = _below(entry, "open_changes")
    stale = entry.get("stale_after", values.DEFAULT_STALE_AFTER_DAYS)
    return values.FlowLimits(**limits, stale_after_days=stale)


def _signers(entry: Table) -> values.Signers:
    return values.Signers(**_given(entry, ("file", "fingerprints")))


def _machine(entry: Table) -> values.MachineLimits:
    return values.MachineLimits(**_given(entry, MACHINE))


def _exemption(entry: Table) -> values.Exemption:
    return values.Exemption(entry.get("rule", ""), entry.get("because", ""), **_given(entry, ("paths", "until")))


def _with_undeclared_teams(policy: values.Policy) -> values.Policy:
    """Add a team for each ``@org/team`` that a participant names without a table of its own."""
    declared = {team.name for team in policy.teams}
    named = dict.fromkeys(part.team for point in policy.syncpoints for part in point.participants)
    added = (
        values.Team(name, (name,), declared=False) for name in named if name.startswith("@") and name not in declared
    )
    return policy._replace(teams=policy.teams + tuple(added))
