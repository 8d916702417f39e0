"""Lines of other languages: what is a comment, what only looks like one, and what a comment does that tools read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.alignment import Region
from pytest_syncpoints.languages import FAMILIES, family_of
from pytest_syncpoints.lexicon import differences, lines_of
from pytest_syncpoints.line_kinds import BLANK, CODE, COMMENT

MARK = {BLANK: "-", COMMENT: "c", CODE: "X"}


def kinds(text: str, path: str) -> str:
    lines = lines_of(text.encode(), family_of(path))
    return "?" if lines is None else "".join(MARK[line.kind] for line in lines)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        pytest.param("a.c", "// a\n/* b\n c */\nint x; // d\n\n", "cccX-", id="C: both comments, and one behind code"),
        pytest.param("a.c", 's = "/*";\n// a\n', "Xc", id="C: a comment's start in a string opens none"),
        pytest.param("a.c", 's = "//";\nt = \'"\';\n// a\n', "XXc", id="C: two slashes in a string, a quote in a char"),
        pytest.param("a.c", "/* a /* b */\nint x;\n", "cX", id="C: comments do not nest"),
        pytest.param("a.c", "/* never ends\nint x;\n", "XX", id="C: a comment that never ends is code"),
        pytest.param("a.c", '#error "\n/* a\n*/\n', "Xcc", id="C: a string that does not end ends with its line"),
        pytest.param("a.cc", 'x = R"(\n// a\n)";\n', "XXX", id="C++: nothing is told after a raw string"),
        pytest.param("a.cc", "x = 1'000;\n// a\nc = 2'0 /* b */;\n", "XcX", id="C++: a quote within a number"),
        pytest.param("a.cs", 's = @"a\\";\n// a\nt = @"\n// b\n";\n', "XcXXX", id="C#: a verbatim string"),
        pytest.param("A.java", 's = """\n// a\n""";\n// b\n', "XXXc", id="Java: a text block"),
        pytest.param("A.java", "// \\u000a int x;\n", "X", id="Java: an escape may end a comment"),
        pytest.param("a.kt", "/* a /* b */ c */\nval x = 1\n", "cX", id="Kotlin: comments nest"),
        pytest.param("a.rs", "/* a\n/* b */\nc */\nfn x() {}\n", "cccX", id="Rust: comments nest"),
        pytest.param(
            "a.rs", "fn x<'a>(y: &'a str) {}\n// a\nlet c = '\"';\n// b\n", "XcXc", id="Rust: lifetimes, chars"
        ),
        pytest.param("a.rs", 'let s = r#"\n// "a"\n"#;\n// b\n', "XXXc", id="Rust: a raw string"),
        pytest.param("a.rs", 'let s = "\n// a\n";\n/// b\n', "XXXc", id="Rust: a string of several lines"),
        pytest.param("a.go", "s := `\n// a\n`\n// b\n", "XXXc", id="Go: a raw string"),
        pytest.param("a.go", "//go:build linux\n// +build linux\n//nolint\n", "XXX", id="Go: build tags act"),
        pytest.param("a.go", '// #include <a.h>\nimport "C"\n', "XX", id="Go: the comment above is C"),
        pytest.param("a.js", "x = /\\/*/;\n// a\n", "Xc", id="JavaScript: what looks like a comment in a regex"),
        pytest.param("a.js", "x = /[/*`]/;\n// a\n", "Xc", id="JavaScript: a class of a regex"),
        pytest.param("a.js", "x = a / b;\n// don't\n", "Xc", id="JavaScript: a division"),
        pytest.param("a.js", "if (a) /`/.test(b)\n// a\n`\n// b\n`\n", "XXXXX", id="JavaScript: regex or division?"),
        pytest.param("a.js", "x = `\n// a\n${y ? `// b` : 1}\n// c\n`;\n// d\n", "XXXXXc", id="JavaScript: templates"),
        pytest.param(
            "a.js", "/**\n * @param {x} a b\n * @see b\n */\n", "cXcc", id="JavaScript: types in comments act"
        ),
        pytest.param("a.ts", "// eslint-disable-next-line\n// @ts-ignore\n", "XX", id="TypeScript: switches act"),
        pytest.param("a.tsx", "<p>Don't</p>\n// a\n", "Xc", id="TSX: an apostrophe in a page's text"),
        pytest.param("a.jsx", "<p>src/*\n</p>\n/* a */\n", "XXX", id="JSX: a glob in a page's text"),
        pytest.param("a.css", "/* a\nb */\na { content: '/*' }\n// c\n", "ccXX", id="CSS: no comments of one line"),
        pytest.param("a.scss", "// a\na { background: url(//b/*) }\n// c\n", "cXX", id="SCSS: an address"),
        pytest.param("a.sql", "-- a\nSELECT '--\n-- b';\n/* c */\n", "cXXc", id="SQL: a string of several lines"),
        pytest.param("a.sql", "SELECT $$\n-- a\n$$;\n", "XXX", id="SQL: dollar quotes are not understood"),
        pytest.param("a.sql", "/*!40101 SET x */;\n", "X", id="SQL: a comment that MySQL runs"),
        pytest.param("a.lua", "-- a\n--[[ b\nc ]]\nx = [[\n-- d\n]]\n", "cccXXX", id="Lua: long comments and strings"),
        pytest.param("a.sh", "#!/bin/sh\n# a\nx=${y#z}\n", "XcX", id="shell: the first line, and # in a word"),
        pytest.param("a.sh", "cat <<EOF\n# a\n EOF\nEOF\n# b\n", "XXXXc", id="shell: # in a heredoc"),
        pytest.param("a.sh", "cat <<-'E'\n# a\n\tE\n# b\n", "XXXc", id="shell: a heredoc that ends behind a tab"),
        pytest.param("a.sh", 'x="\n# a\n"\n# b\n', "XXXc", id="shell: # in a string"),
        pytest.param("a.sh", "# shellcheck disable=SC1\n", "X", id="shell: a switch acts"),
        pytest.param("a.sh", "# syncpoints: x\n", "X", id="shell: a mark of ours acts"),
        pytest.param("a.yaml", "# a\nx: |\n  # b\n\n  c\n# d\ny: 1\n", "cXXXXcX", id="YAML: # in a block scalar"),
        pytest.param("a.yml", '# a\nx: "b\n  # c"\n', "cXX", id="YAML: a quoted text of several lines"),
        pytest.param("a.toml", 'x = """\n# a\n"""\n# b\n', "XXXc", id="TOML: a string of several lines"),
        pytest.param("a.ini", "; a\n# b\nx = 1 # c\n", "ccX", id="INI: both comments"),
        pytest.param("Dockerfile", "# syntax=x\n# a\nRUN <<EOF\n# b\nEOF\n", "XcXXX", id="Dockerfile: heredoc, syntax"),
        pytest.param("Makefile", "# a\nb:\n\t# c\nX = d \\\n# e\n", "cXXXX", id="Makefile: recipes and long lines"),
        pytest.param("a.tf", "# a\n// b\nx = <<EOF\n# c\nEOF\n", "ccXXX", id="Terraform: a heredoc"),
        pytest.param("a.proto", "// a\nmessage A {} // b\n", "cX", id="Protobuf"),
        pytest.param("a.js", "// a\rb()\n", "?", id="a carriage return that ends a line for the language alone"),
        pytest.param("a.c", "/*\n * Copyright A\n */\n", "ccc", id="a licence's header is a comment"),
    ],
)
def test_lines_are_told_apart(path: str, text: str, expected: str) -> None:
    assert kinds(text, path) == expected


