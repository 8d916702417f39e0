"""Signed notes as text: what is written is read back, and nothing else is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.signed_note import LONGEST_LINE, SignedNote, can_be_said, from_line, payload, to_line

DIGEST = "sha256:" + "5" * 64
NOTE = SignedNote(
    "a" * 40, "ledger-ops", "@acme/ops", ("permission",), DIGEST, "2026-03-02T09:30:00Z", "", "ssh", "AAAA"
)
WORDS = st.text(min_size=1, max_size=40).filter(can_be_said)


@given(syncpoint=WORDS, team=WORDS, reason=st.one_of(st.just(""), WORDS), signature=WORDS)
def test_a_line_is_read_back_as_it_was_written(syncpoint: str, team: str, reason: str, signature: str) -> None:
    note = NOTE._replace(syncpoint=syncpoint, team=team, reason=reason, signature=signature)
    assert from_line(to_line(note)) == note
    assert to_line(note).startswith(payload(note) + "\tssh=")
    assert "\n" not in to_line(note)


@given(st.text(max_size=300))
def test_other_text_is_no_sign_off(text: str) -> None:
    assert from_line(text) is None


@given(at=st.integers(0, 400), letter=st.characters(codec="utf-8"))
def test_no_two_lines_say_the_same(at: int, letter: str) -> None:
    """A line with a letter put in is another statement, or none: there is one way to write each."""
    line = to_line(NOTE)
    other = line[:at] + letter + line[at:]
    read = from_line(other)
    assert read is None or (read != NOTE and to_line(read) == other)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(to_line(NOTE) + "\n", id="a newline behind it"),
        pytest.param(to_line(NOTE).replace("purpose=permission", "purpose=learning"), id="a purpose nobody signs for"),
        pytest.param(to_line(NOTE).replace("purpose=permission", "purpose="), id="no purpose"),
        pytest.param(to_line(NOTE).replace(DIGEST, "sha256:555"), id="a short digest"),
        pytest.param(to_line(NOTE).replace("Z\t", "+00:00\t"), id="another form of the time"),
        pytest.param(to_line(NOTE).replace("\tssh=", "\twaived=\tssh="), id="a waiver without a reason"),
        pytest.param(to_line(NOTE).replace("\tssh=", "\tx509="), id="a kind of signature we do not know"),
        pytest.param(to_line(NOTE._replace(signature="A" * LONGEST_LINE)), id="a line that is too long"),
    ],
)
def test_what_is_not_as_we_write_it_is_no_sign_off(line: str) -> None:
    assert from_line(line) is None
