"""The `syncpoints` command: options in, exit status out."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from pytest_syncpoints.door import guarded, verdict_status
from pytest_syncpoints.errors import CLEAR, NOT_EVALUATED, USAGE, UsageError
from pytest_syncpoints.policy import DIALECTS
from pytest_syncpoints.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_syncpoints.gather.ranges import RangeRequest
    from pytest_syncpoints.plugins import Plugins
    from pytest_syncpoints.report import Report
    from pytest_syncpoints.review import Selection
    from pytest_syncpoints.rules import Door
    from pytest_syncpoints.run import Request
    from pytest_syncpoints.signoff import ForgeFacts

# What `syncpoints --help` shows, in the order of use; a command without a line here would be missing from it.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Every change", ("check", "signoff", "reviewers", "owners", "explain")),
    ("Every week", ("drift", "flow", "collisions", "audit")),
    ("Looking back", ("risk", "calibrate", "fleet")),
    ("In CI", ("verify", "publish", "merge", "render")),
    ("Set up", ("init", "doctor", "lint", "demo", "completion")),
)
MOST_COLUMNS = 100
FORMATS = "text, json, markdown, html, sarif, github or gitlab, or one of a plugin that the policy names."
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
            raise UsageError(f"there is no command {name!r}", remedy=_nearest(name, tuple(self.commands), "commands"))
        return super().resolve_command(ctx, args)


def _nearest(name: str, names: Sequence[str], kind: str) -> str:
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


def _formats(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from pytest_syncpoints.render import RENDERERS

    return [name for name in RENDERERS if name.startswith(incomplete)]


def _rule_codes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from pytest_syncpoints.rules import RULES

    names = (name for rule in RULES for name in (rule.code, rule.name))
    return [name for name in names if name.lower().startswith(incomplete.lower())]


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


@syncpoints.command(short_help="who must sign, what cannot be undone")
@range_options
@click.option("--door", type=click.Choice(["local", "ci"]), help="Levels to use (default: ci where CI is set).")
@click.option("--reviews", metavar="FILE", help="The forge's own JSON of the change's reviews (-: stdin).")
@click.option("--require-policy", is_flag=True, help="Exit 2 where there is no policy.")
@click.option("--select", metavar="CODES", multiple=True, help="Only these rules, by code or prefix.")
@click.option("--ignore", metavar="CODES", multiple=True, help="Not these rules.")
@click.option(
    "--format",
    "form",
    default="text",
    show_default=True,
    metavar="FORMAT",
    shell_complete=_formats,
    help=FORMATS,
)
@click.option("--output", "-o", metavar="FILE", default="-", help="Where to write (default: stdout).")
@click.option("--explain", is_flag=True, help="Print what was expected, what was found, and why.")
@click.option("--quiet", "-q", is_flag=True, help="One line at most, and none where all is clear (text only).")
@click.option("--verbose", "-v", is_flag=True, help="Every finding, notes too, instead of the worst five (text only).")
@click.option("--as-if", metavar="FACT", multiple=True, help="Suppose a fact: signed:ops=alice@example.org.")
@click.option("--fix", is_flag=True, help="First mend broken norms that name a replacement, in the files on disk.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal.")
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
    _refuse_together(options, "quiet", "verbose", "explain")
    as_if = tuple(options["as_if"])
    door = options["door"] or default_door()
    request = Request(
        range=_range(options),
        door=door,
        require_policy=options["require_policy"],
        selection=_selection(options["select"], options["ignore"]),
        build_history=True,
        as_if=as_if,
        forge=_reviews(options["reviews"]),
    )
    if options["fix"]:
        _fix(request)
    prepared = prepare(request)
    report = prepared.report()
    _write(_rendered(report, prepared.plugins, options), options["output"])
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


def _reviews(path: str | None) -> ForgeFacts | None:
    if path is None:
        return None
    from pytest_syncpoints.gather.reviews import read_reviews

    return read_reviews(path)


@syncpoints.command(short_help="sign for your team, or waive with a reason")
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

    click.echo(sign_off(SignOffRequest(name, team, waive, _range(options))))
    return CLEAR


@syncpoints.command(short_help="the fewest people who close what is open")
@range_options
@click.option("--reviews", metavar="FILE", help="The forge's own JSON of the change's reviews (-: stdin).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="text (default) or json.")
def reviewers(reviews: str | None, form: str, **options: Any) -> int:
    """Say who could close what is open on a change, and why they: the fewest people, never an author.

    \b
    syncpoints reviewers
    syncpoints reviewers --base origin/main --format json
    """
    from pytest_syncpoints.commands.reviewers import reviewers_output
    from pytest_syncpoints.run import Request, default_door

    request = Request(range=_range(options), door=default_door(), forge=_reviews(reviews), build_history=True)
    _write(reviewers_output(request, form), "-")
    return CLEAR


def _range(options: dict[str, Any]) -> RangeRequest:
    from pytest_syncpoints.gather.ranges import RangeRequest

    names = ("base", "head", "from_ref", "to_ref", "commit")
    _refuse_empty(**{name: options[name] for name in names})
    return RangeRequest(options["staged"], options["worktree"], *(options[name] for name in names))


def _refuse_empty(**revisions: str | None) -> None:
    for name, value in revisions.items():
        if value == "":
            raise UsageError(f"--{name.replace('_', '-')} is empty", remedy="name a revision, or leave the option out")


def _selection(select: tuple[str, ...], ignore: tuple[str, ...]) -> Selection:
    from pytest_syncpoints.review import Selection
    from pytest_syncpoints.rules import FAMILIES, RULE_BY_CODE, is_selector

    def codes(values: tuple[str, ...]) -> tuple[str, ...]:
        found = tuple(code.strip().upper() for value in values for code in value.split(",") if code.strip())
        for code in found:
            if not is_selector(code):
                raise UsageError(
                    f"no rule is called {code!r}", remedy=_nearest(code, (*RULE_BY_CODE, *FAMILIES), "rules")
                )
        return found

    return Selection(codes(select), codes(ignore))


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


def screen_width() -> int:
    """Return how many columns to fill: the terminal's, at most 100; 100 where nobody looks, so that logs are alike."""
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else MOST_COLUMNS
    except (OSError, ValueError):
        columns = MOST_COLUMNS
    return min(columns or MOST_COLUMNS, MOST_COLUMNS)


