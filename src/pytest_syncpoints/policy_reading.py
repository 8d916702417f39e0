"""Reading a policy: a parsed TOML table into a Policy, with every fault found in one go; pure."""

from __future__ import annotations

from pytest_syncpoints import policy as values
from pytest_syncpoints.policy_schema import COMPONENT, DOORS, LEVELS, NORM, POLICY
from pytest_syncpoints.policy_values import VALUES, Fault, is_known_selector, kind_of, nearest, rule_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.policy_schema import Key
    from pytest_syncpoints.toml_locator import Path

    Table = dict[str, Any]



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
    """Return a table's values by key, each in its final form; unknown keys, missing ones and wrong values are faults."""
    if not isinstance(table, dict):
        faults.append(Fault(path, f"{path[-1] if path else 'the policy'} is {kind_of(table)}, expected a table"))
        return {}
    for name in table:
        if name not in keys:
            place = f" in {_shown(path)}" if path else ""
            faults.append(Fault((*path, name), f"there is no key {name!r}{place}", nearest(name, tuple(keys))))
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
        if not name.strip() or any(symbol in name for symbol in "\n\0") or (path[-1] == "syncpoints" and "/" in name):
            faults.append(Fault((*path, name), f"{name!r} cannot be a name here: empty, or with a line end or slash"))
    return {name: read_table(entry, key.keys, (*path, name), faults) for name, entry in value.items()}


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
        if not is_known_selector(name):
            faults.append(Fault(at, f"no rule is called {name!r}", nearest(name, rule_names())))
        by_door = level if isinstance(level, dict) else dict.fromkeys(DOORS, level)
        faults += _level_faults(level, at)
        rows.append(values.RuleLevels(name, by_door.get("local"), by_door.get("ci")))
    return tuple(rows)


def _level_faults(level: Any, at: Path) -> Iterator[Fault]:
    """Yield what is wrong with one level, or with the levels of a rule by door."""
    stated = {(*at, door): value for door, value in level.items()} if isinstance(level, dict) else {at: level}
    for where, value in stated.items():
        if isinstance(level, dict) and where[-1] not in DOORS:
            yield Fault(where, f"there is no door {where[-1]!r}", nearest(str(where[-1]), DOORS))
        elif value not in LEVELS:
            remedy = nearest(value, LEVELS) if isinstance(value, str) else f"one of: {', '.join(LEVELS)}"
            yield Fault(where, f"there is no level {value!r}", remedy)


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
    return values.Team(name, entry.get("members", ()), tempo, entry.get("capacity"))


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
    return values.FlowLimits(limits.get("per_author"), limits.get("per_component"), stale)


def _signers(entry: Table) -> values.Signers:
    return values.Signers(**_given(entry, ("file", "fingerprints")))


def _machine(entry: Table) -> values.MachineLimits:
    return values.MachineLimits(**_given(entry, ("authors", "lines_per_week")))


def _exemption(entry: Table) -> values.Exemption:
    return values.Exemption(entry.get("rule", ""), entry.get("because", ""), **_given(entry, ("paths", "until")))


def _with_undeclared_teams(policy: values.Policy) -> values.Policy:
    """Add a team for each ``@org/team`` that a participant names without a table of its own."""
    declared = {team.name for team in policy.teams}
    named = dict.fromkeys(part.team for point in policy.syncpoints for part in point.participants)
    added = (values.Team(name, (name,), declared=False) for name in named if name.startswith("@") and name not in declared)
    return policy._replace(teams=policy.teams + tuple(added))


def cross_check(policy: values.Policy, root: Path = ()) -> Iterator[Fault]:
    """Yield what does not fit together: names that nothing declares, and values that contradict each other."""
    yield from _change_faults(policy, root)
    yield from _team_faults(policy, root)
    yield from _component_faults(policy, root)
    for point in policy.syncpoints:
        yield from _syncpoint_faults(point, policy, root)
    yield from _norm_and_incident_faults(policy, root)


def _change_faults(policy: values.Policy, root: Path) -> Iterator[Fault]:
    if policy.limit is not None and policy.limit < policy.budget:
        message = f"limit is {policy.limit}, below the budget of {policy.budget}"
        yield Fault((*root, "change", "limit"), message, "a limit is what blocks: at least the budget")


