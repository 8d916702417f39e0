"""Thirty situations, how people should meet in each, and why a thoughtful lead would say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.mode import (
    Situation,
    fidelity_reasons,
    mode_of,
    score,
    sentence_of,
    synchronicity_reasons,
)

OPS, TWO, THREE = ("ops",), ("ops", "platform"), ("ops", "platform", "security")


def at(loops: tuple[str, ...], **facts: object) -> Situation:
    return Situation(loops, **facts)  # type: ignore[arg-type]


# The reason is the test's name.
SITUATIONS = {
    "nobody has to agree, so nobody is interrupted": (
        at((), lines=18, minutes=4),
        "automated",
        "nobody has to meet over this change",
    ),
    "nobody has to agree even though much changes: that is size's business": (
        at((), lines=2000, minutes=400, components=5),
        "automated",
        "nobody has to meet over this change",
    ),
    "nobody has to agree to an irreversible part that no sync point covers: the finding says so": (
        at((), undo="irreversible", about="the migration"),
        "automated",
        "nobody has to meet over this change",
    ),
    "a few lines that one team signs are a message": (
        at(OPS, lines=25, minutes=7),
        "async-text",
        "by text with ops, about 7 min to read",
    ),
    "one line is a message too": (at(OPS, lines=1, minutes=1), "async-text", "by text with ops, about 1 min to read"),
    "two teams can each read a reversible change in turn": (
        at(TWO, lines=60, minutes=12),
        "async-text",
        "by text with ops and platform, about 12 min to read",
    ),
    "so can three": (
        at(THREE, lines=60, minutes=12),
        "async-text",
        "by text with ops, platform and security, about 12 min to read",
    ),
    "a column is dropped: what cannot be undone is said aloud first": (
        at(OPS, undo="irreversible", about="the migration", undo_lines=12, lines=140, minutes=25),
        "call",
        "20-minute call with ops on the migration; the other 128 lines by text",
    ),
    "nothing but the migration: no rest to read": (
        at(OPS, undo="irreversible", about="the migration", undo_lines=12, lines=12, minutes=3),
        "call",
        "20-minute call with ops on the migration",
    ),
    "two teams over what cannot be undone take a little longer": (
        at(TWO, undo="irreversible", about="the migration", undo_lines=12, lines=13, minutes=3),
        "call",
        "25-minute call with ops and platform on the migration; the other 1 line by text",
    ),
    "costly to undo, one team: a message is enough, the finding names the way back": (
        at(OPS, undo="costly", about="what is costly to undo", lines=40, minutes=8),
        "async-text",
        "by text with ops, about 8 min to read",
    ),
    "costly to undo, and the team has not met this code for three tempos": (
        at(OPS, undo="costly", about="what is costly to undo", undo_lines=5, drift=3.0, lines=40, minutes=8),
        "call",
        "20-minute call with ops on what is costly to undo; the other 35 lines by text",
    ),
    "costly to undo for three teams": (
        at(THREE, undo="costly", about="what is costly to undo", undo_lines=5, lines=40, minutes=8),
        "call",
        "30-minute call with ops, platform and security on what is costly to undo; the other 35 lines by text",
    ),
    "drifted, but small and reversible: text brings the loop back as well": (
        at(OPS, drift=2.3, lines=30, minutes=6),
        "async-text",
        "by text with ops, about 6 min to read",
    ),
    "far drifted and the author is new: nobody in the thread would know the code": (
        at(OPS, drift=4.0, novelty=1.0, lines=30, minutes=6),
        "call",
        "20-minute call with ops",
    ),
    "a newcomer's reversible change is a message; teaching is another matter": (
        at(OPS, novelty=1.0, lines=30, minutes=6),
        "async-text",
        "by text with ops, about 6 min to read",
    ),
    "one sign-off lapsed: read the rest and sign again": (
        at(OPS, rounds=1, lines=30, minutes=6),
        "async-text",
        "by text with ops, about 6 min to read",
    ),
    "two sign-offs lapsed: the third round is a call, whatever the change": (
        at(OPS, rounds=2, lines=3, minutes=1),
        "call",
        "20-minute call with ops",
    ),
    "five sign-offs lapsed: no less": (at(OPS, rounds=5, lines=3, minutes=1), "call", "20-minute call with ops"),
    "long and reversible, in one place: they read it when they can": (
        at(OPS, lines=500, minutes=100),
        "async-text",
        "by text with ops, about 100 min to read",
    ),
    "long, reversible and all over: an audit, whole, by text": (
        at(OPS, lines=700, minutes=140, components=5),
        "async-audit",
        "audit by text with ops: read whole, about 2.5 hours",
    ),
    "long, reversible, unknown to its reviewers and full of new names": (
        at(OPS, lines=450, minutes=90, concepts=5, distance=1.0),
        "async-audit",
        "audit by text with ops: read whole, about 1.5 hours",
    ),
    "new names in a small change need no audit": (
        at(OPS, lines=40, minutes=8, concepts=4),
        "async-text",
        "by text with ops, about 8 min to read",
    ),
    "irreversible and an hour and a half to read: side by side": (
        at(OPS, undo="irreversible", about="the migration", undo_lines=20, lines=450, minutes=90, components=2),
        "pairing",
        "1.5 hours of pairing with ops on the migration; the other 430 lines by text",
    ),
    "irreversible, short, but across components nobody here knows": (
        at(OPS, undo="irreversible", about="what cannot be undone", lines=60, minutes=12, components=3, distance=1.0),
        "pairing",
        "30 minutes of pairing with ops on what cannot be undone",
    ),
    "irreversible, long and everywhere: too late for a review, they design it again": (
        at(OPS, undo="irreversible", about="what cannot be undone", lines=900, minutes=180, components=6),
        "design-session",
        "45-minute design session with ops on what cannot be undone",
    ),
    "the same for three teams takes longer": (
        at(THREE, undo="irreversible", about="what cannot be undone", lines=900, minutes=180, components=6),
        "design-session",
        "75-minute design session with ops, platform and security on what cannot be undone",
    ),
    "rounds went by over a long change in many places: stop and draw": (
        at(TWO, rounds=3, lines=700, minutes=140, components=5),
        "design-session",
        "60-minute design session with ops and platform",
    ),
    "two teams, drifted: once together is sooner than each in turn": (
        at(TWO, drift=3.0, lines=50, minutes=10),
        "call",
        "25-minute call with ops and platform",
    ),
    "within its tempo a loop has not drifted": (
        at(TWO, drift=0.9, lines=50, minutes=10),
        "async-text",
        "by text with ops and platform, about 10 min to read",
    ),
    "a call never grows beyond three quarters of an hour": (
        at(tuple("abcdefghi"), undo="irreversible", about="the migration", lines=9, minutes=2),
        "call",
        "45-minute call with a, b, c, d, e, f, g, h and i on the migration",
    ),
}


@pytest.mark.parametrize(("situation", "mode", "sentence"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_how_to_meet(situation: Situation, mode: str, sentence: str) -> None:
    assert (mode_of(situation), sentence_of(situation)) == (mode, sentence)


SITUATION = st.builds(
    Situation,
    loops=st.lists(st.sampled_from("abc"), unique=True).map(tuple),
    undo=st.sampled_from(["reversible", "costly", "irreversible"]),
    drift=st.floats(0, 50),
    rounds=st.integers(0, 9),
    novelty=st.floats(0, 1),
    components=st.integers(0, 50),
    concepts=st.integers(0, 50),
    distance=st.floats(0, 1),
    lines=st.integers(0, 10**6),
    minutes=st.integers(0, 10**6),
)


@given(SITUATION)
def test_the_scores_are_shares_that_their_factors_explain(situation: Situation) -> None:
    for factors in (synchronicity_reasons(situation), fidelity_reasons(situation)):
        assert 0 <= score(factors) <= 1
        assert score(factors) >= max((factor.weight for factor in factors), default=0) - 1e-9


@given(SITUATION, st.integers(0, 9))
def test_worse_never_asks_for_less_presence(situation: Situation, rounds: int) -> None:
    worse = situation._replace(undo="irreversible", rounds=max(rounds, situation.rounds))
    assert score(synchronicity_reasons(worse)) >= score(synchronicity_reasons(situation))
