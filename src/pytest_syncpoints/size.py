"""Size: how much of a change there is to read, file by file and in all."""

from __future__ import annotations

from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.policy import Policy

# Lines a person reads in an hour with care. Published rates: below 200 lines an hour reviewers find most
# (Kemerer and Paulk, IEEE TSE 35(4), 2009), above 500 they find little (Cohen, "Best Kept Secrets of Peer
# Code Review", 2006, the Cisco study: 300 to 500). Tests are read faster, for what they claim.
CODE_LINES_PER_HOUR = 300
TEST_LINES_PER_HOUR = 600

_TEST_FOLDERS = frozenset(("test", "tests", "__tests__", "spec", "specs", "testdata"))
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class FileSize(Record):
    """Lines of one file that count: ``effective`` changed lines, and why none count if so.

    ``reason`` is empty, ``generated`` (attributes at the base), ``excluded`` (policy), ``renamed`` or ``mode``;
    ``unreadable`` says that no line can be counted: binary, kept in LFS, or a submodule.
    """

    effective: int
    test: bool
    reason: str = ""
    unreadable: bool = False


class Size(Record):
    """Size of a change: per path, and in all. Lines are added plus deleted ones."""

    files: dict[str, FileSize]
    added: int
    deleted: int
    effective: int
    tests_effective: int
    excluded: int
    review_minutes: int


def measure(files: Iterable[FileChange], policy: Policy, generated: frozenset[str]) -> Size:
    """Count each file: blank lines, pure renames, generated and excluded files count nothing; tests count apart."""
    files = tuple(files)
    exclude = PathPatterns(policy.exclude)
    moved = {file.path: file for file in files if file.renamed_to is not None}
    sizes = {file.path: _file_size(file, moved, exclude, generated) for file in files}
    code = sum(size.effective for size in sizes.values() if not size.test)
    tests = sum(size.effective for size in sizes.values() if size.test)
    left_out = (file for file in files if sizes[file.path].reason in ("generated", "excluded"))
    return Size(
        files=sizes,
        added=sum(file.added for file in files),
        deleted=sum(file.deleted for file in files),
        effective=code,
        tests_effective=tests,
        excluded=sum(file.added + file.deleted for file in left_out),
        review_minutes=review_minutes(code, tests),
    )


def review_minutes(code: int, tests: int) -> int:
    """Return whole minutes to read so many lines at the published rates, rounded up."""
    seconds = code * 3600 / CODE_LINES_PER_HOUR + tests * 3600 / TEST_LINES_PER_HOUR
    return -int(-seconds // 60)


def _file_size(
    file: FileChange, moved: dict[str, FileChange], exclude: PathPatterns, generated: frozenset[str]
) -> FileSize:
    test = is_test(file.path)
    if file.path in generated:
        return FileSize(0, test, "generated")
    if exclude.match(file.path):
        return FileSize(0, test, "excluded")
    if file.renamed_to is not None:
        return FileSize(0, test, "renamed")
    if is_unreadable(file):
        return FileSize(0, test, unreadable=True)
    source = moved.get(file.old_path) if file.old_path is not None else None
    if source is not None:
        lines = _moved_lines(source, file)
        return FileSize(lines, test, "" if lines else "renamed")
    lines = _counted(line for hunk in file.hunks for line in (*hunk.removed, *hunk.added))
    return FileSize(lines, test, "" if file.hunks else "mode")


def _moved_lines(source: FileChange, target: FileChange) -> int:
    """Count the lines that differ between the two sides of a rename, as multisets: order is not looked at."""
    if source.old_oid == target.new_oid:
        return 0
    balance: dict[bytes, int] = {}
    for sign, file, side in ((-1, source, "removed"), (1, target, "added")):
        for hunk in file.hunks:
            for line in getattr(hunk, side):
                if line.strip():
                    balance[line] = balance.get(line, 0) + sign
    return sum(abs(count) for count in balance.values())


def _counted(lines: Iterable[bytes]) -> int:
    return sum(1 for line in lines if line.strip())


def is_unreadable(file: FileChange) -> bool:
    """Say whether a file's change cannot be read as lines: binary, a submodule, or a pointer into LFS."""
    return (
        file.binary
        or file.is_gitlink
        or any(line.startswith(_LFS_POINTER) for hunk in file.hunks for line in hunk.added[:1])
    )


def is_test(path: str) -> bool:
    """Say whether a path is a test by the usual conventions of its ecosystem."""
    *folders, name = path.split("/")
    stem, _, suffix = name.rpartition(".")
    if any(folder in _TEST_FOLDERS for folder in folders):
        return True
    if suffix == "py":
        return stem.startswith("test_") or stem.endswith("_test") or stem == "conftest"
    return stem.endswith((".test", ".spec", "_test", "_spec", "Test", "Tests"))
