"""People: which identities are one person, who is a machine, and who belongs to a team."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.mailmap import Mailmap, folded
from pytest_syncpoints.pattern import glob_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.policy import Policy, Team

# Identities that are machines everywhere. Accounts of GitHub apps end in [bot] (docs.github.com, "About apps"),
# GitLab's bots have addresses of its bot and project-token forms (docs.gitlab.com, "Project access tokens").
MACHINES: tuple[str, ...] = (
    "*[bot]",
    "*[bot]@*",
    "*+*[bot]@users.noreply.github.com",
    "project_*_bot*@noreply.*",
    "group_*_bot*@noreply.*",
    "dependabot@*",
    "dependabot-preview",
    "renovate@whitesourcesoftware.com",
    "renovate-bot*",
    "bot@renovateapp.com",
    "action@github.com",
    "github-actions",
    "noreply@anthropic.com",
    "copilot@github.com",
    "*+copilot@users.noreply.github.com",
    "cursoragent@cursor.com",
    "noreply@aider.chat",
    "devin-ai-integration*",
    "codex@openai.com",
    "gemini-code-assist*",
)

_NOBODY = "@"  # the key of an identity with neither e-mail nor handle


class People:
    """Who is who, by the policy's ``[people]`` and the base's ``.mailmap``; built once for a review."""

    __slots__ = ("_by_identity", "_machines", "_mailmap", "_names")

    def __init__(self, policy: Policy, mailmap: Mailmap) -> None:
        """Index every identity of the policy."""
        self._mailmap = mailmap
        self._names = frozenset(entry.name for entry in policy.people)
        listed = [(who, entry.name) for entry in policy.people for who in entry.identities]
        self._by_identity = {folded(self._mailed(who)): name for who, name in listed}
        self._by_identity.update({folded(who): name for who, name in listed})  # what is listed stands above the mailmap
        self._machines = tuple(folded(pattern) for pattern in (*MACHINES, *policy.machine.authors))

    @classmethod
    def build(cls, policy: Policy, mailmap: bytes = b"") -> People:
        """Return the people of a policy and a ``.mailmap``'s content."""
        return cls(policy, Mailmap(mailmap))

    def resolve(self, person: Person) -> str:
        """Return one key a person: the ``[people]`` entry, else the e-mail by ``.mailmap``, else the forge handle."""
        mapped = self._mailmap.person(person)
        for identity in (person.email, mapped.email):
            name = None if identity.startswith("@") else self._by_identity.get(folded(identity))
            if name is not None:
                return self.named(name)
        name = self._by_identity.get(f"@{folded(person.handle)}")
        if name is not None:
            return self.named(name)
        return _mail_key(mapped.email) if mapped.email else f"@{folded(person.handle)}"

    def _mailed(self, identity: str) -> str:
        """Return what the mailmap makes of an e-mail; a handle stays as it is."""
        return identity if identity.startswith("@") else self._mailmap.person(Person("", identity)).email

    def named(self, name: str) -> str:
        """Return the key of a ``[people]`` entry; no e-mail or handle can look like it."""
        return f"people/{name}"

    def same(self, first: Person, second: Person) -> bool:
        """Say whether two identities are known to be one person."""
        return self.resolve(first) == self.resolve(second)

    def can_tell_apart(self, first: Person, second: Person) -> bool:
        """Say whether two identities are known to be two people: a bare handle and a bare e-mail never are."""
        keys = self.resolve(first), self.resolve(second)
        kinds = {"handle" if key.startswith("@") else "known" for key in keys}
        return keys[0] != keys[1] and len(kinds) == 1 and _NOBODY not in keys

    def is_member(self, person: Person, team: Team) -> bool | None:
        """Say whether somebody is in a team; ``None`` where its members are on a forge and nobody here can tell."""
        key = self.resolve(person)
        known = {self._member_key(member) for member in team.members if not _is_forge_team(member)}
        if key in known:
            return True
        return None if any(_is_forge_team(member) for member in team.members) else False

    def _member_key(self, member: str) -> str:
        if member in self._names:
            return self.named(member)
        return self.resolve(Person("", "", member[1:]) if member.startswith("@") else Person("", member))

    def is_machine(self, person: Person) -> bool:
        """Say whether an identity is a machine's, by the built-in list or the policy's ``[machine] authors``."""
        identities = [folded(text) for text in (person.name, person.email, person.handle) if text]
        return any(glob_matches(pattern, text) for pattern in self._machines for text in identities)


def _mail_key(email: str) -> str:
    """Return an e-mail's key; git takes any text for an e-mail, and none may look like a handle or an entry."""
    return folded(email) if email.partition("@")[0] and "@" in email else f"<{folded(email)}>"


def _is_forge_team(member: str) -> bool:
    return member.startswith("@") and "/" in member
