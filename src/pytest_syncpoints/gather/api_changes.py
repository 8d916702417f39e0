"""API changes: the packages a change touches, before and after it, from the object database alone."""

from __future__ import annotations

from pytest_syncpoints.api.model import ApiChanges, Break, is_test_path
from pytest_syncpoints.change import new_content
from pytest_syncpoints.gather.modules import importable
from pytest_syncpoints.gather.objects import REGULAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.gather.objects import Objects

_MOST_MODULES = 400
_PYTHON = (".py", ".pyi")
_SURFACE = "pytest_syncpoints.api.surface:surface"
_COMPARE = "pytest_syncpoints.api.comparing:compare"


def read_api(
    change: Change, body_edits: frozenset[str], beside: Mapping[str, tuple[str, ...]], objects: Objects
) -> ApiChanges:
    """Return what a change breaks for those who import its packages; nothing is loaded where no package changed.

    ``body_edits`` are files of which callers see what they saw before; ``beside`` are, of files that were read already,
    the names imported on either side that a comparison has to know (dots kept).
    """
    trees = _Trees(change, objects)
    if change.merge_base is None:
        return ApiChanges()  # nothing could be imported before
    touched = [file for file in change.files if _is_module(file) and file.path not in body_edits]
    if all(file.status == "A" for file in touched):
        return ApiChanges()  # only new files: nothing can break
    blind = [file.path for file in touched if file.binary and file.status != "A" and trees.module(file.path)]
    if blind:
        return ApiChanges(unknown=f"{blind[0]} could not be read: it is binary")
    changed = {file.path: module for file in touched if (module := trees.module(file.path))}
    if not changed:
        return ApiChanges()
    read = {
        file.path: beside[file.path]
        for file in touched
        if file.status == "M" and file.path in changed and file.path in beside
    }
    return _compared(changed, read, trees)


def _is_module(file: FileChange) -> bool:
    regular = {file.old_mode, file.new_mode} & set(REGULAR)
    return file.path.endswith(_PYTHON) and bool(regular) and not is_test_path(file.path)


def _compared(changed: dict[str, str], read: dict[str, tuple[str, ...]], trees: _Trees) -> ApiChanges:
    """Compare what others see of changed modules; those ``read`` already are known to differ."""
    names = {path: {each for name in found for each in (name, _module_of(name))} for path, found in read.items()}
    fault, differing = _surfaces([path for path in changed if path not in read], names, trees)
    if fault:
        return ApiChanges(unknown=fault)
    if not any(trees.was_there(path) for path in differing):
        return ApiChanges()
    wanted = {_absolute(name, path, changed[path]) for path, found in names.items() for name in found}
    breaks: list[Break] = []
    for root, top in sorted({trees.top(path) for path in differing}):
        inside = [path for path in differing if trees.top(path) == (root, top)]
        compared = _compare(top, trees.modules_beside(root, top, inside, wanted), trees)
        if isinstance(compared, str):
            return ApiChanges(unknown=compared)
        breaks += compared
    return ApiChanges(tuple(sorted(breaks, key=lambda one: (one.path, one.line or 0, one.rule, one.text))))


def _surfaces(paths: list[str], names: dict[str, set[str]], trees: _Trees) -> tuple[str, list[str]]:
    """Return why a module cannot be read, and those of which others see something else; add what they import."""
    differing = list(names)
    if not paths:
        return "", differing
    from pytest_syncpoints.gather.child import Job, run_in_child

    sides = [(path, content) for path in paths for _, content in trees.sides(path)]
    answers = run_in_child([Job(_SURFACE, (content,)) for _, content in sides])
    digests: dict[str, list[str]] = {path: [] for path in paths}
    for (path, _), answer in zip(sides, answers, strict=True):
        if answer.fault:
            return f"{path} could not be read: {answer.fault}", []
        digests[path].append(answer.value["digest"])
        names.setdefault(path, set()).update(answer.value["imports"])
    return "", [*differing, *(path for path, found in digests.items() if len(found) < 2 or found[0] != found[1])]


def _module_of(name: str) -> str:
    """Return the module that an imported name is from, its dots kept: ``.types`` for ``.types.Path``."""
    rest = name.lstrip(".")
    return name[: len(name) - len(rest)] + rest.rpartition(".")[0]


def _absolute(source: str, path: str, module: str) -> str:
    level = len(source) - len(source.lstrip("."))
    if not level:
        return source
    parents = module.split(".") if _is_init(path) else module.split(".")[:-1]
    kept = parents[: len(parents) - (level - 1)]
    return ".".join([*kept, *([source[level:]] if source[level:] else [])])


