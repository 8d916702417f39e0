"""Origins: which change wrote each line of each production file, kept up to date patch by patch."""

from __future__ import annotations

from pytest_syncpoints.risk.lines import comment_starts, is_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Hunk(Protocol):
        """A run of changed lines without context."""

        @property
        def old_start(self) -> int:
            """Return where it starts in the old file."""

        @property
        def removed(self) -> Sequence[bytes]:
            """Return its old lines."""

        @property
        def added(self) -> Sequence[bytes]:
            """Return its new lines."""


NOBODY = -1


class Origins:
    """A list per file with the number of the change that wrote each line: a `git blame` of everything at once."""

    def __init__(self) -> None:
        """Start before the first change."""
        self.files: dict[str, list[int]] = {}

    def move(self, old_path: str, path: str) -> None:
        """Follow a file to its new name."""
        if old_path in self.files:
            self.files[path] = self.files.pop(old_path)

    def remove(self, path: str) -> None:
        """Forget a file that is gone."""
        self.files.pop(path, None)

    def apply(self, number: int, path: str, hunks: Sequence[Hunk]) -> set[int]:
        """Take a change to a file in, and return the changes whose code it removed or altered."""
        lines = self.files.setdefault(path, [])
        altered: set[int] = set()
        for hunk in reversed(hunks):  # from the end, so that earlier positions still hold
            altered |= _apply(number, lines, hunk, comment_starts(path))
        return altered - {NOBODY}


def _apply(number: int, lines: list[int], hunk: Hunk, comments: tuple[bytes, ...]) -> set[int]:
    removed = hunk.removed
    at = hunk.old_start - 1 if removed else hunk.old_start
    lines.extend([NOBODY] * (at + len(removed) - len(lines)))
    before: dict[bytes, list[int]] = {}
    for text, origin in zip(removed, lines[at : at + len(removed)], strict=False):
        before.setdefault(_blankless(text), []).append(origin)
    after = []
    for text in hunk.added:  # a line that only changed its blanks keeps who wrote it
        same = before.get(_blankless(text))
        after.append(same.pop() if same else number)
    lines[at : at + len(removed)] = after
    return {origin for text, origins in before.items() if is_code(text, comments) for origin in origins}


def _blankless(text: bytes) -> bytes:
    return b"".join(text.split())