def _team_faults(policy: values.Policy, root: Path) -> Iterator[Fault]:
    people = tuple(entry.name for entry in policy.people)
    for team in policy.teams:
        for number, member in enumerate(team.members):
            if "@" not in member and member not in people and team.declared:
                at = (*root, "teams", team.name, "members", number)
                yield Fault(at, f"nobody is called {member!r} in [people]", nearest(member, people) or "an @handle, an e-mail or a person")


def _component_faults(policy: values.Policy, root: Path) -> Iterator[Fault]:
    declared = [part for part in policy.components if not part.implicit]
    for part in declared:
        at = (*root, "components", part.name)
        if part.tier == "experiment" and part.until is None:
            yield Fault(at, f"the experiment {part.name} needs `until`: the day it ends")
        if part.until is not None and part.tier != "experiment":
            yield Fault((*at, "until"), f"`until` is for experiments; {part.name} is {part.tier}")
    names = {part.name for part in declared}
    for part in policy.components:
        if part.implicit and part.name in names:
            at = (*root, "syncpoints", part.name, "paths")
            yield Fault(at, f"{part.name} is a component of its own", f'components = ["{part.name}"] instead of paths')


def _syncpoint_faults(point: values.Syncpoint, policy: values.Policy, root: Path) -> Iterator[Fault]:
    at = (*root, "syncpoints", point.name)
    parts, teams = tuple(part.name for part in policy.components), tuple(team.name for team in policy.teams)
    norms, people = tuple(norm.name for norm in policy.norms), tuple(entry.name for entry in policy.people)
    own = len(point.components) - (1 if point.name in point.components else 0)
    for number, name in enumerate(point.components[: own + 1]):
        if name not in parts:
            yield Fault((*at, "components", number), f"there is no component {name!r}", nearest(name, parts))
    seen: set[tuple[str, str]] = set()
    for number, part in enumerate(point.participants):
        where = (*at, "participants", number)
        if part.team and part.team not in teams:
            yield Fault((*where, "team"), f"there is no team {part.team!r}", nearest(part.team, teams) or f"declare [teams.{part.team}]")
        if part.unless_norms and "compliance" not in part.purposes:
            yield Fault((*where, "unless_norms"), "a norm can stand in for compliance only")
        for index, norm in enumerate(part.unless_norms):
            if norm not in norms:
                yield Fault((*where, "unless_norms", index), f"there is no norm {norm!r}", nearest(norm, norms))
        for purpose in part.purposes:
            if (part.team, purpose) in seen:
                yield Fault((*where, "purpose"), f"{part.team} meets for {purpose} twice at {point.name}")
            seen.add((part.team, purpose))
    for number, name in enumerate(point.waivable_by or ()):
        if name not in (*teams, *people):
            yield Fault((*at, "waivable_by", number), f"there is no team or person {name!r}", nearest(name, (*teams, *people)))


def _norm_and_incident_faults(policy: values.Policy, root: Path) -> Iterator[Fault]:
    parts, norms = tuple(part.name for part in policy.components), tuple(norm.name for norm in policy.norms)
    for norm in policy.norms:
        if not any((norm.call, norm.import_, norm.attribute, norm.decorator, norm.base_class)):
            message = f"the norm {norm.name} says nothing: it needs call, import, attribute, decorator or base_class"
            yield Fault((*root, "norms", norm.name), message)
        for number, name in enumerate(norm.supersedes):
            if name not in norms:
                yield Fault((*root, "norms", norm.name, "supersedes", number), f"there is no norm {name!r}", nearest(name, norms))
    for incident in policy.incidents:
        at = (*root, "incidents", incident.name)
        for number, name in enumerate(incident.components):
            if name not in parts:
                yield Fault((*at, "components", number), f"there is no component {name!r}", nearest(name, parts))
        if incident.norm is not None and incident.norm not in norms:
            yield Fault((*at, "norm"), f"there is no norm {incident.norm!r}", nearest(incident.norm, norms))

