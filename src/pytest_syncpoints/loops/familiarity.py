"""Familiarity: who knows files and their neighbours, from who wrote and reviewed there, the recent counting most.

Each commit leaves its author and its reviewers a trace in every file it changes and in the folders above. A trace
fades by half in a half-life. For a change the shares of a file's traces, of its folders' and of the whole repository's
add up: the nearer, the heavier. Who wrote or reviewed the very lines that a change alters, or their neighbours, has
a share of those besides. Reviews weigh more than commits, as in cHRev (Zanjani, Kagdi and Bird, "Automatically
Recommending Peer Reviewers in Modern Code Review", IEEE TSE 42(6), 2016); folders stand in where a file is new, as
path similarity does in RevFinder (Thongtanunam et al., "Who Should Review My Code?", SANER 2015).
"""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HALF_LIFE = 180 * 86_400
_REVIEWED, _WROTE = 1.0, 0.35
_FILE, _FOLDERS, _WHOLE = 1.0, (0.7, 0.4, 0.25), 0.25
_AUTHOR = 0.5  # who has reviewed this author before
_LINES = 0.5  # the lines a change alters, and their neighbours
_MOST_FILES = 200  # of one change: a sweep over the tree tells little of anybody


class Work(Record):
    """One landed commit: when, by whom, reviewed by whom (keys), and the paths it changed."""

    at: int
    author: str
    reviewers: tuple[str, ...]
    paths: tuple[str, ...]
    sha: str = ""


class LinesFrom(Record):
    """Lines near a change that came from one commit: ``weight`` of them, when it landed, by whom (keys)."""

    weight: float
    at: int
    author: str
    reviewers: tuple[str, ...]


class Known(Record):
    """How well somebody knows a change: ``score``, and its parts from files, around them, the author and the lines."""

    who: str
    score: float
    files: float
    around: float
    author: float
    lines: float = 0.0


class _Traces:
    """Fading counts a person at one place."""

    __slots__ = ("at", "counts")

    def __init__(self) -> None:
        self.at = 0
        self.counts: dict[str, float] = {}

    def add(self, who: str, weight: float, at: int) -> None:
        """Leave a trace; older ones have faded since."""
        self._fade(at)
        self.counts[who] = self.counts.get(who, 0.0) + weight

    def shares(self) -> dict[str, float]:
        """Return everybody's share of what is left; all fade alike, so that no clock is needed."""
        total = sum(self.counts.values())
        return {who: count / total for who, count in self.counts.items()} if total else {}

    def weight(self, at: int) -> float:
        """Return how much is left in all."""
        faded: float = 0.5 ** (max(0, at - self.at) / HALF_LIFE)
        return sum(self.counts.values()) * faded

    def _fade(self, at: int) -> None:
        if at > self.at:
            factor = 0.5 ** ((at - self.at) / HALF_LIFE) if self.at else 1.0
            self.counts = {who: left for who, count in self.counts.items() if (left := count * factor) > 0.001}
            self.at = at


class Familiarity:
    """What commits taught, in the order they landed; asked for one change at a time."""

    def __init__(self, about: Iterable[str] = ()) -> None:
        """Start knowing nobody; ``about`` names the paths that will be asked for, where nothing else will be."""
        self._about = frozenset(place for path in about for place in _places(path))
        self._places: dict[str, _Traces] = {}
        self._authors: dict[str, _Traces] = {}
        self.last_seen: dict[str, int] = {}

    def learn(self, work: Work) -> None:
        """Take in one commit."""
        people = [(work.author, _WROTE), *((who, _REVIEWED) for who in work.reviewers if who != work.author)]
        for who, weight in people:
            self.last_seen[who] = max(self.last_seen.get(who, 0), work.at)
            for place in self._touched(work.paths):
                self._places.setdefault(place, _Traces()).add(who, weight, work.at)
            if who != work.author:
                self._authors.setdefault(work.author, _Traces()).add(who, weight, work.at)

    def _touched(self, paths: Sequence[str]) -> Iterable[str]:
        places = dict.fromkeys(place for path in paths[:_MOST_FILES] for place in _places(path))
        return [place for place in places if place in self._about] if self._about else places

    def rank(self, paths: Sequence[str], author: str, at: int, lines: Iterable[LinesFrom] = ()) -> list[Known]:
        """Return everybody but the author who knows these paths, or the lines from there, best first."""
        files: dict[str, float] = {}
        around: dict[str, float] = {}
        few = paths[:_MOST_FILES]
        for path in few:
            for depth, place in enumerate(_places(path)):
                weight = _weight(depth, place)
                traces = self._places.get(place)
                if traces is not None and weight:
                    sure = _sureness(traces.weight(at))
                    _add(files if depth == 0 else around, traces.shares(), weight * sure / len(few))
        known = self._authors.get(author)
        pairs = {who: _AUTHOR * share for who, share in known.shares().items()} if known else {}
        near = {who: _LINES * share for who, share in line_shares(lines, at).items()}
        names = (files.keys() | around.keys() | pairs.keys() | near.keys()) - {author, ""}
        found = [_known(who, *(part.get(who, 0.0) for part in (files, around, pairs, near))) for who in names]
        return sorted(found, key=lambda known: (-known.score, who_order(known)))


def line_shares(lines: Iterable[LinesFrom], at: int) -> dict[str, float]:
    """Return everybody's share of some lines at a time; what was written long ago has faded, and is nobody's."""
    shares: dict[str, float] = {}
    total = 0.0
    for one in lines:
        total += one.weight
        left = one.weight * 0.5 ** (max(0, at - one.at) / HALF_LIFE)
        traces = dict.fromkeys(one.reviewers, _REVIEWED) | {one.author: _WROTE}
        for who, trace in traces.items():
            shares[who] = shares.get(who, 0.0) + left * trace / sum(traces.values())
    return {who: share / total for who, share in shares.items() if who} if total else {}


def _known(who: str, files: float, around: float, author: float, lines: float) -> Known:
    return Known(who, files + around + author + lines, files, around, author, lines)


def who_order(known: Known) -> str:
    """Return what decides between equals: their key."""
    return known.who


def _sureness(weight: float) -> float:
    """Return how much a place's shares are to be trusted: little where few traces are left."""
    return weight / (weight + 1.0)


def _weight(depth: int, place: str) -> float:
    if depth == 0:
        return _FILE
    if not place:
        return _WHOLE
    return _FOLDERS[depth - 1] if depth <= len(_FOLDERS) else 0.0


def _add(totals: dict[str, float], shares: dict[str, float], weight: float) -> None:
    for who, share in shares.items():
        totals[who] = totals.get(who, 0.0) + weight * share


def _places(path: str) -> Iterator[str]:
    """Yield a file, the folders above it (ending in a slash), and the whole tree as an empty text."""
    yield path
    folder = path.rpartition("/")[0]
    for _ in range(len(_FOLDERS)):
        if not folder:
            break
        yield f"{folder}/"
        folder = folder.rpartition("/")[0]
    yield ""
