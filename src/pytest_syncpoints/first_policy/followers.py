"""Followers: documents that moved when a part moved, so that one left behind can be told."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.first_policy.observed import PastCommit
    from pytest_syncpoints.first_policy.parts import Part

FEWEST = 4  # changes together below which it may be chance
SHARE = 0.5  # of the document's own changes: fewer, and it follows something else
MOST = 2
_DOCUMENTS = (".md", ".rst", ".adoc", ".txt")
# Documents that every change may touch, whatever it is about.
_EVERYBODYS = ("change", "news", "history", "release", "readme", "requirements", "authors", "contributors", "todo")


class Follower(Record):
    """A document: how often it changed, and how often of that together with the part."""

    path: str
    changes: int
    together: int


def followers(part: Part, commits: Sequence[PastCommit], tracked: Sequence[str]) -> list[Follower]:
    """Return the documents outside a part most of whose changes came with it, the most often first."""
    documents = {path for path in tracked if _is_document(path) and not path.startswith(part.path)}
    changes: dict[str, int] = {}
    together: dict[str, int] = {}
    for commit in commits:
        touched = [path for path in commit.paths if path in documents]
        if not touched:
            continue
        inside = any(path.startswith(part.path) for path in commit.paths)
        for path in touched:
            changes[path] = changes.get(path, 0) + 1
            together[path] = together.get(path, 0) + inside
    found = [
        Follower(path, changes[path], count)
        for path, count in together.items()
        if count >= FEWEST and count >= SHARE * changes[path]
    ]
    return sorted(found, key=lambda one: (-one.together, one.path))[:MOST]


def _is_document(path: str) -> bool:
    name = path.lower()
    if not name.endswith(_DOCUMENTS) or any(word in name for word in _EVERYBODYS):
        return False
    return path.isprintable() and not any(char in "*?\\[]!#" for char in path) and path == path.strip()
