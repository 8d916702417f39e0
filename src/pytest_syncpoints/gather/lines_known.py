"""Lines known: which commits the lines that a change alters, and their neighbours, came from, and by whom."""

from __future__ import annotations

from pytest_syncpoints.gather.blame import blame, commits_of_lines
from pytest_syncpoints.loops.familiarity import LinesFrom

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.gather.git import StandIn
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.gather.landed import Identities, Line

# Bounds, so that a change of ten thousand files costs what one of five does.
_MOST_FILES = 5
_MOST_LINES = 400
_NEIGHBOURS = 10  # lines above and below
_CHANGED, _NEAR = 1.0, 0.5

Hunks = tuple[tuple[int, int], ...]  # first line and number of lines at the base


def lines_known(
    history: History,
    line: Line,
    identities: Identities,
    git: StandIn,
    base: str,
    files: Iterable[tuple[str, Hunks]],
    since: int,
) -> Iterator[LinesFrom]:
    """Yield the commits that lines in and around the hunks of files came from, with how many lines.

    Asked of `git blame` at ``base`` for the first files alone, which know nothing older than ``since`` (seconds).
    """
    chosen = [(path, hunks) for path, hunks in files if hunks][:_MOST_FILES]
    asked = [(hunks, blame(git, base, path, _spans(hunks), f"--since=@{since}")) for path, hunks in chosen]
    for hunks, process in asked:
        weights: dict[str, float] = {}
        for number, sha in commits_of_lines(process.collect().stdout).items():
            inside = any(start <= number < start + count for start, count in hunks)
            weights[sha] = weights.get(sha, 0.0) + (_CHANGED if inside else _NEAR)
        yield from _lines_from(weights, history, line, identities, since)


def _spans(hunks: Hunks) -> Sequence[tuple[int, int]]:
    """Return the lines of hunks with their neighbours, so many that one file stays cheap."""
    spans, left = [], _MOST_LINES
    for start, count in hunks:
        first = max(1, start - _NEIGHBOURS)
        wanted = min(left, start + count + _NEIGHBOURS - first)
        if wanted > 0:
            spans.append((first, wanted))
        left -= wanted
    return spans


def _lines_from(
    weights: dict[str, float], history: History, line: Line, identities: Identities, since: int
) -> Iterator[LinesFrom]:
    for sha, weight in weights.items():
        row = history.database.execute("SELECT id, author FROM commits WHERE sha = ?", (bytes.fromhex(sha),)).fetchone()
        if row is None or line.at(row[0]) < since:
            yield LinesFrom(weight, 0, "", ())  # older than anybody remembers
            continue
        reviewers = history.database.execute(
            "SELECT person FROM credits WHERE commit_id = ? AND role = 'reviewer'", (row[0],)
        )
        keys = tuple(dict.fromkeys(identities.key(person) for (person,) in reviewers))
        yield LinesFrom(weight, line.at(row[0]), identities.key(row[1]), keys)
