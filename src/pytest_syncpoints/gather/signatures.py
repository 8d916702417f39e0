"""Signatures: signed notes and signed commits as sign-offs, each verified now against the target's signers."""

from __future__ import annotations

import base64
import os

from pytest_syncpoints.change import Person
from pytest_syncpoints.gather.commits import read_commits
from pytest_syncpoints.gather.git import answer, resolve_quietly
from pytest_syncpoints.gather.notes import read_notes, repository_id
from pytest_syncpoints.gather.process import find_program
from pytest_syncpoints.gather.verifier import Verdict, Verifier, bare, signing_program
from pytest_syncpoints.machines import MACHINE_SCOPE
from pytest_syncpoints.record import Record
from pytest_syncpoints.signed_note import NAMESPACE, NOTES_REF, payload, seconds
from pytest_syncpoints.signoff import SignOff, same_digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext
    from pytest_syncpoints.gather.git import Repository
    from pytest_syncpoints.gather.objects import Objects
    from pytest_syncpoints.gather.trust import TrustRoots
    from pytest_syncpoints.policy import Policy
    from pytest_syncpoints.signed_note import SignatureKind, SignedNote

_MOST_LAPSED = 20  # notes over other content that are looked at, the latest ones, to say what is left to read
_CAVEAT = "a signed commit does not survive a rebase"
_SIGNATURE_HEADERS = (b"gpgsig ", b"gpgsig-sha256 ")
# git's own verdict (git-log, %G?), as far as it is not "G".
_NOT_GOOD = {
    "B": "git calls the commit's signature bad",
    "U": "git does not know the commit's signer, or the key's validity",
    "X": "the commit's signature has expired",
    "Y": "the key has expired",
    "R": "the key was revoked",
    "E": "git cannot check the commit's signature: a key is missing",
    "N": "git sees no signature",
}


class _CommitSignature(Record):
    """The signature of a commit object, and the bytes it was made over."""

    kind: SignatureKind
    message: bytes
    signature: str


