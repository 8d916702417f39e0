"""Scanning: one pass over the lines of a text, without a grammar, telling code from comments.

Wherever it loses its way, all that follows is code.
"""

from __future__ import annotations

from pytest_syncpoints.line_kinds import (
    BLANK,
    CODE,
    COMMENT,
    Line,
    as_code,
    end_of_regex,
    is_order,
    kept,
    squeezed,
    unescaped,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.languages import Syntax

_BEFORE_REGEX = frozenset("(,=:[!&|?{;+-*%~^<>")
_WORDS_BEFORE_REGEX = frozenset(
    ("return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "do", "else", "await", "yield")
)


class Scan:
    """One pass over the lines of a text, knowing what is open at the end of each."""

    def __init__(self, rows: list[str], syntax: Syntax) -> None:
        """Take the lines, and how their language writes."""
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
        """Return what each line is; from where something never ended, all of it is code."""
        result: list[Line] = []
        for at, row in enumerate(self._rows):
            if self._lost:
                result.append(as_code(row))
                continue
            if self._heredocs:
                if row == self._heredocs[0] or (self._tabs and row.lstrip("\t") == self._heredocs[0]):
                    self._heredocs.pop(0)
                result.append(Line(CODE, kept(row)))
                continue
            result.append(self._line(at, row))
        if self._closer or self._heredocs or self._templates or self._lost:
            result[self._opened_at :] = map(as_code, self._rows[self._opened_at :])
        return result

    def _line(self, at: int, row: str) -> Line:
        if not self._closer and not self._templates:
            self._opened_at = at
            if at == 0 and row.startswith("#!"):
                return as_code(row)
        self._said, self._code, self._comment = [], False, False
        if self._closer and not self._in_comment:
            self._code = True
        i = 0
        while i < len(row) and not self._lost:
            i = self._inside(row, i) if self._closer else self._outside(row, i)
        if self._lost:
            return as_code(row)
        if not self._code:
            return Line(COMMENT, "") if self._comment and row.strip() else Line(BLANK, "")
        if self._closer and not self._in_comment:
            self._said.append("\1a\1")  # the line's end is part of a string
        said = "".join(self._said)
        free = self._syntax.spaces in ("free", "within") and not said.lstrip().startswith("#")
        return Line(CODE, squeezed(said) if free else said.strip())

    def _say(self, text: str) -> None:
        self._said.append(text)
        bare = text.strip()
        if bare:
            self._code, self._last = True, bare

    def _note(self, comment: str) -> None:
        """Take a comment, or the part of one that is on this line."""
        if is_order(comment):
            self._say(kept(comment))
        else:
            self._comment = self._comment or bool(comment.strip())
            self._said.append(" ")

    def _inside(self, row: str, i: int) -> int:
        if self._in_comment:
            return self._inside_comment(row, i)
        end = self._end_of_string(row, i, self._opener, self._closer)
        if self._opener == "`" and self._syntax.kind == "javascript":
            hole = unescaped(row, i, "${")
            if hole >= 0 and (end < 0 or hole < end):
                self._say(kept(row[i : hole + 2]))
                self._templates.append(0)
                self._closer = ""
                return hole + 2
        stop = len(row) if end < 0 else end
        self._say(kept(row[i:stop]))
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
        end = row.find(closer, i) if self._is_plain(opener) else unescaped(row, i, closer)
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
        if is_order(row[at:]):
            self._say(kept(row[at:end]))
        self._comment = True
        return end

    def _open_string(self, row: str, at: int, mark: str) -> int:
        if mark == "/":
            return self._slash(row, at)
        if mark == "\\":
            self._say(kept(row[at : at + 2]))
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
        self._say(kept(mark))
        self._opener = mark
        if mark in self._long or mark.startswith("r"):
            self._closer, self._in_comment = closer, False
            return start
        end = self._end_of_string(row, start, mark, closer)
        if end < 0:
            self._lost = row.endswith("\\") or any(opener in row[start:] for opener in self._long)
            end = len(row)
        self._say(kept(row[start:end]))
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
        self._say(kept(row[at:end]))
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
        end = end_of_regex(row, at + 1) if regex else -1
        if end >= 0:
            self._say(kept(row[at:end]))
            return end
        unsure = (regex or before in ")}") and not tag and ("/" in rest or regex)
        if unsure and any(mark in rest for mark in ("`", "/*", '"', "'")):
            self._lost = True
            return len(row)
        self._say("/")
        return at + 1
