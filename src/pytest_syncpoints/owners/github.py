r"""GitHub's CODEOWNERS.

Sources, checked against each other: "About code owners" (https://docs.github.com/articles/about-code-owners),
the REST resource "List CODEOWNERS errors", gitignore(5), and the patterns that hmarr/codeowners publishes as data.

- The first file of ``.github/``, the top and ``docs/`` counts, alone; one over 3 MB is not loaded.
- The last rule that matches replaces all earlier ones; one without owners takes ownership away.
- ``!``, ``[ ]`` ranges and ``\#`` do not work; ``#`` starts a comment anywhere.
- A line with invalid syntax is skipped, and the rest counts (so since 2022; older copies of the
  documentation say that the whole file is dropped).
- Matching is case-sensitive. Whether an owner exists or may write is known to the server alone.
"""

from __future__ import annotations

from pytest_syncpoints.owners.model import Fault, Ownership, once
from pytest_syncpoints.owners.rulebook import NO_LINE, LastMatch, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.model import Reader

LOCATIONS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
LARGEST = 3 * 1024 * 1024  # bytes

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_known_owners: dict[str, bool] = {}


def load(read: Reader, locations: tuple[str, ...] = LOCATIONS) -> Ownership:
    """Read the file that GitHub would use; it owns nothing where there is none."""
    for file in locations:
        content = read(file)
        if content is not None:
            return parse(file, content)
    return Ownership("github")


def parse(file: str, content: bytes) -> Ownership:
    """Take one file's bytes; a file over 3 MB owns nothing and is one fault."""
    if len(content) > LARGEST:
        return _TooLarge("github", (file,))
    return LastMatch("github", file, decoded(content), parse_line)


class _TooLarge(Ownership):
    @property
    def faults(self) -> tuple[Fault, ...]:
        return (Fault(self.files[0], 1, 1, "the file is over 3 MB: GitHub does not load it, so nobody owns anything"),)


def decoded(content: bytes) -> str:
    """Return a file's text, lossless, without a byte order mark."""
    return content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def parse_line(line: str) -> Line:
    """Read one line as GitHub does."""
    words, comment = split_words(line)
    if not words:
        return NO_LINE
    pattern = words[0]
    complaint = pattern_complaint(pattern)
    if complaint and not (comment and pattern == "\\"):
        return Line(pattern, (), complaint, line.index(pattern[0]) + 1)
    if complaint:
        return Line(pattern, (), "\\# does not work here: what follows # is a comment", line.index("\\") + 1)
    owners = words[1:]
    for owner in owners:
        if not is_owner(owner):
            return Line(pattern, (), f"{owner!r} is no @user, @org/team or e-mail address", _column(line, owner))
    return Line(pattern, once(owners))


def _column(line: str, word: str) -> int:
    return line.rfind(word) + 1


def split_words(line: str) -> tuple[list[str], bool]:
    r"""Split at blanks that no backslash escapes, up to an inline comment; say whether there was one."""
    comment = "#" in line
    if comment:
        line = line[: line.index("#")]
    line = line.replace("\t", " ").strip(" \r")
    if "\\" not in line:
        return [word for word in line.split(" ") if word], comment
    words: list[str] = []
    word, at = "", 0
    while at < len(line):
        symbol = line[at]
        if symbol == "\\" and not words:
            word += line[at : at + 2]
            at += 2
            continue
        if symbol != " ":
            word += symbol
        elif word:
            words.append(word)
            word = ""
        at += 1
    return [*words, word] if word else words, comment


def pattern_complaint(pattern: str) -> str:
    """Return why a pattern is invalid, empty where it is not."""
    if pattern.startswith("!"):
        return "! does not work in CODEOWNERS: nothing is excluded, and the line is skipped"
    if "***" in pattern:
        return "*** is no valid pattern"
    if pattern.endswith("\\") and (len(pattern) - len(pattern.rstrip("\\"))) % 2:
        return "the pattern ends with a backslash that escapes nothing"
    return ""


def is_owner(word: str) -> bool:
    """Say whether a word has the form ``@user``, ``@org/team`` or an e-mail address."""
    known = _known_owners.get(word)
    if known is None:
        known = _is_owner(word)
        if len(_known_owners) < 10_000:
            _known_owners[word] = known
    return known


def _is_owner(word: str) -> bool:
    if word.startswith("@"):
        parts = word[1:].split("/")
        return len(parts) <= 2 and all(part and _NAME.issuperset(part) for part in parts)
    local, at, domain = word.partition("@")
    return bool(local and at) and "." in domain.strip(".") and "@" not in domain and "/" not in domain
