"""Looking back: risk, calibrate, fleet."""

from __future__ import annotations

import sys

import click

from pytest_syncpoints.cli.options import refuse_empty
from pytest_syncpoints.cli.screen import write
from pytest_syncpoints.errors import CLEAR


@click.command(short_help="how likely each change was to need a later fix")
@click.option("--range", "asked", metavar="A..B", help="Which changes (default: those of the last year).")
@click.option("--first-parent", is_flag=True, help="What landed on this line, a merge as one change.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", help="One line per change.")
def risk(asked: str | None, *, first_parent: bool, form: str) -> int:
    """Say of each change how likely it was to need a fix within a year, from what was known before it.

    \b
    syncpoints risk --first-parent
    syncpoints risk --range v1.0..HEAD --first-parent --format jsonl

    The reasons are in the JSON; what the number means and how good it is: docs/risk.md.
    """
    from pytest_syncpoints.commands.risk import risk_lines

    refuse_empty(range=asked)
    out = sys.stdout.buffer
    for line in risk_lines(asked, first_parent=first_parent, form=form):
        out.write(line)
    out.flush()
    return CLEAR


@click.command(short_help="fit the risk model to this repository's own past")
@click.option("--since", metavar="DATE", default="", help="Leave out what is older.")
@click.option("--output", "-o", metavar="FILE", help="Where to write (default: beside the history index; -: stdout).")
@click.option(
    "--format", "form", type=click.Choice(["text", "html"]), default="text", help="What to print: text or html."
)
def calibrate(since: str, output: str | None, form: str) -> int:
    """Hold the risk model against what became of this branch's changes, and move its rate to theirs.

    Prints how its chances came true. The coefficients are fitted anew only with more than 500 fixed changes, and
    only if that predicts later changes better. `risk` and `check` use what is written beside the history index.
    """
    from pytest_syncpoints.commands.calibrate import calibrate_command

    write(calibrate_command(since, output, form), "-")
    return CLEAR


@click.command(short_help="index and rate many repositories, into Parquet")
@click.argument("repositories", metavar="REPO...", nargs=-1, required=True)
@click.option("--scheduler", metavar="ADDRESS", help="A running dask scheduler (default: workers on this machine).")
@click.option("--workers", type=click.IntRange(min=1), help="How many workers here (default: one per core).")
@click.option("--output", "-o", metavar="FOLDER", default="fleet", show_default=True, help="Where the tables go.")
def fleet(repositories: tuple[str, ...], scheduler: str | None, workers: int | None, output: str) -> int:
    """Index each repository, rate its last year and hold the risk model against its past; write Parquet tables.

    \b
    syncpoints fleet ~/src/*
    duckdb -c "select repository, base_rate from 'fleet/repositories.parquet' order by 2 desc"

    A repository that cannot be read is a row with its error, and makes the exit status 3. Needs the extra: pip
    install 'pytest-syncpoints[fleet]'.
    """
    from pytest_syncpoints.commands.fleet import fleet_command

    return fleet_command(repositories, scheduler=scheduler, workers=workers, folder=output, write=click.echo)
