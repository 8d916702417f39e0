"""Trust roots: policy, owners files and their like, as they stand where trust begins, never as a change edits them."""

from __future__ import annotations

from pytest_syncpoints.change import GITLINK, SYMLINK, new_content
from pytest_syncpoints.check import OwnersEdit, PolicyEdit
from pytest_syncpoints.errors import PolicyError, UsageError
from pytest_syncpoints.gather.objects import REGULAR, Objects
from pytest_syncpoints.owners import load
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY, POLICY_PATHS
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.owners import Ownership
    from pytest_syncpoints.policy import Policy

# Tables of pyproject.toml that decide which tests run, and how.
GATE_TABLES = ("pytest", "coverage", "tox")


# What the dialects call their files, in whichever folder.
OWNERS_FILES = ("CODEOWNERS", "OWNERS", "OWNERS_ALIASES")


class TrustRoots:
    """The files of one commit that decide verdicts; with no commit there are none."""

    def __init__(self, objects: Objects, commit: str | None, *, remote: str = "", memory: str = "") -> None:
        """Take the reader, the commit whose tree is trusted, and the remote's URL (it tells whose dialect is meant).

        ``memory`` is the common git directory where a policy once read may be recalled from there.
        """
        self._objects = objects
        self._memory = memory
        self._remote = remote
        self._commit = commit

    def read(self, path: str) -> bytes | None:
        """Return a regular file's content in the trusted tree, ``None`` where there is none."""
        found = self._objects.file(self._commit, path) if self._commit else None
        return found[1] if found else None

    def blob(self, oid: str) -> bytes:
        """Return a blob's content by object id."""
        return self._objects.blob(oid)

    def policy(self) -> Policy:
        """Return the trusted policy: ``syncpoints.toml`` before ``pyproject.toml``; NO_POLICY without either."""
        if self._commit is None:
            return NO_POLICY
        for path in POLICY_PATHS:
            entry = self._objects.entry(self._commit, path)
            if entry is not None and entry.mode not in REGULAR:
                raise _not_a_file(path, entry.mode)
            if entry is None:
                continue
            policy = self._recalled(path, entry.oid) or self._read_policy(path, entry.oid)
            if policy is not None:
                return policy._replace(commit=self._commit)
        return NO_POLICY

    def _recalled(self, path: str, oid: str) -> Policy | None:
        if not self._memory:
            return None
        from pytest_syncpoints.gather.policy_memory import recall_policy

        return recall_policy(self._memory, path, oid)

    def _read_policy(self, path: str, oid: str) -> Policy | None:
        from pytest_syncpoints.gather.toml import read_policy  # here, because most commits recall what was read

        policy = read_policy(self._objects.blob(oid), path=path, commit=self._commit, blob=oid)
        if policy is not None and self._memory:
            from pytest_syncpoints.gather.policy_memory import remember_policy

            remember_policy(self._memory, policy)
        return policy

    def added_policy(self, change: Change) -> Policy:
        """Return the policy that an uncommitted change adds where none is trusted yet."""
        from pytest_syncpoints.gather.toml import read_policy

        for path in POLICY_PATHS:
            content = _added(change, path) if path == POLICY_PATHS[0] else self._edited(change, path)
            policy = read_policy(content, path=path, commit=None, blob=None) if content else None
            if policy is not None:
                return policy
        return NO_POLICY

    def mended_policy(self, change: Change) -> Policy:
        """Return the policy that a staged change makes of one with faults, or nobody could commit what mends it.

        Raises PolicyError where it leaves the faults, or has some of its own.
        """
        from pytest_syncpoints.gather.toml import read_policy

        for path in POLICY_PATHS:
            content = self._edited(change, path)
            policy = read_policy(content, path=path, commit=None, blob=None) if content else None
            if policy is not None:
                return policy
        return self.policy()

    def _edited(self, change: Change, path: str) -> bytes | None:
        file = next((file for file in change.files if file.path == path and file.status in ("A", "M")), None)
        return new_content(self.blob(file.old_oid) if file.status == "M" else b"", file) if file else None

    def ownership(self, policy: Policy, change: Change) -> Ownership:
        """Return who owns what by the trusted owners files; an uncommitted first owners file counts at once."""
        trusted = load(policy.dialect, self.read, remote=self._remote)
        trusted.read_for(file.path for file in change.files)
        if trusted.files or change.head is not None:
            return trusted
        return load(policy.dialect, lambda path: _added(change, path), remote=self._remote)

    def owners_edit(
        self, policy: Policy, change: Change, before: Ownership, list_paths: Callable[[], tuple[str, ...]]
    ) -> OwnersEdit | None:
        """Return what a change makes of the owners files; paths are listed only where it touches one."""
        edited = {file.path: file for file in change.files if _is_owners_file(file.path, before)}
        if not edited:
            return None

        def read(path: str) -> bytes | None:
            file = edited.get(path)
            if file is None:
                return self.read(path)
            if file.status == "D" or file.new_mode not in REGULAR or file.binary:
                return None
            return new_content(self.blob(file.old_oid) if file.status == "M" else b"", file)

        after, paths = load(policy.dialect, read, remote=self._remote), list_paths()
        before.read_for(paths)
        after.read_for(paths)
        return OwnersEdit(after, paths)

    def policy_edit(self, file: FileChange) -> PolicyEdit:
        """Return what a change makes of a policy file."""
        from pytest_syncpoints.gather.toml import read_policy, tool_table

        before = self.blob(file.old_oid) if file.status in ("M", "T", "D") and file.old_mode in REGULAR else b""
        after = new_content(before, file) if file.status != "D" and file.new_mode in REGULAR else b""
        tables: tuple[str, ...] = ()
        if file.path == "pyproject.toml":
            tables = tuple(table for table in GATE_TABLES if tool_table(before, table) != tool_table(after, table))
        try:
            edited = read_policy(after, path=file.path, commit=None, blob=None) if after else None
        except PolicyError as error:
            fault = error.faults[0]
            return PolicyEdit(file.path, None, f"{fault.where}: {fault.message}", tables)
        return PolicyEdit(file.path, edited, "", tables)


def _not_a_file(path: str, mode: str) -> PolicyError:
    """Refuse a policy that is there but cannot be one: passing it over would open the gate."""
    kind = {SYMLINK: "a symbolic link", GITLINK: "a submodule"}.get(mode, "a directory")
    return PolicyError(
        (UsageError(f"{path} is {kind}, expected a file", remedy=f"git rm -r {path}, and write the policy there"),)
    )


def _is_owners_file(path: str, before: Ownership) -> bool:
    return path in before.files or path.rpartition("/")[2] in OWNERS_FILES


def _added(change: Change, path: str) -> bytes | None:
    file = next((file for file in change.files if file.path == path), None)
    if file is None or file.status != "A" or file.new_mode not in REGULAR or file.binary:
        return None
    return new_content(b"", file)


class Known(Record):
    """What the trusted tree knows: its policy, and who is who."""

    policy: Policy
    people: People


def known_at_head(repository: Repository) -> Known:
    """Return policy and people as HEAD has them (what a message being written is held against)."""
    with Objects(repository) as objects:
        trust = TrustRoots(objects, objects.commit("HEAD"))
        policy = trust.policy()
        return Known(policy, People.build(policy, trust.read(".mailmap") or b""))
