"""Fixtures of the stories: a change that people sign off, and their keys."""

from __future__ import annotations

import pytest
from tests.project import Project
from tests.signing import Keys, Story


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Return ssh keys by person, made once for a session."""
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def story(project: Project, keys: Keys) -> Story:
    """Return a repository on the branch feature, where Carol has changed the ledger."""
    return Story(project, keys)
