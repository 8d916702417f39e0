"""Values of the policy, one function a kind: what TOML gave, checked and brought into its final form.

Each takes the value, its path in the document and a list to which faults are added; a faulty value becomes
``None``, so that reading goes on and every fault is found in one go.
"""
# ruff: noqa: ARG001  # one signature for every kind: the table at the end calls them alike

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
_LARGEST = 1_000_000_000
_DIGITS = 5  # of a duration: 99999 weeks are 1,900 years
_SHOWN = 60  # characters of a value in a message
_LONGEST_NAME = 100  # no name is near a longer one, and looking for one takes time by the product of the lengths
_MOST_NAMES = 500
MOST_FAULTS = 200  # enough for one sitting: a hostile policy must not take the time for a hundred thousand


class Fault(Record):
    """One thing that is wrong: where in the document, what, and what would be right."""

    path: Path
    message: str
    remedy: str = ""


def kind_of(value: object) -> str:
    """Return what a TOML value is, in TOML's own words."""
    if isinstance(value, bool):
        return "a boolean"
    if type(value).__name__ == "time":
        return "a time"
    names = {str: "a string", int: "an integer", float: "a float", list: "an array", dict: "a table"}
    return names.get(type(value), "a date" if hasattr(value, "isoformat") else type(value).__name__)


def nearest(name: str, names: Sequence[str]) -> str:
    """Return ``did you mean ...?`` with the closest name, or the names there are."""
    import difflib  # only a fault pays for it

    if len(name) > _LONGEST_NAME or len(names) > _MOST_NAMES:
        return ""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.55)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"one of: {', '.join(names)}" if names else ""


def shown(value: object) -> str:
    """Return a value as a message may show it: short, and a number too long to print as such."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "a very large number"
    written = repr(value)
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}..."


def _wrong(value: object, wanted: str, path: Path) -> Fault:
    scalar = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    what = f"{kind_of(value)} {shown(value)}" if scalar else kind_of(value)
    return Fault(path, f"{named(path)} is {what}, expected {wanted}")


def named(path: Path) -> str:
    """Return what a fault calls its place: the key, for an item of a list with its number from 1."""
    if isinstance(path[-1], int):
        return f"item {path[-1] + 1} of {path[-2]}"
    return str(path[-1])


def text(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return a string that is not empty."""
    if not isinstance(value, str):
        faults.append(_wrong(value, "a string", path))
        return None
    if not value.strip():
        faults.append(Fault(path, f"{named(path)} is empty"))
        return None
    if any(symbol < " " and symbol not in "\n\t" for symbol in value) or "\x7f" in value:
        faults.append(Fault(path, f"{named(path)} holds a control character"))
        return None
    return value