def counted(old: str, new: str, path: str) -> tuple[int, int]:
    family = family_of(path)
    before, after = (lines_of(text.encode(), family) for text in (old, new))
    assert before is not None
    assert after is not None
    left, arrived = differences(before, after, [Region(0, len(before), 0, len(after))], family)
    return len(left), len(arrived)


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        pytest.param("a.c", "int f(int a,int b);\n", "int f(int a,\n      int b);\n", (0, 0), id="C: a wrapped line"),
        pytest.param("a.c", 'f("a b");\n', 'f("a  b");\n', (1, 1), id="C: a space in a string"),
        pytest.param("a.c", "a - -b;\n", "a --b;\n", (1, 1), id="C: two operators are not one"),
        pytest.param("a.c", "else if (a);\n", "elseif (a);\n", (1, 1), id="C: two words are not one"),
        pytest.param("a.c", "#define F (x)\n", "#define F(x)\n", (1, 1), id="C: spaces in a definition"),
        pytest.param("a.go", "a  = 1\nbc = 2\n", "a = 1\nbc = 2\n", (0, 0), id="Go: columns"),
        pytest.param("a.go", "return a\n", "return\na\n", (1, 2), id="Go: a line's end means something"),
        pytest.param("a.js", "return a\n", "return\na\n", (1, 2), id="JavaScript: likewise"),
        pytest.param("a.js", "a();\n", "if (b) {\n  a();\n}\n", (0, 2), id="JavaScript: indented under a condition"),
        pytest.param("a.yaml", "a:\n  b: 1\n", "a:\nb: 1\n", (1, 1), id="YAML: spaces mean something"),
        pytest.param("Makefile", "a:\n\tb\n", "a:\n    b\n", (1, 1), id="Makefile: a tab means something"),
        pytest.param("a.js", "a(); // b\n", "a(); // c\n", (0, 0), id="a comment behind code"),
        pytest.param("a.go", "a() // b\n", "a() //nolint:x\n", (1, 1), id="a switch behind code"),
        pytest.param("A.java", 's = """\na\n(""";\n', 's = """\na(""";\n', (2, 1), id="Java: a line's end in a string"),
    ],
)
def test_layout_counts_nothing_where_it_means_nothing(path: str, old: str, new: str, expected: tuple[int, int]) -> None:
    assert counted(old, new, path) == expected


def test_code_that_a_comment_swallows_counts_though_its_lines_did_not_change() -> None:
    old, new = lines_of(b"a();\n", "c"), lines_of(b"/*\na();\n*/\n", "c")
    assert old is not None
    assert new is not None
    assert differences(old, new, [Region(0, 0, 0, 1), Region(1, 1, 2, 3)], "c") == ([(1, 0)], [])


PLAIN = st.lists(st.sampled_from(["a = b", "", "  c = 1", "d"]), min_size=1, max_size=8)


@pytest.mark.parametrize("family", sorted(FAMILIES))
@given(rows=PLAIN, at=st.integers(0, 8))
def test_a_comment_added_between_lines_changes_nothing(family: str, rows: list[str], at: int) -> None:
    syntax = FAMILIES[family]
    comment = f"{syntax.line[0]} why" if syntax.line else "/* why */"
    more = [*rows[:at], comment, *rows[at:]]
    old, new = (lines_of("\n".join([*text, ""]).encode(), family) for text in (rows, more))
    assert old is not None
    assert new is not None
    at = min(at, len(rows))
    assert differences(old, new, [Region(at, at, at, at + 1)], family) == ([], [])


@pytest.mark.parametrize("family", sorted(FAMILIES))
@given(text=st.text(alphabet="ab /*#'\"`\\\n{}$<-[]rR!=\t|:", max_size=60))
def test_every_line_of_any_text_is_told(family: str, text: str) -> None:
    lines = lines_of(text.encode(), family)
    assert lines is not None
    assert len(lines) == text.count("\n") + (text[-1:] not in ("", "\n"))
