"""Forges: one module per host, each over the one HTTP client; which of them this run is on, the environment says."""

from __future__ import annotations

import contextlib

from pytest_syncpoints.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_syncpoints.forge.http import Api
    from pytest_syncpoints.forge.request import ChangeRequest, Forge

# The variables that may hold a token, by host, and the one a message names.
TOKENS = {"github": ("GITHUB_TOKEN", "GH_TOKEN"), "gitlab": ("GITLAB_TOKEN", "CI_JOB_TOKEN")}


def forge_here(environment: Mapping[str, str]) -> str | None:
    """Return which forge's CI runs this for a request and with a token, ``None`` where none does."""
    name = "gitlab" if environment.get("CI_MERGE_REQUEST_IID") else "github"
    on_a_request = name == "gitlab" or environment.get("GITHUB_EVENT_PATH")
    return name if on_a_request and any(environment.get(token) for token in TOKENS[name]) else None


@contextlib.contextmanager
def open_forge(environment: Mapping[str, str], name: str | None = None) -> Iterator[Forge]:
    """Open a forge (the one this run is on) for this run's request; UsageError without a request or a token."""
    from pytest_syncpoints.forge.github import GitHub, github_api, pull_request, read_event
    from pytest_syncpoints.forge.gitlab import GitLab, gitlab_api, merge_request
    from pytest_syncpoints.forge.http import Client

    host = name or forge_here(environment) or "github"
    if host == "gitlab":
        here = merge_request(environment)
        with Client(with_token(gitlab_api(environment))) as client:
            yield GitLab(client, here)
        return
    event = read_event(environment)
    with Client(with_token(github_api(environment))) as client:
        yield GitHub(client, pull_request(event, environment, client), environment)


def request_here(environment: Mapping[str, str], name: str) -> ChangeRequest:
    """Return this run's request without asking the forge anything."""
    from pytest_syncpoints.forge.github import pull_request, read_event
    from pytest_syncpoints.forge.gitlab import merge_request

    return merge_request(environment) if name == "gitlab" else pull_request(read_event(environment), environment, None)


def with_token(api: Api) -> Api:
    """Return an API that has a token; raises UsageError where it has none."""
    if api.token is None:
        variable = TOKENS["gitlab" if api.forge == "GitLab" else "github"][0]
        raise UsageError(f"{api.forge} is not asked without a token", remedy=f"set {variable}, or work offline")
    return api
