"""NameTable: the last of many name patterns that a file or directory name matches, without trying them all.

Literal names, and globs that only fix an ending (``*_test.go``) or a beginning (``test_*``), are dictionary look-ups.
Any other glob is filed under something every match must contain: its ending from the last dot on, else its
first two characters, else three characters from its inside. Only the globs filed under what a name has are
tried, latest first.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from pytest_syncpoints.owners.glob import NameGlob, Segment

    Bucket: TypeAlias = list[tuple[int, NameGlob]]

NO_RULE = -1
_GRAM = 3


class NameTable:
    """Name patterns by priority; the highest that matches wins. Priorities are added in falling order."""

    __slots__ = (
        "_beginnings",
        "_dotted",
        "_endings",
        "_grams",
        "_literal_only",
        "_literals",
        "_rest",
        "_starts",
        "_tried",
        "top",
    )

    def __init__(self, patterns: Iterable[tuple[int, Segment]]) -> None:
        """File each pattern, highest priority first."""
        self._literals: dict[str, int] = {}
        self._endings: dict[int, dict[str, int]] = {}
        self._beginnings: dict[int, dict[str, int]] = {}
        self._dotted: dict[str, Bucket] = {}
        self._starts: dict[str, Bucket] = {}
        self._grams: dict[str, Bucket] = {}
        self._rest: Bucket = []
        self.top = NO_RULE
        for priority, segment in patterns:
            self.top = max(self.top, priority)
            if isinstance(segment, str):
                self._literals.setdefault(segment, priority)
            elif segment.fixes_one_end and segment.suffix:
                self._endings.setdefault(len(segment.suffix), {}).setdefault(segment.suffix, priority)
            elif segment.fixes_one_end:
                self._beginnings.setdefault(len(segment.prefix), {}).setdefault(segment.prefix, priority)
            else:
                self._bucket(segment).append((priority, segment))
        self._tried = bool(self._dotted or self._starts or self._grams or self._rest)
        self._literal_only = not (self._tried or self._endings or self._beginnings)

    def _bucket(self, glob: NameGlob) -> Bucket:
        if "." in glob.suffix:
            return self._dotted.setdefault(glob.suffix[glob.suffix.rindex(".") :], [])
        if len(glob.prefix) > 1:
            return self._starts.setdefault(glob.prefix[:2], [])
        chunk = glob.chunk
        if len(chunk) < _GRAM:
            return self._rest
        grams = [chunk[at : at + _GRAM] for at in range(len(chunk) - _GRAM + 1)]
        return self._grams.setdefault(min(grams, key=lambda gram: len(self._grams.get(gram, ()))), [])

    def last(self, name: str, best: int) -> int:
        """Return the highest priority that matches, or ``best`` where none above it does."""
        literal = self._literals.get(name, NO_RULE)
        if literal > best:  # noqa: PLR1730  a call of max() takes longer than the rest of this
            best = literal
        if self._literal_only:
            return best
        for length, endings in self._endings.items():
            found = endings.get(name[-length:])
            if found is not None and found > best:
                best = found
        for length, beginnings in self._beginnings.items():
            found = beginnings.get(name[:length])
            if found is not None and found > best:
                best = found
        return self._last_tried(name, best) if self._tried else best

    def _last_tried(self, name: str, best: int) -> int:
        if self._dotted:
            dot = name.rfind(".")
            best = _first(self._dotted.get(name[dot:] if dot >= 0 else ""), name, best)
        if self._starts:
            best = _first(self._starts.get(name[:2]), name, best)
        if self._grams:
            grams = self._grams
            for at in range(len(name) - _GRAM + 1):
                gram = name[at : at + _GRAM]
                if gram in grams:
                    best = _first(grams[gram], name, best)
        return _first(self._rest, name, best) if self._rest else best


def _first(bucket: Bucket | None, name: str, best: int) -> int:
    for priority, glob in bucket or ():
        if priority <= best:
            break
        if glob.matches(name):
            return priority
    return best
