"""The command `signoff`: somebody's word for a sync point, bound to what it covers, as a signed note or a trailer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_syncpoints.claims import belongs, refusal
from pytest_syncpoints.errors import Refused, UsageError
from pytest_syncpoints.gather.git import Discovery, resolve
from pytest_syncpoints.gather.keys import configured_key, identity, sign
from pytest_syncpoints.gather.notes import repository_id
from pytest_syncpoints.gather.objects import Objects
from pytest_syncpoints.gather.recording import add_empty_commit, add_note_line
from pytest_syncpoints.gather.signatures import signer, verifier_of
from pytest_syncpoints.gather.trust import TrustRoots
from pytest_syncpoints.machines import MACHINE_SCOPE
from pytest_syncpoints.policy import BLOCKING_PURPOSES
from pytest_syncpoints.record import Record
from pytest_syncpoints.run import Request, gather
from pytest_syncpoints.signed_note import NAMESPACE, NOTES_REF, SignedNote, can_be_said, payload, to_line
from pytest_syncpoints.signoff import SignOff
from pytest_syncpoints.trailers import parse_accountable, parse_sign_off

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_syncpoints.change import Person
    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.keys import Key
    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.machines import MachineWork
    from pytest_syncpoints.meeting import Touched


class SignOffRequest(Record):
    """What was asked for: the sync point, the team (``None``: the one you are in), and a reason to waive instead."""

    name: str
    team: str | None
    waive: str | None
    range: RangeRequest


class _Word(Record):
    """A sign-off about to be given: by whom, for which team and purposes, over what."""

    touched: Touched
    team: str
    purposes: tuple[str, ...]
    person: Person
    reason: str
    head: str


def sign_off(request: SignOffRequest) -> str:
    """Record a sign-off and return what was recorded, with the command that shares it.

    Raises Refused (exit 1) for authors, strangers and sync points that are not touched, UsageError (2) for
    unknown names, CannotEvaluate (3) where nothing can be signed or written; then nothing was written.
    """
    if request.range.staged or request.range.worktree:
        raise UsageError("a sign-off is for what is committed", remedy="commit first, or name a range: --base REV")
    if request.waive is not None and not (request.waive.strip() and can_be_said(request.waive)):
        raise UsageError(
            "a waiver needs a reason, on one line: it stays on record", remedy='--waive "why it cannot wait"'
        )
    repository = Discovery().repository()
    context = gather(Request(request.range, never_staged=True), repository)
    person = identity(repository)
    if request.name == MACHINE_SCOPE:
        return _answer(request, person, repository, context)
    touched = _touched(request.name, context)
    team = request.team or _own_team(touched, person, context)
    purposes = _purposes(touched, team)
    word = _Word(touched, team, purposes, person, (request.waive or "").strip(), context.change.head or "")
    return _record(word, repository, context)


def _answer(request: SignOffRequest, person: Person, repository: Repository, context: ReviewContext) -> str:
    """Record that a person answers for the machine-written hunks; here the human author may be the one."""
    work, head = context.machine, context.change.head or ""
    if request.team or request.waive:
        raise UsageError(
            "who answers for machine-written lines does so in person, and nobody waives it",
            remedy=f"syncpoints signoff {MACHINE_SCOPE}",
        )
    if work is None:
        raise Refused(
            f"nothing in this change is marked as machine-written ({context.change.chosen})",
            remedy="name the change that is: --base REV --head REV",
        )
    if context.people.is_machine(person):
        raise Refused(f"{person}: a machine answers for nothing", remedy="git config user.email YOUR-OWN")
    signers = context.policy.signers
    key = configured_key(repository) if signers.file or signers.fingerprints else None
    if key is not None:
        return _answer_by_note(work, key, repository, context)
    if head != resolve(repository, "HEAD"):
        raise UsageError("a trailer goes into a commit on top, and HEAD is elsewhere", remedy="git switch BRANCH")
    value = f"{person} # {MACHINE_SCOPE} {work.digest}"
    read = parse_accountable("Accountable", value)
    if not isinstance(read, SignOff) or read.person != person:
        raise UsageError(f"{value!r} cannot be said in a trailer", remedy="git config user.name NAME, without < > #")
    commit = add_empty_commit(repository, head, f"Answer for machine-written lines\n\nAccountable: {value}\n")
    return f"{_answers(person, work)}\n  the trailer of the empty commit {commit[:7]}; share it: git push"


def _answer_by_note(work: MachineWork, key: Key, repository: Repository, context: ReviewContext) -> str:
    head = context.change.head or ""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    home = repository_id(repository, context.change.base or head)
    note = SignedNote(home, MACHINE_SCOPE, "", ("accountability",), work.digest, moment, "", key.kind)
    note, person = _signed(note, key, repository, context)
    if context.people.is_machine(person):
        raise Refused(f"{person}: a machine answers for nothing", remedy="sign with a key of your own")
    add_note_line(repository, head, to_line(note))
    return f"{_answers(person, work)}\n  a signed note on {head[:7]}; share it: git push origin {NOTES_REF}"


def _answers(person: Person, work: MachineWork) -> str:
    lines, files = _counted(work.lines, "machine-written line"), _counted(len(work.files), "file")
    return f"{person} answers for {lines} in {files}, {work.digest}"


def _touched(name: str, context: ReviewContext) -> Touched:
    found = next((touched for touched in context.touched if touched.syncpoint.name == name), None)
    if found is not None:
        return found
    names = [syncpoint.name for syncpoint in context.policy.syncpoints]
    if context.policy.path is None:
        raise Refused(
            "there is no policy here: owners approve on the host, and nothing else counts", remedy="syncpoints init"
        )
    if name not in names:
        raise UsageError(f"no sync point is called {name!r}", remedy=_nearest(name, names))
    touched = ", ".join(touched.syncpoint.name for touched in context.touched) or "none"
    raise Refused(
        f"this change does not touch {name} ({context.change.chosen})", remedy=f"sync points it touches: {touched}"
    )


def _nearest(name: str, names: Iterable[str]) -> str:
    import difflib

    known = list(names)
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or 'none'}"


def _teams(touched: Touched) -> list[str]:
    blocking = (part.team for part in touched.syncpoint.participants if BLOCKING_PURPOSES & set(part.purposes))
    return list(dict.fromkeys(blocking))


def _own_team(touched: Touched, person: Person, context: ReviewContext) -> str:
    """Return the one team of this sync point somebody is in; where it is not clear, say which there are."""
    teams = _teams(touched)
    own = [team for team in teams if belongs(person, team, context)] or teams
    if len(own) == 1:
        return own[0]
    if not teams:
        raise Refused(
            f"nobody has to sign {touched.syncpoint.name}: its participants only read",
            remedy="nothing to do: the report tells them",
        )
    raise UsageError(
        f"{touched.syncpoint.name} has several teams you could sign for", remedy=f"--team {' or --team '.join(own)}"
    )


def _purposes(touched: Touched, team: str) -> tuple[str, ...]:
    found = [
        purpose
        for participant in touched.syncpoint.participants
        for purpose in participant.purposes
        if participant.team == team and purpose in BLOCKING_PURPOSES
    ]
    if not found:
        raise UsageError(
            f"{touched.syncpoint.name} asks no team {team!r} to sign", remedy=_nearest(team, _teams(touched))
        )
    return tuple(dict.fromkeys(found))


def _record(word: _Word, repository: Repository, context: ReviewContext) -> str:
    accept, signers = word.touched.syncpoint.accept, context.policy.signers
    key = configured_key(repository) if "signature" in accept and (signers.file or signers.fingerprints) else None
    if key is not None:
        return _as_note(word, key, repository, context)
    if "trailer" in accept:
        return _as_trailer(word, repository, context)
    raise _no_way(word, context)


def _no_way(word: _Word, context: ReviewContext) -> Refused:
    name, accept = word.touched.syncpoint.name, word.touched.syncpoint.accept
    if "signature" not in accept:
        return Refused(f"{name} accepts reviews only", remedy="approve it on the host")
    if not (context.policy.signers.file or context.policy.signers.fingerprints):
        return Refused(
            "the policy has no [signers], so nobody could verify a signature", remedy="approve it on the host"
        )
    return Refused(
        "git has no key to sign with here",
        remedy="git config gpg.format ssh; git config user.signingkey ~/.ssh/id_ed25519.pub",
    )


def _checked(claim: SignOff, word: _Word, context: ReviewContext) -> None:
    """Refuse what the review would refuse."""
    for participant in word.touched.syncpoint.participants:
        if participant.team == word.team:
            reason = refusal(claim, word.touched.scope, participant, context)
            if reason:
                raise Refused(
                    f"{claim.person}: {reason}",
                    remedy=f"somebody of {word.team} who is no author signs: syncpoints signoff {claim.syncpoint}",
                )


def _claim(word: _Word, person: Person, source: str) -> SignOff:
    return SignOff(
        source=source,  # type: ignore[arg-type]  # one of the two below
        person=person,
        syncpoint=word.touched.syncpoint.name,
        team=word.team,
        digest=word.touched.digest,
        where=word.head,
        waiver=bool(word.reason),
        reason=word.reason,
        given_at=time.time(),
    )


def _as_note(word: _Word, key: Key, repository: Repository, context: ReviewContext) -> str:
    """Sign, verify the signature as the review will, and only then write."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    home = repository_id(repository, context.change.base or word.head)
    name = word.touched.syncpoint.name
    note = SignedNote(home, name, word.team, word.purposes, word.touched.digest, moment, word.reason, key.kind)
    note, person = _signed(note, key, repository, context)
    _checked(_claim(word, person, "signature"), word, context)
    add_note_line(repository, word.head, to_line(note))
    return f"{_said(word, person)}\n  a signed note on {word.head[:7]}; share it: git push origin {NOTES_REF}"


