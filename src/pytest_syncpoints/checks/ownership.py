"""Does every changed file have an owner, and does the change alter who owns what?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.pattern import PathPatterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import OwnersEdit, ReviewContext
    from pytest_syncpoints.owners import Fault, Owned

name = "ownership"
rules = ("OWN001", "OWN002", "OWN003")
MOST_REASSIGNMENTS = 5  # findings; the last one counts the rest


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield what nobody owns, what would change owners, and what is wrong with the owners files."""
    yield from _without_owner(context)
    yield from _faults(context)
    if context.owners_edit is not None:
        yield from _reassigned(context.owners_edit, context)


def _without_owner(context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN001 for each changed file below ``ownership.require`` that nobody owns."""
    required = PathPatterns(context.policy.require)
    for file in context.change.files if required else ():
        pattern = required.match(file.path)
        if pattern is None or file.status == "D":
            continue
        owned = context.ownership.owners_of(file.path)
        if not all_owners(owned):
            cleared = f" (cleared on purpose by {owned.source.file}:{owned.source.line})" if owned.source else ""
            yield Finding(
                "OWN001",
                f"nobody owns this file, and {pattern.text} requires an owner{cleared}",
                remedy=_remedy(context),
                path=file.path,
            )


def _remedy(context: ReviewContext) -> str:
    files = context.ownership.files
    return f"add a rule for it to {files[0]}" if files else "add an owners file, for example .github/CODEOWNERS"


def all_owners(owned: Owned) -> tuple[str, ...]:
    """Return everybody who owns a path, in any section."""
    return tuple(dict.fromkeys((*owned.owners, *(who for section in owned.sections for who in section.owners))))


def _faults(context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN003 for faults the change brings in; those that were there before are lint's business."""
    if context.owners_edit is None:
        return
    before = {_text_of(fault) for fault in context.ownership.faults}
    for fault in context.owners_edit.after.faults:
        if _text_of(fault) not in before:
            yield Finding(
                "OWN003",
                fault.message,
                remedy="mend the line: until then it is as if it were not there",
                path=fault.file,
                line=fault.line,
                anchor=fault.message,
                level="block" if context.door == "ci" else "warn",
            )


def _text_of(fault: Fault) -> tuple[str, str]:
    return fault.file, fault.message


def _reassigned(edit: OwnersEdit, context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN002 for each pair of old and new owners, the pair with most files first."""
    moves: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    added = {file.path for file in context.change.files if file.status == "A"}
    for path in edit.paths:
        if path not in added:
            old, new = (all_owners(of.owners_of(path)) for of in (context.ownership, edit.after))
            if set(old) != set(new):
                moves.setdefault((old, new), []).append(path)
    ordered = sorted(moves.items(), key=lambda move: (-len(move[1]), move))
    for (old, new), paths in ordered[:MOST_REASSIGNMENTS]:
        yield _reassignment(old, new, paths, edit)
    rest = sum(len(paths) for _, paths in ordered[MOST_REASSIGNMENTS:])
    if rest:
        yield Finding("OWN002", f"{rest} more files change owners", remedy=_READ_IT, anchor="rest")


_READ_IT = "old and new owners read the edit before it lands"


def _reassignment(old: tuple[str, ...], new: tuple[str, ...], paths: list[str], edit: OwnersEdit) -> Finding:
    count = f"{len(paths)} files change owners" if len(paths) > 1 else f"{paths[0]} changes owners"
    example = f" (such as {paths[0]})" if len(paths) > 1 else ""
    return Finding(
        "OWN002",
        f"{count}, from {_listed(old)} to {_listed(new)}{example}",
        remedy=_READ_IT,
        path=edit.after.files[0] if edit.after.files else None,
        who=tuple(dict.fromkeys((*old, *new))),
        anchor=f"{old}{new}",
    )


def _listed(owners: tuple[str, ...]) -> str:
    return ", ".join(owners) or "nobody"
