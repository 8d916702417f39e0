"""A third party's check: an added TODO names the ticket it waits for."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_syncpoints import Check, Finding, ReviewContext, hookimpl


class TodoHasTicket:
    """Is every TODO that this change adds tied to a ticket?"""

    name = "acme-todo"
    rules = ("ACME001",)

    def run(self, context: ReviewContext) -> Iterator[Finding]:
        for file in context.change.files:
            for hunk in file.hunks:
                for offset, line in enumerate(hunk.added):
                    if b"TODO" in line and b"TODO(ACME-" not in line:
                        yield Finding(
                            "ACME001",
                            "a TODO without a ticket",
                            name="todo-without-ticket",
                            remedy="write TODO(ACME-123), or do it now",
                            path=file.path,
                            line=hunk.new_start + offset,
                            anchor=line.decode("utf-8", "replace"),
                        )


@hookimpl
def syncpoints_checks() -> tuple[Check, ...]:
    return (TodoHasTicket(),)
