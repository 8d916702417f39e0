"""Chromium's OWNERS, as depot_tools reads them: e-mail addresses by directory.

Sources: ``owners.py`` of depot_tools with its docstring and tests, Chromium's ``docs/code_reviews.md``.

- Addresses, one a line, and ``*`` (anybody) own all below their directory and add up to the root, or to the first
  directory with ``set noparent``.
- ``per-file GLOB=OWNER`` adds an owner for files of that directory itself whose name matches; a glob has ``*`` and
  ``?`` and no slash. ``per-file GLOB=set noparent`` leaves such files their per-file owners alone.
- ``file:PATH`` (relative) and ``file://PATH`` (from the root) take the plain owners of a file called ``OWNERS`` or
  ``..._OWNERS``, and what it includes in turn, but neither its per-file lines nor its ``set noparent``.
- ``#`` begins a comment anywhere.
- depot_tools stops at a line it cannot read; here the fault is kept, the line skipped, and the rest counts, so that
  one bad line does not leave a tree without owners.
"""

from __future__ import annotations

from pytest_syncpoints.owners.addresses import ANYONE, AddressTree, Line, normal_path, plain
from pytest_syncpoints.owners.glob import ANY_SEGMENT, DIRECTORIES_SEGMENT, PathGlob, Shape, split_segments
from pytest_syncpoints.owners.ownership import Fault, Ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.ownership import Read

_ADDRESS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+%.")
_DIRECTIVES = "write an address, '*', 'set noparent', 'file:PATH' or 'per-file GLOB=...'"


class Invalid(ValueError):  # noqa: N818  says what the line is
    """A line depot_tools cannot read."""


def load(read: Read, root_file: str | None = None) -> Ownership:
    """Return what the OWNERS files of a tree say."""
    return AddressTree("chromium", read, read_file, root_file)


def read_file(file: str, text: str) -> tuple[list[Line], list[Fault]]:
    """Return the lines that count, and what is wrong with the others."""
    lines: list[Line] = []
    faults: list[Fault] = []
    directory = file.rpartition("/")[0]
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        try:
            lines.append(_read_line(number, line, directory))
        except Invalid as invalid:
            faults.append(Fault(file, number, len(raw) - len(raw.lstrip()) + 1, str(invalid), _DIRECTIVES))
    return lines, faults


def _read_line(number: int, line: str, directory: str) -> Line:
    if not line.startswith("per-file "):
        return _directive(number, line, directory)
    glob, equals, directive = line[len("per-file ") :].rpartition("=")
    if not equals or not glob.strip() or not directive.strip():
        raise Invalid("a per-file line without '=' and an owner")
    name = glob.strip()
    found = _directive(number, directive.strip(), directory)
    return found._replace(pattern=name, globs=(_file_glob(name),))


def _directive(number: int, text: str, directory: str) -> Line:
    if text == "set noparent":
        return plain(number, ())._replace(no_parent=True)
    if text.startswith("file:"):
        return plain(number, (), _included(text[len("file:") :].strip(), directory))
    local, _, domain = text.partition("@")
    if text == ANYONE or (local and domain and _ADDRESS.issuperset(local) and _ADDRESS.issuperset(domain)):
        return plain(number, (text,))
    raise Invalid(f"{text!r} is no owner")


def _included(path: str, directory: str) -> str:
    if path.startswith("/") and not path.startswith("//"):
        raise Invalid(f"{path!r} is outside the tree: from its root, write 'file:/{path}'")
    resolved = normal_path(directory, path)
    if resolved is None:
        raise Invalid(f"{path!r} leaves the tree")
    name = resolved.rpartition("/")[2]
    if name != "OWNERS" and not name.endswith("_OWNERS"):
        raise Invalid(f"{path!r} is not called OWNERS or ..._OWNERS")
    return resolved


def _file_glob(text: str) -> PathGlob:
    """Compile a glob for the names of files directly in a directory."""
    if "/" in text or "\\" in text:
        raise Invalid(f"the glob {text!r} has a slash: write the line in that directory")
    segments = split_segments(text, brackets=True) or split_segments(text) or [text]
    segment = ANY_SEGMENT if segments[0] is DIRECTORIES_SEGMENT else segments[0]
    if isinstance(segment, str):
        return PathGlob(Shape((), True, False, segment))
    return PathGlob(Shape((segment,), True, False, ""))
