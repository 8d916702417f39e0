"""In CI: verify, publish, merge, render."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pytest_syncpoints.cli.options import FORMATS, color_option, formats, output_option, refuse_empty
from pytest_syncpoints.cli.screen import screen_width, wants_color, write
from pytest_syncpoints.errors import CLEAR

if TYPE_CHECKING:
    from pytest_syncpoints.rules import Door


@click.command(short_help="hold a report against what git says")
@click.argument("report", metavar="REPORT")
@click.option(
    "--base", metavar="REV", required=True, help="The branch the change is meant for: its tip's policy judges."
)
@click.option("--head", metavar="REV", required=True, help="The change's own head.")
@click.option("--door", type=click.Choice(["local", "ci"]), help="Levels to use (default: ci where CI is set).")
@click.option("--reviews", metavar="FILE", help="The forge's own JSON of the reviews (default: ask it, with a token).")
def verify(report: str, base: str, head: str, door: Door | None, reviews: str | None) -> int:
    """Recompute a report from git, test evidence aside, and list what differs (exit 1).

    For a job the change cannot reach, over a report from one it can. What tests did cannot be recomputed: findings
    about it are listed as not verified.
    """
    from pytest_syncpoints.commands.publish import verify_command

    refuse_empty(base=base, head=head)
    return verify_command(report, base=base, head=head, door=door, reviews=reviews, write=click.echo)


@click.command(short_help="one comment on the change, edited in place")
@click.argument("report", metavar="REPORT")
@click.option("--to", required=True, type=click.Choice(["github", "gitlab"]), help="Where to.")
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would be written.")
@click.option("--door", type=click.Choice(["local", "ci"]), help="Levels to verify at (default: ci where CI is set).")
@click.option("--reviews", metavar="FILE", help="The forge's own JSON of the reviews (default: ask it).")
def publish(report: str, to: str, *, dry_run: bool, door: Door | None, reviews: str | None) -> int:
    """Show a report on its pull or merge request: one comment, a commit status, the job's summary.

    The request and its commit come from the CI's own event, never from the report, and the report is verified
    first wherever this clone has the commits. Needs the extra: pip install 'pytest-syncpoints[forge]'.
    """
    from pytest_syncpoints.commands.publish import publish_command

    return publish_command(report, to=to, dry_run=dry_run, door=door, reviews=reviews, write=click.echo)


@click.command(short_help="reports of CI shards and matrix jobs as one")
@click.argument("reports", metavar="REPORT...", nargs=-1, required=True)
@click.option("--output", "-o", metavar="FILE", required=True, help="Where to write (-: stdout).")
def merge(reports: tuple[str, ...], output: str) -> int:
    """Unite reports of one change: evidence adds up, anything they disagree about is an error (exit 3)."""
    from pytest_syncpoints.gather.reports import read_report
    from pytest_syncpoints.output import write_atomically
    from pytest_syncpoints.report_json import to_json
    from pytest_syncpoints.report_merge import merged

    write_atomically(output, to_json(merged([read_report(path) for path in reports])))
    return CLEAR


@click.command(short_help="a report (JSON) in another format")
@click.argument("report", metavar="REPORT")
@click.option("--to", "form", required=True, metavar="FORMAT", shell_complete=formats, help=FORMATS)
@output_option
@color_option
def render(report: str, form: str, output: str, color: str) -> int:
    """Render a report that check or pytest wrote; the verdict is the report's own and never changes."""
    from pytest_syncpoints.gather.reports import read_report

    found = read_report(report)
    if form == "text":
        from pytest_syncpoints.render import terminal

        painted = wants_color(color, os.environ, to_file=output != "-")
        text = terminal.render(found, color=painted, width=screen_width())
    else:
        from pytest_syncpoints.commands.formats import in_format_here

        text = in_format_here(form, found)
    write(text, output)
    return CLEAR
