"""Fixtures: real git repositories in tmp_path, hermetic git, no network."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import settings
from tests.project import Project

pytest_plugins = ["pytester"]

# The same examples in every run of the same code: what fails here fails everywhere. `--hypothesis-seed=random` looks
# for others.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

HERMETIC = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TEMPLATE_DIR": "",
    "GIT_AUTHOR_NAME": "Alice Example",
    "GIT_AUTHOR_EMAIL": "alice@example.org",
    "GIT_COMMITTER_NAME": "Alice Example",
    "GIT_COMMITTER_EMAIL": "alice@example.org",
    "GIT_AUTHOR_DATE": "2026-01-05T10:00:00+00:00",
    "GIT_COMMITTER_DATE": "2026-01-05T10:00:00+00:00",
}
# What a CI, a hook or a user's shell may have set, and would steer a run.
STEERING = (
    "CI",
    "GITHUB_",
    "GITLAB_",
    "CI_",
    "BITBUCKET_",
    "BUILDKITE_",
    "DRONE_",
    "SYSTEM_",
    "CHANGE_TARGET",
    "PRE_COMMIT_",
)
# A pytest that a test starts would load the plugins of libraries it has no use for: half of its starting time.
UNUSED_PLUGINS = "-p no:anyio -p no:hypothesispytest"
COLOURS = ("NO_COLOR", "FORCE_COLOR")


class NetworkReachedInATest(BaseException):
    """A test tried to leave this machine."""


@pytest.fixture(autouse=True)
def hermetic(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give each test a git without the user's configuration, an environment without a CI's, and no home."""
    for name in list(os.environ):
        if name.startswith("GIT_") or name in COLOURS or name == "CI" or name.startswith(STEERING):
            monkeypatch.delenv(name)
    for name, value in HERMETIC.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTEST_ADDOPTS", UNUSED_PLUGINS)
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "a-home-no-test-may-need"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def fenced(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
            raise NetworkReachedInATest(repr(address))
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", fenced)


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return pytest's own fixture, which forgets what ``hermetic`` said of plugins; what it runs is no xdist worker."""
    monkeypatch.setenv("PYTEST_ADDOPTS", UNUSED_PLUGINS)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    return pytester


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return an empty git repository, which is also the current directory."""
    made = Project(tmp_path / "repo")
    monkeypatch.chdir(made.path)
    return made
