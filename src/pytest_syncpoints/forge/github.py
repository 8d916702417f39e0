"""GitHub: one pull request, its reviews, comments and status, through the REST API."""

from __future__ import annotations

from urllib.parse import quote

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.forge.http import Api, Client, Refused, Token
from pytest_syncpoints.forge.request import ChangeRequest, Comment
from pytest_syncpoints.gather.forge_json import Unfit, an_object, inner, text
from pytest_syncpoints.gather.reviews import facts_from
from pytest_syncpoints.strict_json import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pytest_syncpoints.signoff import ForgeFacts

ACTIONS_BOT = "github-actions[bot]"  # whom the token of a workflow speaks for
CONTEXT = "syncpoints"
_NEEDS = (
    (401, "give GITHUB_TOKEN a token that is valid: ${{ github.token }} in a workflow"),
    (403, "let the job do it: permissions: pull-requests: write, statuses: write (a fork's own run never may)"),
    (404, "check GITHUB_REPOSITORY, and that the token may see that repository"),
)
_STRANGE = "check that GITHUB_API_URL is the address of GitHub's API"
_EVENT = "run it in a workflow on pull_request, pull_request_review or workflow_run (docs/ci.md)"


def github_api(environment: Mapping[str, str]) -> Api:
    """Return where GitHub's API is and the token for it, by the variables of Actions (``GH_TOKEN`` as well)."""
    secret = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN") or ""
    return Api(
        "GitHub",
        environment.get("GITHUB_API_URL") or "https://api.github.com",
        Token("Authorization", secret.strip(), "Bearer ") if secret.strip() else None,
        (
            ("Accept", "application/vnd.github+json, application/json;q=0.9"),
            ("X-GitHub-Api-Version", "2022-11-28"),
        ),
        _NEEDS,
    )


