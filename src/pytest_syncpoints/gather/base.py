"""Base: which branch a change is meant to land on, as the CI, the upstream or the default branch says."""

from __future__ import annotations

import os

from pytest_syncpoints.gather.git import ask, is_object_id, resolve_quietly
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_syncpoints.gather.git import Repository

# Variables that hold a commit of the target branch, then those that hold its name; the first one that
# resolves is taken. Sources: each host's page of predefined variables (GitHub "Default environment
# variables", GitLab "Predefined CI/CD variables reference", Bitbucket "Variables and secrets", Azure
# "Predefined variables", Jenkins "Branch API", Buildkite "Environment variables", Drone "Reference",
# Travis "Environment variables", AppVeyor "Environment variables", Woodpecker "Environment").
# GitHub's own payload keeps ``pull_request.base.sha`` as it was when the request was opened: it is not used.
_COMMIT_VARIABLES = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "BITBUCKET_PR_DESTINATION_COMMIT")
_BRANCH_VARIABLES = (
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
    "CHANGE_TARGET",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "DRONE_TARGET_BRANCH",
    "CI_COMMIT_TARGET_BRANCH",
)
_DIFF_BASE_VARIABLE = "CI_MERGE_REQUEST_DIFF_BASE_SHA"
_USUAL = tuple(
    place + branch
    for place in ("refs/remotes/origin/", "refs/remotes/upstream/", "refs/heads/")
    for branch in ("main", "master", "trunk", "develop")
)


class Base(Record):
    """A target branch: the name that was found, the commit of its tip, and why this one was taken."""

    name: str
    sha: str
    why: str


def detect_base(repository: Repository, environment: Mapping[str, str] = os.environ) -> Base | None:
    """Return the target branch, or ``None`` where nothing names one that this clone has.

    Order: the CI's word for the change's target; the upstream of the current branch, unless it is the pushed
    copy of that very branch; the remote's default branch; a local branch of a usual default name.
    """
    for name, why in _candidates(repository, environment):
        sha = resolve_quietly(repository, name)
        if sha is not None:
            return Base(_short(name), sha, why)
    return None


def _candidates(repository: Repository, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from _from_ci(environment)
    upstream = _upstream(repository)
    if upstream:
        yield upstream, "the upstream of this branch"
    default = _remote_default(repository)
    if default:
        yield default, "the default branch of the remote"
    for name in _usual_names(repository):
        yield name, "the default branch, by its usual name"


def _usual_names(repository: Repository) -> list[str]:
    """Return which default branches this clone has, in the order of _USUAL; one question instead of one for each."""
    found = os.fsdecode(ask(repository, "for-each-ref", "--format=%(refname)", *_USUAL).stdout).split("\n")
    return [name for name in _USUAL if name in found]


def _from_ci(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for variable in _COMMIT_VARIABLES:
        value = environment.get(variable, "")
        if is_object_id(value):
            yield value, f"${variable}"
    for variable in _BRANCH_VARIABLES:
        value = environment.get(variable, "").removeprefix("refs/heads/")
        if value and not value.startswith("-"):
            yield f"refs/remotes/origin/{value}", f"${variable}"
            yield f"refs/heads/{value}", f"${variable}"
    merge_base = environment.get(_DIFF_BASE_VARIABLE, "")
    if is_object_id(merge_base):
        yield merge_base, f"${_DIFF_BASE_VARIABLE}"


def current_branch(repository: Repository) -> str | None:
    """Return the name of the branch HEAD is on, ``None`` when detached."""
    try:
        with open(f"{repository.git_dir}/HEAD", encoding="utf-8", errors="surrogateescape") as file:
            head = file.read().rstrip("\n")
    except OSError:
        return None
    if head.endswith("/.invalid"):  # a reftable repository keeps its refs elsewhere
        head = "ref: " + os.fsdecode(ask(repository, "symbolic-ref", "--quiet", "HEAD").stdout).rstrip("\n")
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None


def _upstream(repository: Repository) -> str | None:
    branch = current_branch(repository)
    result = ask(repository, "rev-parse", "--verify", "--quiet", "--symbolic-full-name", "@{upstream}")
    name = os.fsdecode(result.stdout).strip()
    if branch is None or result.status != 0 or not name.startswith("refs/"):
        return None
    pushed_copy = name.startswith("refs/remotes/") and name.split("/", 3)[-1] == branch
    return None if pushed_copy else name


def _remote_default(repository: Repository) -> str | None:
    result = ask(repository, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    name = os.fsdecode(result.stdout).strip()
    return name if name.startswith("refs/remotes/") else None


def _short(name: str) -> str:
    for prefix in ("refs/remotes/", "refs/heads/"):
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name[:12] if is_object_id(name) else name
