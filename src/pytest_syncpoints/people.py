"""People: which identities are one person, who is a machine, and who belongs to a team."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.mailmap import Mailmap, folded
from pytest_syncpoints.pattern import glob_matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_syncpoints.policy import Policy, Team

# Identities that are machines everywhere. Accounts of GitHub apps end in [bot] (docs.github.com, "About apps"),
# GitLab's bots have names and addresses of its bot, project-token and service-account forms (docs.gitlab.com,
# "Project access tokens", "Service accounts"); noreply@github.com commits what is merged or edited on the web.
MACHINES: tuple[str, ...] = (
    "*[bot]",
    "*[bot]@*",
    "*+*[bot]@users.noreply.github.com",
    "project_*_bot*@noreply.*",
    "group_*_bot*@noreply.*",
    "@project_*_bot*",
    "@group_*_bot*",
    "@service_account_*",
    "service_account_*@noreply.*",
    "noreply@github.com",
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
    "* (aider)",
    "openhands@all-hands.dev",
    "amp@ampcode.com",
    "devin-ai-integration*",
    "codex@openai.com",
    "gemini-code-assist*",
)


class People:
    """Who is who, by the policy's ``[people]``, the base's ``.mailmap`` and a forge's facts; built once a review."""

    __slots__ = ("_by_identity", "_forge_teams", "_joined", "_kinds", "_machines", "_mailmap", "_names")

    def __init__(
        self,
        policy: Policy,
        mailmap: Mailmap,
        identities: Iterable[tuple[str, str]] = (),
        team_members: Mapping[str, tuple[str, ...] | None] | None = None,
    ) -> None:
        """Index every identity of the policy, then join what the forge says of handles and e-mails."""
        self._mailmap = mailmap
        self._names = frozenset(entry.name for entry in policy.people)
        listed = [(who, entry.name) for entry in policy.people for who in entry.identities]
        self._by_identity = {handle: name for who, name in listed if (handle := _handle_of(who))}
        self._by_identity.update({folded(self._mailed(who)): name for who, name in listed})
        self._by_identity.update({folded(who): name for who, name in listed})  # what is listed stands above the mailmap
        self._machines = tuple(folded(pattern) for pattern in (*MACHINES, *policy.machine.authors))
        self._forge_teams = {_bare(name): members for name, members in (team_members or {}).items()}
        self._kinds = {self.named(entry.name): {_kind(who) for who in entry.identities} for entry in policy.people}
        self._joined: dict[str, str] = {}
        for handle, email in identities:
            self._join(f"@{_bare(handle)}", email)

    @classmethod
    def build(
        cls,
        policy: Policy,
        mailmap: bytes = b"",
        identities: Iterable[tuple[str, str]] = (),
        team_members: Mapping[str, tuple[str, ...] | None] | None = None,
    ) -> People:
        """Return the people of a policy, a ``.mailmap``'s content and a forge's facts.

        ``identities`` are pairs of handle and e-mail; ``team_members`` the handles of each forge team,
        ``None`` where they could not be read.
        """
        return cls(policy, Mailmap(mailmap), identities, team_members)

    def _join(self, handle: str, email: str) -> None:
        """Take a handle and an e-mail for one person, under the key the policy or an earlier pair gave either."""
        if handle == "@" or "@" not in email:
            return
        keys = (self.resolve(Person("", "", handle[1:])), self.resolve(Person("", email)))
        key = next((key for key in keys if key.startswith("people/")), None)
        key = key or self._joined.get(handle) or keys[1]
        for identity in (handle, keys[1]):
            if not identity.startswith("people/"):
                self._joined[identity] = key
        self._kinds.setdefault(key, set()).update(("handle", "e-mail"))

    def resolve(self, person: Person) -> str:
        """Return one key a person: the ``[people]`` entry, else the e-mail by ``.mailmap``, else the forge handle.

        A forge's no-reply address is the handle in it.
        """
        mapped = self._mailmap.person(person)
        for identity in (person.email, mapped.email):
            name = None if identity.startswith("@") else self._by_identity.get(folded(identity))
            if name is not None:
                return self.named(name)
        handle = f"@{folded(person.handle)}" if person.handle else _handle_of(mapped.email)
        name = self._by_identity.get(handle)
        if name is not None:
            return self.named(name)
        plain = _handle_of(mapped.email) or (_mail_key(mapped.email) if mapped.email else handle)
        return self._joined.get(plain, plain)

    def _mailed(self, identity: str) -> str:
        """Return what the mailmap makes of an e-mail; a handle stays as it is."""
        return identity if identity.startswith("@") else self._mailmap.person(Person("", identity)).email

    def named(self, name: str) -> str:
        """Return the key of a ``[people]`` entry; no e-mail or handle can look like it."""
        return f"people/{name}"

    def called(self, person: Person) -> str:
        """Return what people call somebody: the ``[people]`` name, else the own name, else handle or e-mail."""
        key = self.resolve(person)
        if key.startswith("people/"):
            return key.removeprefix("people/")
        return person.name or person.handle or person.email

    def _keys(self, person: Person) -> set[str]:
        """Return every key somebody answers to: a forge may state a handle and an e-mail that nothing else joins."""
        handles = {person.handle, _handle_of(person.email)[1:]} - {""}
        return {self.resolve(person), *(self.resolve(Person("", "", handle)) for handle in handles)}

    def _known_by(self, person: Person) -> set[str]:
        """Return what is known of somebody: a handle, an e-mail, or both."""
        mapped = self._mailmap.person(person).email
        identities = (f"@{person.handle}" if person.handle else "", person.email, mapped)
        kinds = {_kind(text) for text in identities if text}
        return kinds.union(*(self._kinds.get(key, ()) for key in self._keys(person)))

    def same(self, first: Person, second: Person) -> bool:
        """Say whether two identities are known to be one person."""
        return bool(self._keys(first) & self._keys(second))

    def can_tell_apart(self, first: Person, second: Person) -> bool:
        """Say whether two identities are known to be two people: of each a handle, or of each an e-mail is known."""
        return not self.same(first, second) and bool(self._known_by(first) & self._known_by(second))

    def is_member(self, person: Person, team: Team) -> bool | None:
        """Say whether somebody is in a team; ``None`` where its members are on a forge and nobody here can tell.

        Whose handle and e-mail are of two people is in no team: one of the two is not theirs.
        """
        keys = self._keys(person)
        if sum(key.startswith("people/") for key in keys) > 1:
            return False
        answers = [self._is(key, member) for member in team.members for key in keys]
        return True if True in answers else (None if None in answers else False)

    def _is(self, key: str, member: str) -> bool | None:
        """Say whether a key is a member's, or one of a forge team's."""
        if not self._is_forge_team(member):
            return key == self.key_of(member)
        handles = self._forge_teams.get(_bare(member))
        if handles is None:
            return None
        return any(key == self.resolve(Person("", "", _bare(handle))) for handle in handles)

    def member_keys(self, team: Team) -> frozenset[str]:
        """Return the keys of everybody known to be in a team; those of a forge's team only where the forge told."""
        keys = {self.key_of(member) for member in team.members if not self._is_forge_team(member)}
        for member in team.members:
            for handle in self._forge_teams.get(_bare(member)) or ():
                keys.add(self.resolve(Person("", "", _bare(handle))))
        return frozenset(keys)

    def unreadable(self, team: Team) -> tuple[str, ...]:
        """Return the forge teams among a team's members whose own members are not known here."""
        return tuple(m for m in team.members if self._is_forge_team(m) and self._forge_teams.get(_bare(m)) is None)

    def _is_forge_team(self, member: str) -> bool:
        """Say whether a member is a forge's team or role: ``@org/team``, ``@@role``, or a name the forge listed."""
        team = member.startswith("@") and ("/" in member or member.startswith("@@"))
        return team or (member.startswith("@") and _bare(member) in self._forge_teams)

    def is_visible(self, member: str) -> bool:
        """Say whether commits could show a person: one of theirs is an e-mail, which is what commits hold."""
        return "e-mail" in self._kinds.get(self.key_of(member), ()) or _kind(member) == "e-mail"

    def key_of(self, member: str) -> str:
        """Return the key of an entry's name, a handle or an e-mail, as ``resolve`` does of a person."""
        if member in self._names:
            return self.named(member)
        return self.resolve(Person("", "", member[1:]) if member.startswith("@") else Person("", member))

    def is_machine(self, person: Person) -> bool:
        """Say whether an identity is a machine's, by the built-in list or the policy's ``[machine] authors``."""
        mapped = self._mailmap.person(person)
        stated = {person.name, person.email, person.handle, mapped.name, mapped.email, f"@{person.handle}"}
        identities = [folded(text) for text in stated - {"", "@"}]
        return any(glob_matches(pattern, text) for pattern in self._machines for text in identities)


