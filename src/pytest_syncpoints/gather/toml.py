"""TOML: the one door to tomli; a policy's text into a Policy, every fault with its line and column."""

from __future__ import annotations

from pytest_syncpoints.errors import PolicyError, UsageError
from pytest_syncpoints.policy_reading import build_policy, cross_check

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    document, root = _parsed(decoded, path), ()
    if path.rpartition("/")[2] == "pyproject.toml":
        document, root = _section(document, "syncpoints"), _TOOL
        if document is None:
            return None
    policy, faults = build_policy(document, root)
    faults += cross_check(policy, root)
    if faults:
        raise PolicyError(_located(faults, decoded, path))
    return policy._replace(path=path, commit=commit, blob=blob)


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
        line, column = _place(text[: error.start].decode("latin-1"))
        raise _error(f"{path}:{line}:{column}", "the file is not UTF-8 here") from None
    return decoded.replace("\r\n", "\n")


def _parsed(text: str, path: str) -> dict[str, Any]:
    import tomli

    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _KEY_PARTS_LIMIT and line.partition("=")[0].count(".") > _KEY_PARTS_LIMIT:
            raise _error(f"{path}:{number}:1", f"a key of more than {_KEY_PARTS_LIMIT} parts")
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        message = str(error).partition(" (at ")[0]
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        where = f"{path}:{line}:{column}" if line else path
        raise _error(where, f"this is not TOML: {message[:1].lower()}{message[1:]}") from None
    except (RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _error(path, f"this cannot be read: {reason}") from None


def _error(where: str, message: str) -> PolicyError:
    return PolicyError((UsageError(message, where=where),))


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _located(faults: list[Fault], text: str, path: str) -> tuple[SyncpointsError, ...]:
    """Return the faults in the order of the file, each with its place; only now is the text walked for it."""
    from pytest_syncpoints.toml_locator import Locator

    locator = Locator(text)
    placed = sorted((locator.position(fault.path), fault.message, fault.remedy) for fault in faults)
    return tuple(
        UsageError(message, where=f"{path}:{line}:{column}", remedy=remedy) for (line, column), message, remedy in placed
    )


def locate(text: bytes, path: Path) -> tuple[int, int]:
    """Return line and column of a key path in a policy's text (for lint)."""
    from pytest_syncpoints.toml_locator import Locator

    return Locator(text.decode("utf-8", "replace").replace("\r\n", "\n")).position(path)
