"""Labels: which changes of a first-parent line needed a later fix, traced through the lines that fixes altered."""

from __future__ import annotations

from pytest_syncpoints.gather.history.changes import patch_counts
from pytest_syncpoints.gather.patches import first_parents, read_patches
from pytest_syncpoints.marks import is_production, marks_of, production_paths, reverted_commit
from pytest_syncpoints.record import Record
from pytest_syncpoints.risk.model import Facts
from pytest_syncpoints.risk.origins import Origins
from pytest_syncpoints.risk.past import YEAR, Past

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.gather.git import StandIn
    from pytest_syncpoints.gather.patches import Patch

MOST_FILES = 100  # a change to more files is a sweep: neither judged nor taken for a fix
MOST_LINES = 10_000
_BOTS = ("[bot]", "dependabot", "renovate", "pre-commit-ci", "pyup", "weblate", "proposal bot", "greenkeeper")


class Labelled(Record):
    """One change as the model sees it, and whether a fix within a year traced back to it (its label is final)."""

    sha: str
    at: int
    facts: Facts
    fixed: bool


class Labels(Record):
    """The changes whose label is final, oldest first, and when the newest commit that was read was committed."""

    changes: tuple[Labelled, ...]
    known_at: int


class Labeller:
    """Reads patches in order. Of the changes a fix traces to the latest is taken (R-SZZ); a revert names its own."""

    def __init__(self) -> None:
        """Start before the first change."""
        self.origins = Origins()
        self.past = Past()
        self.latest = 0
        self._numbers: dict[str, int] = {}
        self._units: list[tuple[int, str, int, Facts]] = []
        self._fixed: dict[int, list[int]] = {}

    def take(self, patch: Patch) -> Facts | None:
        """Take a change in, and return what the model sees of it; ``None`` where it is not judged."""
        number = self._numbers.setdefault(patch.sha, len(self._numbers))
        self.latest = at = max(self.latest, patch.at)
        marks = marks_of(patch.subject, patch.body)
        names = production_paths((file.path, file.old_path or None) for file in patch.files)
        known = self.past.before(at, names)
        facts = None
        if is_unit(patch):
            facts = Facts(patch_counts(patch), marks.fix, marks.not_code, known)
            self._units.append((number, patch.sha, at, facts))
        origins = self._altered(number, patch)
        self._label(number, at, patch, origins, mends=marks.fix or marks.revert, reverts=marks.revert)
        self.past.add(at, names, fix=marks.fix)
        return facts

    def _altered(self, number: int, patch: Patch) -> set[int]:
        origins: set[int] = set()
        for file in patch.files:
            if is_production(file.path):
                if file.old_path:
                    self.origins.move(file.old_path, file.path)
                origins |= self.origins.apply(number, file.path, file.hunks)
                if file.gone:
                    self.origins.remove(file.path)
        return origins

    def _label(self, number: int, at: int, patch: Patch, origins: set[int], *, mends: bool, reverts: bool) -> None:
        sha = reverted_commit(patch.body) if reverts else None
        target = self._numbers.get(sha) if sha else None
        if target is None and mends and len(patch.files) <= MOST_FILES:
            target = max(origins, default=None)
        if target is not None and target != number:
            self._fixed.setdefault(target, []).append(at)

    def labels(self) -> Labels:
        """Return the changes at least a year older than the newest one."""
        mature = (unit for unit in self._units if unit[2] <= self.latest - YEAR)
        found = (Labelled(sha, at, facts, self._was_fixed(number, at)) for number, sha, at, facts in mature)
        return Labels(tuple(found), self.latest)

    def _was_fixed(self, number: int, at: int) -> bool:
        return any(0 <= fixed - at <= YEAR for fixed in self._fixed.get(number, ()))


def is_unit(patch: Patch) -> bool:
    """Say whether a change is judged: production source, no sweep, not by a bot, wholly in this clone."""
    lines = sum(len(hunk.added) + len(hunk.removed) for file in patch.files for hunk in file.hunks)
    by_bot = any(bot in patch.author.lower() for bot in _BOTS)
    small = len(patch.files) <= MOST_FILES and lines <= MOST_LINES
    return small and not by_bot and not patch.unread and any(is_production(file.path) for file in patch.files)


def read_labels(
    git: StandIn, head: str, *, since: str = "", progress: Callable[[int, int], None] | None = None
) -> Labels:
    """Label the first-parent line below a commit; ``since`` (a date) leaves older changes out."""
    shas = first_parents(git, *([f"--since={since}"] if since else ()), head)
    labeller = Labeller()
    for number, patch in enumerate(read_patches(git, shas)):
        labeller.take(patch)
        if progress is not None and number % 500 == 0:
            progress(number, len(shas))
    return labeller.labels()
