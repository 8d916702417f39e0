"""NameTable: the last of many name patterns that a file or directory name matches, without trying them all.

Literal names are one dictionary look-up. A glob is filed under something every match must contain: its
ending from the last dot on (``*_test.go`` under ``.go``), else its first two characters, else three
characters from its inside; only the globs filed under what a name has are tried, latest first.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.glob import NameGlob, Segment

    Bucket = list[tuple[int, NameGlob]]

NO_RULE = -1
_GRAM = 3


class NameTable:
    """Name patterns by priority; the highest that matches wins. Priorities are added in falling order."""

    __slots__ = ("_endings", "_extensions", "_grams", "_literals", "_rest", "_starts", "_tried", "top")

    def __init__(self, patterns: Iterable[tuple[int, Segment]]) -> None:
        """File each pattern, highest priority first."""
        self._literals: dict[str, int] = {}
        self._extensions: dict[str, int] = {}
        self._endings: dict[str, Bucket] = {}
        self._starts: dict[str, Bucket] = {}
        self._grams: dict[str, Bucket] = {}
        self._rest: Bucket = []
        self.top = NO_RULE
        for priority, segment in patterns:
            self.top = max(self.top, priority)
            if isinstance(segment, str):
                self._literals.setdefault(segment, priority)
            elif segment.suffix == segment.extension:
                self._extensions.setdefault(segment.suffix, priority)
            else:
                self._bucket(segment).append((priority, segment))
        self._tried = bool(self._endings or self._starts or self._grams or self._rest)

    def _bucket(self, glob: NameGlob) -> Bucket:
        if "." in glob.suffix:
            return self._endings.setdefault(glob.suffix[glob.suffix.rindex(".") :], [])
        if len(glob.prefix) > 1:
            return self._starts.setdefault(glob.prefix[:2], [])
        chunk = glob.chunk()
        if len(chunk) < _GRAM:
            return self._rest
        grams = [chunk[at : at + _GRAM] for at in range(len(chunk) - _GRAM + 1)]
        return self._grams.setdefault(min(grams, key=lambda gram: len(self._grams.get(gram, ()))), [])

    def last(self, name: str, best: int) -> int:
        """Return the highest priority that matches, or ``best`` where none above it does."""
        literal = self._literals.get(name, NO_RULE)
        if literal > best:
            best = literal
        dot = name.rfind(".")
        ending = name[dot:] if dot >= 0 else ""
        extension = self._extensions.get(ending, NO_RULE)
        if extension > best:
            best = extension
        return self._last_tried(name, ending, best) if self._tried else best

    def _last_tried(self, name: str, ending: str, best: int) -> int:
        bucket = self._endings.get(ending)
        if bucket is not None:
            best = _first(bucket, name, best)
        if self._starts:
            best = _first(self._starts.get(name[:2], ()), name, best)
        if self._grams:
            get = self._grams.get
            for at in range(len(name) - _GRAM + 1):
                bucket = get(name[at : at + _GRAM])
                if bucket is not None:
                    best = _first(bucket, name, best)
        return _first(self._rest, name, best) if self._rest else best


def _first(bucket: Bucket | tuple[()], name: str, best: int) -> int:
    for priority, glob in bucket:
        if priority <= best:
            break
        if glob.matches(name):
            return priority
    return best
