"""`syncpoints publish` and `syncpoints verify`: which request, which repository, which forge, and what came of it."""

from __future__ import annotations

import contextlib
import os

from pytest_syncpoints.errors import BLOCKED, CLEAR, CannotEvaluate, UsageError
from pytest_syncpoints.forge import TOKENS, forge_here, open_forge, request_here
from pytest_syncpoints.gather.git import Discovery, resolve_quietly
from pytest_syncpoints.gather.reports import read_report
from pytest_syncpoints.gather.reviews import facts_from, read_reviews
from pytest_syncpoints.publish import Checked, publish, refuse_unfit, write_job_summary
from pytest_syncpoints.render.escape import visible
from pytest_syncpoints.run import default_door
from pytest_syncpoints.verify import Verification, verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from pytest_syncpoints.forge.request import ChangeRequest, Comment, Forge
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.rules import Door
    from pytest_syncpoints.signoff import ForgeFacts

MOST_DIFFERENCES = 50


def verify_command(
    path: str, *, base: str, head: str, door: Door | None, reviews: str | None, write: Callable[[str], None]
) -> int:
    """Verify a report and return the exit status: 0 it is true and clear or blocked as git says, 1 it differs.

    Reviews come from ``--reviews FILE``; without it from the forge, where the environment names a request and a
    token. A report without reviews is verified without them.
    """
    report = read_report(path)
    with _facts(reviews, os.environ) as ask_forge:
        found = verify(report, base=base, head=head, door=door or default_door(), ask_forge=ask_forge)
    for line in _said(found):
        write(visible(line))
    return BLOCKED if found.differences else CLEAR


def publish_command(
    path: str, *, to: str, dry_run: bool, reviews: str | None, door: Door | None, write: Callable[[str], None]
) -> int:
    """Publish a report; 0 when it is published or superseded, 1 when git says otherwise than the report."""
    report = read_report(path)
    with _forge(to, os.environ, dry_run=dry_run) as forge:
        refuse_unfit(report, forge.request)
        ask = (lambda _: read_reviews(reviews)) if reviews is not None else forge.facts
        checked, found = _checked(report, forge.request, ask, door)
        if checked is None:
            for line in _said(found):
                write(visible(line))
            return BLOCKED
        for line in publish(checked, forge, dry_run=dry_run):
            write(line if dry_run else visible(line))
    if not dry_run:
        write_job_summary(checked, os.environ)
    return CLEAR


def _checked(
    report: Report, request: ChangeRequest, ask: Callable[[tuple[str, ...]], ForgeFacts], door: Door | None
) -> tuple[Checked | None, Verification | None]:
    """Return what may be published: the recomputed report; the given one, labelled, where git cannot be asked."""
    base = _tip(request)
    if base is None:
        if request.is_privileged:
            raise CannotEvaluate(
                "the report comes from a run of the change's author, and this clone has not the commits to verify it",
                remedy=f"git fetch --no-tags origin {request.target} {request.head}  (docs/ci.md)",
            )
        return Checked(report, verified=False), None
    # A report for the commit hook is published from there only; in a CI it counts as what it is, another door's.
    own: Door = "ci" if report.door == "ci" else default_door()
    found = verify(report, base=base, head=request.head, door=door or own, ask_forge=ask)
    return (None if found.differences else Checked(found.report, verified=True)), found


def _tip(request: ChangeRequest) -> str | None:
    """Return the tip of the target branch, ``None`` where it or the change's head is not in this clone."""
    try:
        repository = Discovery().repository()
    except CannotEvaluate:
        return None
    if resolve_quietly(repository, request.head) is None or not request.target:
        return None
    names = (f"refs/remotes/origin/{request.target}", f"refs/heads/{request.target}")
    return next((name for name in names if resolve_quietly(repository, name) is not None), None)


@contextlib.contextmanager
def _forge(to: str, environment: Mapping[str, str], *, dry_run: bool) -> Iterator[Forge]:
    """Open the forge, or for a dry run without a token what stands for it."""
    if dry_run and not any(environment.get(token) for token in TOKENS[to]):
        yield Offline(request_here(environment, to))
        return
    with open_forge(environment, to) as forge:
        yield forge


@contextlib.contextmanager
def _facts(
    reviews: str | None, environment: Mapping[str, str]
) -> Iterator[Callable[[tuple[str, ...]], ForgeFacts] | None]:
    """Yield what asks for reviews: the file, else the forge of this CI, else nothing."""
    if reviews is not None:
        facts = read_reviews(reviews)
        yield lambda _: facts
        return
    here = forge_here(environment)
    if here is None:
        yield None
        return

    def ask(teams: tuple[str, ...]) -> ForgeFacts:
        with open_forge(environment, here) as forge:
            return forge.facts(teams)

    yield ask


class Offline:
    """Stands for a forge that nobody may ask: no comment is there, and nothing is ever written."""

    name = "offline"
    limit = 65_536

    def __init__(self, request: ChangeRequest) -> None:
        """Take the request."""
        self.request = request

    def document(self, teams: Iterable[str] = ()) -> dict[str, Any]:
        """Say that reviews need a token or a file."""
        count = len(tuple(teams))
        raise UsageError(f"reviews need a token ({count} team{'s' * (count != 1)} asked for)", remedy="--reviews FILE")

    def facts(self, teams: Iterable[str] = ()) -> ForgeFacts:
        """Say that reviews need a token or a file."""
        return facts_from(self.document(teams))

    def current_head(self) -> str:
        """Return the head this run is about."""
        return self.request.head

    def comments(self) -> list[Comment]:
        """Return none."""
        return []

    def comment(self, body: str) -> None:
        """Refuse."""
        raise AssertionError(body)

    def edit(self, comment_id: str, body: str) -> None:
        """Refuse."""
        raise AssertionError(comment_id, body)

    def set_status(self, state: str, description: str) -> None:
        """Refuse."""
        raise AssertionError(state, description)


def _said(found: Verification | None) -> Iterator[str]:
    """Yield what verifying came to, for people."""
    if found is None:
        return
    for line in found.differences[:MOST_DIFFERENCES]:
        yield f"differs: {line}"
    if len(found.differences) > MOST_DIFFERENCES:
        yield f"differs: and {len(found.differences) - MOST_DIFFERENCES:,} more"
    for line in found.unverified[:MOST_DIFFERENCES]:
        yield f"not verified: {line}"
    if not found.differences:
        yield f"verified: git says the same; {found.report.verdict.summary}"
