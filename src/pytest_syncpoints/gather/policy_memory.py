"""Policy memory: the policy that was read last, kept so that the next commit need not parse the same blob again.

Reading a policy takes a fifth of a commit hook's time, for the libraries it loads. What was read is kept in the git
directory under the blob's object id and the shape of our values; only a review of the index at a developer's desk
recalls it, never one that decides. Without it, or with a damaged one, the policy is read.
"""

from __future__ import annotations

from pytest_syncpoints.gather.memory import recall, remember
from pytest_syncpoints.policy import (
    Component,
    Exemption,
    FlowLimits,
    Incident,
    MachineLimits,
    Norm,
    Participant,
    PersonEntry,
    Policy,
    RuleLevels,
    Signers,
    Syncpoint,
    Team,
)
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = "policy"
_RECORDS = (
    *(Policy, PersonEntry, Team, Component, Participant, Syncpoint, Norm, Incident, FlowLimits, Signers),
    *(MachineLimits, RuleLevels, Exemption),
)
_FORM = f"syncpoints policy {VERSION} {' '.join(','.join(record._fields) for record in _RECORDS)}"


def remember_policy(common_dir: str, policy: Policy) -> None:
    """Keep a policy as it was read."""
    remember(common_dir, _NAME, _FORM, policy)


def recall_policy(common_dir: str, path: str, blob: str) -> Policy | None:
    """Return the policy of a blob at a path, ``None`` where another was read last."""
    policy = recall(common_dir, _NAME, _FORM, _policy)
    return policy if policy is not None and (policy.path, policy.blob) == (path, blob) else None


def _policy(values: Any) -> Policy:
    policy = Policy(*values)
    return policy._replace(
        people=tuple(PersonEntry(*row) for row in policy.people),
        teams=tuple(Team(*row) for row in policy.teams),
        components=tuple(Component(*row) for row in policy.components),
        syncpoints=tuple(_syncpoint(row) for row in policy.syncpoints),
        norms=tuple(Norm(*row) for row in policy.norms),
        incidents=tuple(Incident(*row) for row in policy.incidents),
        flow=FlowLimits(*policy.flow),
        signers=Signers(*policy.signers),
        machine=MachineLimits(*policy.machine),
        rules=tuple(RuleLevels(*row) for row in policy.rules),
        exemptions=tuple(Exemption(*row) for row in policy.exemptions),
    )


def _syncpoint(row: Any) -> Syncpoint:
    found = Syncpoint(*row)
    return found._replace(participants=tuple(Participant(*each) for each in found.participants))
