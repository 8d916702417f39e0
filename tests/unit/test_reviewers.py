"""Reviewers: the fewest people who close what is open, and who knows which files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.loops.familiarity import HALF_LIFE, Familiarity, Known, LinesFrom, Work, line_shares
from pytest_syncpoints.loops.reviewers import DAY, Facts, Seat, suggest

NOW = 1_772_443_800.0
NOBODY: frozenset[str] = frozenset()


def knowing(**scores: float) -> dict[str, Known]:
    return {who: Known(who, score, score, 0.0, 0.0) for who, score in scores.items()}


def facts(**given: Any) -> Facts:
    known = given.get("known", {})
    defaults: dict[str, Any] = {
        "known": known,
        "last_seen": {who: int(NOW) - 10 * DAY for who in ("alice", "bob", "carol", "dora")},
        "load": {},
        "names": {},
        "now": NOW,
    }
    return Facts(**defaults | given)


def seat(team: str, *members: str, needed: int = 1) -> Seat:
    return Seat(team, needed, frozenset(members))


CHOICES = [
    pytest.param([seat("ops", "bob", "carol")], {"known": knowing(bob=0.2, carol=0.9)}, ["carol"], id="who knows most"),
    pytest.param(
        [seat("ops", "bob", "carol"), seat("sec", "carol", "dora")],
        {"known": knowing(bob=0.9, carol=0.1, dora=0.9)},
        ["carol"],
        id="one who sits on both teams, though two would know more",
    ),
    pytest.param(
        [seat("ops", "bob"), seat("sec", "dora")], {"known": knowing(dora=0.9)}, ["bob", "dora"], id="one a team"
    ),
    pytest.param(
        [seat("ops", "bob", "carol", "dora", needed=2)],
        {"known": knowing(bob=0.3, carol=0.2, dora=0.1)},
        ["bob", "carol"],
        id="as many as must sign",
    ),
    pytest.param(
        [seat("ops", "bob", "carol")],
        {"known": knowing(bob=0.5, carol=0.4), "load": {"bob": 900.0}},
        ["carol"],
        id="not who has read most this fortnight",
    ),
    pytest.param(
        [seat("ops", "bob", "carol")],
        {"known": knowing(bob=0.9, carol=0.1), "last_seen": {"carol": int(NOW), "bob": int(NOW) - 400 * DAY}},
        ["carol"],
        id="not who has gone quiet",
    ),
    pytest.param(
        [seat("ops", "alice")], {"known": knowing(alice=0.9)}, [], id="never the author, even if nobody is left"
    ),
    pytest.param(
        [seat("ops", "alice", "bob")], {"known": knowing(alice=0.9)}, ["bob"], id="a stranger before the author"
    ),
    pytest.param([seat("@acme/ops")], {}, [], id="nobody where nobody knows who is in the team"),
    pytest.param(
        [seat(f"team{n}", f"p{n}") for n in range(6)],
        {},
        [f"p{n}" for n in range(6)],
        id="more teams than are compared",
    ),
]


@pytest.mark.parametrize(("seats", "known", "who"), CHOICES)
def test_the_fewest_who_close_what_is_open(seats: list[Seat], known: dict[str, Any], who: list[str]) -> None:
    found = suggest(seats, frozenset({"alice"}), facts(**known))
    assert sorted(one.who for one in found.reviewers) == who


def test_where_one_person_alone_knows_the_code_another_reads_along() -> None:
    given = facts(known=knowing(bob=0.9, carol=0.1))
    first, second = suggest([seat("ops", "bob", "carol")], NOBODY, given, ["ledger"]).reviewers
    assert (first.who, first.for_) == ("bob", ("ops",))
    assert (second.who, second.for_) == ("carol", ("learning",))
    assert second.reasons == ("to learn ledger, which one person alone knows: reads along with bob",)


def test_a_learner_never_reviews_alone() -> None:
    assert suggest([seat("ops")], NOBODY, facts(known=knowing(bob=0.9)), ["ledger"]).reviewers == ()


def test_reasons_are_words() -> None:
    given = facts(known={"bob": Known("bob", 1.2, 0.8, 0.2, 0.2)}, load={"bob": 40.0})
    (one,) = suggest([seat("ops", "bob")], NOBODY, given).reviewers
    assert one.reasons == (
        "wrote or reviewed most of what happened to these files lately",
        "has reviewed this author before",
        "read 40 minutes' worth of changes in two weeks",
    )


@given(
    teams=st.lists(st.sets(st.sampled_from("abcdefgh"), max_size=5), min_size=1, max_size=5),
    authors=st.sets(st.sampled_from("abcdefgh"), max_size=3),
)
def test_every_seat_that_can_be_filled_is_and_by_no_author(teams: list[set[str]], authors: set[str]) -> None:
    seats = [seat(f"t{at}", *members) for at, members in enumerate(teams)]
    chosen = {one.who for one in suggest(seats, frozenset(authors), facts()).reviewers}
    assert not chosen & authors
    assert all(members - authors == set() or members & chosen for members in teams)


def ranked(*works: Work, path: str = "src/a/x.py", author: str = "alice") -> list[str]:
    knows = Familiarity()
    for work in works:
        knows.learn(work)
    return [known.who for known in knows.rank([path], author, max(work.at for work in works))]


def test_who_reviewed_a_file_knows_it_better_than_who_wrote_beside_it() -> None:
    works = (Work(1, "bob", (), ("src/a/y.py",)), Work(2, "carol", ("dora",), ("src/a/x.py",)))
    assert ranked(*works) == ["dora", "carol", "bob"]


def test_what_was_long_ago_fades() -> None:
    works = [Work(1, "bob", (), ("src/a/x.py",)), Work(1 + 4 * HALF_LIFE, "carol", (), ("src/a/x.py",))]
    assert ranked(*works) == ["carol", "bob"]


def test_nobody_is_suggested_to_themselves() -> None:
    assert ranked(Work(1, "alice", ("bob",), ("src/a/x.py",))) == ["bob"]


def test_asked_about_some_paths_it_ranks_as_if_it_had_learned_all() -> None:
    works = (Work(1, "bob", ("dora",), ("src/a/y.py",)), Work(2, "carol", ("bob",), ("docs/x.md", "src/a/x.py")))
    whole, part = Familiarity(), Familiarity(["src/a/x.py"])
    for work in works:
        whole.learn(work)
        part.learn(work)
    assert whole.rank(["src/a/x.py"], "alice", 3) == part.rank(["src/a/x.py"], "alice", 3)


def test_who_reviewed_the_lines_themselves_knows_them_best() -> None:
    knows = Familiarity()
    for work in (Work(1, "carol", ("dora",), ("a.py",)), Work(1, "bob", ("erin",), ("a.py",))):
        knows.learn(work)
    lines = [LinesFrom(3.0, 1, "bob", ("erin",)), LinesFrom(0.5, 1, "carol", ("dora",))]
    assert [known.who for known in knows.rank(["a.py"], "alice", 1, lines)] == ["erin", "dora", "bob", "carol"]
    assert [known.who for known in knows.rank(["a.py"], "alice", 1)] == ["dora", "erin", "bob", "carol"]


def test_shares_of_lines_fade_and_old_ones_are_nobodys() -> None:
    lines = [LinesFrom(2.0, 0, "bob", ()), LinesFrom(1.0, HALF_LIFE, "carol", ()), LinesFrom(1.0, 0, "", ())]
    assert line_shares(lines, HALF_LIFE) == {"bob": 0.25, "carol": 0.25}
    assert line_shares([], HALF_LIFE) == {}
