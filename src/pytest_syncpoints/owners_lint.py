"""Owners lint: what owners files cannot have meant, held against the paths git tracks and the policy; pure."""

from __future__ import annotations

from pytest_syncpoints.owners.usage import usage
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.policy_lint import LintFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.owners import Ownership, Rule
    from pytest_syncpoints.owners.usage import Usage
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.policy_lint import LintLevel

_EVERYTHING = ("*", "**", "/**")
_EXAMPLES = 3


def lint_owners(ownership: Ownership, tracked: Sequence[str], policy: Policy) -> tuple[LintFault, ...]:
    """Return what lint finds in the owners files of a tree, in file order; ``tracked`` is every path git knows.

    A fault: a line the host would skip or misread, a rule that matches no tracked file, one that stands again
    further down, one that lies wholly inside a later one, and files without an owner below ``ownership.require``.
    A note: a rule that decides nothing in this tree as it is, other files without an owner, and owners the policy
    does not know.
    """
    used = usage(ownership, tracked)
    if not ownership.files:
        return ()
    faults = [_fault(fault.file, fault.line, fault.message, fault.remedy, fault.column) for fault in ownership.faults]
    faults += _idle(used, ownership)
    faults += _unowned(used, ownership, policy)
    faults += _unknown(ownership.rules, policy)
    return tuple(sorted(faults, key=lambda fault: (fault.path, fault.line, fault.column, fault.message)))


def _fault(path: str, line: int, message: str, remedy: str, column: int = 1, level: LintLevel = "fault") -> LintFault:
    return LintFault(path, line, column, level, message, remedy)


def _idle(used: Usage, ownership: Ownership) -> Iterator[LintFault]:
    """Yield the rules that do nothing."""
    for rule in used.unused:
        message = f"the rule {rule.pattern} matches no tracked file"
        yield _fault(rule.file, rule.line, message, "mend the pattern, or drop the line")
    for rule in used.repeated:
        remedy = "keep the last one" if ownership.last_wins else "keep one of them"
        yield _fault(rule.file, rule.line, f"the rule {rule.pattern} stands again further down", remedy)
    for rule, winner in used.shadowed:
        inside = _lies_inside(rule.pattern, winner.pattern)
        message = f"the rule {rule.pattern} decides nothing: line {winner.line} ({winner.pattern}) comes later"
        message += "" if inside else ", or others do"
        remedy = f"move it below line {winner.line}, or drop it" if inside else ""
        yield _fault(rule.file, rule.line, message, remedy, level="fault" if inside else "note")


def _lies_inside(pattern: str, later: str) -> bool:
    """Say whether a later pattern takes whatever a pattern matches, now and for ever: all paths, or a whole folder."""
    if later in _EVERYTHING:
        return True
    anchored = later.startswith("/") and later.endswith("/") and not any(symbol in later for symbol in "*?[\\")
    return anchored and f"/{pattern.removeprefix('/')}".startswith(later) and "/" in pattern.rstrip("/")


def _unowned(used: Usage, ownership: Ownership, policy: Policy) -> Iterator[LintFault]:
    """Yield one fault for files that must have an owner, and one note for the others that no rule matches."""
    required = PathPatterns(policy.require)
    lacking = [path for path in (*used.unowned, *used.cleared) if required.match(path)]
    others = [path for path in used.unowned if not required.match(path)]
    at = ownership.files[0]
    if lacking:
        message = f"{_count(lacking)} below {', '.join(policy.require)} nobody owns: {_some(lacking)}"
        yield _fault(at, 1, message, "add a rule, or take the path out of [ownership] require")
    if others:
        message = f"{_count(others)} without an owner: {_some(others)}"
        yield _fault(at, 1, message, "syncpoints owners --unowned lists them", level="note")


def _count(paths: Sequence[str]) -> str:
    return f"{len(paths):,} tracked {'file' if len(paths) == 1 else 'files'}"


def _some(paths: Sequence[str]) -> str:
    return ", ".join(paths[:_EXAMPLES]) + (", ..." if len(paths) > _EXAMPLES else "")


def _unknown(rules: Iterable[Rule], policy: Policy) -> Iterator[LintFault]:
    """Yield each owner that is in no team and no entry of the policy, where it first stands."""
    if not (any(team.declared for team in policy.teams) or policy.people):
        return
    known = {name for team in policy.teams for name in (team.name, *team.members)}
    known.update(who for entry in policy.people for who in (entry.name, *entry.identities))
    folded = {name.lower() for name in known}
    for rule, owner in _first_places(rules):
        if owner.lower() not in folded and not owner.startswith(("file:", "*")):
            remedy = "[teams.NAME] members, or [people]"
            message = f"the policy knows no {owner}: it is in no team"
            yield _fault(rule.file, rule.line, message, remedy, level="note")


def _first_places(rules: Iterable[Rule]) -> Iterator[tuple[Rule, str]]:
    seen: set[str] = set()
    for rule in rules:
        for owner in rule.owners:
            if owner not in seen:
                seen.add(owner)
                yield rule, owner


def lint_quiet(ownership: Ownership, policy: Policy, people: People, active: frozenset[str]) -> tuple[LintFault, ...]:
    """Return a note on each owner known to have taken no part for a year; ``active`` are the keys of those who did."""
    from pytest_syncpoints.owner_activity import is_quiet

    return tuple(
        _fault(rule.file, rule.line, f"{owner} has taken part in nothing for a year", _QUIET, level="note")
        for rule, owner in _first_places(ownership.rules)
        if is_quiet(owner, people, policy, active)
    )


_QUIET = "name an owner who knows this code today, or list their other identities in [people]"


def visible_owners(ownership: Ownership, policy: Policy, people: People) -> bool:
    """Say whether history could show any owner."""
    from pytest_syncpoints.owner_activity import is_quiet

    nobody: frozenset[str] = frozenset()
    return any(is_quiet(owner, people, policy, nobody) is not None for _, owner in _first_places(ownership.rules))
