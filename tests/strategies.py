"""Strategies: reports of every possible content, derived from the shapes that write them."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pytest_syncpoints.json_paths import ByPath, Path, Paths
from pytest_syncpoints.json_shape import Flag, ListOf, MapOf, Maybe, Number, Object, Row, Text, Whole
from pytest_syncpoints.report import Evidence, Report
from pytest_syncpoints.report_shape import REPORT, _line_key, _Moment, _Tool
from pytest_syncpoints.strict_json import LARGEST_INTEGER

# A report has some hundred values: building one is the cost, not judging it.
LARGE = settings(
    max_examples=int(os.environ.get("SYNCPOINTS_REPORTS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MOST = 2  # of anything: breadth finds nothing that two do not

texts = st.text(max_size=12)
any_bytes = st.binary(min_size=1, max_size=12) | st.text(min_size=1, max_size=8).map(str.encode)
paths = any_bytes.map(lambda name: name.decode("utf-8", "surrogateescape"))
moments = st.integers(0, 4_000_000_000_000_000).map(lambda microseconds: microseconds / 1_000_000)

# Words an attacker would put into names, messages and subjects, one for each thing that could come alive.
LIVE = (
    *("@acme/ops", "@alice", "#12", "GH-12", "acme/ledger#12", "acme/ledger@4f1c66e", "4f1c66e1111111", "!12", "%7"),
    *("https://evil.example/x", "www.evil.example", "evil.example", "mail@evil.example", "//evil.example", "ftp://e.x"),
    *("mailto:a@e.example", "[x](https://evil.example)", "![x](//evil.example/p.png)", "[x]: //e", "<//e.example>"),
    *("<script>alert(1)</script>", "<img src=x onerror=y>", "<!--", "-->", "</details>", "<details>", "&lt;", "&#64;"),
    *("::error::x", "::add-mask::x", "##[error]x", "##vso[task.x]", "%0A::error::", "/approve", "/merge"),
    *("`", "``", "```", "````mermaid", "~~~", "|", "||", "\\", "\\|", "\\`", "*", "**x**", "_x_", "__", "~~x~~"),
    *(
        "# x",
        "## x",
        "- [ ] x",
        "1. x",
        "> x",
        "---",
        "===",
        "$x$",
        "$$",
        "$`x`$",
        ":tada:",
        "1:100:",
        "[^1]",
        "[[x]]",
        "{{x}}",
    ),
    *("\n", "\r\n", "\r", "\t", "\v", "\f", "\x00", "\x08", "\x1b[31m", "\x1b]8;;http://e\x07", "\x7f", "\x85", "\x9b"),
    *("\u2028", "\u2029", "\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\ufeff", "\u00a0", "\u3000", "\U000e0041"),
    *("\udce9", "\udcff", "a", "é", "日本", "ops", ".py", "src/", "--output=x", "-x", " ", "  ", "(", ")", "'", '"'),
)
hostile = st.lists(st.sampled_from(LIVE) | st.text(max_size=3), min_size=1, max_size=8).map("".join)


def values(shape: Any, *, text: st.SearchStrategy[str], path: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Return a strategy for what a shape writes; ``text`` and ``path`` fill free text and paths."""

    def inner(shape: Any) -> st.SearchStrategy[Any]:
        return values(shape, text=text, path=path)

    match shape:
        case _Moment():
            return moments
        case _Tool():
            return text
        case Text():
            return st.sampled_from(shape.choices) if shape.choices else text
        case Whole():
            return st.integers(shape.least, 60) | st.integers(shape.least, LARGEST_INTEGER)
        case Number():
            return st.floats(max(shape.least, -1e300), min(shape.most, 1e300), allow_nan=False)
        case Flag():
            return st.booleans()
        case Path():
            return st.none() | path if shape.maybe else path
        case Paths():
            return st.lists(path, max_size=MOST).map(tuple)
        case Maybe():
            return st.none() | inner(shape.shape)
        case ListOf():
            return st.lists(inner(shape.shape), max_size=MOST).map(tuple)
        case Row():
            return st.tuples(*map(inner, shape.shapes))
        case MapOf():
            keys = st.integers(1, 10**6).map(str) if shape.key is _line_key else text
            return st.dictionaries(keys, inner(shape.shape), max_size=MOST)
        case ByPath():
            return st.dictionaries(path, inner(shape.shape), max_size=MOST)
        case Object():
            fields = {name: inner(field) for name, field in shape.fields.values()}
            return st.builds(shape.record, **fields).map(_consistent)
    raise NotImplementedError(shape)


def _consistent(value: Any) -> Any:
    """Let evidence name only tests there are."""
    if not isinstance(value, Evidence):
        return value
    tests = len(value.nodeids)
    return value._replace(
        files={
            path: file._replace(
                executed={
                    line: tuple(index % tests for index in indexes) if tests else ()
                    for line, indexes in file.executed.items()
                }
            )
            for path, file in value.files.items()
        }
    )


def reports(*, text: st.SearchStrategy[str] = texts, path: st.SearchStrategy[str] = paths) -> st.SearchStrategy[Report]:
    return values(REPORT, text=text, path=path)
