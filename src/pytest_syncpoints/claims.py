"""Claims: every word given for a sync point, in one form whatever its source, and why one may not count."""

from __future__ import annotations

from pytest_syncpoints.policy import Team
from pytest_syncpoints.signoff import SignOff, same_digest, scope_digest
from pytest_syncpoints.trailers import co_authors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.change import Commit, FileChange, Person
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.meeting import Scope
    from pytest_syncpoints.policy import Participant, Purpose, Syncpoint
    from pytest_syncpoints.signoff import Review

OR = " or "  # between owners any one of whom may sign (no owner's name holds a space)
SHORT = 7
# Seconds by which a signer's clock and a forge's may differ: what Kerberos allows (RFC 4120, "typically 5 minutes").
CLOCK_SKEW = 300


def claims_for(scope: Scope, participant: Participant, purpose: Purpose, context: ReviewContext) -> tuple[SignOff, ...]:
    """Return every sign-off, waiver and review that speaks for a participant, valid or not."""
    stated = (
        claim
        for claim in context.sign_offs
        if (claim.syncpoint, claim.team) == (scope.syncpoint.name, participant.team)
        and (not claim.purposes or purpose in claim.purposes)
    )
    reviews = (_from_review(review, scope, participant, context) for review in latest_reviews(context))
    return (*stated, *reviews)


def latest_reviews(context: ReviewContext) -> tuple[Review, ...]:
    """Return the review of each person that decides: the latest one that is more than a comment."""
    latest: dict[str, Review] = {}
    for review in sorted(context.forge.reviews if context.forge else (), key=_when):
        if review.state != "commented":
            latest[context.people.resolve(review.person)] = review
    return tuple(latest.values())


def _when(review: Review) -> tuple[float, bool]:
    """Return what reviews are put in order by; whoever asked for changes at a time nobody knows still asks for them."""
    asks = review.state == "changes-requested"
    moment = _moment(review.submitted_at)
    return (float("inf") if asks else float("-inf")) if moment is None else moment, asks


def _from_review(review: Review, scope: Scope, participant: Participant, context: ReviewContext) -> SignOff:
    at = context.reviewed.get(review.commit)
    digest = ""
    if at is not None and not at.fault:
        digest = scope_digest((file for file in at.files if scope.covers(file.path)), at.old_blobs, bind=scope.bind)
    return SignOff(
        source="review",
        person=review.person,
        syncpoint=scope.syncpoint.name,
        team=participant.team,
        digest=digest,
        where=review.commit,
        commit=review.commit,
        fault=_review_fault(review, scope, context),
    )


def _review_fault(review: Review, scope: Scope, context: ReviewContext) -> str:
    commit = review.commit[:SHORT]
    if review.bot:
        return "a machine cannot sign"
    if review.state == "changes-requested":
        return f"asked for changes on {commit}"
    if review.state == "dismissed":
        return f"the review of {commit} was dismissed"
    if review.edited:
        return f"the review of {commit} was edited, and an edited one never counts"
    if scope.bind == "none":
        return ""
    if not _is_commit_id(review.commit):
        return "the approval cannot be compared: the host names no commit it was given on"
    at = context.reviewed.get(review.commit)
    if at is None:
        return f"cannot be compared: commit {commit} is not in this clone; git fetch origin {review.commit}"
    return f"cannot be compared: {at.fault}" if at.fault else ""


def _is_commit_id(text: str) -> bool:
    """Say whether a host's text can be a commit; nothing else may stand in a command that people copy."""
    return len(text) in (40, 64) and all(digit in "0123456789abcdef" for digit in text)


def commits_to_compare(context: ReviewContext) -> tuple[str, ...]:
    """Return the commits whose content decides a sign-off or says why one lapsed, as far as it is not known yet."""
    reviewed = [review.commit for review in latest_reviews(context) if review.state == "approved"]
    lapsed = [
        claim.commit
        for touched in context.touched
        for claim in context.sign_offs
        if claim.syncpoint == touched.syncpoint.name and not same_digest(claim.digest, touched.digest)
    ]
    wanted = dict.fromkeys((*reviewed, *lapsed)) if context.touched else {}
    return tuple(commit for commit in wanted if commit and commit not in context.reviewed)


