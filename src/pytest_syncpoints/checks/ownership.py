"""Does every changed file have an owner who is still there, and does the change alter who owns what?"""

from __future__ import annotations

from pytest_syncpoints.finding import Finding
from pytest_syncpoints.pattern import PathPatterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import OwnersEdit, ReviewContext
    from pytest_syncpoints.owners import Ownership
    from pytest_syncpoints.pattern import PathPattern

    Owners = tuple[str, ...]
    Moves = dict[tuple[Owners, Owners], list[str]]

name = "ownership"
rules = ("OWN001", "OWN002", "OWN003", "OWN004")
MOST_REASSIGNMENTS = 5  # findings; the last one counts the rest


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield what nobody owns, what would change owners, what is wrong with the owners files, and who is silent."""
    yield from _without_owner(context)
    yield from _moved(context)
    if context.owners_edit is not None:
        yield from _reassigned(context.owners_edit, context)
        yield from _faults(context.owners_edit, context)
    yield from _quiet(context)


def lacking_owner(context: ReviewContext) -> Iterator[tuple[FileChange, PathPattern]]:
    """Yield each changed file below ``ownership.require`` that nobody owns, with the pattern that requires an owner."""
    required = PathPatterns(context.policy.require)
    for file in context.change.files if required else ():
        pattern = required.match(file.path)
        if pattern is not None and file.status != "D" and not context.ownership.owners_of(file.path).owners:
            yield file, pattern


def _without_owner(context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN001 for each of them."""
    for file, pattern in lacking_owner(context):
        source = context.ownership.owners_of(file.path).source
        cleared = f" (cleared on purpose by {source.file}:{source.line})" if source else ""
        yield Finding(
            "OWN001",
            f"nobody owns this file, and {pattern.text} requires an owner{cleared}",
            remedy=_remedy(file.path, context),
            path=file.path,
        )


def _remedy(path: str, context: ReviewContext) -> str:
    """Return the line to add; whom it names is who wrote the neighbours, where that is known."""
    files = context.ownership.files
    where = f"add a rule for it to {files[0]}" if files else "add an owners file, for example .github/CODEOWNERS"
    writer = context.writers.get(path)
    if writer is None:
        return where
    from pytest_syncpoints.owner_activity import owner_of_person

    owner = owner_of_person(writer.person, context.people, context.policy)
    wrote = f"{writer.commits} of the last {writer.of} commits there" if writer.of > 1 else "the last commit there"
    return f"{where}, for example for {owner}, who wrote {wrote} ({writer.folder})"


