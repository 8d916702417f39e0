"""Prow's OWNERS: who approves and who reviews, by directory, in YAML.

Sources: ``pkg/repoowners/repoowners.go`` of kubernetes-sigs/prow and its tests; kubernetes.io "OWNERS files".

- ``approvers``, ``reviewers`` and ``required_reviewers`` of a directory and of all above it add up.
  ``options.no_parent_owners`` stops this for a role, and only once somebody was found for it.
- ``filters`` maps Go regular expressions, searched in the path as seen from the directory, to such lists
  (``.*`` is everything); they are ignored where the plain keys name anybody. One that Go refuses is skipped.
- Logins lose one ``@`` in front and their case. ``OWNERS_ALIASES`` at the root names groups; an alias inside an
  alias stays a login.
- A file that is no YAML, or whose lists are no lists, counts for nothing. Unquoted, a login cannot begin with
  ``@``: that is no YAML.
- Directories named ``.git`` or ``_output`` (or ending so), and those two or more levels below ``vendor/``, are not
  looked into: the server's default deny list.
- ``owners`` are the approvers; a path is ``matched`` when there is one. ``roles`` holds what was found, labels too.
"""

from __future__ import annotations

from pytest_syncpoints.owners.go_regexp import Expression, InvalidExpression
from pytest_syncpoints.owners.ownership import UNOWNED, Explained, Fault, Owned, Rule, unique
from pytest_syncpoints.owners.prow_file import (
    LISTS,
    ROLES,
    WrongType,
    first_line,
    get,
    lists_of,
    mapping,
    members_of,
    no_parent_owners,
    parse,
)
from pytest_syncpoints.owners.tree import WHOLE_DIRECTORY, Tree, adds_up, below, directories_up
from pytest_syncpoints.owners.yaml_flow import NotYaml
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.ownership import Read
    from pytest_syncpoints.owners.yaml_flow import Node

ALIASES = "OWNERS_ALIASES"
_EVERYTHING = ".*"


class Grant(Record):
    """What one set of lists gives to the files an expression is found in (``None``: to all)."""

    rule: Rule
    expression: Expression | None
    roles: dict[str, tuple[str, ...]]


class Config(Record):
    """One OWNERS file."""

    grants: tuple[Grant, ...]
    no_parent_owners: bool


_NOTHING = Config((), False)


