"""Activity: who took part in the last year, and who wrote the neighbours of a path, each by one bounded ``git log``.

These facts inform and decide nothing: where git cannot tell (a shallow or partial clone), there are none.
"""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.check import Writer
from pytest_syncpoints.gather.git import ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.people import People

YEAR = 365 * 86_400
_MOST_COMMITS = 200  # looked at for neighbours
_MOST_FOLDERS = 20
_NAMED = ("Co-authored-by", "Reviewed-by", "Acked-by", "Tested-by", "Signed-off-by")
_TRAILERS = f"%(trailers:{','.join(f'key={key}' for key in _NAMED)},valueonly,separator=%x1f)"
_LOG = ("log", "--encoding=UTF-8", "--no-show-signature", "--no-color")


def active_people(repository: Repository, revision: str, now: float) -> tuple[Person, ...] | None:
    """Return who authored, committed or is named in a trailer of the last year's commits, each identity once.

    ``now`` is seconds since the epoch. ``None`` where history does not reach back a year: then silence says nothing.
    """
    since = f"@{int(now) - YEAR}"
    if repository.shallow:
        return None
    older = ask(repository, "rev-list", "-n", "1", f"--until={since}", revision, "--")
    if older.status != 0 or not older.stdout.strip():
        return None
    form = f"--format=%an <%ae>%x1f%cn <%ce>%x1f{_TRAILERS}"
    log = ask(repository, *_LOG, f"--since={since}", form, revision, "--")
    if log.status != 0:
        return None
    lines = dict.fromkeys(log.stdout.decode("utf-8", "surrogateescape").split("\n"))
    identities = dict.fromkeys(text for line in lines for text in line.split("\x1f"))
    return tuple(_people(identities))


def _people(identities: Iterable[str]) -> Iterator[Person]:
    for text in identities:
        name, opened, rest = text.rpartition("<")
        if opened and rest.rstrip().endswith(">"):
            yield Person(name.strip(), rest.rstrip()[:-1])


def neighbours_writers(
    repository: Repository, revision: str, paths: Iterable[str], people: People, now: float
) -> dict[str, Writer]:
    """Return who wrote most of the last year's commits beside each path: in its folder, else in the one above."""
    folders = dict.fromkeys(path.rpartition("/")[0] for path in paths)
    wanted = [folder for folder in folders if folder][:_MOST_FOLDERS]
    if not wanted:
        return {}
    log = ask(
        repository,
        *_LOG,
        "-z",
        "--no-merges",
        "--name-only",
        f"--since=@{int(now) - YEAR}",
        f"--max-count={_MOST_COMMITS}",
        "--format=%x01%an <%ae>",
        revision,
        "--",
        *dict.fromkeys(folder.rpartition("/")[0] or folder for folder in wanted),
    )
    if log.status != 0:
        return {}
    commits = list(_commits(log.stdout.decode("utf-8", "surrogateescape").split("\0")))
    found = {folder: _writer_beside(folder, commits, people) for folder in wanted}
    return {path: writer for path in paths if (writer := found.get(path.rpartition("/")[0])) is not None}


def _commits(tokens: list[str]) -> Iterator[tuple[Person, list[str]]]:
    """Yield each commit's author and the paths it changed."""
    paths: list[str] = []
    for token in (text.lstrip("\n") for text in tokens):
        if token.startswith("\x01"):
            header, _, first = token.partition("\n")
            paths = [first] if first else []
            yield from ((person, paths) for person in _people([header[1:]]))
        elif token:
            paths.append(token)


def _writer_beside(folder: str, commits: list[tuple[Person, list[str]]], people: People) -> Writer | None:
    for place in dict.fromkeys((folder, folder.rpartition("/")[0])):
        prefix = f"{place}/"
        authors = [
            author for author, paths in commits if place and any(path.startswith(prefix) for path in paths)
        ]  # newest first
        by_key: dict[str, list[Person]] = {}
        for author in authors:
            if not people.is_machine(author):
                by_key.setdefault(people.resolve(author), []).append(author)
        if by_key:
            most = max(by_key.values(), key=len)
            return Writer(prefix, most[0], len(most), sum(map(len, by_key.values())))
    return None
