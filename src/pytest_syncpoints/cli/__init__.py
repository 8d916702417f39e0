"""The `syncpoints` command: options in, exit status out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pytest_syncpoints.cli.every_change import check, explain, owners, reviewers, signoff
from pytest_syncpoints.cli.every_week import audit, collisions, drift, flow
from pytest_syncpoints.cli.group import GROUPS, syncpoints
from pytest_syncpoints.cli.in_ci import merge, publish, render, verify
from pytest_syncpoints.cli.looking_back import calibrate, fleet, risk
from pytest_syncpoints.cli.screen import wants_color
from pytest_syncpoints.cli.set_up import completion, demo, doctor, init, lint
from pytest_syncpoints.door import guarded
from pytest_syncpoints.errors import CLEAR, USAGE, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GROUPS", "main", "syncpoints", "wants_color"]

# A command is a function of one of the modules beside this one, and a word here and in GROUPS.
COMMANDS = (
    *(check, signoff, reviewers, owners, explain),
    *(drift, flow, collisions, audit),
    *(risk, calibrate, fleet),
    *(verify, publish, merge, render),
    *(init, doctor, lint, demo, completion),
)
for _command in COMMANDS:
    syncpoints.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status (the console script's entry)."""

    def action() -> int:
        try:
            result = syncpoints.main(
                args=list(arguments) if arguments is not None else None, prog_name="syncpoints", standalone_mode=False
            )
        except click.exceptions.Exit as ended:
            return int(ended.exit_code)
        except click.exceptions.Abort:
            raise KeyboardInterrupt from None
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help(), err=True)
            return USAGE
        except click.NoSuchOption as error:
            raise UsageError(error.format_message(), remedy=f"{_path(error)} --help lists the options") from error
        except click.UsageError as error:
            raise UsageError(error.format_message(), remedy=f"{_path(error)} --help") from error
        return int(result or CLEAR)

    return guarded(action)


def _path(error: click.UsageError) -> str:
    return error.ctx.command_path if error.ctx is not None else "syncpoints"
