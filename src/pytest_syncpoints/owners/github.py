r"""GitHub's CODEOWNERS: gitignore-like patterns, the last matching line decides.

Sources: docs.github.com "About code owners" [D], REST "List CODEOWNERS errors" [R], gitignore(5) [G], the cases
published with hmarr/codeowners [H].

- The first of ``.github/CODEOWNERS``, ``CODEOWNERS``, ``docs/CODEOWNERS`` is used, the others are not read; a file
  of 3 MB or more is not loaded at all [D].
- The last line that matches replaces all earlier ones; one without owners clears ownership [D].
- Patterns are gitignore's but for ``!``, ``[ ]`` and ``\\#``, which do not work [D]: the first and last of these
  make a line invalid, brackets stand for themselves [H].
- ``docs/*`` covers the files directly in ``docs`` [D], and so does any pattern that ends in ``/*`` [H]; a last
  segment that only contains a star (``docs/*.md``, ``f*``) covers what lies below a directory of that name [G].
- An invalid line is skipped and the rest counts [D, since 2022]. Invalid are ``***`` [R], ``/``, which can never
  match [R], and owners that are neither ``@user``, ``@org/team`` nor an e-mail address [R].
- Whether an owner exists and may write only the server knows.
"""

from __future__ import annotations

from pytest_syncpoints.owners.gitignore import gitignore_shape
from pytest_syncpoints.owners.lines import Line, Problem, column_of, split_rule
from pytest_syncpoints.owners.ownership import Fault, Ownership, decode
from pytest_syncpoints.owners.ruleset import LastMatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.glob import Shape

LOCATIONS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
LARGEST = 3 * 1024 * 1024
_HANDLE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_DOMAIN = _HANDLE | {"."}


class NotLoaded(Ownership):
    """A file the forge does not load: nobody owns anything, and the fault says why."""

    def __init__(self, dialect: str, fault: Fault) -> None:
        """Keep what is wrong."""
        self.dialect = dialect
        self._fault = fault

    @property
    def files(self) -> tuple[str, ...]:
        """Return the file that is there, though it counts for nothing."""
        return (self._fault.file,)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return the reason."""
        return (self._fault,)


def load(file: str, data: bytes) -> Ownership:
    """Return what one CODEOWNERS file says."""
    if len(data) >= LARGEST:
        size = f"{len(data) / 1024 / 1024:.1f} MB"
        message = f"this file has {size}: GitHub loads none of 3 MB or more, so nobody owns anything"
        return NotLoaded("github", Fault(file, 1, 1, message, "merge lines with wildcards"))
    return LastMatch("github", file, decode(data), LineReader())


class LineReader:
    """Reads one stripped line after another; owners that were found good once are not looked at again."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        """Know no owner yet."""
        self._known: set[str] = set()

    def __call__(self, line: str) -> Line | None:
        """Return what a line says, ``None`` for a comment."""
        if line[0] == "#":
            return None
        pattern, owners = split_rule(line)
        shape = gitignore_shape(pattern, star_nests=False)
        problem = _pattern_problem(pattern, shape)
        if problem is not None and problem.skipped:
            return Line(pattern, (), None, problem)
        for owner in owners:
            if owner not in self._known:
                if not is_owner(owner):
                    return Line(pattern, (), None, _owner_problem(line, owner))
                self._known.add(owner)
        return tuple.__new__(Line, (pattern, tuple(owners), shape, problem))  # a file has thousands of them


def _owner_problem(line: str, owner: str) -> Problem:
    message = f"{owner!r} is no owner, so GitHub skips the line"
    return Problem(column_of(line, owner), message, "write @user, @org/team or an e-mail address", True)


def _pattern_problem(pattern: str, shape: Shape | None) -> Problem | None:
    first = pattern[0]
    if first == "!":
        return Problem(1, "'!' does not negate here: GitHub skips the line", "add a later line without owners", True)
    if first == "\\" and pattern.startswith("\\#"):
        message = "'\\#' is not read as '#': GitHub skips the line"
        return Problem(1, message, "cover the file with a wildcard: '?name'", True)
    if "***" in pattern:
        column = pattern.index("***") + 1
        return Problem(column, "'***' is no pattern: GitHub skips the line", "write '**' or '*'", True)
    if shape is None:
        remedy = "write '*' for everything" if pattern == "/" else "write each directory once, with single slashes"
        return Problem(1, f"the pattern {pattern!r} can never match", remedy, True)
    if "[" in pattern and "\\[" not in pattern:
        message = "brackets are no character range here: they stand for themselves"
        return Problem(pattern.index("[") + 1, message, "write one line for each character, or '?'", False)
    return None


def is_owner(text: str) -> bool:
    """Say whether a word has the form of a user, a team or an e-mail address."""
    if text.startswith("@"):
        organisation, slash, team = text[1:].partition("/")
        return bool(organisation) and _HANDLE.issuperset(organisation) and (not slash or _is_team(team))
    local, _, domain = text.partition("@")
    return bool(local and domain) and _DOMAIN.issuperset(domain)


def _is_team(text: str) -> bool:
    return bool(text) and _DOMAIN.issuperset(text)
