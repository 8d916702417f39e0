"""Landings: where content that somebody signed came into the target's history, so that its sign-off is spent.

A digest has landed where the target's history, as far back as the sign-off is old, holds a commit that names it in
a sign-off trailer, or a step along first parents (one commit, a merge, or a run of commits as a rebase leaves them)
whose difference has that digest in the sync point's scope.
"""

from __future__ import annotations

from pytest_syncpoints.change import Commit, Person, split_lines
from pytest_syncpoints.claims import landing_after
from pytest_syncpoints.gather.git import answer, ask, is_object_id, resolve_quietly
from pytest_syncpoints.gather.ranges import Range
from pytest_syncpoints.gather.reviewed import change_of
from pytest_syncpoints.record import Record
from pytest_syncpoints.signoff import SHORTEST_DIGEST, Landing, same_digest, scope_digest
from pytest_syncpoints.trailers import sign_offs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import FileChange
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.meeting import Scope

_DAY = 86400  # clocks differ; a landing is looked for from a day before the sign-off on
_LONGEST_RUN = 30  # commits of one change that landed by rebase, counting those that change the scope
_MOST_PATHS = 500  # named to git at most; with more it lists every commit


class _Step(Record):
    """One commit of the target along first parents; of each signed path it changes, the object ids of both sides."""

    sha: str
    parent: str | None
    at: float
    paths: dict[str, tuple[str, str]]


def read_landings(
    repository: Repository,
    objects: Objects,
    context: ReviewContext,
    used: tuple[tuple[Scope, float, tuple[str, ...]], ...],
) -> dict[str, Landing]:
    """Return the latest landing of each digest in use, by digest, and that after each commit it was signed on.

    ``used`` is what ``digests_in_use`` returns. Dates can be made up, parents cannot: what came into the target after
    a sign-off's commit left it has landed since, whatever the dates say.
    """
    base = context.change.base or ""
    found = {}
    for scope, signed_at, commits in used:
        since = (f"--since=@{max(0, int(signed_at) - _DAY)}", base)
        landing = _latest(repository, objects, context, scope, since)
        if landing is not None:
            found[scope.digest] = landing
        for commit in commits:
            after = _after(repository, objects, context, scope, commit)
            if after is not None:
                found[landing_after(commit, scope.digest)] = after
    return found


def _after(
    repository: Repository, objects: Objects, context: ReviewContext, scope: Scope, commit: str
) -> Landing | None:
    """Return where a digest landed after the target and a commit parted; where it landed whole, anywhere before too."""
    base = context.change.base or ""
    if resolve_quietly(repository, commit) != commit:
        return None
    parted = ask(repository, "merge-base", commit, base).stdout.decode("ascii", "replace").strip()
    revisions = (base,) if parted == commit else (base, f"^{parted}")
    return _latest(repository, objects, context, scope, revisions) if parted else None


def _latest(
    repository: Repository, objects: Objects, context: ReviewContext, scope: Scope, revisions: tuple[str, ...]
) -> Landing | None:
    candidates = [
        *_stated(repository, scope, revisions),
        *_contained(repository, objects, context, scope, revisions),
    ]
    return max(candidates, key=lambda landing: landing.at, default=None)


def _stated(repository: Repository, scope: Scope, revisions: tuple[str, ...]) -> Iterator[Landing]:
    """Yield commits of the target whose own trailers sign this digest."""
    needle = f"sha256:{scope.digest.partition(':')[2][:SHORTEST_DIGEST]}"
    form = "%H%x00%ct%x00%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)%x00"
    words = ("-i", "--fixed-strings", f"--grep={needle}", f"--format={form}")
    output = answer(repository, "log", "-z", "--encoding=UTF-8", *words, *revisions, "--")
    fields = [field.strip("\n") for field in output.decode("utf-8", "surrogateescape").split("\0")]
    for at, sha in enumerate(fields[:-2]):
        if not is_object_id(sha):
            continue
        pairs = (line.partition("\x02") for line in fields[at + 2].split("\x01"))
        trailers = tuple((key.strip(), value.strip()) for key, separator, value in pairs if separator)
        commit = Commit(sha, (), Person("", ""), Person("", ""), "", trailers)
        if any(
            claim.syncpoint == scope.syncpoint.name and same_digest(claim.digest, scope.digest)
            for claim in sign_offs((commit,))
        ):
            yield Landing(sha, float(fields[at + 1]))


