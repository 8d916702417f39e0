"""Markdown: one screen, the rest folded, never too long, nothing alive, whatever the report holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import (
    a_finding,
    a_participant,
    a_plan,
    a_report,
    a_reported_change,
    a_reported_file,
    a_reported_syncpoint,
    an_outcome,
)
from tests.markdown_oracle import live, tokens
from tests.situations import SITUATIONS
from tests.strategies import LARGE, hostile, reports

from pytest_syncpoints.render.markdown import LIMIT, SCREEN_LINES, render
from pytest_syncpoints.report import Loops, Report


def screen(text: str) -> list[str]:
    return text.partition("\n<details>")[0].rstrip("\n").split("\n")


class TestWhateverTheReport:
    @LARGE
    @given(reports(text=hostile, path=hostile), st.sampled_from(["", "https://git.example/a b/(x)|`<y>/"]))
    def test_nothing_of_it_comes_alive(self, report: Report, file_url: str) -> None:
        text = render(report, file_url=file_url)
        ours = "link to https://git.example/ab/xy/"
        assert [thing for thing in live(text, our_html=True) if not (file_url and thing.startswith(ours))] == []

    @LARGE
    @given(reports(text=hostile, path=hostile))
    def test_the_screen_is_at_most_25_lines_and_begins_with_the_verdict(self, report: Report) -> None:
        lines = screen(render(report))
        assert len(lines) <= SCREEN_LINES
        assert lines[0].startswith("### Sync points: ")

    @LARGE
    @given(reports(text=hostile, path=hostile))
    def test_folds_open_and_close_in_turn(self, report: Report) -> None:
        blocks = [token.content.strip() for token in tokens(render(report)) if token.type == "html_block"]
        assert all(block.startswith("<details>\n<summary>") for block in blocks[::2])
        assert set(blocks[1::2]) <= {"</details>"}
        assert len(blocks) % 2 == 0

    @pytest.mark.once
    @pytest.mark.parametrize(
        "text", ["x" * 5000, "😀" * 5000, "`" * 5000, "\x1b" * 5000, "@a " * 2000, "\U000e0041" * 999]
    )
    def test_long_words_everywhere_stay_within_the_limit(self, text: str) -> None:
        findings = tuple(
            a_finding(rule=f"ACM{n:03}", name=text, message=text, remedy=text, undo=text, path=f"{n}{text}")
            for n in range(200)
        )
        participants = tuple(a_participant(team=f"{n}{text}", because=text) for n in range(50))
        report = a_report(
            change=a_reported_change(
                files=tuple(a_reported_file(path=f"{n}{text}", owners=(text,) * 9) for n in range(300))
            ),
            findings=findings,
            syncpoints=(
                a_reported_syncpoint(name=text, components=(text,), why=(text,) * 9, participants=participants),
            ),
            outcomes=tuple(an_outcome(check=f"{n}{text}", status="crashed", reason=text) for n in range(20)),
            plan=a_plan(sentence=text, loops=Loops(closes=(text,) * 100)),
        )
        rendered = render(report)
        assert len(rendered.encode("utf-16-le")) // 2 <= LIMIT
        assert len(screen(rendered)) <= SCREEN_LINES
        assert rendered.endswith("The JSON report has all of it.\n")
        assert live(rendered, our_html=True) == []

    def test_what_does_not_fit_is_left_out_whole_and_named(self) -> None:
        text = render(SITUATIONS["one-sign-off-missing"](), limit=3000)
        assert len(text) <= 3000
        assert "Left out to stay below 3,000 characters: " in text
        assert text.count("<details>") == text.count("</details>")
        assert "How this was judged" in text.partition("Left out")[2] or "How this was judged" in text

    @pytest.mark.parametrize("situation", SITUATIONS)
    def test_the_same_report_is_the_same_text(self, situation: str) -> None:
        assert render(SITUATIONS[situation]()) == render(SITUATIONS[situation]())

    def test_the_time_of_the_review_is_not_told_so_that_no_edit_is_without_news(self) -> None:
        report = SITUATIONS["one-sign-off-missing"]()
        assert render(report) == render(report._replace(evaluated_at=0.0))


class TestRows:
    def test_more_than_five_participants_are_counted(self) -> None:
        participants = tuple(a_participant(team=f"team{number}") for number in range(9))
        lines = screen(render(a_report(syncpoints=(a_reported_syncpoint(participants=participants),))))
        table = [line for line in lines if line.startswith("| ")]
        assert len(table) == 1 + 5
        assert table[-1] == "| and 5 more | | below | |"

    def test_findings_of_one_rule_share_a_row_when_there_are_more_than_five(self) -> None:
        findings = (
            *(a_finding(rule="OWN001", path=f"{n}.py") for n in range(6)),
            a_finding(rule="REV003", path="m.py"),
        )
        text = "\n".join(screen(render(a_report(findings=findings))))
        assert "`0.py` and 5 more" in text
        assert "**REV003 irreversible** (warn) `m.py`" in text

    def test_findings_that_no_row_stands_for_are_counted(self) -> None:
        findings = tuple(a_finding(rule=f"ACM00{number}") for number in range(8))
        assert "- And 3 findings more, below." in screen(render(a_report(findings=findings)))

    def test_exempted_findings_and_notes_stay_below(self) -> None:
        quiet = a_finding(rule="POL003", level="note", message="a quiet note")
        report = a_report(findings=(quiet, a_finding(rule="SIZ001")))
        text = render(report)
        assert "a quiet note" not in "\n".join(screen(text))
        assert "a quiet note" in text

    def test_two_syncpoints_are_told_apart(self) -> None:
        syncpoints = tuple(a_reported_syncpoint(name=name) for name in ("ledger", "rates"))
        text = render(a_report(syncpoints=syncpoints))
        assert "| **ops** | permission at ledger |" in text
        assert "| **ops** | permission at rates |" in text

    def test_without_an_address_of_files_there_is_no_link(self) -> None:
        assert "](" not in render(a_report(findings=(a_finding(path="a.py", line=3),)))

    @pytest.mark.parametrize(
        ("file_url", "link"),
        [
            ("https://git.example/blob/4f1c66e/", "[`a b.py:3`](https://git.example/blob/4f1c66e/a%20b.py#L3)"),
            ("https://git.example/a b/(x)|`<y>/", "[`a b.py:3`](https://git.example/ab/xy/a%20b.py#L3)"),
            ("javascript:alert(1)//", " `a b.py:3`:"),
        ],
    )
    def test_a_place_is_linked_to_the_files_of_a_forge_only(self, file_url: str, link: str) -> None:
        assert link in render(a_report(findings=(a_finding(path="a b.py", line=3),)), file_url=file_url)


class TestClear:
    def test_a_clear_change_is_two_lines(self) -> None:
        assert (
            render(a_report()) == "### Sync points: clear\n16 lines in 1 file · nothing irreversible · base `abc1234`\n"
        )

    def test_it_says_what_was_not_looked_at_and_that_there_is_no_policy(self) -> None:
        outcomes = (
            an_outcome(check="tests", status="skipped", reason="none ran"),
            an_outcome(check="api", status="skipped"),
        )
        assert render(a_report(policy=None, outcomes=outcomes)).endswith(
            "base `abc1234` · tests and public API not looked at · no policy\n"
        )

    def test_a_simulated_review_is_never_clear(self) -> None:
        text = render(a_report(simulated=("signed:ops=alice",)))
        assert "**Simulated, not a verdict:** `signed:ops=alice`" in text
