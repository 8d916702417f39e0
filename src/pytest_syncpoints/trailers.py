"""Trailers: what lines such as ``Acked-by:`` at the end of a commit message claim, and what is wrong with them.

Forms (design section 7)::

    Acked-by: Alice Example <alice@example.org> # ledger-ops/ops sha256:<at least 32 hex>
    Syncpoint-Waived: ledger-ops/ops Alice Example <alice@example.org> # sha256:<at least 32 hex> reason
    Accountable: Alice Example <alice@example.org> # machine sha256:<at least 32 hex>
"""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.record import Record
from pytest_syncpoints.signoff import SHORTEST_DIGEST, SignOff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_syncpoints.change import Commit

SIGN_OFF_KEYS = ("acked-by", "approved-by", "reviewed-by", "signed-off-by")
WAIVER_KEY = "syncpoint-waived"
ACCOUNTABLE_KEY = "accountable"
CO_AUTHOR_KEY = "co-authored-by"


class TrailerFault(Record):
    """A trailer that means to be one of ours and is not well formed."""

    key: str
    value: str
    message: str
    remedy: str


def co_authors(commit: Commit) -> Iterator[Person]:
    """Yield the people a commit names as co-authors, in trailers and in the rest of its message."""
    for key, value in commit.trailers:
        person = named_person(value) if key.lower() == CO_AUTHOR_KEY else None
        if person is not None:
            yield person
    yield from commit.co_authors


def sign_offs(commits: Iterable[Commit]) -> Iterator[SignOff]:
    """Yield the sign-offs and waivers that trailers of these commits claim; faulty ones are passed over."""
    for commit in commits:
        for key, value in commit.trailers:
            found: SignOff | TrailerFault | None = parse_accountable(key, value, where=commit.sha)
            found = found or parse_sign_off(key, value, where=commit.sha)
            if isinstance(found, SignOff):
                yield found._replace(commit=commit.sha, given_at=float(commit.authored_at))


def parse_sign_off(key: str, value: str, *, where: str = "") -> SignOff | TrailerFault | None:
    """Read one trailer: a SignOff, what is wrong with it, or ``None`` where it is none of ours."""
    kind = key.lower()
    if kind == WAIVER_KEY:
        return _waiver(key, value, where)
    person_text, separator, note = value.partition("#")
    if kind not in SIGN_OFF_KEYS or not separator or "sha256:" not in note:
        return None
    return _sign_off(key, value, person_text, note, where)


def _sign_off(key: str, value: str, person_text: str, note: str, where: str) -> SignOff | TrailerFault:
    person = parse_person(person_text)
    words = note.split()
    form = f"{key}: Name <mail> # syncpoint/team sha256:<{SHORTEST_DIGEST} hex>"
    if person is None:
        return TrailerFault(key, value, "names nobody as Name <mail>", form)
    scope, team = _scope(words[0]) if words else ("", "")
    if len(words) != 2 or not team:
        return TrailerFault(key, value, "does not say which sync point and team it is for", form)
    if not is_digest(words[1]):
        return TrailerFault(key, value, f"needs a digest of at least {SHORTEST_DIGEST} hexadecimal digits", form)
    return SignOff("trailer", person, scope, team, words[1].lower(), where)


def _waiver(key: str, value: str, where: str) -> SignOff | TrailerFault:
    form = f"Syncpoint-Waived: syncpoint/team Name <mail> # sha256:<{SHORTEST_DIGEST} hex> reason"
    before, _, note = value.partition("#")
    place, _, person_text = before.strip().partition(" ")
    scope, team = _scope(place)
    person = parse_person(person_text)
    digest, _, reason = note.strip().partition(" ")
    if not team:
        return TrailerFault(key, value, "does not say which sync point and team it waives", form)
    if person is None:
        return TrailerFault(key, value, "names nobody as Name <mail>", form)
    if not is_digest(digest):
        return TrailerFault(key, value, f"needs a digest of at least {SHORTEST_DIGEST} hexadecimal digits", form)
    if not reason.strip():
        return TrailerFault(key, value, "needs a reason: it stays on record", form)
    return SignOff("trailer", person, scope, team, digest.lower(), where, waiver=True, reason=reason.strip())


def parse_accountable(key: str, value: str, *, where: str = "") -> SignOff | TrailerFault | None:
    """Read an ``Accountable:`` trailer as a sign-off of the scope ``machine``, for no team."""
    if key.lower() != ACCOUNTABLE_KEY:
        return None
    form = f"{key}: Name <mail> # machine sha256:<{SHORTEST_DIGEST} hex>"
    person_text, _, note = value.partition("#")
    person, words = parse_person(person_text), note.split()
    if person is None:
        return TrailerFault(key, value, "names nobody as Name <mail>", form)
    if len(words) != 2 or words[0] != "machine" or not is_digest(words[1]):
        return TrailerFault(key, value, "does not say which machine-written hunks it is for", form)
    return SignOff("trailer", person, "machine", "", words[1].lower(), where)


def accountable_people(commit: Commit) -> Iterator[Person]:
    """Yield the people a commit names as answering for machine-written hunks."""
    for key, value in commit.trailers:
        found = parse_accountable(key, value)
        if isinstance(found, SignOff):
            yield found.person


def _scope(text: str) -> tuple[str, str]:
    """Split ``syncpoint/team`` at the first slash: a team may be ``@org/team``, a sync point's name holds none."""
    syncpoint, separator, team = text.partition("/")
    return (syncpoint, team) if separator and syncpoint else ("", "")


def parse_person(text: str) -> Person | None:
    """Read ``Name <mail>``; ``None`` where either is missing."""
    name, bracket, rest = text.strip().partition("<")
    mail, closing, _ = rest.partition(">")
    if not bracket or not closing or "@" not in mail or not name.strip():
        return None
    return Person(name.strip(), mail.strip())


def named_person(text: str) -> Person | None:
    """Read whoever a text names, as ``Name <mail>``, a bare address or ``@handle``; ``None`` where it names nobody.

    For naming an author, where passing somebody over for want of form would let them sign for their own lines.
    """
    name, bracket, rest = text.strip().partition("<")
    mail = (rest.partition(">")[0] if bracket else name.split(" ")[-1].strip("()")).strip()
    if mail.startswith("@") and len(mail) > 1:
        return Person(name.strip() or mail, "", mail[1:])
    return Person(name.strip() if bracket else "", mail) if "@" in mail else None


def is_digest(text: str) -> bool:
    """Say whether a text is ``sha256:`` and enough hexadecimal digits."""
    algorithm, _, digits = text.partition(":")
    return (
        algorithm == "sha256"
        and SHORTEST_DIGEST <= len(digits) <= 64
        and all(d in "0123456789abcdefABCDEF" for d in digits)
    )