def _refuse_together(options: dict[str, Any], *names: str) -> None:
    given = [f"--{name}" for name in names if options[name]]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other", remedy=f"give {given[0]} alone")


def wants_color(asked: str, environment: Any, *, to_file: bool = False) -> bool:
    """Decide about colour: the option, then NO_COLOR (no-color.org), FORCE_COLOR, then whether stdout is a terminal."""
    if asked != "auto":
        return asked == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return not to_file and sys.stdout.isatty() and environment.get("TERM") != "dumb"


def _write(text: str, output: str) -> None:
    from pytest_syncpoints.output import write_atomically

    write_atomically(output, text.encode("utf-8", "backslashreplace"))


@syncpoints.command(short_help="a report (JSON) in another format")
@click.argument("report", metavar="REPORT")
@click.option("--to", "form", required=True, metavar="FORMAT", shell_complete=_formats, help=FORMATS)
@click.option("--output", "-o", metavar="FILE", default="-", help="Where to write (default: stdout).")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal.")
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
    _write(text, output)
    return CLEAR


@syncpoints.command(short_help="hold a report against what git says")
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

    _refuse_empty(base=base, head=head)
    return verify_command(report, base=base, head=head, door=door, reviews=reviews, write=click.echo)


@syncpoints.command(short_help="one comment on the change, edited in place")
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


@syncpoints.command(short_help="reports of CI shards and matrix jobs as one")
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


@syncpoints.command(short_help="who owns a path, and which line says so")
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


@syncpoints.command(short_help="which teams lost touch with which code")
@click.option("--team", metavar="TEAM", help="Only this team, with what landed since it last took part.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="text (default).")
@click.option("--changes", metavar="FILE", help="The forge's own list, whose reviews count: gh pr list --json …")
def drift(team: str | None, form: str, changes: str | None) -> int:
    """Say how far each team is from the code it meets over: changes, lines and days since it last took part.

    \b
    syncpoints drift
    syncpoints drift --team payments
    gh pr list --state merged --limit 1000 > merged.json \\
      --json number,author,mergeCommit,headRefOid,reviews,commits
    syncpoints drift --changes merged.json

    Read from history under HEAD's policy; what counts as taking part is in docs/drift.md.
    """
    from pytest_syncpoints.commands.drift import drift_output

    _refuse_empty(team=team, changes=changes)
    gc.disable()  # rows by the hundred thousand hold no cycles: looking for some takes a quarter of the time
    try:
        _write(drift_output(team, form, changes=changes), "-")
    finally:
        gc.enable()
    return CLEAR


@syncpoints.command(short_help="which sync points earned their wait")
@click.argument("reports", metavar="[REPORT]...", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="text (default).")
def audit(reports: tuple[str, ...], form: str) -> int:
    """Say of each sync point and rule what it cost and what it changed, and whether to keep it.

    \b
    syncpoints audit                    meetings and waits, from history alone
    syncpoints audit kept/*.json        with reports that were kept: what changed while people waited
    """
    from pytest_syncpoints.commands.audit import audit_output

    _write(audit_output(reports, form), "-")
    return CLEAR


@syncpoints.command(short_help="how likely each change was to need a later fix")
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

    _refuse_empty(range=asked)
    out = sys.stdout.buffer
    for line in risk_lines(asked, first_parent=first_parent, form=form):
        out.write(line)
    out.flush()
    return CLEAR


@syncpoints.command(short_help="fit the risk model to this repository's own past")
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

    _write(calibrate_command(since, output, form), "-")
    return CLEAR


@syncpoints.command(short_help="index and rate many repositories, into Parquet")
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


@syncpoints.command(short_help="the policy and owners files, against the tree")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="text (default) or json.")
def lint(form: str) -> int:
    """Check the worktree's policy and owners files both ways against the files git tracks.

    Exit 0 clean (notes fail nothing), 1 faults, 2 a policy that cannot be read or does not validate.
    """
    from pytest_syncpoints.commands import lint as command

    linted = command.lint(staged=False)
    _write(command.as_json(linted) if form == "json" else command.as_text(linted), "-")
    return linted.status


