"""Exports: open changes as `gh pr list --json` and GitLab's API list them, read from a file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.loops.flow import OpenChange
from pytest_syncpoints.size import minutes_of_lines

_LARGEST = 64 << 20
_FAILED = frozenset(("FAILURE", "ERROR", "TIMED_OUT", "CANCELLED", "ACTION_REQUIRED", "STARTUP_FAILURE"))
_DECISIONS = {"APPROVED": "approved", "CHANGES_REQUESTED": "changes-requested"}


def read_export(path: str) -> tuple[OpenChange, ...]:
    """Return the changes of a forge's own export, open and closed; raises UsageError for anything else."""
    import json

    try:
        with open(path, "rb") as file:
            rows = json.loads(file.read(_LARGEST))
        return tuple(_gitlab(row) if "iid" in row else _github(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} holds no list of changes: {error}",
            remedy="gh pr list --state all --limit 1000 --json number,author,createdAt,updatedAt,closedAt,isDraft,"
            "mergeable,reviewDecision,reviews,commits,statusCheckRollup,additions,deletions",
        ) from error


def _github(row: dict[str, Any]) -> OpenChange:
    author = row.get("author") or {}
    login = str(author.get("login", ""))
    reviews = [found for found in row.get("reviews") or () if (found.get("author") or {}).get("login") != login]
    pushed = [_seconds(found.get("committedDate")) for found in row.get("commits") or ()]
    answers = [
        _seconds(found.get("submittedAt"))
        for found in row.get("reviews") or ()
        if (found.get("author") or {}).get("login") == login
    ]
    checks = [str(found.get("conclusion") or found.get("state") or "") for found in row.get("statusCheckRollup") or ()]
    return OpenChange(
        ref=f"#{row['number']}",
        author=login,
        opened=_seconds(row["createdAt"]),
        updated=_seconds(row.get("updatedAt")),
        pushed=max([_seconds(row["createdAt"]), *pushed, *answers]),
        reviewed=max([_seconds(found.get("submittedAt")) for found in reviews], default=0),
        draft=bool(row.get("isDraft")),
        decision=_DECISIONS.get(str(row.get("reviewDecision")), ""),
        checks="failed" if _FAILED.intersection(checks) else ("passed" if checks else ""),
        conflict={"CONFLICTING": True, "MERGEABLE": False}.get(str(row.get("mergeable"))),
        machine=bool(author.get("is_bot")) or login.endswith("[bot]"),
        minutes=minutes_of_lines(int(row.get("additions") or 0) + int(row.get("deletions") or 0), 0),
        closed=_seconds(row.get("closedAt") or row.get("mergedAt")),
    )


def _gitlab(row: dict[str, Any]) -> OpenChange:
    author = row.get("author") or {}
    status = str(row.get("detailed_merge_status", ""))
    return OpenChange(
        ref=f"!{row['iid']}",
        author=str(author.get("username", "")),
        opened=_seconds(row["created_at"]),
        updated=_seconds(row.get("updated_at")),
        pushed=_seconds(row["created_at"]),
        draft=bool(row.get("draft")),
        decision={"requested_changes": "changes-requested", "mergeable": "approved"}.get(status, ""),
        checks="failed" if (row.get("head_pipeline") or {}).get("status") == "failed" else "",
        conflict=row.get("has_conflicts"),
        machine="bot" in str(author.get("username", "")).split("_"),
        closed=_seconds(row.get("merged_at") or row.get("closed_at")),
    )


def _seconds(text: Any) -> int:
    return int(datetime.fromisoformat(str(text)).timestamp()) if text else 0
