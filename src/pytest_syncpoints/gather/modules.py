"""Modules: which dotted name a Python file has, from the packages around it in the tree."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_ROOTS = ("src", "lib", "python")


def module_name(path: str, is_file: Callable[[str], bool]) -> tuple[str, bool]:
    """Return the dotted name a file is imported by, and whether it is a package's ``__init__``.

    The topmost folder in an unbroken row of folders with an ``__init__.py`` is the top package. Without any, all
    folders count (namespace packages), but for a leading ``src``, ``lib`` or ``python``.
    """
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0]
    first = len(folders)
    while first and is_file("/".join([*folders[:first], "__init__.py"])):
        first -= 1
    if first == len(folders):  # in no package
        first = 1 if folders and folders[0] in _ROOTS else 0
    parts = folders[first:] if stem == "__init__" else [*folders[first:], stem]
    return ".".join(parts), stem == "__init__"