class Prow(Tree):
    """The OWNERS files of one tree."""

    dialect = "prow"

    def __init__(self, read: Read, root_file: str | None = None) -> None:
        """Nothing is read before the first question."""
        super().__init__(read, root_file)
        self._configs: dict[str, Config] = {}
        self._members: dict[str, tuple[str, ...]] | None = None

    def owners_of(self, path: str) -> Owned:
        """Return who approves changes to a path, and everybody with a role."""
        roles: dict[str, list[str]] = {}
        first: dict[str, Rule] = {}
        for grant, open_roles in self._grants_for(path):
            for role in open_roles:
                if grant.roles[role]:
                    roles.setdefault(role, []).extend(grant.roles[role])
                    first.setdefault(role, grant.rule)
        if not first:
            return UNOWNED
        everybody = {role: unique(roles[role]) for role in LISTS if role in roles}
        approvers = everybody.get("approvers", ())
        return Owned(approvers, bool(approvers), first["approvers"].source if approvers else None, (), everybody)

    def explain(self, path: str) -> tuple[Explained, ...]:
        """Return every set of lists that applies to a path, nearest first."""
        found: list[Explained] = []
        for grant, open_roles in self._grants_for(path, to_the_root=True):
            gives = [role for role in open_roles if grant.roles[role]]
            closed = [role for role in LISTS if grant.roles[role] and role not in open_roles]
            if gives:
                found.append(adds_up(grant.rule))
            elif closed:
                why = f"no_parent_owners further in has closed {', '.join(closed)}"
                found.append(Explained(grant.rule, False, why))
        return tuple(found)

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether a set of lists applies to a path."""
        inside = below(rule.directory, path)
        grants = self._config(rule.directory).grants
        return inside is not None and any(grant.rule == rule and _applies(grant, inside) for grant in grants)

    def _grants_for(self, path: str, *, to_the_root: bool = False) -> list[tuple[Grant, tuple[str, ...]]]:
        """Return what applies to a path, with the roles still open when its directory is reached."""
        found: list[tuple[Grant, tuple[str, ...]]] = []
        open_roles: tuple[str, ...] = LISTS
        filled: set[str] = set()
        for directory in directories_up(path):
            config = self._config(directory)
            inside = below(directory, path) or ""
            for grant in config.grants:
                if _applies(grant, inside):
                    found.append((grant, open_roles))
                    filled.update(role for role in open_roles if grant.roles[role])
            if config.no_parent_owners:
                open_roles = tuple(role for role in open_roles if role not in filled)
            if not open_roles and not to_the_root:
                break
        return found

    def _config(self, directory: str) -> Config:
        config = self._configs.get(directory)
        if config is None:
            config = self._configs[directory] = self._load(directory)
        return config

    def _load(self, directory: str) -> Config:
        file = self._path_in(directory)
        data = None if is_denied(directory) else self._read(file)
        if data is None:
            return _NOTHING
        self._rules[file] = ()
        node = self._yaml(file, data)
        if node is None:
            return _NOTHING
        config = self._understand(file, directory, node)
        self._rules[file] = tuple(grant.rule for grant in config.grants)
        return config

    def _yaml(self, file: str, data: bytes) -> Node | None:
        try:
            return parse(file, data)
        except NotYaml as broken:
            self._fault(file, broken.line, f"this is no YAML ({broken.reason}): Prow ignores the file", "")
        return None

    def _understand(self, file: str, directory: str, node: Node) -> Config:
        """Read the plain keys; where they are broken or name nobody, the filters, as the server does."""
        problem: WrongType | None = None
        try:
            lists, options = lists_of(node), no_parent_owners(node)
            if any(lists.values()):
                if get(node, "filters") is not None:
                    message = "filters are ignored where plain keys name anybody"
                    self._fault(file, node.line, message, "use one of the two", skipped=False)
                line = first_line(node, LISTS)
                return Config((self._grant(file, directory, line, None, lists),), options)
        except WrongType as wrong:
            problem = wrong
        try:
            grants = tuple(self._filters(file, directory, node))
            options = no_parent_owners(node)
        except WrongType as wrong:
            problem, grants, options = wrong, (), False
        if problem is not None:
            self._fault(file, problem.line, f"{problem.message}: Prow ignores it", "write a list of logins")
        return Config(grants, options)

    def _filters(self, file: str, directory: str, node: Node) -> list[Grant]:
        filters = get(node, "filters")
        grants: list[Grant] = []
        for key, value in mapping(filters, "filters"):
            lists = lists_of(value)
            try:
                expression = None if key.text == _EVERYTHING else Expression(key.text)
            except InvalidExpression as invalid:
                message = f"{invalid.reason}: Prow skips this filter"
                self._fault(file, key.line, message, "write a Go regular expression")
                continue
            grants.append(self._grant(file, directory, key.line, (key.text, expression), lists))
        return grants

    def _grant(
        self,
        file: str,
        directory: str,
        line: int,
        condition: tuple[str, Expression | None] | None,
        lists: dict[str, tuple[str, ...]],
    ) -> Grant:
        roles = {role: self._people(lists[role]) for role in ROLES}
        roles["labels"] = unique(list(lists["labels"]))
        pattern, expression = condition or (WHOLE_DIRECTORY, None)
        return Grant(Rule(file, line, pattern, roles["approvers"], None, False, directory), expression, roles)

    def _people(self, logins: tuple[str, ...]) -> tuple[str, ...]:
        if self._members is None:
            self._members = self._load_aliases()
        people: list[str] = []
        for login in logins:
            name = normalized(login)
            people += self._members.get(name, (name,))
        return unique(people)

    def _load_aliases(self) -> dict[str, tuple[str, ...]]:
        data = self._read(ALIASES)
        node = None if data is None else self._yaml(ALIASES, data)
        if data is None or node is None:
            return {}
        self._rules.setdefault(ALIASES, ())
        members: dict[str, tuple[str, ...]] = {}
        try:
            aliases = mapping(get(node, "aliases"), "aliases")
        except WrongType as wrong:
            self._fault(ALIASES, wrong.line, f"{wrong.message}: Prow ignores the aliases", "map each alias to a list")
            return {}
        for key, value in aliases:
            try:
                members[normalized(key.text)] = tuple(normalized(login) for login in members_of(value))
            except WrongType as wrong:
                self._fault(ALIASES, wrong.line, f"{wrong.message}: no alias", "write a list of logins")
        return members

    def _fault(self, file: str, line: int, message: str, remedy: str, *, skipped: bool = True) -> None:
        self._faults.setdefault(file, []).append(Fault(file, line, 1, message, remedy, skipped))


def normalized(login: str) -> str:
    """Return a login as Prow compares it."""
    return login.lower().removeprefix("@")


def is_denied(directory: str) -> bool:
    """Say whether the server's default deny list covers a directory or one above it."""
    inside = ""
    for name in directory.split("/"):
        inside = f"{inside}/{name}" if inside else name
        if inside.endswith((".git", "_output")):
            return True
    _, vendored, rest = directory.partition("vendor/")
    return bool(vendored) and "/" in rest


def _applies(grant: Grant, inside: str) -> bool:
    return grant.expression is None or grant.expression.search(inside)
