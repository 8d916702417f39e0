"""Usage: what the rules of owners files do to a list of paths, and which of them do nothing."""

from __future__ import annotations

from pytest_syncpoints.owners.ownership import Rule
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_syncpoints.owners.ownership import Ownership


class Usage(Record):
    """Rules and paths sorted by what they have to do with each other; all in the order given.

    ``unused`` rules match no path. ``shadowed`` ones match some and decide none: each with the rule that decides
    the first of these instead. ``repeated`` are rules whose pattern stands again further down in the same
    section. ``unowned`` paths are matched by no rule, ``cleared`` ones by a rule without owners.
    """

    unused: tuple[Rule, ...]
    shadowed: tuple[tuple[Rule, Rule], ...]
    repeated: tuple[Rule, ...]
    unowned: tuple[str, ...]
    cleared: tuple[str, ...]


def usage(ownership: Ownership, paths: Sequence[str]) -> Usage:
    """Resolve every path and say what each rule is good for."""
    deciding: set[tuple[str, int]] = set()
    unowned: list[str] = []
    cleared: list[str] = []
    for path, owned in ownership.owned(paths):
        if not owned.matched:
            unowned.append(path)
        elif not owned.owners:
            cleared.append(path)
        if owned.source is not None:
            deciding.add((owned.source.file, owned.source.line))
            deciding.update((owned.source.file, section.line) for section in owned.sections)
    idle = [rule for rule in ownership.rules if (rule.file, rule.line) not in deciding]
    firsts = [(rule, next((path for path in paths if ownership.matches(rule, path)), None)) for rule in idle]
    unused = tuple(rule for rule, path in firsts if path is None)
    shadowed = tuple(_shadows(ownership, [(rule, path) for rule, path in firsts if path is not None]))
    return Usage(unused, shadowed, repeated(ownership.rules), tuple(unowned), tuple(cleared))


def _shadows(ownership: Ownership, pairs: list[tuple[Rule, str]]) -> list[tuple[Rule, Rule]]:
    """Pair each idle rule with the one that decides in its place; a rule that adds or excludes is not shadowed."""
    found: list[tuple[Rule, Rule]] = []
    for rule, path in pairs:
        explained = ownership.explain(path)
        if any(each.decides and each.rule == rule for each in explained):
            continue
        winner = next((each.rule for each in explained if each.decides and each.rule.section == rule.section), None)
        if winner is not None:
            found.append((rule, winner))
    return found


def repeated(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the rules whose pattern stands again further down in the same file and section."""
    last = {(rule.file, rule.section, rule.pattern): rule.line for rule in rules}
    return tuple(rule for rule in rules if rule.line < last[rule.file, rule.section, rule.pattern])
