"""The lines of GitLab's CODEOWNERS: section headers, entries, patterns and owners.

Sources: "Code Owners syntax and error handling" and "Advanced CODEOWNERS configuration" (docs.gitlab.com),
with the specifications beside GitLab's own ``ee/lib/gitlab/code_owners`` where the pages are silent.
"""

from __future__ import annotations

from pytest_syncpoints.owners.globs import (
    ANY,
    EXACT,
    INSIDE,
    STAR,
    CharacterClass,
    Glob,
    Wild,
    split_globs,
    wild_or_literal,
)
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

BLANKS = " \t\r\n\f\v"
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_PATH = _WORD | frozenset("-./")
_HEADER_OWNERS = _PATH | frozenset("@" + BLANKS)
ROLES = frozenset(("developer", "developers", "maintainer", "maintainers", "owner", "owners"))
MOST_NESTED = 21  # groups in one @group/subgroup/... name


class Header(Record):
    """``^[name][approvals] owners``; ``complaint`` says what GitLab reports about it."""

    name: str
    optional: bool
    approvals: int
    owners: tuple[str, ...]
    complaint: str


class Entry(Record):
    """A pattern as written, and the text behind it."""

    pattern: str
    excludes: bool
    owner_text: str


def header(line: str) -> Header | None:
    """Read a section header; ``None`` where the line is none (it must start the line, and be closed)."""
    optional = line.startswith("^")
    name, closed, rest = line[1 + optional :].partition("]")
    if line[optional : optional + 1] != "[" or not closed:
        return None
    count, rest = _count(rest)
    size = next((at for at, symbol in enumerate(rest) if symbol not in _HEADER_OWNERS), len(rest))
    owners = rest[:size]
    number = int(count.split()[0]) if count and count.split() else 0
    return Header(name, optional, max(number, 1), tuple(references(owners)), _complaint(name, optional, count, rest))


def _count(rest: str) -> tuple[str | None, str]:
    inner, closed, after = rest[1:].partition("]")
    digits = frozenset("0123456789" + BLANKS)
    if rest.startswith("[") and closed and digits.issuperset(inner):
        return inner, after
    return None, rest


def _complaint(name: str, optional: bool, count: str | None, rest: str) -> str:  # noqa: FBT001  # a header's field
    if not name.strip():
        return "a section needs a name"
    if rest.startswith("["):
        return "the number of approvals is none, so one approval is required"
    if count is not None and not (count.split() and int(count.split()[0]) >= 1):
        return "the number of approvals must be 1 or more, so one approval is required"
    if count is not None and optional:
        return "an optional section requires no approvals, so the number means nothing"
    unknown = [word for word in rest.split() if not list(references(word))]
    return f"{unknown[0]!r} is no @user, @group, @@role or e-mail address" if unknown else ""


def entry(line: str) -> Entry:
    """Split a line at its first blank that no backslash escapes."""
    at = next((at for at, symbol in enumerate(line) if symbol in BLANKS and line[at - 1] != "\\"), len(line))
    pattern = line[:at]
    excludes = pattern.startswith("!")
    return Entry(pattern, excludes, line[at:].strip(BLANKS))


def glob(pattern: str) -> Glob:
    r"""Compile a pattern (without ``!``) as GitLab does, for ``File.fnmatch`` with DOTMATCH and PATHNAME.

    A relative pattern matches at any depth, even with a slash inside; a slash at the end means all below;
    without it a directory's name owns nothing below. ``**`` reaches deeper only before a slash.
    """
    if pattern == "*":
        return Glob((), INSIDE)
    body = _spaces_unescaped(pattern.removeprefix("\\") if pattern.startswith("\\#") else pattern)
    if not body.startswith("/"):
        body = f"/**/{body}"
    if body.endswith("/"):
        body += "**/*"
    if body.endswith("/**"):
        body = body[:-1]
    segments = split_globs(_texts(body[1:]), segment)
    if len(segments) > 1 and segments[-2] is None and segments[-1] == _STAR_ALONE:
        return Glob(segments[:-2], INSIDE)
    return Glob(segments, EXACT)


