"""A week of machine work: what landed lately, which machine wrote it and who answers for it, read from git."""

from __future__ import annotations

from pytest_syncpoints.change import Commit, Person
from pytest_syncpoints.gather.commits import read_trailers
from pytest_syncpoints.gather.git import answer, is_object_id
from pytest_syncpoints.machines import MACHINE_SCOPE, is_machine_written, machines_of
from pytest_syncpoints.trailers import accountable_people

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.trust import TrustRoots
    from pytest_syncpoints.machines import MachineWork

WEEK = 7 * 86400
_MOST_COMMITS = 2000  # of the target's week
_MOST_NOTES = 50  # each is verified by a process of its own; the latest ones count


def with_week(repository: Repository, context: ReviewContext, trust: TrustRoots, work: MachineWork) -> MachineWork:
    """Return the work with the lines of the target's last seven days, by who answers for them and by what wrote them.

    A trailer in a commit of its own answers for the machine-written commits right below it, and so does a signed
    note on a commit. Nothing is read where the policy sets no limit.
    """
    limits, base = context.policy.machine, context.change.base
    if base is None or not (limits.lines_per_week or limits.team_lines_per_week or limits.machine_lines_per_week):
        return work
    history = list(_history(repository, base, int(context.evaluated_at) - WEEK))
    noted = _noted(repository, context, trust, {commit.sha for commit, _ in history})
    weekly: dict[str, int] = {}
    written: dict[str, int] = {}
    pending: frozenset[str] = frozenset()
    for commit, lines in history:
        own = frozenset(context.people.resolve(who) for who in accountable_people(commit)) | noted.get(
            commit.sha, frozenset()
        )
        machine = is_machine_written(commit, context.people)
        pending = own or (pending if machine else frozenset())
        for key in pending if machine else ():
            weekly[key] = weekly.get(key, 0) + lines
        for name in machines_of(commit, context.people) if machine else ():
            written[name] = written.get(name, 0) + lines
    return work._replace(weekly=weekly, written=written)


def _noted(
    repository: Repository, context: ReviewContext, trust: TrustRoots, shas: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return who answers, by signed notes on these commits; notes that do not verify name nobody."""
    signers = context.policy.signers
    if not (signers.file or signers.fingerprints):
        return {}
    from pytest_syncpoints.gather.notes import read_notes
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.signatures import signer, verifier_of
    from pytest_syncpoints.signed_note import NAMESPACE, payload

    with Objects(repository) as objects:
        notes = [(sha, note) for sha, note in read_notes(repository, objects) if note.syncpoint == MACHINE_SCOPE]
    latest = sorted((pair for pair in notes if pair[0] in shas), key=lambda pair: pair[1].time)[-_MOST_NOTES:]
    found: dict[str, frozenset[str]] = {}
    if latest:
        with verifier_of(context.policy, trust) as verifier:
            for sha, note in latest:
                text = payload(note).encode("utf-8", "surrogateescape")
                verdict = verifier.verify(note.kind, text, note.signature, namespace=NAMESPACE)
                person = signer(verdict, context.policy)
                if not verdict.fault and not context.people.is_machine(person):
                    found[sha] = found.get(sha, frozenset()) | {context.people.resolve(person)}
    return found


def _history(repository: Repository, base: str, since: int) -> Iterator[tuple[Commit, int]]:
    trailers = "%(trailers:only=true,unfold=true,separator=%x01,key_value_separator=%x02)"
    form = f"--format=%x03%H%x04%an%x04%ae%x04{trailers}%x03"
    words = ("log", "-z", "--topo-order", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv")
    bound = (f"-n{_MOST_COMMITS}", f"--since=@{since}", "--encoding=UTF-8")
    output = answer(repository, *words, *bound, form, base, "--")
    fields = output.decode("utf-8", "surrogateescape").split("\x03")
    for header, numbers in zip(fields[1::2], fields[2::2], strict=False):
        sha, name, email, text = [*header.split("\x04"), "", "", "", ""][:4]
        if is_object_id(sha):
            who = Person(name, email)
            yield Commit(sha, (), who, who, "", tuple(read_trailers(text))), _lines(numbers)


def _lines(numbers: str) -> int:
    counts = (record.strip("\n").split("\t")[:2] for record in numbers.split("\0") if record.count("\t") >= 2)
    return sum(int(count) for pair in counts for count in pair if count.isdigit())