def _contained(
    repository: Repository, objects: Objects, context: ReviewContext, scope: Scope, revisions: tuple[str, ...]
) -> Iterator[Landing]:
    """Yield the latest run of commits whose difference is what was signed."""
    balance = _Balance(objects, scope)
    for run in _runs(_steps(repository, scope, revisions), scope):
        if not balance.fits(run):
            continue
        newest, oldest = run[0], run[-1]
        lefts = (oldest.parent,) if oldest.parent else ()
        at = change_of(repository, objects, context, Range("commit", lefts, newest.sha, None, None, ""))
        files = [file for file in at.files if scope.covers(file.path)]
        if scope_digest(files, at.old_blobs, bind=scope.bind) == scope.digest:
            yield Landing(newest.sha, newest.at)
            return


def _runs(steps: list[_Step], scope: Scope) -> Iterator[list[_Step]]:
    """Yield runs of steps that together change exactly the files that were signed, newest first, shortest first."""
    signed = {file.path for file in scope.files}
    for newest in range(len(steps)):
        changed: set[str] = set()
        for oldest in range(newest, min(len(steps), newest + _LONGEST_RUN)):
            changed |= steps[oldest].paths.keys()
            if changed == signed:
                yield steps[newest : oldest + 1]


class _Balance:
    """Which lines a run brings and takes in sum: where that is not what was signed, no difference need be made.

    A run of commits tells the object ids at its ends. The sum of its lines' hashes depends on no order, so that
    both ends cost one reading for each object, however many runs share it.
    """

    def __init__(self, objects: Objects, scope: Scope) -> None:
        """Weigh what was signed."""
        self._objects = objects
        self._files = scope.files
        self._exact = scope.bind == "blobs"
        self._weights: dict[str, int] = {}

    def fits(self, run: list[_Step]) -> bool:
        """Say whether a run could be what was signed; never no where it is."""
        return all(self._file_fits(file, run) for file in self._files)

    def _file_fits(self, file: FileChange, run: list[_Step]) -> bool:
        sides = [step.paths[file.path] for step in run if file.path in step.paths]
        old, new = sides[-1][0], sides[0][1]
        if self._exact or file.binary or file.is_gitlink:
            return new == file.new_oid
        brought = sum(hash(line) for hunk in file.hunks for line in hunk.added)
        taken = sum(hash(line) for hunk in file.hunks for line in hunk.removed)
        return self._weight(new) - self._weight(old) == brought - taken

    def _weight(self, oid: str) -> int:
        if oid not in self._weights:
            found = self._objects.ask(oid) if oid.strip("0") else None
            content = found[2] if found is not None and found[1] == "blob" else b""
            self._weights[oid] = sum(hash(line) for line in split_lines(content))
        return self._weights[oid]


def _steps(repository: Repository, scope: Scope, revisions: tuple[str, ...]) -> list[_Step]:
    """Return the commits along first parents that change a signed file, newest first."""
    paths = [file.path for file in scope.files]
    named = paths if len(paths) <= _MOST_PATHS else []
    words = ("--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none")
    output = answer(repository, "log", "-z", *words, "--format=%x01%H %ct %P", *revisions, "--", *named)
    steps = _read_steps(output.split(b"\0"), frozenset(paths))
    return [step for step in steps if step.paths]


def _read_steps(fields: list[bytes], signed: frozenset[str]) -> Iterator[_Step]:
    """Read ``git log --raw -z``: a header behind 0x01, then a record and a path a file; a path may be anything."""
    header: list[str] = []
    paths: dict[str, tuple[str, str]] = {}
    at = 0
    while at < len(fields):
        field = fields[at].lstrip(b"\n")
        if field.startswith(b":") and at + 1 < len(fields):
            path, sides = fields[at + 1].decode("utf-8", "surrogateescape"), field.decode("ascii").split(" ")[2:4]
            if path in signed:
                paths[path] = (sides[0], sides[1])
            at += 1
        elif field.startswith(b"\x01"):
            if header:
                yield _step(header, paths)
            header, paths = field[1:].decode("ascii").split(), {}
        at += 1
    if header:
        yield _step(header, paths)


def _step(header: list[str], paths: dict[str, tuple[str, str]]) -> _Step:
    sha, at, *parents = header
    return _Step(sha, parents[0] if parents else None, float(at), paths)
