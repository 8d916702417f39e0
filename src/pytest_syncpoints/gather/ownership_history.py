"""Ownership history: when the owners files of the last year began to say somebody else of a component's files."""

from __future__ import annotations

import os

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.git import remote_url
from pytest_syncpoints.loops.drift import Told
from pytest_syncpoints.owners import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.history import History
    from pytest_syncpoints.gather.landed import Line
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.policy import Policy

    Owners = tuple[str, ...]

_YEAR = 365 * 86_400
_MOST_STEPS = 30  # changes of owners files that are compared, the newest
_MOST_PATHS = 2000  # files of one component that are asked about, evenly spread
_MOST_IN_FOLDERS = 40  # the same where every folder may have an owners file of its own
_FEWEST = 0.1  # of a component's files must have changed hands to be told
_OWNERS = b"OWNERS"  # what every dialect's file ends in


def ownership_told(
    repository: Repository,
    objects: Objects,
    history: History,
    line: Line,
    policy: Policy,
    files: Mapping[str, Sequence[str]],
    now: float,
) -> Iterator[Told]:
    """Yield, per landed edit of an owners file and component, who its files (by component) belong to since."""
    steps = _edits(history, line, now)
    if not steps:
        return
    remote = remote_url(repository)
    most = _MOST_IN_FOLDERS if any(folder for _, edited in steps for folder in edited) else _MOST_PATHS
    sampled = {name: _spread(paths, most) for name, paths in files.items() if paths}
    for step, edited in steps:
        parent = line.by_id[step][0]
        if parent is None:
            continue
        before = _owners(objects, line.sha(parent), policy, sampled, edited, remote)
        after = _owners(objects, line.sha(step), policy, sampled, edited, remote)
        if before is None or after is None:
            continue
        for name, paths in sampled.items():
            text = _moved([(before.get(path, ()), after.get(path, ())) for path in paths])
            if text:
                yield Told("owner change", line.at(step), line.sha(step), name, f"{name}: {text}")


def _edits(history: History, line: Line, now: float) -> list[tuple[int, tuple[str, ...]]]:
    """Return the steps of the last year that edited owners files, newest first, with the folders of those."""
    rows = history.database.execute(  # the few paths first: the year's commits are many
        "SELECT f.commit_id, p.path FROM paths p CROSS JOIN files f ON f.path_id = p.id "
        "CROSS JOIN commits c ON c.id = f.commit_id WHERE substr(p.path, -6) = ? AND c.committed_at >= ?",
        (_OWNERS, now - _YEAR),
    )
    found: dict[int, set[str]] = {}
    for number, path in rows:
        step = line.step_of.get(number)
        if step is not None and line.at(step) >= now - _YEAR:
            folder, _, name = os.fsdecode(path).rpartition("/")
            found.setdefault(step, set()).add("" if name == "CODEOWNERS" else folder)
    newest = sorted(found, key=lambda step: (-line.at(step), line.sha(step)))
    return [(step, tuple(sorted(found[step]))) for step in newest[:_MOST_STEPS]]


def _spread(paths: Sequence[str], most: int) -> tuple[str, ...]:
    """Return at most so many of the paths, evenly spread."""
    stride = -(-len(paths) // most)
    return tuple(paths[::stride])


def _owners(
    objects: Objects,
    commit: str,
    policy: Policy,
    sampled: Mapping[str, Sequence[str]],
    folders: Iterable[str],
    remote: str,
) -> dict[str, Owners] | None:
    """Return who owns each of the paths below the folders, by the owners files of a commit; ``None``: unreadable."""

    def read(path: str) -> bytes | None:
        found = objects.file(commit, path)
        return found[1] if found is not None else None

    starts = tuple(f"{folder}/" if folder else "" for folder in folders)
    paths = dict.fromkeys(path for found in sampled.values() for path in found if path.startswith(starts))
    try:
        ownership = load(policy.dialect, read, remote=remote)
        ownership.read_for(paths)
        return {path: owned.owners for path, owned in ownership.owned(paths)}
    except UsageError:
        return None


def _moved(pairs: Sequence[tuple[Owners, Owners]]) -> str:
    """Return in words whose files became whose, the pair with most files first; empty where hardly any did."""
    counts: dict[tuple[Owners, Owners], int] = {}
    for pair in pairs:
        if set(pair[0]) != set(pair[1]):
            counts[pair] = counts.get(pair, 0) + 1
    moved = sum(counts.values())
    if moved == 0 or moved < _FEWEST * len(pairs):
        return ""
    (old, new), _ = max(counts.items(), key=lambda item: (item[1], item[0]))
    share = "" if moved == len(pairs) else f"{moved / len(pairs):.0%} of its files "
    more = f", and {len(counts) - 1} more" if len(counts) > 1 else ""
    return f"{share}now owned by {_called(new)}, before by {_called(old)}{more}"


def _called(owners: Owners) -> str:
    return ", ".join(owners) or "nobody"
