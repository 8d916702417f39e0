"""Exported reviews: who reviewed what landed, as `gh pr list --json` and GitLab's API list it, read from a file."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pytest_syncpoints.gather.landed import Line
    from pytest_syncpoints.people import People

_LARGEST = 256 << 20
_NO_REVIEW = frozenset(("PENDING", "DISMISSED"))
_REMEDY = "gh pr list --state merged --limit 1000 --json number,author,mergeCommit,headRefOid,reviews,commits"


class ReviewedThere(Record):
    """One change that landed and who reviewed it: ``commits`` are ids it may have landed as, ``ref`` its number."""

    ref: str
    commits: tuple[str, ...]
    reviewers: tuple[Person, ...]


class ExportedReviews(Record):
    """What a host's export says: reviewed changes, and the pairs of handle and e-mail it knows to be one person."""

    changes: tuple[ReviewedThere, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()


def read_exported_reviews(path: str) -> ExportedReviews:
    """Return the reviews in a host's list of changes; raises UsageError for a file that holds no such list."""
    import json

    try:
        with open(path, "rb") as file:
            rows = json.loads(file.read(_LARGEST))
        changes = tuple(_gitlab(row) if "iid" in row else _github(row) for row in rows)
        pairs = dict.fromkeys(pair for row in rows for pair in _pairs(row))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} holds no list of changes with their reviews: {error}", remedy=_REMEDY) from error
    return ExportedReviews(tuple(change for change in changes if change.reviewers), tuple(pairs))


def _github(row: dict[str, Any]) -> ReviewedThere:
    author = _login(row.get("author"))
    reviews = (one for one in row.get("reviews") or () if str(one.get("state")) not in _NO_REVIEW)
    handles = dict.fromkeys(_login(one.get("author")) for one in reviews)
    commits = ((row.get("mergeCommit") or {}).get("oid"), row.get("headRefOid"))
    return _reviewed(f"#{row['number']}", commits, (handle for handle in handles if handle != author))


def _gitlab(row: dict[str, Any]) -> ReviewedThere:
    """Take who approved, where the list was given it; ``reviewers`` were only asked to."""
    handles = dict.fromkeys(str((one.get("user") or {}).get("username", "")) for one in row.get("approved_by") or ())
    commits = (row.get("merge_commit_sha"), row.get("squash_commit_sha"), row.get("sha"))
    author = str((row.get("author") or {}).get("username", ""))
    return _reviewed(f"!{row['iid']}", commits, (handle for handle in handles if handle != author))


def _reviewed(ref: str, commits: Iterable[object], handles: Iterable[str]) -> ReviewedThere:
    people = tuple(Person("", "", handle) for handle in handles if handle)
    return ReviewedThere(ref, tuple(str(commit) for commit in commits if commit), people)


def _login(account: Any) -> str:
    if not account or account.get("is_bot"):
        return ""
    return str(account.get("login") or "")


def _pairs(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for commit in row.get("commits") or ():
        for one in commit.get("authors") or ():
            if one.get("login") and one.get("email"):
                yield str(one["login"]), str(one["email"])


def reviewers_by_step(exported: ExportedReviews, line: Line, people: People) -> dict[str, tuple[str, ...]]:
    """Return the keys of who reviewed each step of a line, by its object id.

    A change is found by the commit it landed as, else by its number in a step's subject: `Subject (#12)`,
    `Merge pull request #12 from …`.
    """
    found: dict[str, tuple[str, ...]] = {}
    numbered: dict[str, int] | None = None
    for change in exported.changes:
        step = next((step for commit in change.commits if (step := line.step_with(commit)) is not None), None)
        if step is None:
            numbered = _numbered(line) if numbered is None else numbered
            step = numbered.get(change.ref)
        keys = dict.fromkeys(people.resolve(who) for who in change.reviewers if not people.is_machine(who))
        if step is not None:
            found[line.sha(step)] = tuple(key for key in keys if key)
    return found


def _numbered(line: Line) -> dict[str, int]:
    """Return the newest step that names each number."""
    import re

    pattern = re.compile(rb"^Merge pull request (#\d+) from |\((#\d+)\)$")
    steps = set(line.steps)
    found: dict[str, int] = {}
    for number, subject in line.database.execute("SELECT id, subject FROM commits WHERE instr(subject, x'23')"):
        match = pattern.search(subject) if number in steps else None
        if match is not None:
            ref = (match[1] or match[2]).decode("ascii")
            if ref not in found or line.at(number) > line.at(found[ref]):
                found[ref] = number
    return found
