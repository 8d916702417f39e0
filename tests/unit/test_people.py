"""Who is one person, who is a machine, and who belongs to a team."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_syncpoints.change import Person
from pytest_syncpoints.people import People
from pytest_syncpoints.policy import MachineLimits, PersonEntry, Policy, Team

POLICY = Policy(
    people=(
        PersonEntry("alice", ("@alice", "alice@example.org", "alice@home.example")),
        PersonEntry("bob", ("@bob",)),
        PersonEntry("rob", ("rob@example.org",)),
    ),
    machine=MachineLimits(("*@ci.example.org", "@acme-deploy-*")),
)
MAILMAP = b"Bob Example <bob@example.org> <bob@old.example>\n<alice@example.org> <a@laptop>\n"
PEOPLE = People.build(POLICY, MAILMAP)


def mail(address: str, handle: str = "") -> Person:
    return Person("Somebody", address, handle)


def handle(name: str) -> Person:
    return Person("", "", name)


KEYS = {
    "an e-mail of [people]": (mail("alice@home.example"), "people/alice"),
    "an e-mail of [people] in other case": (mail("Alice@Home.Example"), "people/alice"),
    "a handle of [people]": (handle("Alice"), "people/alice"),
    "an e-mail that the mailmap joins to [people]": (mail("a@laptop"), "people/alice"),
    "an e-mail that the mailmap joins to another": (mail("bob@old.example"), "bob@example.org"),
    "an e-mail that nobody lists": (mail("Eve@example.org"), "eve@example.org"),
    "a handle that nobody lists": (handle("Eve"), "@eve"),
    "an e-mail that is joined to a handle": (mail("bob@example.org", "bob"), "people/bob"),
    "an e-mail of one person with the handle of another": (mail("alice@example.org", "bob"), "people/alice"),
}


@pytest.mark.parametrize(("person", "key"), KEYS.values(), ids=KEYS.keys())
def test_an_identity_is_one_person(person: Person, key: str) -> None:
    assert PEOPLE.resolve(person) == key


def test_a_look_alike_letter_is_somebody_else() -> None:
    """The Kelvin sign folds to k in Unicode."""
    people = People.build(Policy(people=(PersonEntry("kim", ("kim@example.org",)),)))
    assert people.resolve(mail("\u212aim@example.org")) != people.resolve(mail("kim@example.org"))


@given(st.text(), st.sampled_from(["people/", "@", "", "/"]), st.sampled_from(["alice", "bob", "Alice", "people/bob"]))
def test_no_text_in_place_of_an_e_mail_passes_for_an_entry_or_a_handle(name: str, prefix: str, text: str) -> None:
    """Git takes any text for an e-mail."""
    assert PEOPLE.resolve(Person(name, prefix + text)).startswith("<")


def test_an_entry_that_lists_an_old_e_mail_is_the_person_of_the_new_one() -> None:
    people = People.build(Policy(people=(PersonEntry("bob", ("bob@old.example",)),)), MAILMAP)
    assert people.resolve(mail("bob@example.org")) == "people/bob"


APART = {
    "two e-mails": (mail("a@x.example"), mail("b@x.example"), True),
    "the same e-mail": (mail("a@x.example"), mail("A@x.example"), False),
    "two handles": (handle("a"), handle("b"), True),
    "a handle and nobody": (handle("a"), Person("A", ""), False),
    "a handle and an e-mail": (handle("a"), mail("b@x.example"), False),
    "a listed handle and an e-mail": (handle("alice"), mail("b@x.example"), True),
    "a listed handle and its own e-mail": (handle("alice"), mail("alice@home.example"), False),
    "an unlisted handle and a person whose handle is listed": (handle("eve"), mail("alice@example.org"), True),
    "nobody and somebody": (Person("", ""), mail("a@x.example"), False),
    "a handle and its no-reply address": (handle("eve"), mail("12345+Eve@users.noreply.github.com"), False),
    "a handle and its old no-reply address": (handle("eve"), mail("eve@users.noreply.github.com"), False),
    "a handle and its no-reply address of GitLab": (handle("eve"), mail("77-eve@users.noreply.gitlab.com"), False),
    "a handle with a known e-mail and its no-reply address": (
        Person("", "eve@example.org", "eve"),
        mail("1+eve@users.noreply.github.com"),
        False,
    ),
    "a listed handle and its no-reply address": (
        mail("alice@home.example"),
        mail("1+alice@users.noreply.x.example"),
        False,
    ),
    "another's no-reply address": (handle("eve"), mail("1+mallory@users.noreply.github.com"), True),
    "a no-reply address and an e-mail": (mail("1+eve@users.noreply.github.com"), mail("e@x.example"), False),
}


@pytest.mark.parametrize(("first", "second", "apart"), APART.values(), ids=APART.keys())
def test_whether_two_identities_are_known_to_be_two_people(first: Person, second: Person, apart: bool) -> None:
    assert PEOPLE.can_tell_apart(first, second) is apart
    assert PEOPLE.can_tell_apart(second, first) is apart


def test_nobody_is_told_apart_from_nobody() -> None:
    assert not PEOPLE.can_tell_apart(Person("A", ""), Person("B", ""))


MEMBERS = {
    "a person by name": (("alice",), mail("alice@home.example"), True),
    "a person by another identity": (("@alice",), mail("alice@home.example"), True),
    "an e-mail": (("eve@example.org",), mail("Eve@Example.org"), True),
    "an e-mail by the mailmap": (("bob@example.org",), mail("bob@old.example"), True),
    "an old e-mail in the policy": (("bob@old.example",), mail("bob@example.org"), True),
    "a handle": (("@Eve",), handle("eve"), True),
    "somebody else": (("alice",), mail("eve@example.org"), False),
    "a forge's team": (("@acme/ops",), mail("eve@example.org"), None),
    "a forge's team beside the person": (("@acme/ops", "alice"), mail("alice@example.org"), True),
    "a forge's team by its own name": (("@acme/ops",), handle("acme/ops"), None),
    "an empty team": ((), mail("eve@example.org"), False),
    "nobody": (("@acme",), Person("", ""), False),
    "a handle, by its no-reply address": (("@eve",), mail("9+eve@users.noreply.github.com"), True),
    "a no-reply address, by its handle": (("9+eve@users.noreply.github.com",), handle("eve"), True),
    "one person's handle with another's e-mail": (("alice",), Person("", "rob@example.org", "alice"), False),
}


@pytest.mark.parametrize(("members", "person", "expected"), MEMBERS.values(), ids=MEMBERS.keys())
def test_who_is_in_a_team(members: tuple[str, ...], person: Person, expected: bool | None) -> None:
    assert PEOPLE.is_member(person, Team("t", members)) is expected


MACHINES = {
    "an app of GitHub": (mail("49699333+dependabot[bot]@users.noreply.github.com"), True),
    "a bot by its name": (Person("renovate[bot]", "x@example.org"), True),
    "a project token of GitLab": (mail("project_12_bot_a1@noreply.gitlab.example"), True),
    "a bot by its handle": (handle("github-actions"), True),
    "a machine of the policy": (mail("Nightly@CI.example.org"), True),
    "a person": (mail("alice@example.org"), False),
    "a project token of GitLab by its handle": (handle("project_12_bot_a1"), True),
    "a service account of GitLab": (handle("service_account_group_7"), True),
    "what is merged on the web": (Person("GitHub", "noreply@github.com"), True),
    "a person with a machine at the keyboard": (Person("Eve (aider)", "eve@example.org"), True),
    "a machine's handle in the policy": (handle("acme-deploy-3"), True),
    "a person whose name ends in bot": (Person("Abbot", "abbot@example.org"), False),
    "nobody": (Person("", ""), False),
}


@pytest.mark.parametrize(("person", "machine"), MACHINES.values(), ids=MACHINES.keys())
def test_who_is_a_machine(person: Person, machine: bool) -> None:
    assert PEOPLE.is_machine(person) is machine
