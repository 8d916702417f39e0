r"""Gitea's and Forgejo's CODEOWNERS: Go regular expressions over whole paths, every matching rule adds owners.

Sources: docs.gitea.com "Code owners", the server's ``models/issues/pull.go`` (now ``models/repository``).

- The first of ``CODEOWNERS``, ``docs/CODEOWNERS``, ``.gitea/CODEOWNERS``, ``.forgejo/CODEOWNERS`` is used.
- A pattern is put between ``^`` and ``$`` as it stands (so ``a|b`` means "begins with a, or ends in b") and compared
  with the whole path. ``*.js`` is a trap: Go reads ``^*.js$``, and takes whatever ends in a character and ``js``.
- All rules that match add up; no rule takes anything away. ``!expression`` applies where the expression does
  *not* match.
- One backslash escapes the next character and is gone (``\\.`` stands for a dot, ``\#`` and ``\ `` for
  themselves); an unescaped ``#`` cuts the line anywhere. A line of fewer than two words, or with an expression
  Go refuses, is skipped. Of a file over 8 MiB (the server's ``MAX_DISPLAY_FILE_SIZE``), only so much is read.
- A word with one slash is a team, with more it is passed over; a rule without any owner left is skipped.
"""

from __future__ import annotations

from pytest_syncpoints.owners.go_regexp import Expression, InvalidExpression
from pytest_syncpoints.owners.ownership import UNOWNED, Explained, Fault, Owned, Ownership, Rule, decode, unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LOCATIONS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS")
LARGEST = 8 * 1024 * 1024


class Additive(Ownership):
    """One owners file whose matching rules all count."""

    dialect = "gitea"

    def __init__(self, file: str, rules: Sequence[tuple[Rule, Expression]], faults: Sequence[Fault]) -> None:
        """Keep what was read."""
        self._file = file
        self._rules = tuple(rules)
        self._faults = tuple(faults)
        self._answers: dict[tuple[int, ...], Owned] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """Return the one file."""
        return (self._file,)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return the lines the server skips, and the traps it falls for."""
        return self._faults

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules that count."""
        return tuple(rule for rule, _ in self._rules)

    def owners_of(self, path: str) -> Owned:
        """Return who owns a path: the owners of all rules that match; ``source`` is the first of them."""
        numbered = enumerate(self._rules)
        hits = tuple(number for number, (rule, expression) in numbered if _applies(rule, expression, path))
        owned = self._answers.get(hits)
        if owned is None:
            rules = [self._rules[number][0] for number in hits]
            owners = unique([owner for rule in rules for owner in rule.owners])
            owned = self._answers[hits] = Owned(owners, True, rules[0].source) if rules else UNOWNED
        return owned

    def explain(self, path: str) -> tuple[Explained, ...]:
        """Return every rule that matches: each adds its owners."""
        why = "every rule that matches adds its owners"
        return tuple(Explained(rule, True, why) for rule, expression in self._rules if _applies(rule, expression, path))

    def matches(self, rule: Rule, path: str) -> bool:
        """Say whether a rule applies to a path."""
        return any(known.line == rule.line and _applies(known, expression, path) for known, expression in self._rules)


def _applies(rule: Rule, expression: Expression, path: str) -> bool:
    return expression.search(path) is not rule.exclusion


def load(file: str, data: bytes) -> Ownership:
    """Return what one CODEOWNERS file says."""
    rules: list[tuple[Rule, Expression]] = []
    faults: list[Fault] = []
    lines = decode(data[:LARGEST]).split("\n")
    if len(data) > LARGEST:
        lines.pop()
        faults.append(Fault(file, len(lines), 1, "the server reads no more than 8 MiB of this file", "shorten it"))
    for number, line in enumerate(lines, 1):
        words = tokenize(line)
        if not words:
            continue
        try:
            rules.append(_read_rule(file, number, words))
        except InvalidExpression as invalid:
            column = len(line) - len(line.lstrip()) + 1
            faults.append(Fault(file, number, column, f"{invalid.reason}: the server skips the line", _REMEDY))
            continue
        if words[0].removeprefix("!").startswith("*"):
            message = "'*' at the start repeats nothing: this is a regular expression, not a glob"
            faults.append(Fault(file, number, 1, message, "write '.*'", skipped=False))
    return Additive(file, rules, faults)


_REMEDY = "write one Go regular expression and at least one owner: src/.*\\\\.py @user @org/team"


def _read_rule(file: str, number: int, words: list[str]) -> tuple[Rule, Expression]:
    pattern = words[0]
    negative = pattern.startswith("!")
    owners = unique([word for word in words[1:] if word.count("/") < 2 and word != "@"])
    if not owners:
        raise InvalidExpression("no owner" if len(words) < 2 else "no word that can be a user or a team", 0)
    expression = Expression(f"^{pattern.removeprefix('!')}$")
    return Rule(file, number, pattern, owners, None, negative, ""), expression


def tokenize(line: str) -> list[str]:
    """Cut a line into words as the server does."""
    words: list[str] = []
    word = ""
    escaped = False
    for character in line.strip().replace("\t", " "):
        if escaped:
            word += character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == "#":
            break
        elif character != " ":
            word += character
        elif word:
            words.append(word)
            word = ""
    return [*words, word] if word else words
