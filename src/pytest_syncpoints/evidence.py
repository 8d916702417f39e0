"""Evidence: what a test session said of the changed lines, of contract tests and of mutants, as plain values."""

from __future__ import annotations

from pytest_syncpoints.record import Record


class Contract(Record):
    """One contract test of a touched component, and how it ended."""

    component: str
    nodeid: str
    outcome: str


class Survivor(Record):
    """A mutant no test noticed: the source of the place before and after."""

    path: str
    line: int
    before: str
    after: str


class Mutants(Record):
    """Counts of judged mutants, and those that survived."""

    killed: int
    survived: int
    timeout: int
    skipped: int
    survivors: tuple[Survivor, ...]


class FileEvidence(Record):
    """Evidence on one file: its tested blob, the executable changed lines, and which tests ran each line."""

    blob: str
    changed: tuple[int, ...]
    executed: dict[str, tuple[int, ...]]
    missed: tuple[int, ...]


class Evidence(Record):
    """What the test session said of itself; ``complete`` is false until the session ended in order."""

    python: str
    platform: str
    tree: str | None
    nonce: str | None
    complete: bool
    incomplete_because: str | None
    collected: int
    ran: int
    tests: dict[str, int]
    nodeids: tuple[str, ...]
    files: dict[str, FileEvidence]
    contracts: tuple[Contract, ...]
    mutants: Mutants | None


class Weakened(Record):
    """One way in which the change asks less of a contract test: ``what`` says it, ``line`` where in the new file."""

    component: str
    nodeid: str
    path: str
    line: int | None
    what: str


class TestFacts(Record):
    """What a session's tests told: the evidence, and what a report has no place for.

    ``gaps`` are sentences on what this run did not look at though it ended in order (``-k``, ``-x``, ``--lf``),
    ``weakened`` what the change takes from contract tests.
    """

    evidence: Evidence
    gaps: tuple[str, ...] = ()
    weakened: tuple[Weakened, ...] = ()
