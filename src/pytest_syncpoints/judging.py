"""Judging: whether one team has met for one purpose at a sync point, and why its word still holds or not."""

from __future__ import annotations

from pytest_syncpoints.claims import SHORT, belongs, claims_for, refusal, scope_authors, team_named
from pytest_syncpoints.loops.participation import RETURNS_AT
from pytest_syncpoints.meeting import REVIEWS_NOT_GIVEN, Meeting
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.record import Record
from pytest_syncpoints.signoff import same_digest
from pytest_syncpoints.standing import holds, lapsed, whose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.change import Person
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.meeting import Scope
    from pytest_syncpoints.policy import Participant, Purpose
    from pytest_syncpoints.signoff import SignOff


class _Claims(Record):
    """The claims for one participant: given and still bound, given for other content, and refused with the reason."""

    signed: list[SignOff]
    waived: list[SignOff]
    lapsed: list[SignOff]
    refused: list[str]


def judge(scope: Scope, participant: Participant, purpose: Purpose, context: ReviewContext) -> Meeting:
    """Return whether a participant has met for a purpose: by sign-offs, by norms, by a waiver, or not."""
    team = team_named(participant.team, context)
    blank = Meeting(participant, team, purpose, "open", "")
    if purpose not in BLOCKING_PURPOSES:
        return _informed(blank, scope, context)
    claims = _sorted(scope, participant, purpose, context)
    blank = blank._replace(rounds=len({claim.digest for claim in claims.lapsed}))
    if len(claims.signed) >= participant.approvals:
        return _met(blank, claims, scope, context)
    norms = participant.unless_norms if purpose == "compliance" else ()
    relied = relied_too_long(scope, participant, context) if norms else ""
    if norms and not relied and all(context.norms_held.get(norm) for norm in norms):
        because = f"norm {', '.join(norms)} {'hold' if len(norms) > 1 else 'holds'} on this change"
        return blank._replace(status="by-norm", by=", ".join(norms), source="norm", because=because)
    if claims.waived:
        waiver = claims.waived[0]
        return blank._replace(status="waived", by=str(waiver.person), source="waiver", because=waiver.reason)
    if relied and all(context.norms_held.get(norm) for norm in norms):
        found = _not_met(blank, claims, scope, context)
        return found._replace(because=f"{relied}; {found.because}")
    return _not_met(blank, claims, scope, context)._replace(
        withdrawn=tuple(norm for norm in norms if context.norms_held.get(norm) is False)
    )


def _informed(blank: Meeting, scope: Scope, context: ReviewContext) -> Meeting:
    """Return whether a team that is only to know has taken part: somebody in it reviewed or signed this change."""
    authors = scope_authors(scope.files, context)
    for person, source, because in _taken_part(scope, context):
        known = not context.people.is_machine(person) and belongs(person, blank.participant.team, context)
        if known and not any(context.people.same(person, author) for author in authors):
            return blank._replace(status="met", by=str(person), source=source, because=because)
    return blank._replace(status="not-needed")


def _taken_part(scope: Scope, context: ReviewContext) -> Iterator[tuple[Person, str, str]]:
    """Yield who looked at a scope, by which source, and the words for it."""
    for claim in context.sign_offs:
        about = claim.syncpoint == scope.syncpoint.name and claim.source in scope.syncpoint.accept
        if about and not claim.waiver and not claim.fault and same_digest(claim.digest, scope.digest):
            yield claim.person, claim.source, holds(claim, scope, context)
    for review in context.forge.reviews if context.forge is not None else ():
        if not review.bot and review.state != "dismissed":
            yield review.person, "review", f"{context.people.called(review.person)} reviewed {review.commit[:SHORT]}"


def relied_too_long(scope: Scope, participant: Participant, context: ReviewContext) -> str:
    """Return why norms no longer stand in: they only postpone drift, and from some tempos on the loop returns."""
    row = context.drift.worst(scope.names, participant.team) if context.drift is not None else None
    if row is None or row.component in (context.drift.blind if context.drift else ()) or row.drift.ratio < RETURNS_AT:
        return ""
    changes = f"{row.drift.changes} change{'s' * (row.drift.changes != 1)}"
    return f"{participant.team} relied on a norm for {changes} (drift {row.drift.ratio:.1f}); meet once"


def _sorted(scope: Scope, participant: Participant, purpose: Purpose, context: ReviewContext) -> _Claims:
    found = _Claims([], [], [], [])
    for claim in claims_for(scope, participant, purpose, context):
        reason = refusal(claim, scope, participant, context)
        if reason:
            found.refused.append(f"{whose(claim, context)}: {reason}")
        elif scope.bind != "none" and not same_digest(claim.digest, scope.digest):
            found.lapsed.append(claim)
        else:
            (found.waived if claim.waiver else found.signed).append(claim)
    signed = _distinct(found.signed, context)
    return found._replace(signed=signed, lapsed=_distinct(found.lapsed, context, besides=signed))


def _distinct(claims: list[SignOff], context: ReviewContext, besides: list[SignOff] | None = None) -> list[SignOff]:
    """Keep one claim a person, the first: two identities of one person are one approval."""
    seen = {context.people.resolve(claim.person) for claim in besides or ()}
    kept = []
    for claim in claims:
        key = context.people.resolve(claim.person)
        if key not in seen:
            seen.add(key)
            kept.append(claim)
    return kept


def _met(blank: Meeting, claims: _Claims, scope: Scope, context: ReviewContext) -> Meeting:
    return blank._replace(
        status="met",
        by=", ".join(str(claim.person) for claim in claims.signed),
        source=claims.signed[0].source,
        because="; ".join(holds(claim, scope, context) for claim in claims.signed),
    )


def _not_met(blank: Meeting, claims: _Claims, scope: Scope, context: ReviewContext) -> Meeting:
    said = [holds(claim, scope, context) for claim in claims.signed]
    said += [lapsed(claim, scope, context) for claim in claims.lapsed]
    if claims.lapsed:
        first = claims.lapsed[0]
        return blank._replace(
            status="stale", by=str(first.person), source=first.source, because="; ".join(said + claims.refused)
        )
    missing = blank.participant.approvals - len(claims.signed)
    said += claims.refused + _norms_because(blank, context) + [_open_because(scope, missing, claims, context)]
    return blank._replace(because="; ".join(said), unknown=context.people.unreadable(blank.team))


def _norms_because(blank: Meeting, context: ReviewContext) -> list[str]:
    norms = blank.participant.unless_norms if blank.purpose == "compliance" else ()
    states = {True: "holds", False: "does not hold", None: "was not checked"}
    return [
        f"norm {norm} {states[context.norms_held.get(norm)]} on this change" for norm in norms if context.norms_held
    ]


def _open_because(scope: Scope, missing: int, claims: _Claims, context: ReviewContext) -> str:
    if "review" in scope.syncpoint.accept and not context.reviews_given:
        return REVIEWS_NOT_GIVEN
    if missing > 1:
        return f"{missing} approvals are missing"
    return "1 approval is missing" if claims.signed else "nobody has signed"
