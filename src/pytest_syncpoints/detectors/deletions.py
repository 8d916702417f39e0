"""Deleted Python modules that the rest of the tree still imports."""

from __future__ import annotations

import re

from pytest_syncpoints.detectors.places import aside, module_words
from pytest_syncpoints.subject import costly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

# Folders that hold packages and are none: imports do not name them.
_ROOTS = ("src", "lib", "python", "app")


def judge(subject: Subject, facts: Facts) -> Iterator[Finding]:
    """Yield the finding for a module that lines elsewhere at the head still import by its dotted name."""
    names = dotted_names(subject.path)
    (word,) = module_words(subject.file) or ("",)
    gone = {other.path for other in facts.subjects}
    lines = [(path, line) for path, line in facts.found.get(word, ()) if path not in gone and not aside(path)]
    importing = sorted({path for path, line in lines if _imports(line, path, names)})
    if importing:
        more = f" and {len(importing) - 2} more" if len(importing) > 2 else ""
        yield costly(
            subject,
            None,
            f"deleted, and still imported by {', '.join(importing[:2])}{more}",
            undo="a revert brings the file back; whoever outside imports it fails until then",
            remedy="leave a module that imports from the new place and warns, and delete it in a later change",
        )


def dotted_names(path: str) -> tuple[str, ...]:
    """Return the names a module may be imported by, from the repository's root and from a folder of sources."""
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    names = [".".join(parts)]
    names += [".".join(parts[at + 1 :]) for at, part in enumerate(parts[:-1]) if part in _ROOTS]
    return tuple(dict.fromkeys(names))


def _imports(line: str, importer: str, names: tuple[str, ...]) -> bool:
    said = line.partition("#")[0].strip()
    found = re.match(r"(?:from\s+(\.*[\w.]*)\s+import\s+(.*)|import\s+(.*))$", said[:2_000])
    if found is None:
        return False
    if found[3] is not None:
        modules = {part.split(" as ")[0].strip() for part in found[3].split(",")}
        return any(module == name or module.startswith(f"{name}.") for module in modules for name in names)
    base = _absolute(found[1], importer)
    imported = {part.strip(" ()\\").split(" as ")[0].strip() for part in found[2].split(",")}
    whole = {base, *(f"{base}.{name}" for name in imported if name)}
    return any(name in whole or base.startswith(f"{name}.") for name in names)


def _absolute(said: str, importer: str) -> str:
    """Return the module a ``from`` names, a relative one seen from its importer."""
    dots = len(said) - len(said.lstrip("."))
    if not dots:
        return said
    folders = importer.split("/")[:-1]
    return ".".join([*folders[: len(folders) - dots + 1], *([said[dots:]] if said[dots:] else [])])
