"""Objections: who asks for changes on the forge has not signed, by whatever else they signed with before."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.signing import POLICY, Story

Event = Callable[[Story], None]
HOUR = 3600


def written(seconds: float) -> str:
    """Return a time as GitHub writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def review(story: Story, who: str = "bob", state: str = "CHANGES_REQUESTED", *, after: float = HOUR) -> dict[str, Any]:
    """Return a review as GitHub has it, given so many seconds after now."""
    when = written(time.time() + after)
    return {"user": {"login": who}, "state": state, "commit_id": story.head, "submitted_at": when}


def checked(story: Story, *reviews: dict[str, Any]) -> tuple[str, str]:
    """Run the check with these reviews; return the exit status and what it says of ops."""
    path = Path(story.project.path).parent / "reviews.json"
    given = {"reviews": reviews, "pull_request": {"user": {"login": "carol"}}}
    commits = [{"author": {"login": "carol"}, "commit": {"author": {"email": "carol@example.org"}}}]
    path.write_text(json.dumps({**given, "commits": commits}), encoding="utf-8")
    words = ("--base", "main", "--door", "ci", "--reviews", str(path), "--format", "json")
    outcome = story.project.run("check", *words)
    (ops,) = outcome.json["syncpoints"][0]["participants"]
    assert outcome.code == (0 if ops["status"] in ("met", "waived") else 1), outcome
    return ops["status"], ops["because"]


def test_a_signed_note_counts_where_nobody_objects(story: Story) -> None:
    story.by_note()
    assert checked(story)[0] == "met"
    assert checked(story, review(story, "dan"), review(story, "alice", "COMMENTED"))[0] == "met"


def test_a_request_for_changes_outdoes_an_earlier_note(story: Story) -> None:
    story.by_note()
    status, because = checked(story, review(story))
    assert status == "open"
    assert f"bob: asked for changes on {story.head[:7]} after signing" in because


def test_so_does_one_on_a_later_head_that_leaves_the_content_as_it_was(story: Story) -> None:
    story.by_note()
    story.edit("other.py", "x", "y")
    status, because = checked(story, review(story))
    assert (status, f"on {story.head[:7]} after signing" in because) == ("open", True)


def test_and_by_another_of_their_identities(story: Story) -> None:
    """The key is of an address, the review by a handle: `[people]` joins them."""
    story.by_note("alice")
    assert checked(story, review(story, "alice"))[0] == "open"


def test_a_waiver_is_outdone_as_well(story: Story) -> None:
    story.by_note("bob", "--waive", "night")
    assert checked(story)[0] == "waived"
    assert checked(story, review(story))[0] == "open"


@pytest.mark.parametrize(
    ("later", "status"),
    [
        pytest.param("APPROVED", "met", id="approved since"),
        pytest.param("DISMISSED", "met", id="dismissed since"),
        pytest.param("COMMENTED", "open", id="only a comment since"),
    ],
)
def test_a_later_review_takes_a_request_back(story: Story, later: str, status: str) -> None:
    story.by_note()
    assert checked(story, review(story), review(story, state=later, after=2 * HOUR))[0] == status


def test_a_later_signature_takes_a_request_back(story: Story) -> None:
    asked = review(story, after=-HOUR)
    story.by_note()
    assert checked(story, asked)[0] == "met"


@pytest.mark.parametrize(
    "times",
    [
        pytest.param(lambda: {"submitted_at": written(time.time() - 60)}, id="within what clocks may differ"),
        pytest.param(lambda: {"submitted_at": ""}, id="the host tells no time"),
        pytest.param(lambda: {"submitted_at": "2026-01-06T10:00:00"}, id="a time of no zone"),
        pytest.param(lambda: {"submitted_at": "yesterday"}, id="no time"),
    ],
)
def test_where_nobody_can_tell_which_came_first_it_stays_open(
    story: Story, times: Callable[[], dict[str, str]]
) -> None:
    story.by_note()
    status, because = checked(story, {**review(story), **times()})
    assert status == "open"
    assert "and which came first cannot be told; sign anew, or approve there" in because


def test_a_signature_from_the_future_takes_nothing_back(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = time.gmtime(time.time() + 30 * 24 * HOUR)
    with monkeypatch.context() as patched:
        patched.setattr(time, "gmtime", lambda *_: ahead)
        story.by_note()
    status, because = checked(story, review(story, after=-HOUR))
    assert (status, "which came first cannot be told" in because) == ("open", True)


def test_a_trailer_takes_nothing_back_whatever_its_date(story: Story) -> None:
    """Whoever commits it sets the date, and it may be the author."""
    story.by_trailer()
    assert checked(story)[0] == "met"
    status, because = checked(story, review(story, after=-1000 * HOUR))
    assert status == "open"
    assert "a trailer's date does not prove that it came after; approve there" in because


def test_somebody_elses_request_leaves_a_sign_off_alone(story: Story) -> None:
    story.by_note()
    assert checked(story, review(story, "alice"))[0] == "met"


@pytest.mark.parametrize(
    ("members", "status"),
    [
        pytest.param('"bob@example.org", "@robert"', "open", id="a member whose address nobody knows"),
        pytest.param('"bob@example.org"', "met", id="a stranger to the team"),
    ],
)
def test_who_may_be_the_signer_objects_only_from_within_the_team(story: Story, members: str, status: str) -> None:
    policy = POLICY.replace('bob = ["@bob", "bob@example.org"]\n', "")
    story.on_main({"syncpoints.toml": policy.replace('"alice", "bob@example.org"', members)})
    story.by_note()
    found, because = checked(story, review(story, "robert"))
    assert found == status
    assert ("cannot be told apart from @robert, who asked for changes on" in because) == (status == "open")


def test_who_answers_for_machine_written_lines_and_asks_for_changes_does_not(story: Story) -> None:
    story.on_main({"syncpoints.toml": POLICY.replace('["robot@*"]', '["carol@*"]')})
    story.sign_as("bob")
    assert story.project.run("signoff", "machine", "--base", "main").code == 0
    path = Path(story.project.path).parent / "reviews.json"
    for reviews, found in (([], 0), ([review(story)], 1)):
        path.write_text(json.dumps(reviews), encoding="utf-8")
        report = story.project.check("--base", "main", "--reviews", str(path))
        assert [finding["rule"] for finding in report["findings"]].count("HUM001") == found


def test_a_request_of_which_nobody_knows_the_time_outdoes_an_approval(story: Story) -> None:
    request = {**review(story), "submitted_at": None}
    for reviews in ((request, review(story, state="APPROVED")), (review(story, state="APPROVED"), request)):
        assert checked(story, *reviews)[0] == "open"
    assert checked(story, review(story), review(story, state="APPROVED", after=2 * HOUR))[0] == "met"
    assert checked(story, review(story, state="APPROVED"), review(story, after=2 * HOUR))[0] == "open"
