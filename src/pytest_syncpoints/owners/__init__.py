"""Owners: who owns a path by the owners files of a tree, in the dialect of the host that reads them."""

from __future__ import annotations

from pytest_syncpoints.owners.dialects import load
from pytest_syncpoints.owners.model import (
    NO_OWNERS,
    Fault,
    Owned,
    OwnedSection,
    Ownership,
    Reason,
    Rule,
    Source,
)

__all__ = ["NO_OWNERS", "Fault", "Owned", "OwnedSection", "Ownership", "Reason", "Rule", "Source", "load"]
