"""The locator finds every key and value of a TOML document where it was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.toml_locator import Locator

Path = tuple[str | int, ...]

# A value is written as pieces: text, or a mark ("here starts this path below me").
Pieces = list[Any]
KEYS = ("a", "b-c", "1", "é", "a.b", "x y", "#", "[", '"', "", "\t", "\\", "true")
SPACES = st.sampled_from(["", " ", "  ", "\t"])
NOTES = st.sampled_from(["", " # a [note] = {", "# ]", '  # """', " #'"])
SCALARS = (
    "1",
    "-2.5e3",
    "true",
    "2026-03-02",
    "2026-03-02T10:00:00Z",
    '"x"',
    '"] } # , = \\" \\\\"',
    "'\\'",
    "''",
    '""',
)
LONG = ('"""a\n[b]\nc = 1\n"""', "'''\n# x '' ]\n'''", '"""x\\""""', '"""""""', "''''x'''''", '"""\\\\"""')


def written(key: str) -> str:
    """Write a key as TOML: bare where that is possible."""
    bare = key.replace("-", "").isalnum() and key.isascii()
    escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return key if bare else f'"{escaped}"'


@st.composite
def keys(draw: st.DrawFn) -> tuple[str, tuple[str, ...]]:
    """Draw a dotted key: how it is written, and its names."""
    names = tuple(draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3)))
    dot = draw(st.sampled_from([".", " . ", ". "]))
    return dot.join(written(name) for name in names), names


@st.composite
def values(draw: st.DrawFn, depth: int = 0, *, inline: bool = False) -> Pieces:
    """Draw a value; its marks are paths relative to it."""
    kind = draw(st.sampled_from(["scalar", "scalar", "long", "array", "table"] if depth < 3 else ["scalar"]))
    if kind == "array":
        return draw(arrays(depth))
    if kind == "table":
        return draw(inline_tables(depth))
    return [draw(st.sampled_from(LONG if kind == "long" and not inline else SCALARS))]


@st.composite
def arrays(draw: st.DrawFn, depth: int) -> Pieces:
    pieces: Pieces = ["["]
    breaks = st.sampled_from(["", " ", "\n", " # [ note\n", "\n\n\t"])
    for number, item in enumerate(draw(st.lists(values(depth + 1), max_size=3))):
        pieces += [draw(breaks), (number,), *below(item, (number,)), draw(breaks), ","]
    return [*pieces, draw(breaks), "]"]


@st.composite
def inline_tables(draw: st.DrawFn, depth: int) -> Pieces:
    pieces: Pieces = ["{"]
    for number, name in enumerate(draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=True))):
        pieces += [", " if number else " ", (name,), written(name), draw(SPACES), "=", draw(SPACES)]
        pieces += below(draw(values(depth + 1, inline=True)), (name,))
    return [*pieces, " ", "}"]


def below(pieces: Pieces, path: Path) -> Pieces:
    return [(*path, *piece) if isinstance(piece, tuple) else piece for piece in pieces]


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[Path, int]]:
    """Draw a document and where in it each path is first written down."""
    pieces: Pieces = []
    tables: dict[Path, int] = {}
    path: Path = ()
    for _ in range(draw(st.integers(0, 8))):
        text, names = draw(keys())
        kind = draw(st.sampled_from(["pair", "pair", "table", "list", "note"]))
        pieces.append(draw(SPACES))
        if kind == "pair":
            marks = [(*path, *names[: length + 1]) for length in range(len(names))]
            pieces += [*marks, text, draw(SPACES), "=", draw(SPACES), *below(draw(values()), (*path, *names))]
        elif kind == "table":
            path = names
            pieces += [path, f"[{draw(SPACES)}{text}{draw(SPACES)}]"]
        elif kind == "list":
            number = tables[names] = tables.get(names, -1) + 1
            path = (*names, number)
            pieces += [names, path, f"[[{draw(SPACES)}{text}{draw(SPACES)}]]"]
        pieces += [draw(NOTES), "\n"]
    return joined(pieces)


def joined(pieces: Pieces) -> tuple[str, dict[Path, int]]:
    text = ""
    marks: dict[Path, int] = {}
    for piece in pieces:
        if isinstance(piece, tuple):
            marks.setdefault(piece, len(text))
        else:
            text += piece
    return text, marks


def place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset].split("\n")
    return len(before), len(before[-1]) + 1


def paths_in(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield every path of a parsed document."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield (*path, step)
        yield from paths_in(item, (*path, step))


@given(documents())
def test_every_key_and_value_is_found_where_it_was_written(document: tuple[str, dict[Path, int]]) -> None:
    text, marks = document
    try:
        parsed = tomli.loads(text)
    except tomli.TOMLDecodeError:
        return  # a key twice, or a table under a value: no document
    locator = Locator(text)
    written_down = {path for path in paths_in(parsed) if path in marks}
    assert {path: locator.position(path) for path in written_down} == {p: place(text, marks[p]) for p in written_down}


@given(documents())
def test_the_locator_knows_the_keys_that_a_parser_finds(document: tuple[str, dict[Path, int]]) -> None:
    text, _ = document
    try:
        parsed = set(paths_in(tomli.loads(text)))
    except tomli.TOMLDecodeError:
        return
    known = set(Locator(text)._found)
    assert known <= parsed
    assert {path for path in parsed - known if not any(other[: len(path)] == path for other in known)} == set()


@given(st.text("[]{}=.,#\"'\\\n a1", max_size=60) | st.text(max_size=40))
def test_any_text_has_positions(text: str) -> None:
    line, column = Locator(text).position(("a", 0, "b"))
    assert line >= 1
    assert column >= 1


PLACES = {
    "a key below a header": ("[a]\nb = 1\n", ("a", "b"), (2, 1)),
    "the third item of a list over lines": ("a = [\n  1, 2,\n  3 ]\n", ("a", 2), (3, 3)),
    "a key of an inline table in a list": ('a = [{ b = "]" }, { c = 1 }]', ("a", 1, "c"), (1, 21)),
    "the second table of a list of tables": ("[[a]]\nb=1\n[[a]]\nb=2\n", ("a", 1, "b"), (4, 1)),
    "a table below the second of a list": ("[[a]]\n[[a]]\n[a.x]\ny=1\n", ("a", 1, "x", "y"), (4, 1)),
    "a key that is missing: its table": ("x=1\n[a]\nb=1\n", ("a", "c"), (2, 1)),
    "a table that is missing: the top": ("x=1\n[a]\n", ("z",), (1, 1)),
    "a table that only a longer header names": ("x=1\n[[a.b]]\nc=1\n", ("a",), (2, 1)),
    "a key missing in such a table": ("x=1\n[a.b.c]\nd=1\n", ("a", "b", "z"), (2, 1)),
    "a quoted key with a dot": ('[a."b.c"]\nd=1\n', ("a", "b.c", "d"), (2, 1)),
    "a key with an escape": ('"\\u0061" = 1\n', ("a",), (1, 1)),
    "a dotted key": ("a.b.c = 1\n", ("a", "b", "c"), (1, 1)),
    "after a multi-line string": ('a = """\n[x]\nb = 2\n"""\nb = 1\n', ("b",), (5, 1)),
    "columns count characters": ('é = { "ü" = 1, b = 2 }\n', ("é", "b"), (1, 16)),
}


@pytest.mark.parametrize(("text", "path", "expected"), PLACES.values(), ids=PLACES.keys())
def test_a_place_in_a_document(text: str, path: Path, expected: tuple[int, int]) -> None:
    assert Locator(text).position(path) == expected
