"""The ``syncpoints_policy`` fixture: what a policy says of a change, asked in a test, without a repository."""

from __future__ import annotations

import os

from pytest_syncpoints.change import NO_MODE, Change, FileChange, Hunk, Person, split_lines
from pytest_syncpoints.check import ReviewContext
from pytest_syncpoints.checks import CHECKS
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.gather.toml import read_policy
from pytest_syncpoints.owners import NO_OWNERS, Ownership, load
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import NO_POLICY, POLICY_PATHS, Policy
from pytest_syncpoints.record import Record
from pytest_syncpoints.review import review
from pytest_syncpoints.simulation import person, suppose
from pytest_syncpoints.size import measure
from pytest_syncpoints.syncpoint import components_by_path, touched_syncpoints
from pytest_syncpoints.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_syncpoints.check import Check
    from pytest_syncpoints.finding import Finding
    from pytest_syncpoints.report import Report, ReportParticipant
    from pytest_syncpoints.rules import Door

_EVALUATED_AT = 1_767_225_600.0  # 2026-01-01: a test of a policy gives the same answer on every day


class PolicyAnswer:
    """What the policy says of one change: questions to assert on, and the whole report."""

    def __init__(self, report: Report) -> None:
        """Keep the report that answers."""
        self.report = report

    @property
    def blocked(self) -> bool:
        """Say whether the change could not land as it is."""
        return self.report.verdict.blocked

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return the findings, worst first."""
        return self.report.findings

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the codes of the findings, without repeats."""
        return tuple(dict.fromkeys(finding.rule for finding in self.report.findings))

    def needs(self, team: str, purpose: str | None = None) -> bool:
        """Say whether a team still has to meet over this change, for a purpose (default: any that blocks)."""
        return any(part.status in ("open", "stale") for part in self._participants(team, purpose))

    def met(self, team: str, purpose: str | None = None) -> bool:
        """Say whether a team has met over this change."""
        return any(part.status in ("met", "by-norm") for part in self._participants(team, purpose))

    def _participants(self, team: str, purpose: str | None) -> list[ReportParticipant]:
        parts = [part for point in self.report.syncpoints for part in point.participants]
        return [part for part in parts if part.team == team and purpose in (None, part.purpose)]

    def __repr__(self) -> str:
        """Show the verdict and every participant, so that a failed assertion explains itself."""
        parts = [
            f"  {point.name}: {part.team} ({part.purpose}) {part.status}: {part.because}"
            for point in self.report.syncpoints
            for part in point.participants
        ]
        findings = [f"  {f.rule} {f.level} {f.path or ''}: {f.message}" for f in self.report.findings]
        return "\n".join([f"<PolicyAnswer {self.report.verdict.summary}", *parts, *findings, ">"])


class PolicyTester(Record):
    """A policy and its owners files, ready to be asked."""

    policy: Policy
    ownership: Ownership
    mailmap: bytes = b""

    @classmethod
    def read(cls, folder: str) -> PolicyTester:
        """Read policy and owners files on disk in a folder; raises PolicyError where the policy does not validate."""

        def read(path: str) -> bytes | None:
            try:
                with open(os.path.join(folder, path), "rb") as file:
                    return file.read()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return None

        for path in POLICY_PATHS:
            text = read(path)
            policy = read_policy(text, path=path, commit=None, blob=None) if text is not None else None
            if policy is not None:
                return cls(policy, load(policy.dialect, read), read(".mailmap") or b"")
        return cls(NO_POLICY, load("auto", read), read(".mailmap") or b"")

    @classmethod
    def of(cls, text: str, owners: str = "") -> PolicyTester:
        """Take a policy (and a GitHub CODEOWNERS file) as text."""
        policy = read_policy(text.encode(), path="syncpoints.toml", commit=None, blob=None) or NO_POLICY
        files = {".github/CODEOWNERS": owners.encode()} if owners else {}
        return cls(policy, load("github", files.get) if owners else NO_OWNERS)

    def review(
        self,
        changes: Mapping[str, int | str | None],
        *,
        author: str = "author@example.org",
        door: Door = "ci",
        signed: Sequence[str] = (),
        checks: Sequence[Check] = (),
        now: float = _EVALUATED_AT,
    ) -> PolicyAnswer:
        """Ask about a change: per path a number of added lines, a new text, or ``None`` for a deletion.

        ``checks`` are asked besides the built-in ones. ``author`` is a name of ``[people]``, a mail or a handle;
        ``signed`` holds ``team=person`` facts to suppose.
        """
        who = self._person(author)
        files = tuple(_file(path, lines) for path, lines in sorted(changes.items()))
        change = Change("staged", None, None, None, None, None, "", "a change made up in a test", (who,), (), files)
        paths = tuple(changes)
        context = ReviewContext(
            change=change,
            door=door,
            policy=self.policy,
            people=People.build(self.policy, self.mailmap),
            ownership=self.ownership,
            size=measure(files, self.policy, frozenset()),
            evaluated_at=now,
            components=components_by_path(paths, self.policy),
            old_blobs={},
        )
        context = suppose(context, tuple(self._signed(fact) for fact in signed))
        context = context._replace(touched=touched_syncpoints(context), simulated=())
        return PolicyAnswer(review(context, (*CHECKS, *checks), tool_version=VERSION))

    def _signed(self, fact: str) -> str:
        team, _, who = fact.partition("=")
        named = self._person(who)
        return f"signed:{team}={named.email or '@' + named.handle}"

    def _person(self, name: str) -> Person:
        entry = next((entry for entry in self.policy.people if entry.name == name), None)
        return person(entry.identities[0]) if entry is not None else person(name)


def _file(path: str, lines: int | str | None) -> FileChange:
    """Make a file change up: an addition of so many lines or of a text, or a deletion."""
    if path.startswith("/") or ".." in path.split("/"):
        raise UsageError(f"{path!r} is not a path inside the repository", remedy="name it from the top: src/a.py")
    oid = "1" * 40
    if lines is None:
        removed = (b"gone\n",)
        return FileChange(
            path, "D", "100644", NO_MODE, oid, "0" * 40, deleted=1, hunks=(Hunk(1, 1, 0, 0, removed, ()),)
        )
    text = lines.encode() if isinstance(lines, str) else b"".join(b"line %d\n" % number for number in range(lines))
    added = tuple(split_lines(text))
    hunks = (Hunk(0, 0, 1, len(added), (), added),) if added else ()
    return FileChange(path, "A", NO_MODE, "100644", "0" * 40, oid, added=len(added), hunks=hunks)
