"""The hook `syncpoints-message` (stage commit-msg): sign-off trailers are well formed and name people who are known."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_syncpoints.gather.trust import Known
    from pytest_syncpoints.signoff import SignOff


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the message file named in the arguments and return 1 where a trailer of ours is faulty."""
    from pytest_syncpoints.door import guarded

    words = list(sys.argv[1:] if arguments is None else arguments)
    return guarded(lambda: _check(words))


def _check(words: list[str]) -> int:
    from pytest_syncpoints.errors import BLOCKED, CLEAR
    from pytest_syncpoints.render.escape import visible

    faults = [visible(fault) for fault in _faults(_message(words))]
    for fault in faults:
        sys.stdout.write(f"syncpoints: {fault}\n")
    return BLOCKED if faults else CLEAR


def _message(words: list[str]) -> bytes:
    from pytest_syncpoints.errors import UsageError

    if not words:
        raise UsageError("no message file was named", remedy="git commit names it; by hand: syncpoints-message FILE")
    try:
        with open(words[-1], "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"{words[-1]!r} cannot be read: {error.strerror}", remedy="name the file git wrote: .git/COMMIT_EDITMSG"
        ) from error


def _faults(message: bytes) -> Iterator[str]:
    lower = message.lower()
    if not any(word in lower for word in (b"sha256:", b"syncpoint-waived", b"accountable")):
        return  # nothing of ours in it: no process is started
    from pytest_syncpoints.gather.commits import message_trailers
    from pytest_syncpoints.gather.git import Discovery
    from pytest_syncpoints.gather.trust import known_at_head
    from pytest_syncpoints.trailers import TrailerFault, parse_accountable, parse_sign_off

    repository = Discovery().repository()
    known = known_at_head(repository)
    for key, value in message_trailers(repository, message):
        found = parse_accountable(key, value) or parse_sign_off(key, value)
        if isinstance(found, TrailerFault):
            yield f"the trailer '{key}: {value}' {found.message}; form: {found.remedy}"
        elif found is not None and found.team:  # to answer for machine-written lines, nobody need be in a team
            yield from (f"the trailer '{key}: {value}' {fault}" for fault in _unknown(found, known))


def _unknown(claim: SignOff, known: Known) -> Iterator[str]:
    policy = known.policy
    point = next((point for point in policy.syncpoints if point.name == claim.syncpoint), None)
    if point is None:
        names = ", ".join(point.name for point in policy.syncpoints) or "none"
        yield f"names the sync point {claim.syncpoint!r}, which the policy does not know (it knows: {names})"
        return
    teams = [participant.team for participant in point.participants]
    if claim.team not in teams:
        yield f"names {claim.team!r}, which does not meet at {point.name} (there: {', '.join(teams)})"
        return
    waivers = point.waivable_by if claim.waiver else None
    allowed = (claim.team,) if waivers is None else waivers
    if all(_belongs(claim, name, known) is False for name in allowed):
        names = " or ".join(allowed)
        yield f"names {claim.person}, who is not a member of {names}" if names else f"waives {point.name}: nobody may"


def _belongs(claim: SignOff, name: str, known: Known) -> bool | None:
    if any(entry.name == name for entry in known.policy.people):
        return known.people.resolve(claim.person) == known.people.named(name)
    return known.people.is_member(claim.person, known.policy.team(name))


if __name__ == "__main__":
    raise SystemExit(main())
