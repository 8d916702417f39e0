"""What the one comment should say now, from the report and from what stands there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import HEAD, a_finding, a_report
from tests.situations import SITUATIONS

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.forge.request import ChangeRequest, Comment
from pytest_syncpoints.publish.sticky import Action, decide, parse_marker
from pytest_syncpoints.report import Report

NEXT = "5" * 40


def on(report: Report, *comments: Comment, head: str = HEAD, run: int | None = 1, **given: Any) -> Action:
    request = ChangeRequest("acme/ledger", 7, head, "main", run)
    return decide(report, request, comments, **{"limit": 65_536} | given)


def written(action: Action) -> Comment:
    return Comment("9", action.body, own=True)


def needing(*rules: str) -> Report:
    findings = [a_finding(rule=rule, fingerprint=rule) for rule in rules]
    return a_report(findings=tuple(findings))


def test_the_first_line_is_the_marker_and_the_second_the_verdict() -> None:
    marker, heading, *_ = on(SITUATIONS["one-sign-off-missing"]()).body.split("\n")
    assert parse_marker(marker) is not None
    assert heading.startswith("### Sync points: 1 sign-off missing (ops); the migration cannot be undone")


def test_what_came_and_went_is_told_until_the_next_push() -> None:
    first = written(on(needing("REV003", "SIZ001")))
    second = on(needing("REV003", "API001", "API002"), first, head=NEXT, run=2)
    assert "\nSince the last push: 1 resolved, 2 new.\n" in second.body
    again = on(needing("REV003", "API001", "API002"), written(second), head=NEXT, run=3)
    assert again.kind == "none"
    settled = on(needing("REV003"), written(second), head=NEXT, run=3)
    assert "\nSince the last push: 1 resolved, 0 new.\n" in settled.body


def test_a_push_without_news_edits_nothing() -> None:
    assert on(needing("REV003"), written(on(needing("REV003"))), head=NEXT, run=2).kind == "none"


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"),
    [(5, 4, "none"), (5, 5, "edit"), (5, 6, "edit"), (None, 4, "edit"), (5, None, "none"), (None, None, "edit")],
)
def test_of_two_runs_about_one_commit_the_later_has_the_word(theirs: int | None, ours: int | None, kind: str) -> None:
    standing = written(on(needing("REV003"), run=theirs))
    assert on(needing("API001"), standing, run=ours).kind == kind


def test_an_earlier_run_number_does_not_hold_back_a_new_commit() -> None:
    assert on(needing("API001"), written(on(needing("REV003"), run=9)), head=NEXT, run=8).kind == "edit"


def test_line_ends_as_the_host_keeps_them_are_no_news() -> None:
    body = on(needing("REV003")).body.replace("\n", "\r\n").strip()
    assert on(needing("REV003"), Comment("9", body, own=True), run=2).kind == "none"


def test_the_oldest_of_our_comments_is_kept_up() -> None:
    one, two = written(on(needing("REV003"))), written(on(needing("REV003")))._replace(id="10")
    assert on(needing("API001"), one, two, run=2).comment_id == "9"


def test_too_many_findings_to_remember_are_not_guessed_about() -> None:
    many = a_report(findings=tuple(a_finding(fingerprint=str(n), path=f"{n}.py") for n in range(400)))
    second = on(needing("REV003"), written(on(many)), head=NEXT, run=2)
    assert "Since the last push" not in second.body


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("limit", [65_536, 1_000_000])
def test_a_comment_stays_below_the_hosts_limit(situation: str, limit: int) -> None:
    many = tuple(a_finding(fingerprint=str(n), path=f"{n}.py") for n in range(300))
    report = SITUATIONS[situation]()
    first = on(a_report(findings=many))
    body = on(report, written(first), head=NEXT, run=2, limit=limit).body
    assert len(body.encode("utf-16-le")) // 2 <= limit


@given(st.text(max_size=200) | st.from_regex(r"<!-- syncpoints:v1 head=[0-9a-f]+ run=.* now=.* before=.* -->"))
def test_a_marker_is_read_whole_or_not_at_all(line: str) -> None:
    marker = parse_marker(line)
    assert marker is None or set(marker.head) <= set("0123456789abcdef")


@given(
    st.lists(st.sampled_from(["REV003", "SIZ001", "API001", "POL001"]), unique=True),
    st.sampled_from(["", "**Not verified:** x"]),
)
def test_publishing_what_stands_there_is_no_edit(rules: list[str], label: str) -> None:
    first = on(needing(*rules), label=label)
    if first.kind == "none":
        assert rules == []
        return
    assert on(needing(*rules), written(first), run=2, label=label).kind == "none"


def test_a_finding_that_is_only_noted_is_no_news() -> None:
    quiet: tuple[Finding, ...] = (a_finding(rule="POL003", level="note", fingerprint="q"),)
    assert "now=- " in on(a_report(findings=quiet), written(on(needing("REV003"))), run=2).body.partition("\n")[0]