class Signatures:
    """The signatures of one repository, judged by the signers of one trusted tree."""

    def __init__(self, repository: Repository, objects: Objects, trust: TrustRoots, notes: str | None = None) -> None:
        """Take the repository, its open reader, the trusted tree, and where notes stand if not at their ref."""
        self._notes_at = notes or NOTES_REF
        self._repository = repository
        self._objects = objects
        self._trust = trust

    def about(self, context: ReviewContext) -> tuple[SignOff, ...]:
        """Return what signatures say of the touched sync points and of machine-written hunks.

        Raises CannotEvaluate where a tool is missing.
        """
        notes = tuple(self._notes(context))
        signed = tuple(self._claims_in_signed_commits(context))
        if not notes and not signed:
            return ()
        with verifier_of(context.policy, self._trust) as verifier:
            return (
                *(self._from_note(commit, note, verifier, context) for commit, note in notes),
                *(self._from_commit(claim, found, verifier, context) for claim, found in signed),
            )

    def _notes(self, context: ReviewContext) -> Iterator[tuple[str, SignedNote]]:
        """Yield the notes that could decide: over the digest of a touched sync point, or given on this very work."""
        digests = {t.syncpoint.name: t.digest for t in context.touched if "signature" in t.syncpoint.accept}
        if context.machine is not None:
            digests[MACHINE_SCOPE] = context.machine.digest
        found = [
            (commit, note)
            for commit, note in (read_notes(self._repository, self._objects, self._notes_at) if digests else ())
            if note.syncpoint in digests
        ]
        yield from (pair for pair in found if same_digest(pair[1].digest, digests[pair[1].syncpoint]))
        others = (pair for pair in found if not same_digest(pair[1].digest, digests[pair[1].syncpoint]))
        latest = sorted(others, key=lambda pair: pair[1].time, reverse=True)[:_MOST_LAPSED]
        yield from (pair for pair in latest if self._is_this_work(pair[0], context))

    def _is_this_work(self, commit: str, context: ReviewContext) -> bool:
        """Say whether a commit is of this change, or was before a rebase: that keeps authors and their dates."""
        if any(own.sha == commit for own in context.change.commits):
            return True
        if resolve_quietly(self._repository, commit) != commit:
            return False
        own_work = {(own.author, own.authored_at) for own in context.change.commits}
        theirs = read_commits(self._repository, commit, context.change.base)
        return any((other.author, other.authored_at) in own_work for other in theirs)

    def _from_note(self, commit: str, note: SignedNote, verifier: Verifier, context: ReviewContext) -> SignOff:
        found = verifier.verify(
            note.kind, payload(note).encode("utf-8", "surrogateescape"), note.signature, namespace=NAMESPACE
        )
        fault = found.fault or self._wrong_repository(note, context)
        return SignOff(
            source="signature",
            person=signer(found, context.policy),
            syncpoint=note.syncpoint,
            team=note.team,
            digest=note.digest,
            where=commit,
            waiver=bool(note.reason),
            reason=note.reason,
            commit=commit,
            purposes=note.purposes,
            given_at=seconds(note.time) or 0.0,
            fault=fault,
        )

    def _wrong_repository(self, note: SignedNote, context: ReviewContext) -> str:
        expected = repository_id(self._repository, context.change.base or "")
        return "" if note.repository == expected else "the note was signed for another repository"

    def _claims_in_signed_commits(self, context: ReviewContext) -> Iterator[tuple[SignOff, _CommitSignature]]:
        accepting = {t.syncpoint.name for t in context.touched if "signature" in t.syncpoint.accept}
        for claim in context.sign_offs:
            if claim.source == "trailer" and claim.syncpoint in accepting and claim.commit:
                found = self._signature_of(claim.commit)
                if found is not None:
                    yield claim, found

    def _signature_of(self, commit: str) -> _CommitSignature | None:
        """Return the signature in a commit object, as git keeps it: a header of its own, continued by spaces."""
        found = self._objects.ask(commit)
        head, separator, message = found[2].partition(b"\n\n") if found else (b"", b"", b"")
        kept: list[bytes] = []
        armored: list[bytes] = []
        inside = False
        for line in head.split(b"\n"):
            inside = line.startswith(_SIGNATURE_HEADERS) or (inside and line.startswith(b" "))
            (armored if inside else kept).append(line.partition(b" ")[2] if inside else line)
        text = b"\n".join(armored)
        if not text:
            return None
        signature = bare(text)
        kind: SignatureKind = "ssh" if signature else "gpg"
        return _CommitSignature(
            kind, b"\n".join(kept) + separator + message, signature or base64.b64encode(text + b"\n").decode("ascii")
        )

    def _from_commit(
        self, claim: SignOff, found: _CommitSignature, verifier: Verifier, context: ReviewContext
    ) -> SignOff:
        """Return a trailer as a signature, if its commit is signed by the person it names.

        git's own verdict comes first; it takes a commit's date for the time of signing, so that an expired key
        would pass with a back-dated commit: the signature is verified once more, as of now.
        """
        signing_program(found.kind)
        state = self._git_says(claim.commit, verifier)
        verdict = Verdict(fault=_NOT_GOOD.get(state, f"git says {state!r}"))
        if state == "G":
            verdict = verifier.verify(found.kind, found.message, found.signature, namespace="git")
        person = signer(verdict, context.policy) if verdict.principal else claim.person
        fault = verdict.fault
        if not fault and not context.people.same(person, claim.person):
            fault = f"the trailer names {claim.person}, and the commit is signed by {person}"
        return claim._replace(source="signature", person=person, fault=fault, caveat=_CAVEAT)

    def _git_says(self, commit: str, verifier: Verifier) -> str:
        ssh, gpg = find_program("ssh-keygen"), find_program("gpg")
        forced = {
            "gpg.ssh.program": ssh or "/bin/false",
            "gpg.program": gpg or "/bin/false",
            "gpg.openpgp.program": gpg or "/bin/false",
            "gpg.x509.program": "/bin/false",
            "gpg.ssh.allowedSignersFile": verifier.allowed_file,
            "gpg.ssh.revocationFile": verifier.revoked_file or os.devnull,
            "gpg.minTrustLevel": "marginal",
        }
        options = [word for key, value in forced.items() for word in ("-c", f"{key}={value}")]
        output = answer(self._repository, *options, "log", "-1", "--no-show-signature", "--format=%G?", commit, "--")
        return output.decode("ascii", "replace").strip()


def verifier_of(policy: Policy, trust: TrustRoots) -> Verifier:
    """Return a verifier by the policy's ``[signers]``; revoked keys stand in a file of that name and ``.revoked``."""
    file = policy.signers.file
    allowed = trust.read(file) if file else None
    revoked = trust.read(f"{file}.revoked") if file else None
    return Verifier(allowed, revoked, policy.signers.fingerprints)


def signer(verdict: Verdict, policy: Policy) -> Person:
    """Return the person a principal stands for: an e-mail, or the name of a ``[people]`` entry."""
    if not verdict.principal:
        return Person("a signature", "")
    for entry in policy.people:
        if entry.name == verdict.principal:
            email = next((text for text in entry.identities if not text.startswith("@")), "")
            handle = next((text[1:] for text in entry.identities if text.startswith("@")), "")
            return Person(entry.name, email, handle)
    return Person(verdict.name or verdict.principal.partition("@")[0], verdict.principal)
