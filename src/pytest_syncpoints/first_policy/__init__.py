"""First policy: proposes components, teams, budgets, sync points and norms from a repository's past; pure."""

from __future__ import annotations

from pytest_syncpoints.first_policy.norms import NORMS
from pytest_syncpoints.first_policy.observed import Observed
from pytest_syncpoints.first_policy.text import policy_text

PATTERNS: tuple[str, ...] = tuple(norm.grep for norm in NORMS)

__all__ = ["PATTERNS", "Observed", "policy_text"]
