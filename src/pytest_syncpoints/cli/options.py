"""Options: those that several commands share, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pytest_syncpoints.cli.group import nearest
from pytest_syncpoints.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.review import Selection
    from pytest_syncpoints.signoff import ForgeFacts

FORMATS = "text, json, markdown, html, sarif, github or gitlab, or one of a plugin that the policy names."


color_option = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal."
)
output_option = click.option("--output", "-o", metavar="FILE", default="-", help="Where to write (default: stdout).")
reviews_option = click.option(
    "--reviews", metavar="FILE", help="The forge's own JSON of the change's reviews (-: stdin)."
)


def range_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name a range; the same everywhere."""
    options = (
        click.option("--staged", is_flag=True, help="What is staged, against HEAD."),
        click.option("--worktree", is_flag=True, help="The worktree, untracked files too, against HEAD."),
        click.option("--base", metavar="REV", help="From the merge base with REV to HEAD (or --head)."),
        click.option("--head", metavar="REV", help="The new side of --base."),
        click.option("--from-ref", metavar="REV", help="With --to-ref: from the merge base of both."),
        click.option("--to-ref", metavar="REV", help="The new side of --from-ref."),
        click.option("--commit", metavar="REV", help="One commit, against its first parent."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def formats(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Return the built-in formats that begin like this, for a shell."""
    from pytest_syncpoints.render import RENDERERS

    return [name for name in RENDERERS if name.startswith(incomplete)]


def range_asked(options: dict[str, Any]) -> RangeRequest:
    """Return the range that the options of ``range_options`` name; raises UsageError where one is empty."""
    from pytest_syncpoints.gather.ranges import RangeRequest

    names = ("base", "head", "from_ref", "to_ref", "commit")
    refuse_empty(**{name: options[name] for name in names})
    return RangeRequest(options["staged"], options["worktree"], *(options[name] for name in names))


def refuse_empty(**revisions: str | None) -> None:
    """Raise UsageError for an option given without a value: an unset variable would choose another change."""
    for name, value in revisions.items():
        if value == "":
            raise UsageError(f"--{name.replace('_', '-')} is empty", remedy="name a revision, or leave the option out")


def refuse_together(options: dict[str, Any], *names: str) -> None:
    """Raise UsageError where more than one of these flags is given."""
    given = [f"--{name}" for name in names if options[name]]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", remedy=f"give {given[0]} alone")


def selection(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    """Return the rules that ``--select`` and ``--ignore`` leave; raises UsageError for a name that is no rule."""
    from pytest_syncpoints.review import Selection
    from pytest_syncpoints.rules import FAMILIES, RULE_BY_CODE, is_selector

    def codes(values: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())
        for code in found:
            if not is_selector(code):
                raise UsageError(
                    f"no rule is called {code!r}", remedy=nearest(code, (*RULE_BY_CODE, *FAMILIES), "rules")
                )
        return found

    return Selection(codes(select), codes(ignore))


def forge_facts(path: str | None) -> ForgeFacts | None:
    """Return what the file of ``--reviews`` says; ``None`` where none is given."""
    if path is None:
        return None
    from pytest_syncpoints.gather.reviews import read_reviews

    return read_reviews(path)
