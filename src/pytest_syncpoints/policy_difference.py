"""Differences between two policies, in the words of a reader who must approve the edit."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pytest_syncpoints.policy import Policy

# Tables of named entries, with the word for one of them; what guards most comes first.
_NAMED = (
    ("syncpoints", "sync point"),
    ("components", "component"),
    ("teams", "team"),
    ("people", "person"),
    ("norms", "norm"),
    ("incidents", "incident"),
)
_SINGLE = ("limit", "budget", "require", "exclude", "plugins", "dialect", "signers", "machine", "flow", "rules")


def differences(before: Policy, after: Policy) -> tuple[str, ...]:
    """Return one clause per thing that differs, removals first within each table; nothing where they judge alike."""
    clauses: list[str] = []
    for field, word in _NAMED:
        clauses += _named(word, getattr(before, field), getattr(after, field))
    clauses += _exemptions(before, after)
    clauses += [
        f"{field} from {_shown(getattr(before, field))} to {_shown(getattr(after, field))}"
        for field in _SINGLE
        if getattr(before, field) != getattr(after, field)
    ]
    return tuple(clauses)


def _named(word: str, before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[str]:
    old = {entry.name: entry for entry in before}
    new = {entry.name: entry for entry in after}
    yield from (f"removes {word} {name}" for name in old if name not in new)
    for name, entry in new.items():
        if name not in old:
            yield f"adds {word} {name}"
        elif entry != old[name]:
            fields = [field for field in entry._fields if getattr(entry, field) != getattr(old[name], field)]
            yield f"changes {', '.join(fields)} of {word} {name}"


def _exemptions(before: Policy, after: Policy) -> Iterator[str]:
    yield from (f"exempts {e.rule} ({e.because})" for e in after.exemptions if e not in before.exemptions)
    yield from (f"ends the exemption from {e.rule}" for e in before.exemptions if e not in after.exemptions)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return (
            "[" + ", ".join(map(str, value)) + "]" if all(isinstance(item, str) for item in value) else "other values"
        )
    return "none" if value is None else str(value)
