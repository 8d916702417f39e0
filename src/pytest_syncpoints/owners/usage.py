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
    one of these instead. ``repeated`` are rules that stand again further down in the same section (and are in
    neither of the others). ``unowned`` paths are matched by no rule, ``cleared`` ones by a rule without owners.
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
    rules = ownership.rules
    again = frozenset(repeated(rules, last_wins=ownership.last_wins))
    idle = [rule for rule in rules if (rule.file, rule.line) not in deciding and rule not in again]
    matching = ownership.first_matches(idle, paths)
    unused = tuple(rule for rule in idle if rule not in matching)
    shadowed = tuple(_shadows(ownership, matching)) if ownership.last_wins else ()
    return Usage(unused, shadowed, tuple(rule for rule in rules if rule in again), tuple(unowned), tuple(cleared))


def _shadows(ownership: Ownership, matching: dict[Rule, str]) -> list[tuple[Rule, Rule]]:
    """Pair each idle rule with the one that decides in its place; one that excludes is never shadowed."""
    places = {(rule.file, rule.line): rule for rule in ownership.rules}
    found: list[tuple[Rule, Rule]] = []
    for rule, path in matching.items():
        owned = ownership.owners_of(path)
        line = next((section.line for section in owned.sections if section.name == rule.section), None)
        if line is None and owned.source is not None and not owned.sections:
            line = owned.source.line
        if line is not None and not rule.exclusion:
            found.append((rule, places[rule.file, line]))
    return found


def repeated(rules: Sequence[Rule], *, last_wins: bool) -> tuple[Rule, ...]:
    """Return the rules whose pattern stands again further down in the same file and section.

    Where rules add up (not ``last_wins``), only those that stand there again with the same owners.
    """

    def key(rule: Rule) -> tuple[object, ...]:
        return rule.file, rule.section, rule.pattern, () if last_wins else rule.owners

    last = {key(rule): rule.line for rule in rules}
    return tuple(rule for rule in rules if rule.line < last[key(rule)])
