"""Index: which of many rules is the last to match a path, at a cost per path, not per rule and path.

Three ideas. Rules without wildcards are dictionary entries. What rules say of a directory is worked out once
and remembered: the best rule that covers all below it, and the wildcard rules still alive there, advanced one
segment from its parent. A wildcard is tried only while its rule could still win.
"""

from __future__ import annotations

from pytest_syncpoints.owners.glob import ANY_SEGMENT, DIRECTORIES_SEGMENT, PathGlob, literal_prefix, name_matches
from pytest_syncpoints.owners.names import NO_RULE, NameTable
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.owners.glob import Segment, Shape

# A wildcard rule of more segments than this is matched on its own, in one pass over the path's characters:
# advanced segment by segment, a long rule would cost its own length for every segment of the path.
LONGEST_WALK = 32
_NONE: list[tuple[int, Segment]] = []


class Live(Record):
    """A wildcard rule under way in a directory: bit n of ``state`` is set where segment n comes next."""

    priority: int
    shape: Shape
    state: int


class Place(Record):
    """What the rules say of one directory.

    ``covered`` is the best rule for any file directly in it, ``top`` the best that hangs on the file's name,
    ``below`` the best for anything under it; ``pending`` are wildcard rules for names, latest first.
    """

    covered: int
    top: int
    below: int
    live: list[Live]
    pending: list[tuple[int, Segment]]


class Index:
    """Rules by priority (the highest that matches wins), asked about any number of paths."""

    __slots__ = (
        "_attached",
        "_by_name",
        "_directories",
        "_directory_names",
        "_everything",
        "_files",
        "_inside",
        "_listed",
        "_long",
        "_names",
        "_names_top",
        "_places",
        "_roaming",
    )

    def __init__(self, rules: Iterable[tuple[int, Shape]]) -> None:
        """Put each rule where it is cheapest to find; one pass, nothing is compiled."""
        self._directories: dict[str, int] = {}
        self._files: dict[str, int] = {}
        self._listed: dict[str, int] = {}
        self._inside: dict[str, int] = {}
        self._attached: dict[str, list[Live]] = {}
        self._roaming: dict[str, list[tuple[int, Shape]]] = {}
        self._long: list[tuple[int, PathGlob]] = []
        self._everything = NO_RULE
        floating: list[tuple[int, Shape]] = []
        for priority, shape in sorted(rules, key=lambda rule: -rule[0]):
            if len(shape.segments) == 2 and shape.segments[0] is DIRECTORIES_SEGMENT:
                floating.append((priority, shape))
            else:
                self._file_rule(priority, shape)
        if floating:
            self._everything = max((rule[0] for rule in floating if _is_everything(rule[1])), default=NO_RULE)
            floating = [rule for rule in floating if rule[0] > self._everything]
        self._names = NameTable((priority, shape.segments[1]) for priority, shape in floating if shape.itself)
        self._directory_names = NameTable((priority, shape.segments[1]) for priority, shape in floating if shape.below)
        self._by_name = bool(self._roaming) or self._directory_names.top != NO_RULE
        self._names_top = max(self._names.top, self._long[0][0] if self._long else NO_RULE)
        self._places = {"": self._place("", NO_RULE, self._attached.pop("", []))}

    def _file_rule(self, priority: int, shape: Shape) -> None:
        segments = shape.segments
        if not segments:
            if shape.itself:
                self._files.setdefault(shape.literal, priority)
                self._listed.setdefault(shape.literal.rpartition("/")[0], priority)
            if shape.below:
                self._directories.setdefault(shape.literal, priority)
            return
        literal = literal_prefix(segments)
        literals = literal.count("/") + 1 if literal else 0
        if literals == len(segments) - 1 and segments[-1] is ANY_SEGMENT and not shape.below:
            self._inside.setdefault(literal, priority)
        elif len(segments) > LONGEST_WALK:
            self._long.append((priority, PathGlob(shape)))
        elif segments[0] is DIRECTORIES_SEGMENT and isinstance(segments[1], str):
            self._roaming.setdefault(segments[1], []).append((priority, shape))
        else:
            self._attached.setdefault(literal, []).append(Live(priority, shape, _enter(shape, 1 << literals)))

    def last(self, path: str) -> int:
        """Return the highest priority that matches a path, or ``NO_RULE``."""
        directory, _, name = path.rpartition("/")
        place = self._places.get(directory)
        if place is None:
            place = self._walk(directory)
        best = place[0]
        return best if best >= place[1] else self._last_by_name(path, name, place)

    def last_of_each(self, paths: Iterable[str]) -> list[int]:
        """Return the same for each of many paths."""
        places, found = self._places, []
        known, place = "", places[""]
        for path in paths:
            directory, _, name = path.rpartition("/")
            if directory != known:
                known, place = directory, places.get(directory) or self._walk(directory)
            best = place[0]
            found.append(best if best >= place[1] else self._last_by_name(path, name, place))
        return found

    def _last_by_name(self, path: str, name: str, place: Place) -> int:
        """Return the same where some rule for the file itself could come after what covers its directory."""
        best = max(place[0], self._files.get(path, NO_RULE))
        if self._names.top > best:
            best = self._names.last(name, best)
        for priority, segment in place.pending:
            if priority <= best:
                break
            if name_matches(segment, name):
                best = priority
                break
        return self._last_long(path, best) if self._long else best

    def _last_long(self, path: str, best: int) -> int:
        for priority, glob in self._long:
            if priority <= best:
                break
            if glob.matches(path):
                return priority
        return best

    def _walk(self, directory: str) -> Place:
        """Work out a directory from its nearest ancestor that is known, most often its parent."""
        places = self._places
        known = directory.rpartition("/")[0]
        if known in places:
            place = places[directory] = self._step(directory, places[known])
            return place
        while known not in places:
            known = known[: max(known.rfind("/"), 0)]
        place = places[known]
        while known != directory:
            end = directory.find("/", len(known) + 1)
            known = directory if end < 0 else directory[:end]
            place = places[known] = self._step(known, place)
        return place

    def _step(self, directory: str, parent: Place) -> Place:
        """Work out a directory from its parent."""
        below, live = parent[2], parent[3]
        literal = self._directories.get(directory, NO_RULE)
        if literal > below:  # noqa: PLR1730  a call of max() takes as long as all of the rest
            below = literal
        if self._by_name or live:
            name = directory[directory.rfind("/") + 1 :]
            if self._directory_names.top > below:
                below = self._directory_names.last(name, below)
            if live:
                below, live = _advance_all(live, name, below)
            if name in self._roaming:
                live = live + [Live(rule[0], rule[1], _enter(rule[1], 0b100)) for rule in self._roaming[name]]
        if directory in self._attached:
            live = live + self._attached[directory]
        return self._place(directory, below, live)

    def _place(self, directory: str, below: int, live: list[Live]) -> Place:
        covered, top = self._everything, self._names_top
        if below > covered:  # noqa: PLR1730  likewise
            covered = below
        if directory in self._inside:
            covered = max(covered, self._inside[directory])
        if directory in self._listed:
            top = max(top, self._listed[directory])
        pending: list[tuple[int, Segment]] = _NONE
        if live:
            live = [rule for rule in live if rule.priority > below]
            covered, pending = _pending(live, covered)
            top = max(top, pending[0][0] if pending else NO_RULE)
        return tuple.__new__(Place, (covered, top, below, live, pending))  # a tree has very many of them


