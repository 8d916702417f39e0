"""`syncpoints init`: a first policy from the repository's own past, hooks and CI; shown, or written where none is."""

from __future__ import annotations

import difflib
import os

from pytest_syncpoints.first_policy import PATTERNS, policy_text
from pytest_syncpoints.gather.git import Discovery, answer, remote_url
from pytest_syncpoints.gather.past import observe
from pytest_syncpoints.output import write_new
from pytest_syncpoints.owners import load
from pytest_syncpoints.policy import POLICY_PATHS
from pytest_syncpoints.record import Record
from pytest_syncpoints.render.escape import visible
from pytest_syncpoints.shipped import ci_file
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.gather.git import Repository

HOOKS_FILE = ".pre-commit-config.yaml"
HOOKS = f"""\
  - repo: https://github.com/pytest-syncpoints/pytest-syncpoints
    rev: v{VERSION}
    hooks:
      - id: syncpoints
      - id: syncpoints-fix  # rewrites what breaks a norm that names its replacement
      - id: syncpoints-policy
      - id: syncpoints-prepare-message
      - id: syncpoints-message
      - id: syncpoints-push
"""
HOOK_TYPES = "default_install_hook_types: [pre-commit, prepare-commit-msg, commit-msg, pre-push]\n"
# By a word of the remote's address, or a path that only this host's repositories have: the file and what to copy.
CI: tuple[tuple[str, str, str, str], ...] = (
    ("github", ".github/", ".github/workflows/syncpoints.yml", "github-actions.yml"),
    ("gitlab", ".gitlab-ci.yml", ".gitlab-ci.yml", "gitlab-ci.yml"),
)


class Proposed(Record):
    """One file: its path, what it would hold, and what stands there already (``None``: nothing).

    ``settled`` is true where what stands there needs nothing more; ``addition`` is what to add by hand where it does.
    """

    path: str
    text: str
    present: str | None = None
    settled: bool = False
    addition: str = ""


def init(*, write: bool) -> str:
    """Return what would be written as a diff; with ``write``, write what is not there and say so.

    What exists is never changed: for that the text says what to add. Raises CannotEvaluate outside a repository.
    """
    repository = Discovery().repository()
    top = repository.top or os.getcwd()
    proposed = list(_proposed(repository, top))
    if write:
        return "".join(_written(top, one) for one in proposed) + _next_steps()
    shown = "".join(_shown(one) for one in proposed)
    missing = any(one.present is None for one in proposed)
    return shown + ("Nothing is written yet: syncpoints init --write\n" if missing else _next_steps())


def _proposed(repository: Repository, top: str) -> Iterator[Proposed]:
    yield _policy(repository, top)
    yield _hooks(top)
    tracked = os.fsdecode(answer(repository, "ls-files", "-z", "--full-name")).split("\0")
    address = remote_url(repository).lower()
    for word, sign, path, source in CI:
        if word in address or any(one.startswith(sign) for one in tracked):
            yield _ci(top, path, ci_file(source))
            return


def _policy(repository: Repository, top: str) -> Proposed:
    for path in POLICY_PATHS:
        present = _read(top, path)
        if present is not None and (path == POLICY_PATHS[0] or "[tool.syncpoints" in present):
            return Proposed(path, "", present, settled=True)
    ownership = load("auto", lambda path: _bytes(top, path))
    return Proposed(POLICY_PATHS[0], policy_text(observe(repository, PATTERNS), ownership))


def _hooks(top: str) -> Proposed:
    present = _read(top, HOOKS_FILE)
    settled = present is not None and "syncpoints" in present
    return Proposed(HOOKS_FILE, f"{HOOK_TYPES}repos:\n{HOOKS}", present, settled, f"below `repos:`\n{HOOKS}")


def _ci(top: str, path: str, text: str) -> Proposed:
    present = _read(top, path)
    settled = present is not None and "syncpoints" in present
    return Proposed(path, text, present, settled, f"the jobs of\n{text}" if not settled else "")


def _bytes(top: str, path: str) -> bytes | None:
    full = os.path.join(top, path)
    if os.path.islink(full) or not os.path.isfile(full):
        return None
    with open(full, "rb") as file:
        return file.read()


def _read(top: str, path: str) -> str | None:
    """Return a file's text; what is there and is no regular file counts as present, and empty."""
    content = _bytes(top, path)
    if content is None:
        return "" if os.path.lexists(os.path.join(top, path)) else None
    return content.decode("utf-8", "replace")


def _shown(one: Proposed) -> str:
    if one.present is not None:
        return _kept(one)
    lines = difflib.unified_diff([], one.text.splitlines(keepends=True), "/dev/null", f"b/{one.path}")
    return "".join(f"{visible(line.rstrip())}\n" for line in lines) + "\n"


def _kept(one: Proposed) -> str:
    if one.settled:
        return f"{one.path} is there already and stays as it is.\n"
    return f"{one.path} is there already and stays as it is; add {one.addition}\n"


def _written(top: str, one: Proposed) -> str:
    if one.present is not None:
        return _kept(one)
    if write_new(os.path.join(top, one.path), one.text.encode("utf-8", "backslashreplace")):
        return f"wrote {one.path}\n"
    return _kept(one)


def _next_steps() -> str:
    return (
        "Next: read syncpoints.toml, keep what is true, and check it: syncpoints lint\n"
        "      install the hooks: pre-commit install\n"
        "      see it work: syncpoints check --commit HEAD\n"
    )
