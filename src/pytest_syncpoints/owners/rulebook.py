"""The shape that GitHub's and Bitbucket's files share: one list of rules, of which the last match wins.

A question or two is answered by reading lines from the end of the file until one matches; more of them
are worth an index.
"""

from __future__ import annotations

from pytest_syncpoints.owners.globs import BELOW, EXACT, INSIDE, Glob, RuleIndex, plain_segment, split_globs
from pytest_syncpoints.owners.model import UNOWNED, Fault, Owned, Ownership, Reason, Rule, Source
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FEW = 4  # questions answered line by line before the index is built


class Line(Record):
    """A line as its dialect reads it: ``complaint`` is why it does not count (empty where it does)."""

    pattern: str
    owners: tuple[str, ...]
    complaint: str = ""
    column: int = 1


NO_LINE = Line("", ())


class LastMatch(Ownership):
    """One owners file whose last matching rule wins."""

    def __init__(self, dialect: str, file: str, text: str, parse: Callable[[str], Line]) -> None:
        """Take the file's text and how the dialect reads one line; nothing is parsed before it is needed."""
        super().__init__(dialect, (file,))
        self._file = file
        self._text = text
        self._parse = parse
        self._asked = 0
        self._index: RuleIndex | None = None
        self._read: list[tuple[int, Line]] = []
        self._answers: list[Owned | None] = []  # made when a rule first wins; the last place, -1, is "no rule"

    def owners_of(self, path: str) -> Owned:
        """Return the owners of the last rule that covers a path."""
        if self._index is None:
            self._asked += 1
            if self._asked <= FEW:
                return self._from_the_end(path)
            self._build()
        place = self._index.best(path)  # type: ignore[union-attr]  # built above
        answer = self._answers[place]
        if answer is None:
            answer = self._answers[place] = self._answer(*self._read[place])
        return answer

    def _from_the_end(self, path: str) -> Owned:
        text, literals = self._text, literal_forms(path)
        end = len(text)
        while end >= 0:
            start = text.rfind("\n", 0, end) + 1
            line = text[start:end]
            end = start - 1
            first = line.partition(" ")[0]
            if first not in literals and plain_miss(first):
                continue
            read = self._parse(line)
            if read.pattern and not read.complaint:
                glob = gitignore_glob(read.pattern)
                if glob is not None and glob.matches(path):
                    return self._answer(text.count("\n", 0, start) + 1, read)
        return UNOWNED

    def _answer(self, number: int, read: Line) -> Owned:
        return Owned(read.owners, matched=True, source=Source(self._file, number, read.pattern))

    def _valid(self) -> Iterator[tuple[int, Line]]:
        parse = self._parse
        for number, line in enumerate(self._text.split("\n"), 1):
            read = parse(line)
            if read.pattern and not read.complaint:
                yield number, read

    def _build(self) -> None:
        known: dict[str, Glob | None] = {}
        globs = []
        self._read = list(self._valid())
        for _, read in self._read:
            pattern = read.pattern
            if pattern not in known:
                known[pattern] = gitignore_glob(pattern)
            globs.append(known[pattern])
        self._answers = [None] * len(globs) + [UNOWNED]
        self._index = RuleIndex(globs)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every rule in file order."""
        return tuple(Rule(self._file, number, read.pattern, read.owners) for number, read in self._valid())

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return every line that does not count, and why."""
        read = ((number, self._parse(line)) for number, line in enumerate(self._text.split("\n"), 1))
        return tuple(Fault(self._file, number, line.column, line.complaint) for number, line in read if line.complaint)

    def explain(self, path: str) -> tuple[Reason, ...]:
        """Return every rule that covers a path, in file order; the last one decides."""
        matching = []
        for rule in self.rules:
            glob = gitignore_glob(rule.pattern)
            if glob is not None and glob.matches(path):
                matching.append(rule)
        return tuple(Reason(*rule, verdict=_verdict(rule, matching[-1])) for rule in matching)


def _verdict(rule: Rule, winner: Rule) -> str:
    if rule is not winner:
        return f"is overridden by line {winner.line}"
    return "wins: it is the last rule that matches" + ("" if rule.owners else ", and it takes ownership away")


def gitignore_glob(pattern: str) -> Glob | None:
    """Compile a pattern by gitignore's rules; ``None`` where it can match nothing.

    A slash at the start or inside anchors a pattern to the top; one at the end means "what lies below".
    ``**`` counts between slashes only. Source: gitignore(5), "PATTERN FORMAT". One rule is CODEOWNERS' own:
    a last segment that is ``*``, after a slash, does not reach into directories (GitHub documents it for
    ``docs/*``; https://docs.github.com/articles/about-code-owners).
    """
    body = pattern.replace("\\/", "/") if "\\/" in pattern and "\\\\" not in pattern else pattern
    inside = body.endswith("/")
    anchored = "/" in body[:-1]
    body = body[body.startswith("/") : len(body) - inside]
    if not body or "//" in body or body[0] == "/" or body[-1] == "/":
        return None
    segments = split_globs(body.split("/") if anchored else ("**", body), plain_segment)
    if segments[-1] is None:
        segments, covers = segments[:-1], INSIDE
    else:
        children = anchored and not inside and (body == "*" or body.endswith("/*"))
        covers = INSIDE if inside else EXACT if children else BELOW
    if segments == EVERYTHING and covers != INSIDE:
        return Glob((), INSIDE)
    return Glob(segments, covers)


EVERYTHING = (None, plain_segment("*"))


def literal_forms(path: str) -> frozenset[str]:
    """Return every pattern without wildcards that could cover a path."""
    forms, at = [], 0
    names = path.split("/")
    for name in names:
        at += len(name)
        parent = path[:at]
        forms += [parent, f"/{parent}", f"{parent}/", f"/{parent}/", name, f"{name}/"]
        at += 1
    return frozenset(forms)


def plain_miss(first: str) -> bool:
    """Say whether a line's first word is so plain that only its literal forms could match."""
    if not first:
        return False
    return not ("*" in first or "?" in first or "\\" in first or "#" in first or "\t" in first or "\r" in first)
