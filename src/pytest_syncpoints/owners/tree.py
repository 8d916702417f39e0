"""Tree: owners files that stand in directories and add up towards the root, read as they are asked for."""

from __future__ import annotations

from pytest_syncpoints.owners.ownership import Explained, Fault, Ownership, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.owners.ownership import Read

FILE_NAME = "OWNERS"
# What a rule of a whole directory shows as its pattern.
WHOLE_DIRECTORY = "**"


class Tree(Ownership):
    """The part of every per-directory dialect that is the same: each file is read once, when first needed."""

    def __init__(self, read: Read, root_file: str | None) -> None:
        """``root_file`` stands in for the root's ``OWNERS``."""
        self._read = read
        self._root_file = root_file or FILE_NAME
        self._rules: dict[str, tuple[Rule, ...]] = {}
        self._faults: dict[str, list[Fault]] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """Return the owners files read so far, by path."""
        return tuple(sorted(self._rules))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong in the files read so far, by path and line."""
        return tuple(fault for file in sorted(self._faults) for fault in sorted(self._faults[file]))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return the rules of the files read so far, by path and line."""
        return tuple(rule for file in sorted(self._rules) for rule in self._rules[file])

    def read_for(self, paths: Iterable[str]) -> None:
        """Read the files of every directory above these paths, up to the root, and what those import."""
        for path in paths:
            self.explain(path)

    def _path_in(self, directory: str) -> str:
        return join(directory, FILE_NAME) if directory else self._root_file


def directories_up(path: str) -> Iterator[str]:
    """Yield the directories a path lies in, from the innermost to the root, which is empty."""
    directory = path
    while directory:
        directory = directory.rpartition("/")[0]
        yield directory


def join(directory: str, name: str) -> str:
    """Return a path below a directory; the root is empty."""
    return f"{directory}/{name}" if directory else name


def below(directory: str, path: str) -> str | None:
    """Return a path as seen from a directory, ``None`` where it lies elsewhere."""
    if not directory:
        return path
    return path[len(directory) + 1 :] if path.startswith(directory + "/") else None


def adds_up(rule: Rule) -> Explained:
    """Explain a rule whose owners count."""
    return Explained(rule, True, "owners add up towards the root")
