r"""Bitbucket Cloud's CODEOWNERS.

Source: "Set up and use code owners" (support.atlassian.com). The file is ``.bitbucket/CODEOWNERS`` alone;
patterns are gitignore's, without the same three things as at GitHub (``!``, ``[ ]``, ``\#``); comments may
stand behind a rule; the last rule that matches wins. Owners are e-mail addresses, ``@users``,
``@workspace/group``, which may end in ``:all``, ``:random(n)`` or ``:least_busy(n)``, and ``@teams/name``.
"""

from __future__ import annotations

from pytest_syncpoints.owners.github import decoded, pattern_complaint, split_words
from pytest_syncpoints.owners.model import Ownership, once
from pytest_syncpoints.owners.rulebook import NO_LINE, LastMatch, Line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.model import Reader

LOCATIONS = (".bitbucket/CODEOWNERS",)


def load(read: Reader, locations: tuple[str, ...] = LOCATIONS) -> Ownership:
    """Read the file that Bitbucket would use; it owns nothing where there is none."""
    for file in locations:
        content = read(file)
        if content is not None:
            return LastMatch("bitbucket", file, decoded(content), parse_line)
    return Ownership("bitbucket")


def parse_line(line: str) -> Line:
    """Read one line as Bitbucket does."""
    words, _comment = split_words(line)
    if not words:
        return NO_LINE
    complaint = pattern_complaint(words[0])
    if complaint:
        return Line(words[0], (), complaint)
    for owner in words[1:]:
        if not is_owner(owner):
            return Line(words[0], (), f"{owner!r} is no e-mail address, @user, @workspace/group or @teams/name")
    return Line(words[0], once(words[1:]))


def is_owner(word: str) -> bool:
    """Say whether a word has the form of an owner."""
    if not word.startswith("@"):
        local, at, domain = word.partition("@")
        return bool(local and at and domain) and "@" not in domain
    name, _, choice = word[1:].partition(":")
    parts = name.split("/")
    if len(parts) > 2 or not all(parts) or "@" in name:
        return False
    return ":" not in word or (len(parts) == 2 and _is_choice(choice))


def _is_choice(choice: str) -> bool:
    kind, opened, count = choice.partition("(")
    if not opened:
        return kind == "all"
    return kind in ("random", "least_busy") and count.endswith(")") and count[:-1].isdecimal() and int(count[:-1]) > 0
