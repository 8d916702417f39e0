"""Which host's rules a tree's owners files follow."""

from __future__ import annotations

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.owners import github

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.model import Ownership, Reader


def load(dialect: str, read: Reader, *, remote: str = "", owners_file: str | None = None) -> Ownership:
    if owners_file is not None:
        return github.load(read, (owners_file,))
    return github.load(read)
