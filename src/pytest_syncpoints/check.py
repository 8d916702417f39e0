"""Check, its outcome, and the ReviewContext: everything a check may look at, gathered beforehand."""

from __future__ import annotations

from pytest_syncpoints.api.model import ApiChanges
from pytest_syncpoints.norms.model import Judged
from pytest_syncpoints.record import Record
from pytest_syncpoints.subject import Reversibility

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal, Protocol

    from pytest_syncpoints.change import Change, FileChange, Person
    from pytest_syncpoints.evidence import TestFacts
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.loops.collisions import Pair
    from pytest_syncpoints.loops.drift import DriftFacts
    from pytest_syncpoints.loops.flow import OpenChange
    from pytest_syncpoints.loops.reviewers import Suggested
    from pytest_syncpoints.machines import MachineWork
    from pytest_syncpoints.meeting import Touched
    from pytest_syncpoints.owners import Ownership
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.rules import Door
    from pytest_syncpoints.signoff import ForgeFacts, Landing, ReviewedChange, SignOff
    from pytest_syncpoints.size import Size

    Status = Literal["passed", "raised", "skipped", "crashed"]

    class Check(Protocol):
        """One question about a change. A module with these names satisfies it; so does any object."""

        @property
        def name(self) -> str:
            """Return the check's name, as the report's outcomes show it."""

        @property
        def rules(self) -> tuple[str, ...]:
            """Return the codes this check may raise."""

        @property
        def run(self) -> Callable[[ReviewContext], Iterable[Finding] | Skip]:
            """Return the function that answers: findings, or a Skip that says why it could not look."""


if not TYPE_CHECKING:

    class Check:
        """Stands for the protocol at run time, so that annotations can name it without importing ``typing``."""


class Skip(Record):
    """What a check returns when it could not look: never the same as finding nothing."""

    reason: str


class CheckOutcome(Record):
    """How one check ended: ``reason`` says why it was skipped, or how it crashed."""

    check: str
    status: Status
    reason: str = ""


class PolicyEdit(Record):
    """What a change makes of a policy file: ``after`` is the policy it would hold, ``None`` where it holds none.

    ``fault`` says why it would not validate; ``gate_tables`` are tables of pyproject.toml that steer tests and differ.
    """

    path: str
    after: Policy | None
    fault: str = ""
    gate_tables: tuple[str, ...] = ()


class OwnersEdit(Record):
    """What a change makes of the owners files: who would own what, and every path that the tree would hold."""

    after: Ownership
    paths: tuple[str, ...]


class Writer(Record):
    """Who wrote ``commits`` of the last ``of`` commits below a folder (which ends in a slash): most of all."""

    folder: str
    person: Person
    commits: int
    of: int


class ReviewContext(Record):
    """One change and everything known about it, as values: the only thing a check, a model or a plan sees.

    ``ownership`` answers for paths at the base, ``size`` counts lines, ``touched`` are the sync points the change
    touches with who has met, ``sign_offs`` the claims found. ``forge`` is what the forge said (``None``: nobody asked
    it), ``reviewed`` the change as it stood at commits that were reviewed. ``tests_ran`` tells whether tests ran with
    this review, ``tests`` what they told (``None``: nothing yet). ``components`` maps each path to the components it
    belongs to. ``old_blobs`` holds contents at the merge base by object id (of files in the scope of a sync point, and
    of tests where tests run). ``landings`` say where digests that were signed came into the target's history already,
    ``norms`` what the change does to the policy's norms and ``norms_held`` which of them, a plugin's too, were proven
    to hold (or not) on this change. ``api`` is what it does to the public API; ``imports`` which changed files each
    changed file imports, ``body_edits`` the Python files that changed in the bodies of functions alone, or only gained
    names, ``beside`` by path the names imported that a comparison of what others see of it has to know.
    ``reversibility`` is what detectors said of undoing it, ``machine`` what machines wrote of it (``None``:
    nothing). ``active`` holds the keys of the people who took part in the last year (``None``: nobody looked, or
    history cannot tell), ``writers`` who wrote beside files that lack an owner. ``drift`` is what history says of
    drift at the base (``None``: nobody looked), ``suggested`` who could close what is open. ``collisions`` are
    pairs of this branch and others that it meets (``None``: nobody looked), ``open_work`` the other unmerged
    branches that are not stale. ``evaluated_at`` is seconds since the epoch: the clock is one of the facts.
    """

    change: Change
    door: Door
    policy: Policy
    people: People
    ownership: Ownership
    size: Size
    evaluated_at: float
    components: dict[str, tuple[str, ...]]
    old_blobs: dict[str, bytes]
    policy_edits: tuple[PolicyEdit, ...] = ()
    owners_edit: OwnersEdit | None = None
    generated: frozenset[str] = frozenset()
    sign_offs: tuple[SignOff, ...] = ()
    forge: ForgeFacts | None = None
    reviewed: dict[str, ReviewedChange] = {}  # noqa: RUF012  # a record's default is never changed
    landings: dict[str, Landing] = {}  # noqa: RUF012  # likewise
    norms: Judged = Judged()
    api: ApiChanges = ApiChanges()
    norms_held: dict[str, bool] = {}  # noqa: RUF012  # likewise
    reversibility: Reversibility = Reversibility()
    tests_ran: bool = False
    tests: TestFacts | None = None
    simulated: tuple[str, ...] = ()
    imports: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  # likewise
    body_edits: frozenset[str] = frozenset()
    beside: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  # likewise
    touched: tuple[Touched, ...] = ()
    active: frozenset[str] | None = None
    writers: dict[str, Writer] = {}  # noqa: RUF012  likewise
    machine: MachineWork | None = None
    collisions: tuple[Pair, ...] | None = None
    open_work: tuple[OpenChange, ...] = ()
    drift: DriftFacts | None = None
    suggested: Suggested | None = None

    @property
    def reviews_given(self) -> bool:
        """Say whether anybody looked for forge reviews."""
        return self.forge is not None

    def file(self, path: str) -> FileChange | None:
        """Return the change of one path, ``None`` where it did not change."""
        return next((file for file in self.change.files if file.path == path), None)
