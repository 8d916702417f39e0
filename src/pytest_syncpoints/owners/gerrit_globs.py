"""Globs of Gerrit's OWNERS files: Java's, put at any depth below the directory.

Sources: the plugin's ``path-expressions.md``, ``FileSystem.getPathMatcher`` of the Java platform.
"""

from __future__ import annotations

from pytest_syncpoints.owners.automaton import ANYTHING, CLASS, DIRECTORIES, LITERAL, ONE, STAR, CharacterClass
from pytest_syncpoints.owners.glob import NameGlob, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.automaton import Token

# "{a,b}" is written out; a glob that stands for more globs than this is not worth its danger.
_MOST_CHOICES = 64


def split_globs(text: str) -> list[str]:
    """Split a list at its commas, but for those inside braces or brackets."""
    globs = [""]
    braces = brackets = 0
    for character in text:
        if character == "," and not braces and not brackets:
            globs.append("")
            continue
        globs[-1] += character
        braces = max(0, braces + (character == "{") - (character == "}"))
        brackets = max(0, brackets + (character == "[") - (character == "]"))
    return globs


def java_glob(text: str) -> list[Shape]:
    """Return the shapes a glob stands for, one for each choice in braces; none where Java refuses it."""
    found: list[Shape] = []
    for choice in _choices(text):
        tokens = _tokens(choice)
        if tokens is None:
            return []
        found.append(Shape((NameGlob([(DIRECTORIES, ""), *tokens]),), True, False, ""))
    return found


def _choices(text: str) -> list[str]:
    """Write out ``{a,b}``; Java knows no braces inside braces."""
    choices = [""]
    at = 0
    while at < len(text):
        end = _skip(text, at)
        if text[at] != "{":
            choices = [choice + text[at:end] for choice in choices]
            at = end
            continue
        inside = _inside_braces(text, at + 1)
        if inside is None or len(choices) * len(inside[0]) > _MOST_CHOICES:
            return []
        choices = [choice + option for choice in choices for option in inside[0]]
        at = inside[1]
    return choices


def _inside_braces(text: str, at: int) -> tuple[list[str], int] | None:
    options = [""]
    while at < len(text) and text[at] != "}":
        if text[at] == "{":
            return None
        if text[at] == ",":
            options.append("")
            at += 1
        else:
            end = _skip(text, at)
            options[-1] += text[at:end]
            at = end
    return (options, at + 1) if at < len(text) else None


def _skip(text: str, at: int) -> int:
    """Return the position behind one character, an escape or a bracket expression."""
    if text[at] == "\\":
        return min(at + 2, len(text))
    if text[at] == "[":
        end = text.find("]", at + 1)
        return len(text) if end < 0 else end + 1
    return at + 1


def _tokens(text: str) -> list[Token] | None:
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        end = _skip(text, at)
        symbol = text[at]
        if symbol == "\\":
            if at + 1 == len(text):
                return None
            tokens.append((LITERAL, text[at + 1]))
        elif symbol == "[":
            characters = _class(text[at + 1 : end - 1]) if text[end - 1] == "]" else None
            if characters is None:
                return None
            tokens.append((CLASS, characters))
        elif symbol == "*":
            tokens.append((ANYTHING, "") if text.startswith("**", at) else (STAR, ""))
            end = at + 2 if text.startswith("**", at) else end
        else:
            tokens.append((ONE, "") if symbol == "?" else (LITERAL, symbol))
        at = end
    return _single_stars(tokens)


def _single_stars(tokens: list[Token]) -> list[Token]:
    """Merge stars in a row: the automaton takes them one at a time."""
    merged: list[Token] = []
    for token in tokens:
        if merged and token[0] in (STAR, ANYTHING) and merged[-1][0] in (STAR, ANYTHING):
            merged[-1] = (max(token[0], merged[-1][0]), "")
        else:
            merged.append(token)
    return merged


def _class(text: str) -> CharacterClass | None:
    """Read what stands in brackets; ``None`` where Java refuses it: a slash, an open or backward range."""
    negated = text.startswith("!")
    text = text[negated:]
    if not text or "/" in text:
        return None
    ranges: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        low = high = text[at]
        if text[at + 1 : at + 2] == "-" and (at or low != "-"):
            high = text[at + 2 : at + 3]
            at += 2
            if not high:
                ranges.append(("-", "-"))
                high = low
            elif high < low:
                return None
        ranges.append((low, high))
        at += 1
    return CharacterClass(ranges, negated=negated)
