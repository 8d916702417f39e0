"""GitLab: one merge request, its approvals, notes and status, through the REST API."""

from __future__ import annotations

from urllib.parse import quote

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.forge.http import Api, Client, Refused, Token
from pytest_syncpoints.forge.request import ChangeRequest, Comment
from pytest_syncpoints.gather.forge_json import Unfit, an_object, inner, text
from pytest_syncpoints.gather.reviews import facts_from

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pytest_syncpoints.signoff import ForgeFacts

CONTEXT = "syncpoints"
_HOW = "set GITLAB_TOKEN to a project access token with the scope api (a job's own CI_JOB_TOKEN may write no notes)"
_NEEDS = ((401, _HOW), (403, _HOW), (404, f"check CI_PROJECT_ID and CI_MERGE_REQUEST_IID; {_HOW}"))
_STRANGE = "check that CI_API_V4_URL is the address of GitLab's API"
_PIPELINE = "run it in a merge request pipeline (docs/ci.md)"
# The words of GitLab for the states of a commit ("Commits API", set commit pipeline status).
_STATES = {"success": "success", "failure": "failed", "pending": "pending"}


def gitlab_api(environment: Mapping[str, str]) -> Api:
    """Return where GitLab's API is and the token for it: ``GITLAB_TOKEN``, else the job's own."""
    personal, job = environment.get("GITLAB_TOKEN", "").strip(), environment.get("CI_JOB_TOKEN", "").strip()
    token = Token("PRIVATE-TOKEN", personal) if personal else Token("JOB-TOKEN", job) if job else None
    root = environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4"
    return Api("GitLab", root, token, (("Accept", "application/json"),), _NEEDS)


def merge_request(environment: Mapping[str, str]) -> ChangeRequest:
    """Return the merge request of this pipeline; raises UsageError outside one."""
    project, number = environment.get("CI_PROJECT_ID", ""), environment.get("CI_MERGE_REQUEST_IID", "")
    head = environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or environment.get("CI_COMMIT_SHA", "")
    if not project or not head or not (number.isascii() and number.isdigit()):
        raise UsageError(
            "CI_PROJECT_ID, CI_MERGE_REQUEST_IID and CI_COMMIT_SHA name no merge request", remedy=_PIPELINE
        )
    job = environment.get("CI_JOB_ID", "")
    return ChangeRequest(
        project=project,
        number=int(number),
        head=head,
        target=environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", ""),
        run=int(job) if job.isascii() and job.isdigit() else None,
    )


class GitLab:
    """GitLab, spoken to about one merge request."""

    name = "GitLab"
    limit = 1_000_000  # characters of a note

    def __init__(self, client: Client, request: ChangeRequest) -> None:
        """Take the client and the merge request; nothing is asked yet."""
        self._client = client
        self.request = request
        self._project = f"/projects/{quote(request.project, safe='')}"
        self._merge_request = f"{self._project}/merge_requests/{request.number}"

    def document(self, teams: Iterable[str] = ()) -> dict[str, Any]:
        """Return approvals, merge request, versions, notes and group members as ``--reviews`` takes them."""
        return {
            "approvals": self._client.get(f"{self._merge_request}/approvals"),
            "merge_request": self._client.get(self._merge_request),
            "versions": self._client.pages(f"{self._merge_request}/versions"),
            "notes": self._client.pages(f"{self._merge_request}/notes"),
            "teams": {name: self._members(name) for name in sorted(set(teams))},
        }

    def facts(self, teams: Iterable[str] = ()) -> ForgeFacts:
        """Return approvals and who is who; a group whose members the token may not read is unknown, not empty."""
        try:
            return facts_from(self.document(teams), what="GitLab's answer")
        except UsageError as fault:
            raise CannotEvaluate(fault.message, remedy=_STRANGE) from None

    def _members(self, name: str) -> list[Any] | None:
        try:
            return self._client.pages(f"/groups/{quote(name.removeprefix('@'), safe='')}/members/all")
        except Refused as refused:
            if refused.status in (401, 403, 404):
                return None
            raise

    def current_head(self) -> str:
        """Return the commit the merge request stands at now."""
        try:
            return text(an_object(self._client.get(self._merge_request), "merge_request"), "sha", "merge_request")
        except Unfit as fault:
            raise CannotEvaluate(f"GitLab's answer cannot be understood: {fault}", remedy=_STRANGE) from None

    def comments(self) -> list[Comment]:
        """Return all notes people and tokens wrote on the merge request, the oldest first."""
        try:
            me = text(an_object(self._client.get("/user"), "user"), "username", "user")
            found = self._client.pages(f"{self._merge_request}/notes", sort="asc", order_by="created_at")
            notes = [an_object(one, "notes") for one in found]
            return [_comment(one, me) for one in notes if one.get("system") is not True]
        except Unfit as fault:
            raise CannotEvaluate(f"GitLab's answer cannot be understood: {fault}", remedy=_STRANGE) from None

    def comment(self, body: str) -> None:
        """Write a new note."""
        self._client.send("POST", f"{self._merge_request}/notes", {"body": body})

    def edit(self, comment_id: str, body: str) -> None:
        """Replace the text of a note."""
        self._client.send("PUT", f"{self._merge_request}/notes/{quote(comment_id, safe='')}", {"body": body})

    def set_status(self, state: str, description: str) -> None:
        """Set the external status ``syncpoints`` of the head."""
        body = {"state": _STATES[state], "description": description[:140], "name": CONTEXT}
        self._client.send("POST", f"{self._project}/statuses/{quote(self.request.head, safe='')}", body)


def _comment(given: dict[str, Any], me: str) -> Comment:
    author = text(inner(given, "author", "notes"), "username", "notes.author", default="")
    return Comment(str(given.get("id", "")), text(given, "body", "notes", default=""), author == me)