def _moved(context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN002 for files that a rename takes from one owner to another, the owners files as they are."""
    moves: Moves = {}
    owners = context.ownership.owners_of
    for file in context.change.files:
        if file.old_path is not None:
            old, new = owners(file.old_path).owners, owners(file.path).owners
            if set(old) != set(new):
                moves.setdefault((old, new), []).append(file.path)
    yield from _reassignments(moves, by="a rename", path=None)


def _reassigned(edit: OwnersEdit, context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN002 for each pair of old and new owners that the edited owners files make."""
    added = {file.path for file in context.change.files if file.status == "A"}
    kept = [path for path in edit.paths if path not in added]
    moves: Moves = {}
    answers = zip(kept, context.ownership.answers(kept), edit.after.answers(kept), strict=True)
    for path, before, after in answers:
        if before.owners != after.owners and set(before.owners) != set(after.owners):
            moves.setdefault((before.owners, after.owners), []).append(path)
    yield from _reassignments(moves, by="", path=edit.after.files[0] if edit.after.files else None)


def _reassignments(moves: Moves, *, by: str, path: str | None) -> Iterator[Finding]:
    """Yield a finding for each pair of owners, the pair with most files first; the last one counts the rest."""
    ordered = sorted(moves.items(), key=lambda move: (-len(move[1]), move))
    for (old, new), paths in ordered[:MOST_REASSIGNMENTS]:
        yield _reassignment(old, new, paths, by=by, path=path or paths[0])
    rest = sum(len(paths) for _, paths in ordered[MOST_REASSIGNMENTS:])
    if rest:
        yield Finding("OWN002", f"{rest} more files change owners", remedy=_READ_IT, anchor=f"rest{by}")


_READ_IT = "old and new owners read the edit before it lands"


def _reassignment(old: Owners, new: Owners, paths: list[str], *, by: str, path: str) -> Finding:
    count = f"{len(paths)} files change owners" if len(paths) > 1 else f"{paths[0]} changes owners"
    example = f" (such as {paths[0]})" if len(paths) > 1 else ""
    return Finding(
        "OWN002",
        f"{count}{f' by {by}' if by else ''}, from {_listed(old)} to {_listed(new)}{example}",
        remedy=_READ_IT,
        path=path,
        who=tuple(dict.fromkeys((*old, *new))),
        anchor=f"{by}{old}{new}",
    )


def _listed(owners: Owners) -> str:
    return ", ".join(owners) or "nobody"


def _faults(edit: OwnersEdit, context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN003 for faults the change brings in; those that were there before are lint's business."""
    before = {(fault.file, fault.message) for fault in context.ownership.faults}
    for fault in edit.after.faults:
        if (fault.file, fault.message) not in before:
            yield Finding(
                "OWN003",
                fault.message,
                remedy=fault.remedy or "mend the line: until then it is as if it were not there",
                path=fault.file,
                line=fault.line,
                anchor=fault.message,
                level="block" if context.door == "ci" and fault.skipped else "warn",
            )
    yield from _idle_rules(edit, context.ownership)


def _idle_rules(edit: OwnersEdit, before: Ownership) -> Iterator[Finding]:
    """Yield OWN003 for new lines that match no file, or whose pattern stands again further down."""
    from pytest_syncpoints.owners.usage import repeated

    known = {(rule.file, rule.section, rule.pattern) for rule in before.rules}
    new = [rule for rule in edit.after.rules if (rule.file, rule.section, rule.pattern) not in known]
    matching = edit.after.first_matches(new, edit.paths) if new else {}
    again = set(repeated(edit.after.rules, last_wins=edit.after.last_wins)) if new else set()
    for rule in new:
        message = f"the rule {rule.pattern} matches no file" if rule not in matching else ""
        message = f"the rule {rule.pattern} stands again further down, where it counts" if rule in again else message
        if message:
            remedy = "mend the pattern, or drop the line"
            yield Finding("OWN003", message, remedy, rule.file, rule.line, anchor=message, level="warn")


def visible_owners(context: ReviewContext) -> bool:
    """Say whether history could show any owner of the changed files: then it is worth reading."""
    from pytest_syncpoints.owner_activity import is_quiet

    owners = {owner for file in context.change.files for owner in context.ownership.owners_of(file.path).owners}
    return any(is_quiet(owner, context.people, context.policy, frozenset()) is not None for owner in owners)


def _quiet(context: ReviewContext) -> Iterator[Finding]:
    """Yield OWN004 for changed files all of whose owners are known to have taken no part for a year."""
    active = context.active
    if active is None:
        return
    from pytest_syncpoints.owner_activity import is_quiet

    by_owners: dict[Owners, list[str]] = {}
    for file in context.change.files:
        owners = context.ownership.owners_of(file.path).owners
        if owners:
            by_owners.setdefault(owners, []).append(file.path)
    for owners, paths in by_owners.items():
        if all(is_quiet(owner, context.people, context.policy, active) for owner in owners):
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            yield Finding(
                "OWN004",
                f"nobody who owns {paths[0]}{more} has taken part here for a year: {_listed(owners)}",
                remedy="name an owner who knows it today, or list their other identities in [people]",
                path=paths[0],
                who=owners,
                anchor=f"{owners}",
            )
