"""Check, its outcome, and the ReviewContext: everything a check may look at, gathered beforehand."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Literal, Protocol

    from pytest_syncpoints.change import Change, FileChange
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.owners import Ownership
    from pytest_syncpoints.people import People
    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.rules import Door
    from pytest_syncpoints.signoff import SignOff
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


class Skip(Record):
    """What a check returns when it could not look: never the same as finding nothing."""

    reason: str


class CheckOutcome(Record):
    """How one check ended: ``reason`` says why it was skipped, or how it crashed."""

    check: str
    status: Status
    reason: str = ""


class TrustRoot(Record):
    """A file that decides verdicts, as it stands where trust begins: ``blob`` is ``None`` where it is absent."""

    path: str
    blob: str | None


class ReviewContext(Record):
    """One change and everything known about it, as values: the only thing a check, a model or a plan sees.

    ``files`` is the change by path, ``ownership`` answers for paths at the base, ``size`` counts lines,
    ``sign_offs`` are the claims found (not yet judged). ``reviews_given`` tells whether anybody looked for
    forge reviews; where nobody did, what only a review could settle is open "because reviews not given".
    ``trusted_files`` are trust roots at the base (policy, owners files, signers, people), by path.
    ``unmatched`` maps an index of ``policy.exemptions`` to nothing yet: see ``review.py``.
    ``evaluated_at`` is seconds since the epoch: the clock is one of the facts.
    """

    change: Change
    door: Door
    policy: Policy
    people: People
    ownership: Ownership
    size: Size
    evaluated_at: float
    old_blobs: dict[str, bytes]
    generated: frozenset[str] = frozenset()
    sign_offs: tuple[SignOff, ...] = ()
    reviews_given: bool = False
    tests_ran: bool = False
    simulated: tuple[str, ...] = ()

    @property
    def files(self) -> dict[str, FileChange]:
        """Return the changed files by path."""
        return {file.path: file for file in self.change.files}
