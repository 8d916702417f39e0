"""`syncpoints lint`: the policy and the owners files, checked both ways against the paths git tracks."""

from __future__ import annotations

import os
import time

from pytest_syncpoints.errors import BLOCKED, CLEAR, PolicyError, UsageError
from pytest_syncpoints.gather.activity import active_people
from pytest_syncpoints.gather.git import Discovery, answer, remote_url
from pytest_syncpoints.gather.objects import REGULAR, Objects
from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.owners import load
from pytest_syncpoints.owners_lint import lint_owners, lint_quiet, visible_owners
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY, POLICY_PATHS
from pytest_syncpoints.policy_lint import LintFault, lint_policy
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.owners import Ownership
    from pytest_syncpoints.policy import Policy

    Read = Callable[[str], bytes | None]


class Linted(Record):
    """What lint found, and in what: ``policy`` is the path of the policy, ``None`` where there is none."""

    policy: str | None
    owners: tuple[str, ...]
    tracked: int
    faults: tuple[LintFault, ...]

    @property
    def status(self) -> int:
        """Return the exit status: notes fail nothing."""
        return BLOCKED if any(fault.level == "fault" for fault in self.faults) else CLEAR


def lint(*, staged: bool) -> Linted:
    """Lint the files of the worktree, or as they are staged; raises PolicyError for a policy that does not validate.

    What is staged answers for what it brings in: a fault that ``HEAD`` has too is a note.
    """
    repository = Discovery().repository()
    entries = _index(repository)
    if not staged:
        return _linted(repository, _on_disk(repository.top or os.getcwd()), tuple(entries), history=True)
    with Objects(repository) as objects:
        linted = _linted(repository, _staged(objects, entries), tuple(entries), history=False)
        return _new_faults_only(linted, repository, objects) if linted.status else linted


def _new_faults_only(linted: Linted, repository: Repository, objects: Objects) -> Linted:
    head = objects.commit("HEAD")
    if head is None:
        return linted
    listed = answer(repository, "ls-tree", "-r", "-z", "--full-tree", "--name-only", head)
    tracked = tuple(name for name in os.fsdecode(listed).split("\0") if name)
    try:
        before = _linted(repository, lambda path: (objects.file(head, path) or ("", None))[1], tracked, history=False)
    except (PolicyError, UsageError):
        return linted
    known = {_lasting(fault) for fault in before.faults}
    faults = (fault._replace(level="note") if _lasting(fault) in known else fault for fault in linted.faults)
    return linted._replace(faults=tuple(faults))


def _lasting(fault: LintFault) -> tuple[str, str]:
    """Return what stays of a fault when lines move."""
    return fault.path, "".join(symbol for symbol in fault.message if not symbol.isdigit())


def worktree_policy(repository: Repository) -> Policy:
    """Return the worktree's policy, an empty one where there is none; raises PolicyError where it does not validate."""
    return _policy(_on_disk(repository.top or os.getcwd()))[0]


def _index(repository: Repository) -> dict[str, tuple[str, str]]:
    """Return mode and object id of every tracked path."""
    listed = answer(repository, "ls-files", "-z", "--stage", "--full-name").split(b"\0")
    rows = (os.fsdecode(row).partition("\t") for row in listed if row)
    return {path: (header.split(" ")[0], header.split(" ")[1]) for header, _, path in rows}


def _staged(objects: Objects, entries: dict[str, tuple[str, str]]) -> Read:
    def read(path: str) -> bytes | None:
        mode, oid = entries.get(path, ("", ""))
        if mode and mode not in REGULAR:
            _refuse_policy(path)
        return objects.blob(oid) if mode in REGULAR else None

    return read


def _refuse_policy(path: str) -> None:
    """Say that the policy is no regular file: reviews follow no link and would refuse it too."""
    if path == POLICY_PATHS[0]:
        raise UsageError(f"{path} is not a regular file", remedy="write the policy itself there")


