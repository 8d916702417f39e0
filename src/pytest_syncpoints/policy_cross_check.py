"""Cross-check: what in a policy does not fit together, names that nothing declares and values that contradict."""

from __future__ import annotations

from pytest_syncpoints.norms.pattern import NamePattern, name_pattern_fault, replacement_fault
from pytest_syncpoints.policy_values import Fault, is_known_selector, nearest, rule_names, shown
from pytest_syncpoints.rules import is_selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_syncpoints.policy import Component, Norm, Participant, Policy, Syncpoint, Team
    from pytest_syncpoints.toml_locator import Path


def cross_check(policy: Policy, root: Path = ()) -> Iterator[Fault]:
    """Yield what does not fit together; ``root`` is the path of the policy's table within its document."""
    yield from _change_faults(policy, root)
    yield from _people_faults(policy, root)
    yield from _teams_faults(policy, (*root, "teams"))
    yield from _components_faults(policy, root)
    declared = _Declared(policy)
    for point in policy.syncpoints:
        yield from _syncpoint_faults(point, declared, (*root, "syncpoints", point.name))
    for norm in policy.norms:
        yield from _norm_faults(norm, declared, (*root, "norms", norm.name), plugins=bool(policy.plugins))
    yield from _generation_faults(policy.norms, (*root, "norms"))
    yield from _incident_faults(policy, declared, root)
    yield from _selector_faults(policy, root)


def _names(entries: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(getattr(entry, "name", "")) for entry in entries)


class _Declared:
    """The names a policy declares, made once: a hostile policy refers to thousands of them thousands of times."""

    def __init__(self, policy: Policy) -> None:
        self.members = {team.name: team.members for team in policy.teams}
        self.components = dict.fromkeys(_names(policy.components))
        self.norms = dict.fromkeys(_names(policy.norms))
        self.signers = dict.fromkeys((*self.members, *_names(policy.people)))


def _unknown(word: str, used: Iterable[str], known: Mapping[str, object], at: Path) -> Iterator[Fault]:
    """Yield a fault for each name in a list that nothing declares."""
    for number, name in enumerate(used):
        if name not in known:
            remedy = nearest(name, tuple(known)) or "none is declared"
            yield Fault((*at, number), f"there is no {word} {shown(name)}", remedy)


