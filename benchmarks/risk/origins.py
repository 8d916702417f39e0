"""Origins: which change wrote each line of each production file, kept up to date patch by patch."""

from __future__ import annotations

from pytest_syncpoints.risk.lines import comment_starts, is_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.gather.patches import PatchFile, PatchHunk

NOBODY = -1


class Origins:
    """A list per file with the number of the change that wrote each line: a `git blame` of everything at once."""

    def __init__(self) -> None:
        self.files: dict[str, list[int]] = {}

    def apply(self, number: int, file: PatchFile) -> set[int]:
        """Take a change to a file in, and return the changes whose code it removed or altered."""
        if file.old_path and file.old_path in self.files:
            self.files[file.path] = self.files.pop(file.old_path)
        lines = self.files.setdefault(file.path, [])
        altered: set[int] = set()
        for hunk in reversed(file.hunks):  # from the end, so that earlier positions still hold
            altered |= self._apply(number, lines, hunk, comment_starts(file.path))
        if file.gone:
            self.files.pop(file.path, None)
        return altered - {NOBODY}

    def _apply(self, number: int, lines: list[int], hunk: PatchHunk, comments: tuple[bytes, ...]) -> set[int]:
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