def digests_in_use(context: ReviewContext) -> tuple[tuple[Scope, float, tuple[str, ...]], ...]:
    """Return the scopes somebody signed as they are, the time of the earliest sign-off, and the commits of others.

    Only trailers and notes can be carried to another change; a review belongs to the change it was given on. The
    commits are those outside the change: nobody's clock is needed to tell what landed after them.
    """
    own = {commit.sha for commit in context.change.commits}
    found = []
    for touched in context.touched:
        claims = [
            claim
            for claim in context.sign_offs
            if claim.syncpoint == touched.syncpoint.name and same_digest(claim.digest, touched.digest)
        ]
        elsewhere = dict.fromkeys(claim.commit for claim in claims if claim.commit and claim.commit not in own)
        if claims:
            found.append((touched.scope, min(claim.given_at for claim in claims), tuple(elsewhere)))
    return tuple(found)


def scope_authors(files: tuple[FileChange, ...], context: ReviewContext) -> tuple[Person, ...]:
    """Return who made what the files hold: authors and co-authors of commits that change one of them.

    Of a forge's change its author and who pushed it belong to them. None of them ever signs for these files.
    """
    found = [] if context.change.head else list(context.change.authors[:1])
    found += _writers(context.change.commits, files)
    if context.forge is not None:
        found += [*((context.forge.author,) if context.forge.author else ()), *context.forge.pushers]
    return tuple(dict.fromkeys(found))


def _writers(commits: tuple[Commit, ...], files: tuple[FileChange, ...]) -> list[Person]:
    paths = {file.path for file in files}
    own = (commit for commit in commits if paths.intersection(commit.paths))
    return [person for commit in own for person in (commit.author, *co_authors(commit))]


def refusal(claim: SignOff, scope: Scope, participant: Participant, context: ReviewContext) -> str:
    """Return why a claim can never count here whatever it is bound to; empty where it can."""
    if claim.source not in scope.syncpoint.accept:
        return f"a {claim.source} is not accepted here (accept = {list(scope.syncpoint.accept)})"
    if context.people.is_machine(claim.person):
        return "a machine cannot sign"
    before = context.reviewed.get(claim.commit)
    earlier = _writers(before.commits, scope.files) if before is not None else []
    authors = tuple(dict.fromkeys((*scope_authors(scope.files, context), *earlier)))
    if any(context.people.same(claim.person, author) for author in authors):
        return "an author of these lines cannot sign for them"
    return (
        claim.fault
        or _stranger(claim, scope.syncpoint, participant, authors, context)
        or objection(claim, context, participant.team)
    )


def objection(claim: SignOff, context: ReviewContext, team: str = "") -> str:
    """Return that whoever gave a sign-off asks for changes on the forge, and not surely before it; empty where not.

    Only a review takes a request back for sure; besides, a signature does that is younger than the request: its time
    is its signer's own word. A trailer's date is set by whoever commits. Who cannot be told apart from the signer
    objects too, as long as they are, or may be, in the ``team``.
    """
    for review in latest_reviews(context):
        if review.state == "changes-requested" and _may_be_one(claim.person, review.person, team, context):
            asked = f"asked for changes on {review.commit[:SHORT]}" if review.commit else "asked for changes"
            if not context.people.same(claim.person, review.person):
                asked = f"cannot be told apart from @{review.person.handle}, who {asked}"
            order = _order(claim, review, context)
            if order:
                return f"{asked}{order}"
    return ""


def _may_be_one(signer: Person, reviewer: Person, team: str, context: ReviewContext) -> bool:
    if context.people.same(signer, reviewer):
        return True
    return not context.people.can_tell_apart(signer, reviewer) and (
        bool(team) and belongs(reviewer, team, context) is not False
    )