def _texts(body: str) -> list[str]:
    """Split at slashes outside brackets: to Ruby, one inside a class is but a character that no name holds."""
    if "[" not in body:
        return body.split("/")
    texts, at, start = [], 0, 0
    while at < len(body):
        if body[at] == "[":
            kind, end = _class(body, at + 1)
            at = at + 1 if kind is NEVER else end
            continue
        if body[at] == "/":
            texts.append(body[start:at])
            start = at + 1
        at += 1 + (body[at] == "\\" and body[at + 1 : at + 2] != "/")
    return [*texts, body[start:]]


def _spaces_unescaped(pattern: str) -> str:
    if "\\" not in pattern:
        return pattern
    out, at = "", 0
    while at < len(pattern):
        if pattern[at] == "\\" and pattern[at + 1 : at + 2] and pattern[at + 1] in BLANKS:
            at += 1
            while at < len(pattern) and pattern[at] in BLANKS:
                at += 1
            out += " "
        else:
            out += pattern[at]
            at += 1
    return out


NEVER = CharacterClass((), negated=False)


def segment(text: str) -> str | Wild:
    r"""Parse one segment: literals, ``*``, ``?``, ``[a-z]``, ``[^a-z]``, and ``\`` before a literal.

    An unclosed bracket matches nothing, as in Ruby's ``File.fnmatch``.
    """
    tokens: list[str | int | CharacterClass] = []
    at = 0
    while at < len(text):
        symbol = text[at]
        if symbol == "[":
            kind, at = _class(text, at + 1)
            tokens.append(kind)
            continue
        if symbol == "\\":
            at += 1
            tokens.append(text[at] if at < len(text) else NEVER)
        elif symbol == "*":
            if not tokens or tokens[-1] != STAR:
                tokens.append(STAR)
        else:
            tokens.append(ANY if symbol == "?" else symbol)
        at += 1
    return wild_or_literal(tokens)


_STAR_ALONE = Wild((STAR,))


def _class(text: str, at: int) -> tuple[CharacterClass, int]:
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    ranges: list[tuple[str, str]] = []
    while at < len(text):
        if text[at] == "]":
            return CharacterClass(tuple(ranges), negated), at + 1
        low, at = _bound(text, at)
        high = low
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("]", ""):
            high, at = _bound(text, at + 1)
        ranges.append((low, high))
    return NEVER, len(text)


def _bound(text: str, at: int) -> tuple[str, int]:
    at += text[at] == "\\" and at + 1 < len(text)
    return text[at], at + 1


def references(text: str) -> Iterator[str]:
    """Yield the ``@names``, ``@@roles`` and e-mail addresses of a text; all other words mean nothing."""
    for word in text.split():
        at = word.find("@")
        while at >= 0:
            after = word.find("@", at + 2 if word.startswith("@@", at) else at + 1)
            found = _reference(word, at, len(word) if after < 0 else after)
            if found:
                yield found
            at = after


def _reference(word: str, at: int, end: int) -> str:
    before = word[at - 1] if at else ""
    if word.startswith("@@", at):
        role = word[at + 2 :].lower()
        return word[at:] if role in ROLES and before not in _WORD else ""
    if before and (before in _WORD or not before.isascii()):
        domain = word[at + 1 : end].rstrip("".join(set(word[at + 1 : end]) - _WORD))
        return f"{word[:at].rpartition('@')[2]}@{domain}" if domain else ""
    name = _name(word[at + 1 : end])
    return f"@{name}" if name else ""


def _name(text: str) -> str:
    size = next((at for at, symbol in enumerate(text) if symbol not in _PATH), len(text))
    parts: list[str] = []
    for part in text[:size].split("/")[:MOST_NESTED]:
        trimmed = part.rstrip(".")
        if not trimmed or trimmed.startswith("-"):
            break
        parts.append(trimmed)
        if trimmed != part:
            break
    return "/".join(parts)