def _mail_key(email: str) -> str:
    """Return an e-mail's key; git takes any text for an e-mail, and none may look like a handle or an entry."""
    return folded(email) if email.partition("@")[0] and "@" in email else f"<{folded(email)}>"


def _kind(identity: str) -> str:
    return "handle" if identity.startswith("@") or _handle_of(identity) else "e-mail"


def _handle_of(email: str) -> str:
    """Return the ``@handle`` in a forge's no-reply address, else nothing.

    ``[ID+]NAME@users.noreply.github.com`` and GitLab's ``ID-NAME@users.noreply.gitlab.com``, likewise on other hosts
    (docs.github.com, "Setting your commit email address"; docs.gitlab.com, "Use an automatically-generated private
    commit email").
    """
    name, _, host = folded(email).rpartition("@")
    if not name or not host.startswith("users.noreply."):
        return ""
    number, plus, rest = name.partition("+")
    if plus and number.isdigit():
        return f"@{rest}"
    number, dash, rest = name.partition("-")
    return f"@{rest}" if dash and number.isdigit() and host != "users.noreply.github.com" else f"@{name}"


def _bare(handle: str) -> str:
    """Return a handle or a forge's team as it is compared: without its ``@``, in lower case."""
    return folded(handle.removeprefix("@"))
