"""Machines: which commits of a change a machine wrote or helped to write, and which of its hunks those are."""

from __future__ import annotations

from pytest_syncpoints.record import Record
from pytest_syncpoints.trailers import parse_person

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.change import Commit, FileChange, Hunk
    from pytest_syncpoints.people import People

MACHINE_SCOPE = "machine"  # stands where a sign-off names its sync point: `# machine sha256:...`

# Trailers whose value may name a machine or a person: they tell of a machine only where it is one.
# Co-authored-by: docs.github.com, "Creating a commit with multiple authors"; Co-developed-by:
# docs.kernel.org, process/submitting-patches.
CREDIT_TRAILERS: tuple[str, ...] = ("co-authored-by", "co-developed-by")

# Trailers that tell of a machine unless they name a person as `Name <mail>` who is none.
# Assisted-by: docs.kernel.org, process/coding-assistants (`Assisted-by: AGENT:MODEL`), and Fedora's policy on
# AI-assisted contributions; Generated-by: apache.org/legal/generative-tooling. The others are spellings of the two.
ASSISTANCE_TRAILERS: tuple[str, ...] = (
    "assisted-by",
    "generated-by",
    "ai-assisted-by",
    "ai-generated-by",
    "generated-with",
    "assisted-with",
)
_SHORTEST_TELLING = 4  # letters and digits of a line that can be told from others; `})` is everybody's


class MachineWork(Record):
    """What machines wrote of a change.

    ``files`` are its changed files with the machine-written hunks alone, ``lines`` how many lines these change,
    ``told_by`` what told so (an address or a trailer), ``digest`` what an accountable person's word is bound to.
    ``weekly`` are the machine-written lines each person answers for in the target's last seven days, by the key
    ``People.resolve`` gives, ``written`` those each machine wrote (both empty where the policy sets no limit).
    ``machines`` are those that had a hand in this change.
    """

    files: tuple[FileChange, ...]
    lines: int
    told_by: tuple[str, ...]
    digest: str
    weekly: dict[str, int] = {}  # noqa: RUF012  # a record's default is never changed
    written: dict[str, int] = {}  # noqa: RUF012
    machines: tuple[str, ...] = ()


def told_by(commit: Commit, people: People) -> Iterator[str]:
    """Yield what tells that a machine had a hand in a commit: its author, a co-author, a trailer of assistance."""
    if people.is_machine(commit.author):
        yield commit.author.email or commit.author.name
    for key, value in commit.trailers:
        if _tells(key.lower(), value, people):
            yield f"{key}: {value}"


def _tells(key: str, value: str, people: People) -> bool:
    person = parse_person(value)
    if key in CREDIT_TRAILERS:
        return person is not None and people.is_machine(person)
    return key in ASSISTANCE_TRAILERS and bool(value.strip()) and (person is None or people.is_machine(person))


def machines_of(commit: Commit, people: People) -> tuple[str, ...]:
    """Return which machines had a hand in a commit, by their addresses; an agent told in words by its first word.

    The kernel's form is ``Assisted-by: AGENT:MODEL``: models of one agent are one machine.
    """
    found = [commit.author.email or commit.author.name] if people.is_machine(commit.author) else []
    for key, value in commit.trailers:
        if _tells(key.lower(), value, people):
            person = parse_person(value)
            found.append(person.email if person else value.partition(":")[0].strip().lower())
    return tuple(dict.fromkeys(found))


def is_machine_written(commit: Commit, people: People) -> bool:
    """Say whether a machine had a hand in a commit."""
    return any(True for _ in told_by(commit, people))


def mixed_paths(commits: Iterable[Commit], people: People) -> tuple[frozenset[str], frozenset[str]]:
    """Return the paths that machine-written commits change, and those of them that others change too."""
    machines: set[str] = set()
    others: set[str] = set()
    for commit in commits:
        (machines if is_machine_written(commit, people) else others).update(commit.paths)
    return frozenset(machines), frozenset(machines & others)


def machine_hunks(file: FileChange, steps: Iterable[FileChange]) -> FileChange:
    """Return a changed file with those hunks alone that hold a line a machine-written step brought or took.

    Lines are compared without white space, so that laying code out anew makes nobody its author; lines that are
    everybody's (``})``) decide only where a hunk has no others.
    """
    steps = tuple(steps)
    added = {_bare(line) for step in steps for hunk in step.hunks for line in hunk.added}
    removed = {_bare(line) for step in steps for hunk in step.hunks for line in hunk.removed}
    return file._replace(hunks=tuple(hunk for hunk in file.hunks if _shares(hunk, added, removed)))


def _shares(hunk: Hunk, added: set[bytes], removed: set[bytes]) -> bool:
    pairs = [(_bare(line), added) for line in hunk.added] + [(_bare(line), removed) for line in hunk.removed]
    telling = [(line, known) for line, known in pairs if sum(map(_is_telling, line)) >= _SHORTEST_TELLING]
    return any(line in known for line, known in telling or pairs)


def _is_telling(symbol: int) -> bool:
    return symbol > 127 or chr(symbol).isalnum()


def _bare(line: bytes) -> bytes:
    return b"".join(line.split())


def changed_lines(files: Iterable[FileChange]) -> int:
    """Return how many lines the hunks of these files bring and take."""
    return sum(len(hunk.added) + len(hunk.removed) for file in files for hunk in file.hunks)