def _signed(note: SignedNote, key: Key, repository: Repository, context: ReviewContext) -> tuple[SignedNote, Person]:
    """Return a note with its signature, and whose that is by the target's signers."""
    message = payload(note).encode("utf-8")
    note = note._replace(signature=sign(key, message))
    with (
        Objects(repository) as objects,
        verifier_of(context.policy, TrustRoots(objects, context.change.base)) as verifier,
    ):
        found = verifier.verify(note.kind, message, note.signature, namespace=NAMESPACE)
    if found.fault:
        raise Refused(
            f"this signature would not count: {found.fault}", remedy="[signers] of the target's tip must list your key"
        )
    return note, signer(found, context.policy)


def _as_trailer(word: _Word, repository: Repository, context: ReviewContext) -> str:
    if word.head != resolve(repository, "HEAD"):
        raise UsageError(
            "a trailer goes into a commit on top, and HEAD is elsewhere", remedy="git switch BRANCH, and sign there"
        )
    _checked(_claim(word, word.person, "trailer"), word, context)
    scope, who, digest = f"{word.touched.syncpoint.name}/{word.team}", str(word.person), word.touched.digest
    if word.reason:
        subject, key, value = f"Waive {scope}", "Syncpoint-Waived", f"{scope} {who} # {digest} {word.reason}"
    else:
        subject, key, value = f"Sign off {scope}", "Acked-by", f"{who} # {scope} {digest}"
    read = parse_sign_off(key, value)
    if not isinstance(read, SignOff) or (read.person, read.reason) != (word.person, word.reason):
        raise UsageError(f"{value!r} cannot be said in a trailer", remedy="git config user.name NAME, without < > #")
    commit = add_empty_commit(repository, word.head, f"{subject}\n\n{key}: {value}\n")
    return f"{_said(word, word.person)}\n  the trailer of the empty commit {commit[:7]}; share it: git push"


def _said(word: _Word, person: Person) -> str:
    what = "waived" if word.reason else "signed"
    return (
        f"{word.touched.syncpoint.name}/{word.team} {what} by {person} for {', '.join(word.purposes)}: "
        f"{_counted(len(word.touched.files), 'file')}, {word.touched.digest}"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
