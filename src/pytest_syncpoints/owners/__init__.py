"""Who owns which path: owners files of every dialect, resolved exactly and at once.

One entry: ``load(dialect, read)``. Each dialect is a module of its own beside this one and states its rules with
their sources; GitHub and Bitbucket share ``ruleset.py``, Chromium and Gerrit ``addresses.py``, and all of them one
glob core. The modules are imported when their dialect is asked for.
"""

from __future__ import annotations

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.owners.ownership import (
    NO_OWNERS,
    UNOWNED,
    Explained,
    Fault,
    Owned,
    OwnedSection,
    Ownership,
    Rule,
    Source,
)

__all__ = [
    "DIALECTS",
    "NO_OWNERS",
    "UNOWNED",
    "Explained",
    "Fault",
    "Owned",
    "OwnedSection",
    "Ownership",
    "Rule",
    "Source",
    "load",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.owners.ownership import Read

DIALECTS = ("github", "gitlab", "gitea", "bitbucket", "prow", "chromium", "gerrit")


def load(dialect: str, read: Read, *, remote: str = "", owners_file: str | None = None) -> Ownership:
    """Return what the owners files of a tree say.

    ``dialect`` is one of ``DIALECTS``, or ``auto``, which ``detect.py`` decides from the files that are there and the
    ``remote`` (a URL, or empty). ``read`` returns the bytes of a regular file of the tree under judgement, or
    ``None``. ``owners_file`` names the one file to use in place of the dialect's own locations (per-directory
    dialects: in place of the root's). Without any owners file nobody owns anything. Raises ``UsageError`` for an
    unknown dialect, or an ``owners_file`` that is not there.
    """
    if owners_file is not None and read(owners_file) is None:
        raise UsageError(f"there is no owners file {owners_file}", remedy="name a file of this tree")
    if dialect == "auto":
        from pytest_syncpoints.owners.detect import detect

        dialect = detect(read, remote, owners_file)
    if dialect in ("prow", "chromium", "gerrit"):
        return _load_tree(dialect, read, owners_file)
    if dialect in DIALECTS:
        return _load_file(dialect, read, owners_file)
    if dialect:
        raise UsageError(f"no dialect is called {dialect!r}", remedy=f"choose one of auto, {', '.join(DIALECTS)}")
    return NO_OWNERS


def _load_tree(dialect: str, read: Read, owners_file: str | None) -> Ownership:
    if dialect == "prow":
        from pytest_syncpoints.owners.prow import Prow

        return Prow(read, owners_file)
    if dialect == "chromium":
        from pytest_syncpoints.owners import chromium

        return chromium.load(read, owners_file)
    from pytest_syncpoints.owners import gerrit

    return gerrit.load(read, owners_file)


def _load_file(dialect: str, read: Read, owners_file: str | None) -> Ownership:
    locations, load_file = _module(dialect)
    for file in locations if owners_file is None else (owners_file,):
        data = read(file)
        if data is not None:
            return load_file(file, data)
    return NO_OWNERS


def _module(dialect: str) -> tuple[tuple[str, ...], Callable[[str, bytes], Ownership]]:
    """Return where a dialect's one file may be, and what reads it."""
    if dialect == "github":
        from pytest_syncpoints.owners import github

        return github.LOCATIONS, github.load
    if dialect == "gitlab":
        from pytest_syncpoints.owners import gitlab

        return gitlab.LOCATIONS, gitlab.load
    if dialect == "gitea":
        from pytest_syncpoints.owners import gitea

        return gitea.LOCATIONS, gitea.load
    from pytest_syncpoints.owners import bitbucket

    return bitbucket.LOCATIONS, bitbucket.load