def _advance_all(rules: list[Live], name: str, below: int) -> tuple[int, list[Live]]:
    """Take every live rule one directory further; those that accept it cover everything below."""
    live: list[Live] = []
    for priority, shape, state in rules:
        after = _advance(shape, state, name)
        accepted = 1 << len(shape.segments)
        if after & accepted and shape.below:
            below = max(below, priority)
        elif after & (accepted - 1):
            live.append(Live(priority, shape, after & (accepted - 1)))
    return below, live


def _pending(live: list[Live], covered: int) -> tuple[int, list[tuple[int, Segment]]]:
    """Return the best rule for any file here, and the rules that hang on a file's name, latest first."""
    pending: list[tuple[int, Segment]] = []
    for priority, shape, state in live:
        final = len(shape.segments) - 1
        if shape.itself and state >> final & 1:
            if shape.segments[final] is ANY_SEGMENT:
                covered = max(covered, priority)
            else:
                pending.append((priority, shape.segments[final]))
    pending.sort(key=lambda rule: -rule[0])
    return covered, pending


def _is_everything(shape: Shape) -> bool:
    return shape.itself and shape.segments[1] is ANY_SEGMENT


def _enter(shape: Shape, state: int) -> int:
    """Let every ``**`` that was reached stand for nothing, too."""
    segments = shape.segments
    rest = state
    while rest:
        bit = rest & -rest
        rest ^= bit
        position = bit.bit_length() - 1
        if position < len(segments) and segments[position] is DIRECTORIES_SEGMENT:
            state |= bit << 1
    return state


def _advance(shape: Shape, state: int, name: str) -> int:
    """Return the positions a rule can be at behind one more directory."""
    segments = shape.segments
    after = 0
    while state:
        bit = state & -state
        state ^= bit
        segment = segments[bit.bit_length() - 1]
        if segment is DIRECTORIES_SEGMENT:
            after |= bit | bit << 1
        elif name_matches(segment, name):
            after |= bit << 1
    return _enter(shape, after) if after else 0


def first_paths(shapes: dict[int, Shape], paths: Iterable[str]) -> dict[int, str]:
    """Return a path each shape matches, for those that match any.

    Layer by layer: an index says which shape is the last to match each path; without those, it says the next.
    """
    found: dict[int, str] = {}
    left, paths = dict(shapes), list(paths)
    while left and paths:
        numbers = Index(left.items()).last_of_each(paths)
        for number, path in zip(numbers, paths, strict=True):
            if number != NO_RULE:
                found.setdefault(number, path)
        paths = [path for number, path in zip(numbers, paths, strict=True) if number != NO_RULE]
        left = {number: shape for number, shape in left.items() if number not in found}
    return found
