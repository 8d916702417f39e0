"""Size: how much of a change there is to read, file by file and in all."""

from __future__ import annotations

from pytest_syncpoints.moves import Piece, count
from pytest_syncpoints.pattern import PathPatterns
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.moves import Counted
    from pytest_syncpoints.policy import Policy

# Lines a person reads in an hour with care, by the tier of the component. Published rates: reviewers who read fewer
# than 200 lines an hour find most (Kemerer and Paulk, IEEE TSE 35(4), 2009); 300 to 500 is the rate at which a review
# still finds what there is to find, and above 500 it finds little (Cohen, "Best Kept Secrets of Peer Code Review",
# 2006, on 2,500 reviews at Cisco). Tests are read for what they claim, twice as fast: our own guess.
LINES_PER_HOUR: dict[str, int] = {"critical": 200, "shared": 300, "normal": 300, "experiment": 500}
TEST_LINES_PER_HOUR = 600
UNREADABLE_MINUTES = 5  # to find out what an unreadable file holds; a guess, and never nothing

_TEST_FOLDERS = frozenset(("test", "tests", "__tests__", "spec", "specs", "testdata"))
# As GitHub's Linguist names them (lib/linguist/generated.rb), where the name alone is enough.
LOCK_FILES = frozenset(
    (
        *("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock"),
        *("poetry.lock", "pdm.lock", "uv.lock", "pipfile.lock", "pixi.lock", "cargo.lock", "go.sum", "composer.lock"),
        *("gemfile.lock", "flake.lock", ".terraform.lock.hcl", "podfile.lock", "mix.lock", "gradle.lockfile"),
    )
)
MINIFIED = (".min.js", ".min.css", ".min.mjs", ".js.map", ".css.map")
PYTHON = (".py", ".pyi")
_MARKER_LINES = 5
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class FileSize(Record):
    """Lines of one file that count: ``effective`` changed lines, and why none count if so.

    ``reason`` is empty, ``generated`` (attributes at the base, a marker or the name), ``excluded`` (policy),
    ``renamed``, ``moved`` (nothing but lines that moved), ``format`` (comments, docstrings, layout, order of imports)
    or ``mode``. ``unreadable`` says that no line can be counted: its effective lines are then all that changed and at
    least 1, and ``because`` says why, in a few words. ``moved`` counts lines that only moved.
    """

    effective: int
    test: bool
    reason: str = ""
    unreadable: bool = False
    because: str = ""
    moved: int = 0


class Size(Record):
    """Size of a change: per path, and in all. Lines are added plus deleted ones."""

    files: dict[str, FileSize]
    added: int
    deleted: int
    effective: int
    tests_effective: int
    excluded: int
    review_minutes: int


class Contents(Record):
    """What was learnt from the files themselves: by path, the pieces that differ, or why a file cannot be read.

    ``imports`` are the dotted names that each file imports, ``generated`` are paths that
    say of themselves (at the base, or as new files) that a program wrote them. ``beside`` are the names imported on
    either side (dots kept) that a comparison of what others see of a file has to know.
    """

    old: dict[str, tuple[Piece, ...]] = {}  # noqa: RUF012  # a record's default is never changed
    new: dict[str, tuple[Piece, ...]] = {}  # noqa: RUF012  # likewise
    faults: dict[str, str] = {}  # noqa: RUF012  # likewise
    generated: frozenset[str] = frozenset()
    imports: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  # likewise
    grown: frozenset[str] = frozenset()
    beside: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  # likewise


NOTHING_READ = Contents()


def body_edits(files: Iterable[FileChange], contents: Contents) -> frozenset[str]:
    """Return the Python files, old and new in one place, that changed in bodies of functions or only gained names.

    What callers could see of such a file is as it was. A deprecation stands in a body and speaks to callers.
    """
    return frozenset(
        file.path
        for file in files
        if file.status == "M"
        and file.path in contents.new
        and all(
            ("(" in piece.scope or file.path in contents.grown) and "DeprecationWarning" not in piece.text
            for piece in (*contents.old[file.path], *contents.new[file.path])
        )
    )


def measure(
    files: Iterable[FileChange],
    policy: Policy,
    generated: frozenset[str],
    contents: Contents = NOTHING_READ,
    tiers: Mapping[str, str] | None = None,
) -> Size:
    """Count each file: what reads the same as before, moved, pure renames, generated and excluded files count nothing.

    Files of which ``contents`` knows nothing are counted line by line. ``tiers`` gives the tier of a path's component
    (else ``normal``), which decides how fast it is read. Tests count apart.
    """
    files = tuple(files)
    exclude = PathPatterns(policy.exclude)
    fixed = {file.path: _without_lines(file, exclude, generated | contents.generated, contents) for file in files}
    rest = [file for file in files if fixed[file.path] is None]
    counted = count(*_pieces(rest, {file.path: file for file in files}, contents))
    sizes = {file.path: fixed[file.path] or _file_size(file, counted.get(file.path)) for file in files}
    left_out = (file for file in files if sizes[file.path].reason in ("generated", "excluded"))
    return Size(
        files=sizes,
        added=sum(file.added for file in files),
        deleted=sum(file.deleted for file in files),
        effective=sum(size.effective for size in sizes.values() if not size.test),
        tests_effective=sum(size.effective for size in sizes.values() if size.test),
        excluded=sum(file.added + file.deleted for file in left_out),
        review_minutes=review_minutes(sizes, tiers or {}),
    )