def _on_disk(top: str) -> Read:
    def read(path: str) -> bytes | None:
        full = os.path.join(top, path)
        if os.path.islink(full) or not os.path.isfile(full):  # reviews read regular files only
            if os.path.lexists(full):
                _refuse_policy(path)
            return None
        try:
            with open(full, "rb") as file:
                return file.read()
        except OSError as error:
            raise UsageError(f"{path!r} cannot be read: {error.strerror}", remedy=f"ls -l {path!r}") from error

    return read


def _linted(repository: Repository, read: Read, tracked: tuple[str, ...], *, history: bool) -> Linted:
    policy, text, idle = _policy(read)
    today = time.strftime("%Y-%m-%d", time.gmtime())
    faults = [*idle]
    if policy.path is not None:
        faults += lint_policy(policy, text, tracked, today)
    ownership = load(policy.dialect, read, remote=remote_url(repository))
    faults += lint_owners(ownership, tracked, policy)
    faults += _quiet(repository, ownership, policy, read) if history else ()
    return Linted(policy.path, tuple(ownership.files), len(tracked), tuple(faults))


def _quiet(repository: Repository, ownership: Ownership, policy: Policy, read: Read) -> tuple[LintFault, ...]:
    """Return notes on silent owners; a commit hook does not wait for history."""
    people = People.build(policy, read(".mailmap") or b"")
    if not visible_owners(ownership, policy, people):
        return ()
    active = active_people(repository, "HEAD", time.time())
    if active is None:
        return ()
    return lint_quiet(ownership, policy, people, frozenset(people.resolve(person) for person in active))


def _policy(read: Read) -> tuple[Policy, str, list[LintFault]]:
    """Return the policy that reviews would take, its text, and a note on one that they would pass over."""
    found, text, idle = NO_POLICY, "", []
    for path in POLICY_PATHS:
        content = read(path)
        if content is None:
            continue
        try:
            policy = read_policy(content, path=path, commit=None, blob=None)
        except PolicyError:
            if found.path is None:
                raise
            continue  # passed over anyway
        if policy is not None and found.path is None:
            found, text = policy, _text(content)
        elif policy is not None:
            idle.append(_passed_over(path, content, found.path))
    return found, text, idle


def _passed_over(path: str, content: bytes, taken: str | None) -> LintFault:
    from pytest_syncpoints.toml_locator import Locator

    line, column = Locator(_text(content)).position(("tool", "syncpoints"))
    message = f"[tool.syncpoints] is passed over: {taken} is the policy"
    return LintFault(path, line, column, "fault", message, "keep one of the two")


def _text(content: bytes) -> str:
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n")


def as_text(linted: Linted) -> str:
    """Return ``file:line:column: level message`` per fault, its remedy below it, and one closing line."""
    from pytest_syncpoints.render.escape import visible

    lines = []
    for fault in linted.faults:
        lines.append(visible(f"{fault.path}:{fault.line}:{fault.column}: {fault.level} {fault.message}"))
        if fault.remedy:
            lines.append(f"  {visible(fault.remedy)}")
    return "\n".join([*lines, _closing(linted)]) + "\n"


def _closing(linted: Linted) -> str:
    from pytest_syncpoints.render.escape import visible

    levels = [fault.level for fault in linted.faults]
    counted = [_count(levels.count("fault"), "fault"), _count(levels.count("note"), "note")]
    said = " and ".join(text for text in counted if text) or "clean"
    files = [path for path in (linted.policy, *linted.owners) if path is not None]
    looked = ", ".join(files) if files else "no policy and no owners file"
    return visible(f"lint: {said}; {looked}, against {_count(linted.tracked, 'tracked file') or 'no tracked file'}")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}" if number else ""


def as_json(linted: Linted) -> str:
    """Return the same as JSON: ``{"policy", "owners", "tracked", "faults": [...]}``."""
    import json

    faults = [fault._asdict() for fault in linted.faults]
    value = {"policy": linted.policy, "owners": linted.owners, "tracked": linted.tracked, "faults": faults}
    return json.dumps(value, indent=2).encode("ascii", "backslashreplace").decode() + "\n"
