"""The check, asked without a repository: a policy that names it, a change made up, the findings."""

from __future__ import annotations

import pytest
from acme_checks import TodoHasTicket

from pytest_syncpoints import PolicyTester

POLICY = PolicyTester.of('plugins = ["acme_checks"]\n')


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("x = 1  # TODO: later\n", True, id="a TODO alone is found"),
        pytest.param("x = 1  # TODO(ACME-12): later\n", False, id="a TODO with its ticket is not"),
        pytest.param("x = 1\n", False, id="no TODO, nothing to say"),
    ],
)
def test_a_todo_names_its_ticket(line: str, found: bool) -> None:
    answer = POLICY.review({"src/a.py": line}, checks=(TodoHasTicket(),))
    assert ("ACME001" in answer.rules) == found
