"""Whatever a change is named, nothing that is printed or published for it comes alive.

``SYNCPOINTS_HOSTILE=100000`` for the long run; the strings are the same ones every time.
"""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Iterator

import pytest
from tests.builders import (
    a_finding,
    a_participant,
    a_piece_of_news,
    a_plan,
    a_report,
    a_reported_change,
    a_reported_commit,
    a_reported_file,
    a_reported_syncpoint,
    an_author,
    an_outcome,
)
from tests.markdown_oracle import live
from tests.strategies import LIVE

from pytest_syncpoints.forge.request import ChangeRequest, Comment
from pytest_syncpoints.publish import Checked, job_summary, status
from pytest_syncpoints.publish.sticky import decide, parse_marker
from pytest_syncpoints.render.annotations_github import render as github
from pytest_syncpoints.render.codequality_gitlab import render as gitlab
from pytest_syncpoints.render.sarif import render as sarif
from pytest_syncpoints.report import Report

HOSTILE_STRINGS = int(os.environ.get("SYNCPOINTS_HOSTILE", "5000"))
BATCH = 20  # strings in one report
PARTS = 10  # so that xdist and a reader see progress

ANNOTATION = re.compile(r"::(error|warning|notice) ([a-zA-Z]+=[^:,]*)(,[a-zA-Z]+=[^:,]*)*::.*")


def hostile_reports(part: int) -> Iterator[Report]:
    chance = random.Random(20261121 + part)
    for _ in range(max(1, HOSTILE_STRINGS // BATCH // PARTS)):
        yield a_hostile_report(["".join(chance.choices(LIVE, k=chance.randint(1, 8))) for _ in range(BATCH)], chance)


def a_hostile_report(words: list[str], chance: random.Random) -> Report:
    """A report whose files, branch, author, messages, teams and whatever else a change names are these."""
    take = iter(words * 9).__next__
    findings = tuple(
        a_finding(
            rule=chance.choice(("REV003", "SYN001", "OWN001", take())),
            name=take(),
            level=chance.choice(("block", "warn", "note")),
            message=take(),
            remedy=take(),
            undo=take(),
            path=chance.choice((take(), None)),
            line=chance.choice((None, 3)),
            who=(take(),),
            fingerprint=take(),
        )
        for _ in range(chance.randint(0, 7))
    )
    change = a_reported_change(
        title=take(),
        branch=take(),
        chosen=take(),
        authors=(an_author(name=take(), email=take()),),
        commits=(a_reported_commit(subject=take(), author=take(), trailers=((take(), take()),)),),
        files=tuple(a_reported_file(path=take(), owners=(take(),), components=(take(),)) for _ in range(2)),
    )
    meeting = a_participant(team=take(), because=take(), status=chance.choice(("open", "stale", "met")), by=take())
    return a_report(
        change=change,
        findings=findings,
        syncpoints=(a_reported_syncpoint(name=take(), why=(take(),), participants=(meeting,)),),
        outcomes=(an_outcome(check=take(), status=chance.choice(("crashed", "skipped", "passed")), reason=take()),),
        news=(a_piece_of_news(kind=take(), text=take(), path=take()),),
        plan=a_plan(sentence=take(), order=(take(),)),
    )


each_part = pytest.mark.parametrize("part", range(PARTS))


@each_part
def test_no_annotation_holds_a_second_command(part: int) -> None:
    for report in hostile_reports(part):
        for line in github(report).splitlines():
            assert ANNOTATION.fullmatch(line), line
            assert line.isprintable(), line
            assert "##" not in line, line


@each_part
def test_the_code_quality_file_is_plain_json_of_visible_text(part: int) -> None:
    for report in hostile_reports(part):
        text = gitlab(report)
        assert text.isascii()
        assert "##" not in text
        entries = json.loads(text)
        assert all(entry["description"].isprintable() and entry["check_name"].isprintable() for entry in entries)
        assert len({entry["fingerprint"] for entry in entries}) == len(entries)
        assert not re.search(r"^\s*::", text, re.MULTILINE)


@each_part
def test_nothing_in_a_code_scanning_file_is_a_link_a_placeholder_or_a_command(part: int) -> None:
    for report in hostile_reports(part):
        text = sarif(report)
        assert text.isascii()
        assert "##" not in text
        for result in json.loads(text)["runs"][0]["results"]:
            message = result["message"]["text"]
            assert message.isprintable()
            assert not re.search(r"\]\(|\{\d", message), message
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", uri), uri


@each_part
def test_nothing_in_a_comment_comes_alive(part: int) -> None:
    request, standing = ChangeRequest("acme/ledger", 7, "5" * 40, "main", 1), list[Comment]()
    for report in hostile_reports(part):
        action = decide(report, request, standing, limit=65_536)
        if action.kind == "none":
            continue
        marker, _, said = action.body.partition("\n")
        assert parse_marker(marker) is not None, marker
        assert live(said, our_html=True) == [], said
        assert not re.search(r"^\s*::|##\[", said, re.MULTILINE), said
        standing = [Comment("9", action.body, own=True)]


@each_part
def test_nothing_in_a_summary_or_status_comes_alive(part: int) -> None:
    for report in hostile_reports(part):
        checked = Checked(report, verified=True)
        assert live(job_summary(checked, room=1 << 20).decode(), our_html=True) == []
        description = status(checked)[1]
        assert len(description) <= 140
        assert description.isprintable()
        assert "##" not in description
