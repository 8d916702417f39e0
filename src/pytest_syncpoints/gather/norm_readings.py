"""Norm readings: the changed Python files that mention what a norm is about, read in a killable child."""

from __future__ import annotations

from pytest_syncpoints.change import new_content
from pytest_syncpoints.gather.modules import module_name
from pytest_syncpoints.gather.objects import REGULAR
from pytest_syncpoints.norms.model import Reading, applies, declarative, use_of, waiver_of
from pytest_syncpoints.norms.pattern import NamePattern
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.gather.child import Answer, Job
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.policy import Norm, Policy

PYTHON = (".py", ".pyi", ".pyw")
_OTHER_PYTHON = (".ipynb", ".pyx", ".pxd")  # hold Python that ``ast`` cannot read
_MARKER = b"syncpoints:"
_READER = "pytest_syncpoints.norms.reading:read"
_ASCII_LIKE = (b"utf-8", b"utf8", b"latin-1", b"latin1", b"iso-8859", b"ascii", b"cp1252")


class Asked(Record):
    """One file to read: its module's name, the norms that may speak about it, its content now and before."""

    path: str
    module: str
    package: bool
    norms: tuple[Norm, ...]
    content: bytes
    before: bytes = b""


def read_norms(policy: Policy, change: Change, objects: Objects) -> tuple[Reading, ...]:
    """Return what the changed files do with what norms name; nothing is parsed that mentions none of it."""
    norms = declarative(policy)
    if not norms:
        return ()
    faults, asked = [], []
    for file in change.files:
        speaking = tuple(norm for norm in norms if applies(norm, file.path))
        if not speaking or file.status == "D" or file.new_mode not in REGULAR:
            continue
        found = _look(file, speaking, change, objects)
        if isinstance(found, Reading):
            faults.append(found)
        elif found is not None:
            asked.append(found)
    return tuple(sorted([*faults, *read_sources(asked)], key=lambda reading: reading.path))


def _look(file: FileChange, norms: tuple[Norm, ...], change: Change, objects: Objects) -> Asked | Reading | None:
    if not file.path.endswith((*PYTHON, *_OTHER_PYTHON)):
        return None
    if file.binary:
        return Reading(file.path, fault="it is binary", norms=tuple(norm.name for norm in norms))
    old = next((one for one in change.files if one.path == file.old_path), None) if file.old_path else file
    before = objects.blob(old.old_oid) if old is not None and old.old_mode in REGULAR else b""
    content = new_content(before if old is file else b"", file)
    module, package = module_name(file.path, lambda path: _is_file(path, change, objects))
    mentioned = mentioning(content, module, norms)
    if file.path.endswith(_OTHER_PYTHON):
        names = tuple(norm.name for norm in mentioned)
        return Reading(file.path, fault="no norm reads this kind of file", syntax=True, norms=names) if names else None
    if not mentioned and _MARKER not in content:
        return None
    return Asked(file.path, module, package, mentioned, content, before)


def _is_file(path: str, change: Change, objects: Objects) -> bool:
    changed = next((file for file in change.files if file.path == path), None)
    if changed is not None:
        return changed.status != "D"
    root = change.merge_base or change.base
    return root is not None and objects.entry(root, path) is not None


def mentioning(content: bytes, module: str, norms: Iterable[Norm]) -> tuple[Norm, ...]:
    """Return the norms whose literal text a file's bytes hold, so that it may use what they name."""
    text = content + b"\n" + module.encode("utf-8", "surrogateescape")
    if not content.isascii():
        import unicodedata  # Python reads identifiers in this form: a wide o is an o

        plain = unicodedata.normalize("NFKC", content.decode("utf-8", "replace"))
        text += b"\n" + plain.encode("utf-8", "replace")
    if _is_disguised(content):
        return tuple(norms)
    return tuple(norm for norm in norms if any(literal in text for literal in _literals(norm)))


def _is_disguised(content: bytes) -> bool:
    """Say whether a file declares an encoding in which its bytes do not show its names (utf-7 does)."""
    head = b"\n".join(content.split(b"\n", 2)[:2]).lower()
    return b"coding" in head and not any(name in head.replace(b"_", b"-") for name in _ASCII_LIKE)


def _literals(norm: Norm) -> tuple[bytes, ...]:
    patterns = (norm.call, norm.import_, norm.attribute, norm.decorator, norm.base_class)
    return tuple(NamePattern(text).literal.encode() for text in patterns if text)


def read_sources(asked: Sequence[Asked]) -> list[Reading]:
    """Return a reading of each file; two jobs a file, all in one child."""
    if not asked:
        return []
    from pytest_syncpoints.gather.child import run_in_child

    jobs = [job for one in asked for job in (_job(one, one.content), _job(one, one.before))]
    answers = run_in_child(jobs)
    return [_reading(one, answers[2 * index], answers[2 * index + 1]) for index, one in enumerate(asked)]


def _job(asked: Asked, content: bytes) -> Job:
    import json

    from pytest_syncpoints.gather.child import Job

    norms = [_plain(norm) for norm in asked.norms]
    said = json.dumps(
        {"module": asked.module.encode("utf-8", "replace").decode(), "package": asked.package, "norms": norms}
    )
    return Job(_READER, (said.encode(), content))


def _plain(norm: Norm) -> dict[str, str | None]:
    fields = ("name", "call", "attribute", "decorator", "base_class", "require_keyword", "forbid_keyword")
    return {**{field: getattr(norm, field) for field in fields}, "import": norm.import_}


def _reading(asked: Asked, now: Answer, before: Answer) -> Reading:
    names = tuple(norm.name for norm in asked.norms)
    if now.fault:
        syntax = now.fault.startswith(("SyntaxError", "IndentationError", "TabError"))
        return Reading(asked.path, fault=now.fault, syntax=syntax, norms=names or ("",))
    old = before.value["uses"] if not before.fault else ()
    return Reading(
        asked.path,
        uses=tuple(use_of(said) for said in now.value["uses"]),
        waivers=tuple(waiver_of(said) for said in now.value["waivers"]),
        before=tuple(use_of(said) for said in old),
        norms=names,
    )
