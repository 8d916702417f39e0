"""Group: the command `syncpoints` itself: its help by how often commands are used, its manual, its nearest names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pytest_syncpoints.errors import UsageError
from pytest_syncpoints.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

# What `syncpoints --help` shows, in the order of use; a command without a line here would be missing from it.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Every change", ("check", "signoff", "reviewers", "owners", "explain")),
    ("Every week", ("drift", "flow", "collisions", "audit")),
    ("Looking back", ("risk", "calibrate", "fleet")),
    ("In CI", ("verify", "publish", "merge", "render")),
    ("Set up", ("init", "doctor", "lint", "demo", "completion")),
)
EXAMPLES = """\
  syncpoints check                    what is staged, else this branch
  syncpoints check --base origin/main
  syncpoints signoff ledger-ops
"""


class Commands(click.Group):
    """The group of commands, whose help starts with examples."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's signature)
        """Write the one sentence, examples, then the commands by how often they are used."""
        formatter.write("syncpoints: who must meet over this change, for what purpose, and how\n\n")
        formatter.write(EXAMPLES)
        for title, names in GROUPS:
            formatter.write(f"\n{title}\n")
            for name in names:
                command = self.commands[name]
                formatter.write(f"  {name:<10} {command.get_short_help_str(60)}\n")
        formatter.write(
            "\nOptions: syncpoints COMMAND --help. Colour: --color auto|always|never, NO_COLOR, FORCE_COLOR.\n"
        )
        formatter.write("Exit: 0 clear, 1 blocked, 2 usage or policy, 3 could not evaluate. Manual: man syncpoints\n")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            raise UsageError(f"there is no command {name!r}", remedy=nearest(name, tuple(self.commands), "commands"))
        return super().resolve_command(ctx, args)


def nearest(name: str, names: Sequence[str], kind: str) -> str:
    """Return a remedy: the name that was probably meant, or the names there are."""
    import difflib

    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"{kind}: {', '.join(names)}"


def _manual(context: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # click's
    if asked:
        from pytest_syncpoints.commands.manual import manual_page

        click.echo(manual_page(context, GROUPS, EXAMPLES), nl=False)
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--man", is_flag=True, is_eager=True, expose_value=False, callback=_manual)
@click.version_option(VERSION, "--version", message="pytest-syncpoints %(version)s")
def syncpoints() -> None:
    """Who must meet over this change, for what purpose, and how."""
