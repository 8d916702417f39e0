"""The past of a repository as far as a first policy needs it: who changed which paths when, and how much at once."""

from __future__ import annotations

import os

from pytest_syncpoints.first_policy.observed import Landing, Observed, PastCommit, Use
from pytest_syncpoints.gather.git import answer, ask, start
from pytest_syncpoints.gather.objects import REGULAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.gather.git import Repository

MOST_COMMITS = 10_000
MOST_LANDINGS = 400
_COMMIT = "--format=%x01%aN%x00%aE%x00%at%x00%s%x00"
_PLAIN = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "-z")


def observe(repository: Repository, patterns: Sequence[str] = ()) -> Observed:
    """Return the past of HEAD, newest first; four git processes at most, whatever its length.

    ``patterns`` are extended regular expressions to look for in the Python files of HEAD. Sizes are unknown, and
    then empty, where a clone does not hold the old files. Raises CannotEvaluate where git fails otherwise.
    """
    if ask(repository, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").status != 0:
        return Observed()
    commits = start(repository, "log", "-n", str(MOST_COMMITS), "--no-merges", "--name-only", *_PLAIN, _COMMIT, "HEAD")
    landings = start(
        repository,
        "log",
        "-n",
        str(MOST_LANDINGS),
        "--first-parent",
        "-m",
        "--numstat",
        *_PLAIN,
        "--format=%x01",
        "HEAD",
    )
    tracked = _tracked(answer(repository, "ls-tree", "-r", "-z", "HEAD"))
    uses = _uses(repository, patterns) if any(path.endswith(".py") for path in tracked) else ()
    logged, sizes = commits.collect(), landings.collect()
    return Observed(
        commits=tuple(_commits(logged.stdout)),
        landings=tuple(_landings(sizes.stdout)) if sizes.status == 0 else (),
        tracked=tracked,
        uses=uses,
        shallow=repository.shallow,
    )


def _tracked(listing: bytes) -> tuple[str, ...]:
    """Return the paths of regular files."""
    rows = (os.fsdecode(row).partition("\t") for row in listing.split(b"\0") if row)
    return tuple(path for header, _, path in rows if header.split(" ")[0] in REGULAR)


def _commits(log: bytes) -> Iterator[PastCommit]:
    for record in os.fsdecode(log).split("\x01")[1:]:
        name, email, at, subject, *paths = record.split("\0")
        found = tuple(path.removeprefix("\n") for path in paths if path.strip("\n"))
        if found and at.isdecimal():
            yield PastCommit(name, email, int(at), subject, found)


def _landings(log: bytes) -> Iterator[Landing]:
    """Yield the lines each landed change changed, by path; what git calls binary counts none."""
    for record in os.fsdecode(log).split("\x01")[1:]:
        rows = (row.lstrip("\n").split("\t", 2) for row in record.split("\0"))
        lines = tuple((row[2], int(row[0]) + int(row[1])) for row in rows if len(row) == 3 and row[0].isdecimal())
        if lines:
            yield Landing(lines)


def _uses(repository: Repository, patterns: Sequence[str]) -> tuple[Use, ...]:
    """Return the lines of Python files at HEAD that match one of the patterns; none is no error."""
    if not patterns:
        return ()
    words = [word for pattern in patterns for word in ("-e", pattern)]
    found = ask(repository, "grep", "-z", "-I", "-E", "--full-name", *words, "HEAD", "--")
    rows = os.fsdecode(found.stdout).split("\n") if found.status == 0 else ()
    pairs = (row.removeprefix("HEAD:").partition("\0") for row in rows)
    return tuple(Use(path, text) for path, _, text in pairs if path.endswith(".py"))
