"""Landings: where content that somebody signed came into the target's history, so that its sign-off is spent.

A digest has landed where the target's history, as far back as the sign-off is old, holds a commit that names it in
a sign-off trailer, or a step along first parents (one commit, a merge, or a run of commits as a rebase leaves them)
whose difference has that digest in the sync point's scope.
"""

from __future__ import annotations

from pytest_syncpoints.change import Commit, Person
from pytest_syncpoints.gather.git import answer, is_object_id
from pytest_syncpoints.gather.ranges import Range
from pytest_syncpoints.gather.reviewed import change_of
from pytest_syncpoints.record import Record
from pytest_syncpoints.signoff import SHORTEST_DIGEST, Landing, same_digest, scope_digest
from pytest_syncpoints.trailers import sign_offs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.syncpoint import Touched

_DAY = 86400  # clocks differ; a landing is looked for from a day before the sign-off on
_LONGEST_RUN = 30  # commits of one change that landed by rebase, counting those that change the scope
_MOST_PATHS = 500  # named to git at most; with more it lists every commit


class _Step(Record):
    """One commit of the target along first parents, and the paths of the scope it changes."""

    sha: str
    parent: str | None
    at: float
    paths: frozenset[str]


def read_landings(
    repository: Repository, objects: Objects, context: ReviewContext, used: tuple[tuple[Touched, float], ...]
) -> dict[str, Landing]:
    """Return the latest landing of each digest in use, by digest; ``used`` has the earliest time each was signed."""
    found = {}
    for touched, signed_at in used:
        since = max(0, int(signed_at) - _DAY)
        candidates = [
            *_stated(repository, context.change.base or "", touched, since),
            *_contained(repository, objects, context, touched, since),
        ]
        if candidates:
            found[touched.digest] = max(candidates, key=lambda landing: landing.at)
    return found


def _stated(repository: Repository, base: str, touched: Touched, since: int) -> Iterator[Landing]:
    """Yield commits of the target whose own trailers sign this digest."""
    needle = f"sha256:{touched.digest.partition(':')[2][:SHORTEST_DIGEST]}"
    form = "%H%x00%ct%x00%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)%x00"
    words = ("-i", "--fixed-strings", f"--grep={needle}", f"--since=@{since}")
    output = answer(repository, "log", "-z", "--encoding=UTF-8", *words, f"--format={form}", base, "--")
    fields = [field.strip("\n") for field in output.decode("utf-8", "surrogateescape").split("\0")]
    for at, sha in enumerate(fields[:-2]):
        if not is_object_id(sha):
            continue
        pairs = (line.partition("\x02") for line in fields[at + 2].split("\x01"))
        trailers = tuple((key.strip(), value.strip()) for key, separator, value in pairs if separator)
        commit = Commit(sha, (), Person("", ""), Person("", ""), "", trailers)
        if any(
            claim.syncpoint == touched.syncpoint.name and same_digest(claim.digest, touched.digest)
            for claim in sign_offs((commit,))
        ):
            yield Landing(sha, float(fields[at + 1]))


def _contained(
    repository: Repository, objects: Objects, context: ReviewContext, touched: Touched, since: int
) -> Iterator[Landing]:
    """Yield the latest run of commits whose difference is what was signed."""
    for run in _runs(_steps(repository, context.change.base or "", touched, since), touched):
        newest, oldest = run[0], run[-1]
        lefts = (oldest.parent,) if oldest.parent else ()
        at = change_of(repository, objects, context, Range("commit", lefts, newest.sha, None, None, ""))
        files = [file for file in at.files if touched.scope.covers(file.path)]
        if scope_digest(files, at.old_blobs, bind=touched.scope.bind) == touched.digest:
            yield Landing(newest.sha, newest.at)
            return


def _runs(steps: list[_Step], touched: Touched) -> Iterator[list[_Step]]:
    """Yield runs of steps that together change exactly the files that were signed, newest first, shortest first."""
    signed = {file.path for file in touched.files}
    for newest in range(len(steps)):
        changed: set[str] = set()
        for oldest in range(newest, min(len(steps), newest + _LONGEST_RUN)):
            changed |= steps[oldest].paths
            if changed == signed:
                yield steps[newest : oldest + 1]


def _steps(repository: Repository, base: str, touched: Touched, since: int) -> list[_Step]:
    """Return the commits along first parents that change a signed file, newest first."""
    paths = [file.path for file in touched.files]
    named = paths if len(paths) <= _MOST_PATHS else []
    words = ("--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
    output = answer(repository, "log", "-z", *words, f"--since=@{since}", "--format=%x01%H %ct %P", base, "--", *named)
    return [step for step in _read_steps(output.split(b"\0")) if step.paths]


def _read_steps(fields: list[bytes]) -> Iterator[_Step]:
    """Read ``git log --raw -z``: a header behind 0x01, then a record and a path a file; a path may be anything."""
    header: list[str] = []
    paths: list[str] = []
    at = 0
    while at < len(fields):
        field = fields[at].lstrip(b"\n")
        if field.startswith(b":") and at + 1 < len(fields):
            paths.append(fields[at + 1].decode("utf-8", "surrogateescape"))
            at += 1
        elif field.startswith(b"\x01"):
            if header:
                yield _step(header, paths)
            header, paths = field[1:].decode("ascii").split(), []
        at += 1
    if header:
        yield _step(header, paths)


def _step(header: list[str], paths: list[str]) -> _Step:
    sha, at, *parents = header
    return _Step(sha, parents[0] if parents else None, float(at), frozenset(paths))