def read_event(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the event that started this run; raises UsageError where there is none."""
    path = environment.get("GITHUB_EVENT_PATH", "")
    if not path:
        raise UsageError("GITHUB_EVENT_PATH is not set, so no pull request is known", remedy=_EVENT)
    try:
        with open(path, "rb") as file:
            data = file.read()
        return an_object(parse(data, what="the event", remedy=_EVENT), "top level")
    except OSError as error:
        raise UsageError(f"the event {path!a} cannot be read: {error.strerror}", remedy=_EVENT) from None
    except Unfit as fault:
        raise UsageError(f"the event {path!a} cannot be understood: {fault}", remedy=_EVENT) from None


def pull_request(event: dict[str, Any], environment: Mapping[str, str], client: Client | None) -> ChangeRequest:
    """Return the pull request an event is about.

    The run of a ``workflow_run`` event is told only the commit it follows, so the pull request is looked up by that
    commit (``client``), not taken from anything the followed run wrote. Raises UsageError for other events.
    """
    try:
        repository = environment.get("GITHUB_REPOSITORY") or text(
            inner(event, "repository", ""), "full_name", "repository"
        )
        if repository.count("/") != 1 or not all(repository.split("/")):
            raise UsageError(f"GITHUB_REPOSITORY is {repository[:100]!a}, expected OWNER/NAME", remedy=_EVENT)
        run = _run(environment)
        if "workflow_run" in event:
            return _followed(inner(event, "workflow_run", ""), repository, run, client)
        if "pull_request" not in event:
            raise UsageError("this event is about no pull request", remedy=_EVENT)
        privileged = environment.get("GITHUB_EVENT_NAME") == "pull_request_target"
        request = _request(inner(event, "pull_request", ""), repository, run, privileged=privileged)
        return request if request.target else request._replace(target=environment.get("GITHUB_BASE_REF", ""))
    except Unfit as fault:
        raise UsageError(f"the event cannot be understood: {fault}", remedy=_EVENT) from None


def _request(pull: dict[str, Any], repository: str, run: int | None, *, privileged: bool) -> ChangeRequest:
    number = pull.get("number")
    if type(number) is not int or number < 1:
        raise Unfit("pull_request.number: expected a number")
    head = text(inner(pull, "head", "pull_request"), "sha", "pull_request.head")
    target = text(inner(pull, "base", "pull_request"), "ref", "pull_request.base", default="")
    return ChangeRequest(repository, number, head, target, run, privileged)


def _followed(followed: dict[str, Any], repository: str, run: int | None, client: Client | None) -> ChangeRequest:
    head = text(followed, "head_sha", "workflow_run")
    branch = text(followed, "head_branch", "workflow_run", default="")
    owner = text(
        inner(inner(followed, "head_repository", "workflow_run"), "owner", ""), "login", "head_repository.owner"
    )
    if client is None:
        raise UsageError("a workflow_run event names no pull request; finding it takes a token", remedy=_NEEDS[0][1])
    listed = client.pages(f"/repos/{_path(repository)}/pulls", state="open", head=f"{owner}:{branch}")
    pulls = [an_object(one, "pulls") for one in listed]
    found = [one for one in pulls if inner(one, "head", "pulls").get("sha") == head]
    if len(found) != 1:
        raise UsageError(
            f"{len(found) or 'no'} open pull requests of {owner}:{branch} stand at {head[:12]}",
            remedy="nothing to do: the run that belongs to the present commit will publish",
        )
    return _request(found[0], repository, run, privileged=True)


def _run(environment: Mapping[str, str]) -> int | None:
    """Return a number that grows from run to run and from attempt to attempt."""
    run, attempt = environment.get("GITHUB_RUN_ID", ""), environment.get("GITHUB_RUN_ATTEMPT", "1")
    if not (run.isascii() and run.isdigit() and attempt.isascii() and attempt.isdigit()):
        return None
    return int(run) * 1000 + min(int(attempt), 999)


def _path(repository: str) -> str:
    return quote(repository, safe="/")


class GitHub:
    """GitHub, spoken to about one pull request."""

    name = "GitHub"
    limit = 65_536  # characters; more is refused with 422 "body is too long"

    def __init__(self, client: Client, request: ChangeRequest, environment: Mapping[str, str]) -> None:
        """Take the client and the pull request; nothing is asked yet."""
        self._client = client
        self.request = request
        self._environment = environment
        self._repository = f"/repos/{_path(request.project)}"
        self._pull = f"{self._repository}/pulls/{request.number}"

    def document(self, teams: Iterable[str] = ()) -> dict[str, Any]:
        """Return reviews, pull request, commits, pushers and team members as ``--reviews`` takes them."""
        pull = an_object(self._client.get(self._pull), "pull_request")
        return {
            "reviews": self._client.pages(f"{self._pull}/reviews"),
            "pull_request": pull,
            "commits": self._client.pages(f"{self._pull}/commits"),
            "pushers": self._pushers(inner(pull, "head", "pull_request")),
            "teams": {name: self._members(name) for name in sorted(set(teams))},
        }

    def facts(self, teams: Iterable[str] = ()) -> ForgeFacts:
        """Return reviews and who is who; a team whose members the token may not read is unknown, not empty."""
        try:
            return facts_from(self.document(teams), what="GitHub's answer")
        except (Unfit, UsageError) as fault:
            raise CannotEvaluate(f"GitHub's answer cannot be understood: {fault}", remedy=_STRANGE) from None

    def _pushers(self, head: dict[str, Any]) -> list[dict[str, Any]]:
        """Return who pushed to the change's branch, as far as the token may know."""
        repository = inner(head, "repo", "head").get("full_name")
        if not isinstance(repository, str):  # the fork is gone
            return []
        try:
            ref = f"refs/heads/{text(head, 'ref', 'head')}"
            activity = self._client.pages(f"/repos/{_path(repository)}/activity", ref=ref)
        except Refused as refused:
            if refused.status in (403, 404):
                return []
            raise
        # GitHub's description has "actor" in the schema and "pusher" in its example.
        actors = (one.get("actor") or one.get("pusher") for one in activity if isinstance(one, dict))
        return [actor for actor in actors if isinstance(actor, dict)]

    def _members(self, name: str) -> list[Any] | None:
        organisation, _, team = name.removeprefix("@").partition("/")
        try:
            return self._client.pages(f"/orgs/{quote(organisation, safe='')}/teams/{quote(team, safe='')}/members")
        except Refused as refused:
            if refused.status in (401, 403, 404):  # the token of a workflow may not read members
                return None
            raise

    def current_head(self) -> str:
        """Return the commit the pull request stands at now."""
        pull = self._client.get(self._pull)
        try:
            return text(inner(an_object(pull, "pull_request"), "head", "pull_request"), "sha", "pull_request.head")
        except Unfit as fault:
            raise CannotEvaluate(f"GitHub's answer cannot be understood: {fault}", remedy=_STRANGE) from None

    def comments(self) -> list[Comment]:
        """Return all comments of the pull request's conversation, the oldest first."""
        me = self._me()
        found = self._client.pages(f"{self._repository}/issues/{self.request.number}/comments")
        try:
            return [_comment(an_object(one, "comments"), me) for one in found]
        except Unfit as fault:
            raise CannotEvaluate(f"GitHub's answer cannot be understood: {fault}", remedy=_STRANGE) from None

    def _me(self) -> str:
        """Return whom the token speaks for; the tokens of apps may not ask for their user, but are viewers."""
        try:
            return _login(self._client.get("/user"))
        except Refused as refused:
            if refused.status not in (401, 403, 404):
                raise
        api = self._environment.get("GITHUB_API_URL") or "https://api.github.com"
        graphql = self._environment.get("GITHUB_GRAPHQL_URL") or f"{api.removesuffix('/v3').rstrip('/')}/graphql"
        try:
            answer = self._client.send("POST", "", {"query": "{ viewer { login } }"}, at=graphql)
            login = _login(answer["data"]["viewer"])
        except (Refused, KeyError, TypeError, CannotEvaluate):
            return ACTIONS_BOT
        return login if login.endswith("[bot]") else f"{login}[bot]"

    def comment(self, body: str) -> None:
        """Write a new comment."""
        self._client.send("POST", f"{self._repository}/issues/{self.request.number}/comments", {"body": body})

    def edit(self, comment_id: str, body: str) -> None:
        """Replace the text of a comment."""
        self._client.send("PATCH", f"{self._repository}/issues/comments/{quote(comment_id, safe='')}", {"body": body})

    def set_status(self, state: str, description: str) -> None:
        """Set the commit status ``syncpoints`` of the head."""
        body = {"state": state, "description": description[:140], "context": CONTEXT}
        self._client.send("POST", f"{self._repository}/statuses/{quote(self.request.head, safe='')}", body)


def _login(value: Any) -> str:
    login = value.get("login") if isinstance(value, dict) else None
    if not isinstance(login, str) or not login:
        raise CannotEvaluate("GitHub does not say whom the token speaks for", remedy=_STRANGE)
    return login


def _comment(given: dict[str, Any], me: str) -> Comment:
    author = text(inner(given, "user", "comments"), "login", "comments.user", default="")
    return Comment(str(given.get("id", "")), text(given, "body", "comments", default=""), author == me)
