"""Split: how a change that is too large, or of which only a part cannot be undone, could land in parts."""

from __future__ import annotations

from pytest_syncpoints.report import Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.finding import Finding

    Group = list[str]

_TOO_LARGE = frozenset(("SIZ001", "SIZ002"))
IRREVERSIBLE = "irreversible"
_MOST_NAMES = 3


def split(context: ReviewContext, findings: Iterable[Finding]) -> tuple[Part, ...]:
    """Return the parts in the order they can land, or none where the change is best left whole.

    What cannot be undone lands apart, and last: what it needs is then there, and nothing reversible waits for its sync
    points. A change over its budget is parted by component and owner; tests go with what they import, and a part that
    imports another lands after it.
    """
    findings = tuple(findings)
    bound = _irreversible(context, findings)
    rest = [file.path for file in context.change.files if file.path not in bound]
    too_large = any(finding.rule in _TOO_LARGE and finding.exempted is None for finding in findings)
    groups = _groups(context, rest) if too_large else [rest]
    parts = [_reversible(group, context, bound) for group in groups if group]
    if bound:
        parts.append(Part(_title(f"{_lines(bound, context)} cannot be undone", bound, context), tuple(bound)))
    counted = sum(1 for part in parts if _effective(part.paths, context))
    return tuple(parts) if counted > 1 else ()


def irreversible_paths(context: ReviewContext, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the paths of a change that hold what cannot be undone, where the rest could land without them."""
    bound = _irreversible(context, findings)
    rest = [file.path for file in context.change.files if file.path not in bound]
    return tuple(bound) if bound and _effective(rest, context) else ()


def imports_among(paths: Iterable[str], imports: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return which changed files each changed file imports; ``imports`` gives the dotted names each one asks for.

    ``a.b`` is a file whose path without its suffix ends in ``a/b`` (or ``a/b/__init__``, or is ``a`` where ``b`` is a
    name in it); of a name of one part only a file right at the end of its folder counts.
    """
    ends: dict[str, list[str]] = {}
    for path in paths:
        stem = path.rpartition(".")[0].removesuffix("/__init__")
        names = stem.split("/")
        for depth in range(len(names)):
            ends.setdefault(".".join(names[depth:]), []).append(path)
    found = {}
    for path, wanted in imports.items():
        targets = (ends.get(name) or ends.get(name.rpartition(".")[0], []) for name in wanted)
        found[path] = tuple(sorted({each for target in targets for each in target} - {path}))
    return found


def _irreversible(context: ReviewContext, findings: Iterable[Finding]) -> list[str]:
    marked = {
        finding.path for finding in findings if finding.reversibility == IRREVERSIBLE and finding.exempted is None
    }
    return [file.path for file in context.change.files if file.path in marked]


def _groups(context: ReviewContext, paths: list[str]) -> list[Group]:
    """Part paths by component and owner (by top folder where neither is known), and put them in landing order."""
    groups: dict[tuple[str, ...], Group] = {}
    code = [path for path in paths if not context.size.files[path].test]
    home: dict[str, tuple[str, ...]] = {}
    for path in code:
        home[path] = _key(path, context)
    for path in (path for path in paths if path not in home):
        tested = [home[target] for target in context.imports.get(path, ()) if target in home]
        home[path] = tested[0] if tested else _key(path, context)
    for path in paths:
        source = next((file.old_path for file in context.change.files if file.path == path and file.old_path), None)
        groups.setdefault(home.get(source or "", home[path]), []).append(path)
    return _without_empty(_ordered(list(groups.values()), context), context)


def _key(path: str, context: ReviewContext) -> tuple[str, ...]:
    components = context.components.get(path, ())
    owners = context.ownership.owners_of(path).owners
    if components or owners:
        return (*components, "", *sorted(owners))
    return tuple(path.split("/")[:-1][:2])


def _ordered(groups: list[Group], context: ReviewContext) -> list[Group]:
    """Put each group after those it imports from, and join groups that import each other."""
    where = {path: at for at, group in enumerate(groups) for path in group}
    needs = [
        {where[target] for path in group for target in context.imports.get(path, ()) if target in where} - {at}
        for at, group in enumerate(groups)
    ]
    result: list[Group] = []
    left = dict.fromkeys(range(len(groups)))
    while left:
        ready = [at for at in left if not needs[at] & left.keys()]
        # In a circle nobody is first: those that wait for each other land together.
        result += [groups[at] for at in ready] or [[path for at in left for path in groups[at]]]
        for at in ready or list(left):
            del left[at]
    return result


def _without_empty(groups: list[Group], context: ReviewContext) -> list[Group]:
    """Give what has nothing to read (lock files, moves) to the part before it, or after."""
    result: list[Group] = []
    waiting: Group = []
    for group in groups:
        if not _effective(group, context):
            waiting = [*waiting, *group]
        else:
            result.append([*waiting, *group])
            waiting = []
    if waiting and result:
        result[-1] = [*result[-1], *waiting]
    return result or ([waiting] if waiting else [])


def _reversible(group: Group, context: ReviewContext, bound: list[str]) -> Part:
    lines = _lines(group, context)
    first = f"{lines} can land without them" if bound else f"{lines} in {_name(group, context)}"
    return Part(_title(first, group, context), tuple(group))


def _name(group: Group, context: ReviewContext) -> str:
    components = list(dict.fromkeys(name for path in group for name in context.components.get(path, ())))
    if components:
        return ", ".join(components[:_MOST_NAMES])
    owners = list(dict.fromkeys(who for path in group for who in context.ownership.owners_of(path).owners))
    folders = list(dict.fromkeys(path.rpartition("/")[0] or path for path in group))
    where = ", ".join(folders[:_MOST_NAMES]) + ("" if len(folders) <= _MOST_NAMES else " and others")
    return f"{where} (owned by {', '.join(owners[:_MOST_NAMES])})" if owners else where


def _title(first: str, group: Group, context: ReviewContext) -> str:
    """Say what a part is, and which sync points are its own."""
    points = [
        touched.syncpoint.name for touched in context.touched if {file.path for file in touched.files} & set(group)
    ]
    if not points:
        return f"{first}; no sync point"
    return f"{first}; {'sync points' if len(points) > 1 else 'sync point'} {', '.join(dict.fromkeys(points))}"


def _lines(paths: Iterable[str], context: ReviewContext) -> str:
    count = _effective(paths, context)
    return "1 line" if count == 1 else f"{count:,} lines"


def _effective(paths: Iterable[str], context: ReviewContext) -> int:
    return sum(context.size.files[path].effective for path in paths if path in context.size.files)
