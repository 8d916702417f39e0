"""Request: the pull or merge request this run is about, as the CI's own event says it, never as a report does."""

from __future__ import annotations

from pytest_syncpoints.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Protocol

    from pytest_syncpoints.signoff import ForgeFacts


class ChangeRequest(Record):
    """One pull or merge request: ``project`` as the host names it, ``head`` the commit this run is about.

    ``target`` is the branch it is meant for. ``run`` orders the runs of the CI that are about one head: a later
    run has a greater number, ``None`` outside a CI. ``is_privileged`` says that the run holds rights which the change's
    author has not, while the report comes from a run of theirs.
    """

    project: str
    number: int
    head: str
    target: str
    run: int | None = None
    is_privileged: bool = False


class Comment(Record):
    """A comment on the request, with the marker's first line still in its ``body``; ``own`` where we wrote it."""

    id: str
    body: str
    own: bool


if TYPE_CHECKING:

    class Forge(Protocol):
        """A host, spoken to about one request. Every method raises CannotEvaluate where the host does not answer."""

        name: str
        limit: int  # characters of a comment

        @property
        def request(self) -> ChangeRequest:
            """Return which request this is about."""

        def document(self, teams: Iterable[str] = ()) -> dict[str, Any]:
            """Return the host's own JSON of all that, as ``--reviews`` takes it."""

        def facts(self, teams: Iterable[str] = ()) -> ForgeFacts:
            """Return reviews and whatever tells who is who; ``teams`` are those whose members are wanted."""

        def current_head(self) -> str:
            """Return the commit the request stands at now."""

        def comments(self) -> list[Comment]:
            """Return all comments on the request."""

        def comment(self, body: str) -> None:
            """Write a new comment."""

        def edit(self, comment_id: str, body: str) -> None:
            """Replace the text of a comment."""

        def set_status(self, state: str, description: str) -> None:
            """Set the status of the head: ``success``, ``failure`` or ``pending``, with at most 140 characters."""
