"""Does a person answer for what machines wrote of this change?"""

from __future__ import annotations

from pytest_syncpoints.claims import objection
from pytest_syncpoints.finding import Finding
from pytest_syncpoints.signoff import same_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Person
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.machines import MachineWork
    from pytest_syncpoints.signoff import SignOff

name = "accountability"
rules = ("HUM001", "HUM002")
_SCOPE = "machine"
_SHOWN = 2
_DIGEST = len("sha256:") + 32


def run(context: ReviewContext) -> Iterator[Finding]:
    """Yield that nobody answers for machine-written hunks, or that somebody answers for too many lines a week."""
    work = context.machine
    if work is None:
        return
    people = accountable(context, work)
    if not people:
        yield _nobody(context, work)
    yield from _over_budget(context, work, people)


def accountable(context: ReviewContext, work: MachineWork) -> tuple[Person, ...]:
    """Return the people whose word holds for the machine-written hunks as they are, each once."""
    kept: dict[str, Person] = {}
    for claim in context.sign_offs:
        if claim.syncpoint == _SCOPE and same_digest(claim.digest, work.digest) and not _fault(claim, context):
            kept.setdefault(context.people.resolve(claim.person), claim.person)
    return tuple(kept.values())


def _fault(claim: SignOff, context: ReviewContext) -> str:
    """Return why a word for machine-written hunks can never count, whatever it is bound to; empty where it can."""
    if context.people.is_machine(claim.person):
        return "a machine answers for nothing"
    if claim.source == "trailer":
        commit = next((found for found in context.change.commits if found.sha == claim.commit), None)
        if commit and all(context.people.is_machine(who) for who in (commit.author, commit.committer)):
            return "only machines made the commit that says so"
    return claim.fault or objection(claim, context)


def _nobody(context: ReviewContext, work: MachineWork) -> Finding:
    told = ", ".join(work.told_by[:_SHOWN]) + (" ..." if len(work.told_by) > _SHOWN else "")
    count = f"{_lines(work.lines)} in {len(work.files)} file{'s' * (len(work.files) != 1)}"
    refused = "".join(f"; {why}" for why in _refusals(context, work))
    verb = "is" if work.lines == 1 else "are"
    return Finding(
        "HUM001",
        f"{count} {verb} machine-written ({told}), and no person answers for them{refused}",
        remedy=f"who has read them runs: syncpoints signoff {_SCOPE}; "
        f"or adds: Accountable: Your Name <you@example.org> # {_SCOPE} {work.digest[:_DIGEST]}",
        anchor=_SCOPE,
    )


def _refusals(context: ReviewContext, work: MachineWork) -> Iterator[str]:
    """Yield, of each word that was given and does not hold, whose it is and why."""
    for claim in context.sign_offs:
        if claim.syncpoint == _SCOPE:
            fault = _fault(claim, context)
            lapsed = "" if same_digest(claim.digest, work.digest) else "lapsed: the machine-written hunks changed since"
            if fault or lapsed:
                who = context.people.called(claim.person)
                yield f"{who}'s word {'does not count: ' + fault if fault else lapsed}"


def _over_budget(context: ReviewContext, work: MachineWork, people: tuple[Person, ...]) -> Iterator[Finding]:
    limits = context.policy.machine
    for person in people if limits.lines_per_week else ():
        total = work.weekly.get(context.people.resolve(person), 0) + work.lines
        yield from _over(context.people.called(person), "answers for", total, limits.lines_per_week, _SHARE)
    for team in context.policy.teams if limits.team_lines_per_week else ():
        keys = context.people.member_keys(team)
        if any(context.people.resolve(person) in keys for person in people):
            total = sum(lines for key, lines in work.weekly.items() if key in keys) + work.lines
            yield from _over(team.name, "answers for", total, limits.team_lines_per_week, _SHARE)
    for machine in work.machines if limits.machine_lines_per_week else ():
        total = work.written.get(machine, 0) + work.lines
        yield from _over(
            machine, "has written", total, limits.machine_lines_per_week, "let it wait, or give it smaller work"
        )


_SHARE = "let somebody else read and answer for this one, or wait"


def _over(who: str, verb: str, total: int, limit: int | None, remedy: str) -> Iterator[Finding]:
    if limit is not None and total > limit:
        message = f"{who} {verb} {total:,} machine-written lines this week (budget {limit:,})"
        yield Finding("HUM002", message, remedy=remedy, who=(who,), anchor=who)


def _lines(count: int) -> str:
    return f"{count:,} line{'s' * (count != 1)}"