def _is_init(path: str) -> bool:
    return path.endswith(("/__init__.py", "/__init__.pyi"))


def _compare(top: str, chosen: dict[str, str], trees: _Trees) -> list[Break] | str:
    import json

    from pytest_syncpoints.gather.child import Job, Limits, run_in_child

    if len(chosen) > _MOST_MODULES:
        return f"{top}: more than {_MOST_MODULES} modules take part"
    sources: list[bytes] = []
    asked: dict[str, object] = {"package": top, "old": [], "new": []}
    for path, module in chosen.items():
        for side, content in trees.sides(path):
            asked[side].append([module, path, len(sources)])  # type: ignore[attr-defined]
            sources.append(content)
    job = Job(_COMPARE, (json.dumps(asked).encode(), *sources))
    (answer,) = run_in_child([job], Limits(seconds=30.0, memory=1 << 30, largest=16 << 20), packages=True)
    if answer.fault.startswith(("ModuleNotFoundError", "ImportError")):
        return "the public surface changed, and griffelib is not installed: pip install 'pytest-syncpoints[api]'"
    if answer.fault:
        return f"the public surface of {top} changed and could not be compared: {answer.fault}"
    return [_in_changed_file(Break(**one), trees) for one in answer.value["breaks"]]


def _in_changed_file(found: Break, trees: _Trees) -> Break:
    """Return a break with its file, where the module did not change and the stub beside it did."""
    stub = f"{found.path}i"
    return found._replace(path=stub, line=None) if trees.is_stub_alone(found.path, stub) else found


class _Trees:
    """The tree at the merge base and the one the change makes of it."""

    def __init__(self, change: Change, objects: Objects) -> None:
        self._objects = objects
        self._root = change.merge_base or ""
        self._files = {file.path: file for file in change.files}

    def is_file(self, path: str) -> bool:
        """Say whether a path is a file before or after the change."""
        return path in self._files or self._objects.entry(self._root, path) is not None

    def is_stub_alone(self, path: str, stub: str) -> bool:
        """Say whether a change touches a module's stub and not the module."""
        return path not in self._files and stub in self._files

    def was_there(self, path: str) -> bool:
        """Say whether a path of the change was a file before it."""
        return self._files[path].old_mode in REGULAR

    def module(self, path: str) -> str:
        """Return the dotted name of a file, empty where nobody can import it."""
        return importable(path, self.is_file)[1]

    def top(self, path: str) -> tuple[str, str]:
        """Return the folder that imports start from, and the first part of a file's name there."""
        root, module = importable(path, self.is_file)
        return root, module.partition(".")[0]

    def sides(self, path: str) -> Iterator[tuple[str, bytes]]:
        """Yield ``old`` and ``new`` with the content there, for each side that has the file."""
        file = self._files.get(path)
        if file is None:
            found = self._objects.file(self._root, path)
            if found is not None:
                yield from (("old", found[1]), ("new", found[1]))
            return
        old = self._objects.blob(file.old_oid) if file.old_mode in REGULAR else b""
        if file.old_mode in REGULAR:
            yield "old", old
        if file.new_mode in REGULAR:
            yield "new", new_content(old, file)

    def modules_beside(self, root: str, top: str, changed: list[str], wanted: set[str]) -> dict[str, str]:
        """Return by path the modules that take part: changed ones, every ``__init__``, and those they import from."""
        start = f"{root}/" if root else ""
        folder = f"{start}{top}"
        own = (f"{folder}.py", f"{folder}.pyi")
        below = {path for path in self._files if path.startswith(f"{folder}/")}
        found = {}
        for path in {*self._below(folder), *below, *filter(self.is_file, own)}:
            if not path.endswith(_PYTHON) or is_test_path(path[len(start) :]):
                continue
            module = path[len(start) :].rpartition(".")[0].replace("/", ".").removesuffix(".__init__")
            if path in changed or _is_init(path) or module in wanted:
                found[path] = module
        return found

    def _below(self, folder: str) -> Iterator[str]:
        entry = self._objects.entry(self._root, folder)
        waiting = [(folder, entry.oid)] if entry is not None and entry.mode == "40000" else []
        while waiting:
            at, oid = waiting.pop()
            for name, found in self._objects.tree(oid).items():
                if found.mode == "40000":
                    waiting.append((f"{at}/{name}", found.oid))
                elif found.mode in REGULAR:
                    yield f"{at}/{name}"
