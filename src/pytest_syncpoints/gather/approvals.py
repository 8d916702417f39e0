"""Approvals: GitLab's answers as ``ForgeFacts``, each approval bound to the version it was given on."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.gather.forge_json import Unfit, inner, objects, team_members, text
from pytest_syncpoints.signoff import ForgeFacts, Review

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_APPROVED = "approved this merge request"  # the body of the system note (docs.gitlab.com, "Notes API")
_BOT = ("project_", "group_")  # followed by an id and _bot: users of access tokens ("Project access tokens")


def gitlab_facts(given: dict[str, Any]) -> ForgeFacts:
    """Return the facts of GitLab's approvals, alone or in an object beside ``merge_request``, ``versions``, ``notes``.

    GitLab says who approved, but not what: neither approvals nor their notes name a commit. An approval is
    bound to the newest version of the merge request there was when it was given: its ``approved_at``, or the time of
    the system note that tells of it. Where no time or no earlier version is known the commit stays empty, and the
    approval is bound to nothing, since what its giver saw cannot be told. Raises Unfit.
    """
    approvals = inner(given, "approvals", "") if "approvals" in given else given
    request = inner(given, "merge_request", "")
    versions = _versions(given.get("versions"))
    noted = _noted(given.get("notes"))
    reviews = []
    for at, item in objects(approvals.get("approved_by"), "approved_by"):
        account = inner(item, "user", at) or item
        handle = text(account, "username", at)
        when = text(item, "approved_at", at, default="") or noted.get(handle, "")
        commit = _version_at(when, versions) if when else ""
        reviews.append(Review(_person(account, at), commit, "approved", when, bot=_is_bot(account, handle)))
    author = inner(request, "author", "merge_request") or inner(given, "author", "")
    return ForgeFacts(
        reviews=tuple(sorted(reviews, key=lambda review: review.submitted_at)),
        author=_person(author, "author") if author else None,
        team_members=team_members(given, handle="username"),
    )


def _person(account: dict[str, Any], at: str) -> Person:
    handle = text(account, "username", at)
    return Person(text(account, "name", at, default=handle), text(account, "public_email", at, default=""), handle)


def _is_bot(account: dict[str, Any], handle: str) -> bool:
    return account.get("bot") is True or (handle.startswith(_BOT) and "_bot" in handle)


def _versions(value: Any) -> list[tuple[float, str]]:
    """Return time and head of every version (a push makes one)."""
    found = objects(value, "versions")
    return [(_moment(text(item, "created_at", at)), text(item, "head_commit_sha", at)) for at, item in found]


def _version_at(when: str, versions: list[tuple[float, str]]) -> str:
    """Return the head of the newest version there was at a time, empty where there was none."""
    there = [version for version in versions if version[0] <= _moment(when)]
    return max(there, key=lambda version: version[0])[1] if there else ""


def _noted(value: Any) -> dict[str, str]:
    """Return when each person last approved, by the system notes."""
    times: dict[str, str] = {}
    for at, item in objects(value, "notes"):
        if item.get("system") is True and item.get("body") == _APPROVED:
            handle, when = text(inner(item, "author", at), "username", at), text(item, "created_at", at)
            times[handle] = max(times.get(handle, ""), when, key=lambda time: _moment(time) if time else 0.0)
    return times


def _moment(when: str) -> float:
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        raise Unfit(f"expected a time (RFC 3339), found {when[:40]!a}") from None
    if moment.tzinfo is None:
        raise Unfit(f"expected a time with its zone, found {when[:40]!a}")
    return moment.timestamp()
