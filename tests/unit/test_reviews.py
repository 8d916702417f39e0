"""What a forge's own JSON says of a change, from GitHub's three forms and GitLab's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_syncpoints.change import Person
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.reviews import reviews_from_json
from pytest_syncpoints.signoff import ForgeFacts

FIRST, SECOND = "1" * 40, "2" * 40


def facts(document: Any) -> ForgeFacts:
    return reviews_from_json(json.dumps(document).encode())


def a_review(**given: Any) -> dict[str, Any]:
    defaults = {
        "id": 80,
        "user": {"login": "carol", "type": "User"},
        "state": "APPROVED",
        "commit_id": FIRST,
        "submitted_at": "2026-03-02T09:30:00Z",
        "body": "",
    }
    return defaults | given


def an_approval(username: str, **given: Any) -> dict[str, Any]:
    return {"user": {"id": 1, "username": username, "name": username.title()}} | given


def test_a_review_carries_its_person_commit_outcome_and_time() -> None:
    (review,) = facts([a_review()]).reviews
    assert review.person == Person("carol", "", "carol")
    assert (review.commit, review.state, review.id) == (FIRST, "approved", "80")
    assert (review.edited, review.bot) == (False, False)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("APPROVED", "approved"),
        ("CHANGES_REQUESTED", "changes-requested"),
        ("COMMENTED", "commented"),
        ("DISMISSED", "dismissed"),
    ],
)
def test_every_outcome_of_github_is_known(word: str, state: str) -> None:
    assert [review.state for review in facts([a_review(state=word)]).reviews] == [state]


@pytest.mark.parametrize(
    "review",
    [
        pytest.param(a_review(state="PENDING"), id="a draft nobody has submitted"),
        pytest.param(a_review(user=None), id="a review whose account is gone"),
    ],
)
def test_a_review_that_is_nobodys_word_is_left_out(review: dict[str, Any]) -> None:
    assert facts([review]).reviews == ()


@pytest.mark.parametrize(
    "account",
    [{"login": "acme-bot", "type": "Bot"}, {"login": "dependabot[bot]"}, {"login": "x", "is_bot": True}],
    ids=["by its type", "by its name", "as gh says it"],
)
def test_a_bot_is_told(account: dict[str, Any]) -> None:
    assert facts([a_review(user=account)]).reviews[0].bot


def test_a_review_on_a_commit_github_has_lost_is_bound_to_nothing() -> None:
    assert facts([a_review(commit_id=None)]).reviews[0].commit == ""


def test_reviews_stand_in_the_order_they_were_given() -> None:
    later = a_review(state="DISMISSED", submitted_at="2026-03-03T09:30:00Z")
    assert [review.state for review in facts([later, a_review()]).reviews] == ["approved", "dismissed"]


def test_the_form_our_own_fetch_writes_tells_author_pushers_identities_and_teams() -> None:
    commit = {
        "sha": FIRST,
        "commit": {"author": {"email": "bob@example.org"}, "committer": {"email": "noreply@github.com"}},
        "author": {"login": "bob"},
        "committer": {"login": "web-flow"},
    }
    unknown = {"sha": SECOND, "commit": {"author": {"email": "eve@example.org"}, "committer": None}, "author": None}
    found = facts(
        {
            "reviews": [a_review()],
            "pull_request": {"number": 7, "user": {"login": "bob"}},
            "commits": [commit, unknown],
            "teams": {"@acme/ops": [{"login": "carol"}, "@dave"], "@acme/db": None},
            "pushers": [{"login": "erin"}],
        }
    )
    assert found.author == Person("bob", "", "bob")
    assert found.identities == (("bob", "bob@example.org"),)
    assert found.team_members == {"@acme/ops": ("carol", "dave"), "@acme/db": None}
    assert found.pushers == (Person("erin", "", "erin"),)


def test_what_gh_prints_is_read() -> None:
    found = facts(
        {
            "author": {"login": "bob"},
            "commits": [{"oid": FIRST, "authors": [{"login": "bob", "email": "bob@example.org"}]}],
            "reviews": [
                {
                    "id": "PRR_x",
                    "author": {"login": "carol"},
                    "state": "APPROVED",
                    "submittedAt": "2026-03-02T09:30:00Z",
                    "includesCreatedEdit": True,
                    "commit": {"oid": FIRST},
                }
            ],
        }
    )
    assert found.author == Person("bob", "", "bob")
    assert found.identities == (("bob", "bob@example.org"),)
    assert (found.reviews[0].commit, found.reviews[0].edited) == (FIRST, True)


VERSIONS = [
    {"id": 2, "head_commit_sha": SECOND, "created_at": "2026-03-02T12:00:00.000Z"},
    {"id": 1, "head_commit_sha": FIRST, "created_at": "2026-03-02T10:00:00.000+01:00"},
]


@pytest.mark.parametrize(
    ("when", "commit"),
    [
        pytest.param("2026-03-02T08:59:59Z", "", id="before the first version"),
        pytest.param("2026-03-02T09:00:00Z", FIRST, id="with the first version, whatever zone its time is told in"),
        pytest.param("2026-03-02T11:59:59Z", FIRST, id="before the second"),
        pytest.param("2026-03-02T12:00:01Z", SECOND, id="after the second"),
    ],
)
def test_an_approval_of_gitlab_is_bound_to_the_version_there_was(when: str, commit: str) -> None:
    found = facts({"approvals": {"approved_by": [an_approval("carol", approved_at=when)]}, "versions": VERSIONS})
    assert [(review.person.handle, review.commit, review.state) for review in found.reviews] == [
        ("carol", commit, "approved")
    ]


def test_without_a_time_of_its_own_an_approval_takes_that_of_its_last_system_note() -> None:
    said = "approved this merge request"
    notes = [
        {"system": True, "body": said, "author": {"username": "carol"}, "created_at": "2026-03-02T13:00:00Z"},
        {"system": True, "body": said, "author": {"username": "carol"}, "created_at": "2026-03-02T11:00:00Z"},
        {"system": False, "body": said, "author": {"username": "dave"}, "created_at": "2026-03-02T13:00:00Z"},
    ]
    approvals = {"approved_by": [an_approval("carol"), an_approval("dave")]}
    found = facts({"approvals": approvals, "versions": VERSIONS, "notes": notes})
    assert {review.person.handle: review.commit for review in found.reviews} == {"carol": SECOND, "dave": ""}


def test_approvals_alone_are_bound_to_nothing() -> None:
    assert [review.commit for review in facts({"approved_by": [an_approval("carol")]}).reviews] == [""]


def test_a_project_token_of_gitlab_is_a_bot() -> None:
    assert facts({"approved_by": [an_approval("project_12_bot_ab")]}).reviews[0].bot


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"", "is not JSON", id="empty"),
        pytest.param(b"[", "cut short", id="cut"),
        pytest.param(b"\xff", "not UTF-8", id="not text"),
        pytest.param(b"[" * 5000, "nested deeper", id="deep"),
        pytest.param(b"3", "expected an object", id="a number"),
        pytest.param(b"{}", "expected a list, or an object with the key 'reviews'", id="nothing known"),
        pytest.param(b'{"reviews": 1}', "reviews: expected a list", id="no list"),
        pytest.param(b'[{"state": "APPROVED", "state": "DISMISSED"}]', "the key 'state' twice", id="a key twice"),
        pytest.param(b'[{"user": {"login": "a"}}]', "state: expected text, found nothing", id="no state"),
        pytest.param(b'[{"user": {"login": "a"}, "state": "FINE"}]', "expected one of", id="an unknown state"),
        pytest.param(b'[{"user": {"login": 3}, "state": "APPROVED"}]', "login: expected text", id="no handle"),
        pytest.param(b'[{"user": {"login": "\\ud800"}, "state": "APPROVED"}]', "expected text", id="a lone surrogate"),
        pytest.param(b'{"approved_by": [{"user": {}}]}', "username: expected text", id="no user name"),
        pytest.param(b'{"approved_by": [], "approvals": 3}', "expected an object", id="approvals of another kind"),
    ],
)
def test_input_no_forge_says_is_one_clear_error(data: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=r"^the reviews ") as raised:
        reviews_from_json(data)
    assert said in raised.value.message
    assert "\n" not in raised.value.message