def texts(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return an array of strings."""
    if not isinstance(value, list):
        faults.append(_wrong(value, "an array of strings", path))
        return None
    if not value and key.filled:
        faults.append(Fault(path, f"{path[-1]} is empty", f"name some, or leave {path[-1]} out"))
    found = [text(item, key, (*path, number), faults) for number, item in enumerate(value)]
    seen: set[str] = set()
    for number, item in enumerate(found):
        if item is not None and item in seen:
            faults.append(Fault((*path, number), f"{shown(item)} is named twice in {path[-1]}"))
        elif item is not None:
            seen.add(item)
    return tuple(item for item in found if item is not None)


def choice(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return one of the key's choices."""
    if not isinstance(value, str):
        faults.append(_wrong(value, f"one of {', '.join(key.choices)}", path))
        return None
    if value not in key.choices:
        faults.append(Fault(path, f"there is no {_singular(path)} {shown(value)}", nearest(value, key.choices)))
        return None
    return value


def choices(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return some of the key's choices: one string, or an array without repeats."""
    if isinstance(value, str):
        one = choice(value, key, path, faults)
        return None if one is None else (one,)
    if not isinstance(value, list):
        faults.append(_wrong(value, f"some of {', '.join(key.choices)}", path))
        return None
    if not value:
        faults.append(Fault(path, f"{path[-1]} is empty", f"some of: {', '.join(key.choices)}"))
    found = []
    for number, item in enumerate(value):
        if len(faults) >= MOST_FAULTS:
            break
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
        faults.append(_wrong(value, "a whole number", path))
        return None
    if not least <= value <= _LARGEST:
        wanted = f"at least {least}" if value < least else f"at most {_LARGEST:,}"
        faults.append(Fault(path, f"{named(path)} is {shown(value)}, expected {wanted}"))
        return None
    return value


def switch(value: Any, key: Key, path: Path, faults: list[Fault]) -> bool | None:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    faults.append(_wrong(value, "true or false", path))
    return None


def patterns(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return path patterns as gitignore has them, without negation and without leaving the tree."""
    found = texts(value, key, path, faults)
    for number, pattern in enumerate(found or ()):
        problem = _pattern_problem(pattern)
        if problem:
            faults.append(Fault((*path, number), f"the pattern {shown(pattern)} {problem}"))
    return found


def _pattern_problem(pattern: str) -> str:
    if pattern.startswith("!"):
        return "starts with !: patterns here only add paths; name what you mean instead"
    if not pattern.isprintable():
        return "holds a line end, a tab or another control character"
    if pattern != pattern.strip():
        return "starts or ends with a space"
    segments = pattern.strip("/").split("/")
    if ".." in segments:
        return "leaves the tree (..)"
    if "." in segments:
        return "holds ./: patterns start at the top already"
    if segments[0].startswith("~") or (segments[0][1:2] == ":" and segments[0][:1].isalpha()):
        return "is absolute: patterns start at the top of the repository"
    if not pattern.strip("/") and pattern != "/":
        return "names no path"
    if "" in segments[1:]:
        return "holds //: no path does"
    return _escape_problem(pattern)


def _escape_problem(pattern: str) -> str:
    rest = pattern.replace("\\\\", "")
    stray = any(after[:1] not in ("*", "?", "[", "]", "!", "#", " ") for after in rest.split("\\")[1:])
    return "holds a stray backslash: it only makes *, ? or another backslash literal; folders end in /" if stray else ""


def date(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return an ISO date; TOML's own dates and strings are both taken, a time of day is not."""
    from datetime import date as day
    from datetime import datetime

    if isinstance(value, day) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and len(value) == len("2026-03-02"):
        try:
            return day.fromisoformat(value).isoformat()
        except ValueError:
            pass
    faults.append(_wrong(value, "a date such as 2026-03-02", path))
    return None


def duration(value: Any, key: Key, path: Path, faults: list[Fault]) -> float | None:
    """Return days, from a number and a unit: ``36h``, ``14d``, ``2w``."""
    number, unit = (value[:-1], value[-1:]) if isinstance(value, str) else ("", "")
    if _is_amount(number) and unit in _DAYS:
        return int(number) * _DAYS[unit]
    faults.append(_wrong(value, "a duration such as 14d, 2w or 36h", path))
    return None


def _is_amount(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) <= _DIGITS and int(number) > 0


def capacity(value: Any, key: Key, path: Path, faults: list[Fault]) -> int | None:
    """Return minutes a week, from ``6h/week`` or ``90m/week``."""
    amount, _, per = value.partition("/") if isinstance(value, str) else ("", "", "")
    number, unit = amount[:-1], amount[-1:]
    if per == "week" and _is_amount(number) and unit in _MINUTES:
        return int(number) * _MINUTES[unit]
    faults.append(_wrong(value, "review time such as 6h/week or 90m/week", path))
    return None


def selector(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return a rule's code or the beginning of some; codes of plugins are taken as they are."""
    found = text(value, key, path, faults)
    if found is not None and not is_known_selector(found):
        faults.append(Fault(path, f"no rule is called {shown(found)}", nearest(found, rule_names())))
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
            faults.append(Fault((*path, number), f"{shown(name)} is no module name"))
    return found


def file(value: Any, key: Key, path: Path, faults: list[Fault]) -> str | None:
    """Return a file's path below the top of the repository."""
    found = text(value, key, path, faults)
    if found is None:
        return None
    if not found.isprintable() or found.startswith("/") or not {"", ".", ".."}.isdisjoint(found.split("/")):
        faults.append(Fault(path, f"{shown(found)} is no path of a file below the top of the repository"))
        return None
    return found


def fingerprints(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return gpg fingerprints in capitals and without the spaces gpg prints: 40 digits, or 64 (version 5)."""
    found = tuple(item.replace(" ", "").upper() for item in texts(value, key, path, faults) or ())
    for number, item in enumerate(found):
        if len(item) not in (40, 64) or not set(item) <= set("0123456789ABCDEF"):
            message = f"{shown(item)} is no fingerprint: 40 or 64 hexadecimal digits"
            faults.append(Fault((*path, number), message, "gpg --list-keys --with-colons prints it after fpr"))
    return found


def globs(value: Any, key: Key, path: Path, faults: list[Fault]) -> tuple[str, ...] | None:
    """Return patterns of names or e-mails; one that would cover everybody is a fault."""
    found = texts(value, key, path, faults)
    for number, pattern in enumerate(found or ()):
        if not pattern.strip("*?@. "):
            faults.append(Fault((*path, number), f"the pattern {shown(pattern)} covers everybody"))
    return found


def _singular(path: Path) -> str:
    words = [step for step in path if isinstance(step, str)]
    return {"when": "trigger", "accept": "sign-off source", "bind": "binding"}.get(words[-1], words[-1])


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
    "file": file,
    "fingerprints": fingerprints,
    "globs": globs,
}