def minutes_of_lines(code: int, tests: int) -> int:
    """Return whole minutes to read so many lines of a normal component, where no more is known of them."""
    return -(-code * 60 // LINES_PER_HOUR["normal"]) + -(-tests * 60 // TEST_LINES_PER_HOUR)


def review_minutes(sizes: Mapping[str, FileSize], tiers: Mapping[str, str]) -> int:
    """Return whole minutes to read what counts, rounded up: the published inspection rates above, by tier."""
    seconds = 0
    for path, size in sizes.items():
        rate = TEST_LINES_PER_HOUR if size.test else LINES_PER_HOUR[tiers.get(path, "normal")]
        seconds += -(-size.effective * 3600 // rate) + (UNREADABLE_MINUTES * 60 if size.unreadable else 0)
    return -(-seconds // 60)


def _without_lines(
    file: FileChange, exclude: PathPatterns, generated: frozenset[str], contents: Contents
) -> FileSize | None:
    """Return the size of a file whose lines are not looked at, ``None`` where they are."""
    test = is_test(file.path)
    if file.path in generated or is_machine_made(file.path):
        return FileSize(0, test, "generated")
    if exclude.match(file.path):
        return FileSize(0, test, "excluded")
    if file.renamed_to is not None:
        return FileSize(0, test, "renamed")
    because = unreadable_because(file) or contents.faults.get(file.path, "")
    if because:
        lines = _counted(line for hunk in file.hunks for line in (*hunk.removed, *hunk.added))
        return FileSize(max(1, lines), test, unreadable=True, because=because)
    return None


def _pieces(
    files: Iterable[FileChange], by_path: Mapping[str, FileChange], contents: Contents
) -> tuple[dict[str, tuple[Piece, ...]], dict[str, tuple[Piece, ...]]]:
    old, new = {}, {}
    for file in files:
        if file.path in contents.new:
            old[file.path], new[file.path] = contents.old[file.path], contents.new[file.path]
        else:
            source = by_path.get(file.old_path) if file.old_path is not None else None
            old[file.path], new[file.path] = line_pieces(source, file)
    return old, new


def line_pieces(source: FileChange | None, file: FileChange) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the changed lines of a text; those of a renamed one as multisets, in which order is not looked at."""
    language = file.path.rpartition("/")[2].rpartition(".")[2]
    removed = [(at, line) for at, hunk in enumerate((source or file).hunks) for line in hunk.removed]
    added = [(at, line) for at, hunk in enumerate(file.hunks) for line in hunk.added]
    if source is not None:
        if source.old_oid == file.new_oid:
            return (), ()
        removed, added = _difference(removed, added), _difference(added, removed)
    return tuple(_lines(removed, file.path, language)), tuple(_lines(added, file.path, language))


def _lines(lines: Iterable[tuple[int, bytes]], path: str, language: str) -> Iterator[Piece]:
    for hunk, line in lines:
        if line.strip():
            text = line.decode("utf-8", "surrogateescape").rstrip()
            letters = sum(map(str.isalnum, text))
            yield Piece(text, 1, letters, path=f"{path}\0{hunk}", language=f"lines of {language}")


def _difference(lines: list[tuple[int, bytes]], others: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return the lines that the other side does not have, or has less often."""
    there: dict[bytes, int] = {}
    for _, line in others:
        there[line] = there.get(line, 0) + 1
    result = []
    for at, line in lines:
        if there.get(line, 0):
            there[line] -= 1
        else:
            result.append((at, line))
    return result


def _file_size(file: FileChange, counted: Counted | None) -> FileSize:
    test = is_test(file.path)
    lines, moved = (counted.effective, counted.moved) if counted else (0, 0)
    if lines:
        return FileSize(lines, test, moved=moved)
    if file.old_path is not None and not moved:
        return FileSize(0, test, "renamed")
    if moved:
        return FileSize(0, test, "moved", moved=moved)
    return FileSize(0, test, "format" if file.hunks else "mode")


def _counted(lines: Iterable[bytes]) -> int:
    return sum(1 for line in lines if line.strip())


def unreadable_because(file: FileChange) -> str:
    """Return why a file's change cannot be read as lines, or nothing: binary, a submodule, in LFS, or not UTF-8."""
    if file.is_gitlink:
        return "a submodule"
    if file.binary:
        return "binary"
    for hunk in file.hunks:
        if any(line.startswith(_LFS_POINTER) for line in hunk.added[:1]):
            return "kept in LFS"
        if not file.path.endswith(PYTHON) and not _is_text(hunk.added):
            return "not UTF-8"
    return ""


def _is_text(lines: Iterable[bytes]) -> bool:
    try:
        b"".join(lines).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_machine_made(path: str) -> bool:
    """Say whether a path is a lock file, or minified, by its name: nobody reads it line by line."""
    name = path.rpartition("/")[2].lower()
    return name in LOCK_FILES or name.endswith(MINIFIED)


def says_generated(lines: Iterable[bytes]) -> bool:
    """Say whether the first lines of a text say that a program wrote it, in the words that tools look for.

    ``@generated`` alone in a comment (Phabricator, Buck and others), or ``Code generated by ... DO NOT EDIT.``
    (https://go.dev/s/generatedcode).
    """
    for at, line in enumerate(lines):
        if at >= _MARKER_LINES:
            break
        words = line.strip().strip(b"#/*-;<!> \t")
        if line.strip()[:1] in (b"#", b"/", b"*", b"-", b";", b"<") and (
            words.startswith(b"@generated") or (words.startswith(b"Code generated ") and b"DO NOT EDIT" in words)
        ):
            return True
    return False


def is_test(path: str) -> bool:
    """Say whether a path is a test by the usual conventions of its ecosystem."""
    *folders, name = path.split("/")
    stem, _, suffix = name.rpartition(".")
    if any(folder in _TEST_FOLDERS for folder in folders):
        return True
    if suffix == "py":
        return stem.startswith("test_") or stem.endswith("_test") or stem == "conftest"
    return stem.endswith((".test", ".spec", "_test", "_spec", "Test", "Tests"))
