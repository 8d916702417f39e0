"""Gerrit's OWNERS, as the find-owners backend of its code-owners plugin reads them: e-mail addresses by directory.

Sources: the plugin's documents ``backend-find-owners.md`` and ``path-expressions.md``, its parser and matchers.

- Addresses, one a line, and ``*`` (anybody) own all below their directory and add up to the root, or to the first
  directory with ``set noparent``.
- ``per-file GLOB,GLOB=ADDRESS,ADDRESS`` adds owners for files that match in that directory *or anywhere below*;
  ``per-file GLOB=set noparent`` leaves such files their per-file owners alone. Globs are Java's: ``*`` and ``?``
  stay inside a segment, ``**`` does not, ``[ab]`` and ``{html,htm}`` choose. A blank behind a comma belongs to the
  glob.
- ``file:PATH`` takes the plain owners of another owners file (``OWNERS``, ``x_OWNERS``, ``OWNERS_x``), ``include PATH``
  its per-file lines and ``set noparent``, too. A path begins at the root if it begins with a slash. What is imported
  from other projects or branches is not in this tree: such a line counts for nothing here.
- ``#`` begins a comment; annotations (``#{LAST_RESORT_SUGGESTION}``) are in comments and change no owner.
- The plugin refuses a change while a file that matters to it has a line it cannot read; here the fault is kept, the
  line skipped, and the rest counts. An import of a file that is not there is ignored, as there.
- Default owners of ``refs/meta/config`` are not in this tree.
"""

from __future__ import annotations

from pytest_syncpoints.owners.addresses import ANYONE, AddressTree, Line, normal_path, plain
from pytest_syncpoints.owners.gerrit_globs import java_glob, split_globs
from pytest_syncpoints.owners.glob import PathGlob
from pytest_syncpoints.owners.ownership import Fault, Ownership

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.owners.ownership import Read

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_GRANTS = "write an address, '*', 'set noparent', 'file:PATH', 'include PATH' or 'per-file GLOB=...'"


class Invalid(ValueError):  # noqa: N818  says what the line is
    """A line the plugin cannot read."""


class Elsewhere(Invalid):
    """A line that imports from another project or branch."""


def load(read: Read, root_file: str | None = None) -> Ownership:
    """Return what the OWNERS files of a tree say."""
    return AddressTree("gerrit", read, read_file, root_file)


def read_file(file: str, text: str) -> tuple[list[Line], list[Fault]]:
    """Return the lines that count, and what is wrong with the others."""
    lines: list[Line] = []
    faults: list[Fault] = []
    directory = file.rpartition("/")[0]
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            lines.append(_read_line(number, line, directory))
        except Invalid as invalid:
            skipped = "" if isinstance(invalid, Elsewhere) else ": Gerrit refuses the whole file"
            column = len(raw) - len(raw.lstrip()) + 1
            faults.append(Fault(file, number, column, f"{invalid}{skipped}", _GRANTS))
    return lines, faults


def _read_line(number: int, line: str, directory: str) -> Line:
    text = _before_comment(line)
    words = text.split()
    if words == ["set", "noparent"]:
        return plain(number, ())._replace(no_parent=True)
    if _is_owner(text):
        return plain(number, (text,))
    if words[0] == "per-file" and "=" in text:
        return _per_file(number, text, directory)
    if text.startswith("file:"):
        return plain(number, (), _imported(text[len("file:") :], directory))
    if words[0] == "include" and len(words) > 1:
        return plain(number, (), _imported(text[len("include") :], directory))._replace(everything=True)
    raise Invalid(f"{text!r} is no owner")


def _before_comment(line: str) -> str:
    """Cut a comment off. In an address a ``#`` may stand before the ``@``."""
    at = line.find("#")
    if "@" in line[at:] and not any(blank in line[: line.find("@")] for blank in " \t="):
        at = line.find("#", line.find("@"))
    return line[:at].rstrip() if at >= 0 else line


def _per_file(number: int, text: str, directory: str) -> Line:
    globs, _, grant = text[len("per-file") :].partition("=")
    names, grant = " ".join(globs.split()), " ".join(grant.split())
    if not names or any("=" in part or not part.strip() or len(part.split()) > 1 for part in names.split(",")):
        raise Invalid(f"{names!r} is no list of globs")
    line = _per_file_grant(number, grant, directory)
    compiled = tuple(PathGlob(shape) for name in split_globs(names) for shape in java_glob(name))
    return line._replace(pattern=names, globs=compiled)


def _per_file_grant(number: int, grant: str, directory: str) -> Line:
    if grant == "set noparent":
        return plain(number, ())._replace(no_parent=True)
    if grant.startswith("file:"):
        return plain(number, (), _imported(grant[len("file:") :], directory))
    if grant.startswith("include "):
        raise Invalid("'include' cannot stand in a per-file line: write 'file:'")
    owners = [owner.strip() for owner in grant.split(",")]
    if not all(_is_owner(owner) for owner in owners):
        raise Invalid(f"{grant!r} is no list of owners")
    return plain(number, tuple(owners))


def _is_owner(text: str) -> bool:
    local, at, domain = text.partition("@")
    forbidden = " \t<>@,"
    good = bool(at and local and domain) and not any(symbol in local for symbol in forbidden)
    return text == ANYONE or (good and not any(symbol in domain for symbol in forbidden + "#"))


def _imported(text: str, directory: str) -> str:
    project, colon, path = text.strip().rpartition(":")
    path = path.strip()
    if not path or len(path.split()) > 1:
        raise Invalid("an import needs one path")
    if colon:
        raise Elsewhere(f"{project.strip()} is another project or branch, which cannot be looked into here")
    resolved = normal_path(directory, path)
    if resolved is None:
        raise Invalid(f"{path!r} leaves the tree")
    name = resolved.rpartition("/")[2]
    prefix, suffix = name.removesuffix("_OWNERS"), name.removeprefix("OWNERS_")
    if name != "OWNERS" and not any(part and part != name and _NAME.issuperset(part) for part in (prefix, suffix)):
        raise Elsewhere(f"{path!r} is not called OWNERS, x_OWNERS or OWNERS_x: Gerrit ignores the line")
    return resolved
