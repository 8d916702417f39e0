r"""Bitbucket Cloud's CODEOWNERS: gitignore's patterns less three things, the last matching line decides.

Source: support.atlassian.com "Set up and use code owners".

- The file is ``.bitbucket/CODEOWNERS`` and no other; no limit of size is stated.
- Patterns follow gitignore but for ``!``, ``[ ]`` and ``\\#``, which do not work. Nothing is said against
  ``docs/*`` reaching below ``docs/x/``, as in gitignore it does.
- A ``#`` begins a comment, alone on a line or behind a rule.
- Owners are e-mail addresses, ``@user``, ``@workspace/group`` and ``@teams/name`` (from ``.bitbucket/teams.yaml``), the
  last two perhaps with how many are asked: ``:all``, ``:random(2)``, ``:least_busy(1)``. They are kept as written.
- What an invalid line does is not stated: a word that is no owner is passed over here, the line counts.

Bitbucket Data Center has a dialect of its own (branch patterns, every matching rule adds up): not this one.
"""

from __future__ import annotations

from pytest_syncpoints.owners.gitignore import gitignore_shape
from pytest_syncpoints.owners.lines import Line, Problem, column_of, split_rule
from pytest_syncpoints.owners.ownership import Ownership, decode
from pytest_syncpoints.owners.ruleset import LastMatch

LOCATIONS = (".bitbucket/CODEOWNERS",)
_SELECTIONS = ("random(", "least_busy(")


def load(file: str, data: bytes) -> Ownership:
    """Return what one CODEOWNERS file says."""
    return LastMatch("bitbucket", file, decode(data), read_line)


def read_line(line: str) -> Line | None:
    """Return what one stripped line says, ``None`` for a comment."""
    if line.startswith("#"):
        return None
    pattern, words = split_rule(line)
    owners = tuple(word for word in words if is_owner(word))
    shape = gitignore_shape(pattern)
    if pattern.startswith("!"):
        problem = Problem(1, "'!' does not negate here", "add a later line that names the owners", True)
    elif pattern.startswith("\\#"):
        problem = Problem(1, "'\\#' is not read as '#' here", "cover the file with a wildcard: '?name'", True)
    elif shape is None:
        problem = Problem(1, f"the pattern {pattern!r} can never match", "write '*' for everything", True)
    elif len(owners) < len(words):
        word = next(word for word in words if not is_owner(word))
        remedy = "write an e-mail address, @user, @workspace/group or @teams/name"
        problem = Problem(column_of(line, word), f"{word!r} is no owner and is passed over", remedy, False)
    else:
        return Line(pattern, owners, shape, None)
    return Line(pattern, owners, None if problem.skipped else shape, problem)


def is_owner(word: str) -> bool:
    """Say whether a word has the form of an owner."""
    name, colon, selection = word.partition(":")
    if colon and not _is_selection(selection):
        return False
    if name.startswith("@"):
        return all(name[1:].split("/", 1))
    return all(name.partition("@")) and "@" not in name.partition("@")[2]


def _is_selection(text: str) -> bool:
    if text == "all":
        return True
    count = next((text[len(start) : -1] for start in _SELECTIONS if text.startswith(start) and text.endswith(")")), "")
    return count.isascii() and count.isdigit()