@syncpoints.command(short_help="what waits, on whom, and whether it grows")
@click.option("--changes", metavar="FILE", help="The forge's own list: gh pr list --json, or GitLab's API.")
@click.option("--forge", type=click.Choice(["github", "gitlab"]), help="Ask the forge itself, with the token at hand.")
@click.option("--what-if", "what_if", metavar="K=V", multiple=True, help="Suppose arrivals=2x, or reviewers=+1.")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="text (default).")
def flow(changes: str | None, forge: str | None, what_if: tuple[str, ...], form: str) -> int:
    """Say what is open and whose turn it is, what it asks of each team, and how much will be open in four weeks."""
    import json

    from pytest_syncpoints.commands import flow as command

    found = command.flow(changes, what_if, forge)
    if form == "html":
        from pytest_syncpoints.render.pages import flow as flow_page

        _write(flow_page.render(found), "-")
        return CLEAR
    _write(json.dumps(found, indent=1) + "\n" if form == "json" else command.as_text(found), "-")
    return CLEAR


@syncpoints.command(short_help="unmerged branches that will meet")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="text (default).")
def collisions(form: str) -> int:
    """List pairs of unmerged branches, local and remote, that touch the same lines, API or migration chain.

    Likely conflicts are merged in memory; nothing of the repository changes.
    """
    from pytest_syncpoints.commands import collisions as command

    found = command.collisions()
    forms = {"json": command.as_json, "html": command.as_html, "text": command.as_text}
    _write(forms[form](found), "-")
    return CLEAR


@syncpoints.command(short_help="propose a policy, hooks and CI from history")
@click.option("--write", is_flag=True, help="Write the files that are not there; what exists is never changed.")
def init(*, write: bool) -> int:
    """Propose a first policy from this repository's past, with the evidence for each line, hooks and CI.

    \b
    syncpoints init                       shows what it would write, as a diff
    syncpoints init --write
    """
    from pytest_syncpoints.commands.init import init as propose

    click.echo(propose(write=write), nl=False)
    return CLEAR


@syncpoints.command(short_help="what is wrong here, and the command that mends it")
def doctor() -> int:
    """Look at git, the clone, the hooks, the keys and the policy; each fault with the one command that mends it.

    Exit 0 where nothing is broken (notes break nothing), 1 where something is.
    """
    from pytest_syncpoints.commands import doctor as command

    examined = command.examine()
    _write(command.as_text(examined), "-")
    return examined.status


@syncpoints.command(short_help="the ledger story, end to end, in a folder of its own")
@click.argument("folder", metavar="[FOLDER]", required=False)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colour on a terminal.")
def demo(folder: str | None, color: str) -> int:
    """Build a small repository in FOLDER (default: a temporary one) and review four moments of its life."""
    from pytest_syncpoints.commands.demo import demo as told

    for text in told(folder, color=wants_color(color, os.environ)):
        click.echo(text, nl=False)
    return CLEAR


@syncpoints.command(short_help="a script that completes commands, options and rules")
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the completion script of a shell: bash, zsh or fish.

    \b
    eval "$(syncpoints completion bash)"          in ~/.bashrc
    eval "$(syncpoints completion zsh)"           in ~/.zshrc
    syncpoints completion fish > ~/.config/fish/completions/syncpoints.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(syncpoints, {}, "syncpoints", "_SYNCPOINTS_COMPLETE").source(), nl=False)
    return CLEAR


@syncpoints.command(short_help="a rule: why, how to satisfy it, how to exempt it")
@click.argument("code", metavar="CODE", shell_complete=_rule_codes)
def explain(code: str) -> int:
    """Print the page of a rule (SYN001, or its name) or of a family (SYN)."""
    from pytest_syncpoints.explain import page

    click.echo(page(code), nl=False)
    return CLEAR


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


if __name__ == "__main__":
    raise SystemExit(main())
