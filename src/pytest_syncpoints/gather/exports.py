"""Exports: open changes as `gh pr list --json` and GitLab's API list them, read from a file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_syncpoints.change import Commit, Person
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.loops.flow import OpenChange, with_paths
from pytest_syncpoints.machines import machines_of
from pytest_syncpoints.size import minutes_of_lines
from pytest_syncpoints.trailers import accountable_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy

_EXPORT = (
    "gh pr list --state all --limit 1000 --json number,author,createdAt,updatedAt,closedAt,isDraft,mergeable,"
    "reviewDecision,reviews,reviewRequests,comments,commits,files,statusCheckRollup,additions,deletions"
)
_LARGEST = 64 << 20
_FAILED = frozenset(("FAILURE", "ERROR", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE"))
_DECISIONS = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes-requested"}


def read_export(path: str, policy: Policy, people: People) -> tuple[OpenChange, ...]:
    """Return the changes of a forge's own export, open and closed; raises UsageError for anything else."""
    import json

    try:
        with open(path, "rb") as file:
            rows = json.loads(file.read(_LARGEST))
        return changes_of(rows, policy, people)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} holds no list of changes: {error}", remedy=_EXPORT) from error


def changes_of(rows: Iterable[dict[str, Any]], policy: Policy, people: People) -> tuple[OpenChange, ...]:
    """Return rows of an export as changes."""
    return tuple(_gitlab(row) if "iid" in row else _github(row, policy, people) for row in rows)


def _github(row: dict[str, Any], policy: Policy, people: People) -> OpenChange:
    login = str((row.get("author") or {}).get("login", ""))
    others = [found for found in row.get("reviews") or () if (found.get("author") or {}).get("login") != login]
    pushed = [_seconds(found.get("committedDate")) for found in row.get("commits") or ()]
    answers = [
        _seconds(found.get("submittedAt") or found.get("createdAt"))
        for found in (*(row.get("reviews") or ()), *(row.get("comments") or ()))
        if (found.get("author") or {}).get("login") == login
    ]
    checks = [str(found.get("conclusion") or found.get("state") or "") for found in row.get("statusCheckRollup") or ()]
    change = OpenChange(
        ref=f"#{row['number']}",
        author=login,
        opened=_seconds(row["createdAt"]),
        updated=_seconds(row.get("updatedAt")),
        pushed=max([_seconds(row["createdAt"]), *pushed, *answers]),
        reviewed=max([_seconds(found.get("submittedAt")) for found in others], default=0),
        draft=bool(row.get("isDraft")),
        decision=_DECISIONS.get(str(row.get("reviewDecision")), ""),
        checks="failed" if _FAILED.intersection(checks) else ("passed" if checks else ""),
        conflict={"CONFLICTING": True, "MERGEABLE": False}.get(str(row.get("mergeable"))),
        minutes=minutes_of_lines(int(row.get("additions") or 0) + int(row.get("deletions") or 0), 0),
        closed=_seconds(row.get("closedAt") or row.get("mergedAt")),
        asked=_logins(row.get("reviewRequests") or ()),
        heard=_logins(found.get("author") for found in others),
    )
    return _by_machines(_with_files(change, row, policy), row, people)


def _logins(people: Iterable[dict[str, Any] | None]) -> tuple[str, ...]:
    logins = (str((person or {}).get("login") or "") for person in people)
    return tuple(dict.fromkeys(login for login in logins if login))


def _with_files(change: OpenChange, row: dict[str, Any], policy: Policy) -> OpenChange:
    files = row.get("files") or ()
    lines = {str(file["path"]): int(file.get("additions") or 0) + int(file.get("deletions") or 0) for file in files}
    return with_paths(change, lines, policy) if lines else change


def _by_machines(change: OpenChange, row: dict[str, Any], people: People) -> OpenChange:
    """Return a change with what its author and the messages of its commits say of machines, and of who answers."""
    author = row.get("author") or {}
    bot = bool(author.get("is_bot")) or change.author.endswith("[bot]")
    machines, answered = [change.author] if bot else [], False
    for found in row.get("commits") or ():
        text = found.get("message") or f"{found.get('messageHeadline', '')}\n\n{found.get('messageBody', '')}"
        first: dict[str, Any] = next(iter(found.get("authors") or ()), {})
        who = Person(str(first.get("name", "")), str(first.get("email", "")))
        commit = Commit(str(found.get("oid", "")), (), who, who, "", tuple(_trailers(text)))
        machines += machines_of(commit, people)
        answered = answered or any(True for _ in accountable_people(commit))
    return change._replace(machine=bool(machines), machines=tuple(dict.fromkeys(machines)), answered=answered)


def _trailers(message: str) -> Iterator[tuple[str, str]]:
    for line in message.strip().split("\n\n")[-1].splitlines():
        key, separator, value = line.partition(": ")
        if separator and key.replace("-", "").isalnum():
            yield key, value.strip()


def _gitlab(row: dict[str, Any]) -> OpenChange:
    author = str((row.get("author") or {}).get("username", ""))
    status = str(row.get("detailed_merge_status", ""))
    machine = "bot" in author.split("_")
    return OpenChange(
        ref=f"!{row['iid']}",
        author=author,
        opened=_seconds(row["created_at"]),
        updated=_seconds(row.get("updated_at")),
        pushed=_seconds(row["created_at"]),
        draft=bool(row.get("draft")),
        decision={"requested_changes": "changes-requested", "mergeable": "approved"}.get(status, ""),
        checks="failed" if (row.get("head_pipeline") or {}).get("status") == "failed" else "",
        conflict=row.get("has_conflicts"),
        machine=machine,
        machines=(author,) if machine else (),
        closed=_seconds(row.get("merged_at") or row.get("closed_at")),
        asked=tuple(str(found.get("username", "")) for found in row.get("reviewers") or ()),
    )


def _seconds(text: Any) -> int:
    return int(datetime.fromisoformat(str(text)).timestamp()) if text else 0
