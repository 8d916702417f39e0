"""Lines: what the changed lines of a file hold, as counts the risk model reads."""

from __future__ import annotations

from pytest_syncpoints.marks import is_production
from pytest_syncpoints.record import Record
from pytest_syncpoints.size import is_test

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_BRANCHES = frozenset(
    (
        *(b"if", b"for", b"while", b"try", b"except", b"return", b"raise", b"with", b"assert"),
        *(b"elif", b"catch", b"throw", b"switch", b"case", b"rescue", b"unless", b"select", b"yield"),
    )
)
_IMPORTS = frozenset((b"import", b"from", b"#include", b"require", b"use", b"using", b"include"))
_HASH_COMMENTS = frozenset(("py", "pyx", "pyi", "rb", "sh", "bash", "pl", "pm", "r", "jl", "ex", "exs", "ps1"))
_HASH = (b"#",)
_SLASH = (b"//", b"/*", b"*/", b"* ", b"--")


class FileCounts(Record):
    """Counts of changed lines: production lines that are neither blank nor comment, and lines added to tests.

    ``branches`` and ``imports`` are added lines that open with such a word, ``calls`` opening parentheses added.
    """

    code_added: int = 0
    code_deleted: int = 0
    branches: int = 0
    imports: int = 0
    calls: int = 0
    test_added: int = 0

    def plus(self, other: FileCounts) -> FileCounts:
        """Return the counts of both: a change's are the sum of its files'."""
        return FileCounts(*(one + two for one, two in zip(self, other, strict=True)))


NOTHING = FileCounts()


def count_file(path: str, removed: Iterable[bytes], added: Iterable[bytes]) -> FileCounts:
    """Count one file's changed lines; files that are neither production source nor tests count nothing."""
    if is_production(path):
        comments = comment_starts(path)
        new = [line for line in map(bytes.strip, added) if is_code(line, comments)]
        first_words = [first_word(line) for line in new]
        return FileCounts(
            code_added=len(new),
            code_deleted=sum(1 for line in map(bytes.strip, removed) if is_code(line, comments)),
            branches=sum(1 for word in first_words if word in _BRANCHES),
            imports=sum(1 for word in first_words if word in _IMPORTS),
            calls=sum(line.count(b"(") for line in new),
        )
    if is_test(path):
        return FileCounts(test_added=sum(1 for line in added if line.strip()))
    return NOTHING


def comment_starts(path: str) -> tuple[bytes, ...]:
    """Return how a line of comment begins in a file of this suffix."""
    return _HASH if path.rpartition(".")[2] in _HASH_COMMENTS else _SLASH


def is_code(stripped: bytes, comments: tuple[bytes, ...]) -> bool:
    """Say whether a line without its indentation holds code."""
    return bool(stripped) and not stripped.startswith(comments) and stripped != b"*"


def first_word(stripped: bytes) -> bytes:
    """Return the word a line opens with, behind a closing brace: ``if`` of ``} if(x)``, ``else if`` as ``if``."""
    if stripped.startswith(b"}"):
        stripped = stripped[1:].lstrip()
    if stripped.startswith((b"else if", b"else:")):
        stripped = stripped[5:]
    for at, code in enumerate(stripped):
        if not (97 <= code <= 122 or (code == 35 and at == 0)):
            return stripped[:at]
    return stripped
