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
    from collections.abc import Callable, Iterator, Sequence

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.owners import Explained, Owned, Ownership

    Writer = Callable[[Sequence[str], Sequence[Owned]], bytes]

_FEW = 4  # up to so many paths are looked up one by one, without an index
_CHUNK = 1 << 16  # bytes taken from stdin at once
_MOST_TAILS = 50_000
_AS_THEY_ARE = bytes(code for code in range(0x20, 0x7F) if code not in b'"\\')
_HEAD = '{"path":"'  # with which every line begins


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


def owners_output(request: OwnersRequest) -> Iterator[bytes]:
    """Yield the answers in blocks, as paths come in; raises UsageError for what cannot be answered."""
    place = _place(request)
    ownership = _ownership(request, place)
    write = _writer(request, ownership)
    for paths in _batches(request, place):
        answers = _answers(ownership, paths)
        if not request.unowned:
            yield write(paths, answers)
            continue
        nobodys = [pair for pair in zip(paths, answers, strict=True) if not pair[1].owners]
        yield write([path for path, _ in nobodys], [owned for _, owned in nobodys])


def _answers(ownership: Ownership, paths: Sequence[str]) -> list[Owned]:
    """Return who owns each path; for a few the rules are read from the end, for many they are indexed."""
    return ownership.answers(paths) if len(paths) > _FEW else [ownership.owners_of(path) for path in paths]


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
            raise UsageError(f"{path!r} cannot be read: {error.strerror}", remedy=f"ls -l {path!r}") from error

    return read


def _ownership(request: OwnersRequest, place: _Place) -> Ownership:
    if request.owners_file is None:
        remote = remote_url(place.repository) if place.repository else ""
        return load(request.dialect, place.read, remote=remote)
    try:
        with open(request.owners_file, "rb") as file:
            content = file.read()
    except OSError as error:
        raise UsageError(
            f"{request.owners_file!r} cannot be read: {error.strerror}", remedy="--codeowners FILE, one that is there"
        ) from error
    name = request.owners_file
    return load(request.dialect, lambda path: content if path == name else None, owners_file=name)


def _batches(request: OwnersRequest, place: _Place) -> Iterator[Sequence[str]]:
    """Yield paths from the top of the tree: those named, those on stdin as they arrive, else every tracked one."""
    if not request.paths and not request.stdin:
        yield _tracked(request, place)
        return
    prefix = os.path.relpath(os.getcwd(), place.top)
    if request.paths:
        yield [_below_top(path, prefix, place.top) for path in request.paths]
    mark = b"\0" if request.nul else b"\n"
    for block in _blocks(mark) if request.stdin else ():
        paths = os.fsdecode(block).split(os.fsdecode(mark))
        if prefix == "." and _is_clean(block, mark):
            yield paths
        else:
            yield [_below_top(path, prefix, place.top) for path in paths if path]


def _blocks(mark: bytes) -> Iterator[bytes]:
    """Yield what stdin has, in whole paths, without the mark that ends the last one."""
    rest = b""
    while chunk := os.read(0, _CHUNK):
        whole, found, rest = (rest + chunk).rpartition(mark)
        if found:
            yield whole
    if rest:
        yield rest


def _is_clean(block: bytes, mark: bytes) -> bool:
    """Say whether every path of a block is there and as the owners files see it: a look at all of them at once."""
    framed = b"/" + block.replace(mark, b"/") + b"/"
    return b"//" not in framed and (b"/." not in framed or not (b"/./" in framed or b"/../" in framed))


def _below_top(path: str, prefix: str, top: str) -> str:
    """Return a path as the owners files see it: from the top, with forward slashes, without dots."""
    if os.path.isabs(path):
        path = os.path.relpath(path, top)
    elif prefix != ".":
        path = os.path.join(prefix, path)
    clean = os.path.normpath(path)
    if clean.startswith("../") or clean == "..":
        raise UsageError(f"{path!r} lies outside this tree", remedy="name paths below the repository's top")
    return f"{clean}/" if path.endswith("/") else clean


def _tracked(request: OwnersRequest, place: _Place) -> list[str]:
    if place.repository is None:
        raise UsageError(
            "no path was named, and this is no git repository whose files could be listed",
            remedy="syncpoints owners PATH --codeowners FILE, or cd into a repository",
        )
    if request.rev is None:
        listed = answer(place.repository, "ls-files", "-z", "--full-name")
    else:
        commit = resolve(place.repository, request.rev)
        listed = answer(place.repository, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit)
    return [name for name in os.fsdecode(listed).split("\0") if name]


def _writer(request: OwnersRequest, ownership: Ownership) -> Writer:
    """Return what turns paths and answers into output."""
    if request.form == "jsonl":
        return _explaining_json_writer(ownership) if request.explain else _json_writer()
    return _text_writer(ownership, explain=request.explain)


