r"""Gitea's and Forgejo's CODEOWNERS: Go expressions over whole paths, of which all that match add up.

Sources: "Code Owners" (docs.gitea.com) and how ``models/issues/pull.go`` of go-gitea/gitea reads the file.

- The first file of the top, ``docs/`` and ``.gitea/`` (Forgejo: also ``.forgejo/``) counts, alone.
- An expression is anchored at both ends; ``!`` means that a rule applies where it does not match.
- A backslash takes the next character as it is and goes away, so a dot is ``\\.``; ``#`` ends a line.
- A line of fewer than two words, or with an expression that does not compile, is skipped; nothing
  takes ownership away.
"""

from __future__ import annotations

from pytest_syncpoints.owners.model import UNOWNED, Fault, Owned, Ownership, Reason, Rule, Source, once
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.go_regexp import GoRegexp
    from pytest_syncpoints.owners.model import Reader

LOCATIONS = ("CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS", ".forgejo/CODEOWNERS")


class _Applying(Record):
    rule: Rule
    negative: bool
    expression: GoRegexp


def load(read: Reader, locations: tuple[str, ...] = LOCATIONS) -> Ownership:
    """Read the file that Gitea would use; it owns nothing where there is none."""
    for file in locations:
        content = read(file)
        if content is not None:
            return Additive(file, content.decode("utf-8", "surrogateescape").removeprefix("\ufeff"))
    return Ownership("gitea")


class Additive(Ownership):
    """One Gitea file."""

    def __init__(self, file: str, text: str) -> None:
        """Compile every rule."""
        from pytest_syncpoints.owners.go_regexp import GoRegexp, RefusedError

        super().__init__("gitea", (file,))
        self._rules: list[_Applying] = []
        self._faults: list[Fault] = []
        for number, line in enumerate(text.split("\n"), 1):
            words = tokens(line)
            if len(words) == 1:
                self._faults.append(Fault(file, number, 1, "a rule needs an expression and an owner"))
            if len(words) < 2:
                continue
            negative, expression = words[0].startswith("!"), words[0].removeprefix("!")
            owners = self._owners(file, number, words[1:])
            try:
                compiled = GoRegexp(f"^{expression}$")
            except RefusedError as error:
                self._faults.append(Fault(file, number, 1, f"the expression is refused: {error}"))
                continue
            if owners:
                self._rules.append(_Applying(Rule(file, number, words[0], owners), negative, compiled))

    def _owners(self, file: str, number: int, words: list[str]) -> tuple[str, ...]:
        good = [word for word in words if word.count("/") <= 1]
        for word in words:
            if word not in good:
                self._faults.append(Fault(file, number, 1, f"{word!r} is no user and no org/team"))
        return once(good)

    def _matching(self, path: str) -> list[Rule]:
        return [each.rule for each in self._rules if each.expression.found_in(path) != each.negative]

    def owners_of(self, path: str) -> Owned:
        """Return the owners of all rules that apply; the source is the last of them."""
        rules = self._matching(path)
        if not rules:
            return UNOWNED
        last = rules[-1]
        owners = once([owner for rule in rules for owner in rule.owners])
        return Owned(owners, matched=True, source=Source(last.file, last.line, last.pattern))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return every rule in file order."""
        return tuple(each.rule for each in self._rules)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return every line that Gitea skips, and every expression that cannot be followed here."""
        return tuple(self._faults)

    def explain(self, path: str) -> tuple[Reason, ...]:
        """Return every rule that applies: all of them count."""
        return tuple(
            Reason(*rule, verdict="counts: in Gitea all rules that match add up") for rule in self._matching(path)
        )


def tokens(line: str) -> list[str]:
    r"""Split a line into words: a backslash takes the next character as it is, ``#`` ends the line."""
    words, word, escaped = [], "", False
    for symbol in line.strip().replace("\t", " "):
        if escaped:
            word, escaped = word + symbol, False
        elif symbol == "\\":
            escaped = True
        elif symbol == "#":
            break
        elif symbol != " ":
            word += symbol
        elif word:
            words.append(word)
            word = ""
    return [*words, word] if word else words
