"""Parts: which folders of a repository deserve a name, and of which tier each is, by what happened in them."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_syncpoints.first_policy.observed import PastCommit
    from pytest_syncpoints.policy import Tier

MOST_PARTS = 8
DEEPEST = 5  # folders below the root
FEWEST = 5  # changes below which a folder has no story to tell
LARGE, SMALL = 0.30, 0.03  # shares of all changes: a folder that is split further, one that is left out
# Folders whose names say that a mistake there is dear, whatever the past says.
SENSITIVE = frozenset(
    (
        *("auth", "authentication", "authorization", "billing", "credentials", "crypto", "deploy", "iam", "infra"),
        *("infrastructure", "ledger", "migration", "migrations", "payment", "payments", "permissions", "secrets"),
        *("security", "terraform"),
    )
)
# Folders that support the code and are not the code.
SUPPORTING = frozenset(
    (
        *("assets", "benchmark", "benchmarks", "changelog", "changelog.d", "changelogs", "changes", "contrib"),
        *("doc", "docs", "documentation", "example", "examples", "fixtures", "i18n", "integration_tests", "locale"),
        *("locales", "newsfragments", "node_modules", "samples", "spec", "static", "test", "testdata", "testing"),
        *("tests", "third_party", "thirdparty", "translations", "vendor", "vendored"),
    )
)
_FIX_WORDS = frozenset((*("fix", "fixes", "fixed", "bugfix", "hotfix", "revert", "reverts", "regression", "crash"),))


class Part(Record):
    """A folder with a name: how often it changed, by whom (share of its changes), and how often to mend something."""

    name: str
    path: str
    changes: int
    fixes: int
    authors: tuple[tuple[str, int], ...]
    tier: Tier
    because: str


def is_fix(commit: PastCommit) -> bool:
    """Say whether a commit's subject says that it mends or takes back something."""
    words = "".join(char if char.isalnum() else " " for char in commit.subject.lower()).split()
    return not _FIX_WORDS.isdisjoint(words)


def parts(commits: Sequence[PastCommit], tracked: Sequence[str], who: dict[str, str]) -> list[Part]:
    """Return the folders worth a name, the most changed first. ``who`` gives the person behind an e-mail address."""
    if not commits:
        return []
    alive = {folder for path in tracked for folder in _folders(path)}
    touched: dict[str, list[PastCommit]] = {}
    for commit in commits:
        for folder in {folder for path in commit.paths for folder in _folders(path)}:
            touched.setdefault(folder, []).append(commit)
    known = {folder: found for folder, found in touched.items() if folder in alive and len(found) >= FEWEST}
    chosen = _split(known, len(commits))
    chosen += [folder for folder in _sensitive(known) if folder not in chosen]
    fixing = sum(map(is_fix, commits)) / len(commits)
    names = _names(chosen)
    found = [_part(names[folder], folder, known[folder], fixing, who) for folder in chosen]
    return sorted(found, key=lambda part: (-part.changes, part.path))


def _folders(path: str) -> Iterator[str]:
    """Yield the folders a path lies in, outermost first, each with its slash."""
    end = path.find("/")
    for _ in range(DEEPEST):
        if end < 0:
            return
        yield path[: end + 1]
        end = path.find("/", end + 1)


def _split(known: dict[str, list[PastCommit]], total: int) -> list[str]:
    """Return folders that share the changes between them: one with most of them is split into its own folders."""
    below: dict[str, list[str]] = {}
    for folder in known:
        if _is_code(folder):
            parent = folder[: folder.rstrip("/").rfind("/") + 1]
            below.setdefault(parent, []).append(folder)
    waiting, chosen = below.get("", []), []
    while waiting:
        folder = waiting.pop()
        inner = [one for one in below.get(folder, ()) if len(known[one]) >= SMALL * total]
        if inner and (len(known[folder]) > LARGE * total or len(inner) == len(below.get(folder, ())) == 1):
            waiting += inner
        elif len(known[folder]) >= SMALL * total:
            chosen.append(folder)
    return sorted(chosen, key=lambda folder: (-len(known[folder]), folder))[:MOST_PARTS]


def _is_code(folder: str) -> bool:
    return not any(word.startswith(".") or word.lower() in SUPPORTING for word in folder.rstrip("/").split("/"))


def _sensitive(known: dict[str, list[PastCommit]]) -> list[str]:
    """Return at most three folders whose own name is a sensitive word, outermost and most changed first."""
    found = [
        folder for folder in known if _is_code(folder) and folder.rstrip("/").rpartition("/")[2].lower() in SENSITIVE
    ]
    outer = [folder for folder in found if not any(folder != one and folder.startswith(one) for one in found)]
    return sorted(outer, key=lambda folder: (-len(known[folder]), folder))[:3]


def _part(name: str, folder: str, commits: list[PastCommit], fixing: float, who: dict[str, str]) -> Part:
    counted: dict[str, int] = {}
    for commit in commits:
        if commit.email in who:
            counted[who[commit.email]] = counted.get(who[commit.email], 0) + 1
    authors = tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
    fixes = sum(map(is_fix, commits))
    tier, because = _tier(folder, len(commits), fixes, fixing, authors)
    return Part(name, folder, len(commits), fixes, authors, tier, because)


def _tier(folder: str, changes: int, fixes: int, fixing: float, authors: Sequence[tuple[str, int]]) -> tuple[Tier, str]:
    """Return the tier and the reason: a name that says so, fixes above the repository's own share, many hands."""
    word = next((word for word in folder.lower().split("/") if word in SENSITIVE), None)
    if word is not None:
        return "critical", f"its name says {word}; {fixes} of {changes} changes were fixes or reverts"
    if fixes >= 10 and fixes / changes >= 1.4 * fixing:
        share = f"{fixes} of {changes} changes ({fixes / changes:.0%}) were fixes or reverts"
        return "critical", f"{share}; in the whole repository {fixing:.0%}"
    if len(authors) >= 5 and authors[0][1] <= 0.5 * changes:
        top = round(100 * authors[0][1] / changes)
        return "shared", f"{len(authors)} people changed it, nobody made more than {top}% of {changes} changes"
    return "normal", f"{changes} changes by {len(authors)} people, {fixes} of them fixes or reverts"


def _names(folders: Iterable[str]) -> dict[str, str]:
    """Return a short name for each folder: its last word, with the one before where two would be alike."""
    names: dict[str, str] = {}
    for folder in folders:
        words = [slug(word) for word in folder.rstrip("/").split("/")]
        for length in range(1, len(words) + 1):
            name = "-".join(word for word in words[-length:] if word) or "part"
            if name not in names.values():
                break
        number = 2
        while name in names.values():
            name, number = f"{name}-{number}", number + 1
        names[folder] = name
    return names


def slug(text: str) -> str:
    """Return a text as a bare TOML key: ASCII letters and digits in lower case, anything between them a dash."""
    kept = "".join(char if char.isascii() and char.isalnum() else " " for char in text.lower())
    return "-".join(kept.split())
