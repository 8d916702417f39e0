"""Simulation: facts to suppose (``--as-if``), so that a person can ask what would settle a change."""

from __future__ import annotations

from pytest_syncpoints.change import Person
from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.signoff import SignOff
from pytest_syncpoints.syncpoint import touched_syncpoints

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_syncpoints.check import ReviewContext

FORMS = ("signed:TEAM=MAIL", "author=MAIL", "door=local|ci")


def suppose(context: ReviewContext, facts: tuple[str, ...]) -> ReviewContext:
    """Return the context with the facts supposed and noted in ``simulated``; raises UsageError for what is none."""
    for fact in facts:
        key, separator, value = fact.partition("=")
        if not separator or not value:
            raise _unknown(fact)
        if key == "door" and value in ("local", "ci"):
            context = context._replace(door="ci" if value == "ci" else "local")
        elif key == "author":
            context = _with_author(context, person(value))
        elif key.startswith("signed:"):
            context = context._replace(sign_offs=context.sign_offs + tuple(_signed(context, key[7:], person(value))))
        else:
            raise _unknown(fact)
    return context._replace(simulated=context.simulated + facts)


def _unknown(fact: str) -> UsageError:
    return UsageError(f"--as-if does not know {fact!r}", remedy=f"one of: {', '.join(FORMS)}")


def person(text: str) -> Person:
    """Read a person named in an option: a mail, or a handle with or without its ``@``."""
    if "@" in text.lstrip("@"):
        return Person(text.partition("@")[0], text)
    return Person(text.lstrip("@"), "", text.lstrip("@"))


def _with_author(context: ReviewContext, author: Person) -> ReviewContext:
    commits = tuple(commit._replace(author=author) for commit in context.change.commits)
    return context._replace(change=context.change._replace(authors=(author,), commits=commits))


def _signed(context: ReviewContext, team: str, signer: Person) -> Iterator[SignOff]:
    """Yield a sign-off for every touched sync point at which that team meets, bound to the content as it is."""
    found = False
    for touched in touched_syncpoints(context):
        for meeting in touched.meetings:
            if meeting.participant.team == team:
                found = True
                source = touched.syncpoint.accept[0]
                signed = SignOff(source, signer, touched.syncpoint.name, team, touched.digest, "--as-if")
                yield signed._replace(given_at=context.evaluated_at)
    if not found:
        teams = sorted({m.participant.team for touched in touched_syncpoints(context) for m in touched.meetings})
        raise UsageError(
            f"no touched sync point needs {team!r}", remedy=f"teams that meet here: {', '.join(teams) or 'none'}"
        )
