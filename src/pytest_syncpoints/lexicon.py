"""Lexicon: which lines of a text in another language than Python are code, comment or blank.

One scan over the whole text, without a grammar. Wherever the scan loses its way, all that follows is code: a comment
may be taken for code, code never knowingly for a comment.
"""

from __future__ import annotations

from pytest_syncpoints.alignment import aligned
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.alignment import Region

BLANK, COMMENT, CODE = 0, 1, 2


class Line(Record):
    """What one line is, and ``said``: its code without comments and without the spaces that mean nothing."""

    kind: int
    said: str


class Syntax(Record):
    """Comments and strings of one family of languages.

    ``strings`` end on their line, ``long`` ones may not: pairs of opener and closer. ``plain`` names openers in which a
    backslash is a backslash. ``lost`` are openers of what is not understood. ``spaces`` says what they mean:
    ``lines`` (nothing at the margin), ``free`` (nothing, nor do line ends) or ``within`` (line ends do).
    """

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    nested: bool = False
    strings: tuple[tuple[str, str], ...] = ()
    long: tuple[tuple[str, str], ...] = ()
    plain: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    spaces: str = "lines"
    kind: str = ""


_C_BLOCK = (("/*", "*/"),)
_QUOTES = (('"', '"'), ("'", "'"))
_QUOTE = (('"', '"'),)
_TEXT = (('"""', '"""'),)

FAMILIES: dict[str, Syntax] = {
    "c": Syntax(("//",), _C_BLOCK, strings=_QUOTES, lost=('R"',), spaces="free", kind="c"),
    "csharp": Syntax(
        ("//",), _C_BLOCK, strings=_QUOTES, long=(('@"', '"'), ('@$"', '"')), lost=('"""',), spaces="free", kind="c#"
    ),
    "css": Syntax((), _C_BLOCK, strings=_QUOTES, lost=("url(",)),
    "docker": Syntax(("#",), lost=("<<",), kind="margin"),
    "go": Syntax(("//",), _C_BLOCK, strings=_QUOTES, long=(("`", "`"),), plain=("`",), spaces="within", kind="go"),
    "hcl": Syntax(("#", "//"), _C_BLOCK, strings=_QUOTE, lost=("<<",)),
    "ini": Syntax(("#", ";"), kind="margin"),
    "java": Syntax(("//",), _C_BLOCK, strings=_QUOTES, long=_TEXT, lost=("\\u", '""""'), spaces="free"),
    "javascript": Syntax(("//",), _C_BLOCK, strings=_QUOTES, lost=("<!--",), kind="javascript"),
    "kotlin": Syntax(
        ("//",), _C_BLOCK, nested=True, strings=_QUOTE, long=_TEXT, plain=('"""',), lost=('""""', '#"'), kind="rune"
    ),
    "lua": Syntax(("--",), (("--[[", "]]"),), strings=_QUOTES, long=(("[[", "]]"),), plain=("[[",), lost=("[=",)),
    "make": Syntax(("#",), lost=("define ",), kind="make"),
    "proto": Syntax(("//",), _C_BLOCK, strings=_QUOTES, spaces="free"),
    "rust": Syntax(("//",), _C_BLOCK, nested=True, long=_QUOTE, lost=('r##"', "r###"), spaces="free", kind="rune rust"),
    "scss": Syntax(("//",), _C_BLOCK, strings=_QUOTES, lost=("url(",)),
    "shell": Syntax(("#",), long=_QUOTES, plain=("'",), lost=("$'",), kind="shell"),
    "sql": Syntax(("--",), _C_BLOCK, long=_QUOTES, plain=("'", '"'), lost=("$", "\\", "`"), kind="sql"),
    "toml": Syntax(("#",), strings=_QUOTES, long=(*_TEXT, ("'''", "'''")), plain=("'", "'''"), lost=('""""', "''''")),
    "yaml": Syntax(("#",), kind="yaml", spaces="all"),
}
_SUFFIXES: dict[str, str] = {
    "c": "c h cc cpp cxx hh hpp hxx",
    "csharp": "cs",
    "css": "css",
    "docker": "dockerfile",
    "go": "go",
    "hcl": "tf tfvars hcl",
    "ini": "ini cfg editorconfig",
    "java": "java",
    "javascript": "js mjs cjs jsx ts mts cts tsx",
    "kotlin": "kt kts scala swift",
    "lua": "lua",
    "make": "mk makefile gnumakefile",
    "proto": "proto",
    "rust": "rs",
    "scss": "scss less",
    "shell": "sh bash zsh ksh",
    "sql": "sql",
    "toml": "toml",
    "yaml": "yaml yml",
}
_FAMILY_OF = {suffix: family for family, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}

