"""Formats on disk and on the wire: layouts, magic numbers, format versions, pickle protocols, numbers of enumerations.

struct: https://docs.python.org/3/library/struct.html#format-strings ; pickle protocols:
https://docs.python.org/3/library/pickle.html#data-stream-format .
"""

from __future__ import annotations

import ast
import re

from pytest_syncpoints.detectors.python_source import argument, called, calls, dotted, number, parse, text
from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Unparsed, costly, irreversible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.subject import Facts, Subject

_MAGIC = re.compile(r"(?:^|_)(?:MAGIC|SIGNATURE_BYTES|MAGIC_NUMBER|MAGIC_BYTES)(?:_|$)")
_VERSION = re.compile(
    r"(?:^|_)(?:FORMAT|SCHEMA|PROTOCOL|WIRE|FILE|STORAGE|DB|DATABASE|INDEX|CACHE|SNAPSHOT|SERIALI[SZ]ATION|PICKLE|DATA)"
    r"_(?:FORMAT_)?VERSION$"
)
_STRUCTS = ("Struct", "pack", "unpack", "pack_into", "unpack_from", "iter_unpack", "calcsize")
_ENUMS = ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "TextChoices", "IntegerChoices")


class _Said(Record):
    """What a module says of formats, each by a name that stays when its value changes."""

    layouts: dict[str, tuple[str, int]]
    magics: dict[str, tuple[object, int]]
    versions: dict[str, tuple[object, int]]
    members: dict[tuple[str, str], tuple[object, int]]
    classes: frozenset[str]
    protocols: list[tuple[int, int]]


def judge(subject: Subject, _: Facts) -> Iterator[Finding]:
    """Yield what data written before would no longer be read as, and what old code could not read."""
    if subject.before is None or subject.after is None:
        return
    try:
        old = _read(subject.before)
    except Unparsed:
        return  # it was no Python before: nothing was written by it
    new = _read(subject.after)
    versioned = any(new.versions.get(name, said)[0] != said[0] for name, said in old.versions.items())
    yield from _layouts(old, new, subject, versioned=versioned)
    yield from _versions(old, new, subject)
    yield from _members(old, new, subject)
    if old.protocols and new.protocols and max(new.protocols)[0] > max(old.protocols)[0]:
        high, line = max(new.protocols)
        yield _old_code_cannot_read(subject, line, f"pickles are written with protocol {high}")


def _read(content: bytes) -> _Said:
    said = _Said({}, {}, {}, {}, frozenset(), [])
    module = parse(content)
    for owner, node in _assignments(module):
        for target, value in _targets(node):
            name = f"{owner}.{target}" if owner else target
            constant = _literal(value)
            if constant is not None and _MAGIC.search(target.upper()):
                said.magics[name] = (constant, node.lineno)
            elif constant is not None and _VERSION.search(target.upper()):
                said.versions[name] = (constant, node.lineno)
            layout = _layout(value)
            if layout is not None:
                said.layouts[name] = (layout, node.lineno)
    _read_calls(module, said)
    enums = list(_enums(module))
    for enum in enums:
        said.members.update(_values(enum))
    return said._replace(classes=frozenset(node.name for node in enums))


