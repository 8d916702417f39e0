"""Checks: one question about a change per file; the table below is all of the built-in ones."""

from __future__ import annotations

from pytest_syncpoints.checks import (
    accountability,
    api,
    drift,
    norms,
    ownership,
    policy_edits,
    reversibility,
    signoffs,
    size,
    tests,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.check import Check

CHECKS: tuple[Check, ...] = (
    ownership,
    size,
    reversibility,
    api,
    norms,
    signoffs,
    policy_edits,
    accountability,
    drift,
    tests,
)
