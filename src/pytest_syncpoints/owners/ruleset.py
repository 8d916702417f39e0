"""LastMatch: an owners file whose last matching line decides (GitHub, Bitbucket)."""

from __future__ import annotations

from pytest_syncpoints.owners.glob import PathGlob
from pytest_syncpoints.owners.lines import BLANK, Candidates, may_match
from pytest_syncpoints.owners.ownership import UNOWNED, Explained, Fault, Owned, Ownership, Rule, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_syncpoints.owners.index import Index
    from pytest_syncpoints.owners.lines import Line

    ReadLine = Callable[[str], Line | None]

# A commit asks about a few paths: each is answered from the few lines that can match it, without parsing the others.
# From this many questions on, or in a file full of wildcards, the index is cheaper.
FEW_QUESTIONS = 16
MANY_WILDCARDS = 2000
# A path deeper than this would take more searches than parsing takes.
DEEP = 24
UNKNOWN = Owned()


class LastMatch(Ownership):
    """One owners file, read as far as the questions need."""

    def __init__(self, dialect: str, file: str, text: str, read_line: ReadLine) -> None:
        """Keep the text; ``read_line`` says what one stripped, non-empty line means (``None``: a comment)."""
        self.dialect = dialect
        self._file = file
        self._text = "\n" + text
        self._read_line = read_line
        self._searches = 0 if text.count("*") > MANY_WILDCARDS else FEW_QUESTIONS
        self._candidates: Candidates | None = None
        self._lines: list[tuple[int, Line]] | None = None
        self._index: Index | None = None
        self._answers: list[Owned] = []
        self._globs: dict[str, PathGlob] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """Return the one file."""
        return (self._file,)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return the lines the forge would skip, or read otherwise than meant."""
        texts = self._text.split("\n")
        return tuple(_fault(self._file, number, texts[number], line) for number, line in self._read() if line.problem)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the lines that count."""
        return tuple(self._rule(number, line) for number, line in self._read() if line.shape is not None)

    def owners_of(self, path: str) -> Owned:
        """Return who owns a path: the owners of the last line that matches, perhaps none."""
        index = self._index
        if index is None:
            if self._searches and path.count("/") < DEEP:
                self._searches -= 1
                return self._search(path)
            index = self._build()
        number = index.last(path)
        self._answer(number)
        return self._answers[number]

    def answers(self, paths: Sequence[str]) -> list[Owned]:
        """Return who owns each path, by the index."""
        numbers = (self._index or self._build()).last_of_each(paths)
        for number in set(numbers):
            self._answer(number)
        answers = self._answers
        return [answers[number] for number in numbers]

    def explain(self, path: str) -> tuple[Explained, ...]:
        """Return every line that matches, in file order."""
        hits = [
            self._rule(number, line)
            for number, line in self._read()
            if may_match(line.pattern, path) and self._covers(line, path)
        ]
        return tuple(_explained(rule, last=hits[-1]) for rule in hits)

    @property
    def last_wins(self) -> bool:
        """Say yes."""
        return True

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether a line matches a path."""
        glob = self._globs.get(rule.pattern)
        if glob is None:
            line = self._read_line(self._text.split("\n")[rule.line].strip(BLANK))
            return line is not None and self._covers(line, path)
        return glob.matches(path)

    def first_matches(self, rules: Sequence[Rule], paths: Sequence[str]) -> dict[Rule, str]:
        """Return a path that a rule matches for each of ``rules`` that matches any."""
        from pytest_syncpoints.owners.index import first_paths

        wanted = {rule.pattern for rule in rules}
        lines = {line.pattern: line.shape for _, line in self._read() if line.shape is not None}
        shapes = {number: lines[pattern] for number, pattern in enumerate(wanted)}
        found = first_paths(shapes, paths)
        by_pattern = {pattern: found[number] for number, pattern in enumerate(wanted) if number in found}
        return {rule: by_pattern[rule.pattern] for rule in rules if rule.pattern in by_pattern}

    def _covers(self, line: Line, path: str) -> bool:
        """Say the same of a line; its glob is compiled once."""
        if line.shape is None:
            return False
        glob = self._globs.get(line.pattern)
        if glob is None:
            glob = self._globs[line.pattern] = PathGlob(line.shape)
        return glob.matches(path)

    def _search(self, path: str) -> Owned:
        candidates = self._candidates
        if candidates is None:
            candidates = self._candidates = Candidates(self._text)
        literal, overriding = candidates.of(path)
        for number in overriding:
            line = self._read_line(candidates.lines[number])
            if line is not None and _matches(line, path):
                return self._owned(number, line)
        if literal < 0:
            return UNOWNED
        line = self._read_line(candidates.lines[literal])
        if line is not None and _matches(line, path):
            return self._owned(literal, line)
        return self.answers([path])[0]

    def _owned(self, number: int, line: Line) -> Owned:
        return Owned(line.owners, True, Source(self._file, number, line.pattern))

    def _build(self) -> Index:
        """Index the last rule of each pattern (an earlier equal one never decides); slot -1 answers "no rule"."""
        from pytest_syncpoints.owners.index import Index  # a commit's few questions never come here

        lines = self._read()
        last = {line.pattern: number for number, (_, line) in enumerate(lines) if line.shape is not None}
        self._answers = [UNKNOWN] * len(lines) + [UNOWNED]
        self._index = Index((number, shape) for number in last.values() if (shape := lines[number][1].shape))
        return self._index

    def _answer(self, number: int) -> None:
        """Work an answer out once: every path a line decides gets the same value."""
        if self._answers[number] is UNKNOWN:
            where, line = self._read()[number]
            self._answers[number] = self._owned(where, line)

    def _read(self) -> list[tuple[int, Line]]:
        if self._lines is None:
            read_line = self._read_line
            self._lines = [
                (number, line)
                for number, text in enumerate(self._text.split("\n"))
                if (stripped := text.strip(BLANK)) and (line := read_line(stripped)) is not None
            ]
        return self._lines

    def _rule(self, number: int, line: Line) -> Rule:
        return Rule(self._file, number, line.pattern, line.owners)


def _matches(line: Line | None, path: str) -> bool:
    return line is not None and line.shape is not None and PathGlob(line.shape).matches(path)


def _fault(file: str, number: int, text: str, line: Line) -> Fault:
    problem = line.problem
    assert problem is not None
    indent = len(text) - len(text.lstrip(BLANK))
    return Fault(file, number, problem.column + indent, problem.message, problem.remedy, problem.skipped)


def _explained(rule: Rule, *, last: Rule) -> Explained:
    if rule is not last:
        return Explained(rule, False, f"line {last.line} matches too and comes later")
    return Explained(rule, True, "the last line that matches" + ("" if rule.owners else "; it clears ownership"))
