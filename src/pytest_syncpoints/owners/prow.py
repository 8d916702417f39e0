"""Prow's OWNERS (Kubernetes): YAML in each directory, adding up towards the top.

Sources: the OWNERS page of kubernetes.dev and ``pkg/repoowners`` of kubernetes-sigs/prow with its tests.

- ``approvers``, ``reviewers``, ``required_reviewers`` and ``labels`` of all directories above a path add up.
- ``options.no_parent_owners`` stops a role at its directory, but only once that role has found somebody.
- ``filters`` maps expressions, searched in the path below the file's directory, to the same keys; they are
  ignored where plain keys stand beside them. ``.*`` covers everything.
- Logins lose ``@`` and case; the top's OWNERS_ALIASES expands one level. Broken YAML is ignored.
- Below ``vendor/``, ``.git`` and ``_output`` files do not count (Prow's default deny list).
"""

from __future__ import annotations

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.owners.model import UNOWNED, Fault, Owned, Ownership, Reason, Rule, Source
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.owners.go_regexp import GoRegexp
    from pytest_syncpoints.owners.model import Reader

FILE, ALIASES = "OWNERS", "OWNERS_ALIASES"
ROLES = ("approvers", "reviewers", "required_reviewers", "labels")


class _Block(Record):
    """Who has which role where an expression (``None``: everywhere) is found in the path."""

    text: str
    expression: GoRegexp | None
    roles: dict[str, tuple[str, ...]]


class _File(Record):
    path: str
    blocks: tuple[_Block, ...]
    no_parent_owners: bool


def load(read: Reader, locations: tuple[str, ...] = ()) -> Ownership:
    """Prepare to read OWNERS files as paths are asked for; raises UsageError where PyYAML is missing."""
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # noqa: F401  # asked for early, so that the remedy comes before any answer
    except ImportError:
        remedy = "python -m pip install 'pytest-syncpoints[prow]'"
        raise UsageError("Prow's OWNERS files are YAML, and PyYAML is not installed", remedy=remedy) from None
    return Layered(read, locations[0] if locations else "")


