"""Every change: check, signoff, reviewers, owners, explain."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from pytest_syncpoints.cli.options import (
    FORMATS,
    color_option,
    forge_facts,
    formats,
    output_option,
    range_asked,
    range_options,
    refuse_together,
    reviews_option,
    selection,
)
from pytest_syncpoints.cli.screen import screen_width, wants_color, write
from pytest_syncpoints.door import verdict_status
from pytest_syncpoints.errors import CLEAR, NOT_EVALUATED
from pytest_syncpoints.policy import DIALECTS

if TYPE_CHECKING:
    from pytest_syncpoints.plugins import Plugins
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.run import Request


@click.command(short_help="who must sign, what cannot be undone")
@range_options
@click.option("--door", type=click.Choice(["local", "ci"]), help="Levels to use (default: ci where CI is set).")
@reviews_option
@click.option("--require-policy", is_flag=True, help="Exit 2 where there is no policy.")
@click.option("--select", metavar="CODES", multiple=True, help="Only these rules, by code or prefix.")
@click.option("--ignore", metavar="CODES", multiple=True, help="Not these rules.")
@click.option(
    "--format",
    "form",
    default="text",
    show_default=True,
    metavar="FORMAT",
    shell_complete=formats,
    help=FORMATS,
)
@output_option
@click.option("--explain", is_flag=True, help="Print what was expected, what was found, and why.")
@click.option("--quiet", "-q", is_flag=True, help="One line at most, and none where all is clear (text only).")
@click.option("--verbose", "-v", is_flag=True, help="Every finding, notes too, instead of the worst five (text only).")
@click.option("--as-if", metavar="FACT", multiple=True, help="Suppose a fact: signed:ops=alice@example.org.")
@click.option("--fix", is_flag=True, help="First mend broken norms that name a replacement, in the files on disk.")
@color_option
def check(**options: Any) -> int:
    """Review a change: what is staged, else this branch against its base.

    \b
    syncpoints check                      what is staged, else this branch
    syncpoints check --base origin/main   this branch, as CI sees it
    syncpoints check --commit HEAD~3      one commit of history
    """
    from pytest_syncpoints.gather.progress import be_quiet
    from pytest_syncpoints.run import Request, default_door, prepare

    be_quiet(options["quiet"])
    refuse_together(options, "quiet", "verbose", "explain")
    as_if = tuple(options["as_if"])
    door = options["door"] or default_door()
    request = Request(
        range=range_asked(options),
        door=door,
        require_policy=options["require_policy"],
        selection=selection(options["select"], options["ignore"]),
        build_history=True,
        as_if=as_if,
        forge=forge_facts(options["reviews"]),
    )
    if options["fix"]:
        _fix(request)
    prepared = prepare(request)
    report = prepared.report()
    write(_rendered(report, prepared.plugins, options), options["output"])
    if report.simulated and default_door() == "ci":
        from pytest_syncpoints.door import say

        say("syncpoints: this run supposes facts or leaves rules out; in CI it proves nothing (exit 3)")
        return NOT_EVALUATED
    return verdict_status(report)


def _fix(request: Request) -> None:
    from pytest_syncpoints.commands.fix import as_text, fix_norms
    from pytest_syncpoints.door import say

    text = as_text(fix_norms(request))
    if text:
        say(text.rstrip("\n"))


def _rendered(report: Report, plugins: Plugins | None, options: dict[str, Any]) -> str:
    if options["form"] == "text":
        return _text(report, options)
    from pytest_syncpoints.commands.formats import in_format

    return in_format(options["form"], report, lambda: plugins)


def _text(report: Report, options: dict[str, Any]) -> str:
    from pytest_syncpoints.render import terminal
    from pytest_syncpoints.render.escape import visible
    from pytest_syncpoints.render.screen import is_clear

    if options["quiet"]:
        return "" if is_clear(report) else visible(f"syncpoints: {report.verdict.summary}") + "\n"
    color = wants_color(options["color"], os.environ, to_file=options["output"] != "-")
    return terminal.render(
        report, color=color, width=screen_width(), explain=options["explain"], verbose=options["verbose"]
    )


@click.command(short_help="sign for your team, or waive with a reason")
@click.argument("name", metavar="NAME")
@click.option("--team", metavar="TEAM", help="For which team, where you are in several that meet here.")
@click.option("--waive", metavar="REASON", help="Let it pass without meeting; the reason stays on record.")
@range_options
def signoff(name: str, team: str | None, waive: str | None, **options: Any) -> int:
    """Sign off what sync point NAME covers in this branch, bound to its content.

    \b
    syncpoints signoff ledger-ops
    syncpoints signoff ledger-ops --waive "hotfix at night; ops is on the call"

    As a signed note where git has a key to sign with (gpg.format, user.signingkey), else as an empty commit with a
    trailer where the sync point accepts trailers. Authors of what is covered are refused. NAME may be machine: then
    you answer for the machine-written lines of this branch, as their author too.
    """
    from pytest_syncpoints.commands.signoff import SignOffRequest, sign_off

    click.echo(sign_off(SignOffRequest(name, team, waive, range_asked(options))))
    return CLEAR


@click.command(short_help="the fewest people who close what is open")
@range_options
@reviews_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="text (default) or json.")
def reviewers(reviews: str | None, form: str, **options: Any) -> int:
    """Say who could close what is open on a change, and why they: the fewest people, never an author.

    \b
    syncpoints reviewers
    syncpoints reviewers --base origin/main --format json
    """
    from pytest_syncpoints.commands.reviewers import reviewers_output
    from pytest_syncpoints.run import Request, default_door

    request = Request(range=range_asked(options), door=default_door(), forge=forge_facts(reviews), build_history=True)
    write(reviewers_output(request, form), "-")
    return CLEAR


@click.command(short_help="who owns a path, and which line says so")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--stdin", is_flag=True, help="Read paths from stdin, one a line.")
@click.option("-z", "nul", is_flag=True, help="Paths on stdin end in NUL instead of a newline.")
@click.option("--rev", metavar="REV", help="Owners files and paths of a revision (default: the worktree).")
@click.option("--codeowners", "owners_file", metavar="FILE", help="Take this owners file, wherever it lies.")
@click.option("--dialect", type=click.Choice(DIALECTS), default="auto", show_default=True, help="Whose rules apply.")
@click.option("--unowned", is_flag=True, help="Only paths that nobody owns.")
@click.option("--explain", is_flag=True, help="Every rule that matched, and why the winner won.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", help="One line per path.")
def owners(**options: Any) -> int:
    """Say who owns paths (which need not exist); with none, every tracked file.

    \b
    syncpoints owners src/billing/post.py
    git diff --name-only -z main | syncpoints owners --stdin -z --format jsonl
    syncpoints owners --unowned
    """
    from pytest_syncpoints.commands.owners import OwnersRequest, owners_output

    out = sys.stdout.buffer
    gc.disable()  # answers by the hundred thousand hold no cycles: looking for some takes a tenth of the time
    try:
        for block in owners_output(OwnersRequest(**options)):
            out.write(block)
            out.flush()
    finally:
        gc.enable()
    return CLEAR


def _rule_codes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from pytest_syncpoints.rules import RULES

    names = (name for rule in RULES for name in (rule.code, rule.name))
    return [name for name in names if name.lower().startswith(incomplete.lower())]


@click.command(short_help="a rule: why, how to satisfy it, how to exempt it")
@click.argument("code", metavar="CODE", shell_complete=_rule_codes)
def explain(code: str) -> int:
    """Print the page of a rule (SYN001, or its name) or of a family (SYN)."""
    from pytest_syncpoints.explain import page

    click.echo(page(code), nl=False)
    return CLEAR
