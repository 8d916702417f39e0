"""Open changes: a project's open requests and those closed lately, asked of a forge, as its exports list them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.forge import with_token
from pytest_syncpoints.forge.github import github_api
from pytest_syncpoints.forge.gitlab import gitlab_api
from pytest_syncpoints.forge.http import Client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Of each pull request what `gh pr list --json` would tell (docs.github.com, GraphQL, PullRequest).
_QUERY = """
query($owner: String!, $name: String!, $states: [PullRequestState!], $after: String) {
 repository(owner: $owner, name: $name) {
  pullRequests(first: 50, after: $after, states: $states, orderBy: {field: UPDATED_AT, direction: DESC}) {
   pageInfo { hasNextPage endCursor }
   nodes {
    number createdAt updatedAt closedAt isDraft mergeable reviewDecision additions deletions
    author { login __typename }
    reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { name } } } }
    reviews(last: 50) { nodes { author { login } state submittedAt } }
    comments(last: 20) { nodes { author { login } createdAt } }
    files(first: 100) { nodes { path additions deletions } }
    commits(last: 20) { nodes { commit {
     committedDate message authors(first: 5) { nodes { name email } } statusCheckRollup { state }
    } } }
   }
  }
 }
}
"""


def rows_from_forge(name: str, environment: Mapping[str, str], remote: str, since: int) -> list[dict[str, Any]]:
    """Return the open changes of this project, and those closed since a time (seconds), in the form of its exports.

    The project is that of the run (``GITHUB_REPOSITORY``, ``CI_PROJECT_ID``) or of the remote's URL. Raises
    UsageError without a token or a project, CannotEvaluate where the forge does not answer.
    """
    if name == "gitlab":
        with Client(with_token(gitlab_api(environment))) as client:
            return _gitlab(client, environment.get("CI_PROJECT_ID") or _project(remote), since)
    project = environment.get("GITHUB_REPOSITORY") or _project(remote)
    with Client(with_token(github_api(environment))) as client:
        at = environment.get("GITHUB_GRAPHQL_URL") or _graphql(environment.get("GITHUB_API_URL", ""))
        return [*_github(client, at, project, ["OPEN"], 0), *_github(client, at, project, ["CLOSED", "MERGED"], since)]


def _project(remote: str) -> str:
    """Return the path of a project on its host: what follows the host in a URL, or the colon of an scp address."""
    rest = remote.partition("://")[2].partition("/")[2] if "://" in remote else remote.partition(":")[2]
    path = rest.strip("/").removesuffix(".git")
    if "/" not in path:
        raise UsageError("no project of a forge is known here", remedy="git remote get-url origin")
    return path


def _graphql(api: str) -> str:
    """Return where GraphQL is asked: beside the API's root, on GitHub Enterprise above it (docs.github.com)."""
    root = (api or "https://api.github.com").rstrip("/")
    return f"{root.removesuffix('/v3')}/graphql"


def _github(client: Client, at: str, project: str, states: list[str], since: int) -> Iterator[dict[str, Any]]:
    owner, _, name = project.partition("/")
    oldest = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    after: str | None = None
    while True:
        variables = {"owner": owner, "name": name, "states": states, "after": after}
        said = client.send("POST", "/graphql", {"query": _QUERY, "variables": variables}, at=at)
        found = _requests(said)
        yield from (_row(node) for node in found["nodes"] if node["updatedAt"] >= oldest)
        page = found["pageInfo"]
        after = page["endCursor"]
        if not page["hasNextPage"] or (found["nodes"] and found["nodes"][-1]["updatedAt"] < oldest):
            return


def _requests(said: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = said["data"]["repository"]["pullRequests"]
    except (KeyError, TypeError):
        errors = said.get("errors") if isinstance(said, dict) else None
        why = "; ".join(str(error.get("message", "")) for error in errors or () if isinstance(error, dict))
        raise CannotEvaluate(
            f"GitHub does not list the pull requests: {why or 'no data'}",
            remedy="check GITHUB_REPOSITORY, and that the token may read: permissions: pull-requests: read",
        ) from None
    return found


def _row(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node of GraphQL as a row of `gh pr list --json`."""
    author = node["author"] or {}
    commits = [entry["commit"] for entry in node["commits"]["nodes"]]
    rollup = (commits[-1].get("statusCheckRollup") or {}) if commits else {}
    return {
        **node,
        "author": {"login": author.get("login", ""), "is_bot": author.get("__typename") == "Bot"},
        "reviews": node["reviews"]["nodes"],
        "reviewRequests": [entry["requestedReviewer"] for entry in node["reviewRequests"]["nodes"]],
        "comments": node["comments"]["nodes"],
        "files": node["files"]["nodes"],
        "commits": [{**commit, "authors": commit["authors"]["nodes"]} for commit in commits],
        "statusCheckRollup": [{"state": rollup["state"]}] if rollup else [],
    }


def _gitlab(client: Client, project: str, since: int) -> list[dict[str, Any]]:
    path = f"/projects/{quote(project, safe='')}/merge_requests"
    oldest = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))
    rows = client.pages(path, state="opened", scope="all")
    for state in ("merged", "closed"):
        rows += client.pages(path, state=state, scope="all", updated_after=oldest)
    return rows