class Layered(Ownership):
    """The OWNERS files of one tree (or one file, taken as the top's)."""

    def __init__(self, read: Reader, only: str = "") -> None:
        """Take the reader; each directory is read once, when a path below it is asked for."""
        super().__init__("prow")
        self._read = read
        self._only = only
        self._known: dict[str, _File | None] = {}
        self._faults: list[Fault] = []
        self._aliases = self._read_aliases()
        self._file("")

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files read so far."""
        return tuple(file.path for file in self._known.values() if file)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is broken in the files read so far."""
        return tuple(self._faults)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the approvers of the files read so far, one rule a block."""
        files = [file for file in self._known.values() if file]
        return tuple(Rule(f.path, 1, b.text, b.roles.get("approvers", ())) for f in files for b in f.blocks)

    def owners_of(self, path: str) -> Owned:
        """Return the approvers as owners, nearest directory first, and every role."""
        roles: dict[str, tuple[str, ...]] = {}
        source = None
        for role in ROLES:
            found: dict[str, None] = {}
            for file, block in self._blocks(path, role, found):
                found.update(dict.fromkeys(block.roles[role]))
                if role == "approvers" and source is None:
                    source = Source(file.path, 1, block.text)
            if found:
                roles[role] = tuple(found)
        return Owned(roles.get("approvers", ()), "approvers" in roles, source, (), roles) if roles else UNOWNED

    def _blocks(self, path: str, role: str, found: dict[str, None]) -> Iterator[tuple[_File, _Block]]:
        """Yield the blocks that give a role, from the nearest directory up, as long as parents count."""
        directory = path
        while directory:
            directory = directory.rpartition("/")[0]
            file = self._file(directory)
            if file is None:
                continue
            below = path[len(directory) + 1 :] if directory else path
            for block in file.blocks:
                if block.roles.get(role) and (block.expression is None or block.expression.found_in(below)):
                    yield file, block
            if file.no_parent_owners and found:
                return

    def explain(self, path: str) -> tuple[Reason, ...]:
        """Return every block that gives a role, role by role."""
        reasons = []
        for role in ROLES:
            found: dict[str, None] = {}
            for file, block in self._blocks(path, role, found):
                found.update(dict.fromkeys(block.roles[role]))
                verdict = f"adds {role.replace('_', ' ')}"
                if file.no_parent_owners:
                    verdict += "; no_parent_owners stops here"
                reasons.append(Reason(file.path, 1, block.text, block.roles[role], verdict))
        return tuple(reasons)

    def _file(self, directory: str) -> _File | None:
        if directory not in self._known:
            self._known[directory] = None if _denied(directory) else self._read_file(directory)
        return self._known[directory]

    def _read_file(self, directory: str) -> _File | None:
        if self._only and directory:
            return None
        path = self._only or (f"{directory}/{FILE}" if directory else FILE)
        content = self._read(path)
        document = self._document(path, content) if content is not None else None
        if document is None:
            return None
        blocks = self._blocks_of(path, document)
        options = document.get("options")
        stops = isinstance(options, dict) and options.get("no_parent_owners") is True
        return _File(path, tuple(blocks), stops)

    def _document(self, path: str, content: bytes) -> dict[str, Any] | None:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # its stubs are no dependency

        try:
            document = yaml.safe_load(content.decode("utf-8", "replace"))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self._faults.append(Fault(path, line, column, "this is no YAML, so Prow ignores the file"))
            return None
        if document is None:
            return None
        if not isinstance(document, dict):
            self._faults.append(Fault(path, 1, 1, "this is no YAML mapping, so Prow ignores the file"))
            return None
        return document

    def _blocks_of(self, path: str, document: dict[str, Any]) -> list[_Block]:
        plain = self._roles(path, document)
        if plain is None:
            plain = {}
        if plain:
            return [_Block(".*", None, plain)]
        filters = document.get("filters")
        return list(self._filtered(path, filters)) if isinstance(filters, dict) else []

    def _filtered(self, path: str, filters: dict[Any, Any]) -> Iterator[_Block]:
        from pytest_syncpoints.owners.go_regexp import GoRegexp, RefusedError

        for text, keys in filters.items():
            roles = self._roles(path, keys) if isinstance(keys, dict) else None
            if not roles:
                continue
            try:
                expression = None if text == ".*" else GoRegexp(str(text))
            except RefusedError as error:
                self._faults.append(Fault(path, 1, 1, f"the filter {text!r} is refused: {error}"))
                continue
            yield _Block(str(text), expression, roles)

    def _roles(self, path: str, keys: dict[Any, Any]) -> dict[str, tuple[str, ...]] | None:
        """Return who has which role, aliases expanded; ``None`` where a role is no list of names."""
        roles = {}
        for role in ROLES:
            names = keys.get(role)
            if names is None:
                continue
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names if name is not None):
                self._faults.append(Fault(path, 1, 1, f"{role} is no list of names, so Prow ignores the file"))
                return None
            given = [name for name in names if name is not None]
            roles[role] = tuple(dict.fromkeys(given if role == "labels" else self._expanded(given)))
        return {role: names for role, names in roles.items() if names}

    def _expanded(self, names: list[str]) -> Iterator[str]:
        for name in map(_login, names):
            yield from self._aliases.get(name, (name,))

    def _read_aliases(self) -> dict[str, tuple[str, ...]]:
        content = None if self._only else self._read(ALIASES)
        document = self._document(ALIASES, content) if content is not None else None
        aliases = document.get("aliases") if document else None
        if not isinstance(aliases, dict):
            return {}
        expanded = {}
        for alias, members in aliases.items():
            if members is not None and not isinstance(members, list | dict):
                self._faults.append(Fault(ALIASES, 1, 1, f"the alias {alias!r} is no list of members"))
                continue
            expanded[_login(str(alias))] = tuple(_login(str(member)) for member in members or ())
        return expanded


def _login(name: str) -> str:
    return name.strip().removeprefix("@").lower()


def _denied(directory: str) -> bool:
    r"""Say whether Prow's default deny list covers a directory: ``\.git$``, ``_output$``, ``vendor/.*/.*``."""
    vendored = directory.partition("vendor/")[2]
    return "/" in vendored or any(name.endswith((".git", "_output")) for name in directory.split("/"))
