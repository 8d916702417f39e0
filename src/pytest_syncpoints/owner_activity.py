"""Owner activity: whether an owner is known to have been silent, and how a person is written as an owner."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.change import Person
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy


def is_quiet(owner: str, people: People, policy: Policy, active: frozenset[str]) -> bool | None:
    """Say whether an owner took no part, by the keys of the people who did; ``None`` where nobody can tell.

    A handle without a known e-mail, and a team whose people the policy does not list, may have taken part unseen.
    """
    members = _members(owner, policy)
    if any(people.key_of(member) in active for member in members):
        return False
    return True if members and all(people.is_visible(member) for member in members) else None


def _members(owner: str, policy: Policy) -> tuple[str, ...]:
    """Return the people behind an owner: of a team, those whom the policy lists beside it."""
    if not owner.startswith("@") or ("/" not in owner and not owner.startswith("@@")):
        return (owner,)
    teams = [team for team in policy.teams if owner in (team.name, *team.members)]
    return tuple(member for team in teams for member in team.members if not _is_team(member))


def _is_team(member: str) -> bool:
    return member.startswith("@") and ("/" in member or member.startswith("@@"))


def owner_of_person(person: Person, people: People, policy: Policy) -> str:
    """Return how an owners file would name a person: by a handle where one is known, else by e-mail."""
    key = people.resolve(person)
    for entry in policy.people:
        if people.named(entry.name) == key:
            return next((who for who in entry.identities if who.startswith("@")), entry.identities[0])
    return key if key.startswith("@") else person.email
