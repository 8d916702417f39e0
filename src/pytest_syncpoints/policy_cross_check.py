"""Cross-check: what in a policy does not fit together, names that nothing declares and values that contradict."""

from __future__ import annotations

from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.policy_values import Fault, is_known_selector, nearest, rule_names, shown
from pytest_syncpoints.rules import is_selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.policy import Component, Norm, Participant, Policy, Syncpoint, Team
    from pytest_syncpoints.toml_locator import Path


def cross_check(policy: Policy, root: Path = ()) -> Iterator[Fault]:
    """Yield what does not fit together; ``root`` is the path of the policy's table within its document."""
    yield from _change_faults(policy, root)
    yield from _people_faults(policy, root)
    yield from _teams_faults(policy, (*root, "teams"))
    yield from _components_faults(policy, root)
    for point in policy.syncpoints:
        yield from _syncpoint_faults(point, policy, (*root, "syncpoints", point.name))
    for norm in policy.norms:
        yield from _norm_faults(norm, policy, (*root, "norms", norm.name))
    yield from _incident_faults(policy, root)
    yield from _selector_faults(policy, root)


def _names(entries: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(getattr(entry, "name", "")) for entry in entries)


def _unknown(word: str, used: Iterable[str], known: Sequence[str], at: Path) -> Iterator[Fault]:
    """Yield a fault for each name in a list that nothing declares."""
    names = frozenset(known)
    for number, name in enumerate(used):
        if name not in names:
            yield Fault((*at, number), f"there is no {word} {shown(name)}", nearest(name, known) or "none is declared")


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
    people, teams = _names(policy.people), frozenset(_names(policy.teams))
    must_sign = {
        part.team
        for point in policy.syncpoints
        for part in point.participants
        if not BLOCKING_PURPOSES.isdisjoint(part.purposes)
    }
    for team in policy.teams:
        if team.declared:
            yield from _member_faults(team, people, teams, (*at, team.name))
        if not team.members and team.name in must_sign:
            message = f"{team.name} has no members, so nobody could sign for it"
            yield Fault((*at, team.name), message, 'members = ["alice@example.org"]')


def _member_faults(team: Team, people: Sequence[str], teams: frozenset[str], at: Path) -> Iterator[Fault]:
    for number, member in enumerate(team.members):
        where = (*at, "members", number)
        if "@" in member:
            if not is_member(member):
                yield Fault(where, f"{shown(member)} is no @handle, @org/team or e-mail")
        elif member in teams:
            yield Fault(where, f"{shown(member)} is a team", "list its people here; teams do not nest")
        elif member not in people:
            remedy = nearest(member, people) or "an @handle, an e-mail, or a person of [people]"
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


def _syncpoint_faults(point: Syncpoint, policy: Policy, at: Path) -> Iterator[Fault]:
    teams, people = _names(policy.teams), _names(policy.people)
    yield from _unknown("component", point.components, _names(policy.components), (*at, "components"))
    yield from _unknown("team or person", point.waivable_by or (), (*teams, *people), (*at, "waivable_by"))
    seen: set[tuple[str, str]] = set()
    members = {team.name: team.members for team in policy.teams}
    for number, part in enumerate(point.participants):
        where = (*at, "participants", number)
        yield from _participant_faults(part, policy, members, where)
        for purpose in part.purposes:
            if (part.team, purpose) in seen:
                yield Fault((*where, "purpose"), f"{part.team} meets for {purpose} twice at {point.name}")
            seen.add((part.team, purpose))


def _participant_faults(
    part: Participant, policy: Policy, teams: dict[str, tuple[str, ...]], at: Path
) -> Iterator[Fault]:
    if part.team and part.team not in teams:
        remedy = nearest(part.team, tuple(teams)) or f"declare [teams.{part.team}]"
        yield Fault((*at, "team"), f"there is no team {shown(part.team)}", remedy)
    if part.unless_norms and "compliance" not in part.purposes:
        yield Fault((*at, "unless_norms"), "a norm can stand in for compliance only")
    yield from _unknown("norm", part.unless_norms, _names(policy.norms), (*at, "unless_norms"))
    members = teams.get(part.team, ())
    if members and part.approvals > len(members) and not any(_is_forge_team(member) for member in members):
        message = (
            f"approvals is {part.approvals}, but {part.team} has {len(members)} member{'s' if len(members) > 1 else ''}"
        )
        yield Fault((*at, "approvals"), message)


def _is_forge_team(member: str) -> bool:
    return member.startswith("@") and "/" in member


_LOOKED_FOR = ("call", "import_", "attribute", "decorator", "base_class")


def _norm_faults(norm: Norm, policy: Policy, at: Path) -> Iterator[Fault]:
    if not any(getattr(norm, field) for field in _LOOKED_FOR):
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
    yield from _unknown("norm", norm.supersedes, _names(policy.norms), (*at, "supersedes"))


def _incident_faults(policy: Policy, root: Path) -> Iterator[Fault]:
    parts, norms = _names(policy.components), _names(policy.norms)
    for incident in policy.incidents:
        at = (*root, "incidents", incident.name)
        yield from _unknown("component", incident.components, parts, (*at, "components"))
        if incident.norm is not None and incident.norm not in norms:
            yield Fault((*at, "norm"), f"there is no norm {shown(incident.norm)}", nearest(incident.norm, norms))


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
