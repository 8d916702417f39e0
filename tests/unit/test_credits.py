"""Who a commit message credits, in the conventions projects write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.change import Person
from pytest_syncpoints.credits import ROLES, Credit, credits_of, people_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pytest_syncpoints.credits import Role

BOB = Person("Bob Example", "bob@example.org")
CAROL = Person("Carol Example", "carol@example.org")


def case(message: str, *found: tuple[Role, Person], id: str) -> object:  # noqa: A002  # as pytest calls it
    return pytest.param(message, tuple(Credit(role, person) for role, person in found), id=id)


CONVENTIONS = [
    case("Reviewed-by: Bob Example <bob@example.org>", ("reviewer", BOB), id="kernel, git, QEMU: a reviewer"),
    case("Acked-by: Bob Example <bob@example.org> # ARM", ("reviewer", BOB), id="kernel: a note behind the e-mail"),
    case("Acked-by: Bob Example <bob@example.org> [x86 bits]", ("reviewer", BOB), id="Xen: a note in brackets"),
    case("Signed-off-by: Bob Example <bob@example.org", ("signer", BOB), id="a bracket that was never closed"),
    case("Signed-off-by: Bob Example (bob@example.org)", ("signer", BOB), id="an e-mail in round brackets"),
    case("Signed-off-by: Bob Example, bob@example.org", ("signer", BOB), id="an e-mail behind a comma"),
    case("signed-off-by : Bob Example <bob@example.org>", ("signer", BOB), id="a space before the colon"),
    case("Reviewed-By: Bob Example <bob@example.org>", ("reviewer", BOB), id="node: capital By"),
    case(
        "Author: Bob Example <bob@example.org>\nReviewed-by: Carol Example <carol@example.org>, Dora Example",
        ("co-author", BOB),
        ("reviewer", CAROL),
        ("reviewer", Person("Dora Example", "")),
        id="PostgreSQL: the author in the body, reviewers in a list",
    ),
    case(
        "Reviewed By: dvyukov, george.karpenkov",
        ("reviewer", Person("dvyukov", "")),
        ("reviewer", Person("george.karpenkov", "")),
        id="Phabricator, LLVM: handles in a list",
    ),
    case("Reviewers: dvyukov, cryptoad", id="Phabricator: who was asked has not reviewed"),
    case(
        "Reviewed by:\tbob,\n\t\tcarol",
        ("reviewer", Person("bob", "")),
        ("reviewer", Person("carol", "")),
        id="FreeBSD: a list that goes on below",
    ),
    case("Reviewed by: Bob Example <bob@example.org>", ("reviewer", BOB), id="illumos: a space for the hyphen"),
    case("Code-Review+2: Bob Example <bob@example.org>", ("reviewer", BOB), id="Gerrit: a line of a review note"),
    case(
        "* Post in euros\n\nCo-authored-by: Bob Example <bob@example.org>\n\n* Round\n\nmore words",
        ("co-author", BOB),
        id="GitHub: a squash keeps trailers in the middle",
    ),
    case("Reviewed-by: @bob", ("reviewer", Person("", "", "bob")), id="a forge's handle"),
    case(
        "Acked-by: Bob Example <bob@example.org> # ledger-ops/ops sha256:" + "0" * 32,
        ("reviewer", BOB),
        id="our own sign-off",
    ),
    case(
        "Syncpoint-Waived: ledger-ops/ops Bob Example <bob@example.org> # sha256:" + "0" * 32 + " at night",
        ("waiver", BOB),
        id="our own waiver: the scope is no name",
    ),
    case("  Signed-off-by: Bob Example <bob@example.org>", id="an indented line is quoted"),
    case("Reviewed-by: nobody", id="nobody is nobody"),
    case("Reviewed: https://reviews.example.org/D1", id="an address of a page is nobody"),
    case("Reported-by: Bob Example <bob@example.org>", id="who reported did not take part"),
    case("Tested-by: Bob Example <bob@example.org>", ("tester", BOB), id="a tester"),
]


@pytest.mark.parametrize(("message", "found"), CONVENTIONS)
def test_a_message_credits(message: str, found: tuple[Credit, ...]) -> None:
    assert credits_of(f"Post in euros\n\n{message}\n") == found


@given(st.text(max_size=300))
def test_any_message_can_be_read(text: str) -> None:
    assert all(credit.role in set(ROLES.values()) for credit in credits_of(text))


@given(st.text(alphabet="abc <>@,;()#& ", max_size=60))
def test_nobody_without_a_name_an_e_mail_or_a_handle_is_credited(value: str) -> None:
    assert all(person.name or person.email or person.handle for person in people_in(value))
