"""Marks: what a commit's subject says the commit is, and whether a path is production source."""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.size import is_test

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Words, not fragments: "prefix" and "debug" are no bugs. Chosen before any outcome was looked at, and used both for
# the factor and for the label (docs/risk.md says how far such words can be trusted).
_FIX_WORDS = frozenset(
    (
        *("fix", "fixes", "fixed", "fixing", "fixup", "bug", "bugs", "bugfix", "bugfixes", "hotfix", "buggy"),
        *("regression", "regressions", "crash", "crashes", "crashed", "crashing", "defect", "defects"),
        *("broken", "breakage", "incorrect", "incorrectly", "wrong", "wrongly", "deadlock", "leak", "leaks"),
        *("traceback", "segfault", "workaround", "resolve", "resolves", "resolved", "correct", "corrects"),
    )
)
_NOT_CODE_WORDS = frozenset(
    (
        *("typo", "typos", "typing", "docs", "doc", "docstring", "docstrings", "documentation", "readme", "changelog"),
        *("lint", "linter", "linting", "flake8", "ruff", "mypy", "pylint", "pep8", "black", "isort", "eslint", "gofmt"),
        *("format", "formatting", "reformat", "style", "whitespace", "spelling", "comment", "comments", "annotations"),
        *("bump", "bumps", "pre-commit", "dependabot", "copyright", "license"),
    )
)
_WORD_ENDS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "-_")}
_SOURCE_SUFFIXES = frozenset(
    (
        *("py", "pyx", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "vue", "go", "c", "h", "cc", "cpp", "cxx", "hpp"),
        *("hh", "m", "mm", "java", "kt", "scala", "groovy", "rb", "rs", "php", "cs", "swift", "pl", "pm", "ex", "exs"),
        *("erl", "hs", "ml", "mli", "lua", "r", "jl", "sh", "bash", "ps1", "sql", "dart", "clj", "zig"),
    )
)
_NOT_PRODUCTION = frozenset(
    (
        *("doc", "docs", "documentation", "example", "examples", "sample", "samples", "demo", "demos", "benchmark"),
        *("benchmarks", "vendor", "vendored", "_vendor", "third_party", "third-party", "node_modules", "external"),
        *("fixtures", "testing", "unittests", "asv_bench", "testsuite", "deps"),
    )
)


class Marks(Record):
    """What a subject says: ``fix`` and ``revert`` as it stands, ``not_code`` where it names wording, style or docs."""

    fix: bool
    revert: bool
    not_code: bool


def marks_of(subject: str, body: str = "") -> Marks:
    """Read a commit's subject; of a merge the pull request's title, which hosts put on the first line of the body."""
    title = title_of(subject, body)
    words = set(title.lower().translate(_WORD_ENDS).split())
    revert = title.startswith(("Revert ", "revert ", "Revert:", "Reverts ", "Back out ", "Backout ", 'Merge "Revert '))
    return Marks(bool(words & _FIX_WORDS), revert, bool(words & _NOT_CODE_WORDS))


def title_of(subject: str, body: str) -> str:
    """Return the line that says what a commit is about."""
    if not subject.startswith(("Merge pull request ", "Merge branch ", "Merge remote", "Merge PR ")):
        return subject
    return next((line.strip() for line in body.splitlines() if line.strip()), subject)


def reverted_commit(body: str) -> str | None:
    """Return the id after ``This reverts commit`` (git-revert writes it), ``None`` where there is none."""
    _, found, rest = body.partition("This reverts commit ")
    sha = rest[:64].split(".")[0].split()[0] if found and rest.split() else ""
    return sha if len(sha) >= 7 and all(symbol in "0123456789abcdef" for symbol in sha) else None


def is_production(path: str) -> bool:
    """Say whether a path is source that ships: code by its suffix, and no test, example, document or foreign code."""
    *folders, name = path.split("/")
    suffix = name.rpartition(".")[2]
    if suffix not in _SOURCE_SUFFIXES or name in ("setup.py", "conftest.py") or is_test(path):
        return False
    return not any(folder.lower() in _NOT_PRODUCTION for folder in folders)


def production_paths(files: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """Return the production paths of ``(path, old path)`` pairs, the names that renamed files had among them."""
    found = [(path, old) for path, old in files if is_production(path)]
    return tuple(dict.fromkeys(name for pair in found for name in pair if name is not None))
