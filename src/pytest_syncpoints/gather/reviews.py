"""Reviews: what a forge says of a change, from the host's own JSON to ``ForgeFacts``; no network."""

from __future__ import annotations

import sys

from pytest_syncpoints.change import Person
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.approvals import gitlab_facts
from pytest_syncpoints.gather.forge_json import Unfit, a_list, an_object, inner, objects, team_members, text
from pytest_syncpoints.signoff import ForgeFacts, Review
from pytest_syncpoints.strict_json import LARGEST, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.signoff import ReviewState

# GitHub's words (docs.github.com, "REST API endpoints for pull request reviews"); a pending review is a draft.
_STATES: dict[str, ReviewState] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes-requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}
_DRAFT = "PENDING"
_NOBODY = "web-flow"  # commits what is edited or merged on github.com, for whoever pressed the button
_REMEDY = (
    "give it GET /repos/OWNER/REPO/pulls/N/reviews, `gh pr view --json reviews,author,commits`, or GitLab's approvals"
)


def read_reviews(path: str) -> ForgeFacts:
    """Return what a file (``-``: stdin) of the host's JSON says; raises UsageError for what cannot be read."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"the reviews {path!a} cannot be read: {reason}", remedy=_REMEDY) from None
    return reviews_from_json(data, what=f"the reviews {path!a}")


def reviews_from_json(data: bytes, *, what: str = "the reviews") -> ForgeFacts:
    """Return the facts that JSON bytes hold; ``what`` names the input in errors.

    Taken are: GitHub's list of reviews; an object with ``reviews`` and, where known, ``pull_request``, ``commits``,
    ``teams`` (``{"@acme/ops": ["alice"]}``, null where they could not be read) and ``pushers``; what
    ``gh pr view --json reviews,author,commits`` prints; GitLab's approvals, alone or in an object with
    ``approvals``, ``merge_request``, ``versions``, ``notes``. Keys beyond these are passed over. Raises UsageError.
    """
    return facts_from(parse(data, what=what, remedy=_REMEDY), what=what)


def facts_from(document: Any, *, what: str = "the reviews") -> ForgeFacts:
    """Return the facts of a parsed document, as ``reviews_from_json`` does."""
    try:
        if isinstance(document, list):
            return _github_facts({"reviews": document})
        given = an_object(document, "top level")
        if "approved_by" in given or "approvals" in given:
            return gitlab_facts(given)
        return _github_facts(given)
    except Unfit as fault:
        raise UsageError(f"{what} cannot be understood: {fault}", remedy=_REMEDY) from None


def _github_facts(given: dict[str, Any]) -> ForgeFacts:
    if "reviews" not in given:
        raise Unfit("top level: expected a list, or an object with the key 'reviews', 'approvals' or 'approved_by'")
    listed = objects(a_list(given["reviews"], "reviews"), "reviews")
    reviews = [review for at, item in listed for review in _review(item, at)]
    owner = inner(given, "pull_request", "").get("user") or given.get("author")
    pushers = (_person(item, at) for at, item in objects(given.get("pushers"), "pushers"))
    commits = objects(given.get("commits"), "commits")
    return ForgeFacts(
        reviews=tuple(sorted(reviews, key=lambda review: review.submitted_at)),
        author=_person(an_object(owner, "author"), "author") if owner is not None else None,
        pushers=tuple(dict.fromkeys(who for who in pushers if who is not None)),
        identities=tuple(dict.fromkeys(pair for at, item in commits for pair in _identities(item, at))),
        team_members=team_members(given, handle="login"),
    )


def _review(given: dict[str, Any], at: str) -> Iterator[Review]:
    """Yield the review, unless it is a draft or its account is gone: nobody could say whose word it is."""
    state = text(given, "state", at).upper()
    who = given.get("user") or given.get("author")
    person = None if who is None else _person(an_object(who, f"{at}.user"), f"{at}.user")
    if state == _DRAFT or person is None:
        return
    if state not in _STATES:
        raise Unfit(f"{at}.state: expected one of {', '.join(_STATES)}, found {state[:40]!a}")
    account = an_object(who, at)
    yield Review(
        person=person,
        commit=text(given, "commit_id", at, default="") or text(inner(given, "commit", at), "oid", at, default=""),
        state=_STATES[state],
        submitted_at=text(given, "submitted_at", at, default="") or text(given, "submittedAt", at, default=""),
        edited=bool(given.get("includesCreatedEdit") or given.get("lastEditedAt") or given.get("last_edited_at")),
        bot=_is_bot(account),
        id=str(given.get("id", ""))[:80],
    )


def _person(given: dict[str, Any], at: str) -> Person | None:
    handle = text(given, "login", at, default="")
    return Person(handle, "", handle) if handle else None


def _is_bot(account: dict[str, Any]) -> bool:
    login = str(account.get("login", ""))
    kind = str(account.get("type") or account.get("__typename") or "")
    return kind == "Bot" or account.get("is_bot") is True or login.endswith("[bot]")


def _identities(given: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    """Yield handle and e-mail of a commit's people where GitHub knows whose the e-mail is: it verified the address."""
    for author in given.get("authors") or ():  # as `gh` has it; login is empty where GitHub does not know
        one = an_object(author, f"{at}.authors")
        yield from _pair(text(one, "login", at, default=""), text(one, "email", at, default=""))
    commit = inner(given, "commit", at)
    for role in ("author", "committer"):
        login = text(inner(given, role, at), "login", at, default="")
        yield from _pair(login, text(inner(commit, role, at), "email", at, default=""))


def _pair(login: str, email: str) -> Iterator[tuple[str, str]]:
    if login and email and login != _NOBODY:
        yield login, email
