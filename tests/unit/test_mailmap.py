"""A mailmap answers as ``git check-mailmap`` does."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.project import Project

from pytest_syncpoints.change import Person
from pytest_syncpoints.mailmap import Mailmap, folded

NAMES = ("Alice", "alice", "Alice  Example", "Bob", "É", "é", "")
EMAILS = ("a@example.org", "A@Example.org", "b@example.org", "a", "\u212a@example.org", "k@example.org")
names, emails = st.sampled_from(NAMES), st.sampled_from(EMAILS)
pairs = st.builds("{} <{}>".format, names, emails)
crooked = st.lists(st.sampled_from(["<", ">", " ", "\t", "#", "a@example.org", "Bob", "\r", "<>"]), max_size=7).map(
    "".join
)
lines = pairs | st.builds("{} {}".format, pairs, pairs) | st.builds("{}{}{}".format, crooked, pairs, crooked) | crooked
mailmaps = st.lists(lines, max_size=6).map("\n".join)
people = st.builds(Person, st.sampled_from(NAMES[:-1]), emails)


def by_git(project: Project, mailmap: str, asked: list[Person]) -> list[str]:
    """Ask git who these people are."""
    (project.path / ".mailmap").write_bytes(mailmap.encode())
    stdin = "".join(f"{person.name} <{person.email}>\n" for person in asked)
    command = ["git", "check-mailmap", "--stdin"]
    done = subprocess.run(command, cwd=project.path, input=stdin.encode(), capture_output=True, check=True)
    return done.stdout.decode().split("\n")[:-1]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mailmap=mailmaps, asked=st.lists(people, min_size=1, max_size=6))
@example(mailmap="A <a> Bob <b@example.org>\n<b> Bob <b@example.org>", asked=[Person("Bob", "b@example.org")])
@example(mailmap="A <a>\n<b> <a>", asked=[Person("Bob", "a")])
@example(mailmap="A <> <a>", asked=[Person("Bob", "a")])
def test_people_go_by_the_names_that_git_gives_them(project: Project, mailmap: str, asked: list[Person]) -> None:
    ours = [Mailmap(mailmap.encode()).person(person) for person in asked]
    assert [f"{person.name} <{person.email}>" for person in ours] == by_git(project, mailmap, asked)


def test_a_handle_survives_the_mailmap() -> None:
    found = Mailmap(b"Alice Example <alice@example.org> <a@home.example>").person(Person("a", "A@Home.Example", "al"))
    assert found == Person("Alice Example", "alice@example.org", "al")


def test_an_oversized_mailmap_says_nothing() -> None:
    line = b"Alice <alice@example.org> <a@home.example>\n"
    assert Mailmap(line + b"#" * (4 << 20)).person(Person("a", "a@home.example")).email == "a@home.example"


@pytest.mark.parametrize(("text", "expected"), [("ÉA", "Éa"), ("\u212a", "\u212a"), ("İI", "İi"), ("ABC", "abc")])
def test_only_ascii_letters_are_folded(text: str, expected: str) -> None:
    """Otherwise the Kelvin sign would make a stranger somebody's namesake."""
    assert folded(text) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_a_mailmap(content: bytes) -> None:
    assert Mailmap(content).person(Person("a", "nobody@nowhere.example")).name is not None
