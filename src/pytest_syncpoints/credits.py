"""Credits: who a commit message says took part, and as what, in the conventions of common projects.

Read from whole messages, not from the last paragraph alone: a squash keeps the trailers of its parts in the middle.
Conventions known: trailers as the kernel, git and QEMU write them (`Documentation/process/submitting-patches.rst`,
`Reviewed-by: Name <mail>`), node's `Reviewed-By`, PostgreSQL's `Author:` and `Reviewed-by: a, b`
(wiki.postgresql.org, "Commit Message Guidance"), `Reviewed by:` of FreeBSD, illumos and Phabricator (LLVM), GitHub's
`Co-authored-by` (docs.github.com), Gerrit's `Code-Review+2` in its review notes, and our own.
"""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    Role = Literal["author", "co-author", "reviewer", "signer", "tester", "waiver"]

# A key in lower case with hyphens for spaces, and what whoever it names has done. Who asked for a change, reported,
# mentored or paid for it did not take part in it.
ROLES: dict[str, Role] = {
    "author": "co-author",
    "authors": "co-author",
    "authored-by": "co-author",
    "co-author": "co-author",
    "co-authors": "co-author",
    "co-authored-by": "co-author",
    "coauthored-by": "co-author",
    "co-developed-by": "co-author",
    "based-on-patch-by": "co-author",
    "contributions-by": "co-author",
    "original-patch-by": "co-author",
    "patch-by": "co-author",
    "ported-by": "co-author",
    "written-by": "co-author",
    "acked": "reviewer",
    "acked-by": "reviewer",
    "ack-by": "reviewer",
    "approved": "reviewer",
    "approved-by": "reviewer",
    "accepted-by": "reviewer",
    "code-review+1": "reviewer",
    "code-review+2": "reviewer",
    "release-acked-by": "reviewer",
    "review-by": "reviewer",
    "reviewed": "reviewer",
    "reviewed-by": "reviewer",
    "reviewer": "reviewer",
    "accountable": "signer",
    "commited-by": "signer",
    "committed-by": "signer",
    "signed-of-by": "signer",
    "signed-off": "signer",
    "signed-off-by": "signer",
    "singed-off-by": "signer",
    "tested": "tester",
    "tested-by": "tester",
    "syncpoint-waived": "waiver",
}
_LONGEST_KEY = max(map(len, ROLES)) + 4
_LONGEST_VALUE = 2000
_NOBODY = frozenset(("", "-", "?", "me", "myself", "n/a", "na", "nobody", "no one", "none", "self", "tbd", "todo", "x"))
_ENDS = " \t,;&.\\"


class Credit(Record):
    """One person and what they did in a change; an e-mail is empty where the message names a name or a handle."""

    role: Role
    person: Person


def credits_of(message: str) -> tuple[Credit, ...]:
    """Return everybody a commit message credits, each person once a role."""
    found: dict[Credit, None] = {}
    for role, value in credit_lines(message):
        for person in people_in(value, waiver=role == "waiver"):
            found[Credit(role, person)] = None
    return tuple(found)


def credit_lines(message: str) -> Iterator[tuple[Role, str]]:
    """Yield role and value of each line that credits somebody; a value that ends in a comma goes on below."""
    lines = iter(message.splitlines())
    for line in lines:
        found = _credit(line)
        while found is not None:
            role, value = found
            found = None
            while not value or value.endswith(","):
                following = next(lines, "")
                found = _credit(following)
                if found is not None or not following[:1].isspace() or not following.strip():
                    break
                value = f"{value} {following.strip()}".strip()
            yield role, value[:_LONGEST_VALUE]


def _credit(line: str) -> tuple[Role, str] | None:
    """Return role and value of a line; an indented one is quoted, and credits nobody."""
    at = line.find(":", 0, _LONGEST_KEY)
    if at < 4 or line[0] in " \t>":
        return None
    role = ROLES.get("-".join(line[:at].lower().split()))
    return (role, line[at + 1 :].strip()) if role is not None else None


def people_in(value: str, *, waiver: bool = False) -> Iterator[Person]:
    """Yield the people a value names, with or without e-mails, separated by commas, semicolons or "and"."""
    text = _without_note(value)
    if waiver:  # `syncpoint/team Name <mail>`
        text = text.partition(" ")[2]
    if "<" in text:
        yield from _bracketed(text)
    else:
        yield from _plain(text)


def _without_note(value: str) -> str:
    """Return a value without a note behind `#`, quoted-printable leftovers and invisible ends."""
    text, _, _ = value.partition(" #")
    return text.replace("=20", "").replace("\x00", "").strip(_ENDS)


def _bracketed(text: str) -> Iterator[Person]:
    rest = text
    while "<" in rest:
        name, _, rest = rest.partition("<")
        email, closed, after = rest.partition(">")
        if not closed:
            email, after = rest, ""
        name = _without_and(name).strip(' \t,;&"')
        yield from (Person("", "", handle[1:]) for handle in _handles(email))
        if "@" in email.strip("@") or name:
            yield Person(name, "" if email.startswith("@") else email.strip().replace(" ", ""))
        rest = after
    if rest.lstrip().startswith((",", ";")):
        yield from _plain(rest.strip(_ENDS))


def _handles(email: str) -> Iterator[str]:
    if email.startswith("@") and "@" not in email[1:] and email[1:]:
        yield email


def _plain(text: str) -> Iterator[Person]:
    """Yield people of a value without angle brackets: names, handles, bare e-mails, `Name (mail)`, `Name, mail`."""
    pending = ""
    for piece in _pieces(text):
        words = piece.replace("(", " ").replace(")", " ").replace("[", " ").replace("]", " ").split()
        email = next((word for word in words if "@" in word.strip("@")), "")
        name = " ".join(word for word in words if word != email)
        if email:
            yield Person(name or pending, email.removeprefix("mailto:"))
            pending = ""
            continue
        if pending:
            yield _named(pending)
        pending = "" if name.lower() in _NOBODY or "://" in name else _bare_name(piece)
    if pending:
        yield _named(pending)


def _pieces(text: str) -> list[str]:
    for separator in (";", " and ", " & ", "/ "):
        text = text.replace(separator, ",")
    return [_without_and(piece).strip() for piece in text.split(",") if piece.strip()]


def _without_and(text: str) -> str:
    bare = text.strip()
    return bare[4:] if bare.lower().startswith("and ") else bare


def _bare_name(piece: str) -> str:
    """Return a name without what stands in brackets behind it."""
    for bracket in ("(", "["):
        before, found, _ = piece.partition(bracket)
        piece = before if found and before.strip() else piece
    return piece.strip(_ENDS + "()[]")


def _named(name: str) -> Person:
    return Person("", "", name[1:]) if name.startswith("@") and len(name) > 1 else Person(name, "")