def _order(claim: SignOff, review: Review, context: ReviewContext) -> str:
    """Return how a request for changes stands to a sign-off in time; empty where it is surely the older one."""
    if claim.source == "trailer":
        return ", and a trailer's date does not prove that it came after; approve there"
    asked_at = _moment(review.submitted_at)
    known = claim.given_at and asked_at is not None and claim.given_at <= context.evaluated_at + CLOCK_SKEW
    if not known or asked_at is None or abs(claim.given_at - asked_at) <= CLOCK_SKEW:
        return ", and which came first cannot be told; sign anew, or approve there"
    return " after signing" if claim.given_at < asked_at else ""


def _moment(when: str) -> float | None:
    """Return a host's time in seconds since the epoch, ``None`` where it is none, or of no known zone."""
    from datetime import datetime

    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def _stranger(
    claim: SignOff, syncpoint: Syncpoint, participant: Participant, authors: tuple[Person, ...], context: ReviewContext
) -> str:
    """Return why somebody who is no author cannot speak for the team: not in it, or nobody can tell who they are."""
    waivers = syncpoint.waivable_by if claim.waiver else None
    allowed = (participant.team,) if waivers is None else waivers
    if not allowed:
        return f"nobody may waive {syncpoint.name} (waivable_by is empty)"
    memberships = [belongs(claim.person, name, context) for name in allowed]
    if True not in memberships:
        return _not_a_member(claim.person, OR.join(allowed), memberships, context)
    unclear = [author for author in authors if not context.people.can_tell_apart(claim.person, author)]
    if unclear:
        return f"cannot be told apart from the author {unclear[0]}; {_people_line(claim.person)}"
    return landed_already(claim, context)


def _not_a_member(person: Person, teams: str, memberships: list[bool | None], context: ReviewContext) -> str:
    if None in memberships:
        return f"whether they are in {teams} cannot be told from the policy"
    if person.handle and context.people.resolve(person).startswith("@"):
        return f"not in {teams} by that handle; if they are, {_people_line(person)}"
    return f"not in {teams}"


def _people_line(person: Person) -> str:
    """Return the line of ``[people]`` that would say who somebody is."""
    known, unknown = (f"@{person.handle}", "their e-mail") if person.handle else (person.email, "@their-handle")
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in person.handle or person.name)
    return f'add to [people]: {name.lower()} = ["{known}", "<{unknown}>"]'


def landing_after(commit: str, digest: str) -> str:
    """Return the name in ``ReviewContext.landings`` of where a digest landed after a commit, by parents, not dates."""
    return f"{commit} {digest}"


def landed_already(claim: SignOff, context: ReviewContext) -> str:
    """Return that a sign-off is spent: what it was given for has landed since, and this is another change."""
    landing = context.landings.get(claim.digest) or next(
        (found for digest, found in context.landings.items() if same_digest(claim.digest, digest)), None
    )
    if landing is not None and claim.given_at > landing.at:
        landing = None
    landing = context.landings.get(landing_after(claim.commit, claim.digest)) or landing
    if landing is None or claim.source == "review":
        return ""
    return f"the sign-off is spent: what it was given for landed in {landing.sha[:SHORT]}; sign this change anew"


def belongs(person: Person, name: str, context: ReviewContext) -> bool | None:
    """Say whether somebody is a member of a team of that name, or is that person; ``None`` where nobody can tell."""
    if any(entry.name == name for entry in context.policy.people):
        return context.people.resolve(person) == context.people.named(name)
    return context.people.is_member(person, team_named(name, context))


def team_named(name: str, context: ReviewContext) -> Team:
    """Return a team of the policy; without one, the owners any of whom may sign."""
    if context.policy.path is None:
        return Team(name, tuple(name.split(OR)), declared=False)
    return context.policy.team(name)
