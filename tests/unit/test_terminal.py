"""Terminal: silent at the hook, one line when clear, worst first otherwise, nothing that acts on a terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from tests.builders import (
    a_finding,
    a_piece_of_news,
    a_report,
    a_reported_change,
    a_reported_syncpoint,
    an_outcome,
)
from tests.situations import SITUATIONS
from tests.strategies import LARGE, hostile, reports

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.render import RENDERERS, renderer
from pytest_syncpoints.render.terminal import render
from pytest_syncpoints.report import Report

SOURCES = Path(__file__).parents[2] / "src"


def at_the_hook(report: Report) -> str:
    return render(report, mode="hook")


class TestHook:
    def test_a_clear_change_is_silent(self) -> None:
        assert at_the_hook(a_report(door="local", change=a_reported_change(kind="staged"))) == ""

    def test_a_note_is_not_worth_a_line(self) -> None:
        assert at_the_hook(a_report(door="local", findings=(a_finding(rule="POL003", level="note"),))) == ""

    def test_a_note_that_will_block_the_merge_is(self) -> None:
        text = at_the_hook(
            a_report(
                door="local",
                change=a_reported_change(kind="staged"),
                findings=(a_finding(rule="HUM001", level="note", message="nobody answers for 12 lines"),),
            )
        )
        assert text.startswith("syncpoints: commit goes ahead; no person answers for the machine-written lines\n")

    def test_news_reach_the_author_of_a_clear_change(self) -> None:
        text = at_the_hook(a_report(door="local", news=(a_piece_of_news(), a_piece_of_news(kind="revert"))))
        assert "News   since your last change here: 1 incident, 1 revert\n" in text

    @pytest.mark.parametrize(("kind", "act"), [("staged", "commit"), ("worktree", "commit"), ("range", "push")])
    def test_the_first_line_says_whether_the_commit_or_push_goes_ahead(self, kind: str, act: str) -> None:
        change = a_reported_change(kind=kind)
        open_ = a_report(door="local", change=change, syncpoints=(a_reported_syncpoint(),))
        blocked = a_report(door="local", change=change, findings=(a_finding(rule="NRM001"),))
        assert at_the_hook(open_).startswith(f"syncpoints: {act} goes ahead; the merge will need 1 sign-off (ops)\n")
        assert at_the_hook(blocked).startswith(f"syncpoints: {act} stopped; 1 norm is broken\n")

    def test_a_crashed_check_is_told_even_when_nothing_else_is(self) -> None:
        text = at_the_hook(
            a_report(door="local", outcomes=(an_outcome(check="acme", status="crashed", reason="boom"),))
        )
        assert "crash  check acme crashed, so this is not the whole review: boom\n" in text

    def test_rendering_imports_nothing_heavy(self) -> None:
        """A commit hook is a process of 25 ms; each of these costs a good part of that."""
        script = (
            "import sys; before = set(sys.modules); import pytest_syncpoints.render.terminal;"
            "print(*sorted(set(sys.modules) - before))"
        )
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(SOURCES)!r}); {script}"],
            capture_output=True,
            text=True,
            check=True,
        )
        others = [module for module in done.stdout.split() if not module.startswith("pytest_syncpoints")]
        assert set(others) <= {"__future__", "_collections"}


class TestCheck:
    def test_a_clear_change_is_one_line(self) -> None:
        report = a_report(
            door="local",
            change=a_reported_change(kind="staged"),
            outcomes=(an_outcome(check="tests", status="skipped"), an_outcome(check="reviews", status="skipped")),
        )
        assert render(report) == "syncpoints: clear; 16 lines in 1 file, staged (tests and reviews not looked at)\n"

    @pytest.mark.parametrize("situation", SITUATIONS)
    def test_the_verdict_is_the_first_line_in_the_same_words_as_in_markdown(self, situation: str) -> None:
        report = SITUATIONS[situation]()
        if report.verdict.summary.isascii() and "\\" not in render(report):
            words = " ".join(render(report).split())
            assert words.startswith(f"syncpoints: {report.verdict.summary}")

    def test_findings_that_no_row_stands_for_are_counted_with_the_command_that_shows_them(self) -> None:
        findings = tuple(a_finding(rule=f"ACM00{number}") for number in range(8))
        text = render(a_report(change=a_reported_change(kind="worktree"), findings=findings))
        assert "       and 3 more: syncpoints check --worktree --explain\n" in text

    @pytest.mark.parametrize(
        ("kind", "command"),
        [
            ("staged", "syncpoints check --staged --explain"),
            ("worktree", "syncpoints check --worktree --explain"),
            ("commit", "syncpoints check --commit 4f1c66e11111 --explain"),
            ("range", "syncpoints check --base abc123400000 --head 4f1c66e11111 --explain"),
        ],
    )
    def test_the_last_line_has_the_command_that_explains_unbroken(self, kind: str, command: str) -> None:
        report = a_report(change=a_reported_change(kind=kind), findings=(a_finding(),))
        assert render(report, width=60).rstrip("\n").endswith(f"why: {command}")

    @pytest.mark.parametrize("situation", SITUATIONS)
    @pytest.mark.parametrize("explain", [False, True])
    def test_lines_keep_to_the_width_unless_a_word_alone_is_longer(self, situation: str, *, explain: bool) -> None:
        report = SITUATIONS[situation]()
        for line in render(report, width=80, explain=explain).splitlines():
            words = line.split()
            assert len(line) <= 80 or line.startswith(("why: ", "syncpoints: clear")) or len(words[-1]) > 40, line


class TestWhateverTheReport:
    @LARGE
    @given(reports(text=hostile, path=hostile))
    def test_nothing_acts_on_a_terminal_or_a_log(self, report: Report) -> None:
        for text in (render(report), render(report, mode="hook"), render(report, explain=True)):
            for line in text.splitlines():
                assert line.isprintable()
                assert not line.lstrip().startswith("::")
                assert "##" not in line
            assert text == "" or text.endswith("\n")

    @LARGE
    @given(reports(text=hostile, path=hostile))
    def test_colour_adds_nothing_but_colour(self, report: Report) -> None:
        painted = render(report, color=True)
        assert re.sub(r"\x1b\[[0-9;]+m", "", painted) == render(report)


class TestExplain:
    def test_a_level_that_is_not_the_rules_own_says_so(self) -> None:
        text = render(a_report(findings=(a_finding(rule="REV003", level="block"),)), explain=True)
        assert "level block, set by the policy or for this case; the rule's own at the ci door is warn" in " ".join(
            text.split()
        )

    def test_every_check_says_how_it_ended_and_why(self) -> None:
        text = render(
            a_report(outcomes=(an_outcome(check="tests", status="skipped", reason="none ran"),)), explain=True
        )
        assert "  skipped  tests: none ran\n" in text

    def test_findings_of_a_plugin_are_told_too(self) -> None:
        text = render(a_report(findings=(a_finding(rule="ACM001", message="said by acme"),)), explain=True)
        assert "found: ACM001 acme-rule: said by acme" in text


class TestVerbose:
    def test_every_finding_is_shown_one_by_one(self) -> None:
        findings = tuple(a_finding(rule="OWN001", path=f"{n}.py", level="block", message="no owner") for n in range(9))
        report = a_report(findings=findings)
        assert render(report).count("       no owner\n") == 1
        assert render(report, verbose=True).count("       no owner\n") == 9

    def test_notes_are_shown_even_where_all_is_clear(self) -> None:
        report = a_report(findings=(a_finding(rule="OWN004", level="note", message="nobody is there"),))
        assert "nobody is there" not in render(report)
        assert "nobody is there" in render(report, verbose=True)


class TestFormats:
    @pytest.mark.parametrize("name", RENDERERS)
    def test_each_format_has_a_module_of_the_same_form(self, name: str) -> None:
        module = renderer(name)
        assert module.name == name
        assert module.suffix.startswith(".")
        assert "/" in module.media_type
        assert module.render(a_report())[-1:] in ("", "\n"), "nothing to annotate is no text at all"

    def test_an_unknown_format_names_those_there_are(self) -> None:
        with pytest.raises(UsageError, match="no format is called 'pdf'") as caught:
            renderer("pdf")
        assert caught.value.remedy == f"there are: {', '.join(RENDERERS)}"

    def test_a_misspelled_format_names_the_nearest(self) -> None:
        with pytest.raises(UsageError) as caught:
            renderer("htm")
        assert caught.value.remedy == f"did you mean 'html'? there are: {', '.join(RENDERERS)}"


@pytest.mark.parametrize("width", [100, 60, 40])
@pytest.mark.parametrize(
    "words",
    [
        pytest.param("漢字の長い説明 " * 30, id="ideographs"),
        pytest.param("🚀 lift ✅ off 🧨 " * 30, id="emoji"),
        pytest.param("\uff46\uff55\uff4c\uff4c \uff57\uff49\uff44\uff45 " * 30, id="fullwidth letters"),
        pytest.param("e\u0301te\u0301 " * 60, id="letters with combining accents"),
    ],
)
def test_wide_characters_count_for_the_columns_they_take(words: str, width: int) -> None:
    report = a_report(findings=(a_finding(message=words, remedy=words, path=None),))
    *lines, command = render(report, width=width).splitlines()
    assert command.startswith("why: ")  # stays on one line, so that it can be copied
    for line in lines:
        taken = sum(0 if char == "\u0301" else 2 if char == "✅" or char >= "\u2e80" else 1 for char in line)
        assert taken <= width or " " not in line.strip(), (taken, line)


def test_a_line_of_letters_and_accents_is_filled() -> None:
    report = a_report(findings=(a_finding(message="e\u0301te\u0301 " * 60, path=None),))
    assert max(len(line) for line in render(report, width=60).splitlines()) > 60


def test_a_clear_change_says_as_many_facts_as_fit_on_its_line() -> None:
    clear = SITUATIONS["green"]()
    wide, narrow = (render(clear, width=width) for width in (200, 60))
    assert wide.count("\n") == narrow.count("\n") == 1
    assert len(narrow) < len(wide)
    assert "18 lines in 2 files" in narrow
