"""Checks: one question about a change per file; the table below is all of the built-in ones."""

from __future__ import annotations

from pytest_syncpoints.checks import drift, ownership, policy_edits, signoffs, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import Check

CHECKS: tuple[Check, ...] = (ownership, size, signoffs, policy_edits, drift)
