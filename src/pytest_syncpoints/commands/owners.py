"""`syncpoints owners`: who owns paths, and which line of which file says so."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import CannotEvaluate, UsageError
from pytest_syncpoints.gather.git import Discovery, answer, remote_url, resolve
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.owners import load
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.owners import Owned, Ownership


class OwnersRequest(Record):
    """What was asked: ``nul`` says that paths on stdin end in NUL; with no paths at all every tracked file is meant."""

    paths: tuple[str, ...] = ()
    stdin: bool = False
    nul: bool = False
    rev: str | None = None
    owners_file: str | None = None
    dialect: str = "auto"
    unowned: bool = False
    explain: bool = False
    form: str = "text"


class _Place(Record):
    """Where paths are looked up: a repository (or a plain folder), the folder they are relative to, and a reader."""

    repository: Repository | None
    top: str
    read: Callable[[str], bytes | None]


def owners_lines(request: OwnersRequest) -> Iterator[bytes]:
    """Yield the answer line by line, as paths come in; raises UsageError for what cannot be answered."""
    place = _place(request)
    ownership = _ownership(request, place)
    for path in _paths(request, place):
        owned = ownership.owners_of(path)
        if request.unowned and _has_owner(owned):
            continue
        yield from _explained(path, ownership) if request.explain else (_LINES[request.form](path, owned),)


def _place(request: OwnersRequest) -> _Place:
    try:
        repository = Discovery().repository()
    except CannotEvaluate:
        if request.rev is not None:
            raise
        folder = os.getcwd()
        return _Place(None, folder, _disk_reader(folder))
    if request.rev is None:
        top = repository.top or os.getcwd()
        return _Place(repository, top, _disk_reader(top))
    objects, commit = Objects(repository), resolve(repository, request.rev)
    return _Place(repository, repository.top or "/", lambda path: (objects.file(commit, path) or (None, None))[1])


def _disk_reader(top: str) -> Callable[[str], bytes | None]:
    def read(path: str) -> bytes | None:
        full = os.path.join(top, path)
        try:
            if os.path.islink(full):
                return None
            with open(full, "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise UsageError(f"{path!r} cannot be read: {error.strerror}") from error

    return read


def _ownership(request: OwnersRequest, place: _Place) -> Ownership:
    if request.owners_file is None:
        remote = remote_url(place.repository) if place.repository else ""
        return load(request.dialect, place.read, remote=remote)
    try:
        with open(request.owners_file, "rb") as file:
            content = file.read()
    except OSError as error:
        raise UsageError(f"{request.owners_file!r} cannot be read: {error.strerror}") from error
    name = request.owners_file
    return load(request.dialect, lambda path: content if path == name else None, owners_file=name)


def _paths(request: OwnersRequest, place: _Place) -> Iterator[str]:
    if not request.paths and not request.stdin:
        yield from _tracked(request, place)
        return
    given: Iterable[str] = _from_stdin(request) if request.stdin else request.paths
    prefix = os.path.relpath(os.getcwd(), place.top)
    for path in given:
        yield _below_top(path, prefix, place.top)


def _from_stdin(request: OwnersRequest) -> Iterator[str]:
    yield from request.paths
    mark = b"\0" if request.nul else b"\n"
    rest = b""
    while chunk := os.read(0, 1 << 16):
        *whole, rest = (rest + chunk).split(mark)
        yield from (os.fsdecode(name) for name in whole if name)
    if rest:
        yield os.fsdecode(rest)


def _below_top(path: str, prefix: str, top: str) -> str:
    """Return a path as the owners files see it: from the top, with forward slashes, without dots."""
    if os.path.isabs(path):
        path = os.path.relpath(path, top)
    elif prefix != ".":
        path = os.path.join(prefix, path)
    clean = os.path.normpath(path) if "./" in path or "//" in path or path.endswith("/.") else path
    if clean.startswith("../") or clean == "..":
        raise UsageError(f"{path!r} lies outside this tree", remedy="name paths below the repository's top")
    return clean


def _tracked(request: OwnersRequest, place: _Place) -> Iterator[str]:
    if place.repository is None:
        raise UsageError("no path was named, and this is no git repository whose files could be listed")
    if request.rev is None:
        listed = answer(place.repository, "ls-files", "-z", "--full-name")
    else:
        commit = resolve(place.repository, request.rev)
        listed = answer(place.repository, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)
    yield from (os.fsdecode(name) for name in listed.split(b"\0") if name)


def _has_owner(owned: Owned) -> bool:
    return bool(owned.owners) or any(section.owners for section in owned.sections)


def _text_line(path: str, owned: Owned) -> bytes:
    """Return ``path  owners`` for people; what a terminal cannot show is escaped."""
    from pytest_syncpoints.render.escape import visible

    who = " ".join(owned.owners) or ("(cleared on purpose)" if owned.matched else "(nobody)")
    return f"{visible(path)}  {visible(who)}\n".encode("utf-8", "backslashreplace")


def _json_line(path: str, owned: Owned) -> bytes:
    import json

    line = {**_path_fields(path), "owners": list(owned.owners), "matched": owned.matched, "source": None}
    if owned.source is not None:
        line["source"] = {"file": owned.source.file, "line": owned.source.line, "pattern": owned.source.pattern}
    line["sections"] = [
        {"name": s.name, "owners": list(s.owners), "optional": s.optional, "approvals": s.approvals, "line": s.line}
        for s in owned.sections
    ]
    line["roles"] = {role: list(people) for role, people in owned.roles.items()}
    return json.dumps(line, separators=(",", ":")).encode("ascii", "backslashreplace") + b"\n"


def _path_fields(path: str) -> dict[str, object]:
    raw = os.fsencode(path)
    readable = raw.decode("utf-8", "backslashreplace")
    if readable.encode() == raw:
        return {"path": path}
    import base64

    return {"path": readable, "path_b64": base64.b64encode(raw).decode("ascii")}


def _explained(path: str, ownership: Ownership) -> Iterator[bytes]:
    from pytest_syncpoints.render.escape import visible

    yield _text_line(path, ownership.owners_of(path))
    for line in ownership.explain(path):
        yield f"  {visible(str(line))}\n".encode("utf-8", "backslashreplace")


_LINES: dict[str, Callable[[str, Owned], bytes]] = {"text": _text_line, "jsonl": _json_line}
