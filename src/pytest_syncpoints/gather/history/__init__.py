"""History: an index of a repository's commits, kept beside its objects and shared by every question about the past.

It is never needed for correctness: where it cannot be written it lives in memory for one run, and it can be deleted
at any time.
"""

from __future__ import annotations

from pytest_syncpoints.gather.history.index import History, open_history
from pytest_syncpoints.gather.history.rows import IndexedCommit, IndexedFile

__all__ = ["History", "IndexedCommit", "IndexedFile", "open_history"]
