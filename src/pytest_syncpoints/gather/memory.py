"""Memory: plain values kept in the git directory from one command to the next, whole or not at all.

What is kept is never needed: without it, or with one that is damaged or of another form, the facts are told anew.
Marshal, because a commit hook reads it: ``json`` costs 4 ms to import.
"""

from __future__ import annotations

import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Value = TypeVar("Value")

_FORMAT = 2  # a version of marshal's that every supported Python reads and writes


def memory_path(common_dir: str, name: str) -> str:
    """Return where something is kept: in the folder of the history index."""
    return f"{common_dir}/syncpoints/{name}"


def remember(common_dir: str, name: str, form: str, values: object) -> None:
    """Keep values (records become the tuples they are) under a name; where they cannot be written, they are not kept.

    ``form`` says what they are and how they are laid out.
    """
    path = memory_path(common_dir, name)
    part = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        try:
            with open(part, "wb") as file:
                file.write(marshal.dumps((form, _plain(values)), _FORMAT))
            os.replace(part, path)
        finally:
            if os.path.exists(part):
                os.unlink(part)
    except OSError:
        return


def recall(common_dir: str, name: str, form: str, read: Callable[[Any], Value]) -> Value | None:
    """Return what ``read`` makes of the values kept under a name in a form; ``None`` where there are none."""
    try:
        with open(memory_path(common_dir, name), "rb") as file:
            kept, values = marshal.loads(file.read())  # noqa: S302  # our own file, in the git directory
        return read(values) if kept == form else None
    except (OSError, EOFError, ValueError, TypeError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
