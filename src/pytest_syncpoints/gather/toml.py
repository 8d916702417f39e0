"""TOML: the one door to tomli; a policy's text into a Policy, every fault with its line and column."""

from __future__ import annotations

from itertools import islice

from pytest_syncpoints.errors import PolicyError, UsageError
from pytest_syncpoints.policy_cross_check import cross_check
from pytest_syncpoints.policy_reading import build_policy
from pytest_syncpoints.policy_values import MOST_FAULTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from pytest_syncpoints.errors import SyncpointsError
    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.policy_values import Fault
    from pytest_syncpoints.toml_locator import Path

SIZE_LIMIT = 1 << 20
# tomli answers deep nesting and keys of a thousand parts with RecursionError; tomllib takes minutes over longer ones.
_KEY_PARTS_LIMIT = 100
_TOOL = ("tool", "syncpoints")


def read_policy(text: bytes, *, path: str, commit: str | None, blob: str | None) -> Policy | None:
    """Return the policy of a file, ``None`` where it is a pyproject.toml without ``[tool.syncpoints]``.

    Raises PolicyError with every fault at once: ``file:line:column``, what was found, what was expected, and the
    nearest valid name.
    """
    decoded = _decoded(text, path)
    document: Any = _parsed(decoded, path)
    root: Path = ()
    if path.rpartition("/")[2] == "pyproject.toml":
        document, root = _section(document, "syncpoints"), _TOOL
        if document is None:
            return None
    policy, faults = build_policy(document, root)
    if len(faults) < MOST_FAULTS:
        faults += _not_said_yet(islice(cross_check(policy, root), MOST_FAULTS), faults)
    if faults:
        raise PolicyError(_located(faults, decoded, path))
    return policy._replace(path=path, commit=commit, blob=blob)


def _not_said_yet(found: Iterable[Fault], faults: list[Fault]) -> list[Fault]:
    """Drop what only follows from a fault below it: a team has no members because its list of members is faulty."""
    said = {fault.path[:length] for fault in faults for length in range(len(fault.path) + 1)}
    return [fault for fault in found if fault.path not in said]


def tool_table(text: bytes, name: str) -> Any:
    """Return ``[tool.NAME]`` of a pyproject.toml, ``None`` where there is none or the file cannot be read."""
    try:
        return _section(_parsed(_decoded(text, "pyproject.toml"), "pyproject.toml"), name)
    except PolicyError:
        return None


def _section(document: dict[str, Any], name: str) -> Any:
    tool = document.get("tool")
    return tool.get(name) if isinstance(tool, dict) else None


def _decoded(text: bytes, path: str) -> str:
    if len(text) > SIZE_LIMIT:
        raise _error(f"{path}:1:1", f"the file has {len(text):,} bytes; a policy may have {SIZE_LIMIT:,}")
    try:
        decoded = text.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        row, column = _place(text[: error.start].decode("latin-1"))
        raise _error(f"{path}:{row}:{column}", "the file is not UTF-8 here") from None
    return decoded.replace("\r\n", "\n")


def _parsed(text: str, path: str) -> dict[str, Any]:
    import tomli

    for number, written in enumerate(text.split("\n"), 1):
        if _longest_key(written) > _KEY_PARTS_LIMIT:
            raise _error(f"{path}:{number}:1", f"a key of more than {_KEY_PARTS_LIMIT} parts")
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        where = ":".join(map(str, (path, *_stated_place(place, text))))
        raise _error(where, f"this is not TOML: {message[:1].lower()}{message[1:]}") from None
    except RecursionError:
        raise _error(f"{path}:{_fullest(text, '[{.')}:1", "this cannot be read: it is nested too deeply") from None
    except ValueError:  # Python's own limit on the digits of a number
        raise _error(f"{path}:{_fullest(text, '0123456789')}:1", "this cannot be read: a number is too long") from None


def _longest_key(line: str) -> int:
    """Return the most parts that a dotted key of this line, or of an inline table in it, can have."""
    if line.count(".") <= _KEY_PARTS_LIMIT:
        return 0
    pieces = line.partition("#")[0].replace("{", "=").replace(",", "=").split("=")
    return max(
        piece.count('"."') + piece.count("'.'") if set(piece) & set("\"'") else piece.count(".") for piece in pieces
    )


def _stated_place(place: str, text: str) -> tuple[int, int]:
    """Return line and column from tomli's words, ``line 3, column 5)`` or ``end of document)``."""
    numbers = [int(word) for word in place.rstrip(")").replace(",", " ").split() if word.isdigit()]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else _place(text.rstrip("\n"))


def _fullest(text: str, symbols: str) -> int:
    """Return the number of the line that holds most of some symbols."""
    counts = [sum(map(line.count, symbols)) for line in text.split("\n")]
    return counts.index(max(counts)) + 1


def _error(where: str, message: str) -> PolicyError:
    return PolicyError((UsageError(message, where=where),))


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _located(faults: list[Fault], text: str, path: str) -> tuple[SyncpointsError, ...]:
    """Return the faults in the order of the file, each with its place; only now is the text walked for it."""
    from pytest_syncpoints.toml_locator import Locator

    locator = Locator(text)
    placed = sorted((locator.position(fault.path), fault.message, fault.remedy) for fault in faults[:MOST_FAULTS])
    return tuple(
        UsageError(message, where=f"{path}:{line}:{column}", remedy=remedy)
        for (line, column), message, remedy in placed
    )
