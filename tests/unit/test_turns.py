"""Turns: stories of changes under review, and who can move each on; never the wrong person."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_syncpoints.loops.advice import advice
from pytest_syncpoints.loops.flow import DAY, OpenChange, turn
from pytest_syncpoints.policy import NO_POLICY

APPROVED, REQUESTED = "approved", "changes-requested"


def after(pushed: int, reviewed: int = 0, **facts: Any) -> dict[str, Any]:
    """Say on which day the author last pushed or answered, and a reviewer last spoke (0: never)."""
    return {"pushed": pushed * DAY, "reviewed": reviewed * DAY, **facts}


# What happened, whose turn it is, and why.
STORIES: list[tuple[str, dict[str, Any], str, str]] = [
    # Nobody has read it yet.
    ("opened today, nobody asked", after(1), "reviewer", "nothing stands in the author's way"),
    ("opened, bob asked", after(1, asked=("bob",)), "reviewer", "bob has not come yet"),
    ("opened, bob and carol asked", after(1, asked=("bob", "carol")), "reviewer", "neither has come yet"),
    ("waits for sixty days", after(1, updated=DAY), "reviewer", "waiting is no fault of the author"),
    ("pushed once more before any review", after(5), "reviewer", "a push asks nothing of its author"),
    ("checks pass, nobody read it", after(1, checks="passed"), "reviewer", "green is what a reviewer waits for"),
    ("checks still run", after(1, checks=""), "reviewer", "what is not known is not held against the author"),
    ("host cannot tell of conflicts yet", after(1, conflict=None), "reviewer", "unknown is no conflict"),
    ("merges cleanly", after(1, conflict=False), "reviewer", "no conflict, no review"),
    ("a bot's update, checks pass", after(1, machine=True, checks="passed"), "reviewer", "machines wait like people"),
    # Something of the author's stands in the way.
    ("draft", after(1, draft=True), "author", "its author has not said it is ready"),
    ("draft, bob asked", after(1, draft=True, asked=("bob",)), "author", "asked early: still a draft"),
    ("draft, reviewed early", after(1, 2, draft=True), "author", "who reads a draft does its author a favour"),
    ("draft, review answered", after(3, 2, draft=True), "author", "still not said to be ready"),
    ("draft, approved", after(1, 2, draft=True, decision=APPROVED), "author", "only its author can lift the draft"),
    ("draft with red checks", after(1, draft=True, checks="failed"), "author", "both are theirs"),
    ("draft in conflict", after(1, draft=True, conflict=True), "author", "both are theirs"),
    ("checks red, unread", after(1, checks="failed"), "author", "nobody reads what does not pass"),
    ("checks red, bob asked", after(1, checks="failed", asked=("bob",)), "author", "bob may wait for green"),
    ("checks red after a review", after(3, 2, checks="failed"), "author", "the answer broke something"),
    ("checks red, approved", after(1, 2, checks="failed", decision=APPROVED), "author", "approved and not mergeable"),
    (
        "checks red, changes requested",
        after(1, 2, checks="failed", decision=REQUESTED),
        "author",
        "two things to mend",
    ),
    (
        "checks red, changes made",
        after(3, 2, checks="failed", decision=REQUESTED),
        "author",
        "what was mended does not pass",
    ),
    ("in conflict, unread", after(1, conflict=True), "author", "only its author can rebase it"),
    ("in conflict, bob asked", after(1, conflict=True, asked=("bob",)), "author", "what bob read would change"),
    ("in conflict, approved", after(1, 2, conflict=True, decision=APPROVED), "author", "it cannot be merged as it is"),
    (
        "in conflict, changes requested",
        after(1, 2, conflict=True, decision=REQUESTED),
        "author",
        "to be changed and rebased",
    ),
    ("in conflict, answered", after(3, 2, conflict=True), "author", "answered, and still to be rebased"),
    ("in conflict with red checks", after(1, conflict=True, checks="failed"), "author", "both are theirs"),
    # Changes were requested.
    ("changes requested", after(1, 2, decision=REQUESTED), "author", "the reviewer waits"),
    ("changes requested, then pushed", after(3, 2, decision=REQUESTED), "reviewer", "the author has answered"),
    (
        "changes requested on the day of the push",
        after(2, 2, decision=REQUESTED),
        "author",
        "a review of that very push is unanswered",
    ),
    (
        "changes requested, bob asked to look again",
        after(1, 2, decision=REQUESTED, asked=("bob",), heard=("bob",)),
        "reviewer",
        "asking again is an answer",
    ),
    (
        "changes requested by bob, carol never came",
        after(1, 2, decision=REQUESTED, asked=("carol",), heard=("bob",)),
        "author",
        "carol would read what bob wants changed",
    ),
    (
        "changes requested by bob, answered, carol never came",
        after(3, 2, decision=REQUESTED, asked=("carol",), heard=("bob",)),
        "reviewer",
        "answered: both may read now",
    ),
    (
        "changes requested twice",
        after(3, 4, decision=REQUESTED, heard=("bob",)),
        "author",
        "the second review is unanswered",
    ),
    (
        "changes requested twice, answered twice",
        after(5, 4, decision=REQUESTED, heard=("bob",)),
        "reviewer",
        "the reviewer owes the third look",
    ),
    (
        "changes requested, checks pass since",
        after(1, 2, decision=REQUESTED, checks="passed"),
        "author",
        "green checks change nothing that was requested",
    ),
    (
        "changes requested, answered, checks pass",
        after(3, 2, decision=REQUESTED, checks="passed"),
        "reviewer",
        "nothing stands in the author's way",
    ),
    (
        "changes requested of a bot",
        after(1, 2, decision=REQUESTED, machine=True),
        "author",
        "whoever runs the bot is its author",
    ),
    # Read, and no decision.
    ("commented on", after(1, 2, heard=("bob",)), "author", "the comment waits for an answer"),
    ("commented on, answered", after(3, 2, heard=("bob",)), "reviewer", "the answer waits for the reviewer"),
    (
        "commented on by bob, carol was asked",
        after(1, 2, asked=("carol",), heard=("bob",)),
        "reviewer",
        "carol can decide without an answer to bob",
    ),
    (
        "commented on, bob asked again",
        after(1, 2, asked=("bob",), heard=("bob",)),
        "reviewer",
        "asking again is an answer",
    ),
    ("commented on twice", after(3, 4, heard=("bob",)), "author", "the second comment waits for an answer"),
    ("commented on, checks pass", after(1, 2, checks="passed"), "author", "checks answer no comment"),
    ("answered long ago", after(3, 2, updated=3 * DAY), "reviewer", "weeks of silence are the reviewer's"),
    ("an approval was dismissed by a push", after(3, 2, decision=""), "reviewer", "the push is to be read"),
    # Approved.
    ("approved", after(1, 2, decision=APPROVED), "merge", "nothing is left but to merge"),
    ("approved, checks pass", after(1, 2, decision=APPROVED, checks="passed"), "merge", "nothing is left"),
    ("approved, then pushed", after(3, 2, decision=APPROVED), "merge", "the host keeps the approval, so do we"),
    ("approved without a review's date", after(1, 0, decision=APPROVED), "merge", "the decision stands"),
    ("approved, checks still run", after(1, 2, decision=APPROVED, checks=""), "merge", "the host merges when green"),
    (
        "approved by bob, carol still asked",
        after(1, 2, decision=APPROVED, asked=("carol",), heard=("bob",)),
        "merge",
        "the host asks for no more",
    ),
    ("a bot's update, approved", after(1, 2, decision=APPROVED, machine=True), "merge", "approved is approved"),
]


@pytest.mark.parametrize(
    ("facts", "whose", "why"), [story[1:] for story in STORIES], ids=[story[0] for story in STORIES]
)
def test_whose_turn_it_is(facts: dict[str, Any], whose: str, why: str) -> None:
    assert turn(OpenChange("x", "alice", DAY, **facts)) == whose, why


def test_there_are_fifty_stories_each_told_once() -> None:
    assert len({story[0] for story in STORIES}) == len(STORIES) >= 50
    assert len({repr(sorted(story[1].items())) for story in STORIES}) >= 50


@pytest.mark.parametrize("story", [story for story in STORIES if story[2] == "reviewer"], ids=lambda story: story[0])
def test_an_author_who_waits_is_not_told_to_do_anything(story: tuple[str, dict[str, Any], str, str]) -> None:
    """Where such a change is let go in the end, its reviewers are named as the reason."""
    (said,) = advice((OpenChange("x", "alice", DAY, **{"answered": True, **story[1]}),), 900 * DAY, NO_POLICY)
    assert "its reviewers never came to it" in said