def _assignments(module: ast.Module) -> Iterator[tuple[str, ast.Assign | ast.AnnAssign]]:
    """Yield the assignments of the module and of its classes, with the class's name."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from ((node.name, inner) for inner in node.body if isinstance(inner, ast.Assign | ast.AnnAssign))


def _targets(node: ast.Assign | ast.AnnAssign) -> list[tuple[str, ast.expr]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [(target.id, node.value) for target in targets if isinstance(target, ast.Name) and node.value is not None]


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return None if isinstance(node.value, bool) else node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and number(node.operand) is not None:
        return -(number(node.operand) or 0)
    return None


def _layout(node: ast.expr) -> str | None:
    """Return the format of a ``struct.Struct("...")``."""
    if isinstance(node, ast.Call) and dotted(node.func) in ("struct.Struct", "Struct"):
        return text(argument(node, "format", 0))
    return None


def _read_calls(module: ast.Module, said: _Said) -> None:
    """Add the formats that functions state themselves, by function and order, and the pickle protocols."""
    for function in (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        order = 0
        for call in calls(function.body):
            owner, _, name = called(call).rpartition(".")
            if owner == "struct" and name in _STRUCTS and text(argument(call, "format", 0)) is not None:
                said.layouts[f"{function.name}() {name} {order}"] = (
                    text(argument(call, "format", 0)) or "",
                    call.lineno,
                )
                order += 1
            elif owner in ("pickle", "cPickle") and name in ("dump", "dumps"):
                protocol = number(argument(call, "protocol", 2 if name == "dump" else 1))
                if protocol is not None:
                    said.protocols.append((protocol, call.lineno))


def _enums(module: ast.Module) -> Iterator[ast.ClassDef]:
    for node in module.body:
        if isinstance(node, ast.ClassDef) and any(dotted(base).rpartition(".")[2] in _ENUMS for base in node.bases):
            yield node


def _values(node: ast.ClassDef) -> dict[tuple[str, str], tuple[object, int]]:
    """Return the members of an enumeration with what they are stored as; ``auto()`` counts from one."""
    found: dict[tuple[str, str], tuple[object, int]] = {}
    count = 0
    for statement in node.body:
        for target, value in _targets(statement) if isinstance(statement, ast.Assign) else ():
            constant = _literal(value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value)
            if isinstance(value, ast.Call) and called(value).rpartition(".")[2] == "auto":
                count += 1
                constant = count
            elif isinstance(constant, int):
                count = constant
            if constant is not None and not target.startswith("_"):
                found[node.name, target] = (constant, statement.lineno)
    return found


def _layouts(old: _Said, new: _Said, subject: Subject, *, versioned: bool) -> Iterator[Finding]:
    if not _same_shape(old.layouts, new.layouts):
        return
    for name, (before, _) in old.layouts.items():
        after, line = new.layouts.get(name, (before, 0))
        if _normal(after) != _normal(before):
            yield _changed(subject, line, f"the layout {name} goes from {before!r} to {after!r}", versioned=versioned)
    for name, (magic, _) in old.magics.items():
        now, line = new.magics.get(name, (magic, 0))
        if now != magic:
            yield _changed(subject, line, f"the magic number {name} changes", versioned=versioned)


def _same_shape(old: dict[str, tuple[str, int]], new: dict[str, tuple[str, int]]) -> bool:
    """Say whether formats inside functions can be told apart by order: as many of them as before."""
    return sum("()" in name for name in old) == sum("()" in name for name in new)


def _normal(layout: str) -> str:
    return "".join(layout.split()).removeprefix("@")


def _changed(subject: Subject, line: int, what: str, *, versioned: bool) -> Finding:
    if versioned:
        return _old_code_cannot_read(subject, line, f"{what}, under a new version")
    return irreversible(
        subject,
        line,
        f"{what}: what was written before is read wrongly, and the reverse",
        undo="a revert reads the old data again; what was written meanwhile must be converted or is lost",
        remedy="raise a version in the format, read both forms, and write the new one in a later change",
    )


def _old_code_cannot_read(subject: Subject, line: int, what: str) -> Finding:
    return costly(
        subject,
        line,
        f"{what}: code of the version before cannot read what is written from now on",
        undo="convert what was written meanwhile, or throw it away, before the code goes back",
        remedy="land the code that reads the new form first, and write it in a later change",
    )


def _versions(old: _Said, new: _Said, subject: Subject) -> Iterator[Finding]:
    for name, (before, _) in old.versions.items():
        after, line = new.versions.get(name, (before, 0))
        if after != before:
            yield _old_code_cannot_read(subject, line, f"{name} goes from {before!r} to {after!r}")


def _members(old: _Said, new: _Said, subject: Subject) -> Iterator[Finding]:
    taken: dict[tuple[str, object], str] = {(name[0], said): name[1] for name, (said, _) in old.members.items()}
    for name, (after, line) in new.members.items():
        shown = ".".join(name)
        before = old.members.get(name, (None, 0))[0]
        former = taken.get((name[0], after))
        if isinstance(after, int) and former is not None and former != name[1] and former in _names(new, name[0]):
            yield _renumbered(subject, line, f"{shown} is stored as {after!r}, which was {former}")
        elif before is not None and before != after:
            yield costly(
                subject,
                line,
                f"{shown} is stored as {after!r} instead of {before!r}",
                undo="convert what was stored meanwhile before the code goes back",
                remedy="read both values, and write the new one in a later change",
            )


def _names(said: _Said, owner: str) -> set[str]:
    return {member for of, member in said.members if of == owner}


def _renumbered(subject: Subject, line: int, what: str) -> Finding:
    return irreversible(
        subject,
        line,
        f"{what}: stored values change their meaning silently",
        undo="none for data written meanwhile: old and new meanings cannot be told apart",
        remedy="append new members with new values, and never give a value a second meaning",
    )