def _only_by_case(names: Sequence[str], at: Path) -> Iterator[Fault]:
    """Yield a fault for each name that another one equals but for its case: people could not tell them apart."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.casefold(), name)
        if other != name:
            yield Fault((*at, name), f"{shown(name)} and {shown(other)} differ only by case")


def _change_faults(policy: Policy, root: Path) -> Iterator[Fault]:
    if policy.limit is not None and policy.limit < policy.budget:
        message = f"limit is {policy.limit}, below the budget of {policy.budget}"
        yield Fault((*root, "change", "limit"), message, "a limit is what blocks: at least the budget")
    for table in ("teams", "components", "syncpoints"):
        yield from _only_by_case(_names(getattr(policy, table)), (*root, table))


def _people_faults(policy: Policy, root: Path) -> Iterator[Fault]:
    teams = _names(policy.teams)
    for name in _names(policy.people):
        at = (*root, "people", name)
        if not name.strip() or not name.isprintable() or "@" in name:
            yield Fault(at, f"{shown(name)} cannot be a person's name: empty, with an @ or a control character")
        elif name in teams:
            yield Fault(at, f"{shown(name)} is a person and a team", "give one of them another name")


def _teams_faults(policy: Policy, at: Path) -> Iterator[Fault]:
    people, teams = dict.fromkeys(_names(policy.people)), frozenset(_names(policy.teams))
    for team in policy.teams:
        if team.declared:
            yield from _member_faults(team, people, teams, (*at, team.name))


def _member_faults(team: Team, people: Mapping[str, object], teams: frozenset[str], at: Path) -> Iterator[Fault]:
    for number, member in enumerate(team.members):
        where = (*at, "members", number)
        if "@" in member:
            if not is_member(member):
                yield Fault(where, f"{shown(member)} is no @handle, @org/team or e-mail")
        elif member in teams:
            yield Fault(where, f"{shown(member)} is a team", "list its people here; teams do not nest")
        elif member not in people:
            remedy = nearest(member, tuple(people)) or "an @handle, an e-mail, or a person of [people]"
            yield Fault(where, f"nobody is called {shown(member)} in [people]", remedy)


def is_member(text: str) -> bool:
    """Say whether a text is an @handle, an @org/team or an e-mail."""
    if text.startswith("@"):
        return all(text[1:].split("/")) and "@" not in text[1:] and not set(text) & set(" <>,;")
    local, _, host = text.partition("@")
    return bool(local and host) and "@" not in host and not set(text) & set(" <>,;")


def _components_faults(policy: Policy, root: Path) -> Iterator[Fault]:
    declared = {part.name for part in policy.components if not part.implicit}
    for part in policy.components:
        yield from _component_faults(part, policy, root)
        if part.implicit and part.name in declared:
            where = (*root, "syncpoints", part.name, "paths")
            yield Fault(
                where, f"{part.name} is a component of its own", f'components = ["{part.name}"] instead of paths'
            )


def _component_faults(part: Component, policy: Policy, root: Path) -> Iterator[Fault]:
    at = (*root, "components", part.name)
    if part.tier == "experiment" and part.until is None:
        yield Fault(at, f"the experiment {part.name} needs 'until': the day it ends")
    elif part.tier != "experiment" and part.until is not None:
        yield Fault((*at, "until"), f"'until' is for experiments; {part.name} is {part.tier}")
    if part.budget is not None and policy.limit is not None and part.budget > policy.limit:
        yield Fault((*at, "budget"), f"budget is {part.budget}, above the limit of {policy.limit} for a whole change")


# `syncpoints signoff machine` and `# machine sha256:...` speak of machine-written hunks (machines.MACHINE_SCOPE).
_RESERVED = "machine"


def _syncpoint_faults(point: Syncpoint, declared: _Declared, at: Path) -> Iterator[Fault]:
    if point.name == _RESERVED:
        remedy = "give it another name"
        yield Fault(at, "machine is a reserved name: `signoff machine` answers for machine-written lines", remedy)
    yield from _unknown("component", point.components, declared.components, (*at, "components"))
    for number, name in enumerate(point.waivable_by or ()):
        if name not in declared.signers and not _is_forge_team(name):
            remedy = nearest(name, tuple(declared.signers)) or "none is declared"
            yield Fault((*at, "waivable_by", number), f"there is no team or person {shown(name)}", remedy)
    seen: set[tuple[str, str]] = set()
    for number, part in enumerate(point.participants):
        where = (*at, "participants", number)
        yield from _participant_faults(part, declared, where)
        for purpose in part.purposes:
            if (part.team, purpose) in seen:
                yield Fault((*where, "purpose"), f"{part.team} meets for {purpose} twice at {point.name}")
            seen.add((part.team, purpose))


def _participant_faults(part: Participant, declared: _Declared, at: Path) -> Iterator[Fault]:
    teams = declared.members
    if part.team and part.team not in teams:
        remedy = nearest(part.team, tuple(teams)) or f"declare [teams.{part.team}]"
        yield Fault((*at, "team"), f"there is no team {shown(part.team)}", remedy)
    if part.unless_norms and "compliance" not in part.purposes:
        yield Fault((*at, "unless_norms"), "a norm can stand in for compliance only")
    yield from _unknown("norm", part.unless_norms, declared.norms, (*at, "unless_norms"))
    members = teams.get(part.team, ())
    if members and part.approvals > len(members) and not any(_is_forge_team(member) for member in members):
        message = (
            f"approvals is {part.approvals}, but {part.team} has {len(members)} member{'s' if len(members) > 1 else ''}"
        )
        yield Fault((*at, "approvals"), message)


def _is_forge_team(member: str) -> bool:
    return member.startswith("@") and "/" in member


_LOOKED_FOR = ("call", "import_", "attribute", "decorator", "base_class")


def _norm_faults(norm: Norm, declared: _Declared, at: Path, *, plugins: bool) -> Iterator[Fault]:
    if not any(getattr(norm, field) for field in _LOOKED_FOR) and not plugins:  # a plugin may judge it
        message = f"the norm {norm.name} says nothing: it needs call, import, attribute, decorator or base_class"
        yield Fault(at, message)
    for field in ("require_keyword", "forbid_keyword"):
        keyword = getattr(norm, field)
        if keyword is not None and not keyword.isidentifier():
            yield Fault((*at, field), f"{shown(keyword)} is no keyword of a call")
        elif keyword is not None and not (norm.call or norm.decorator):
            yield Fault((*at, field), f"{field} needs a call or a decorator to look at")
    if norm.require_keyword is not None and norm.require_keyword == norm.forbid_keyword:
        yield Fault((*at, "forbid_keyword"), f"{shown(norm.forbid_keyword)} is required and forbidden")
    if norm.name in norm.supersedes:
        yield Fault((*at, "supersedes"), f"the norm {norm.name} supersedes itself")
    yield from _unknown("norm", norm.supersedes, declared.norms, (*at, "supersedes"))
    yield from _name_faults(norm, at)


def _name_faults(norm: Norm, at: Path) -> Iterator[Fault]:
    """Yield patterns that no qualified name could match, and a replacement that could not be written."""
    for field in _LOOKED_FOR:
        pattern = getattr(norm, field)
        fault = name_pattern_fault(pattern) if pattern else ""
        if fault:
            message = f"{shown(pattern)} is no qualified name: {fault}"
            yield Fault((*at, field.rstrip("_")), message, "as in requests.get, or requests.*")
    if norm.replace is None:
        return
    fault = replacement_fault(norm.replace)
    if fault:
        yield Fault((*at, "replace"), f"{shown(norm.replace)} cannot be written: {fault}", "as in acme.http.{name}")
    elif norm.require_keyword is None and norm.forbid_keyword is None and _leads_back(norm, norm.replace):
        yield Fault((*at, "replace"), f"{shown(norm.replace)} is itself what the norm is about")


def _leads_back(norm: Norm, replace: str) -> bool:
    patterns = [getattr(norm, field) for field in _LOOKED_FOR]
    return any(
        NamePattern(text).matches(replace.replace("{name}", NamePattern(text).parts[-1].replace("*", "x")))
        for text in patterns
        if text and not name_pattern_fault(text)
    )


def _generation_faults(norms: Sequence[Norm], at: Path) -> Iterator[Fault]:
    """Yield each norm whose ``supersedes`` leads back to itself through others."""
    after = {norm.name: [name for name in norm.supersedes if name != norm.name] for norm in norms}
    done: set[str] = set()
    for start, first in after.items():
        row = {start: iter(first)} if start not in done else {}
        while row:  # the names on the way down, each with what is left to follow
            name = next(reversed(row))
            following = next(row[name], None)
            if following is None:
                done.add(name)
                del row[name]
            elif following in row:
                yield Fault((*at, name, "supersedes"), f"the norm {name} supersedes itself, through {shown(following)}")
            elif following in after and following not in done:
                row[following] = iter(after[following])


def _incident_faults(policy: Policy, declared: _Declared, root: Path) -> Iterator[Fault]:
    for incident in policy.incidents:
        at = (*root, "incidents", incident.name)
        yield from _unknown("component", incident.components, declared.components, (*at, "components"))
        if incident.norm is not None and incident.norm not in declared.norms:
            yield Fault(
                (*at, "norm"), f"there is no norm {shown(incident.norm)}", nearest(incident.norm, tuple(declared.norms))
            )


def _selector_faults(policy: Policy, root: Path) -> Iterator[Fault]:
    """Yield rules that only a plugin could have, where the policy names no plugin: a typing error, most likely."""
    if policy.plugins:
        return
    placed = [((*root, "rules", row.selector), row.selector) for row in policy.rules]
    placed += [((*root, "exemptions", number, "rule"), entry.rule) for number, entry in enumerate(policy.exemptions)]
    for at, selector in placed:
        if is_known_selector(selector) and not is_selector(selector):
            yield Fault(
                at, f"no rule is called {shown(selector)}, and no plugin is named", nearest(selector, rule_names())
            )