def _text_writer(ownership: Ownership, *, explain: bool) -> Writer:
    """Return the writer of ``path  owners`` for people; what a terminal cannot show is escaped."""
    from pytest_syncpoints.render.escape import visible

    def write(paths: Sequence[str], answers: Sequence[Owned]) -> bytes:
        lines: list[str] = []
        for path, owned in zip(paths, answers, strict=True):
            who = " ".join(owned.owners) or ("(cleared on purpose)" if owned.matched else "(nobody)")
            lines.append(f"{visible(path)}  {visible(who)}\n")
            lines += [f"  {visible(_sentence(each))}\n" for each in (ownership.explain(path) if explain else ())]
        return "".join(lines).encode("utf-8", "backslashreplace")

    return write


def _sentence(explained: Explained) -> str:
    rule = explained.rule
    section = f" in [{rule.section}]" if rule.section is not None else ""
    who = " ".join(rule.owners) or ("excludes" if rule.exclusion else "no owners")
    decides = "decides" if explained.decides else "does not decide"
    return f"{rule.file}:{rule.line}: {rule.pattern}{section} ({who}) {decides}: {explained.why}"


def _json_writer() -> Writer:
    """Return the writer of one JSON object per path; what follows the path is written once per distinct answer."""
    tails: dict[int, str] = {}
    kept: list[Owned] = []  # tails go by identity, so what was identified must stay

    def learn(answers: Sequence[Owned]) -> None:
        for owned in answers:
            if id(owned) not in tails:
                tails[id(owned)] = f'",{_tail(owned)}}}\n{_HEAD}'
                kept.append(owned)

    def write(paths: Sequence[str], answers: Sequence[Owned]) -> bytes:
        if len(kept) > _MOST_TAILS:
            tails.clear()
            kept.clear()
        pieces = [_HEAD] * (2 * len(paths) + 1)
        pieces[1::2] = _names(paths)
        if not tails.keys() >= set(map(id, answers)):
            learn(answers)
        pieces[2::2] = map(tails.__getitem__, map(id, answers))
        pieces[-1] = pieces[-1].removesuffix(_HEAD)
        return "".join(pieces).encode("ascii")

    return write


def _explaining_json_writer(ownership: Ownership) -> Writer:
    from json import dumps

    def write(paths: Sequence[str], answers: Sequence[Owned]) -> bytes:
        lines: list[str] = []
        for path, name, owned in zip(paths, _names(paths), answers, strict=True):
            rules = dumps(_explained(ownership, path), separators=(",", ":"))
            lines.append(f'{_HEAD}{name}",{_tail(owned)},"rules":{rules}}}\n')
        return "".join(lines).encode("ascii")

    return write


def _names(paths: Sequence[str]) -> Sequence[str]:
    """Return each path as it stands between JSON's quotes; nearly all paths stand there as they are."""
    from json.encoder import encode_basestring_ascii as quoted

    if not os.fsencode("".join(paths)).translate(None, _AS_THEY_ARE):
        return paths
    names = (quoted(path)[1:-1] for path in paths)
    return [name if "\\ud" not in name else _lossless(path) for name, path in zip(names, paths, strict=True)]


def _lossless(path: str) -> str:
    """Return a path beyond the basic plane; where its bytes are not UTF-8, they go into a ``path_b64`` beside it."""
    from json import dumps

    raw = os.fsencode(path)
    readable = raw.decode("utf-8", "backslashreplace")
    if readable.encode() == raw:
        return dumps(path)[1:-1]
    from base64 import b64encode

    return f'{dumps(readable)[1:-1]}","path_b64":"{b64encode(raw).decode("ascii")}'


def _tail(owned: Owned) -> str:
    """Return everything a line says behind its path."""
    from json import dumps
    from json.encoder import encode_basestring_ascii as quoted

    owners = f"[{','.join(map(quoted, owned.owners))}]"
    source = "null"
    if owned.source is not None:
        file, line, pattern = owned.source
        source = f'{{"file":{quoted(file)},"line":{line},"pattern":{quoted(pattern)}}}'
    sections = dumps([section._asdict() for section in owned.sections], separators=(",", ":"))
    roles = dumps(owned.roles, separators=(",", ":"))
    matched = "true" if owned.matched else "false"
    return f'"owners":{owners},"matched":{matched},"source":{source},"sections":{sections},"roles":{roles}'


def _explained(ownership: Ownership, path: str) -> list[dict[str, object]]:
    return [
        {
            "file": each.rule.file,
            "line": each.rule.line,
            "pattern": each.rule.pattern,
            "owners": each.rule.owners,
            "section": each.rule.section,
            "decides": each.decides,
            "why": each.why,
        }
        for each in ownership.explain(path)
    ]
