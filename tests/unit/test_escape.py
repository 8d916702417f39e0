"""Escaping: whatever a change is named, no format does anything with it but show it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.markdown_oracle import live, shown, tokens
from tests.strategies import LIVE, hostile

from pytest_syncpoints.render.escape import clipped, markdown, markdown_code, url_path, visible

# SYNCPOINTS_HOSTILE=100000 for the long run.
HOSTILE_STRINGS = int(os.environ.get("SYNCPOINTS_HOSTILE", "10000"))
BATCH = 100

anything = st.text(st.characters(codec=None), max_size=40) | hostile  # surrogates too


def hostile_batches() -> Iterator[list[str]]:
    """Yield the hostile strings of this run, the same ones every time."""
    chance = random.Random(20260302)
    for _ in range(HOSTILE_STRINGS // BATCH):
        yield ["".join(chance.choices(LIVE, k=chance.randint(1, 8))) for _ in range(BATCH)]


# A document that puts the escaped text into each place a renderer does, with what stays of it once parsed.
PLACES: dict[str, Callable[[str], str]] = {
    "heading": lambda text: f"### Sync points: {markdown(text)}\n",
    "list": lambda text: f"- {markdown(text)}\n- next\n",
    "paragraph": lambda text: f"{markdown(text) or '(empty)'}\n",
    "after code": lambda text: f"- {markdown_code(text)} and {markdown(text)}: {markdown(text)}\n",
    "bold": lambda text: f"- **{markdown(text)}** x\n",
}


def row(text: str) -> str:
    return f"| {markdown(text, table=True)} | {markdown_code(text, table=True)} | last |\n"


class TestVisible:
    @given(anything)
    @example("\x1b[31m\u202e\r\n\udce9\U000e0041")
    @example("## ::x ::::y")
    def test_every_character_is_printable_and_no_log_command_is_left(self, text: str) -> None:
        line = visible(text)
        assert line.isprintable()
        assert "##" not in line
        assert not any(word.startswith("::") for word in line.split(" "))
        assert visible(line) == line

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("src/café/日本.py: 2 lines", "src/café/日本.py: 2 lines"),
            ("a\tb\nc\x7f", r"a\x09b\x0ac\x7f"),
            ("\u202egnp.py", r"\u202egnp.py"),
            ("\U000e0041", r"\U000e0041"),
            (b"caf\xe9".decode("utf-8", "surrogateescape"), r"caf\xe9"),
            ("\ud800", r"\ud800"),
            ("##[error]x ###", r"#\x23[error]x #\x23#"),
            ("tests/a.py::test_b ::error::x", r"tests/a.py::test_b \x3a:error::x"),
            ("\u00a0::error::", r"\xa0::error::"),
        ],
    )
    def test_what_acts_is_shown_instead_and_the_rest_is_kept(self, text: str, line: str) -> None:
        assert visible(text) == line


class TestClipped:
    @given(anything, st.integers(10, 60))
    def test_a_clipped_text_is_visible_and_no_longer_than_allowed(self, text: str, most: int) -> None:
        assert len(clipped(text, most)) <= most
        assert clipped(text, most).isprintable()

    def test_both_ends_are_kept(self) -> None:
        assert clipped("src/billing/ledger/migrations/0042.py", 20) == "src/bill...s/0042.py"


class TestMarkdown:
    @pytest.mark.parametrize(
        ("text", "escaped"),
        [
            ("1 sign-off missing (ops); it's done, 41/48", "1 sign-off missing (ops); it's done, 41/48"),
            ("2.3 of 1,200 lines: 88 %", r"2.3 of 1,200 lines: 88 \%"),
            ("see src/a.py.", "see `src/a.py`."),
            ("calls `post()` twice", "calls `post()` twice"),
            ("(@acme/ops)", "(`@acme/ops`)"),
            ("GH-12 PROJ-7 32-bit", "`GH-12` `PROJ-7` 32-bit"),
            ("4f1c66e defaced 1234567 123456", "`4f1c66e` `defaced` `1234567` 123456"),
            ("12:30 1:100:", "`12:30` `1:100`:"),
            ("1. first", r"1\. first"),
            ("- * + <", r"\- \* \+ \<"),
            ("a`b", "``a`b``"),
            ("`a` `", "`a` `` ` ``"),
            ("x_y`z`", "`x_y` `z`"),
            ("missing: pip install 'pytest-syncpoints[api]'", "missing: `pip install 'pytest-syncpoints[api]'`"),
            (
                "read only: git diff 1 -- 'a; b'; bob: git says no",
                "read only: `git diff 1 -- 'a; b'`; bob: git says no",
            ),
            ("shallow (git fetch --unshallow), alas", "shallow (`git fetch --unshallow`), alas"),
            ("they do with pytest --syncpoints", "they do with `pytest --syncpoints`"),
            ("sign: syncpoints signoff a; or b", "sign: `syncpoints signoff a`; or b"),
            ("don't: git fetch x", "don't: `git fetch x`"),
            ("``", "(empty)"),
            ("", ""),
        ],
    )
    def test_plain_words_stay_and_others_become_code(self, text: str, escaped: str) -> None:
        assert markdown(text) == escaped

    @settings(max_examples=300, deadline=None)
    @given(anything)
    @pytest.mark.parametrize("place", PLACES)
    def test_nothing_comes_alive_and_everything_is_shown(self, place: str, text: str) -> None:
        assert live(PLACES[place](text)) == []
        if "`" not in text and "::" not in text:  # these are marks of code, and escaped once more within it
            assert visible(text).replace(" ", "") in shown(PLACES[place](text))

    @settings(max_examples=300, deadline=None)
    @given(anything)
    @example("a\\|b")
    @example("\\\\|")
    def test_a_table_row_keeps_its_cells(self, text: str) -> None:
        table = f"| a | b | c |\n|---|---|---|\n{row(text)}"
        assert live(table) == []
        assert [token.type for token in tokens(table)].count("td_open") == 3
        assert shown(table).endswith("last")

    @pytest.mark.once
    def test_ten_thousand_hostile_strings_stay_text(self) -> None:
        for batch in hostile_batches():
            for place in PLACES.values():
                document = "\n".join(place(text) for text in batch)
                assert live(document) == [], [text for text in batch if live(place(text))]

    @pytest.mark.once
    def test_ten_thousand_hostile_rows_keep_their_cells(self) -> None:
        for batch in hostile_batches():
            table = "| a | b | c |\n|---|---|---|\n" + "".join(row(text) for text in batch)
            assert live(table) == []
            kinds = [token.type for token in tokens(table)]
            assert (kinds.count("tr_open"), kinds.count("td_open")) == (BATCH + 1, 3 * BATCH)

    @pytest.mark.parametrize(
        "word",
        [
            *(
                "@acme/ops",
                "#12",
                "GH-12",
                "acme/ledger@4f1c66e",
                "4f1c66e1111111",
                "!12",
                "%7",
                ":tada:",
                "$x$",
                "$`x`$",
            ),
            *(
                "https://evil.example/x",
                "www.evil.example",
                "evil.example",
                "mail@evil.example",
                "[x](https://e.example)",
            ),
            *(
                "![x](//evil.example/p.png)",
                "<script>x</script>",
                "<!--",
                "</details>",
                "<img src=x>",
                "a *x* b",
                "> x",
            ),
            *(
                "$`x`$",
                "```",
                "~~~",
                "---",
                "[^1]",
                "[[x]]",
                "{{x}}",
                "a *x* b",
                "\x1b[31m",
                "\u202e",
                "\x9b",
                "\r",
                "\u2028",
            ),
        ],
    )
    def test_the_oracle_sees_what_is_not_escaped(self, word: str) -> None:
        assert live(word)


class TestUrl:
    @given(anything)
    def test_a_path_in_a_url_is_of_safe_characters_only(self, text: str) -> None:
        assert set(url_path(text)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/%")

    def test_bytes_that_are_not_utf8_are_kept(self) -> None:
        assert url_path(b"a b/caf\xe9.py".decode("utf-8", "surrogateescape")) == "a%20b/caf%E9.py"


def test_a_call_keeps_its_parentheses() -> None:
    assert markdown("now post_entry() (and f()) too") == "now `post_entry()` (and `f()`) too"