# Comments that some tool acts on, as they start; beside these, any whose first word has a colon inside (`go:build`).
_ORDERS = (
    *("!", "+", "eslint", "tslint", "jshint", "jslint", "global", "exported", "prettier", "istanbul", "c8 ignore"),
    *("v8 ignore", "node:", "biome", "oxlint", "deno-", "stylelint", "webpack", "<reference", "sourcemappingurl"),
    *("nolint", "line ", "export ", "nosec", "lint", "clang-", "cppcheck", "fallthrough", "fall through"),
    *("fall-through", "fallthru", "lcov_", "gcov", "iwyu", "shellcheck", "syncpoints", "syntax=", "escape="),
    *("syntax ", "hadolint", "@ts-", "@flow", "@jsx", "@jest-", "@vitest-", "@generated", "@preserve", "@internal"),
    *("yamllint", "yaml-", "noqa", "pragma", "type:", "renovate", "dependabot", "checkov", "tfsec", "tflint", "trivy"),
    *("buf:", "nosonar", "checkstyle", "noinspection", "suppress", "ktlint", "detekt", "swiftlint", "swift-tools"),
    *("scalafmt", "scalastyle", "scalafix", "rustfmt", "liquibase", "changeset", "name:", "migrate", "cloud-config"),
    *("luacheck", "selene", "stylua", "resharper", "spdx-", "code generated", "formatter", "cspell", "@license"),
    *("codespell", "@formatter"),
    *("nosemgrep", "region", "endregion", "ruff", "mypy", "zizmor", "taplo", "$schema", "sqlfluff", "output:", "want"),
)
_STRANGE = ("\0", "\1", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
_BEFORE_REGEX = frozenset("(,=:[!&|?{;+-*%~^<>")
_WORDS_BEFORE_REGEX = frozenset(
    ("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else", "await", "yield")
)


def family_of(path: str) -> str:
    """Return the family of languages of a path by its name, or nothing where it is not known."""
    name = path.rpartition("/")[2].lower()
    return _FAMILY_OF.get(name.rpartition(".")[2], "docker" if name.startswith("dockerfile.") else "")


def lines_of(content: bytes, family: str) -> tuple[Line, ...] | None:
    """Return what each line is, or ``None`` where git and the language may not agree on what a line is."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    if "\r" in text or any(char in text for char in _STRANGE):
        return None
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    syntax = FAMILIES[family]
    if (syntax.kind == "go" and 'import "C"' in text) or (family == "java" and "\\u" in text):
        return tuple(map(_as_code, rows))
    if syntax.kind in ("yaml", "make", "margin"):
        return tuple(_by_margin(rows, syntax))
    return tuple(_Scan(rows, syntax).lines())


def differences(
    old: Sequence[Line], new: Sequence[Line], regions: Sequence[Region], family: str
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the lines of code that differ on each side, as ``(number of the hunk, index of the line)``.

    A line that did not change and is code on one side alone is among them: somebody commented it out.
    """
    left: list[tuple[int, int]] = []
    arrived: list[tuple[int, int]] = []
    a = b = 0
    for at, region in enumerate(regions):
        for x, y in zip(range(a, region.old_start), range(b, region.new_start), strict=False):
            if old[x] != new[y]:
                left += [(at, x)] * (old[x].kind == CODE)
                arrived += [(at, y)] * (new[y].kind == CODE)
        gone, came = _apart(old, new, region, family)
        left += [(at, x) for x in gone]
        arrived += [(at, y) for y in came]
        a, b = region.old_end, region.new_end
    for x, y in zip(range(a, len(old)), range(b, len(new)), strict=False):
        if old[x] != new[y]:
            left += [(len(regions), x)] * (old[x].kind == CODE)
            arrived += [(len(regions), y)] * (new[y].kind == CODE)
    return left, arrived


def _apart(old: Sequence[Line], new: Sequence[Line], region: Region, family: str) -> tuple[list[int], list[int]]:
    xs = [x for x in range(region.old_start, region.old_end) if old[x].kind == CODE]
    ys = [y for y in range(region.new_start, region.new_end) if new[y].kind == CODE]
    before, after = [old[x].said for x in xs], [new[y].said for y in ys]
    free = FAMILIES[family].spaces == "free" and not any(_is_directive(said) for said in before + after)
    if free and _squeezed("\n".join(before)) == _squeezed("\n".join(after)):
        return [], []
    same = aligned(before, after)
    olds, news = {a for a, _ in same}, {b for _, b in same}
    return [x for a, x in enumerate(xs) if a not in olds], [y for b, y in enumerate(ys) if b not in news]


def _is_directive(said: str) -> bool:
    """Say whether a line's end means something to a preprocessor."""
    return said.startswith("#") or said.endswith("\\")


def _squeezed(text: str) -> str:
    """Take out the spaces that part no two words and no two operators."""
    said: list[str] = []
    for word in text.split():
        if said and _part(said[-1][-1], word[0]):
            said.append(" ")
        said.append(word)
    return "".join(said)


def _part(last: str, first: str) -> bool:
    return last not in "()[]{},;" and first not in "()[]{},;" and _is_word(last) == _is_word(first)


def _is_word(char: str) -> bool:
    return char.isalnum() or char in "_\"'`\1$"


def _as_code(row: str) -> Line:
    return Line(CODE, row.rstrip()) if row.strip() else Line(BLANK, "")


def _is_order(comment: str) -> bool:
    """Say whether some tool acts on a comment."""
    text = comment.strip().lstrip("/*#-;").strip().lower()
    if text.startswith(_ORDERS) or comment.strip().startswith("#!"):
        return True
    if text[:1] == "@" and "{" in text:  # a type that the TypeScript compiler reads
        return True
    before, colon, after = text.partition(" ")[0].partition(":")
    return bool(colon and before) and after[:1].isalnum()


def _by_margin(rows: list[str], syntax: Syntax) -> Iterator[Line]:
    """Read languages in which a comment has its line for itself, and spaces mean something."""
    text_of = -1  # in a block scalar: the column of the line that opened it
    lost = goes_on = False
    for row in rows:
        bare = row.strip()
        margin = len(row) - len(row.lstrip())
        if not bare:
            yield Line(CODE if text_of >= 0 else BLANK, "")
            goes_on = False
            continue
        if text_of >= 0 and margin <= text_of:
            text_of = -1
        comment = bare.startswith(syntax.line) and not (lost or goes_on or text_of >= 0 or _is_order(bare))
        if comment and not (syntax.kind == "make" and row[0] == "\t"):
            goes_on = bare.endswith("\\")
            yield Line(COMMENT, "")
            continue
        goes_on = bare.endswith("\\")
        if syntax.kind == "yaml" and text_of < 0 and not lost:
            lost = _yaml_lost(bare)
            text_of = margin if _opens_text(bare) else -1
        lost = lost or any(mark in row for mark in syntax.lost)
        yield Line(CODE, row.rstrip() if syntax.kind != "yaml" or text_of < 0 else row)


def _opens_text(row: str) -> bool:
    head = row.partition(" #")[0].rstrip()
    word = head.split()[-1] if head else ""
    return word[:1] in ("|", ">") and not word[1:].strip("+-0123456789")


def _yaml_lost(row: str) -> bool:
    """Say whether a quoted text may go on in the next line."""
    head = row.partition(" #")[0]
    if head.count('"') % 2 or head.count("'") % 2:
        head = row
    if head.count('"') % 2:
        return True
    starts = any(mark in f" {head}" for mark in (" '", "['", "{'", ",'"))
    return starts and head.count("'") % 2 == 1


class _Scan:
    """One pass over the lines of a text, knowing what is open at the end of each."""

    def __init__(self, rows: list[str], syntax: Syntax) -> None:
        self._rows, self._syntax = rows, syntax
        self._closer = ""  # of the string or comment that is open
        self._opener = ""
        self._in_comment = False
        self._depth = 0
        self._opened_at = 0
        self._lost = False
        self._templates: list[int] = []
        self._last = ""  # the code before, on this line or the one above
        self._heredocs: list[str] = []
        self._tabs = False  # a heredoc's end may stand behind tabs
        self._said: list[str] = []
        self._code = self._comment = False
        marks = {
            *syntax.line,
            *syntax.lost,
            *(opener for pairs in (syntax.block, syntax.strings, syntax.long) for opener, _ in pairs),
        }
        if syntax.kind == "javascript":
            marks |= {"`", "/"}
        if "rune" in syntax.kind:
            marks.add("'")
        if "rust" in syntax.kind:
            marks |= {'r"', 'r#"'}
        if syntax.kind == "shell":
            marks |= {"<<", "\\"}
        self._marks = tuple(sorted(marks, key=len, reverse=True))
        self._strings = dict((*syntax.strings, *syntax.long))
        self._long = frozenset(opener for opener, _ in (*syntax.long, *syntax.block)) | {"`"}

    def lines(self) -> list[Line]:
        result: list[Line] = []
        for at, row in enumerate(self._rows):
            if self._lost:
                result.append(_as_code(row))
                continue
            if self._heredocs:
                if row == self._heredocs[0] or (self._tabs and row.lstrip("\t") == self._heredocs[0]):
                    self._heredocs.pop(0)
                result.append(Line(CODE, _kept(row)))
                continue
            result.append(self._line(at, row))
        if self._closer or self._heredocs or self._templates or self._lost:
            result[self._opened_at :] = map(_as_code, self._rows[self._opened_at :])
        return result

    def _line(self, at: int, row: str) -> Line:
        if not self._closer and not self._templates:
            self._opened_at = at
            if at == 0 and row.startswith("#!"):
                return _as_code(row)
        self._said, self._code, self._comment = [], False, False
        if self._closer and not self._in_comment:
            self._code = True
        i = 0
        while i < len(row) and not self._lost:
            i = self._inside(row, i) if self._closer else self._outside(row, i)
        if self._lost:
            return _as_code(row)
        if not self._code:
            return Line(COMMENT, "") if self._comment and row.strip() else Line(BLANK, "")
        if self._closer and not self._in_comment:
            self._said.append("\1a\1")  # the line's end is part of a string
        said = "".join(self._said)
        free = self._syntax.spaces in ("free", "within") and not said.lstrip().startswith("#")
        return Line(CODE, _squeezed(said) if free else said.strip())

    def _say(self, text: str) -> None:
        self._said.append(text)
        bare = text.strip()
        if bare:
            self._code, self._last = True, bare

    def _note(self, comment: str) -> None:
        """Take a comment, or the part of one that is on this line."""
        if _is_order(comment):
            self._say(_kept(comment))
        else:
            self._comment = self._comment or bool(comment.strip())
            self._said.append(" ")

    def _inside(self, row: str, i: int) -> int:
        if self._in_comment:
            return self._inside_comment(row, i)
        end = self._end_of_string(row, i, self._opener, self._closer)
        if self._opener == "`" and self._syntax.kind == "javascript":
            hole = _unescaped(row, i, "${")
            if hole >= 0 and (end < 0 or hole < end):
                self._say(_kept(row[i : hole + 2]))
                self._templates.append(0)
                self._closer = ""
                return hole + 2
        stop = len(row) if end < 0 else end
        self._say(_kept(row[i:stop]))
        self._code = True
        if end >= 0:
            self._closer = ""
        elif self._syntax.kind == "shell" and self._opener == '"' and ("$(" in row[i:] or "`" in row[i:]):
            self._lost = True
        return stop

    def _inside_comment(self, row: str, i: int) -> int:
        at = i
        while True:
            close = row.find(self._closer, at)
            again = row.find(self._opener, at)
            if again >= 0 and (close < 0 or again < close):
                if self._syntax.kind == "sql":  # nests in one dialect and not in another
                    self._lost = True
                    return len(row)
                if self._syntax.nested:
                    self._depth += 1
                    at = again + len(self._opener)
                    continue
            if close < 0:
                self._note(row[i:])
                return len(row)
            at = close + len(self._closer)
            self._depth -= 1
            if self._depth == 0 or not self._syntax.nested:
                self._note(row[i:at])
                self._closer, self._in_comment = "", False
                return at

    def _end_of_string(self, row: str, i: int, opener: str, closer: str) -> int:
        """Return where a string ends, -1 where not on this line."""
        if opener in ('@"', '@$"'):
            while True:
                end = row.find('"', i)
                if end < 0 or row[end + 1 : end + 2] != '"':
                    return end + 1 if end >= 0 else -1
                i = end + 2
        end = row.find(closer, i) if self._is_plain(opener) else _unescaped(row, i, closer)
        return end + len(closer) if end >= 0 else -1

    def _is_plain(self, opener: str) -> bool:
        return opener in self._syntax.plain or opener.startswith("r")

    def _outside(self, row: str, i: int) -> int:
        at, mark = self._next(row, i)
        if at > i:
            self._say(row[i:at])
        if not mark:
            return len(row)
        if mark in ("{", "}"):
            return self._brace(mark, at)
        if mark in self._syntax.lost:
            self._lost = True
            return len(row)
        if mark in self._syntax.line:
            if self._syntax.kind == "shell" and at and row[at - 1] not in " \t;&|()":
                self._say(mark)
                return at + 1
            self._note(row[at:])
            return len(row)
        for opener, closer in self._syntax.block:
            if mark == opener:
                return self._open_comment(row, at, opener, closer)
        return self._open_string(row, at, mark)

    def _next(self, row: str, i: int) -> tuple[int, str]:
        best, found = len(row), ""
        for mark in (*self._marks, "{", "}") if self._templates else self._marks:
            at = row.find(mark, i)
            if 0 <= at < best:
                best, found = at, mark
        return best, found

    def _brace(self, mark: str, at: int) -> int:
        self._say(mark)
        if mark == "{":
            self._templates[-1] += 1
        elif self._templates[-1]:
            self._templates[-1] -= 1
        else:
            self._templates.pop()
            self._opener = self._closer = "`"
        return at + 1

    def _open_comment(self, row: str, at: int, opener: str, closer: str) -> int:
        stuck = at and (row[at - 1].isalnum() or row[at - 1] in "*_.-")
        if stuck and self._syntax.kind == "javascript" and closer not in row[at + 2 :]:
            self._lost = True  # `src/*` in the text of a page
            return len(row)
        self._opener, self._closer, self._in_comment, self._depth = opener, closer, True, 1
        end = at + len(opener)
        if self._syntax.kind == "sql" and row[end : end + 1] in ("!", "+"):
            self._lost = True
            return len(row)
        if _is_order(row[at:]):
            self._say(_kept(row[at:end]))
        self._comment = True
        return end

    def _open_string(self, row: str, at: int, mark: str) -> int:
        if mark == "/":
            return self._slash(row, at)
        if mark == "\\":
            self._say(_kept(row[at : at + 2]))
            return at + 2
        if mark == "<<":
            return self._heredoc(row, at)
        if mark == "'" and ("rune" in self._syntax.kind or self._separates(row, at)):
            return self._rune(row, at)
        if mark in ('r"', 'r#"') and at and (row[at - 1].isalnum() or row[at - 1] == "_") and row[at - 1] not in "bc":
            mark = "r"
            self._say(mark)
            return at + 1
        closer = {'r"': '"', 'r#"': '"#', "`": "`"}.get(mark) or self._strings[mark]
        start = at + len(mark)
        self._say(_kept(mark))
        self._opener = mark
        if mark in self._long or mark.startswith("r"):
            self._closer, self._in_comment = closer, False
            return start
        end = self._end_of_string(row, start, mark, closer)
        if end < 0:
            self._lost = row.endswith("\\") or any(opener in row[start:] for opener in self._long)
            end = len(row)
        self._say(_kept(row[start:end]))
        return end

    def _separates(self, row: str, at: int) -> bool:
        """Say whether a quote stands within a number of C++."""
        start = at
        while start and (row[start - 1].isalnum() or row[start - 1] in "_'"):
            start -= 1
        return self._syntax.kind == "c" and start < at and row[start].isdigit()

    def _rune(self, row: str, at: int) -> int:
        """Pass a character, or the quote of a lifetime, a symbol or a number."""
        end = at + 1
        if "rune" in self._syntax.kind and row[end : end + 1] == "\\":
            end = row.find("'", end + 2) + 1 or len(row)
        elif "rune" in self._syntax.kind and row[at + 2 : at + 3] == "'":
            end = at + 3
        self._say(_kept(row[at:end]))
        return end

    def _heredoc(self, row: str, at: int) -> int:
        if row[at + 2 : at + 3] == "<":
            self._say("<<<")
            return at + 3
        word = row[at + 2 :].removeprefix("-").lstrip().lstrip("'\"\\")
        end = next((n for n, char in enumerate(word) if not (char.isalnum() or char == "_")), len(word))
        if end and not self._heredocs:
            self._heredocs.append(word[:end])
            self._tabs = row[at + 2 : at + 3] == "-"
        else:
            self._lost = True
        self._say("<<")
        return at + 2

    def _slash(self, row: str, at: int) -> int:
        before = self._last[-1:]
        word = self._last.split()[-1] if self._last else ""
        rest = row[at + 1 :]
        tag = before == "<" or rest[:1] == ">"
        regex = (not before or before in _BEFORE_REGEX or word in _WORDS_BEFORE_REGEX) and not tag
        end = _end_of_regex(row, at + 1) if regex else -1
        if end >= 0:
            self._say(_kept(row[at:end]))
            return end
        unsure = (regex or before in ")}") and not tag and ("/" in rest or regex)
        if unsure and any(mark in rest for mark in ("`", "/*", '"', "'")):
            self._lost = True
            return len(row)
        self._say("/")
        return at + 1


def _kept(text: str) -> str:
    """Return a text whose spaces mean something, with each written so that none is taken out."""
    if not any(map(str.isspace, text)):
        return text
    return "".join(f"\1{ord(char):x}\1" if char.isspace() else char for char in text)


def _unescaped(row: str, i: int, mark: str) -> int:
    """Return where a mark stands that no backslash takes away, or -1."""
    while True:
        at = row.find(mark, i)
        slash = row.find("\\", i)
        if slash < 0 or at < slash:
            return at
        i = slash + 2


def _end_of_regex(row: str, i: int) -> int:
    in_class = False
    while i < len(row):
        char = row[i]
        if char == "\\":
            i += 1
        elif char == "[":
            in_class = True
        elif char == "]":
            in_class = False
        elif char == "/" and not in_class:
            return i + 1
        i += 1
    return -1
