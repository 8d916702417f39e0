"""Values of the policy, one function a kind: what TOML gave, checked and brought into its final form.

Each takes the value, its path in the document and a list to which faults are added; a faulty value becomes
``None``, so that reading goes on and every fault is found in one go.
"""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.rules import is_selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from pytest_syncpoints.policy_schema import Key
    from pytest_syncpoints.toml_locator import Path

_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}
_MINUTES = {"m": 1, "h": 60}


class Fault(Record):
    """One thing that is wrong: where in the document, what, and what would be right."""

    path: Path
    message: str
    remedy: str = ""


def kind_of(value: object) -> str:
    """Return what a TOML value is, in TOML's own words."""
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "an integer", float: "a float", list: "an array", dict: "a table"}
    return names.get(type(value), "a date" if hasattr(value, "isoformat") else type(value).__name__)


def nearest(name: str, names: Sequence[str]) -> str:
    """Return ``did you mean ...?`` with the closest name, or the names there are."""
    import difflib  # only a fault pays for it

    close = difflib.get_close_matches(name, names, n=1, cutoff=0.55)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"one of: {', '.join(names)}" if names else ""


def _wrong(value: object, wanted: str, path: Path, faults: list[Fault]) -> None:
    shown = f" {value!r}" if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
    faults.append(Fault(path, f"{path[-1]} is {kind_of(value)}{shown[:60]}, expected {wanted}"))


def text(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return a string that is not empty."""
    if not isinstance(value, str):
        return _wrong(value, "a string", path, faults)
    if not value.strip():
        faults.append(Fault(path, f"{path[-1]} is empty"))
        return None
    return value


def texts(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return an array of strings."""
    if not isinstance(value, list):
        return _wrong(value, "an array of strings", path, faults)
    found = (text(item, key, (*path, number), faults) for number, item in enumerate(value))
    return tuple(item for item in found if item is not None)


def choice(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return one of the key's choices."""
    if not isinstance(value, str):
        return _wrong(value, f"one of {', '.join(key.choices)}", path, faults)
    if value not in key.choices:
        faults.append(Fault(path, f"there is no {_singular(path)} {value!r}", nearest(value, key.choices)))
        return None
    return value


def choices(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return some of the key's choices: one string, or an array without repeats."""
    if isinstance(value, str):
        one = choice(value, key, path, faults)
        return None if one is None else (one,)
    if not isinstance(value, list):
        return _wrong(value, f"some of {', '.join(key.choices)}", path, faults)
    if not value:
        faults.append(Fault(path, f"{path[-1]} is empty", f"some of: {', '.join(key.choices)}"))
    found = []
    for number, item in enumerate(value):
        one = choice(item, key, (*path, number), faults)
        if one is not None and one in found:
            faults.append(Fault((*path, number), f"{one!r} is named twice in {path[-1]}"))
        elif one is not None:
            found.append(one)
    return tuple(found)


def count(value: Any, key: Key, path: Path, faults: list[Fault]) -> int | None:
    """Return a whole number that is not negative."""
    return _whole(value, 0, path, faults)


def positive(value: Any, key: Key, path: Path, faults: list[Fault]) -> int | None:
    """Return a whole number of at least 1."""
    return _whole(value, 1, path, faults)


def _whole(value: Any, least: int, path: Path, faults: list[Fault]) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return _wrong(value, "a whole number", path, faults)
    if value < least:
        faults.append(Fault(path, f"{path[-1]} is {value}, expected at least {least}"))
        return None
    return value


def switch(value: Any, key: Key, path: Path, faults: list[Fault]) -> bool | None:
    """Return true or false."""
    return value if isinstance(value, bool) else _wrong(value, "true or false", path, faults)


def patterns(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return path patterns as gitignore has them, without negation and without leaving the tree."""
    if isinstance(value, list) and not value and key.required:
        faults.append(Fault(path, f"{path[-1]} is empty", 'a pattern such as "src/billing/"'))
    found = texts(value, key, path, faults)
    for number, pattern in enumerate(found or ()):
        problem = _pattern_problem(pattern)
        if problem:
            faults.append(Fault((*path, number), f"the pattern {pattern!r} {problem}"))
    return found


def _pattern_problem(pattern: str) -> str:
    if pattern.startswith("!"):
        return "starts with !: patterns here only add paths; name what you mean instead"
    if "\n" in pattern or "\0" in pattern:
        return "holds a line end or NUL"
    if ".." in pattern.split("/"):
        return "leaves the tree (..)"
    if pattern.startswith("./"):
        return "starts with ./: patterns start at the top already"
    return "names no path" if not pattern.strip("/") and pattern != "/" else ""


def date(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return an ISO date; TOML's own dates and strings are both taken."""
    from datetime import date as day
    from datetime import datetime

    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, day):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return day.fromisoformat(value).isoformat()
        except ValueError:
            pass
    return _wrong(value, "a date such as 2026-03-02", path, faults)


def duration(value: Any, key: Key, path: Path, faults: list[Fault]) -> float | None:
    """Return days, from a number and a unit: ``36h``, ``14d``, ``2w``."""
    number, unit = (value[:-1], value[-1:]) if isinstance(value, str) else ("", "")
    if number.isascii() and number.isdigit() and unit in _DAYS and int(number) > 0:
        return int(number) * _DAYS[unit]
    return _wrong(value, "a duration such as 14d, 2w or 36h", path, faults)


def capacity(value: Any, key: Key, path: Path, faults: list[Fault]) -> int | None:
    """Return minutes a week, from ``6h/week`` or ``90m/week``."""
    amount, _, per = value.partition("/") if isinstance(value, str) else ("", "", "")
    number, unit = amount[:-1], amount[-1:]
    if per == "week" and number.isascii() and number.isdigit() and unit in _MINUTES and int(number) > 0:
        return int(number) * _MINUTES[unit]
    return _wrong(value, "review time such as 6h/week or 90m/week", path, faults)


def selector(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return a rule's code or the beginning of some; codes of plugins are taken as they are."""
    found = text(value, key, path, faults)
    if found is not None and not is_known_selector(found):
        faults.append(Fault(path, f"no rule is called {found!r}", nearest(found, rule_names())))
        return None
    return found


def is_known_selector(name: str) -> bool:
    """Say whether a name selects a rule of ours, or could be a plugin's (letters, then three digits)."""
    letters = name.rstrip("0123456789")
    of_a_plugin = letters.isalpha() and letters.isupper() and len(letters) > 3 and len(name) - len(letters) in (0, 3)
    return is_selector(name) or of_a_plugin


def rule_names() -> tuple[str, ...]:
    """Return every code and family prefix."""
    from pytest_syncpoints.rules import FAMILIES, RULE_BY_CODE

    return (*RULE_BY_CODE, *FAMILIES)


def module_names(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return dotted names of modules."""
    found = texts(value, key, path, faults)
    for number, name in enumerate(found or ()):
        if not all(part.isidentifier() for part in name.split(".")):
            faults.append(Fault((*path, number), f"{name!r} is no module name"))
    return found


def _singular(path: Path) -> str:
    words = [step for step in path if isinstance(step, str)]
    return {"when": "trigger", "accept": "sign-off source", "dialect": "dialect"}.get(words[-1], words[-1])


VALUES: dict[str, Callable[[Any, Key, Path, list[Fault]], Any]] = {
    "text": text,
    "texts": texts,
    "choice": choice,
    "choices": choices,
    "count": count,
    "positive": positive,
    "switch": switch,
    "patterns": patterns,
    "members": texts,
    "date": date,
    "duration": duration,
    "capacity": capacity,
    "selector": selector,
    "module-names": module_names,
}
