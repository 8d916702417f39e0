"""Differences between two policies, as its reviewer needs them told; what guards most comes first."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from pytest_syncpoints.policy import Participant, Policy, Syncpoint

# Tables of named entries, with the word for one of them.
_NAMED = (
    ("components", "component"),
    ("teams", "team"),
    ("people", "person"),
    ("norms", "norm"),
    ("incidents", "incident"),
)
_WORDS = {
    "tempo_days": "tempo (days)",
    "capacity_minutes": "capacity (minutes a week)",
    "half_life_days": "half-life (days)",
    "per_author": "open changes per author",
    "per_component": "open changes per component",
    "per_team": "open changes per team",
    "per_machine": "open changes per machine",
    "lines_per_week": "lines a week that one person answers for",
    "team_lines_per_week": "lines a week that one team answers for",
    "machine_lines_per_week": "lines a week that one machine writes",
    "stale_after_days": "days until a change is stale",
    "accept": "accepted sign-offs",
    "bind": "binding",
    "import_": "import",
    "require_keyword": "required keyword",
    "forbid_keyword": "forbidden keyword",
    "base_class": "base class",
    "except_in": "exceptions",
}
_LISTS = (
    ("require", "no longer requires owners below", "requires owners below"),
    ("exclude", "counts the lines of", "no longer counts the lines of"),
    ("plugins", "drops plugin", "loads plugin"),
)
_TABLES = (("signers", "signers"), ("machine", "machines"), ("flow", "flow"))


def differences(before: Policy, after: Policy) -> tuple[str, ...]:
    """Return one clause per thing that differs; nothing where the two judge alike."""
    return (
        *_removed("sync point", before.syncpoints, after.syncpoints),
        *_syncpoints(before, after),
        *_exemptions(before, after),
        *_levels(before, after),
        *_numbers(before, after),
        *_lists(before, after),
        *(clause for field, word in _NAMED for clause in _named(word, getattr(before, field), getattr(after, field))),
        *(clause for field, word in _TABLES for clause in _fields(word, getattr(before, field), getattr(after, field))),
        *_change(before.dialect, after.dialect, "the owners files' dialect"),
        *_added("sync point", before.syncpoints, after.syncpoints),
    )


def _removed(word: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    names = {entry.name for entry in after}
    yield from (f"removes {word} {entry.name}" for entry in before if entry.name not in names)


def _added(word: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    return (f"adds{clause[7:]}" for clause in _removed(word, after, before))


def _named(word: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    """Yield what differs in a table of named entries; a sync point's own component goes by its paths."""
    yield from _removed(
        word, *(tuple(e for e in side if not getattr(e, "implicit", False)) for side in (before, after))
    )
    old = {entry.name: entry for entry in before}
    for entry in after:
        if entry.name in old:
            own = getattr(entry, "implicit", False)
            yield from _fields(f"{'sync point' if own else word} {entry.name}", old[entry.name], entry)
    yield from _added(word, *(tuple(e for e in side if not getattr(e, "implicit", False)) for side in (before, after)))


def _fields(what: str, before: Any, after: Any) -> Iterator[str]:
    for field in before._fields:
        old, new = getattr(before, field), getattr(after, field)
        word = _WORDS.get(field, field.replace("_", " "))
        if field in ("declared", "implicit") or old == new:
            continue
        if isinstance(old, tuple) and isinstance(new, tuple):
            yield from (f"takes {item} from the {word} of {what}" for item in old if item not in new)
            yield from (f"adds {item} to the {word} of {what}" for item in new if item not in old)
        else:
            yield from _change(old, new, f"{word} of {what}")


def _change(old: object, new: object, what: str) -> Iterator[str]:
    """Yield how one value changed: a number is raised or lowered, a value that had none is set."""
    if old == new:
        return
    numbers = isinstance(old, (int, float)) and isinstance(new, (int, float)) and not isinstance(new, bool)
    if old is None:
        yield f"sets {what} to {_shown(new)}"
    elif new is None:
        yield f"removes {what} (was {_shown(old)})"
    elif numbers:
        raised = float(new) > float(old)  # type: ignore[arg-type]
        yield f"{'raises' if raised else 'lowers'} {what} from {_shown(old)} to {_shown(new)}"
    else:
        yield f"changes {what} from {_shown(old)} to {_shown(new)}"


def _syncpoints(before: Policy, after: Policy) -> Iterator[str]:
    old = {point.name: point for point in before.syncpoints}
    for point in after.syncpoints:
        if point.name in old and point != old[point.name]:
            yield from _syncpoint(old[point.name], point)


def _syncpoint(old: Syncpoint, new: Syncpoint) -> Iterator[str]:
    what = f"sync point {new.name}"
    asked, asks = _asked(old.participants), _asked(new.participants)
    yield from (
        f"no longer asks {team} for {purpose} at {what}" for team, purpose in asked if (team, purpose) not in asks
    )
    for key, part in asks.items():
        team, purpose = key
        if key not in asked:
            yield f"asks {team} for {purpose} at {what}"
            continue
        yield from _change(asked[key].approvals, part.approvals, f"the approvals of {team} ({purpose}) at {what}")
        norms = [norm for norm in part.unless_norms if norm not in asked[key].unless_norms]
        yield from (f"lets norm {norm} stand in for {team} at {what}" for norm in norms)
        dropped = [norm for norm in asked[key].unless_norms if norm not in part.unless_norms]
        yield from (f"no longer lets norm {norm} stand in for {team} at {what}" for norm in dropped)
    bare = (point._replace(participants=(), waivable_by=None) for point in (old, new))
    yield from _fields(what, *bare)
    if old.waivable_by != new.waivable_by:
        yield f"changes who may waive {what} from {_waivers(old)} to {_waivers(new)}"


def _asked(participants: tuple[Participant, ...]) -> dict[tuple[str, str], Participant]:
    return {(part.team, purpose): part for part in participants for purpose in part.purposes}


def _waivers(point: Syncpoint) -> str:
    return "the participant's team" if point.waivable_by is None else ", ".join(point.waivable_by) or "nobody"


def _exemptions(before: Policy, after: Policy) -> Iterator[str]:
    for entry in after.exemptions:
        if entry not in before.exemptions:
            where = f" below {', '.join(entry.paths)}" if entry.paths else " everywhere"
            until = f" until {entry.until}" if entry.until else " without end"
            yield f"exempts{where} from {entry.rule}{until} ({entry.because})"
    yield from (
        f"ends the exemption from {e.rule} ({e.because})" for e in before.exemptions if e not in after.exemptions
    )


def _levels(before: Policy, after: Policy) -> Iterator[str]:
    old = {row.selector: row for row in before.rules}
    new = {row.selector: row for row in after.rules}
    for selector in sorted(old.keys() | new.keys()):
        was, now = old.get(selector), new.get(selector)
        if was is None or now is None or was != now:
            for door in ("local", "ci"):
                levels = [getattr(row, door) or "the default" if row else "the default" for row in (was, now)]
                if levels[0] != levels[1]:
                    yield f"turns {selector} from {levels[0]} to {levels[1]} ({door})"


def _numbers(before: Policy, after: Policy) -> Iterator[str]:
    yield from _change(before.limit, after.limit, "the limit")
    yield from _change(before.budget, after.budget, "the budget")


def _lists(before: Policy, after: Policy) -> Iterator[str]:
    for field, without, with_ in _LISTS:
        old, new = getattr(before, field), getattr(after, field)
        yield from (f"{without} {item}" for item in old if item not in new)
        yield from (f"{with_} {item}" for item in new if item not in old)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
