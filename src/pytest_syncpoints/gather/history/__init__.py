"""History: an index of a repository's commits, kept beside its objects and shared by every question about the past.

``open_history`` opens or makes it, ``open_if_fresh`` only looks whether it is there and knows a commit. It is never
needed for correctness: where it cannot be written it is made in memory for one run, and it can be deleted at any time.
"""

from __future__ import annotations

from pytest_syncpoints.gather.history.index import History, IndexedCommit, IndexedFile, open_history, open_if_fresh

__all__ = ["History", "IndexedCommit", "IndexedFile", "open_history", "open_if_fresh"]
