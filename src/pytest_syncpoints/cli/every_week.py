"""Every week: drift, flow, collisions, audit."""

from __future__ import annotations

import gc

import click

from pytest_syncpoints.cli.options import refuse_empty
from pytest_syncpoints.cli.screen import write
from pytest_syncpoints.errors import CLEAR


@click.command(short_help="which teams lost touch with which code")
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

    refuse_empty(team=team, changes=changes)
    gc.disable()  # rows by the hundred thousand hold no cycles: looking for some takes a quarter of the time
    try:
        write(drift_output(team, form, changes=changes), "-")
    finally:
        gc.enable()
    return CLEAR


@click.command(short_help="what waits, on whom, and whether it grows")
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

        write(flow_page.render(found), "-")
        return CLEAR
    write(json.dumps(found, indent=1) + "\n" if form == "json" else command.as_text(found), "-")
    return CLEAR


@click.command(short_help="unmerged branches that will meet")
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="text (default).")
def collisions(form: str) -> int:
    """List pairs of unmerged branches, local and remote, that touch the same lines, API or migration chain.

    Likely conflicts are merged in memory; nothing of the repository changes.
    """
    from pytest_syncpoints.commands import collisions as command

    found = command.collisions()
    forms = {"json": command.as_json, "html": command.as_html, "text": command.as_text}
    write(forms[form](found), "-")
    return CLEAR


@click.command(short_help="which sync points earned their wait")
@click.argument("reports", metavar="[REPORT]...", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="text (default).")
def audit(reports: tuple[str, ...], form: str) -> int:
    """Say of each sync point and rule what it cost and what it changed, and whether to keep it.

    \b
    syncpoints audit                    meetings and waits, from history alone
    syncpoints audit kept/*.json        with reports that were kept: what changed while people waited
    """
    from pytest_syncpoints.commands.audit import audit_output

    write(audit_output(reports, form), "-")
    return CLEAR
