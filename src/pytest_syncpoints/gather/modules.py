"""Modules: which dotted name a Python file has, from the packages around it in the tree."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_ROOTS = ("src", "lib", "python")


def module_name(path: str, is_file: Callable[[str], bool]) -> tuple[str, bool]:
    """Return the dotted name a file is imported by, and whether it is a package's ``__init__``.

    Without any ``__init__.py`` around it, all folders count, but for a leading ``src``, ``lib`` or ``python``.
    """
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0]
    first = _first_part(folders, is_file)
    if first is None:
        first = 1 if folders and folders[0] in _ROOTS else 0
    parts = folders[first:] if stem == "__init__" else [*folders[first:], stem]
    return ".".join(parts), stem == "__init__"


def importable(path: str, is_file: Callable[[str], bool]) -> tuple[str, str]:
    """Return the folder that imports start from, and the dotted name of a file there; no name for a script.

    A module lies in a package, or directly in a folder ``src``. Packages without ``__init__.py`` are found above and
    below others (https://docs.python.org/3/reference/import.html#namespace-packages); folders without any are taken
    for scripts, or a commit hook would compare what nobody imports.
    """
    folders = path.split("/")[:-1]
    first = _first_part(folders, is_file)
    if first is None or (first < len(folders) and not _lies_in_package(folders, is_file)):
        return "", ""
    module = module_name(path, is_file)[0]
    return "/".join(folders[:first]), module if all(part.isidentifier() for part in module.split(".")) else ""


def _lies_in_package(folders: list[str], is_file: Callable[[str], bool]) -> bool:
    return any(_is_package(folders[:count], is_file) for count in range(len(folders), 0, -1))


def _is_package(folders: list[str], is_file: Callable[[str], bool]) -> bool:
    inside = "/".join([*folders, "__init__.py"])
    return is_file(inside) or is_file(f"{inside}i")


def _first_part(folders: list[str], is_file: Callable[[str], bool]) -> int | None:
    """Return which folder is the first part of a module's name, ``None`` where nothing says so.

    That is the one below the last ``src``, else the topmost in the unbroken row of folders with an ``__init__.py``.
    """
    within = next((count for count in range(len(folders), 0, -1) if _is_package(folders[:count], is_file)), 0)
    first = within
    while first and _is_package(folders[:first], is_file):
        first -= 1
    above = folders[:first] if within else folders
    if "src" in above:
        return len(above) - above[::-1].index("src")
    return first if within else None
