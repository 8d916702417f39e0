"""LastMatch: an owners file whose last matching line decides (GitHub, Bitbucket)."""

from __future__ import annotations

from pytest_syncpoints.glob import PathGlob
from pytest_syncpoints.owners.index import Index
from pytest_syncpoints.owners.lines import BLANK, last_candidates
from pytest_syncpoints.owners.names import NO_RULE
from pytest_syncpoints.owners.ownership import UNOWNED, Explained, Fault, Owned, Ownership, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.glob import Shape
    from pytest_syncpoints.owners.lines import Line

# A commit asks about a few paths: searching the text backwards answers each without parsing the file.
# From this many questions on, or in a file full of wildcards, the index is cheaper.
FEW_QUESTIONS = 4
MANY_WILDCARDS = 300
# A path this deep would need more searches than the index has lines.
DEEP = 24


class LastMatch(Ownership):
    """One owners file, read as far as the questions need."""

    def __init__(self, dialect: str, file: str, text: str, read_line: Callable[[str], Line | None]) -> None:
        """Keep the text; ``read_line`` says what one stripped, non-empty line means (``None``: a comment)."""
        self.dialect = dialect
        self._file = file
        self._text = "\n" + text
        self._read_line = read_line
        self._asked = FEW_QUESTIONS if text.count("*") > MANY_WILDCARDS else 0
        self._answers: dict[int, Owned] = {}
        self._parsed: tuple[list[Rule], list[Shape], list[Fault]] | None = None
        self._index: Index | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Return the one file."""
        return (self._file,)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return the lines the forge would skip or read otherwise than meant."""
        return tuple(self._parse()[2])

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the lines that count."""
        return tuple(self._parse()[0])

    def owners_of(self, path: str) -> Owned:
        """Return who owns a path: the owners of the last line that matches, perhaps none."""
        if self._index is None:
            if self._asked < FEW_QUESTIONS and path.count("/") < DEEP:
                self._asked += 1
                return self._search(path)
            self._index = Index(self._latest())
        number = self._index.last(path)
        if number == NO_RULE:
            return UNOWNED
        owned = self._answers.get(number)
        if owned is None:
            rule = self._parse()[0][number]
            owned = self._answers[number] = Owned(rule.owners, True, rule.source)
        return owned

    def explain(self, path: str) -> tuple[Explained, ...]:
        """Return every line that matches, in file order."""
        rules, shapes, _ = self._parse()
        hits = [rule for rule, shape in zip(rules, shapes, strict=True) if PathGlob(shape).matches(path)]
        return tuple(_explained(rule, last=hits[-1]) for rule in hits)

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether a line matches a path."""
        line = self._read_line(_line_text(self._text, rule.line))
        return line is not None and line.shape is not None and PathGlob(line.shape).matches(path)

    def _search(self, path: str) -> Owned:
        for start, end in last_candidates(self._text, path):
            stripped = self._text[start:end].strip(BLANK)
            line = self._read_line(stripped) if stripped else None
            if line is not None and line.shape is not None and PathGlob(line.shape).matches(path):
                number = self._text.count("\n", 0, start)
                return Owned(line.owners, True, Rule(self._file, number, line.pattern, line.owners).source)
        return UNOWNED

    def _latest(self) -> list[tuple[int, Shape]]:
        """Return the last rule of each pattern: an earlier equal one never decides."""
        rules, shapes, _ = self._parse()
        last = {rule.pattern: number for number, rule in enumerate(rules)}
        return [(number, shapes[number]) for number in last.values()]

    def _parse(self) -> tuple[list[Rule], list[Shape], list[Fault]]:
        if self._parsed is None:
            rules: list[Rule] = []
            shapes: list[Shape] = []
            faults: list[Fault] = []
            for number, text in enumerate(self._text.split("\n")):
                stripped = text.strip(BLANK)
                line = self._read_line(stripped) if stripped else None
                if line is None:
                    continue
                if line.problem is not None:
                    column, message, remedy, skipped = line.problem
                    indent = len(text) - len(text.lstrip(BLANK))
                    faults.append(Fault(self._file, number, column + indent, message, remedy, skipped))
                if line.shape is not None:
                    rules.append(Rule(self._file, number, line.pattern, line.owners))
                    shapes.append(line.shape)
            self._parsed = (rules, shapes, faults)
        return self._parsed


def _line_text(text: str, number: int) -> str:
    return text.split("\n")[number].strip(BLANK)


def _explained(rule: Rule, *, last: Rule) -> Explained:
    if rule is not last:
        return Explained(rule, False, f"line {last.line} matches too and comes later")
    return Explained(rule, True, "the last line that matches" + ("" if rule.owners else "; it clears ownership"))
